"""What the name of a folder says: its pictures' class, their split, or neither.

Names are compared without case, word by word (``training_real`` is *training* and *real*). Plain words (real, fake)
are certain; others (original, ai, …) are class names in some data sets and anything else in others, so they count
only where the whole tree bears it out, see `class_folders`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from fauxface.data.samples import Split
from fauxface.labels import ClassName

SPLIT_NAMES: Final[dict[str, Split]] = {
    **dict.fromkeys(("train", "training", "trainset"), "train"),
    **dict.fromkeys(("valid", "val", "validation", "validate", "validset", "valset", "dev", "devset"), "valid"),
    **dict.fromkeys(("test", "testing", "testset", "eval", "evaluation", "holdout", "heldout"), "test"),
}  # type: ignore[assignment]

CERTAIN: Final[dict[str, ClassName]] = {"real": "real", "reals": "real", "fake": "fake", "fakes": "fake"}
OTHER_WORDS: Final[dict[str, ClassName]] = {
    **dict.fromkeys(("original", "originals", "authentic", "genuine", "pristine", "nature", "natural"), "real"),
    **dict.fromkeys(("manipulated", "ai", "aigc", "synthetic", "synthesized", "synthesised", "generated"), "fake"),
    **dict.fromkeys(("forged", "deepfake", "deepfakes", "tampered"), "fake"),
}  # type: ignore[assignment]
# Celeb-DF's own; their first words are names of sources.
CELEB_DF: Final[dict[str, ClassName]] = {"celeb-real": "real", "youtube-real": "real", "celeb-synthesis": "fake"}
FACE_FORENSICS: Final = frozenset({"original_sequences", "manipulated_sequences"})
# DF40 names its methods and no class: all is fake but what lies in a folder real/.
DF40: Final = frozenset({"df40", "df40_train", "df40_test"})

# COCO's train2017, CycleGAN's trainA (A and B are its two kinds of pictures, and say no class).
_NUMBERED: Final = re.compile(r"(train|val|test)(?:[ab]|\d{1,4})", re.IGNORECASE)
_DECORATION: Final = frozenset(
    {"image", "images", "img", "imgs", "picture", "pictures", "pics", "photo", "photos", "face", "faces", "crops"}
    | {"frame", "frames", "sequence", "sequences", "video", "videos", "data", "dataset", "set", "samples", "class"}
)


@dataclass(frozen=True, slots=True)
class ClassWord:
    """A class that a folder's name says; ``certain`` for the plain words real and fake."""

    label: ClassName
    certain: bool


@lru_cache(maxsize=4096)  # asked of every row of a table
def class_word(name: str) -> ClassWord | None:
    """The class that a folder of this name holds: ``real``, ``1_fake``, ``original_sequences``; None if it says none.

    Besides the class there may be only a split, numbers, and words like *images*: ``real_vs_fake`` is no class.
    """
    if name.lower() in CELEB_DF:
        return ClassWord(CELEB_DF[name.lower()], certain=True)
    words = [w for w in _words(name) if w not in _DECORATION and w not in SPLIT_NAMES and not w.isdecimal()]
    labels: set[ClassName | None] = {CERTAIN.get(w) or OTHER_WORDS.get(w) for w in words}
    label: ClassName | None = labels.pop() if len(labels) == 1 else None
    return None if label is None else ClassWord(label, certain=any(w in CERTAIN for w in words))


def split_word(name: str) -> Split | None:
    """The split that a folder's name is: ``train``, ``Validation``, ``eval``, ``val2017``; None if it is none."""
    found = _NUMBERED.fullmatch(name)
    return SPLIT_NAMES.get(found[1].lower() if found else name.lower().replace("-", "").replace("_", ""))


def composed_split(name: str) -> Split | None:
    """The split at the end or the beginning of a longer name: ``progan_train``, ``test_images``, ``training_real``."""
    if name.lower() == "df40":  # so its authors call what tests; beside it lies DF40_train
        return "test"
    words = _words(name)
    if len(words) < 2 or len({w for w in words if w in SPLIT_NAMES}) != 1:
        return None
    if words[-1] in SPLIT_NAMES:
        return SPLIT_NAMES[words[-1]]
    rest = words[1:]
    plain = all(w in _DECORATION or w in CERTAIN or w in OTHER_WORDS or w.isdecimal() for w in rest)
    return SPLIT_NAMES.get(words[0]) if plain else None


def without_split(name: str) -> str:
    """``progan`` for ``progan_train``; "" for a name that is nothing but a split, as ``train`` and ``train_set``."""
    if split_word(name) or (_words(name) or [""])[0] in SPLIT_NAMES:
        return ""
    parts = re.split(r"([\s_.\-+]+)", name)
    while parts and (parts[-1].lower() in SPLIT_NAMES or not parts[-1].strip(" _.-+")):
        parts.pop()
    return "".join(parts)


def top_class_folder(folders: tuple[str, ...]) -> int | None:
    """Place of the first folder of a path that names a class (or is DF40); None if none does."""
    return next((i for i, name in enumerate(folders) if class_word(name) or name.lower() in DF40), None)


def _words(name: str) -> list[str]:
    return [w for w in re.split(r"[\s_.\-+]+", name.lower()) if w]
