"""The weights of the package beside each other, on a model card: which are the default, and why; what they hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fauxface.report.markdown import escaped, table
from fauxface.report.tables import per_cent, plain
from fauxface.weights.card import ModelCard
from fauxface.weights.metrics import UnseenSources

_HEAD: Final = (
    "weights", "which", "cameras", "generators", "photographs called fake", "fakes called real", "uncertain", "AUC",
    "caught at 5% accused",
)  # fmt: skip


_WITH_PUBLIC: Final = "efficientnet-lite0"
"""An export of it with the faces of its run gets a second opinion and a measure of novelty at once."""


def is_shipped(card: ModelCard, shipped: Mapping[str, ModelCard]) -> bool:
    """Whether these are weights of the package."""
    return card.id in {each.id for each in shipped.values()}


def has_second_opinion(card: ModelCard) -> bool:
    """Whether the weights hold the public network, too (`fauxface.models.second_opinion`)."""
    return card.architecture == _WITH_PUBLIC and card.decision.familiar_within > 0


def beside(card: ModelCard, shipped: Mapping[str, ModelCard]) -> str:
    """A row for each of the package's weights, and which are used unless others are asked for.

    Args:
        card: whose page it is; other weights than those of the package have nothing beside them.
        shipped: the package's cards by name, the default first.

    Returns:
        Markdown; "" where there is nothing to compare.
    """
    found = {name: each.metrics.unseen_sources for name, each in shipped.items()}
    known = {name: unseen for name, unseen in found.items() if unseen is not None}
    if len(known) < 2 or not is_shipped(card, shipped):
        return ""
    default, best = next(iter(known)), max(known, key=lambda name: known[name].mean_auc.value)
    why = f"`{default}` is used unless `--weights` names another"
    why += ": on left-out sources it ranks pictures best (AUC)." if default == best else "."
    return f"{why}\n\n" + table(_HEAD, [[f"`{n}`", escaped(shipped[n].id), *_cells(u)] for n, u in known.items()])


def _cells(unseen: UnseenSources) -> list[str]:
    shares = (unseen.accused_photographs, unseen.missed_fakes, unseen.uncertain)
    return [
        f"{len(unseen.cameras)}",
        f"{len(unseen.generators)}",
        *(per_cent(mean.value, mean.interval) for mean in shares),
        plain(unseen.mean_auc.value, unseen.mean_auc.interval),
        per_cent(unseen.caught.value, unseen.caught.interval),
    ]
