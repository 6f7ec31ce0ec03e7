"""From a probability to an answer: photograph, fake, or "cannot tell", and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fauxface.labels import Label
from fauxface.stability import PERTURBATIONS
from fauxface.verdict import FaceVerdict, Reason, Verdict
from fauxface.weights.card import ModelCard

if TYPE_CHECKING:
    from fauxface.prepared import Prepared

EVEN: Final = 0.5
_NO_COLOUR: Final = "it is grey or of one tint, and without different colours fakes look more like photographs"
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
    """The label for a calibrated probability_fake: "uncertain" strictly inside the region, else by threshold."""
    low, high = card.decision.abstention_region
    if low < probability < high:
        return "uncertain"
    return "fake" if probability >= card.decision.threshold else "real"


def decide(
    probability: float,
    card: ModelCard,
    scope: Sequence[Reason] = (),
    unstable: Sequence[str] = (),
    distance: float | None = None,
    side: int | None = None,
    colour: float | None = None,
) -> Decision:
    """Word and reasons.

    Args:
        probability: calibrated probability_fake, in [0, 1].
        scope: why the picture is not of the kind that the network knows (`out_of_scope`).
        unstable: the perturbations under which it changed sides (`unstable_under`), by their names.
        distance: of its features from those of training pictures; None: not measured.
        side: shorter side, in pixels of the picture, of what was judged; None: not known.
        colour: its spread of colour (`fauxface.preprocess.colour_spread`); None: not known.
    """
    label, reasons = label_for(probability, card), list(scope)
    within = card.decision.familiar_within
    if label == "fake" and distance is not None and within and distance > within:
        reasons.append(
            Reason(
                "unfamiliar", "it looks unlike the pictures that the detector learned from, so 'fake' would be a guess"
            )
        )
    if label == "real" and side is not None and (small := _small_face(probability, side, card)):
        reasons.append(small)
    colourless = colour is not None and colour < card.input.least_colour
    if label == "real" and colourless and probability > card.decision.colourless_real_to > 0:
        reasons.append(Reason("no_colour", _NO_COLOUR))
    if label == "uncertain":
        low, high = card.decision.abstention_region
        message = f"photographs and fakes that were tested overlap between {low:.1%} and {high:.1%}"
        reasons.append(Reason("in_abstention_region", message))
    if unstable:
        said = ", or ".join(PERTURBATIONS[name][0] for name in unstable)
        reasons.append(Reason("unstable", f"the verdict changes when the picture is {said}"))
    return Decision("uncertain" if reasons else label, probability, tuple(reasons))


def against_odds(label: Label | None, probability: float | None, card: ModelCard) -> tuple[str, ...]:
    """A note where the label is "fake" although the probability is below even odds: thresholds are chosen by errors."""
    if label != "fake" or probability is None or probability >= EVEN:
        return ()
    accused = card.decision.guaranteed.accused_photographs
    if accused is not None:
        aim = f"so that it is said of about {accused:.1%} of photographs"
        return (f"at less than even odds: the threshold of 'fake', {card.decision.fake_from:.1%}, was chosen {aim}",)
    return (f"at less than even odds: this detector says 'fake' from {card.decision.fake_from:.1%} on",)


def unstable_under(probability: float, changed: Sequence[float], card: ModelCard) -> tuple[str, ...]:
    """Names of the card's perturbations under which the label became the opposite one.

    Becoming uncertain does not count: near the end of a wide region every picture does so now and then.

    Args:
        changed: probability_fake of the changed pictures, in the order of ``card.decision.perturbations``.
    """
    opposite = {"real": "fake", "fake": "real"}.get(label_for(probability, card))
    judged = zip(card.decision.perturbations, changed, strict=True)
    return tuple(name for name, p in judged if label_for(p, card) == opposite)


def out_of_scope(picture: Prepared, place: int, card: ModelCard) -> list[Reason]:
    """Why the network was not made for this picture.

    Args:
        place: of its square that is judged.
    """
    side = picture.sides[place]
    found: list[Reason] = []
    if card.input.needs_face and picture.faces is not None and not picture.faces:
        found.append(Reason("no_face", "no face was found in it, and this detector knows nothing but faces"))
    if side < card.input.smallest_side:
        found.append(_too_few_pixels(side, card.input.smallest_side))
    if picture.jpeg_quality is not None and picture.jpeg_quality < card.input.lowest_jpeg_quality:
        least = card.input.lowest_jpeg_quality
        left = f"below {least} little is left of what the detector looks for"
        message = f"it was saved as JPEG of quality {picture.jpeg_quality}; {left}"
        found.append(Reason("strong_compression", message))
    if picture.colours[place] < card.input.least_colour and not card.decision.colourless_real_to:
        found.append(Reason("no_colour", _NO_COLOUR))
    return found


def _small_face(probability: float, side: int, card: ModelCard) -> Reason | None:
    """Why what is so small may not be called real; what is too small for any answer is a matter of scope."""
    up_to = next((most for pixels, most in card.decision.small_real_to if side < pixels), 1.0)
    if side < card.input.smallest_side or probability <= up_to:
        return None
    message = f"the face is small, {side} pixels wide, and fakes so small look more like photographs"
    return Reason("small_face", message)


def _too_few_pixels(side: int, needed: int) -> Reason:
    message = f"what is to be judged is {side} pixels wide, too few: at least {needed} are needed"
    return Reason("too_few_pixels", message)


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
