"""What a file says about where it comes from: EXIF, XMP, IPTC, tags, texts of generators, content credentials.

No network judges here, and nothing here enters a probability. What a file says can be forged or stripped, so saying
nothing proves nothing. Each reader is bounded in time and memory, whatever the bytes are: at most `Contents.ROOM` bytes
of text are unpacked, XML has no entities, JSON is small, and nothing is followed into a depth that the file chooses.
"""

from fauxface.provenance.clips import inspect_clip
from fauxface.provenance.testimony import CAUTION, Testimony, confession, inspect, warning
from fauxface.provenance.trust import read_trust

__all__ = ["CAUTION", "Testimony", "confession", "inspect", "inspect_clip", "read_trust", "warning"]
