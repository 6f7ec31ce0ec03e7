"""At home: test pictures of sources that were trained on, beside the paper; for `draw.py`."""

from __future__ import annotations

from stored import HERE, IN_DOMAIN, metrics_of, subset

from fauxface.evaluation.abstention import abstention
from fauxface.evaluation.predictions import PredictionTable, read
from fauxface.paper.results import result
from fauxface.paper.table_one import PAPER
from fauxface.report.data_size_curve import DataSizeCurve
from fauxface.report.tables import per_cent, plain
from fauxface.training.recipe import Recipe, load_recipe
from fauxface.weights.card import ModelCard

FIRST_PACK = 5_080
"""Training pictures of the first pack."""
STEPS = {
    1: "quarter of the width, 128-pixel crops",
    2: "quarter of the width, 224-pixel crops",
    3: "the same for long",
    4: "small sources more often, pictures degraded as on the web, weights averaged",
}
PAPER_KEYS = ("accuracy", "f1", "precision", "specificity", "sensitivity")


def against_paper(tables: dict[str, PredictionTable]) -> list[str]:
    """Our numbers beside the paper's ResNet-68 + cutout."""
    paper = result("resnet68-cutout")
    measured = {name: metrics_of(t) for name, t in tables.items()}
    n = next(iter(measured.values())).n
    head = " | ".join(f"{name}, {n:,} pictures" for name in measured)
    lines = [f"| | {head} | ResNet-68 + cutout in the paper, 20,000 pictures |", "|:--|" + "--:|" * (len(measured) + 1)]

    def cells(key: str, shown: object = per_cent) -> str:
        assert callable(shown)
        return " | ".join(str(shown(getattr(m, key), m.intervals.get(key))) for m in measured.values())

    lines.append(
        f"| fakes called real (the paper's false-positive rate) | {cells('missed_fakes')} "
        f"| {100 * paper.fp / (paper.fp + paper.tn):.2f}% (printed as 0.0043%) |"
    )
    lines += [f"| {'F1' if key == 'f1' else key} | {cells(key)} | {getattr(paper, key)}% |" for key in PAPER_KEYS]
    return [*lines, f"| AUC | {cells('auc', plain)} | – |"]


def answers_table(tables: dict[str, PredictionTable]) -> list[str]:
    """What is said of the pictures, with "uncertain" as one of three answers."""
    lines = [
        "| | fakes called real | photographs called fake | uncertain | of the others judged rightly |",
        "|:--|--:|--:|--:|--:|",
    ]
    for name, table in tables.items():
        counted = abstention(table)
        assert counted is not None, "predictions of a detector that speaks"
        shares = (counted.missed_fakes, counted.accused_photographs, counted.abstained, counted.right)
        lines.append(f"| {name} | " + " | ".join(per_cent(s.value, s.interval) for s in shares) + " |")
    return lines


def paper_had_more(cards: dict[str, ModelCard]) -> str:
    """How many pictures the paper trained and tested on, against what each network saw of the same two sources."""

    def times(card: ModelCard) -> float:
        seen = card.provenance.data["pictures"]["train"]
        return 2 * PAPER["train"] / sum(n for name, n in seen.items() if name.split(": ")[1] in IN_DOMAIN)

    more = ", ".join(f"{times(card):.0f} times as many as `{name}`" for name, card in cards.items())
    return f"the paper trained on {2 * PAPER['train']:,} pictures ({more}) and tested on {2 * PAPER['test']:,}"


def epochs(recipe: Recipe) -> str:
    """How long a recipe trains."""
    return " and ".join(f"{phase.epochs} epochs on crops of {phase.crop} pixels" for phase in recipe.phases)


def passes(recipe: str) -> int:
    """How many epochs a recipe trains for."""
    return sum(phase.epochs for phase in load_recipe(recipe).phases)


def trained(card: ModelCard) -> str:
    """How long the networks of the folds and the shipped one were trained."""
    steps, about = [], card.provenance.training
    while isinstance(about, dict) and "epoch" in about:
        steps.append(about)
        about = about.get("started_from")
    every, seen = sum(step["epoch"] for step in steps), sum(step["images"] for step in steps)
    first = steps[-1]["recipe"]  # of the last step it is kept in full
    recipe = load_recipe(first["name"] if isinstance(first, dict) else first)
    averaged = (
        ", and is the mean of the last two steps' weights" if card.provenance.training.get("averaged_with") else ""
    )
    taken = f" in {len(steps)} steps" if len(steps) > 1 else ""
    return (
        f"all five were trained alike, for {epochs(recipe)}; the shipped network for {every} "
        f"epochs{taken} ({seen:,} crops){averaged}."
    )


def resnet_steps() -> list[str]:
    """What each step of ResNet-68's training reached."""
    text = [
        "## The steps of ResNet-68's training",
        "",
        "Test pictures of the first pack after each step on it. The shipped `resnet68` went on from the fourth, on the whole pack; how it",
        "does stands above.",
        "",
        "| step | in-domain AUC | all sources it was trained on, AUC | the same, accuracy |",
        "|---|---|---|---|",
    ]
    for number, name in STEPS.items():
        step = read(HERE / f"step-{number}" / "predictions.parquet")
        inside, everything = metrics_of(subset(step, IN_DOMAIN)), metrics_of(step)
        text.append(
            f"| {number}: {name} | {plain(inside.auc, inside.intervals.get('auc'))} "
            f"| {plain(everything.auc, everything.intervals.get('auc'))} "
            f"| {per_cent(everything.accuracy, everything.intervals.get('accuracy'))} |"
        )
    return [*text, "", *(f"![learning curves of step {n}](step-{n}/curves.png)" for n in STEPS), ""]


def _data_size_tables() -> list[tuple[int, PredictionTable]]:
    shares = {p.parent: float(p.parent.name.rsplit("-", 1)[1]) for p in HERE.glob("data-size-*/predictions.parquet")}
    return [
        (round(share * FIRST_PACK), subset(read(folder / "predictions.parquet"), IN_DOMAIN))
        for folder, share in sorted(shares.items(), key=lambda item: item[1])
    ]


def data_size_curve() -> DataSizeCurve:
    """What more training pictures brought."""
    return DataSizeCurve.from_predictions(_data_size_tables(), title="More training pictures, same network")


def data_size() -> list[str]:
    """The same as a table."""
    text = [
        "## What more pictures brought ResNet-68",
        "",
        f"A quarter of the width after the first two steps ({passes('default-1-narrow')} and {passes('default-2-narrow')} epochs) on a "
        "share of the first pack, tested on the same",
        "in-domain pictures, not calibrated. A smaller share also means fewer steps.",
        "",
        "| training pictures | AUC | balanced accuracy | fakes called real |",
        "|---|---|---|---|",
    ]
    for n, part in _data_size_tables():
        m = metrics_of(part)
        text.append(
            f"| {n:,} | {plain(m.auc, m.intervals.get('auc'))} "
            f"| {per_cent(m.balanced_accuracy, m.intervals.get('balanced_accuracy'))} "
            f"| {per_cent(m.missed_fakes, m.intervals.get('missed_fakes'))} |"
        )
    return [*text, "", "![data size](data-size.png)", ""]
