"""Memory that is freed while weights are loaded goes back to the system."""

import subprocess
import sys

import pytest

from fauxface.runtime.allocator import giving_back, keeping

# Freeing a mapped megabyte teaches glibc to keep such pieces; inside the block it must not learn that.
_PROGRAM = """
import ctypes, contextlib, sys
from fauxface.runtime.allocator import giving_back
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_size_t], [ctypes.c_void_p]
def resident():
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * 4096
with giving_back() if sys.argv[1] == "yes" else contextlib.nullcontext():
    for size in (16 << 20, 12 << 20):
        block = libc.malloc(size)
        ctypes.memset(block, 1, size)
        keep = libc.malloc(300 << 10)  # lies above the block on the heap, if it is there
        ctypes.memset(keep, 1, 300 << 10)
        libc.free(block)
    print(resident())
"""


# What a batch needs is asked for, freed, and asked for again.
_BATCHES = """
import ctypes, contextlib, resource, sys
from fauxface.runtime.allocator import giving_back, keeping
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_size_t], [ctypes.c_void_p]
def batch():
    blocks = [libc.malloc(int(sys.argv[2]) << 20) for _ in range(4)]
    for block in blocks:
        ctypes.memset(block, 1, int(sys.argv[2]) << 20)
    for block in reversed(blocks):
        libc.free(block)
def faults():
    batch()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        batch()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
with {"keeping": keeping, "giving back": giving_back, "no": contextlib.nullcontext}[sys.argv[1]]():
    within = faults()
print(within, faults())
"""


def faults(what: str, mebibytes: int) -> tuple[int, int]:
    """Pages fetched again by ten batches of four pieces, within the block and after it."""
    program = [sys.executable, "-c", _BATCHES, what, str(mebibytes)]
    within, after = subprocess.run(program, capture_output=True, check=True).stdout.split()
    return int(within), int(after)


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc has this setting")
def test_what_a_batch_needs_stays_for_the_next_one() -> None:
    assert faults("giving back", 6)[1] < 1000 < faults("no", 6)[1]


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc has this setting")
def test_large_batches_are_kept_within_the_block_only() -> None:
    within, after = faults("keeping", 50)
    assert within < 1000 < after


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc has this setting")
def test_freed_pieces_go_back() -> None:
    kept, given_back = (
        int(subprocess.run([sys.executable, "-c", _PROGRAM, word], capture_output=True, check=True).stdout)
        for word in ("no", "yes")
    )
    assert given_back < kept - (8 << 20)


def test_elsewhere_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.delattr("ctypes.CDLL")
    with giving_back(), keeping():
        pass
