"""The shapes of the API: what goes out, as its description (OpenAPI) tells it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from fauxface.web.former_fields import DEPRECATED, UNTIL, former
from fauxface.web.messages.phrasing import Phrasing


class ErrorBody(BaseModel):
    """Every error looks like this."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"code": "too_large", "message": "the upload is larger than 201 MB", "detail": None}]
        }
    )

    code: str = Field(description="stable, lower case, for programs")
    message: str = Field(description="for people: what is wrong and what to do")
    detail: Any = Field(default=None, description="which field, where there are several")


class ReasonBody(BaseModel):
    """Why a verdict is uncertain."""

    code: str
    message: str
    former_code: str | None = Field(
        description=f"what ``code`` was called; null if it was called the same; {UNTIL}", json_schema_extra=DEPRECATED
    )


class FaceBody(BaseModel):
    """One face; boxes in pixels of the picture."""

    box: tuple[float, float, float, float]
    crop: tuple[int, int, int, int]
    score: float
    label: Literal["real", "fake", "uncertain"]
    probability_fake: float
    reasons: list[ReasonBody]


class ClaimBody(BaseModel):
    """One thing that a picture's file says about itself. No verdict depends on it."""

    kind: str = Field(description="generated, edited_with_ai, captured, content_credentials, camera, software, …")
    claim: str = Field(description="for people")
    source: str = Field(description="where it stands in the file")
    strength: Literal["trusted", "intact", "stated", "hint", "broken"] = Field(
        description="trusted: signed by somebody on the operator's list; intact: signed, by nobody knows whom; stated; "
        "hint; broken: signed, and changed since"
    )


class VerdictBody(BaseModel):
    """One verdict, the same object that `fauxface predict --json` prints."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "path": "face.jpg",
                    "label": "fake",
                    "probability_fake": 0.93,
                    "model": "resnet68-cutout@2",
                    "error": None,
                    "elapsed_ms": 161.2,
                    "notes": [],
                    "faces": [],
                    "reasons": [],
                    "provenance": [
                        {
                            "kind": "generated",
                            "claim": "The file says that it was made with ComfyUI",
                            "source": "PNG text “prompt”",
                            "strength": "stated",
                        }
                    ],
                }
            ]
        }
    )

    path: str = Field(description="the file's name as you sent it, without folders")
    label: Literal["real", "fake", "uncertain"] | None
    probability_fake: float | None = Field(description="calibrated, 0 to 1")
    model: str
    error: dict[str, str] | None = Field(description="why this picture could not be judged")
    elapsed_ms: float
    notes: list[str]
    faces: list[FaceBody] | None
    reasons: list[ReasonBody]
    provenance: list[ClaimBody] = Field(description="what the file says about itself, confessions first")


class InspectBody(BaseModel):
    """What a file says about itself."""

    sha256: str
    provenance: list[ClaimBody] = Field(description="as in a verdict")
    private: list[ClaimBody] | None = Field(description="places and names of people, only if you ask for them")


class FileBody(BaseModel):
    """What belongs to a verdict besides it."""

    name: str
    bytes: int
    sha256: str
    judged_at: str = Field(description="when, in UTC (ISO 8601)")
    receipt: str | None = Field(description="for feedback, to share it or for a report; null if it was not judged")
    phrasing: Phrasing
    words = former("phrasing", Phrasing)


class PredictBody(BaseModel):
    """Verdicts in the order of the files."""

    verdicts: list[VerdictBody]
    files: list[FileBody]


class ChangeBody(BaseModel):
    """The verdict on the picture after a small change."""

    name: str
    change: str
    label: Literal["real", "fake", "uncertain"]
    word: str
    percent: int | None = Field(description="as in ``phrasing``: null where no number helps")


class HoldsBody(BaseModel):
    """Whether the verdict stays when the picture is changed a little."""

    held: int = Field(description="changes under which the word stays the same")
    of: int
    sentence: str


class CropBody(BaseModel):
    """A face cut out of the picture."""

    picture: str = Field(description="data URI, JPEG")
    box: tuple[int, int, int, int] = Field(description="left, top, width, height of the face in pixels of ``whole``")
    phrasing: Phrasing
    words = former("phrasing", Phrasing)


class WholeBody(BaseModel):
    """The whole picture, to draw the faces' boxes on."""

    picture: str = Field(description="data URI, JPEG")
    width: int
    height: int


class ExplainBody(BaseModel):
    """A closer look at one picture."""

    picture: str = Field(description="data URI, JPEG: the square that was judged")
    heat: str = Field(description="data URI, PNG with transparency, to lay over ``picture``")
    caption: str
    crops: list[CropBody]
    whole: WholeBody | None = Field(description="null if no face was looked for or found")
    stability: list[ChangeBody]
    holds: HoldsBody | None = Field(default=None, description="null if the verdict is uncertain")
    explanation_receipt: str | None = Field(
        default=None, description="a signed note of ``holds`` and ``picture``, to share them or for a report"
    )
    looks = former("explanation_receipt", str | None)


class FrameBody(BaseModel):
    """One frame of a clip."""

    seconds: float
    scene_change: bool
    picture: str = Field(description="data URI, JPEG, small")
    phrasing: Phrasing
    words = former("phrasing", Phrasing)
    verdict: VerdictBody


class JobBody(BaseModel):
    """The progress of a clip."""

    id: str
    name: str = Field(default="", description="the clip's name as you sent it, without folders")
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    done: int = 0
    total: int = 0
    frames: list[FrameBody] = []
    verdict: dict[str, Any] | None = Field(
        default=None,
        description="as `fauxface predict --json` prints it for a clip; of one that failed, with what its file says",
    )
    phrasing: Phrasing | None = None
    sha256: str = ""
    judged_at: str = ""
    seconds_left: float | None = Field(default=None, description="a guess, while it is judged")
    receipt: str | None = Field(default=None, description="for feedback, to share it or for a report")
    error: ErrorBody | None = None
    words = former("phrasing", Phrasing | None)


class ModelBody(BaseModel):
    """A detector."""

    id: str
    architecture: str
    default: bool
    input_size: int
    threshold: float
    abstention_region: tuple[float, float]
    parameters: int
    sha256: str
    licence: str
    known_failures: list[str]
    metrics: dict[str, Any]


class FeedbackBody(BaseModel):
    """What was kept."""

    id: str
    kept_picture: bool


class SharedBody(BaseModel):
    """A page made from an answer."""

    id: str
    url: str
    delete_token: str = Field(description="shown once: DELETE /api/v1/results/{id} with it as X-Delete-Token")
    delete_url: str = Field(description="shown once: a page to delete the result; the token follows the #")
    expires_at: str


class HealthBody(BaseModel):
    """Whether the server is up, or ready."""

    status: Literal["ok", "not_ready"]
    detail: str = ""
