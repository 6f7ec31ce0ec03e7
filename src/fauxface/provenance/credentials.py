"""Content credentials: is the C2PA manifest in a file unchanged, who signed it, and what does it say of the picture?

With the extra ``c2pa`` signatures are checked, always offline: no manifest, certificate or list of revoked ones is
fetched, so no picture can make a server ask another one. Without it only the words of the manifest are read.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, Literal

from fauxface.provenance import generators, jumbf, source_types
from fauxface.provenance.contents import Contents, Text
from fauxface.provenance.text import clean
from fauxface.verdict import Claim, Strength

State = Literal["trusted", "intact", "lapsed", "broken", "unreadable", "unchecked"]
_MIME: Final = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "AVIF": "image/avif",
    "HEIF": "image/heif",
    "TIFF": "image/tiff",
    "GIF": "image/gif",
    "MP4": "video/mp4",
    "MOV": "video/quicktime",
    "AVI": "video/x-msvideo",
}
_OFFLINE: Final = {
    "version": 1,
    "core": {"allowed_network_hosts": [], "allow_redirects": False, "max_decompressed_manifest_size_in_mb": 32},
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_trust": True},
}
_PLACE: Final = "C2PA manifest"
_MOST_SAID: Final = 10
_CERTIFICATE: Final = ("signingCredential.", "timeStamp.")
"""Beginnings of the codes that say nothing of the picture."""
_STATES: Final[dict[State, tuple[str, Strength]]] = {
    "trusted": (
        "Its content credentials are intact, and {signer}, who signed, is on the list of those trusted",
        "trusted",
    ),
    "intact": ("The signature of its content credentials is intact, but who signed was not verified", "intact"),
    "lapsed": ("Its content credentials were signed with a certificate that is not valid (any more)", "hint"),
    "broken": ("Its content credentials do not fit this file: it was changed since, or they are false", "broken"),
    "unreadable": ("It has content credentials that cannot be read", "broken"),
    "unchecked": ("It has content credentials, which were not checked (that needs the extra “c2pa”)", "hint"),
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """What was found out about a manifest.

    Attributes:
        state: "trusted" (intact, and the signer is on the list), "intact" (the signer may be anybody), "lapsed"
            (intact, and the certificate is not valid), "broken", "unreadable", or "unchecked" without the extra.
        signer: the organisation in the certificate; anybody can put any name there unless the state is "trusted".
        person: the name in the certificate, which may be a person's.
        generator: the program that made the manifest, by its own word.
        source_types: IPTC's digital source types in its actions.
        agents: programs that its actions name.
    """

    state: State
    signer: str = ""
    person: str = ""
    generator: str = ""
    source_types: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()

    def claims(self) -> Iterator[Claim]:
        """What to say of it; what a broken manifest says is broken too."""
        said, strength = _STATES[self.state]
        below: Strength = strength if self.state in ("trusted", "intact") else "stated"
        if self.state == "broken":
            below = "hint"
        for word in self.source_types:
            if claim := source_types.claim_of(word, _PLACE, below):
                yield claim
        if self.state != "broken":
            names = [word.lower().rpartition("/")[2] for word in self.source_types]
            key = "Software" if "trainedalgorithmicmedia" in names else "softwareAgent"
            named = [Text(_PLACE, key, program) for program in (*self.agents, self.generator) if program]
            found = next(generators.recognise(named), None)
            if found is not None and any("trained" in word for word in names):
                yield Claim(found.kind, found.claim, _PLACE, below)
        yield Claim("content_credentials", said.format(signer=f"“{clean(self.signer)}”"), _PLACE, strength)
        if self.generator:
            yield Claim("software", f"Credentials written by {clean(self.generator)}", _PLACE, "hint")


def check(data: bytes | BinaryIO, contents: Contents, trust: str = "") -> Credentials | None:
    """Check the manifest of a file; None if it has none.

    Args:
        data: the whole file, as bytes or open; read piece by piece.
        contents: its parts.
        trust: certificates (PEM) of those whose signatures are trusted; empty: nobody's.
    """
    if not contents.manifest:
        return None
    try:
        import c2pa
    except ImportError:
        return _unchecked(contents.manifest)
    settings: dict[str, Any] = dict(_OFFLINE)
    file = io.BytesIO(data) if isinstance(data, bytes) else data
    if trust:
        settings["trust"] = {"trust_anchors": trust}
    try:
        with (
            c2pa.Context.from_dict(settings) as context,
            c2pa.Reader(_MIME[contents.kind], file, context=context) as reader,
        ):
            return _read(json.loads(reader.json()), reader.get_validation_state() or "")
    except (c2pa.C2paError, ValueError, KeyError, RecursionError):
        return Credentials("unreadable")


def _unchecked(store: bytes) -> Credentials:
    manifest = jumbf.active(store)
    return Credentials(
        "unchecked" if manifest else "unreadable",
        generator=jumbf.generator(manifest),
        source_types=tuple(jumbf.source_types(manifest)),
    )


def _read(report: Any, state: str) -> Credentials:
    """From the library's report, of which every part may be missing or of another kind."""
    manifest = _dict(_dict(_dict(report).get("manifests")).get(str(_dict(report).get("active_manifest"))))
    signature = _dict(manifest.get("signature_info"))
    first = _dict(next(iter(_list(manifest.get("claim_generator_info"))), None))
    actions = [
        _dict(action)
        for assertion in map(_dict, _list(manifest.get("assertions")))
        if str(assertion.get("label", "")).startswith("c2pa.actions")
        for action in _list(_dict(assertion.get("data")).get("actions"))
    ][:1000]
    agents = [agent.get("name") if isinstance(agent := a.get("softwareAgent"), dict) else agent for a in actions]
    return Credentials(
        _state(_dict(report), state),
        signer=_str(signature.get("issuer")),
        person=_str(signature.get("common_name")),
        generator=_str(first.get("name") or manifest.get("claim_generator")),
        source_types=_some(action.get("digitalSourceType") for action in actions),
        agents=_some(agents),
    )


def _state(report: dict[str, Any], said: str) -> State:
    if said in ("Trusted", "Valid"):
        return "trusted" if said == "Trusted" else "intact"
    failures = _list(_dict(_dict(report.get("validation_results")).get("activeManifest")).get("failure"))
    codes = [str(_dict(failure).get("code", "")) for failure in failures]
    return "lapsed" if codes and all(code.startswith(_CERTIFICATE) for code in codes) else "broken"


def _some(values: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if isinstance(value, str) and value))[:_MOST_SAID]


def _str(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
