"""What people call the sources of pictures that a model card knows by short names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_NAMES: Final[Mapping[str, str]] = {
    "all_age_faces": "All-Age-Faces (East Asian faces)",
    "caltech_office": "Caltech portraits with flash",
    "ciplab": "CIPLab photographs",
    "ciplab_original": "CIPLab originals",
    "dfdc": "frames of DFDC clips",
    "ffhq": "FFHQ portraits from Flickr",
    "generated_photos": "generated.photos",
    "lfw": "Labeled Faces in the Wild (press)",
    "portrait_gan": "a GAN for studio portraits",
    "sdfd_sd21": "Stable Diffusion 2.1",
    "sfhq_t2i_sdxl": "SDXL",
    "studio_canada": "studio portraits (Canada)",
    "studio_dsk": "studio portraits (DSK)",
    "stylegan1": "StyleGAN",
    "stylegan2_ada": "StyleGAN2-ADA",
    "stylegan2_crawl": "StyleGAN2 (a gallery)",
    "stylegan2_tpdne": "StyleGAN2 (thispersondoesnotexist)",
    "utkface": "UTKFace photographs",
    "web_phone_faces": "phone, press and stock photographs",
    "web_portraits": "portraits from web sites",
    "web_portraits_grey": "black-and-white portraits from web sites",
}


def source_name(short: str) -> str:
    """A source's name for people; of one that is not in the table the short name without underscores."""
    return _NAMES.get(short, short.replace("_", " "))


def families(shorts: list[str]) -> list[str]:
    """Names of generators without what tells two samples of the same one apart, each once, in order."""
    return list(dict.fromkeys(source_name(short).partition(" (")[0] for short in shorts))
