"""Content credentials: made with the library and a chain of our own, then trusted, not trusted, tampered with."""

from __future__ import annotations

import datetime as dt
import io
import socket
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from tests.provenance import files
from tests.provenance.files import AI, saved

from fauxface.provenance import confession, inspect, inspect_clip, jumbf, warning
from fauxface.verdict import Claim

c2pa = pytest.importorskip("c2pa", reason="needs the extra 'c2pa'")
x509 = pytest.importorskip("cryptography.x509")
from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec  # noqa: E402

MIME = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"} | {"MP4": "video/mp4"}


def certificate(
    name: str,
    key: Any,
    by: tuple[Any, Any] | None = None,
    *,
    lasts: dt.timedelta = dt.timedelta(days=30),
    ocsp: str | None = None,
) -> Any:
    """A certificate of ``key``, signed by (certificate, key) or by itself; ``ocsp`` would tell if it was revoked."""
    oid = x509.NameOID
    subject = x509.Name(
        [x509.NameAttribute(oid.ORGANIZATION_NAME, f"{name} Ltd"), x509.NameAttribute(oid.COMMON_NAME, name)]
    )
    issuer, signing = (by[0].subject, by[1]) if by else (subject, key)
    usage = dict.fromkeys(
        ["content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only"], False
    )
    builder = (
        x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(dt.datetime.now(dt.UTC) - dt.timedelta(days=60))
        .not_valid_after(dt.datetime.now(dt.UTC) + lasts)
        .add_extension(x509.BasicConstraints(by is None, None), True)
        .add_extension(
            x509.KeyUsage(digital_signature=True, key_cert_sign=not by, crl_sign=not by, decipher_only=False, **usage),
            True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), False)
    )
    if by:
        builder = builder.add_extension(x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.EMAIL_PROTECTION]), False)
    if ocsp:
        where = x509.UniformResourceIdentifier(ocsp)
        access = x509.AccessDescription(x509.AuthorityInformationAccessOID.OCSP, where)
        builder = builder.add_extension(x509.AuthorityInformationAccess([access]), False)
    return builder.sign(signing, hashes.SHA256())


def pem(cert: Any) -> str:
    return cert.public_bytes(serialization.Encoding.PEM).decode()


ROOT_KEY, KEY = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
ROOT = certificate("Root", ROOT_KEY)
LEAF = certificate("Signer", KEY, (ROOT, ROOT_KEY))


def signed(
    kind: str = "JPEG",
    *,
    source_type: str = AI,
    agent: str = "Painter 3",
    leaf: Any = LEAF,
    remote: str = "",
    clip: bytes = b"",
) -> bytes:
    """A picture or clip with a manifest, and the address of another copy of it."""
    private = KEY.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    signer = c2pa.Signer.from_info(c2pa.C2paSignerInfo(b"es256", (pem(leaf) + pem(ROOT)).encode(), private, None))
    action = {"action": "c2pa.created", "digitalSourceType": source_type, "softwareAgent": {"name": agent}}
    manifest = {
        "claim_generator_info": [{"name": "Test Generator", "version": "1"}],
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [action]}}],
    }
    out = io.BytesIO()
    with c2pa.Builder(manifest) as builder:
        if remote:
            builder.set_remote_url(remote)
        builder.sign(signer, MIME[kind], io.BytesIO(clip or saved(kind)), out)
    return out.getvalue()


def of(data: bytes, kind: str, trust: str = "") -> Claim:
    return next(claim for claim in inspect(data, trust=trust).claims if claim.kind == kind)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_an_intact_signature_of_anybody_is_not_trusted(kind: str) -> None:
    data = signed(kind)
    said = of(data, "content_credentials")
    assert (said.strength, said.source) == ("intact", "C2PA manifest")
    assert "not verified" in said.claim
    confessed = confession(inspect(data).claims)
    assert confessed is not None
    assert (confessed.kind, confessed.strength) == ("generated", "intact")
    assert "trusted" not in repr(inspect(data).claims)
    assert "Signer" not in repr(inspect(data).claims), "anybody can put any name into a certificate"
    assert any("Signer" in claim.claim for claim in inspect(data).private)


def test_a_signer_on_the_list_is_trusted() -> None:
    said = of(signed(), "content_credentials", pem(ROOT))
    assert said.strength == "trusted"
    assert "Signer Ltd" in said.claim
    stranger = certificate("Other", ec.generate_private_key(ec.SECP256R1()))
    assert of(signed(), "content_credentials", pem(stranger)).strength == "intact"
    assert of(signed(), "content_credentials", "no certificate").strength != "trusted"


