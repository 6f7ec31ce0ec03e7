"""Fields of forms that the routes for people and those for programs share."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form

from fauxface.web.store import Says

Receipt = Annotated[str, Form(description="of the answer that this is about", max_length=65536)]
AnswerTo = Annotated[
    str, Form(description="of the answer about this picture: then it is not counted again", max_length=65536)
]
Looks = Annotated[str, Form(description="of a closer look at the same file", max_length=65536)]
WithName = Annotated[bool, Form(description="show the file's name")]
SaysField = Annotated[Says, Form()]
