"""No entry of fauxface leaves an identifier behind or asks another host, whatever the packages below would do.

Everything runs in processes of its own with a bare environment and an empty home folder: ONNX Runtime keeps quiet where
``CI`` is set, so the gate's own environment would hide what happens to users.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import pytest

from fauxface.privacy import TELEMETRY_OFF, switch_off_telemetry

SOURCE = Path(__file__).resolve().parent.parent / "src"
PICTURE = Path(__file__).resolve().parent.parent / "examples" / "photo_hopper.jpg"
JUDGE = "import time, fauxface; fauxface.Detector.load(stability=False).predict({picture!r}); time.sleep(5)"
TRAIN = "import fauxface.training.loop, fauxface.training.export, timm, onnxruntime, time; time.sleep(5)"
TOLD_FILES = ("matplotlib/fontlist",)
"""What may lie in the cache folder: matplotlib's list of this machine's fonts."""


def bare(home: Path, **more: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": str(SOURCE), **more}


def traces(home: Path) -> list[str]:
    files = (path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file())
    return [name for name in files if not any(told in name for told in TOLD_FILES)]


def tracer(log: Path) -> list[str]:
    """The beginning of a command under which addresses that a process connects to are written down, or []."""
    if shutil.which("strace") is None:
        return []
    if subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, check=False).returncode != 0:
        return []  # tracing is not allowed in this container
    return ["strace", "-f", "-qq", "-e", "trace=connect,sendto,sendmmsg", "-o", str(log)]


def asked(log: Path) -> list[str]:
    """Look-ups and connections to other machines."""
    if not log.exists():
        return []
    lines = log.read_text(errors="replace").splitlines()
    return [line for line in lines if "htons(53)" in line or "htons(443)" in line or "events.data" in line]


def run(code: str, home: Path, environment: Mapping[str, str]) -> list[str]:
    """Look-ups of a Python process that runs ``code``."""
    log = home.parent / "trace.log"
    subprocess.run([*tracer(log), sys.executable, "-c", code], env=environment, check=True, timeout=240)
    return asked(log)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def test_the_runtime_has_the_habit_that_is_switched_off(home: Path) -> None:
    """The control: without our word it leaves files. A runtime that does not makes the other tests say little."""
    run("import onnxruntime, time; time.sleep(1)", home, bare(home, ORT_DISABLE_TELEMETRY="0"))
    if not traces(home):
        pytest.skip("this ONNX Runtime leaves nothing behind of its own accord")
    assert any("onnxruntime" in name for name in traces(home))


def test_judging_from_python_leaves_and_asks_nothing(home: Path) -> None:
    assert run(JUDGE.format(picture=str(PICTURE)), home, bare(home)) == []
    assert traces(home) == []


def test_training_and_export_leave_and_ask_nothing(home: Path) -> None:
    pytest.importorskip("timm", reason="needs the extra 'train'")
    assert run(TRAIN, home, bare(home)) == []
    assert traces(home) == []


def test_the_command_line_leaves_and_asks_nothing(home: Path) -> None:
    log = home.parent / "trace.log"
    command = [sys.executable, "-m", "fauxface.cli.main", "predict", str(PICTURE)]
    subprocess.run([*tracer(log), *command], env=bare(home), check=True, timeout=240, capture_output=True)
    assert asked(log) == []
    assert traces(home) == []


def test_a_running_server_and_its_workers_leave_and_ask_nothing(home: Path, tmp_path: Path) -> None:
    pytest.importorskip("uvicorn", reason="needs the extra 'web'")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log, data = tmp_path / "trace.log", tmp_path / "data"
    command = [sys.executable, "-m", "fauxface.cli.main", "serve", "--port", str(port)]
    command += ["--workers", "2", "--data-dir", str(data)]
    with subprocess.Popen(
        [*tracer(log), *command],
        env=bare(home),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as server:
        try:
            answered = _get(f"http://127.0.0.1:{port}/healthz", server)
            time.sleep(10)  # the runtime's first look-up comes some seconds after its start
        finally:
            os.killpg(server.pid, signal.SIGTERM)  # the tracer too
            server.wait(60)
    assert answered
    assert asked(log) == []
    assert traces(home) == []


def _get(url: str, server: subprocess.Popen[bytes]) -> bool:
    for _ in range(120):
        assert server.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.status == 200
        except OSError:
            time.sleep(0.5)
    return False


def test_what_the_user_chose_himself_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORT_DISABLE_TELEMETRY", "0")
    monkeypatch.delenv("HF_HUB_DISABLE_TELEMETRY", raising=False)
    switch_off_telemetry()
    assert os.environ["ORT_DISABLE_TELEMETRY"] == "0"
    assert os.environ["HF_HUB_DISABLE_TELEMETRY"] == TELEMETRY_OFF["HF_HUB_DISABLE_TELEMETRY"]
