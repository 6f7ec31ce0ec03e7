"""`fauxface serve`: what is wrong is said in one line before anything is opened."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from tests.web.conftest import serving

from fauxface.cli.serve import at, bare


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
        ([], {"FAUXFACE_PUBLIC_URL": "https://host/api"}, "bad_setting", "take another path, such as /faces"),
        (["--host", "a..b"], {}, "port_taken", "take another --host"),
        (["--host", "no.such.host.invalid"], {}, "port_taken", "take another --host"),
        (["--host", "192.0.2.1"], {}, "port_taken", "take another --host"),
        (["--host", "[::ffff]", "--port", "1"], {}, "port_taken", "[::ffff]:1"),
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


NO_HOME = """
import pwd, sys

def nobody(uid):
    raise KeyError(uid)

pwd.getpwuid = nobody
from fauxface.cli.main import main
main()
"""


@pytest.mark.parametrize("command", [["serve"], ["keys", "list"], ["feedback", "list"]])
def test_a_user_without_a_home_folder_is_told_to_name_one(command: list[str]) -> None:
    environment = {k: v for k, v in os.environ.items() if k not in ("HOME", "XDG_DATA_HOME", "FAUXFACE_DATA_DIR")}
    done = subprocess.run(
        [sys.executable, "-c", NO_HOME, *command],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=environment,
    )
    assert_one_error(done, "cannot_write", "--data-dir")
    assert len(done.stderr.splitlines()) == 1


def test_a_folder_that_nobody_may_write_into_names_the_way_out(tiny_weights: Path, tmp_path: Path) -> None:
    (tmp_path / "page").write_text("in the way")
    assert_one_error(serve(tmp_path, "--weights", str(tiny_weights)), "cannot_write", "--data-dir")


@pytest.mark.parametrize(
    ("host", "shown"),
    [("127.0.0.1", "localhost:8000"), ("0.0.0.0", "0.0.0.0:8000"), ("::", "[::]:8000"), ("::1", "[::1]:8000")],
)
def test_an_address_is_shown_as_it_stands_in_a_url(host: str, shown: str) -> None:
    assert at(host, 8000) == shown
    assert at(bare(f"[{host}]"), 8000) == shown
    assert bare(host) == host


def test_an_ipv6_address_in_brackets_is_listened_on(tiny_weights: Path, tmp_path: Path) -> None:
    if not can_listen("::1"):
        pytest.skip("no IPv6 here")
    with serving(tiny_weights, tmp_path / "page", "--host", "[::1]", host="[::1]") as (url, _):
        assert url.startswith("http://[::1]:")
        assert url in (tmp_path / "page.log").read_text()


def can_listen(host: str) -> bool:
    try:
        with socket.socket(socket.AF_INET6) as trial:
            trial.bind((host, 0))
    except OSError:
        return False
    return True
