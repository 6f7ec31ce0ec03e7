"""Draw every figure and table of the docs again from the stored predictions: `make results`.

Reads the table beside the shipped weights and those beside this file; needs neither the model nor the pictures.
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

from leave_one_out import GENERATORS, PREDICTIONS, TRACES

from fauxface.evaluation.abstention import abstention
from fauxface.evaluation.by_source import by_source
from fauxface.evaluation.calibration import calibration_error_by_chance
from fauxface.evaluation.metrics import Metrics, from_probabilities
from fauxface.evaluation.predictions import PredictionTable, read
from fauxface.evaluation.robustness import rows
from fauxface.files import write_text
from fauxface.models.beside import RISE, VOUCH
from fauxface.report.data_size_curve import DataSizeCurve
from fauxface.report.evaluation_report import write_report
from fauxface.report.learning_curves import LearningCurves
from fauxface.report.paper import result
from fauxface.report.robustness import lines, write_robustness
from fauxface.report.tables import per_cent, plain
from fauxface.weights.card import ModelCard
from fauxface.weights.store import resolve

HERE = Path(__file__).resolve().parent
IN_DOMAIN = ("ffhq", "stylegan1")
README = HERE.parents[1] / "README.md"
EVEN = 0.5
"""Forced to choose, as in the paper: the more probable word. The shipped threshold keeps fakes out instead."""
STEPS = {
    "1: quarter of the width, 128-pixel crops": "step-1",
    "2: quarter of the width, 224-pixel crops": "step-2",
    "3: the same for long": "step-3",
    "4: small sources more often, pictures worn as the web wears them, weights averaged": "step-4",
    "5: full width: the face alone (calibrated)": "face-alone",
    "6: with traces beside, as shipped (calibrated)": None,
}
PAPER_KEYS = ("accuracy", "f1", "precision", "specificity", "sensitivity")


def subset(table: PredictionTable, sources: tuple[str, ...]) -> PredictionTable:
    """Only the rows of some sources."""
    return PredictionTable(tuple(r for r in table.rows if r.source in sources), table.model, table.threshold)


def forced(table: PredictionTable) -> PredictionTable:
    """The same rows, judged at even odds."""
    return PredictionTable(table.rows, table.model, EVEN)


def metrics_of(table: PredictionTable) -> Metrics:
    return from_probabilities(*table.arrays(), EVEN)


def against_paper(table: PredictionTable) -> list[str]:
    """Our figures beside the paper's ResNet-68 + cutout."""
    m, chance = metrics_of(table), calibration_error_by_chance(table.arrays()[1])
    assert chance is not None
    paper = result("resnet68-cutout")
    rate = paper.fp / (paper.fp + paper.tn)
    lines = [
        f"| | ours, {m.n:,} pictures (95 % interval) | paper, 20,000 pictures |",
        "|---|---|---|",
        f"| false-positive rate | {per_cent(m.false_positive_rate, m.intervals.get('false_positive_rate'))} "
        f"| {100 * rate:.2f} % (printed as 0.0043 %) |",
    ]
    for key in PAPER_KEYS:
        value = per_cent(getattr(m, key), m.intervals.get(key))
        lines.append(f"| {key} | {value} | {getattr(paper, key)} % |")
    lines.append(f"| balanced accuracy | {per_cent(m.balanced_accuracy, m.intervals.get('balanced_accuracy'))} | – |")
    lines.append(f"| AUC | {plain(m.auc, m.intervals.get('auc'))} | – |")
    lines.append(f"| average precision | {plain(m.average_precision, m.intervals.get('average_precision'))} | – |")
    lines.append(f"| expected calibration error | {plain(m.expected_calibration_error)} | – |")
    return [
        *lines,
        "",
        "A detector whose probabilities were perfect would show a calibration error of "
        f"{chance[0]:.3f} on {m.n:,} pictures",
        f"on average, and up to {chance[1]:.3f} in 95 of 100 cases: that much is chance.",
    ]


def minutes(card: ModelCard) -> float:
    """Training time of all steps, as the card tells it."""
    total, about = 0.0, card.training
    while about:
        total += 60 * about["hours"]
        about = about.get("started_from")
    return total


def words_table(tables: dict[str, PredictionTable]) -> list[str]:
    """What is said of the pictures, with "uncertain" as one of three answers."""
    lines = [
        "| | fakes called real | photographs called fake | uncertain | of the others judged rightly |",
        "|---|---|---|---|---|",
    ]
    for name, table in tables.items():
        said = abstention(table)
        assert said is not None, "predictions of a detector that speaks"
        shares = (said.fakes_called_real, said.photographs_called_fake, said.abstained, said.right)
        cells = " | ".join(per_cent(share.value, share.interval) for share in shares)
        lines.append(f"| {name} | {cells} |")
    return lines


