"""The baselines of the related work and Inception-ResNet-V2, built by timm, or torchvision where timm has them not.

timm and torchvision are imported when a network is built, as that takes seconds. So the facts below are written out,
and a test compares them with timm's own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple

from torch import Tensor, nn

from fauxface.models.entry import ModelEntry, Pretrained
from fauxface.models.pretrained import loader
from fauxface.models.trunk import TrunkWithMap
from fauxface.weights.remote import RemoteFile

# In units of 0–255. IMAGENET: mean and deviation of ImageNet's pixels. HALF: −1 to 1, as TensorFlow's networks want.
IMAGENET: Final = ((123.675, 116.28, 103.53), (58.395, 57.12, 57.375))
HALF: Final = ((127.5, 127.5, 127.5), (127.5, 127.5, 127.5))

APACHE, BSD = "Apache-2.0", "BSD-3-Clause"


class Hub(NamedTuple):
    """Weights that timm publishes on the Hugging Face hub.

    Size and digest are given where independent public projects that pinned the same file agree, or where a list
    that proved right elsewhere names it; otherwise the first download decides.
    """

    tag: str
    licence: str
    left_out: tuple[str, ...]
    revision: str = "main"
    size_bytes: int | None = None
    sha256: str | None = None


def _timm(
    name: str,
    timm_name: str,
    source: str,
    hub: Hub | None,
    *,
    size: int = 224,
    normalisation: tuple[tuple[float, float, float], tuple[float, float, float]] = IMAGENET,
    build: Callable[[str], TimmWithMap] | None = None,
) -> ModelEntry:
    pretrained = ()
    if hub is not None:
        repository = f"timm/{timm_name}.{hub.tag}"
        file = RemoteFile(
            f"{timm_name}.{hub.tag}.safetensors",
            f"https://huggingface.co/{repository}/resolve/{hub.revision}/model.safetensors",
            hub.licence,
            hub.size_bytes,
            hub.sha256,
        )
        pretrained = (Pretrained("imagenet", file, loader(*hub.left_out)),)
    mean, std = normalisation
    return ModelEntry(name, partial(build or _usual, timm_name), size, source, mean, std, pretrained=pretrained)


class TimmWithMap(TrunkWithMap):
    """A `TrunkWithMap` of timm's, whose networks give their features by a method of its own."""

    def features(self, x: Tensor) -> Tensor:
        """As of any."""
        return self.trunk.forward_features(x)  # pyright: ignore[reportCallIssue]


def _usual(timm_name: str) -> TimmWithMap:
    import timm

    trunk = timm.create_model(timm_name, num_classes=0)
    return TimmWithMap(trunk, trunk.num_features)  # pyright: ignore[reportArgumentType]


def _vgg(timm_name: str) -> TimmWithMap:
    import timm

    # timm keeps VGG's two layers of 4096 units before the classifier, 120 million parameters that no map can be drawn
    # through; made as narrow as they go, they cost nothing before they are dropped.
    trunk = timm.create_model(timm_name, num_classes=0, mlp_ratio=1 / 4096)
    trunk.pre_logits = nn.Identity()
    return TimmWithMap(trunk, 512)


def _torchvision(name: str, build: Callable[[], nn.Module], source: str) -> ModelEntry:
    # No public weights: torchvision publishes pickles (.pth) only, and fauxface opens none.
    return ModelEntry(name, build, 224, source, *IMAGENET)


def _googlenet() -> nn.Module:
    from torchvision.models import googlenet

    network = googlenet(weights=None, aux_logits=False, init_weights=False)
    last = ("aux1", "aux2", "avgpool", "dropout", "fc")
    return TrunkWithMap(nn.Sequential(*(part for name, part in network.named_children() if name not in last)), 1024)


def _squeezenet() -> nn.Module:
    from torchvision.models import squeezenet1_0

    return TrunkWithMap(squeezenet1_0(weights=None).features, 512)


def _alexnet() -> nn.Module:
    from torchvision.models import alexnet

    return TrunkWithMap(alexnet(weights=None).features, 256)


def _shufflenet() -> nn.Module:
    from torchvision.models import shufflenet_v2_x1_0

    network = shufflenet_v2_x1_0(weights=None)
    return TrunkWithMap(nn.Sequential(*(part for name, part in network.named_children() if name != "fc")), 1024)


