"""From every way in which Pillow stores pixels to upright 8-bit RGB."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from fauxface.errors import ImageError

NOTHING_VISIBLE = "nothing_visible"
"""Code of the error for a picture that is transparent everywhere and has no colours either."""
_HARDLY = 8
"""Opacity of 255 up to which nobody sees anything."""
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def to_rgb(image: Image.Image, kind: str, name: str) -> tuple[NDArray[np.uint8], list[str]]:
    """Turn a loaded picture into RGB.

    Args:
        image: loaded.
        kind: format of the file, as `fauxface.images.files.sniff` names it.
        name: how errors call the picture.

    Returns:
        (H, W, 3) uint8, upright; and notes.

    Raises:
        ImageError: unsupported_format, broken_image, nothing_visible.
    """
    notes: list[str] = []
    turn = _orientation(image, notes)
    if image.mode == "F" or image.mode.startswith("I"):
        grey = _to_8_bit(image, kind, name, notes)
        rgb = Image.fromarray(grey).convert("RGB")
    elif image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        rgb = _on_white(image, name, notes)
    elif image.mode == "CMYK":
        notes.append("CMYK turned into RGB without its colour profile")
        rgb = image.convert("RGB")
    elif image.mode == "LAB":
        rgb = _from_lab(image, name)
    elif image.mode in ("1", "L", "P", "RGB", "RGBX", "YCbCr", "HSV"):
        rgb = image if image.mode == "RGB" else image.convert("RGB")
    else:
        raise ImageError(
            f"{name}: pixels of kind '{image.mode}' are not read: save it as JPEG", code="unsupported_format"
        )
    if turn is not None:
        rgb = rgb.transpose(turn)
    return np.asarray(rgb), notes


def _orientation(image: Image.Image, notes: list[str]) -> Image.Transpose | None:
    """The turn that EXIF asks for. Metadata that cannot be parsed is no reason to refuse good pixels."""
    try:
        return _TURNS.get(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001 - the parser of EXIF throws anything at hostile bytes
        notes.append("damaged EXIF data ignored")
        return None


def _on_white(image: Image.Image, name: str, notes: list[str]) -> Image.Image:
    """Transparent parts on white; of what is transparent everywhere the colours, since a white square is no picture."""
    rgba = image.convert("RGBA")
    (*colour, (lowest, highest)) = np.reshape(rgba.getextrema(), (4, 2)).tolist()
    if lowest == 255:
        return rgba.convert("RGB")
    if highest <= _HARDLY:
        if all(low == high for low, high in colour):
            message = f"{name}: transparent everywhere, and of one colour: there is nothing to judge"
            raise ImageError(message, code=NOTHING_VISIBLE)
        notes.append("transparent everywhere: the colours that it hides were judged")
        return rgba.convert("RGB")
    notes.append("transparent parts shown on white")
    white = Image.new("RGB", rgba.size, "white")
    white.paste(rgba, mask=rgba)
    return white


def _to_8_bit(image: Image.Image, kind: str, name: str, notes: list[str]) -> NDArray[np.uint8]:
    """Scale one channel of 16-bit, 32-bit or floating-point numbers to 0–255, never clipping.

    16 bit and PNG are plain: 0–65535. Wider numbers do not say what white is, so the smallest usual range
    that holds the picture is taken: 1 (floats only), 255, 65535, 2³²-1.
    """
    values = np.asarray(image)
    low, high = float(values.min()), float(values.max())
    if not (np.isfinite(low) and np.isfinite(high)) or low < 0 or high > 2**32 - 1:
        raise ImageError(f"{name}: its grey values are not between 0 and 2³²-1: save it as PNG", code="broken_image")
    if image.mode.startswith("I;16") or kind == "PNG":
        top = 65535
    else:
        tops = (1, 255, 65535, 2**32 - 1) if image.mode == "F" else (255, 65535, 2**32 - 1)
        top = next(t for t in tops if high <= t)
        notes.append(f"grey values taken as 0–{top}")
    scaled = np.rint(values.astype(np.float32) * np.float32(255 / top))
    return np.minimum(scaled, 255).astype(np.uint8)


def _from_lab(image: Image.Image, name: str) -> Image.Image:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    result = ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB")
    if result is None:
        raise ImageError(f"{name}: its Lab colours cannot be turned into RGB", code="unsupported_format")
    return result