def into_readme(table: PredictionTable, card: ModelCard) -> None:
    """Put the short tables between the README's marks."""
    paper = result("resnet68-cutout")
    domain = subset(table, IN_DOMAIN)
    m = metrics_of(domain)
    rows = [
        "What it says of unseen pictures, with *uncertain* as one of three answers:",
        "",
        *words_table({f"{m.n:,} FFHQ and StyleGAN": domain, f"{len(table.judged):,} of all sources": table}),
        "",
        "Forced to choose (threshold 0.5), on the FFHQ and StyleGAN pictures, beside the paper:",
        "",
        f"| | shipped weights, {m.n:,} pictures | ResNet-68 + cutout in the paper, 20,000 pictures |",
        "|---|---|---|",
        f"| false-positive rate | {per_cent(m.false_positive_rate, m.intervals.get('false_positive_rate'))} "
        f"| {100 * paper.fp / (paper.fp + paper.tn):.2f} % (printed as 0.0043 %) |",
    ]
    for key in PAPER_KEYS:
        name = "F1" if key == "f1" else key
        rows.append(f"| {name} | {per_cent(getattr(m, key), m.intervals.get(key))} | {getattr(paper, key)} % |")
    rows.append(f"| AUC | {plain(m.auc, m.intervals.get('auc'))} | – |")
    seen = card.data["pictures"]["train"]
    domain = sum(n for name, n in seen.items() if name.split(": ")[1] in IN_DOMAIN)
    rows += [
        "",
        "The columns are not a race on equal terms: the paper trained on 100,000 pictures with a GPU, the shipped",
        f"weights saw {domain:,} of that set and {sum(seen.values()) - domain:,} others, for {minutes(card):.0f} "
        "minutes on two CPU cores.",
    ]
    before, rest = README.read_text(encoding="utf-8").split("<!-- results -->\n")
    after = rest.split("<!-- /results -->")[1]
    write_text(README, f"{before}<!-- results -->\n" + "\n".join(rows) + f"\n<!-- /results -->{after}")


def source_table(table: PredictionTable) -> list[str]:
    lines = [
        "| source | pictures | judged rightly (95 % interval) | AUC against all of the other class |",
        "|---|---|---|---|",
    ]
    for name, row in by_source(table, table.threshold).items():
        kind = "fake" if row["fake"] else "real"
        lines.append(
            f"| {name} | {row['n']} {kind} | {per_cent(row['accuracy'], row['interval'])} "
            f"| {plain(row['auc'], row['auc_interval'])} |"
        )
    return lines


def unseen_generators(card: ModelCard) -> list[str]:
    """What is made of a generator that was left out: by the face's half, the traces' half, and both."""
    files = {name: HERE / "leave-one-out" / name / PREDICTIONS for name in GENERATORS}
    tables = {name: read(file) for name, file in files.items() if file.exists()}
    if not tables:
        return []
    lines = [
        "## Generators that nobody trained on",
        "",
        "Both halves of the shipped pair without each generator (`make leave-one-out`): all of its pictures against",
        "the photographs of the test split. The face: short runs from scratch, a quarter of the width, 8 epochs; the",
        "shipped face trained for ten times as long, and beside it stands what the other short runs, which saw that",
        "generator, make of its test pictures. The traces: learned as the shipped ones were, but from two looks at",
        "each picture instead of seven (as it is, and as JPEG 30 to 60). Both: their logits added up as in the shipped",
        "pair.",
        "The photographs are of sources that were trained on; both unknown is harder still",
        "([measured](../experiments.md), 15 and 18).",
        "",
        "| left out | fakes | the face | the face where it was trained on | the traces | both |",
        "|---|---|---|---|---|---|",
    ]
    unseen: list[list[float]] = []
    test = {row.path for row in read(resolve().path.parent / PREDICTIONS).rows}
    for name, table in tables.items():
        sources = GENERATORS[name]
        seen = []
        for other in tables.keys() - {name}:
            rows = (r for r in tables[other].rows if r.path in test and (r.label == "real" or r.source in sources))
            auc = from_probabilities(*PredictionTable(tuple(rows), table.model, EVEN).arrays(), EVEN).auc
            assert auc is not None
            seen.append(auc)
        found = [_found(table, sources)]
        if (file := TRACES / name / PREDICTIONS).exists():
            found += [_found(each, sources) for each in (read(file), added(table, read(file), card))]
        told = f"{min(seen):.3f} to {max(seen):.3f}" if seen else "–"
        face, *halves = (plain(m.auc, m.intervals.get("auc")) for m in found)
        others = " | ".join(halves or ["not measured yet"] * 2)
        lines.append(f"| {name} | {found[0].n - found[0].tp - found[0].fn:,} | {face} | {told} | {others} |")
        unseen.append([m.auc for m in found if m.auc is not None])
    said = []
    for column, half in enumerate(("by the face", "by the traces", "by both")):
        if aucs := [row[column] for row in unseen if len(row) > column]:
            said.append(f"{sum(aucs) / len(aucs):.3f} {half} (of {len(aucs)})")
    return [*lines, "", f"On average {', '.join(said)}.", ""]


