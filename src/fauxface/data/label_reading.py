"""How one table says which of its pictures are fake: by words, or by 0 and 1 whose meaning it or the user must give.

Nearly all tables of the field write 1 for fake, and this project's own data set writes 1 for real. So a bare 0 or 1 is
never guessed at: half of all labels would be the wrong way round without a word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from fauxface.data.class_folders import FakeIs
from fauxface.data.folder_names import class_word
from fauxface.data.listing import printable_path
from fauxface.errors import DataError
from fauxface.labels import ClassName

# Columns whose name says what 1 means; the bare words only where no column "label" says more.
_TELLING: Final[dict[str, ClassName]] = {
    **dict.fromkeys(("is_fake", "isfake", "fake", "label_fake", "is_deepfake", "is_generated", "is_ai"), "fake"),
    **dict.fromkeys(("is_real", "isreal", "real", "label_real", "is_authentic"), "real"),
}  # type: ignore[assignment]
_BARE: Final = ("fake", "real")
_PLAIN: Final = ("label", "label_str")
_NUMBERS: Final[dict[str, FakeIs]] = {
    **dict.fromkeys(("1", "1.0", "true", "yes", "t", "y"), 1),
    **dict.fromkeys(("0", "0.0", "false", "no", "f", "n"), 0),
}  # type: ignore[assignment]


class LabelReader:
    """Reads the labels of one table, row by row, and remembers how."""

    def __init__(self, file: Path, columns: Mapping[str, int], fake_is: FakeIs | None) -> None:
        """``columns``: lower-case name → place in a row, as `has_labels` wants them.

        ``fake_is``: what the user says of the column ``label``.
        """
        self._file = file
        self._fake_is = fake_is
        self._plain = [(name, columns[name]) for name in _PLAIN if name in columns]
        telling: dict[str, ClassName] = {name: _TELLING[_key(name)] for name in columns if _key(name) in _TELLING}
        if self._plain:
            telling = {name: one_is for name, one_is in telling.items() if name not in _BARE}
        self._telling: list[tuple[str, int, ClassName]] = [
            (name, columns[name], one_is) for name, one_is in telling.items()
        ]
        self._numbers: dict[int, ClassName] = {} if fake_is is None else _meaning(fake_is)
        self._words: dict[ClassName, str] = {}
        self._by_number = False

    @staticmethod
    def has_labels(columns: Mapping[str, int]) -> bool:
        """Whether a table with these columns has labels."""
        return any(name in _PLAIN or _key(name) in _TELLING for name in columns)

    def read(self, row: Sequence[str], line: int) -> ClassName:
        """The label of one row.

        Raises:
            ValueError: the row's own fault: no label, or two that contradict each other; the message says which.
            DataError: the table's: labels 0 and 1, and nothing says which of them is fake (code
                ``ambiguous_labels``).
        """
        found: list[ClassName] = []
        shown, bare = [], []
        for name, place, one_is in self._telling:
            number = _NUMBERS.get(row[place].strip().lower())
            shown.append(f"{name} = {_shown(row[place])}")
            if number is not None:
                found.append(one_is if number == 1 else _other(one_is))
            elif word := class_word(row[place].strip().lower()):
                found.append(word.label)
            else:
                raise ValueError(f"the column '{name}' is 0 or 1, or real or fake, not {_shown(row[place])}")
        for _, place in self._plain:
            text = row[place].strip().lower()
            shown.append(_shown(row[place]))
            if (number := _NUMBERS.get(text)) is not None:
                bare.append(number)
            elif word := class_word(text):
                found.append(word.label)
                self._words.setdefault(word.label, text)
            else:
                raise ValueError(f"a label is real or fake, not {_shown(row[place])}")
        if not found:
            found.extend(self._of_number(number, line) for number in bare)
        if len(set(found)) != 1:
            raise ValueError(f"its labels contradict each other: {' and '.join(shown)}")
        for number in bare:  # beside a word the word decides, and a number must always stand beside the same one
            if self._numbers.setdefault(number, found[0]) != found[0]:
                means = self._numbers[number]
                raise ValueError(f"{number} means {means} in this table, and here it stands beside {found[0]}")
            self._numbers.setdefault(1 - number, _other(found[0]))
        return found[0]

    def note(self) -> str:
        """One sentence on how the labels were read, for people."""
        if self._telling:
            names = ", ".join(f"{name} (1 = {one_is})" for name, _, one_is in self._telling)
            how = f"by the column {names}"
        elif self._by_number and self._fake_is is not None:
            how = f"{self._fake_is} = fake, {1 - self._fake_is} = real, as --fake-is says"
        else:
            words = (text if text == label else f"{text} ({label})" for label, text in sorted(self._words.items()))
            how = f"by words: {', '.join(words)}"
        return f"{self._file.name}: labels read {how}"

    def _of_number(self, number: FakeIs, line: int) -> ClassName:
        if self._fake_is is None:
            raise DataError(
                f"{self._file}, line {line}: the label is {number}, and nothing says whether 1 is fake (as in most "
                "tables) or real: say --fake-is 1 or --fake-is 0 to  fauxface data index  or  evaluate  , or call the "
                "column is_fake or is_real, or write real and fake",
                code="ambiguous_labels",
            )
        self._by_number = True
        return self._numbers[number]


def _key(name: str) -> str:
    return name.replace(" ", "_").replace("-", "_")


def _meaning(fake_is: FakeIs) -> dict[int, ClassName]:
    return {fake_is: "fake", 1 - fake_is: "real"}


def _other(label: ClassName) -> ClassName:
    return "real" if label == "fake" else "fake"


def _shown(text: str) -> str:
    return repr(printable_path(text.strip(), 40))