def test_nothing_is_fetched() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        here = f"http://127.0.0.1:{server.getsockname()[1]}/"
        leaf = certificate("Signer", KEY, (ROOT, ROOT_KEY), ocsp=here)
        data = signed(leaf=leaf, remote=here)
        assert here.encode() in data
        assert of(data, "content_credentials", pem(ROOT)).strength == "trusted"
        elsewhere = files.xmp(attributes=f'dcterms:provenance="{here}"')
        inspect(files.jpeg_with(files.segment(0xE1, files.XMP_HEAD + elsewhere)), trust=pem(ROOT))
        with pytest.raises(BlockingIOError):  # nobody came
            server.accept()


def test_a_certificate_that_has_expired_accuses_nobody() -> None:
    data = signed(leaf=certificate("Signer", KEY, (ROOT, ROOT_KEY), lasts=dt.timedelta(seconds=10)))
    until = time.monotonic() + 12
    while of(data, "content_credentials", pem(ROOT)).strength == "trusted" and time.monotonic() < until:
        time.sleep(0.5)
    said = of(data, "content_credentials", pem(ROOT))
    assert said.strength == "hint"
    assert "not valid" in said.claim


def test_a_changed_picture_breaks_them() -> None:
    data = bytearray(signed())
    data[-100] ^= 1
    found = inspect(bytes(data), trust=pem(ROOT))
    assert of(bytes(data), "content_credentials", pem(ROOT)).strength == "broken"
    assert confession(found.claims) is None
    assert found.claims[0].kind == "content_credentials", "before what the broken manifest says"
    assert warning(found.claims) == found.claims[0]
    assert warning(inspect(signed(), trust=pem(ROOT)).claims) is None
    data = bytearray(signed())
    data[data.find(b"trainedAlgorithmicMedia")] ^= 1
    assert of(bytes(data), "content_credentials").strength == "broken"


def test_a_generator_named_by_the_manifest() -> None:
    claims = inspect(signed(agent="Adobe Firefly")).claims
    assert "The file says that it was made with Adobe Firefly" in [claim.claim for claim in claims]
    photo = signed(source_type=AI.replace("trainedAlgorithmicMedia", "digitalCapture"))
    assert of(photo, "captured").strength == "intact"
    assert confession(inspect(photo).claims) is None


def test_without_the_library_the_words_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    data = signed()
    monkeypatch.setitem(sys.modules, "c2pa", None)
    assert "not checked" in of(data, "content_credentials").claim
    said = of(data, "generated")
    assert said.strength == "stated"
    assert "Test Generator" in of(data, "software").claim


def test_only_the_newest_manifest_counts() -> None:
    old, new = b"digitalSourceTypexF" + AI.encode(), b"nothing"
    manifests = [files.superbox(b"urn:1", files.box(b"cbor", old)), files.superbox(b"urn:2", files.box(b"cbor", new))]
    store = files.superbox(b"c2pa", *manifests)
    assert jumbf.source_types(jumbf.active(store)) == []
    assert jumbf.source_types(jumbf.active(files.superbox(b"c2pa", *manifests[::-1]))) == [AI]


def test_a_damaged_manifest_says_nothing_new_that_is_trusted() -> None:
    whole, trust = signed(), pem(ROOT)
    good, start = inspect(whole, trust=trust).claims, whole.find(b"jumb")
    for step in range(0, 4000, 97):
        data = bytearray(whole)
        data[start + step] ^= 0x55
        claims = inspect(bytes(data), trust=trust).claims
        assert all(claim in good for claim in claims if claim.strength == "trusted"), step
    for length in range(1000, 20_000, 1777):
        assert all(claim.strength != "trusted" for claim in inspect(whole[:length], trust=trust).claims)


def test_a_clip_is_checked_as_a_picture_is(tmp_path: Path) -> None:
    from tests.video.clips import write_clip

    data = signed("MP4", agent="Sora", clip=write_clip(tmp_path / "a.mp4").read_bytes())
    found = inspect_clip(io.BytesIO(data), trust=pem(ROOT)).claims
    first = confession(found)
    assert first is not None
    assert first.strength == "trusted"
    assert "OpenAI Sora" in " ".join(claim.claim for claim in found)
    (tmp_path / "signed.mp4").write_bytes(data)
    with (tmp_path / "signed.mp4").open("rb", buffering=0) as file:  # as clips are opened
        assert next(c for c in inspect_clip(file).claims if c.kind == "content_credentials").strength == "intact"
    frames = data.index(b"mdat") + 40
    changed = data[:frames] + bytes(20) + data[frames + 20 :]
    said = next(c for c in inspect_clip(io.BytesIO(changed)).claims if c.kind == "content_credentials")
    assert said.strength == "broken"
