"""The page where anyone can ask: is this face real? And the API below it.

`fauxface serve` starts it. One detector is shared by all visitors (`services.engine`), everything that comes in is held
against limits before it is looked at (`edge`), and nothing of a picture outlives the answer, unless its owner says so
(`store`).
"""
