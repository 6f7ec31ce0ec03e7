"""Clips: frames out of an untrusted video file, each judged as a picture, and one verdict for the clip.

A clip is decoded in a process of its own (`fauxface.video.worker`) with limits on memory, processor time and the clock,
so a hostile file can end that process and nothing else. Its container is told from its first bytes (MP4 and MOV,
Matroska and WebM, AVI, MPEG-TS) and handed to FFmpeg by name: what opens other files or the network (playlists,
concatenations, references of MOV to other files) is never followed. Needs the extra ``video`` (PyAV).

Every way in which a clip can be wrong is one `fauxface.errors.VideoError` with a stable code:

| code | meaning |
|---|---|
| ``file_not_found``, ``is_an_address`` | no such file; an address of the web: nothing is fetched |
| ``is_a_folder``, ``not_a_file`` | a folder; a pipe, socket or device |
| ``permission_denied``, ``unreadable_file`` | the file may not, or cannot, be read |
| ``empty_file`` | zero bytes |
| ``file_too_large`` | more bytes than `VideoLimits.max_bytes`; not read at all |
| ``not_a_video`` | the bytes are no clip, whatever the name says; also lists of other files (M3U8, DASH, ffconcat) |
| ``unsupported_format`` | a container or a codec of a kind that is not read |
| ``no_video_stream`` | sound only, or nothing but a cover picture |
| ``broken_video`` | the file is damaged, or its decoder gave up, crashed, or ran out of memory |
| ``video_too_long`` | longer than `VideoLimits.max_seconds` |
| ``too_many_pixels`` | a frame has more than `VideoLimits.max_pixels` |
| ``video_timeout`` | decoding took longer than `VideoLimits.max_decode_seconds` |
| ``no_decoder`` | the system starts no process to decode in; nothing is wrong with the clip |
| ``stopped`` | the caller stopped before any frame was judged (only in `ClipVerdict.error`) |
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from fauxface.video.containers import EXTENSIONS, looks_like_video
from fauxface.video.limits import VideoLimits

if TYPE_CHECKING:
    from fauxface.clip_verdict import ClipVerdict, JudgedFrame, conclude
    from fauxface.video.judging import FrameVerdict, file_says, judge_frames, predict_clip
    from fauxface.video.sampling import Frame, Sampled, sample

__all__ = [
    "EXTENSIONS",
    "ClipVerdict",
    "Frame",
    "FrameVerdict",
    "JudgedFrame",
    "Sampled",
    "VideoLimits",
    "conclude",
    "file_says",
    "judge_frames",
    "looks_like_video",
    "predict_clip",
    "sample",
]

_HOMES = {
    **dict.fromkeys(("ClipVerdict", "JudgedFrame", "conclude"), "fauxface.clip_verdict"),
    **dict.fromkeys(("FrameVerdict", "file_says", "judge_frames", "predict_clip"), "fauxface.video.judging"),
    **dict.fromkeys(("Frame", "Sampled", "sample"), "fauxface.video.sampling"),
}


if not TYPE_CHECKING:  # or the type checker would take every name for one that is here

    def __getattr__(name: str) -> Any:
        # On first use: the decoding process, which imports this package too, needs neither NumPy nor a detector.
        if name in _HOMES:
            return getattr(import_module(_HOMES[name]), name)
        raise AttributeError(f"module 'fauxface.video' has no attribute {name!r}")
