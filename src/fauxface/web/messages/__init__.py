"""Every English sentence of the page: a translation is another table with the same keys.

Templates get the table as ``t``, scripts get it as JSON in the page. ``{name}`` marks what is filled in. What only the
operator sees is in `fauxface.web.messages.operator`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fauxface.web.messages.answer import ANSWER
from fauxface.web.messages.forms import FORMS
from fauxface.web.messages.page import PAGE

ENGLISH: Final[Mapping[str, str]] = {**PAGE, **ANSWER, **FORMS}
