"""What the sources of the training pictures are, and their terms; for the model card."""

from __future__ import annotations

from typing import Final

_FFHQ = "CC BY-NC-SA 4.0 and each photograph's own terms"
KNOWN: Final = {
    "ffhq": ("photographs, Flickr-Faces-HQ", _FFHQ),
    "stylegan1": ("fakes, StyleGAN on FFHQ", "NVIDIA, non-commercial"),
    "stylegan2_crawl": ("fakes, a crawled gallery, by its look StyleGAN2", "unclear, research only"),
    "stylegan2_tpdne": ("fakes, thispersondoesnotexist", "NVIDIA, non-commercial"),
    "stylegan2_ada": ("fakes, StyleGAN2-ADA on FFHQ", "NVIDIA, non-commercial"),
    "portrait_gan": ("fakes, studio-like portraits, generator unknown", "unclear, research only"),
    "all_age_faces": ("photographs, East Asian faces of all ages", "research only"),
    "ciplab": ("photographs, CIPLab real and fake faces", "Kaggle, research only"),
    "ciplab_original": ("the originals of some of them", "Kaggle, research only"),
    "web_portraits": ("photographs, portraits from 30 web sites before 2022", "of the sites; research only"),
    "web_portraits_grey": ("the same, black and white or toned", "of the sites; research only"),
    "web_phone_faces": ("photographs, phones, press and stock", "none stated; research only"),
    "utkface": ("photographs, UTKFace", "non-commercial"),
    "lfw": ("photographs, Labeled Faces in the Wild", "research"),
    "studio_canada": ("photographs, evenly lit studio portraits", "CC BY"),
    "studio_dsk": ("photographs, evenly lit studio portraits", "CC BY, from an educational set"),
    "caltech_office": ("photographs, flash portraits in offices", "no formal licence; research"),
    "dfdc": ("photographs, frames of DFDC clips", "research"),
    "generated_photos": ("fakes, generated.photos, StyleGAN family", "unclear, research only"),
    "sfhq_t2i_sdxl": ("fakes, SDXL faces (SFHQ-T2I)", "MIT"),
    "sdfd_sd21": ("fakes, Stable Diffusion 2.1", "none stated; research only"),
}
"""Sources of the default detector's pictures: what they are, and their terms."""
