"""From a probability to a word: photograph, fake, or "cannot tell", and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fauxface.labels import Label
from fauxface.stability import CHANGES
from fauxface.verdict import FaceVerdict, Reason, Verdict
from fauxface.weights.card import ModelCard

if TYPE_CHECKING:
    from fauxface.prepared import Prepared

EVEN: Final = 0.5
_RANK: Final[dict[Label, int]] = {"real": 0, "uncertain": 1, "fake": 2}


@dataclass(frozen=True, slots=True)
class Decision:
    """What is said of one face, or of a whole picture; see `fauxface.verdict.Verdict`."""

    label: Label
    probability_fake: float
    reasons: tuple[Reason, ...] = ()

    @property
    def weight(self) -> tuple[int, float]:
        """Of several faces the one of the largest weight speaks for the picture."""
        return _RANK[self.label], self.probability_fake


def label_for(probability: float, card: ModelCard) -> Label:
    """The word for a calibrated probability_fake: "uncertain" strictly inside the band, else by threshold."""
    low, high = card.uncertain_band
    if low < probability < high:
        return "uncertain"
    return "fake" if probability >= card.threshold else "real"


def decide(
    probability: float,
    card: ModelCard,
    outside: Sequence[Reason] = (),
    flips: Sequence[str] = (),
    distance: float | None = None,
) -> Decision:
    """Word and reasons.

    Args:
        probability: calibrated probability_fake, in [0, 1].
        outside: why the picture is not of the kind that the network knows (`outside_scope`).
        flips: the changes under which it changed sides (`changed_sides`), names in `fauxface.stability.CHANGES`.
        distance: of its features from those of training pictures; None: not measured.
    """
    label, reasons = label_for(probability, card), list(outside)
    if label == "fake" and distance is not None and card.familiar_within and distance > card.familiar_within:
        reasons.append(
            Reason(
                "unfamiliar", "it looks unlike the pictures that the detector learned from, so 'fake' would be a guess"
            )
        )
    if label == "uncertain":
        low, high = card.uncertain_band
        reasons.append(
            Reason("in_band", f"photographs and fakes that were tested overlap between {low:.1%} and {high:.1%}")
        )
    if flips:
        said = ", or ".join(CHANGES[name][0] for name in flips)
        reasons.append(Reason("unstable", f"the verdict changes when the picture is {said}"))
    return Decision("uncertain" if reasons else label, probability, tuple(reasons))


def against_odds(label: Label | None, probability: float | None, card: ModelCard) -> tuple[str, ...]:
    """A note where the word is "fake" although the probability is below even odds: limits are chosen by errors."""
    if label != "fake" or probability is None or probability >= EVEN:
        return ()
    if "real" in card.coverage:
        aim = f"so that it is said of about {1 - card.coverage['real']:.1%} of photographs"
        return (f"at less than even odds: the limit for 'fake', {card.fake_from:.1%}, was chosen {aim}",)
    return (f"at less than even odds: this detector says 'fake' from {card.fake_from:.1%} on",)


def changed_sides(probability: float, changed: Sequence[float], card: ModelCard) -> tuple[str, ...]:
    """Names of the card's changes under which the word became the opposite one.

    Becoming uncertain does not count: near the end of a wide band every picture does so now and then.

    Args:
        changed: probability_fake of the changed pictures, in the order of ``card.changes``.
    """
    opposite = {"real": "fake", "fake": "real"}.get(label_for(probability, card))
    return tuple(name for name, p in zip(card.changes, changed, strict=True) if label_for(p, card) == opposite)


def outside_scope(picture: Prepared, place: int, card: ModelCard) -> list[Reason]:
    """Why the network was not made for this picture.

    Args:
        place: of its square that is judged.
    """
    side = picture.sides[place]
    found: list[Reason] = []
    if card.needs_face and picture.faces is not None and not picture.faces:
        found.append(Reason("no_face", "no face was found in it, and this detector knows nothing but faces"))
    if side < card.smallest_side:
        message = f"what is to be judged is {side} pixels wide, too few: at least {card.smallest_side} are needed"
        found.append(Reason("too_few_pixels", message))
    if picture.jpeg_quality is not None and picture.jpeg_quality < card.lowest_jpeg_quality:
        least = card.lowest_jpeg_quality
        message = f"it was saved as JPEG of quality {picture.jpeg_quality}; below {least} the traces are gone"
        found.append(Reason("strong_compression", message))
    if picture.colours[place] < card.least_colour:
        message = "it is grey or of one tint, and without different colours fakes look like photographs"
        found.append(Reason("no_colour", message))
    return found


def conclude(picture: Prepared, decisions: list[Decision], card: ModelCard, share: float) -> Verdict:
    """The verdict on a picture: the decision on one of its squares speaks for all of it.

    Args:
        decisions: one for each of its squares; none after an error.
        share: seconds that each of them took.
    """
    said = max(decisions, key=lambda decision: decision.weight, default=None)
    against = against_odds(said.label, said.probability_fake, card) if said else ()
    faces = None
    if picture.faces is not None:
        pairs = zip(picture.faces, decisions, strict=False)  # one decision and no face: the whole picture
        faces = tuple(FaceVerdict(f.box, box, f.score, d.label, d.probability_fake, d.reasons) for (f, box), d in pairs)
    return Verdict(
        path=picture.name,
        label=said.label if said else None,
        probability_fake=said.probability_fake if said else None,
        model=card.id,
        error=picture.error.to_dict() if picture.error else None,
        elapsed_ms=(picture.seconds + share * len(decisions)) * 1e3,
        notes=(*picture.notes, *against),
        faces=faces,
        reasons=said.reasons if said else (),
    )
