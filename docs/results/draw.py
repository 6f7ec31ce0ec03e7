"""Draw every figure and table of the docs again from the stored predictions: `make results`.

Reads the tables beside the shipped weights and those beside this file; needs neither the models nor the pictures.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fauxface.evaluation.abstention import abstention
from fauxface.evaluation.calibration import calibration_error_by_chance
from fauxface.evaluation.intervals import wilson
from fauxface.evaluation.metrics import Metrics, from_probabilities
from fauxface.evaluation.predictions import Prediction, PredictionTable, read
from fauxface.evaluation.sources import BySource, by_source
from fauxface.evaluation.unseen_sources import Unseen, calibrated, said, unseen
from fauxface.files import write_text
from fauxface.report import degraded, stability, style
from fauxface.report.data_size_curve import DataSizeCurve
from fauxface.report.evaluation_report import write_report
from fauxface.report.learning_curves import LearningCurves
from fauxface.report.novelty import KEPT, NoveltyCurve, by_novelty, by_probability
from fauxface.report.paper import result
from fauxface.report.source_matrix import SourceMatrix, means, sources
from fauxface.report.tables import per_cent, plain
from fauxface.training.recipe import Recipe, load_recipe
from fauxface.weights.card import ModelCard
from fauxface.weights.store import resolve

HERE = Path(__file__).resolve().parent
README = HERE.parents[1] / "README.md"
UNSEEN = HERE / "unseen-sources"
TABLE = "out_of_source.parquet"
NETWORKS = ("default", "resnet68")
SWAPS = "face_swap"
IN_DOMAIN = ("ffhq", "stylegan1")
EVEN = 0.5
"""Forced to choose, as in the paper: the more probable word. The shipped limits keep photographs from accusation."""
STEPS = {
    "1: quarter of the width, 128-pixel crops": "step-1",
    "2: quarter of the width, 224-pixel crops": "step-2",
    "3: the same for long": "step-3",
    "4: small sources more often, pictures degraded as on the web, weights averaged": "step-4",
}
PAPER_KEYS = ("accuracy", "f1", "precision", "specificity", "sensitivity")


def subset(table: PredictionTable, names: tuple[str, ...]) -> PredictionTable:
    """Only the rows of some sources."""
    return PredictionTable(tuple(r for r in table.rows if r.source in names), table.model, table.threshold)


def forced(table: PredictionTable) -> PredictionTable:
    """The same rows, judged at even odds."""
    return PredictionTable(table.rows, table.model, EVEN)


def metrics_of(table: PredictionTable) -> Metrics:
    return from_probabilities(*table.arrays(), EVEN)


def left_out(name: str) -> Unseen:
    """What out-of-source predictions of a network say."""
    return unseen(read(UNSEEN / name / TABLE).rows, left_out=(SWAPS,))


def side_by_side(found: dict[str, Unseen]) -> list[str]:
    """The figures that count, a column a network."""
    lines = ["| over left-out sources, mean (95 %) | " + " | ".join(found) + " |", "|:--|" + "--:|" * len(found)]
    kinds = (
        ("photographs called fake", "accused", per_cent),
        ("fakes called real", "missed", per_cent),
        ("called uncertain", "uncertain", per_cent),
        ("AUC", "mean_auc", plain),
        ("fakes caught where 5 % of photographs are accused", "caught", per_cent),
    )
    for words, key, shown in kinds:
        cells = [getattr(each.figures, key) for each in found.values()]
        lines.append(f"| {words} | " + " | ".join(shown(m.value, m.interval) for m in cells) + " |")
        worst = [f"{shown(m.worst)} {m.worst_source}" for m in cells]
        lines.append(f"| – of the worst source | {' | '.join(worst)} |")
    return lines


def swaps(name: str, found: Unseen) -> list[str]:
    """Face swaps, which the detector is not for: what it says of them all the same."""
    rows = [r for r in read(UNSEEN / name / TABLE).rows if r.family == SWAPS and r.split != "test"]
    words = said(calibrated(rows, found.fitted), found.limits)
    shares = {word: sum(r.verdict == word for r in words) / len(words) for word in ("fake", "uncertain", "real")}
    return [
        f"Of {len(words):,} frames with **face swaps**, another problem than generated faces and left out of training, it",
        f"calls {per_cent(shares['fake'])} fake, {per_cent(shares['uncertain'])} uncertain and "
        f"{per_cent(shares['real'])} real: it does not detect them.",
    ]


def people() -> list[str]:
    """Errors by age, sex and origin, from counts that `attributes.py` has stored."""
    rows = json.loads((UNSEEN / "attributes.json").read_text(encoding="utf-8"))
    text: list[str] = []
    for source, title in (
        ("utkface", "photographs called fake, UTKFace"),
        ("generated_photos", "fakes called real, generated.photos"),
    ):
        mine = [r for r in rows if r["source"] == source]
        text += [f"| {title} | pictures | share | uncertain |", "|:--|--:|--:|--:|"]
        for r in mine:
            share = per_cent(r["wrong"] / r["pictures"], wilson(r["wrong"], r["pictures"]))
            text.append(
                f"| {r['attribute']}: {r['group']} | {r['pictures']} | {share} | {per_cent(r['uncertain'] / r['pictures'])} |"
            )
        text.append("")
    return text


class LearningBySource(style.Display):
    """Mean AUC on left-out sources by how many cameras, generators and pictures were learned from."""

    size = (9.6, 3.4)

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = rows

    def plot(self, ax: Axes) -> Axes:
        raise NotImplementedError("three pairs of axes: see draw")

    def draw(self, figure: Figure) -> None:
        """One pair of axes a question, the same scale of AUC."""
        axes = figure.subplots(1, 3, sharey=True)
        for ax, (kind, title) in zip(axes, LEARNED.items(), strict=True):
            mine = [r for r in self.rows if r["kind"] == kind]
            places, areas = range(len(mine)), [r["auc"] for r in mine]
            spread = [r["deviation"] for r in mine]
            style.frame(ax, title=title, y="AUC, left-out sources" if kind == "cameras" else "")
            ax.errorbar(places, areas, yerr=spread, color=style.BLUE, marker="o", capsize=3, linewidth=1.5)
            ax.set_xticks(places, [level_name(kind, r["level"]) for r in mine])
            ax.axhline(0.5, color=style.FAINT, linewidth=0.8, linestyle=":")


LEARNED = {"cameras": "Cameras", "generators": "Generators", "pictures": "Share of the pictures"}


def level_name(kind: str, level: float | None) -> str:
    if level is None:
        return "all"
    return f"{100 * level:g} %" if kind == "pictures" else f"{level:g}"


def learning() -> list[str]:
    """What more cameras, generators and pictures would bring, from trials that `learning.py` has stored."""
    rows = json.loads((UNSEEN / "learning.json").read_text(encoding="utf-8"))
    LearningBySource(rows).save(UNSEEN / "learning.png")
    lines = ["| learned from | trials | mean AUC on left-out sources | deviation of the trials |", "|:--|--:|--:|--:|"]
    lines += [
        f"| {kind}: {level_name(kind, r['level'])} | {r['trials']} | {plain(r['auc'])} | {plain(r['deviation'])} |"
        for kind in LEARNED
        for r in rows
        if r["kind"] == kind
    ]
    return [*lines, "", "![what more sources would bring](unseen-sources/learning.png)", ""]


def changed(found: Unseen) -> dict[str, list[Prediction]]:
    """Left-out pictures after each change, with the words that the shipped limits give."""
    tables = [read(path) for path in sorted((UNSEEN / "default" / "degraded").glob("*.parquet"))]
    return {table.model: said(calibrated(table.rows, found.fitted), found.limits) for table in tables}


def degraded_tables(rows: dict[str, list[Prediction]]) -> list[str]:
    """By size and compression, and other changes."""
    figures: dict[str, BySource] = {
        name: by_source(judged, fewest=degraded.FEWEST)
        for name, judged in rows.items()
        if not name.startswith(stability.LOOK)
    }
    order = sorted(figures, key=lambda n: (n != "as it is", not n[0].isdigit(), _pixels(n), n))
    return [degraded.lines({name: figures[name] for name in order})]


def stability_table(rows: dict[str, list[Prediction]]) -> list[str]:
    """Whether words that are wrong hold less well than those that are right."""
    looks = {
        name.removeprefix(stability.LOOK): judged for name, judged in rows.items() if name.startswith(stability.LOOK)
    }
    return [stability.lines(stability.wobbles(rows["as it is"], looks))]


def novelty(found: Unseen) -> list[str]:
    """What a limit of distance costs, beside a higher limit of probability."""
    NoveltyCurve(found).save(UNSEEN / "novelty.png")
    lines = ["| share of pictures that counts as familiar | photographs called fake | fakes called fake | \"fake\" withheld, of all |",
             "|:--|--:|--:|--:|"]  # fmt: skip
    lines += [
        f"| {per_cent(share)} | {per_cent(t.accused)} | {per_cent(t.caught)} | {per_cent(t.withheld)} |"
        for share, t in zip(KEPT, by_novelty(found), strict=True)
    ]
    best = min(by_probability(found), key=lambda t: abs(t.accused - by_novelty(found)[KEPT.index(0.8)].accused))
    return [
        *lines,
        "",
        f"A higher limit of probability that accuses {per_cent(best.accused)} of photographs catches "
        f"{per_cent(best.caught)} of fakes.",
        "",
        "![accuse less, by probability or by novelty](unseen-sources/novelty.png)",
        "",
    ]


def _pixels(name: str) -> int:
    head = name.split(" ")[0]
    return int(head) if head.isdigit() else 0


def against_paper(tables: dict[str, PredictionTable]) -> list[str]:
    """Our figures beside the paper's ResNet-68 + cutout."""
    paper = result("resnet68-cutout")
    measured = {name: metrics_of(t) for name, t in tables.items()}
    n = next(iter(measured.values())).n
    head = " | ".join(f"{name}, {n:,} pictures" for name in measured)
    lines = [f"| | {head} | ResNet-68 + cutout in the paper, 20,000 pictures |", "|:--|" + "--:|" * (len(measured) + 1)]

    def cells(key: str, shown: object = per_cent) -> str:
        assert callable(shown)
        return " | ".join(str(shown(getattr(m, key), m.intervals.get(key))) for m in measured.values())

    lines.append(
        f"| false-positive rate (fakes called real) | {cells('false_positive_rate')} "
        f"| {100 * paper.fp / (paper.fp + paper.tn):.2f} % (printed as 0.0043 %) |"
    )
    lines += [f"| {'F1' if key == 'f1' else key} | {cells(key)} | {getattr(paper, key)} % |" for key in PAPER_KEYS]
    return [*lines, f"| AUC | {cells('auc', plain)} | – |"]


