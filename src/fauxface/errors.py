"""The one family of errors that users meet: a stable ``code`` for programs and a sentence for people."""

from __future__ import annotations

import re


class FauxfaceError(Exception):
    """An error that the user can act on: what went wrong, with which file or limit, and the way out.

    ``code`` is stable across versions (lower case, underscores); messages may be reworded.
    """

    code: str = "error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code

    def to_dict(self) -> dict[str, str]:
        """``{"code", "message"}``, the shape that the command line and the API print."""
        return {"code": self.code, "message": self.message}


# Two letters at least before the colon (C:/ is a drive); one slash is enough, since paths lose the second.
_ADDRESS = re.compile(r"(?:[a-z][a-z0-9+.-]+:/|www\.[^/\s]+\.[^/\s]+)", re.IGNORECASE)
_DATA = re.compile(r"data:[^,]{0,200},", re.IGNORECASE)


def not_fetched(name: str) -> str | None:
    """What to say of a name under which nothing lies, if it is an address: nothing is ever asked of another host."""
    if _DATA.match(name):
        return "this is a picture written out as text: save it to a file, and name that"
    if not _ADDRESS.match(name):
        return None
    if name.lower().startswith("file:/"):
        return "this is an address: name the file by its path, without  file://"
    return "addresses are not fetched: download it first"


class ImageError(FauxfaceError):
    """A picture cannot be judged. Codes: see `fauxface.images`."""

    code = "bad_image"


class VideoError(FauxfaceError):
    """A clip cannot be judged. Codes: see `fauxface.video`."""

    code = "bad_video"


class WeightsError(FauxfaceError):
    """A weight file or model card is missing, damaged, or not what its card says."""

    code = "bad_weights"


class DataError(FauxfaceError):
    """A folder or table of labelled pictures cannot be used as it is."""

    code = "bad_data"


class RecipeError(FauxfaceError):
    """A recipe is missing, or one of its settings is wrong."""

    code = "bad_recipe"


class CheckpointError(FauxfaceError):
    """A run folder cannot be resumed, evaluated or exported."""

    code = "bad_checkpoint"


class TrainingError(FauxfaceError):
    """Training had to stop (for example: the loss is no longer a finite number)."""

    code = "training_stopped"


class MissingExtraError(FauxfaceError):
    """A command needs packages of an extra that is not installed."""

    code = "missing_extra"

    def __init__(self, extra: str, package: str) -> None:
        super().__init__(
            f"this needs the package '{package}', which is not installed: run  pip install 'fauxface[{extra}]'  "
            f"(in a checkout:  pip install -e '.[{extra}]')"
        )
