"""A real PostgreSQL server for the tests, in a folder of its own, reached through a Unix socket only."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg
import pytest

USER = "postgres"


def program(name: str) -> Path | None:
    """A program of PostgreSQL: on PATH, or where Debian hides it; the newest if there are several."""
    found = shutil.which(name)
    if found:
        return Path(found)
    hidden = Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
    return max(hidden, key=lambda p: int(p.parts[-3]) if p.parts[-3].isdigit() else 0, default=None)


class Server:
    """Starts on construction; skips the test with the reason where PostgreSQL is not installed."""

    def __init__(self) -> None:
        initdb, control = program("initdb"), program("pg_ctl")
        if initdb is None or control is None:
            pytest.skip("PostgreSQL is not installed (no initdb on PATH or in /usr/lib/postgresql)")
        self._control, self._made = control, 0
        # PostgreSQL refuses to run as root, and pytest's own folders are closed to everybody else.
        self._as = ["runuser", "-u", USER, "--"] if os.geteuid() == 0 else []
        if self._as and subprocess.run([*self._as, "true"], capture_output=True, check=False).returncode != 0:
            pytest.skip(f"PostgreSQL does not run as root, and there is no user '{USER}' to run it as")
        self.folder = Path(tempfile.mkdtemp(prefix="fauxface-pg-"))
        try:
            if self._as:
                shutil.chown(self.folder, USER, USER)
            self._data = self.folder / "data"
            self._run(str(initdb), "-D", str(self._data), "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync")
            self.start()
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    def _run(self, *command: str) -> None:
        done = subprocess.run([*self._as, *command], capture_output=True, text=True, timeout=120, cwd="/", check=False)
        assert done.returncode == 0, f"{command[0]}: {done.stdout}{done.stderr}"

    def start(self) -> None:
        """Until it takes connections; fsync stays on."""
        # A log file, because a server that inherits a pipe would keep whoever reads it waiting.
        options = f"-c listen_addresses='' -c unix_socket_directories='{self.folder}' -c max_connections=60"
        log = str(self.folder / "log")
        self._run(str(self._control), "-D", str(self._data), "-w", "-l", log, "-o", options, "start")

    def stop(self, how: str = "fast") -> None:
        """``immediate``: as if the power had gone."""
        self._run(str(self._control), "-D", str(self._data), "-w", "-m", how, "stop")

    def new_database(self) -> str:
        """The URL of an empty database."""
        self._made += 1
        with psycopg.connect(f"host={self.folder} user={USER} dbname=postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE t{self._made}".encode())
        return f"postgresql://{USER}@/t{self._made}?host={self.folder}"

    def close(self) -> None:
        """Stop, and leave nothing behind."""
        try:
            self.stop("immediate")
        finally:
            shutil.rmtree(self.folder)
