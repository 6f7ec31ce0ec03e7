"""A typed recipe: everything that decides what a training run does, in one YAML file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fauxface.data.augment import AugmentSettings
from fauxface.data.degrade_native import NativeDegradeSettings
from fauxface.data.degrade_resized import ResizedDegradeSettings
from fauxface.data.mixing import MixingSettings
from fauxface.data.views import FramingSettings
from fauxface.errors import RecipeError
from fauxface.models import registry
from fauxface.training.former_settings import of_today
from fauxface.training.plain_yaml import check_shape

RECIPES = Path(__file__).resolve().parent.parent / "recipes"
MAX_BYTES = 1 << 20
Precision = Literal["auto", "32-true", "bf16-mixed", "16-mixed", "64-true"]


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=(), allow_inf_nan=False)


class Phase(_Settings):
    """A stretch of epochs at one crop size, for progressive resizing.

    ``crop``: side in pixels of a random native crop; null shows the whole picture.
    """

    epochs: int = Field(ge=1)
    crop: int | None = Field(default=None, ge=16)


class Optimiser(_Settings):
    """``adam`` is the paper's; ``adamw`` decouples the weight decay. ``clip_norm`` null: gradients are not clipped."""

    name: Literal["adam", "adamw"] = "adam"
    learning_rate: float = Field(default=1e-4, gt=0)
    weight_decay: float = Field(default=0.0, ge=0)
    clip_norm: float | None = Field(default=None, gt=0)


class Schedule(_Settings):
    """``constant`` (the paper), or ``cosine`` to zero after a linear ``warmup`` over that share of all steps."""

    name: Literal["constant", "cosine"] = "constant"
    warmup: float = Field(default=0.0, ge=0, lt=1)


class Recipe(_Settings):
    """One experiment.

    Attributes:
        name, description: what it is; where its numbers come from.
        model, model_options: the network in `fauxface.models.registry`.
        pretrained: the public weights to start from, by the name they have in the registry ("imagenet"); null: random
            ones.
        size: side in pixels that pictures are brought to, and that the trained network expects.
        phases: epochs and crop sizes, in order.
        passes: how often an epoch goes through all training pictures; validation, curves and checkpoints come at its
            end, and where an epoch takes seconds they would take longer than it.
        batch_size: pictures an optimiser step; micro_batch: pictures a pass through the network, of one process
            (gradients add up until batch_size is reached, so that the paper's 1000 fits anywhere).
        start_noise: how much noise tells copied channels apart when a run starts from a narrower network, as a share
            of each weight tensor's standard deviation.
        best_by: the validation metric that decides which epoch's weights are kept as the best; last: the last one's,
            for clean validation pictures do not tell which epoch stands the web best.
        data_fraction: share of the training pictures to use, of each class (for learning curves over data size).
        framing: cut views of the found face out of each picture's own pixels (`fauxface.data.views`), degraded as
            ``degrade`` says; null: the whole picture is brought to ``size`` first, and ``degrade_resized`` counts.
        linear_probe: views of each picture on which the classifier is fitted before anything else is trained
            (`fauxface.training.frozen`); 0: it starts from random weights.
        label_smoothing: targets are this far from 0 and 1.
        mixing: pictures get a part of another one, and so do their targets (`fauxface.data.mixing`); null: none do.
        leave_out: sources, or families of generators, that are neither trained nor validated on (to measure what an
            unseen generator does).
        balance: 0 shows every picture once an epoch; up to 1: small sources more often (`fauxface.data.balance`).
        emphasis: sources that are shown so many times as often as ``balance`` alone would show them.
        average: decay of the running average of weights that is validated and kept as the best
            (`fauxface.training.averaging`); 0 keeps each step's own weights.
        precision: as Lightning Fabric names it; auto: bf16-mixed where the device multiplies bfloat16 in
            hardware (elsewhere it would be slower, not faster), 32-true where not. A run keeps what it began with.
        workers: processes that decode; cache: keep all decoded pictures in memory.
        checkpoint_minutes: longest time between two checkpoints within an epoch.
    """

    name: str = Field(min_length=1, max_length=100)
    description: str = ""
    model: str
    model_options: dict[str, Any] = Field(default_factory=dict)
    pretrained: str | None = None
    size: int = Field(ge=16, le=2048)
    phases: tuple[Phase, ...] = Field(min_length=1)
    passes: int = Field(default=1, ge=1, le=1000)
    batch_size: int = Field(ge=1)
    micro_batch: int = Field(ge=1)
    optimiser: Optimiser = Optimiser()
    schedule: Schedule = Schedule()
    augment: AugmentSettings = AugmentSettings()
    degrade_resized: ResizedDegradeSettings = ResizedDegradeSettings()
    framing: FramingSettings | None = None
    degrade: NativeDegradeSettings = NativeDegradeSettings()
    linear_probe: int = Field(default=0, ge=0, le=64)
    label_smoothing: float = Field(default=0.0, ge=0, lt=0.5)
    mixing: MixingSettings | None = None
    start_noise: float = Field(default=0.0, ge=0, le=1)
    best_by: Literal["valid_accuracy", "valid_loss", "valid_auc", "last"] = "valid_accuracy"
    data_fraction: float = Field(default=1.0, gt=0, le=1)
    leave_out: tuple[str, ...] = ()
    balance: float = Field(default=0.0, ge=0, le=1)
    emphasis: dict[str, Annotated[float, Field(gt=0, le=100)]] = Field(default_factory=dict)
    average: float = Field(default=0.0, ge=0, lt=1)
    precision: Precision = "32-true"
    channels_last: bool = True
    compile: bool = False
    seed: int = Field(default=0, ge=0, lt=2**31)
    workers: int = Field(default=1, ge=0, le=256)
    cache: bool = False
    checkpoint_minutes: float = Field(default=5.0, gt=0)

    @property
    def epochs(self) -> int:
        """Epochs of all phases."""
        return sum(phase.epochs for phase in self.phases)

    def crop_in(self, epoch: int) -> int | None:
        """Crop side in an epoch counted from 0."""
        for phase in self.phases:
            if epoch < phase.epochs:
                return phase.crop
            epoch -= phase.epochs
        raise IndexError("the recipe has no such epoch")

    def score(self, row: Mapping[str, float]) -> float:
        """What ``best_by`` makes of an epoch's row of the curves; more is better."""
        return {**row, "valid_loss": -row["valid_loss"], "last": row["epoch"]}[self.best_by]

    def to_yaml(self) -> str:
        """The whole recipe, defaults included, as YAML."""
        return yaml.safe_dump(self.model_dump(mode="json"), sort_keys=False, allow_unicode=True)

    @classmethod
    def from_yaml(cls, text: str, *, source: str = "recipe") -> Recipe:
        """Read and check a recipe.

        Raises:
            RecipeError: not YAML, a setting unknown, missing or out of its range.
        """
        try:
            check_shape(text, source)
            raw = yaml.safe_load(text)
        except (yaml.YAMLError, RecursionError, ValueError) as e:
            raise RecipeError(f"{source}: not YAML: {' '.join(str(e).split())}") from e
        if not isinstance(raw, dict):
            raise RecipeError(f"{source}: a recipe is a list of 'setting: value' lines")
        raw = of_today(raw, source)
        try:
            recipe = cls.model_validate(raw)
        except ValidationError as e:
            first = e.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "recipe"
            raise RecipeError(f"{source}: setting '{where}': {first['msg']}") from e
        largest = max((p.crop or 0) for p in recipe.phases)
        if largest > recipe.size:
            raise RecipeError(f"{source}: a crop of {largest} pixels does not fit into size {recipe.size}")
        return recipe


