"""What the marks in pages stand for (`marks.py`): each name, and the text that belongs beside it.

A number has one line here: its name, the stored file or card that it is taken from, and how many digits it has. What stands in the
code as a limit is in `quoted_limits.py`.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import onnx
from audited import audit_blocks, audits
from front_page import network_rows, readme_tables
from quoted_limits import limits
from stored import BENCHMARKS, NETWORKS, Stored, outside_table

from fauxface.detector import Detector
from fauxface.evaluation.predictions import read
from fauxface.evaluation.sources import by_source
from fauxface.explain.maps import count_patches
from fauxface.report.degraded import FEWEST
from fauxface.weights.store import resolve

Numbers = dict[str, str]


def quoted(stored: Stored) -> Numbers:
    """Every name that a mark may have."""
    blocks = {"results": readme_tables(stored), "networks": network_rows(), **audit_blocks()}
    groups = {
        "audit": audits(),
        "faces": faces(),
        "tilted": tilted(),
        "load": load(),
        "speed": speed(),
        "input": training_input(),
        "size": sizes(),
        "memory": memory(),
        "outside": outside_source(),
        "changed": changed_pictures(stored),
        "bench": quiet(),
        "explain": heat_maps(),
        "limit": limits(),
    }
    return blocks | {f"{group}.{name}": text for group, names in groups.items() for name, text in names.items()}


def benchmark(name: str) -> Any:
    """What a script in ``benchmarks/`` has stored."""
    return json.loads((BENCHMARKS / f"{name}.json").read_text(encoding="utf-8"))


def faces() -> Numbers:
    """Of `benchmarks/faces.py`: pictures that are whole, framed ones (FFHQ), and scenes that such were pasted into."""
    sources = benchmark("faces")["sources"]
    scenes = next(row for name, row in sources.items() if "pasted" in name)
    whole = [row for name, row in sources.items() if "pasted" not in name]
    framed = [row for name, row in sources.items() if name.startswith(("ffhq", "stylegan1"))]
    milliseconds = [row["processor_ms"] for row in whole]
    said = {
        "pictures": f"{sum(row['pictures'] for row in whole)}",
        "found": f"{sum(row['found'] for row in whole)}",
        "several": f"{sum(row['several'] for row in whole)}",
        "scenes": f"{scenes['pictures']}",
        "found_in_scenes": f"{scenes['found']}",
        "framed": f"{sum(row['pictures'] for row in framed)}",
        "framed_left_whole": f"{sum(row['whole'] for row in framed)}",
        "fastest_ms": f"{min(milliseconds):.0f}",
        "slowest_ms": f"{max(milliseconds):.0f}",
        "scene_ms": f"{scenes['processor_ms']:.0f}",
        "loading_ms": f"{benchmark('faces')['loading_ms']:.0f}",
    }
    for name, row in (("ffhq", sources["ffhq (real)"]), ("scene", scenes)):
        said |= {f"{name}.offset_{key}": f"{100 * row['offset'][key]:.1f}%" for key in ("median", "p95")}
        said |= {f"{name}.side_{key}": f"{row['side'][key]:.2f}" for key in ("p5", "median", "p95")}
    return said


def tilted() -> Numbers:
    """Of the same: pictures that do not stand upright."""
    tilts, turns = benchmark("faces")["tilted"], benchmark("faces")["turned"]
    shares = {f"at_{angle}": f"{n / tilts['pictures']:.0%}" for angle, n in tilts["found"].items()}
    return shares | {"pictures": f"{tilts['pictures']}", **{f"quarter.{name}": f"{n}" for name, n in turns.items()}}


def load() -> Numbers:
    """Of `benchmarks/serve_load.py`: the page under load."""
    found = benchmark("serve_load")
    before, after = found["lone_request_median_ms"]
    first, last = found["memory_mib_after_10_s"]
    return {
        "clients": f"{found['clients']}",
        "seconds": f"{found['seconds']}",
        "of_bare_loop": f"{100 * found['share_of_bare_loop']:.0f}%",
        "answered": f"{found['status']['200']:,}",
        "come_back": f"{found['status']['503']:,}",
        "p99_ms": f"{found['p99_ms']:.0f}",
        "p99_over_lone": f"{found['p99_over_lone_median']:.1f}",
        "lone_before_ms": f"{before:.0f}",
        "lone_after_ms": f"{after:.0f}",
        "mib_at_first": f"{first:.0f}",
        "mib_at_last": f"{last:.0f}",
    }


def speed() -> Numbers:
    """Of `benchmarks/predict_speed.py`: the default in ONNX Runtime and in PyTorch; a verdict of a whole process."""
    found = benchmark("predict_speed")

    def middle(backend: str, batch: str) -> float:
        times = sorted(turn[batch] for turn in found["milliseconds"][backend])
        return times[len(times) // 2]

    return {
        "onnx_1_ms": f"{middle('onnx', '1'):.0f}",
        "eager_1_ms": f"{middle('eager', '1'):.0f}",
        "last_1_ms": f"{middle('eager channels-last', '1'):.0f}",
        "onnx_32_rate": f"{32_000 / middle('onnx', '32'):.0f}",
        "eager_32_rate": f"{32_000 / middle('eager', '32'):.0f}",
        "verdict_ms": f"{found['memory']['next_ms']:.0f}",
    }


def training_input() -> Numbers:
    """Of `benchmarks/input_speed.py`."""
    (phase,) = benchmark("input_speed")["phases"]
    made, needed = phase["input_images_per_second"], phase["training_images_per_second"]
    return {"rate": f"{made:.0f}", "ratio": f"{made / needed:.1f}"}


def sizes() -> Numbers:
    """Of `benchmarks/installed.py`: MB, or GB from a thousand on. Of the shipped file: MiB of its second opinion."""
    found = benchmark("installed")["megabytes"]
    keys = {"core": "core", "uv": "of it, uv", "torch": "PyTorch with CUDA", "everything": "everything"}
    said = {
        name: f"{found[key] / 1000:.1f}" if found[key] >= 1000 else f"{found[key]:.0f}" for name, key in keys.items()
    }
    default = resolve("default")
    network = onnx.load(str(default.path))
    public = sum(len(part.raw_data) for part in network.graph.initializer if part.name.startswith("network.public."))
    millions = f"{default.card.provenance.parameters / 1e6:.1f}"
    return said | {"second_opinion": f"{public / 2**20:.1f}", "default_millions": millions}


def memory() -> Numbers:
    """Of `benchmarks/large_pictures.py`: MiB."""
    found = benchmark("large_pictures")["mib"]
    jpegs = [mib for name, mib in found.items() if name.startswith("JPEG")]
    return {
        "jpeg": f"{max(jpegs):.0f}",
        "progressive": f"{max(mib for name, mib in found.items() if name.startswith('progressive')):.0f}",
        "png": f"{max(mib for name, mib in found.items() if name.startswith('PNG')):,.0f}",
    }


def heat_maps() -> Numbers:
    """Places along a side of each class-activation map, by the name of the weights; how often occlusion asks."""
    said, passes = {}, set[int]()
    for name in NETWORKS:
        detector = Detector.load(name, faces="off")
        side = detector.card.input.size
        _, maps = detector.judge([np.zeros((side, side, 3), np.uint8)])
        (along,) = set(maps.shape[1:])
        said[name] = f"{along}"
        passes.add(count_patches(side))
    (each,) = passes
    return said | {"passes": f"{each}"}


def outside_source() -> Numbers:
    """What the default says of the source from outside (`outside.py`)."""
    answers = [row.verdict for row in read(outside_table("default")).rows]
    said = {word: f"{answers.count(word)}" for word in ("fake", "uncertain", "real")}
    shares = {f"share_{word}": f"{answers.count(word) / len(answers):.0%}" for word in ("fake", "real")}
    return said | shares | {"pictures": f"{len(answers)}"}


def changed_pictures(stored: Stored) -> Numbers:
    """Of the default: left-out fakes called real after a change, mean of generators."""
    names = {"as_it_is": "as it is", "blurred": "blur-2", "brighter": "brighter-1.3", "covered": "cutout-3"}
    rows = stored.changed["default"]
    return {key: f"{by_source(rows[name], fewest=FEWEST).missed_fakes.value:.0%}" for key, name in names.items()}


def quiet() -> Numbers:
    """How busy the machine was before each benchmark."""
    stored = [benchmark(path.stem).get("circumstances", {}) for path in BENCHMARKS.glob("*.json")]
    loads = [facts["load_before"] for facts in stored if "load_before" in facts]
    return {"least_load": f"{min(loads):.1f}", "most_load": f"{max(loads):.1f}"}