def words_table(tables: dict[str, PredictionTable]) -> list[str]:
    """What is said of the pictures, with "uncertain" as one of three answers."""
    lines = [
        "| | fakes called real | photographs called fake | uncertain | of the others judged rightly |",
        "|:--|--:|--:|--:|--:|",
    ]
    for name, table in tables.items():
        counted = abstention(table)
        assert counted is not None, "predictions of a detector that speaks"
        shares = (counted.fakes_called_real, counted.photographs_called_fake, counted.abstained, counted.right)
        lines.append(f"| {name} | " + " | ".join(per_cent(s.value, s.interval) for s in shares) + " |")
    return lines


def into_readme(found: dict[str, Unseen], inside: dict[str, PredictionTable]) -> None:
    """Put the short tables between the README's marks."""
    f = found["default"].figures
    rows = [
        f"**On {len(f.cameras)} cameras and {len(f.generators)} generators that were left out of training** "
        "([how](docs/results/README.md), `fauxface crossval`);",
        "each source counts alike, limits never knew the source they are counted on:",
        "",
        *side_by_side(found),
        "",
        "At home, on test pictures of FFHQ and StyleGAN, which it was trained on; forced to choose (threshold 0.5), beside",
        "the paper:",
        "",
        *against_paper(inside),
    ]
    before, rest = README.read_text(encoding="utf-8").split("<!-- results -->\n")
    after = rest.split("<!-- /results -->")[1]
    write_text(README, f"{before}<!-- results -->\n" + "\n".join(rows) + f"\n<!-- /results -->{after}")