def load_recipe(name: str | Path) -> Recipe:
    """A recipe by name (one that fauxface brings) or by the path of a YAML file.

    Raises:
        RecipeError: no such recipe, or `Recipe.from_yaml` refuses it.
    """
    path = Path(name)
    if path.suffix not in (".yaml", ".yml"):
        path = RECIPES / f"{name}.yaml"
        if str(name) not in recipe_names():
            raise RecipeError(f"no recipe is called '{name}'; there are {', '.join(recipe_names())}, or a .yaml file")
    try:
        if not path.is_file():  # a pipe with this name would make us wait forever
            raise RecipeError(f"{path}: there is no such recipe")
        if path.stat().st_size > MAX_BYTES:
            raise RecipeError(f"{path}: larger than 1 MiB, this is no recipe")
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as e:  # ValueError: not UTF-8, or a NUL in the path
        raise RecipeError(f"{path}: cannot read the recipe ({e})") from e
    return Recipe.from_yaml(text, source=str(path))


def adjusted(
    recipe: Recipe,
    *,
    model: str | None = None,
    scratch: bool = False,
    seed: int | None = None,
    data_fraction: float | None = None,
    leave_out: tuple[str, ...] | None = None,
) -> Recipe:
    """A recipe with some settings changed, checked again as a whole.

    Args:
        model: another network, at the picture size of its source and from its own public weights, if it has any.
        scratch: start from random weights.
        seed, data_fraction, leave_out: instead of the recipe's; None keeps them.

    Raises:
        RecipeError: no such network, or a setting out of its range.
    """
    said = {"seed": seed, "data_fraction": data_fraction, "leave_out": leave_out}
    changes: dict[str, Any] = {k: v for k, v in said.items() if v is not None}
    if model is not None:
        entry = registry.entry(model)
        public = entry.pretrained[0].name if entry.pretrained else None
        changes |= {"model": model, "model_options": {}, "size": entry.input_size, "pretrained": public}
        changes["name"] = f"{recipe.name}-{model}"
    if scratch:
        changes["pretrained"] = None
    if not changes:
        return recipe
    return Recipe.from_yaml(recipe.model_copy(update=changes).to_yaml(), source="the recipe with these options")


def check_size(recipe: Recipe) -> None:
    """Hold the sizes of a recipe against a network that takes pictures of one size only.

    Raises:
        RecipeError: its ``size`` is another one, or it shows crops.
    """
    entry = registry.entry(recipe.model)
    if not entry.fixed_size:
        return
    wanted = recipe.model_options.get("size", entry.input_size)
    if recipe.size != wanted or any(phase.crop not in (None, wanted) for phase in recipe.phases):
        raise RecipeError(
            f"recipe '{recipe.name}': network '{recipe.model}' takes whole pictures of {wanted} pixels only: "
            f"set size: {wanted} and leave out crop"
        )


def recipe_names() -> list[str]:
    """The recipes that fauxface brings, sorted."""
    return sorted(p.stem for p in RECIPES.glob("*.yaml"))
