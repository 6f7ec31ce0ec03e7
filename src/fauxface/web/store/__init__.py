"""The page's memory: feedback, pictures kept with consent, reviewed truth, shared results and API keys.

SQLite by default, PostgreSQL by URL. Nothing of a picture is in here unless its owner ticked the box.
"""

from __future__ import annotations

from fauxface.web.store.database import StoreError
from fauxface.web.store.keys import ApiKey
from fauxface.web.store.reviews import STATES, Kept, Said, State
from fauxface.web.store.session import NotFoundError
from fauxface.web.store.shares import Shared
from fauxface.web.store.store import Store

__all__ = ["STATES", "ApiKey", "Kept", "NotFoundError", "Said", "Shared", "State", "Store", "StoreError"]