def epochs(recipe: Recipe) -> str:
    """How long a recipe trains."""
    return " and ".join(f"{phase.epochs} epochs on crops of {phase.crop} pixels" for phase in recipe.phases)


def trained(card: ModelCard) -> str:
    """How long the networks of the folds and the shipped one were trained."""
    steps, about = [], card.training
    while isinstance(about, dict) and "epoch" in about:
        steps.append(about)
        about = about.get("started_from")
    every, seen = sum(step["epoch"] for step in steps), sum(step["images"] for step in steps)
    return (
        f"All five were trained alike, for {epochs(load_recipe('efficientnet-lite0'))}; the shipped network for {every} "
        f"epochs in {len(steps)} steps ({seen:,} crops)."
    )


def resnet_steps(card: ModelCard) -> list[str]:
    text = [
        "## The steps of ResNet-68's training",
        "",
        "The same test pictures after each step; the shipped `resnet68` is the fourth.",
        "",
        "| step | in-domain AUC | all sources it was trained on, AUC | the same, accuracy |",
        "|---|---|---|---|",
    ]
    for name, file in STEPS.items():
        step = read(HERE / file / "predictions.parquet")
        inside, everything = metrics_of(subset(step, IN_DOMAIN)), metrics_of(step)
        text.append(
            f"| {name} | {plain(inside.auc, inside.intervals.get('auc'))} "
            f"| {plain(everything.auc, everything.intervals.get('auc'))} "
            f"| {per_cent(everything.accuracy, everything.intervals.get('accuracy'))} |"
        )
    text.append("")
    for number in (1, 2, 3, 4):
        curves = HERE / f"step-{number}"
        LearningCurves.from_csv(curves / "curves.csv", title=f"Step {number}").save(curves / "curves.png")
        text.append(f"![learning curves of step {number}](step-{number}/curves.png)")
    return [*text, "", *data_size(sum(card.data["pictures"]["train"].values()))]


