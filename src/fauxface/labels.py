"""Which side is real, said once.

Real is the positive class (1) and fake the negative one (0), as in the paper and in the folder order of its data
set. Networks give one logit, and it is the logit for *real*: positive means "photograph". People are told
``probability_fake``, so the sign turns exactly once, here.
"""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

ClassName = Literal["real", "fake"]
Label = Literal["real", "fake", "uncertain"]

FAKE: Final = 0
REAL: Final = 1
CLASS_NAMES: Final[tuple[ClassName, ClassName]] = ("fake", "real")


def class_index(name: str) -> int:
    """0 for "fake", 1 for "real".

    Raises:
        ValueError: for any other word.
    """
    if name not in CLASS_NAMES:
        raise ValueError(f"a label is 'real' or 'fake', not {name!r}")
    return CLASS_NAMES.index(name)


def probability_fake(logit_real: NDArray[np.floating] | float) -> NDArray[np.float64]:
    """Turn logits for *real* into probabilities of *fake*, in [0, 1]; same shape; stable for any finite logit."""
    x = np.asarray(logit_real, dtype=np.float64)
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, small / (1 + small), 1 / (1 + small))
