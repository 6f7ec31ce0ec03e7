"""Texts that generators of pictures and clips leave in their files, and which of them it was.

Only what a program writes by itself counts as a statement: its name in a field for programs, or its settings in the
form that only it writes. A name in a free text is a hint, since anybody may write about a generator.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from fauxface.provenance import moving
from fauxface.provenance.contents import Text
from fauxface.provenance.text import clean
from fauxface.verdict import Claim, ClaimKind, Strength

_LOOKED_AT: Final = 1 << 13
"""Characters at either end of a text that are searched for settings."""
_NAME_AT: Final = 1000
"""Characters at the beginning that are searched for a name."""
_PROGRAM_FIELDS: Final = frozenset(
    {"software", "creatortool", "processingsoftware", "generator", "aisystemused", "originatingprogram"}
    | {"imageeditingsoftware", "rawdevelopingsoftware", "encoder", "muxer", "encoded_by"}
)
_HISTORY: Final = "softwareagent"
"""Programs of XMP's history, each of which did something to the picture, not necessarily all of it."""
_CREDIT: Final = re.compile(r"\s*(made|edited|generated|created) (with|by|using)\b", re.IGNORECASE)
"""A credit that is none of these may name the company that handed the photograph out."""
_FREE_FIELDS: Final = frozenset(
    {"", "comment", "description", "title", "usercomment", "imagedescription", "xptitle", "xpcomment", "xpkeywords"}
    | {"imagetitle", "caption", "source", "parameters"}
)
_NAMES: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), name)
    for pattern, name in (
        (r"\bcomfy ?ui\b", "ComfyUI"),
        (r"\bnovelai\b", "NovelAI"),
        (r"\binvoke ?ai\b", "InvokeAI"),
        (r"\bfooocus\b", "Fooocus"),
        (r"\bdraw ?things\b", "Draw Things"),
        (r"\bswarmui\b", "SwarmUI"),
        (r"\beasy diffusion\b", "Easy Diffusion"),
        (r"\bsd[.-]?next\b", "SD.Next"),
        (r"\bstable[ _-]?diffusion\b|\bsdxl\b|\bautomatic1111\b|\bdreamstudio\b|\bstability ?ai\b", "Stable Diffusion"),
        (r"\bmid ?journey\b|\bniji ?journey\b", "Midjourney"),
        (r"\bdall[·• -]?e\b|\bopenai\b|\bchatgpt\b|\bgpt-?image\b|\bgpt-4o\b", "OpenAI (ChatGPT or DALL·E)"),
        (r"\badobe[ _]firefly\b|\bfirefly image\b", "Adobe Firefly"),
        (r"\bgoogle[ -]?(ai|gemini|imagen)\b|\bgemini[ -]?\d|\bimagen[ -]?\d|\bnano ?banana\b", "Google AI"),
        (r"\bblack forest labs\b|\bflux[. -]?[12]\b|\bflux[. -](dev|schnell|pro)\b", "FLUX"),
        (r"\bideogram\b", "Ideogram"),
        (r"\bleonardo\.?[ -]?ai\b", "Leonardo.Ai"),
        (r"\bgrok\b", "Grok"),
        (r"\bbing image creator\b|\bmicrosoft designer\b", "Microsoft’s image creator"),
        (r"\bnightcafe\b", "NightCafe"),
        (r"\bcraiyon\b", "Craiyon"),
        (r"\brecraft\b", "Recraft"),
        (r"\bkrea(\.ai)?\b", "Krea"),
        (r"\bseedream\b|\bjimeng\b|\bdoubao\b|豆包|即梦", "Doubao or Jimeng"),
        (r"\bqwen-image\b", "Qwen-Image"),
        (r"\bstylegan\d?\b", "StyleGAN"),
        (r"\bmeta ai\b", "Meta AI"),
    )
)
_STEPS: Final = re.compile(r"Steps: \d{1,5}, ")
_OTHERS: Final = re.compile(r"\b(Sampler|CFG scale|Seed): ")
_VERSION: Final = re.compile(r"\bVersion: ([\w.+-]{1,60})")
_MODEL: Final = re.compile(r"\bModel: ([^,\n]{1,60})")
_JOB: Final = re.compile(r"\bJob ID: [0-9a-f]{8}-[0-9a-f-]{20,}", re.IGNORECASE)
_INVOKE: Final = frozenset({"invokeai_metadata", "invokeai_graph", "invokeai_workflow", "sd-metadata"})


