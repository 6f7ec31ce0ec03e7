"""The one result that every part of fauxface gives: command line, Python, tables, and later the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Final, Literal

from fauxface import former_names
from fauxface.labels import Label

_FORMER: Final = {today: former for former, today in former_names.REASONS.items()}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a verdict is "uncertain".

    Attributes:
        code: stable: "in_abstention_region", "unstable", "no_face", "too_few_pixels", "small_face",
            "strong_compression", "no_colour", "unfamiliar".
        message: the same for people, a sentence without a full stop.
    """

    code: str
    message: str

    def to_dict(self) -> dict[str, str | None]:
        """``code``, ``message``, and until version 0.2 ``former_code``; None where the code had no other name."""
        return {"code": self.code, "message": self.message, "former_code": _FORMER.get(self.code)}

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Reason:
        """What `to_dict` gave, also that of a version with another code for it."""
        return cls(former_names.REASONS.get(kept["code"], kept["code"]), kept["message"])


ClaimKind = Literal[
    "generated",
    "edited_with_ai",
    "captured",
    "source_type",
    "content_credentials",
    "camera",
    "software",
    "date",
    "screenshot",
    "encoding",
    "size",
    "place",
    "person",
    "private",
    "unread",
]
Strength = Literal["trusted", "intact", "stated", "hint", "broken"]


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that a picture's file says about itself; never part of a probability.

    Attributes:
        kind: what it is about. "generated" and "edited_with_ai" are confessions, "place" and "person" stand in no
            verdict (there "private" says that they are there).
        claim: the same for people, a sentence without a full stop, safe to print.
        source: where it stands in the file, such as "PNG text “parameters”".
        strength: "trusted": signed, and the signer is on the operator's list; "intact": signed and unchanged, by nobody
            knows whom; "stated": in a field made for it; "hint": fits other explanations too; "broken": signed, and
            changed since.
    """

    kind: ClaimKind
    claim: str
    source: str
    strength: Strength

    @property
    def confesses(self) -> bool:
        """Whether the file says of itself that it was made, or made over, by a generator."""
        return self.kind in ("generated", "edited_with_ai") and self.strength not in ("hint", "broken")


@dataclass(frozen=True, slots=True)
class FaceVerdict:
    """What the detector says about one face of a picture.

    Attributes:
        box: the face, (left, top, right, bottom) in pixels of the upright picture as it was decoded: where a note
            says "decoded at 1/2 of its size", of that half.
        crop: what was judged for it, in the same pixels.
        score: how sure the face finder is that it is a face, in [0, 1].
        label, probability_fake, reasons: as in `Verdict`.
    """

    box: tuple[float, float, float, float]
    crop: tuple[int, int, int, int]
    score: float
    label: Label
    probability_fake: float
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """What verdicts on pictures and on clips have in common, first and in this order; see each for what it means."""

    path: str
    label: Label | None
    probability_fake: float | None
    model: str
    error: dict[str, str] | None = None
    elapsed_ms: float = 0.0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict(Judged):
    """What the detector says about one picture.

    Attributes:
        path: the picture as the caller named it ("-" for standard input, "<bytes>", "<array>" in Python).
        label: "real", "fake" or "uncertain"; None if the picture could not be judged.
        probability_fake: calibrated, in [0, 1]; None if the picture could not be judged.
        model: id of the weights that judged ("name@version").
        error: None, or {"code", "message"} saying why this picture could not be judged.
        elapsed_ms: milliseconds for reading, preprocessing and judging this picture (in a batch: its share).
        notes: short facts that the reader should know ("first of 12 frames").
        faces: the faces that were found, largest first; the picture's own label, probability and reasons are those
            of the one that speaks most for fake: called fake before uncertain before real, then by probability. Empty
            if there is none and the whole picture was judged; None if none was looked for. Of a picture that moves a
            few frames are judged as those of a clip are (`fauxface.clip_verdict`); a note says which, and these are the
            faces of the one nearest to the median.
        reasons: why the label is "uncertain"; empty for the other labels.
        provenance: what the picture's file says about where it comes from (`fauxface.provenance`), confessions first;
            empty for arrays and Pillow pictures. No label and no probability depends on it.
        kind: what it is about; a clip's is another (`fauxface.video.ClipVerdict`).
    """

    kind: ClassVar[Literal["picture"]] = "picture"
    faces: tuple[FaceVerdict, ...] | None = None
    reasons: tuple[Reason, ...] = ()
    provenance: tuple[Claim, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """A plain dict ready for JSON, keys in a fixed order; tuples become lists.

        Milliseconds get 2 decimals, boxes 1, scores of faces 4.
        """
        row = asdict(self)
        row["elapsed_ms"] = round(self.elapsed_ms, 2)
        row["notes"], row["reasons"] = list(self.notes), [reason.to_dict() for reason in self.reasons]
        row["provenance"] = list(row["provenance"])
        if self.faces is not None:
            row["faces"] = [
                asdict(f)
                | {"box": [round(x, 1) for x in f.box], "crop": list(f.crop), "score": round(f.score, 4)}
                | {"reasons": [reason.to_dict() for reason in f.reasons]}
                for f in self.faces
            ]
        return row
