"""Table II of the paper, read off recipes: what each of the six runs was trained with, as printed and as here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fauxface.training.recipe import Recipe, load_recipe

NAMES: Final = (
    "inception-resnet-v2",
    "inception-resnet-v2-cutout",
    "vggface2",
    "vggface2-cutout",
    "resnet68",
    "resnet68-cutout",
)
"""The recipes of Table II, in its order."""
SMALL: Final = {name: f"{name}-small" for name in NAMES}
"""Each one's scaled-down twin."""
_WHOLE: Final = {twin: name for name, twin in SMALL.items()}

# Learning rate and epochs as printed; optimiser and loss are Adam and binary cross-entropy in every column.
PRINTED: Final = {
    "inception-resnet-v2": ("0.001", "10"),
    "inception-resnet-v2-cutout": ("0.0001", "10"),
    "vggface2": ("0.0002", "10"),
    "vggface2-cutout": ("0.0001", "10"),
    "resnet68": ("0.0001", "100"),
    "resnet68-cutout": ("0.0001", "10"),
}


SETTINGS: Final = {
    "network": "network",
    "cutout": "cutout",
    "start": "starts from",
    "learning_rate": "learning rate",
    "epochs": "epochs",
    "optimiser": "optimiser",
    "loss": "cost function",
    "batch": "batch size",
    "picture": "picture",
    "printed": "Table II: rate / epochs",
}
"""The settings of a `Column` and what people call them, in the order of the table."""


def whole(name: str) -> str:
    """The recipe of Table II that a scaled-down twin belongs to; any other name as it is."""
    return _WHOLE.get(name, name)


@dataclass(frozen=True, slots=True)
class Column:
    """One run of Table II: texts as people read them."""

    name: str
    network: str
    cutout: str
    start: str
    learning_rate: str
    epochs: str
    optimiser: str
    loss: str
    batch: str
    picture: str
    printed: str


def column(recipe: Recipe, printed: str = "–") -> Column:
    """What a recipe trains with; ``printed``: the paper's learning rate and epochs."""
    cutout = recipe.augment.cutout
    optimiser = "Adam" if recipe.optimiser.name == "adam" else "AdamW"
    return Column(
        name=recipe.name,
        network=recipe.model,
        cutout="no" if cutout is None else f"{cutout.geometry}, probability {cutout.probability:g}",
        start=f"public weights ({recipe.pretrained})" if recipe.pretrained else "random weights",
        learning_rate=f"{recipe.optimiser.learning_rate:g}",
        epochs=str(recipe.epochs),
        optimiser=optimiser,
        loss="binary cross-entropy",
        batch=f"{recipe.batch_size:,}",
        picture=f"{recipe.size}×{recipe.size}",
        printed=printed,
    )


def columns(recipes: Sequence[Recipe] | None = None) -> list[Column]:
    """One entry a recipe, in order; default: the six of Table II.

    Raises:
        RecipeError: a recipe is damaged.
    """
    if recipes is None:
        recipes = [load_recipe(name) for name in NAMES]
    found = []
    for recipe in recipes:
        paper = PRINTED.get(whole(recipe.name))
        found.append(column(recipe, "–" if paper is None else f"{paper[0]} / {paper[1]}"))
    return found
