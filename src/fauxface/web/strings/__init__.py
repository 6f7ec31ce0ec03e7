"""Every English sentence of the page: a translation is another table with the same keys.

Templates get the table as ``t``, scripts get it as JSON in the page. ``{name}`` marks what is filled in. What only the
operator sees is in `fauxface.web.strings.operator`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fauxface.web.strings.answer import ANSWER
from fauxface.web.strings.forms import FORMS
from fauxface.web.strings.page import PAGE

ENGLISH: Final[Mapping[str, str]] = {**PAGE, **ANSWER, **FORMS}
