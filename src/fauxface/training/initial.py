"""The public weights that a run starts from: named by the recipe, found before anything long begins."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from torch import nn

from fauxface.errors import RecipeError, WeightsError
from fauxface.models import registry
from fauxface.models.entry import Pretrained
from fauxface.training.recipe import Recipe
from fauxface.weights import fetch
from fauxface.weights.download import Show


@dataclass(frozen=True, slots=True)
class Initial:
    """Public weights on this machine, verified.

    Attributes:
        pretrained: what they are and how they are loaded.
        path: the file.
        sha256: its digest; part of what makes a run that run.
    """

    pretrained: Pretrained
    path: Path
    sha256: str

    def load(self, network: nn.Module) -> None:
        """Put them into a network that the registry has made.

        Raises:
            WeightsError: the file does not fit; the network is as it was.
        """
        self.pretrained.load(network, self.path)

    def facts(self) -> dict[str, str]:
        """What a model card says about them."""
        file = self.pretrained.file
        return {
            "trained_on": self.pretrained.name,
            "file": file.name,
            "url": file.url,
            "sha256": self.sha256,
            "licence": file.licence,
        }


def find(recipe: Recipe, given: Path | None = None, *, show: Show | None = None) -> Initial | None:
    """The public weights that a recipe asks for; None if it starts from random ones.

    They are downloaded once. There is no falling back to random weights: that is a recipe's ``pretrained: null``, or
    ``--scratch``.

    Args:
        recipe: names network and weights.
        given: a file that is at hand already, instead of a download.
        show: shows the progress of a download.

    Raises:
        RecipeError: the network has no public weights of that name, or a file is given to a recipe that starts from
            random weights.
        WeightsError: they can be had neither from the cache nor from the net, or are not what they should be.
    """
    if recipe.pretrained is None:
        if given is not None:
            raise RecipeError(f"recipe '{recipe.name}' starts from random weights; it has no use for {given}")
        return None
    offered = registry.entry(recipe.model).pretrained
    chosen = next((p for p in offered if p.name == recipe.pretrained), None)
    if chosen is None:
        names = ", ".join(f"'{p.name}'" for p in offered) or "none at all"
        raise RecipeError(
            f"recipe '{recipe.name}': network '{recipe.model}' has no public weights called '{recipe.pretrained}' "
            f"(there are: {names}); to train from random weights take 'pretrained' out of the recipe, or "
            "say --scratch to fauxface train"
        )
    if given is None:
        path = fetch.on_this_machine(chosen.file, show=show)
    else:
        fetch.verify(path := given, chosen.file)
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as e:
        raise WeightsError(f"{path}: cannot be read ({e.strerror})", code="weights_not_found") from e
    return Initial(chosen, path, digest)
