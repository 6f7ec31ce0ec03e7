"""Limits that pages name and that stand in the code; for `quoted.py`."""

from __future__ import annotations

from fauxface.audit.advice import GOOD, WATCH
from fauxface.clip_verdict import MIXED
from fauxface.evaluation.real_threshold import KNOWN
from fauxface.evaluation.sources import ACCUSED
from fauxface.evaluation.thresholds import AIMS, KEPT
from fauxface.explain.colours import FAINTEST
from fauxface.explain.maps import PATCH
from fauxface.faces.crop import FRAMED
from fauxface.faces.networks import SIZE_BYTES
from fauxface.faces.turned import SURE
from fauxface.images.limits import DEFAULT_LIMITS
from fauxface.provenance.aigc import MOST as MOST_AIGC
from fauxface.provenance.contents import Contents
from fauxface.provenance.mp4 import MOST_MANIFEST
from fauxface.training.degraded import SAVED, SIDES
from fauxface.video.limits import VideoLimits
from fauxface.video.worker import MEMORY, SMALL_CLIP
from fauxface.web.messages.error_rates import SUREST
from fauxface.web.messages.phrasing import STRONG
from fauxface.web.services.reviewing import LASTS
from fauxface.web.settings import Settings

MIB = 1 << 20
HD, RATE = 1920 * 1080, 30
"""Pixels of a frame and frames a second of the clip that docs/video.md takes for an example."""


def limits() -> dict[str, str]:
    """By name; sizes in the unit that stands behind them on the page."""
    video, web = VideoLimits(), Settings.model_fields
    return {
        "accused": f"{100 * AIMS.accused_photographs:g}%",
        "missed": f"{AIMS.missed_fakes:.0%}",
        "undecided": f"{AIMS.uncertain:.1%}",
        "caught_at": f"{ACCUSED:.0%}",
        "familiar": f"{KEPT:.0%}",
        "small_known": f"{100 * KNOWN:.0f}",
        "degraded_sides": f"{len(SIDES)}",
        "degraded_ways": f"{len(SAVED)}",
        "audit_good": f"{GOOD}",
        "audit_watch": f"{WATCH}",
        "face_framed": f"{FRAMED:.0%}",
        "face_clear": f"{SURE}",
        "face_file_mb": f"{SIZE_BYTES / 1e6:.0f}",
        "face_file_half_mb": f"{SIZE_BYTES / 2e6:.0f}",
        "picture_mib": f"{DEFAULT_LIMITS.max_bytes // MIB}",
        "progressive_mib": f"{DEFAULT_LIMITS.max_coefficient_bytes // MIB}",
        "told_mib": f"{Contents.ROOM // MIB}",
        "told_text_mib": f"{Contents.MOST_TEXT // MIB}",
        "told_json_kib": f"{MOST_AIGC >> 10}",
        "told_manifest_mib": f"{MOST_MANIFEST // MIB}",
        "clip_mixed_from": f"{MIXED[0]}",
        "clip_mixed_to": f"{MIXED[1]}",
        "clip_all_seconds": f"{SMALL_CLIP / (HD * RATE):.0f}",
        "clip_memory_gib": f"{MEMORY >> 30}",
        "clip_processor_s": f"{video.max_decode_seconds:.0f}",
        "clip_mib": f"{video.max_bytes // MIB}",
        "occlusion_patch": f"{PATCH:.2f}",
        "faintest_heat": f"{FAINTEST:g}",
        "surest": f"{SUREST:.0%}",
        "least_sure": f"{1 - SUREST:.0%}",
        "strong": f"{STRONG}%",
        "no_signs": f"{100 - STRONG}%",
        "job_minutes": f"{web['job_minutes'].default:.0f}",
        "review_hours": f"{LASTS // 3600}",
    }
