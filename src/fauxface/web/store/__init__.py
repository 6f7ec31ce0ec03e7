"""The page's memory: feedback, pictures kept with consent, reviewed truth, shared results and API keys.

SQLite by default, PostgreSQL by URL. Nothing of a picture is in here unless its owner ticked the box.
"""

from __future__ import annotations

from fauxface.web.store.database import StoreError
from fauxface.web.store.store import STATES, ApiKey, Kept, NotFoundError, Shared, State, Store

__all__ = ["STATES", "ApiKey", "Kept", "NotFoundError", "Shared", "State", "Store", "StoreError"]
