"""How much of the detector's own speed reaches visitors: 32 clients against `fauxface serve`, beside a bare loop.

    python benchmarks/serve_load.py [--seconds 60] [--clients 32]

Both sides judge the same 256-pixel JPEG with the shipped weights on the same cores, one after the other, in one run;
the bare loop runs before and after, so that a machine that changes its mind is seen, and so do lone requests. Clients
are bare sockets in this process: they take part of the same cores too. A client that is refused (503) comes back when
the server says, as the page does; times are of the requests that were answered.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psutil

from fauxface import Detector
from fauxface.weights.store import DEFAULT, resolve

HERE = Path(__file__).resolve().parent
PICTURE = HERE.parent / "examples" / "photo_hopper.jpg"
BATCH = 8


def bare(seconds: float, batch: int) -> float:
    """Pictures a second of `Detector.predict_many` in a loop."""
    detector, data = Detector.load(), PICTURE.read_bytes()
    list(detector.predict_many([data] * batch, batch_size=batch))
    done, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        done += len(list(detector.predict_many([data] * batch, batch_size=batch)))
    return done / (time.perf_counter() - started)


def request() -> bytes:
    """A whole HTTP request, made once."""
    head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    body = head + PICTURE.read_bytes() + b"\r\n--x--\r\n"
    lines = (
        "POST /api/v1/predict HTTP/1.1",
        "Host: localhost",
        "Content-Type: multipart/form-data; boundary=x",
        f"Content-Length: {len(body)}",
    )
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def client(port: int, until: float, times: list[float], codes: dict[int, int]) -> None:
    """Ask again as soon as there is an answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    whole = request()
    while time.perf_counter() < until:
        started = time.perf_counter()
        writer.write(whole)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(length)
        code = int(head[9:12])
        codes[code] = codes.get(code, 0) + 1
        if code == 200:
            times.append(time.perf_counter() - started)
        elif code == 503:
            after = next(int(line[12:]) for line in head.lower().split(b"\r\n") if line.startswith(b"retry-after:"))
            await asyncio.sleep(max(0.0, min(after, until - time.perf_counter())))
        else:
            raise RuntimeError(head.decode("latin-1"))
    writer.close()


async def crowd(
    port: int, clients: int, seconds: float, process: psutil.Process
) -> tuple[list[float], dict[int, int], list[float]]:
    """Times of the answers in seconds, how many of each status, and the server's memory in MiB, each second."""
    times: list[float] = []
    codes: dict[int, int] = {}
    memory: list[float] = []
    until = time.perf_counter() + seconds

    async def watch() -> None:
        while time.perf_counter() < until:
            memory.append(process.memory_info().rss / (1 << 20))
            await asyncio.sleep(1)

    await asyncio.gather(watch(), *(client(port, until, times, codes) for _ in range(clients)))
    return times, codes, memory


def main() -> None:
    """Measure, print, and keep the numbers in ``results/serve_load.json``."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--clients", type=int, default=32)
    asked = parser.parse_args()
    bare_before = bare(asked.seconds / 4, BATCH)
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "fauxface.cli.main", "serve", "--port", str(port), "--data-dir", folder]
        server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            while True:
                try:
                    httpx.get(f"http://127.0.0.1:{port}/readyz").raise_for_status()
                    break
                except httpx.TransportError:
                    assert server.poll() is None
                    time.sleep(0.1)
            process = psutil.Process(server.pid)
            lone, _, _ = asyncio.run(crowd(port, 1, asked.seconds / 4, process))
            started = time.perf_counter()
            times, codes, memory = asyncio.run(crowd(port, asked.clients, asked.seconds, process))
            elapsed = time.perf_counter() - started  # to the last answer
            lone_after, _, _ = asyncio.run(crowd(port, 1, asked.seconds / 4, process))
        finally:
            server.terminate()
            server.wait(30)
    bare_after = bare(asked.seconds / 4, BATCH)
    baseline = (bare_before + bare_after) / 2
    served = len(times) / elapsed
    cut = statistics.quantiles(times, n=100)
    late = memory[10:] or memory
    numbers = {
        "model": resolve(DEFAULT).card.id,
        "measured": f"{datetime.now(UTC):%Y-%m-%d}",
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "clients": asked.clients,
        "seconds": asked.seconds,
        "bare_pictures_per_second": [round(bare_before, 2), round(bare_after, 2)],
        "served_pictures_per_second": round(served, 2),
        "share_of_bare_loop": round(served / baseline, 3),
        "lone_request_median_ms": [round(1e3 * statistics.median(side), 1) for side in (lone, lone_after)],
        "p50_ms": round(1e3 * cut[49], 1),
        "p99_ms": round(1e3 * cut[98], 1),
        "p99_over_lone_median": round(cut[98] / statistics.median(lone + lone_after), 2),
        "status": codes,
        "memory_mib_after_10_s": [round(min(late), 1), round(max(late), 1)],
        "memory_change_10_s_to_end": round(late[-1] / late[0] - 1, 4),
    }
    text = json.dumps(numbers, indent=2)
    (HERE / "results" / "serve_load.json").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