def data_size(pictures: int) -> list[str]:
    shares = {p.parent: float(p.parent.name.rsplit("-", 1)[1]) for p in HERE.glob("data-size-*/predictions.parquet")}
    tables = [
        (round(share * pictures), subset(read(folder / "predictions.parquet"), IN_DOMAIN))
        for folder, share in sorted(shares.items(), key=lambda item: item[1])
    ]
    DataSizeCurve.from_predictions(tables, title="More training pictures, same network").save(HERE / "data-size.png")
    text = [
        "## What more pictures brought ResNet-68",
        "",
        "A quarter of the width after the first two steps (20 and 28 epochs) on a share of the first pack, tested on the",
        "same in-domain pictures, not calibrated. A smaller share also means fewer steps.",
        "",
        "| training pictures | AUC | balanced accuracy | fakes called real |",
        "|---|---|---|---|",
    ]
    for n, part in tables:
        m = metrics_of(part)
        text.append(
            f"| {n:,} | {plain(m.auc, m.intervals.get('auc'))} "
            f"| {per_cent(m.balanced_accuracy, m.intervals.get('balanced_accuracy'))} "
            f"| {per_cent(m.false_positive_rate, m.intervals.get('false_positive_rate'))} |"
        )
    return [*text, "", "![data size](data-size.png)", ""]