def added(face: PredictionTable, traces: PredictionTable, card: ModelCard) -> PredictionTable:
    """Both halves' words on the same pictures as `fauxface.models.beside` adds them up, by a card's shares."""
    shares, logit = card.training["traces"], lambda row: -math.log(1 / max(1 - row.probability_fake, 1e-12) - 1)
    of_traces = {row.path: logit(row) for row in traces.judged}
    rows = []
    for row in face.judged:
        word = logit(row)
        believed = min(of_traces[row.path], VOUCH + RISE * max(word, 0))
        total = shares["share_of_face"] * word + shares["share_of_traces"] * believed + shares["bias"]
        rows.append(replace(row, probability_fake=1 / (1 + math.exp(total)), verdict=""))
    return PredictionTable(tuple(rows), face.model, EVEN)


def elsewhere() -> list[str]:
    """Pictures out of software packages, of cameras and by hands that nobody trained on; the face alone beside both."""
    lines = [
        "## Pictures from elsewhere",
        "",
        "Photographs and fakes that were found in software packages ([which](../experiments.md), 17): faces framed and",
        "brought to 256 pixels. The fakes are of StyleGAN2, but for seven of thispersondoesnotexist.com. They took",
        "part in the choice of how traces are used, so they are a warning and no test. One look a picture, slim",
        "weights.",
        "",
        "| stored as | weights | AUC |",
        "|---|---|---|",
    ]
    said = {}
    for kind in ("jpeg-90", "lossless"):
        for end in ("-face-alone", ""):
            table = read(HERE / "elsewhere" / f"{kind}{end}.parquet")
            m = metrics_of(table)
            lines.append(f"| {kind} | {table.model} | {plain(m.auc, m.intervals.get('auc'))} |")
            said[f"{kind}, {table.model}"] = table
    fakes = m.n - m.tp - m.fn
    return [*lines, "", f"{fakes} fakes, {m.n - fakes} faces on photographs:", "", *words_table(said), ""]


def _found(table: PredictionTable, sources: tuple[str, ...]) -> Metrics:
    """A left-out generator's pictures against all photographs of the table."""
    against = tuple(r for r in table.rows if r.label == "real" or r.source in sources)
    return metrics_of(PredictionTable(against, table.model, EVEN))


def with_traces(shipped: PredictionTable) -> list[str]:
    """What the traces add: the network that sees the face alone beside the pair, on the same pictures and copies."""
    face = read(HERE / "face-alone" / PREDICTIONS)
    lines = [
        "## What the traces add",
        "",
        f"{shipped.model} is the network that sees the face ({face.model}) with a regression beside it that sees",
        "statistics of neighbouring pixels, frequencies and textures only ([how](../training.md#fine-traces)). The",
        "same test pictures:",
        "",
        f"| | the face alone: {face.model} | {shipped.model} |",
        "|---|---|---|",
    ]
    both = (face, shipped)
    for title in ("all", "in-domain"):
        measured = [metrics_of(part) for _, part in _parts(both, title)]
        lines.append(f"| {title}: AUC | {' | '.join(plain(m.auc, m.intervals.get('auc')) for m in measured)} |")
        errors = " | ".join(plain(m.expected_calibration_error) for m in measured)
        lines.append(f"| {title}: expected calibration error | {errors} |")
    each = [by_source(t, EVEN) for t in both]
    for source in each[0]:
        aucs = [plain(found[source]["auc"], found[source]["auc_interval"]) for found in each]
        lines.append(f"| {source}: AUC | {' | '.join(aucs)} |")
    alone = {row.name: row for row in rows(HERE / "face-alone" / "robustness")}
    for row in rows(HERE / "robustness"):
        other = alone[row.name].metrics
        aucs = [plain(m.auc, m.intervals.get("auc")) for m in (other, row.metrics)]
        lines.append(f"| {row.name}: AUC | {' | '.join(aucs)} |")
    lines += ["", *measured_with(read(resolve("slim").path.parent / PREDICTIONS), shipped), ""]
    said = {f"{t.model}, {name}": part for name in ("in-domain", "all") for t, part in _parts(both, name)}
    return [*lines, *words_table(said), ""]


