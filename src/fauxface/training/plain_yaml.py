"""YAML as recipes need it: no aliases, no deep nesting, no setting twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import yaml

from fauxface.errors import RecipeError

MAX_DEPTH: Final = 20


def check_shape(text: str, source: str) -> None:
    """Refuse what a recipe never needs: aliases, a few of which can stand for billions of values, deep nesting, and a
    setting that is there twice, of which YAML would take the last."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise RecipeError(f"{source}: write settings out; a recipe may not use YAML aliases (*name)")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise RecipeError(f"{source}: settings are nested more than {MAX_DEPTH} deep, this is no recipe")
    for mapping in _mappings(yaml.compose(text, Loader=yaml.SafeLoader)):
        names = [key.value for key, _ in mapping.value]
        if doubled := [name for name in names if names.count(name) > 1]:
            raise RecipeError(f"{source}: setting '{doubled[0]}' is there twice")


def _mappings(node: yaml.Node | None) -> Iterator[yaml.MappingNode]:
    """Every mapping in a YAML document."""
    if isinstance(node, yaml.MappingNode):
        yield node
        for _, value in node.value:
            yield from _mappings(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _mappings(value)