def main() -> None:
    cards = {name: resolve(name).card for name in NETWORKS}
    found = {name: left_out(name) for name in NETWORKS}
    tests = {name: read(resolve(name).path.parent / "predictions.parquet") for name in NETWORKS}
    inside = {name: subset(table, IN_DOMAIN) for name, table in tests.items()}
    figures = found["default"].figures
    judged_again = changed(found["default"])
    SourceMatrix(figures).save(UNSEEN / "matrix.png")
    write_report(forced(inside["default"]), HERE / "default-in-domain")
    chance = calibration_error_by_chance(inside["default"].arrays()[1])
    assert chance is not None
    card = cards["default"]
    low, high = card.uncertain_band
    text = [
        "# Results",
        "",
        "Generated by `make results` from the tables of predictions in this folder; do not edit by hand. In brackets: 95 %",
        "intervals; over sources from drawing the sources again, over pictures Wilson's.",
        "",
        "## Cameras and generators that nobody trained on",
        "",
        "Five trainings, each without the cameras and generators of one fold (`fauxface crossval`), give every picture a",
        "prediction by a network that saw nothing of its source. Each source counts alike, whatever its number of pictures.",
        "Temperature, bias and limits come from these predictions, without test pictures; the words below come from limits",
        "that were chosen without the source they are counted on. "
        f"{trained(cards['default'])}",
        "`resnet68` was trained on the first pack only: its column counts cameras that",
        "came later, and as generators the later ones and validation pictures of those that it learned from, so it flatters.",
        "",
        *side_by_side(found),
        "",
        f"The shipped limits: *real* up to a probability of {low:.3f}, *fake* from {high:.3f}, *uncertain* between.",
        "",
        "### Cameras: photographs called fake",
        "",
        sources(figures.cameras, "called fake"),
        "",
        "### Generators: fakes called real",
        "",
        sources(figures.generators, "called real"),
        "",
        *swaps("default", found["default"]),
        "",
        "![AUC by camera and generator](unseen-sources/matrix.png)",
        "",
        "### resnet68 on the sources that it never saw",
        "",
        means(found["resnet68"].figures),
        "",
        "## People",
        "",
        "Out of source as above; age, sex and origin as the sources give them, crude as they are (`attributes.py`). Few people of",
        "some groups are in them, as the intervals say; skin tone, glasses or make-up are named by no source.",
        "",
        *people(),
        "## Small, saved and changed pictures",
        "",
        "Left-out sources again, some pictures of each: the face brought to that size, saved, then enlarged to what the",
        "network sees. Words by probability alone; what the card's rules on size and compression add stands in its limits.",
        "",
        *degraded_tables(judged_again),
        "",
        "## Do wrong words wobble?",
        "",
        "The same pictures again under the small changes that a card may ask for (`fauxface.stability`), by what was said first.",
        "",
        *stability_table(judged_again),
        "",
        "## Unlike anything it learned from",
        "",
        "How far a picture's features lie from those of 1,000 training pictures (`fauxface.evaluation.novelty`). What lies",
        "further than nine of ten left-out fakes is never called fake (`unfamiliar`): here "
        f"beyond {found['default'].limits.familiar:.3f}. Drawn tighter, at the shipped limit of probability:",
        "",
        *novelty(found["default"]),
        "## What more cameras, generators and pictures would bring",
        "",
        "The fast form (a logistic regression on features of the ImageNet weights, one degraded crop a picture): for each fold it",
        "learns from some of the others' sources and judges the fold; mean over folds of the AUC within each. All are those that",
        "the other four folds have. Trials differ most by which fold is left out (`learning.py`).",
        "",
        *learning(),
        "## At home, beside the paper",
        "",
        "FFHQ photographs and StyleGAN fakes, the pack's own test split: the sources were trained on. The paper trained on 29",
        "times as many pictures and tested on 20,000; the columns stand side by side, they are not a race on equal terms.",
        "Here the more probable word counts (threshold 0.5), as in the paper.",
        "",
        *against_paper(inside),
        "",
        f"A detector whose probabilities were perfect would show a calibration error of {chance[0]:.3f} on so many",
        f"pictures on average, and up to {chance[1]:.3f} in 95 of 100 cases; the default shows "
        f"{plain(metrics_of(inside['default']).expected_calibration_error)}: its probabilities are calibrated for",
        "sources that it does not know, so at home it is less sure than it could be.",
        "",
        "With *uncertain* as an answer, test pictures of sources that were trained on:",
        "",
        *words_table({f"{name}: {kind}": t for kind, group in (("FFHQ and StyleGAN", inside), ("all", tests))
                      for name, t in group.items()}),
        "",
        "![confusion matrix](default-in-domain/confusion_matrix.png)",
        "![ROC](default-in-domain/roc.png)",
        "![reliability](default-in-domain/reliability.png)",
        "",
        *resnet_steps(cards["resnet68"]),
    ]  # fmt: skip
    write_text(HERE / "README.md", "\n".join(text))
    into_readme(found, inside)


if __name__ == "__main__":
    main()
