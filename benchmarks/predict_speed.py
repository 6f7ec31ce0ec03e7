"""How fast, and in how much memory, is judging: ONNX Runtime against the same network in eager PyTorch.

Each measurement is a process of its own, and the backends take turns, so that neither the idle threads of one runtime
nor a busy minute of the machine falls on one side only. The ratio is taken within each round.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import common
import numpy as np
from numpy.typing import NDArray

BACKENDS = ("eager", "eager channels-last", "onnx")
Run = Callable[[NDArray[np.float32]], object]


def main() -> None:
    """Measure everything, or one backend when called by itself."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, help="training run; default: the shipped detector")
    parser.add_argument("--model", help="name in the registry, with fresh weights, instead of the shipped detector")
    parser.add_argument("--size", type=int, default=256, help="side of the input (with --model)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 32])
    parser.add_argument("--rounds", type=int, default=3, help="processes of each backend")
    parser.add_argument("--repetitions", type=int, default=5, help="passes in each process; the median counts")
    parser.add_argument("--out", type=Path, default=common.RESULTS)
    parser.add_argument("--worker", choices=BACKENDS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        print(json.dumps(measure(options.worker, options.folder, options)))
        return
    facts = common.circumstances()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        named = prepare(options, folder)
        milliseconds: dict[str, list[dict[str, float]]] = {backend: [] for backend in BACKENDS}
        for number in range(options.rounds):
            for backend in BACKENDS if number % 2 == 0 else reversed(BACKENDS):
                milliseconds[backend].append(child(backend, folder, options))
                print(f"round {number + 1}/{options.rounds}: {backend} {milliseconds[backend][-1]}", file=sys.stderr)
        memory = peak_memory(str(folder), options.threads)
    rows, numbers = summary(milliseconds, options)
    text = common.table(("backend", "batch", "ms", "images/s", "ONNX Runtime is faster by"), rows)
    text += (
        f"\n\n{named}, {options.threads} threads, medians of {options.rounds} rounds.\n\n"
        f"A core process that judges one 256 × 256 picture ({memory['model']}): peak {memory['peak_mib']:.0f} MiB, "
        f"{memory['first_ms']:.0f} ms for the first picture, {memory['next_ms']:.0f} ms for the next ones, "
        "reading included."
    )
    if options.run is None and options.model is None:
        text += "\n\nPyTorch runs the trained network alone; the shipped file holds its second opinion, too."
    numbers |= {"network": named, "threads": options.threads, "memory": memory}
    common.publish("predict_speed", "Speed and memory of judging", facts, numbers, text, options.out)


def prepare(options: argparse.Namespace, folder: Path) -> str:
    """Write the network as ONNX with a card, and as safetensors; gives its name in words.

    The shipped detector is the very file that people run; beside it stands the same network with fresh weights in
    PyTorch, since speed does not depend on them.
    """
    from safetensors.torch import save_file

    from fauxface.models import registry
    from fauxface.training.export import load_run
    from fauxface.training.onnx_file import to_onnx
    from fauxface.weights.card import ModelCard
    from fauxface.weights.card_groups import CardInput, CardProvenance
    from fauxface.weights.store import resolve

    shipped = resolve() if options.run is None and options.model is None else None
    if options.run is not None:
        recipe, network, _ = load_run(options.run)
        model, size, model_options = recipe.model, recipe.size, recipe.model_options
    else:
        model = str(shipped.card.architecture if shipped else options.model)
        size = shipped.card.input.size if shipped else options.size
        model_options = shipped.card.provenance.training["recipe"]["model_options"] if shipped else {}
        network = registry.create(model, **model_options).eval()
    entry, parameters = registry.entry(model), registry.count_parameters(network)
    save_file(network.state_dict(), folder / "network.safetensors")
    (folder / "build.json").write_text(json.dumps({"model": model, "options": model_options, "size": size}))
    weights = shipped.read() if shipped else to_onnx(network, size, half=True)
    (folder / "model.onnx").write_bytes(weights)
    card = (
        shipped.card
        if shipped
        else ModelCard(
            name=f"{model}-benchmark",
            version="0",
            architecture=model,
            input=CardInput(size, entry.mean, entry.std),
            provenance=CardProvenance(
                weights_file="model.onnx",
                sha256=hashlib.sha256(weights).hexdigest(),
                size_bytes=len(weights),
                parameters=parameters,
            ),
        )
    )
    (folder / "card.json").write_text(card.to_json(), encoding="utf-8")
    return f"{card.id}, {parameters / 1e6:.1f} million parameters, input {size} × {size}"


def child(backend: str, folder: Path, options: argparse.Namespace) -> dict[str, float]:
    """Milliseconds a batch, by batch size, measured in a new process."""
    command = [sys.executable, __file__, "--worker", backend, "--folder", str(folder)]
    command += ["--threads", str(options.threads), "--repetitions", str(options.repetitions)]
    command += ["--batches", *map(str, options.batches)]
    environment = common.child_environment(options.threads)
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment)
    return json.loads(done.stdout.splitlines()[-1])


def measure(backend: str, folder: Path, options: argparse.Namespace) -> dict[str, float]:
    """Median milliseconds a batch, after two passes to warm up."""
    build = json.loads((folder / "build.json").read_text())
    run = onnx(folder, options.threads) if backend == "onnx" else eager(backend, folder, build, options.threads)
    rng = np.random.default_rng(0)
    found = {}
    for batch in options.batches:
        pixels = rng.uniform(-1, 1, (batch, 3, build["size"], build["size"])).astype(np.float32)
        times = []
        for number in range(options.repetitions + 2):
            start = time.perf_counter()
            run(pixels)
            if number >= 2:
                times.append(time.perf_counter() - start)
        found[str(batch)] = round(common.median(times) * 1e3, 3)
    return found


def onnx(folder: Path, threads: int) -> Run:
    """The runtime of the core, as `Detector` uses it."""
    from fauxface.runtime.onnx import OnnxSession

    return OnnxSession(folder / "model.onnx", threads=threads).run


def eager(backend: str, folder: Path, build: dict[str, Any], threads: int) -> Run:
    """The same network in PyTorch as it is: float32, not compiled."""
    import torch
    from safetensors.torch import load_file

    from fauxface.models import registry

    torch.set_num_threads(threads)
    network = registry.create(build["model"], **build["options"]).eval()
    network.load_state_dict(load_file(folder / "network.safetensors"))
    form = torch.channels_last if backend == "eager channels-last" else torch.contiguous_format
    network = network.to(memory_format=form)  # pyright: ignore[reportCallIssue]

    def run(pixels: NDArray[np.float32]) -> object:
        with torch.inference_mode():
            logit, _ = network(torch.from_numpy(pixels).contiguous(memory_format=form))
            return logit.numpy()

    return run


MEMORY = """
import json, sys, time
from pathlib import Path
from fauxface import Detector
detector = Detector.load(sys.argv[1], threads=int(sys.argv[2]))
times = []
for _ in range(8):
    start = time.perf_counter()
    detector.predict(sys.argv[3])
    times.append((time.perf_counter() - start) * 1e3)
assert "torch" not in sys.modules and "onnx" not in sys.modules
# VmHWM belongs to this program alone; getrusage would count the parent's memory from before exec.
status = Path("/proc/self/status").read_text()
peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
print(json.dumps({"model": detector.card.id, "peak_mib": round(peak / 1024, 1), "first_ms": round(times[0], 2),
                  "next_ms": round(sorted(times[1:])[3], 2)}))
"""


def peak_memory(weights: str, threads: int) -> dict[str, Any]:
    """Peak resident memory of a new process that loads the core only and judges one picture (Linux)."""
    command = [sys.executable, "-c", MEMORY, weights, str(threads), str(common.EXAMPLE)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=common.child_environment())
    return json.loads(done.stdout)


def summary(
    milliseconds: dict[str, list[dict[str, float]]], options: argparse.Namespace
) -> tuple[list[tuple[str, str, str, str, str]], dict[str, Any]]:
    """Rows for people, and the numbers behind them."""
    rows, ratios = [], {}
    for batch in options.batches:
        for backend in BACKENDS:
            times = [found[str(batch)] for found in milliseconds[backend]]
            fastest = [found[str(batch)] for found in milliseconds["onnx"]]
            middle = common.median(times)
            ratio = common.median([a / b for a, b in zip(times, fastest, strict=True)])
            ratios[f"{backend}, batch {batch}"] = round(ratio, 3)
            by = "" if backend == "onnx" else f"{ratio:.2f}×"
            rows.append((backend, str(batch), f"{middle:.1f}", f"{1000 * batch / middle:.1f}", by))
    return rows, {"ratio_to_onnx": ratios, "milliseconds": milliseconds}


if __name__ == "__main__":
    main()
