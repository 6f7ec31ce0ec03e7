"""The result for a clip, or for a picture that moves: what its frames say together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from statistics import median
from typing import Any, ClassVar, Final, Literal

from fauxface.decision import against_odds, label_for
from fauxface.errors import FauxfaceError
from fauxface.verdict import Claim, Judged, Reason, Verdict
from fauxface.weights.card import ModelCard

MIXED: Final = (0.25, 0.75)
"""From and up to this share of frames that look generated, a clip contradicts itself."""


@dataclass(frozen=True, slots=True)
class JudgedFrame:
    """One frame: its second, whether another scene begins there, and the verdict (``path``: "clip.mp4 @ 1.2 s")."""

    seconds: float
    scene_change: bool
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class ClipVerdict(Judged):
    """What the detector says about a clip.

    Attributes:
        path: the clip as the caller named it.
        label: "real", "fake" or "uncertain"; None if the clip could not be judged.
        probability_fake: median over the frames that count: those in which a face was found, or all if there is none
            in any (said in the notes) or nobody looked; None if the clip could not be judged.
        model: id of the weights.
        error: None, or {"code", "message"} saying why the clip could not be judged.
        elapsed_ms: milliseconds for decoding and judging.
        notes: short facts that the reader should know.
        reasons: why it is uncertain: ``frames_disagree`` (from 25% to 75% of the frames that count are on the fake
            side of the threshold), ``in_abstention_region`` (the median is in the card's abstention region), and what
            makes more than half of the frames uncertain (``unstable``, ``no_face`` …).
        share_fake: share of the frames that count whose probability is called fake.
        duration_s: length of the clip in seconds, None if unknown.
        frames: every frame that was looked at, in time order, also those that do not count.
        counted: how many count.
        provenance: what the clip's file says about where it comes from (`fauxface.provenance`), confessions first. No
            label and no probability depends on it.
        kind: what it is about; a picture's is another (`fauxface.verdict.Verdict`).
    """

    kind: ClassVar[Literal["clip"]] = "clip"
    reasons: tuple[Reason, ...] = ()
    share_fake: float | None = None
    duration_s: float | None = None
    frames: tuple[JudgedFrame, ...] = ()
    counted: int = 0
    provenance: tuple[Claim, ...] = ()

    @classmethod
    def failed(cls, path: str, model: str, error: FauxfaceError, *, elapsed_ms: float = 0.0) -> ClipVerdict:
        """The verdict on a clip that could not be judged."""
        return cls(path, None, None, model, error.to_dict(), elapsed_ms)

    def to_dict(self) -> dict[str, Any]:
        """A plain dict ready for JSON, keys in a fixed order; tuples become lists.

        Milliseconds get 2 decimals, seconds 3, the share 4.
        """
        row = {field.name: getattr(self, field.name) for field in fields(self)}
        row["elapsed_ms"] = round(self.elapsed_ms, 2)
        row["notes"], row["reasons"] = list(self.notes), [reason.to_dict() for reason in self.reasons]
        row["share_fake"] = None if self.share_fake is None else round(self.share_fake, 4)
        row["duration_s"] = None if self.duration_s is None else round(self.duration_s, 3)
        row["frames"] = [
            {"seconds": round(f.seconds, 3), "scene_change": f.scene_change, "verdict": f.verdict.to_dict()}
            for f in self.frames
        ]
        row["provenance"] = [asdict(claim) for claim in self.provenance]
        return row


def conclude(
    name: str,
    judged_frames: Iterable[JudgedFrame],
    card: ModelCard,
    *,
    duration_s: float | None,
    notes: Sequence[str] = (),
    elapsed_ms: float = 0.0,
) -> ClipVerdict:
    """One verdict for a clip; how: see `ClipVerdict`.

    Args:
        judged_frames: in time order. If none of them could be judged, the first one's error is the clip's.
        card: of the weights that judged them.
        notes: of the clip itself.
    """
    frames = tuple(judged_frames)
    judged = [f.verdict for f in frames if f.verdict.probability_fake is not None]
    said = list(notes)
    clip = ClipVerdict(name, None, None, card.id, None, elapsed_ms, tuple(said), (), None, duration_s, frames)
    if not judged:
        first = next((f.verdict.error for f in frames if f.verdict.error), None)
        return replace(clip, error=first or {"code": "broken_video", "message": f"{name}: no frame could be judged"})
    with_face = [verdict for verdict in judged if verdict.faces]
    looked = any(verdict.faces is not None for verdict in judged) or len(judged) < len(frames)
    if with_face and len(with_face) < len(frames):
        said.append(f"{len(frames) - len(with_face)} of {len(frames)} frames show no face and do not count")
    elif looked and not with_face:
        said.append("no face found in any frame: whole frames were judged")
    # Where nobody looked for faces a frame has no other notes than that nobody could, and on its own odds.
    own = {note for v in judged for note in against_odds(v.label, v.probability_fake, card)}
    said += dict.fromkeys(note for v in judged if v.faces is None for note in v.notes if note not in own)
    counted = with_face or judged
    probabilities = [v.probability_fake for v in counted if v.probability_fake is not None]
    middle = median(probabilities)
    share = sum(p >= card.decision.fake_from for p in probabilities) / len(probabilities)
    reasons = _reasons(middle, share, counted, card)
    label = "uncertain" if reasons else label_for(middle, card)
    return replace(
        clip,
        label=label,
        probability_fake=middle,
        share_fake=share,
        notes=(*said, *against_odds(label, middle, card)),
        reasons=reasons,
        counted=len(counted),
    )


def _reasons(middle: float, share: float, counted: list[Verdict], card: ModelCard) -> tuple[Reason, ...]:
    reasons: list[Reason] = []
    if MIXED[0] <= share <= MIXED[1]:
        message = f"its frames contradict each other: {round(share * len(counted))} of {len(counted)} look generated"
        reasons.append(Reason("frames_disagree", message))
    if label_for(middle, card) == "uncertain":
        low, high = card.decision.abstention_region
        message = f"photographs and fakes that were tested overlap between {low:.1%} and {high:.1%}"
        reasons.append(Reason("in_abstention_region", message))
    often = Counter(reason.code for verdict in counted for reason in verdict.reasons)
    messages = {reason.code: reason.message for verdict in counted for reason in verdict.reasons}
    for code, times in often.items():
        if code != "in_abstention_region" and times > len(counted) / 2:
            reasons.append(Reason(code, f"{messages[code]} (so it is with {times} of {len(counted)} frames)"))
    return tuple(reasons)
