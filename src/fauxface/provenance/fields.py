"""EXIF, XMP, IPTC and texts of a file, gathered by what they are about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from fauxface.provenance import exif, iptc, xmp
from fauxface.provenance.contents import Contents, Text
from fauxface.provenance.text import clean
from fauxface.verdict import Claim

_PROGRAMS: Final = frozenset(
    {"software", "processingsoftware", "creatortool", "softwareagent", "originatingprogram", "imageeditingsoftware"}
    | {"rawdevelopingsoftware", "encoder", "muxer", "encoded_by"}
)
_PEOPLE: Final = {
    "artist": "Artist",
    "copyright": "Copyright",
    "xpauthor": "Author",
    "cameraownername": "Camera’s owner",
    "photographer": "Photographer",
    "imageeditor": "Editor",
    "creator": "Creator",
    "by-line": "Photographer",
    "captionwriter": "Caption by",
    "author": "Author",
    "bodyserialnumber": "Camera’s serial number",
}
_DATES: Final = frozenset(
    {"datetime", "datetimeoriginal", "datetimedigitized", "createdate", "modifydate", "datecreated", "creation time"}
    | {"date", "creationdate", "creation_time"}
)
_NODES: Final = ("{", "workflow:", "prompt:")
"""What ComfyUI writes into maker and model of a WebP begins like this."""
_MOST_PROGRAMS: Final = 6
_MOST_PACKETS: Final = 4
_MOST_PLACES: Final = 4


@dataclass(slots=True)
class Fields:
    """What the metadata hold.

    Attributes:
        texts: every text that may tell of a generator or a program.
        source_types: (place, value) of each digital source type.
        aigc: fields of China's label that stand in XMP by themselves.
        camera, camera_place: maker and model, and where they stand.
        exposure: how many of exposure time, aperture, sensitivity and focal length are there.
        dates: (place, value).
        remote: XMP names a C2PA manifest on another server.
        facebook: IPTC holds the mark that Facebook and Instagram leave.
        hostile: places of packets that were made to harm a reader.
        private: places and names of people.
    """

    texts: list[Text] = field(default_factory=list)
    source_types: list[tuple[str, str]] = field(default_factory=list)
    aigc: dict[str, str] = field(default_factory=dict)
    camera: str | None = None
    camera_place: str = ""
    exposure: int = 0
    dates: list[tuple[str, str]] = field(default_factory=list)
    remote: bool = False
    facebook: bool = False
    hostile: list[str] = field(default_factory=list)
    private: list[Claim] = field(default_factory=list)

    @property
    def programs(self) -> Iterator[Text]:
        """Names of programs, each once."""
        seen: set[str] = set()
        for text in self.texts:
            if text.key.lower() in _PROGRAMS and text.value not in seen and len(seen) < _MOST_PROGRAMS:
                seen.add(text.value)
                yield text

    @classmethod
    def of(cls, contents: Contents) -> Fields:
        """Gathered from the parts of a file."""
        found = cls()
        for text in contents.texts:
            found._take(text)
        found._take_camera(contents.camera.get("Make", ""), contents.camera.get("Model", ""), f"{contents.kind} tag")
        for source, value in contents.places[:_MOST_PLACES]:
            found._take_place(clean(value), source)
        packets, records = list(contents.xmp), list(contents.iptc)
        for block in contents.exif[:_MOST_PACKETS]:
            read = exif.read(block)
            packets += [read.xmp] if read.xmp else []
            records += [read.iptc] if read.iptc else []
            found._take_exif(read)
            contents.cut |= read.cut
            if contents.kind == "TIFF":
                contents.size = read.size
        contents.cut |= max(len(contents.exif), len(packets), len(records)) > _MOST_PACKETS
        for packet in packets[:_MOST_PACKETS]:
            found._take_xmp(packet)
        for record in records[:_MOST_PACKETS]:
            for name, value in iptc.read(record).items():
                found._take(Text("IPTC", name, value))
                found.facebook |= name == "Instructions" and value.startswith("FBMD")
        return found

    def _take(self, text: Text) -> None:
        key = text.key.lower()
        if key in _PEOPLE:
            said = f"{_PEOPLE[key]}: {clean(text.value)}"
            self.private.append(Claim("person", said, text.source, "stated"))
        elif key in _DATES:
            self.dates.append((text.source, text.value))
        else:
            self.texts.append(text)

    def _take_exif(self, read: exif.Exif) -> None:
        camera = {}
        for name, value in read.texts.items():
            if name in ("Make", "Model") and not value.startswith(_NODES):
                camera[name] = value
            else:
                self._take(Text("EXIF", name, value))
        self._take_camera(camera.get("Make", ""), camera.get("Model", ""), "EXIF")
        self.exposure = max(self.exposure, read.exposure)
        if read.place is not None:
            latitude, longitude = read.place
            self._take_place(f"{latitude:.5f}, {longitude:.5f}", "EXIF GPS")

    def _take_xmp(self, packet: bytes) -> None:
        try:
            values = xmp.read(packet)
        except xmp.HostileXmpError:
            self.hostile.append("XMP")
            return
        self.remote |= any(value.startswith(("http:", "https:")) for value in values.pop("provenance", ()))
        self.source_types += [("XMP “DigitalSourceType”", value) for value in values.pop("digitalsourcetype", ())]
        place = [values.pop(name, [""])[0] for name in ("gpslatitude", "gpslongitude")]
        if all(place):
            self._take_place(", ".join(map(clean, place)), "XMP GPS")
        for name in ("label", "contentproducer", "produceid", "contentpropagator", "propagateid"):
            if name in values:
                self.aigc[name] = values.pop(name)[0]
        make, model = (values.pop(name, [""])[0] for name in ("make", "model"))
        self._take_camera(make, model, "XMP")
        for name, several in values.items():
            for value in several:
                self._take(Text("XMP", _SHOWN.get(name, name), value))

    def _take_camera(self, make: str, model: str, place: str) -> None:
        if self.camera is None and (make or model):
            self.camera_place = place
            self.camera = model if make and model.startswith(make) else f"{make} {model}".strip()

    def _take_place(self, said: str, source: str) -> None:
        self.private.append(Claim("place", f"Place: {said}", source, "stated"))


_SHOWN: Final = {
    "creatortool": "CreatorTool",
    "softwareagent": "softwareAgent",
    "createdate": "CreateDate",
    "modifydate": "ModifyDate",
    "datecreated": "DateCreated",
    "usercomment": "UserComment",
    "aisystemused": "AISystemUsed",
    "credit": "Credit",
    "aigc": "AIGC",
}
"""How the names of XMP are written."""
