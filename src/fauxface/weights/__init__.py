"""Finding, verifying and describing weights."""

from fauxface.weights.card import ModelCard

__all__ = ["ModelCard"]
