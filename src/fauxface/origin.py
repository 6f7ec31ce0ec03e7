"""Where a detector's weights came from: from a name or a path to a card and a loaded network, here or elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fauxface.errors import WeightsError
from fauxface.runtime.session import Session
from fauxface.weights import store
from fauxface.weights.card import ModelCard


@dataclass(frozen=True, slots=True)
class Origin:
    """A name for weights that can be opened again.

    Attributes:
        weights: as for `fauxface.weights.store.resolve`.
        threads: processor threads of the network; None: one for each core.
    """

    weights: str | Path = store.DEFAULT
    threads: int | None = None

    def card(self) -> ModelCard:
        """The card alone; its weights file must be there, but is not read.

        Raises:
            WeightsError: weights_not_found, weights_damaged, bad_card.
        """
        return store.resolve(self.weights).card

    def open(self) -> tuple[ModelCard, Session]:
        """The card, and its network in ONNX Runtime.

        Raises:
            WeightsError: weights_not_found, weights_damaged, bad_card, bad_weights.
        """
        # Only here: a detector with another session works without ONNX Runtime.
        from fauxface.runtime.onnx import OnnxSession

        loaded = store.resolve(self.weights)
        with loaded.opened() as path:
            try:
                return loaded.card, OnnxSession(path, threads=self.threads)
            except WeightsError as e:
                raise WeightsError(f"{loaded.path}: {e}; export or copy them again", code=e.code) from e

    def parts(self) -> tuple[ModelCard, Session, Origin]:
        """What `open` gives, and from where another process can open it again; the same errors."""
        return *self.open(), self.anywhere()

    def anywhere(self) -> Origin:
        """The same from any working directory."""
        named = self.weights in store.SHIPPED or self.weights in store.FORMER
        return Origin(str(self.weights if named else Path(self.weights).absolute()), self.threads)
