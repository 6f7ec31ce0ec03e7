"""Frozen dataclasses from JSON and back: every value is of the kind that its field names, or is refused by its path."""

from __future__ import annotations

from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

from fauxface.errors import WeightsError

EXTRA: Final = "extra"
"""A dataclass with a field of this name keeps the keys that it does not know in it, and writes them as they came."""
Read = TypeVar("Read")


def read(kind: type[Read], raw: object, path: str, source: str) -> Read:
    """One dataclass.

    Args:
        kind: a dataclass whose fields are numbers, texts, tuples, dictionaries, other such dataclasses, or Any.
        raw: from `json.loads`.
        path: of the value in its file, "" for the whole of it; source: the file. Both for errors.

    Raises:
        WeightsError: bad_card: a key is missing or unknown, or a value is of another kind.
    """
    if not isinstance(raw, dict):
        raise refused(source, f"'{path}' must be an object" if path else "the card must be a JSON object")
    types, known = _types(kind), _fields(kind)
    keeps = EXTRA in known
    values: dict[str, Any] = {EXTRA: {}} if keeps else {}
    for key, value in raw.items():
        if key in known and key != EXTRA:
            values[key] = _value(types[key], value, _below(path, key), source)
        elif keeps:
            values[EXTRA][key] = value
        else:
            raise refused(source, f"unknown key '{_below(path, key)}' in the card")
    for key, field in known.items():
        if key not in values and field.default is MISSING and field.default_factory is MISSING:
            raise refused(source, f"the key '{_below(path, key)}' is missing from the card")
    return kind(**values)


def plain(value: Any) -> Any:
    """What `read` takes: dataclasses as dictionaries, tuples as lists."""
    if is_dataclass(value) and not isinstance(value, type):
        row = {f.name: plain(getattr(value, f.name)) for f in fields(value) if f.name != EXTRA}
        return row | plain(getattr(value, EXTRA, {}))
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, (list, tuple)) else value


def refused(source: str, what: str) -> WeightsError:
    """The error of a card that cannot be used."""
    return WeightsError(f"{source}: {what}", code="bad_card")


def _below(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


@cache
def _types(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


@cache
def _fields(kind: type) -> dict[str, Field[Any]]:
    return {f.name: f for f in fields(kind)}


def _value(kind: Any, raw: object, path: str, source: str) -> Any:
    if kind is Any:
        return raw
    if is_dataclass(kind) and isinstance(kind, type):
        return read(kind, raw, path, source)
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        (kind,) = (each for each in inner if each is not type(None))
        return None if raw is None else _value(kind, raw, path, source)
    if origin is tuple:
        return _tuple(inner, raw, path, source)
    if origin is dict:
        if not isinstance(raw, dict):
            raise refused(source, f"'{path}' must be an object")
        return {key: _value(inner[1], value, _below(path, key), source) for key, value in raw.items()}
    return _simple(kind, raw, path, source)


def _tuple(inner: tuple[Any, ...], raw: object, path: str, source: str) -> tuple[Any, ...]:
    any_length = inner[-1] is Ellipsis
    if not isinstance(raw, list) or not (any_length or len(raw) == len(inner)):
        raise refused(source, f"'{path}' must be a list" + ("" if any_length else f" of {len(inner)} values"))
    each = [inner[0]] * len(raw) if any_length else inner
    return tuple(_value(k, v, f"{path}[{i}]", source) for i, (k, v) in enumerate(zip(each, raw, strict=True)))


def _simple(kind: Any, raw: object, path: str, source: str) -> object:
    if kind is float:
        # Comparing refuses what is not finite, and a whole number of 400 digits that no float holds.
        if not isinstance(raw, (int, float)) or isinstance(raw, bool) or not -1e308 <= raw <= 1e308:
            raise refused(source, f"'{path}' must be a number")
    elif not isinstance(raw, kind) or (kind is int and isinstance(raw, bool)):
        said = {int: "a whole number", bool: "true or false", str: "text"}[kind]
        raise refused(source, f"'{path}' must be {said}")
    return raw