def recognise(texts: Iterable[Text]) -> Iterator[Claim]:
    """Confessions and hints in the texts of a file, in their order."""
    for text in texts:
        value = _ends(text.value)
        if name := _by_form(text.key.lower(), value):
            yield Claim("generated", f"The file says that it was made with {name}", text.source, "stated")
        elif found := _by_name(text.key.lower(), value):
            kind, said, strength = found
            yield Claim(kind, said, text.source, strength)


def _ends(text: str) -> str:
    return text if len(text) <= 2 * _LOOKED_AT else f"{text[:_LOOKED_AT]}\n{text[-_LOOKED_AT:]}"


def _by_form(key: str, value: str) -> str | None:
    """The program whose settings these are."""
    start = value[:200].lstrip()
    if key in _INVOKE:
        return "InvokeAI"
    if key == "fooocus_scheme" or (key == "makernote" and start in ("fooocus", "a1111")):
        return "Fooocus"
    if '"sui_image_params"' in value:
        return "SwarmUI"
    if key in ("prompt", "model") and start.startswith(("{", "prompt:{")) and '"class_type"' in value:
        return "ComfyUI"
    if key in ("workflow", "make") and start.startswith(("{", "workflow:{")) and '"nodes"' in value:
        return "ComfyUI"
    if start.startswith("{") and "class_type" in value and ('"prompt"' in value or '"workflow"' in value):
        return "ComfyUI"  # both in one text, as its nodes for clips write them
    if key in ("use_stable_diffusion_model", "stable diffusion model"):
        return "Easy Diffusion"
    if key == "dream" and " -s" in value:
        return "Stable Diffusion (lstein’s dream script)"
    if _JOB.search(value):
        return "Midjourney"
    if start.startswith("{") and '"base_model"' in value and ("fooocus" in value.lower() or '"sampler"' in value):
        return "Fooocus"
    return _web_ui(value) if _has_settings(value) else None


def _has_settings(value: str) -> bool:
    """Whether one of the last few "Steps: …" has the settings behind it that the web UI writes after the prompt."""
    at = len(value)
    for _ in range(3):
        at = value.rfind("Steps: ", 0, at)
        if at < 0:
            return False
        if _STEPS.match(value, at) and _OTHERS.search(value, at, at + 400):
            return True
    return False


def _web_ui(value: str) -> str:
    """Which of the programs it was that write "Steps: …, Sampler: …", and the model if it is named."""
    found = _VERSION.search(value)
    version = found[1] if found else ""
    model = _MODEL.search(value)
    using = f", model “{clean(model[1], 60)}”" if model else ""
    if version.lower() == "comfyui":
        return f"ComfyUI{using}"
    if version.lower().startswith("fooocus"):
        return f"Fooocus{using}"
    if re.fullmatch(r"(f\d.*|neo.*|forge.*)", version, re.IGNORECASE):
        return f"Stable Diffusion WebUI Forge{using}"
    return f"Stable Diffusion{using}"


def _by_name(key: str, value: str) -> tuple[ClaimKind, str, Strength] | None:
    """(kind, claim, strength) of a name in a field for programs, or in a free text."""
    value = value[:_NAME_AT]
    credit = _CREDIT.match(value) if key == "credit" else None
    program = key in _PROGRAM_FIELDS or key == _HISTORY or credit
    if not program and key not in _FREE_FIELDS:
        return None
    names = (*_NAMES, *moving.NAMES, *(moving.SOFTWARE if program else ()))
    name = next((name for pattern, name in names if pattern.search(value)), None)
    if name is None:
        return None
    if not program:
        return "generated", f"A text in the file mentions {name}", "hint"
    if key == _HISTORY or (credit and credit[1].lower() == "edited"):
        return "edited_with_ai", f"The file says that it was edited with {name}", "stated"
    return "generated", f"The file says that it was made with {name}", "stated"