def measured_with(slim: PredictionTable, shipped: PredictionTable) -> list[str]:
    """Whose worn pictures these are, and by how much both widths differ where both were measured."""
    others = {row.path: row.probability_fake for row in slim.judged}
    pairs = ((row.probability_fake, others[row.path]) for row in shipped.judged)
    most = max(abs(one - other) for one, other in pairs if one is not None and other is not None)
    return [
        f"Worn pictures were judged with the slim weights, one look a picture: on the {len(others)} pictures as they",
        f"are, which both widths judged, no probability of {slim.model} differs by more than {most:.4f}.",
    ]


def _parts(tables: tuple[PredictionTable, ...], name: str) -> list[tuple[PredictionTable, PredictionTable]]:
    return [(t, subset(t, IN_DOMAIN) if name == "in-domain" else t) for t in tables]


def main() -> None:
    shipped = resolve()
    card = shipped.card
    table = read(shipped.path.parent / "predictions.parquet")
    domain = subset(table, IN_DOMAIN)
    write_report(forced(domain), HERE / "default-in-domain")
    write_report(forced(table), HERE / "default-all")
    low, high = card.uncertain_band
    promised = ", ".join(f"{100 * share:g} % of all {kind} pictures" for kind, share in sorted(card.coverage.items()))
    worn = rows(HERE / "robustness")
    slim = read(resolve("slim").path.parent / PREDICTIONS)
    write_robustness(worn, HERE / "robustness", title=f"Robustness, {slim.model}")
    text = [
        "# Results",
        "",
        "Generated by `make results` from the tables of predictions in this folder; do not edit by hand.",
        "Real is the positive class, so a false positive is a fake called real.",
        "Intervals: Wilson for shares, bootstrap for the rest.",
        "",
        f"## {card.id}: what it says",
        "",
        f"*Real* up to a probability of {low:.3f}, *fake* from {high:.3f}, *uncertain* between, or where a small",
        f"change turns the word into its opposite. The card promises that not the opposite is said of {promised}.",
        "",
        *words_table({"FFHQ and StyleGAN": domain, "all sources": table}),
        "",
        "## Forced to choose, beside the paper",
        "",
        "FFHQ photographs and StyleGAN fakes, the pack's own test split. The paper trained on 29 times as many",
        "pictures and tested on 20,000; the columns stand side by side, they are not a race on equal terms. Here the",
        "more probable word counts (threshold 0.5), as in the paper.",
        "",
        *against_paper(domain),
        "",
        "![confusion matrix](default-in-domain/confusion_matrix.png)",
        "![ROC](default-in-domain/roc.png)",
        "![reliability](default-in-domain/reliability.png)",
        "",
        "## Other generators and other cameras",
        "",
        "All sources of the pack's test split. Each source outside of the two above has one class and its own",
        "look, so a network can learn the look instead of the trace: read these rows as what to expect at best.",
        "",
        *source_table(forced(table)),
        "",
        *unseen_generators(resolve().card),
        *with_traces(table),
        *elsewhere(),
        "## Worn pictures",
        "",
        "All sources again, after each of these changes that pictures meet (`fauxface evaluate --robustness`, of 21).",
        "Shares are of all pictures of that class; *uncertain* counts for neither.",
        *measured_with(slim, table),
        "",
        *lines(worn),
        "",
        "![robustness](robustness/robustness.png)",
        "",
    ]
    text += [
        "## The steps of training",
        "",
        f"The same test pictures after each step of `make weights`: {minutes(card):.0f} minutes on two cores in all.",
        "",
        "| step | in-domain AUC | all sources, AUC | all sources, accuracy |",
        "|---|---|---|---|",
    ]
    for name, file in STEPS.items():
        folder = shipped.path.parent if file is None else HERE / file
        step = read(folder / "predictions.parquet")
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
    text.append("")
    shares = {p.parent: float(p.parent.name.rsplit("-", 1)[1]) for p in HERE.glob("data-size-*/predictions.parquet")}
    if shares:
        pictures = sum(card.data["pictures"]["train"].values())
        tables = [
            (round(share * pictures), subset(read(folder / "predictions.parquet"), IN_DOMAIN))
            for folder, share in sorted(shares.items(), key=lambda item: item[1])
        ]
        DataSizeCurve.from_predictions(tables, title="More training pictures, same network").save(
            HERE / "data-size.png"
        )
        text += [
            "## What more data would bring",
            "",
            "ResNet-68 at a quarter of its width after the first two steps (20 and 28 epochs) on a share of the pack,",
            "tested on the same in-domain pictures, not calibrated. A smaller share also means fewer steps.",
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
        text += ["", "![data size](data-size.png)", ""]
    write_text(HERE / "README.md", "\n".join(text))
    into_readme(table, card)


if __name__ == "__main__":
    main()
