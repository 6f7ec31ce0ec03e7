"""`fauxface serve`: what is wrong is said in one line before anything is opened."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest


def serve(tmp_path: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fauxface.cli.main", "serve", "--data-dir", str(tmp_path / "page"), *options]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, env=os.environ | environment
    )


def assert_one_error(done: subprocess.CompletedProcess[str], code: str, said: str) -> None:
    assert done.returncode == 2
    assert f"error[{code}]" in done.stderr
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_a_port_that_is_taken(tiny_weights: Path, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = serve(tmp_path, "--weights", str(tiny_weights), "--port", port)
    assert_one_error(done, "port_taken", "take another --port")


@pytest.mark.parametrize(
    ("options", "environment", "code", "said"),
    [
        (["--weights", "/nowhere"], {}, "weights_not_found", "/nowhere"),
        (["--database", "mysql://me:secret@host/db"], {}, "bad_store", "SQLite or PostgreSQL"),
        ([], {"FAUXFACE_MAX_FILES": "many"}, "bad_setting", "FAUXFACE_MAX_FILES"),
    ],
)
def test_wrong_settings(
    tiny_weights: Path, tmp_path: Path, options: list[str], environment: dict[str, str], code: str, said: str
) -> None:
    done = serve(
        tmp_path, *(["--weights", str(tiny_weights)] if "--weights" not in options else []), *options, **environment
    )
    assert_one_error(done, code, said)
    assert "secret" not in done.stderr


def test_help_says_where_the_other_settings_are(tmp_path: Path) -> None:
    done = serve(tmp_path, "--help")
    assert done.returncode == 0
    assert "docs/web.md" in done.stdout