_RESNET_PIN = Hub(
    "a1_in1k",
    APACHE,
    ("fc.",),
    "767268603ca0cb0bfe326fa87277f19c419566ef",
    102_469_840,
    "773525d5821de224f8f30c33377b7a795d7863e08522698200d3217d3f2a41bb",
)
_VGG16_PIN = Hub(
    "tv_in1k",
    BSD,
    ("pre_logits.", "head."),
    "b8d8aa2dd860af9233c8c67385a8097fd6c35d3f",
    sha256="57b026918159a6bf9faf8405c3a551903768e7138989d9c6224a14227203fad8",
)
_DENSENET121_PIN = Hub(
    "tv_in1k",
    APACHE,
    ("classifier.",),
    "f0d0f2698a02cb133b09d48396db6e1e46fe9f3b",
    sha256="c894c6d9caa317a8ca1942986dee7a16a86c77734a4d691d2abe05389cfef358",
)
# This file also holds the auxiliary classifier, which is left out.
_INCEPTION_V3_PIN = Hub(
    "tv_in1k",
    APACHE,
    ("fc.", "AuxLogits."),
    sha256="9c452c63a67fd03a38a78c401ba12d4be0e926df63c93403de3a29f6df20fefb",
)
_DENSENET = Hub("tv_in1k", APACHE, ("classifier.",))

INCEPTION_RESNET_V2 = _timm(
    "inception-resnet-v2",
    "inception_resnet_v2",
    "the paper [18]; Szegedy et al. 2016",
    Hub("tf_in1k", APACHE, ("classif.",)),
    size=299,
    normalisation=HALF,
)

ENTRIES = (
    INCEPTION_RESNET_V2,
    _timm(
        "vgg-16", "vgg16", "Shad et al. [5], Choudhary & Arora [10]; Simonyan & Zisserman 2014", _VGG16_PIN, build=_vgg
    ),
    _timm(
        "vgg-19",
        "vgg19",
        "Shad et al. [5], Gong et al. [7], Choudhary & Arora [10]; Simonyan & Zisserman 2014",
        Hub("tv_in1k", BSD, ("pre_logits.", "head.")),
        build=_vgg,
    ),
    _timm("resnet-50", "resnet50", "Shad et al. [5], Ivanov et al. [16]; He et al. 2015", _RESNET_PIN),
    _timm(
        "resnet-101",
        "resnet101",
        "Gong et al. [7], Choudhary & Arora [10]; He et al. 2015",
        Hub("a1h_in1k", APACHE, ("fc.",)),
    ),
    _timm("resnet-152", "resnet152", "Chandani & Arora [11]; He et al. 2015", Hub("a1h_in1k", APACHE, ("fc.",))),
    _timm("densenet-121", "densenet121", "Shad et al. [5]; Huang et al. 2017", _DENSENET121_PIN),
    _timm("densenet-169", "densenet169", "Shad et al. [5]; Huang et al. 2017", _DENSENET),
    _timm("densenet-201", "densenet201", "Shad et al. [5]; Huang et al. 2017", _DENSENET),
    # timm's own weights for this one are a pickle.
    _timm(
        "xception",
        "legacy_xception",
        "Gong et al. [7], Malolan et al. [17]; Chollet 2017",
        None,
        size=299,
        normalisation=HALF,
    ),
    _torchvision("googlenet", _googlenet, "Gong et al. [7]; Szegedy et al. 2015, with batch normalisation"),
    _timm(
        "resnext-50",
        "resnext50_32x4d",
        "Gong et al. [7]; Xie et al. 2017",
        Hub("a1h_in1k", APACHE, ("fc.",)),
    ),
    _timm(
        "inception-v3",
        "inception_v3",
        "Choudhary & Arora [10]; Szegedy et al. 2016",
        _INCEPTION_V3_PIN,
        size=299,
        normalisation=HALF,
    ),
    _torchvision("squeezenet", _squeezenet, "Choudhary & Arora [10]; Iandola et al. 2016, version 1.0"),
    _torchvision("alexnet", _alexnet, "Rafique et al. [9]; Krizhevsky 2014"),
    _torchvision("shufflenet", _shufflenet, "Rafique et al. [9]; Ma et al. 2018, version 2, width 1"),
)
