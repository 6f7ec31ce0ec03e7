"""Gets the paper's data set from Kaggle and counts it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from fauxface.data.listing import KAGGLE_TREE
from fauxface.data.samples import SPLITS, Split
from fauxface.errors import DataError, MissingExtraError
from fauxface.labels import ClassName

HANDLE: Final = "xhlulu/140k-real-and-fake-faces"
PAGE: Final = f"https://www.kaggle.com/datasets/{HANDLE}"
BY_HAND: Final = (
    f"download {PAGE} in a browser, unpack it into a folder DIR so that DIR/{KAGGLE_TREE}/train is there, "
    "and run  fauxface data index DIR"
)

Counts = Mapping[tuple[Split, ClassName], int]


def download(out: Path | None = None, *, expected: Counts) -> Path:
    """Download the data set (about 4 GB), or find it in the cache, and check that it is complete.

    kagglehub keeps it in its cache (``~/.cache/kagglehub`` or ``$KAGGLEHUB_CACHE``) and goes on where a
    broken download stopped. With ``out`` it is unpacked there instead; nothing is ever copied. ``expected``: pictures
    by split and class, as Table I counts them (`fauxface.paper.table_one`).

    Returns:
        The folder to index: the one that holds ``real_vs_fake/real-vs-fake``.

    Raises:
        DataError: no network, no permission, no space, a folder that is not empty, or pictures missing (codes
            ``download_failed``, ``needs_credentials``, ``incomplete``).
        MissingExtraError: kagglehub is not installed.
    """
    try:
        import kagglehub
        import requests
        from kagglehub import exceptions
    except ImportError as error:
        raise MissingExtraError("train", "kagglehub") from error
    except RuntimeError as error:  # it looks for its own files in the home folder
        raise _failed(
            f"Kaggle's client could not start ({error}): set HOME to a folder that it may write to"
        ) from error
    try:
        # Not passed when not asked for: kagglehub before 1.0 does not know it.
        options: dict[str, Any] = {} if out is None else {"output_dir": str(out)}
        folder = Path(kagglehub.dataset_download(HANDLE, **options))
    except (exceptions.CredentialError, exceptions.UnauthenticatedError) as error:
        raise _no_credentials() from error
    except requests.HTTPError as error:
        status = error.response.status_code if error.response is not None else 0
        if status in (401, 403):
            raise _no_credentials() from error
        raise _failed(f"Kaggle answered with the status {status or 'unknown'}") from error
    except requests.RequestException as error:
        raise _failed(f"Kaggle cannot be reached ({type(error).__name__}); try again later") from error
    except FileExistsError as error:
        raise DataError(
            f"{out}: the folder is not empty and holds no complete download: name another folder for --out",
            code="download_failed",
        ) from error
    except OSError as error:
        raise _failed(f"the files cannot be written: {error.strerror or error}") from error
    except (exceptions.DataCorruptionError, exceptions.BackendError, exceptions.NotFoundError) as error:
        raise _failed(f"the download is damaged or not to be had ({type(error).__name__}); try again") from error
    except ValueError as error:
        # kagglehub says so about an unreadable kaggle.json and about archives that it cannot unpack.
        raise _failed(str(error)) from error
    verify(folder, expected=expected)
    return folder


def count(folder: Path) -> dict[tuple[Split, ClassName], int]:
    """Files ``*.jpg`` by split and class in the Kaggle tree under ``folder``; no file is opened."""
    found: dict[tuple[Split, ClassName], int] = {}
    for split in SPLITS:
        for label in ("real", "fake"):
            try:
                with os.scandir(folder / KAGGLE_TREE / split / label) as entries:
                    found[split, label] = sum(e.name.lower().endswith(".jpg") and e.is_file() for e in entries)
            except (FileNotFoundError, NotADirectoryError):
                found[split, label] = 0
    return found


def verify(folder: Path, *, expected: Counts) -> dict[tuple[Split, ClassName], int]:
    """The counts of ``folder`` if they are the ``expected`` ones, those of Table I.

    Raises:
        DataError: pictures are missing or too many, naming each folder and number (code ``incomplete``).
    """
    found = count(folder)
    wrong = [
        f"{split}/{label} has {found[split, label]:,} pictures instead of {expected[split, label]:,}"
        for split in SPLITS
        for label in ("real", "fake")
        if found[split, label] != expected[split, label]
    ]
    if wrong:
        raise DataError(
            f"{folder / KAGGLE_TREE} is not the set of the paper's Table I: {'; '.join(wrong)}: "
            f"delete {folder} and download it again, or index what is there with  fauxface data index",
            code="incomplete",
        )
    return found


def _failed(why: str) -> DataError:
    return DataError(f"{HANDLE}: {why}; or get it by hand: {BY_HAND}", code="download_failed")


def _no_credentials() -> DataError:
    return DataError(
        f"{HANDLE}: Kaggle wants to know who asks: make a token at https://www.kaggle.com/settings and put "
        "it into the environment variable KAGGLE_API_TOKEN (or kaggle.json into ~/.kaggle); "
        f"or get it by hand: {BY_HAND}",
        code="needs_credentials",
    )
