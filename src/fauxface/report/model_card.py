"""The model card for people, in Markdown, from ``card.json`` and stored predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from fauxface.evaluation.abstention import abstention
from fauxface.evaluation.by_source import by_source
from fauxface.evaluation.calibration import calibration_error_by_chance, expected_calibration_error
from fauxface.evaluation.metrics import from_probabilities
from fauxface.evaluation.predictions import PredictionTable
from fauxface.evaluation.robustness import Row
from fauxface.evaluation.sources import BySource
from fauxface.report import robustness
from fauxface.report.beside import beside, has_second_opinion, is_shipped
from fauxface.report.markdown import escaped, table
from fauxface.report.source_matrix import means, sources
from fauxface.report.source_terms import KNOWN
from fauxface.report.tables import per_cent, plain
from fauxface.verdict import Verdict
from fauxface.weights.card import ModelCard
from fauxface.weights.metrics import Share

HERE: Final = Path(__file__).parent
TEMPLATE: Final = "model_card.md.j2"
IN_DOMAIN: Final = ("ffhq", "stylegan1")


def model_card(
    card: ModelCard,
    test: PredictionTable | None,
    *,
    degraded: Sequence[Row] = (),
    degraded_by: str | None = None,
    examples: Sequence[Verdict] = (),
    shipped: Mapping[str, ModelCard] | None = None,
    people: str = "",
) -> str:
    """The whole card.

    Args:
        card: of the weights.
        test: its predictions for test pictures; None if there are none.
        degraded: what `fauxface.evaluation.robustness.rows` tells.
        degraded_by: of which weights; None: of the same.
        examples: verdicts on pictures that may be shown, named by their paths.
        shipped: cards of the package's weights by name, the default first; see `fauxface.report.beside`.
        people: tables of errors by age, sex and origin (`fauxface.report.people`).
    """
    environment = Environment(
        loader=FileSystemLoader(HERE), undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True
    )
    environment.filters["text"] = escaped
    return environment.get_template(TEMPLATE).render(
        card=card,
        sources=_sources(card),
        unseen=_unseen(card),
        beside=beside(card, shipped or {}),
        shipped=is_shipped(card, shipped or {}),
        second_opinion=has_second_opinion(card),
        training="\n".join(_training(card.provenance.training)),
        parts=_parts(test) if test else [],
        by_source=_by_source(test) if test else "",
        robustness="\n".join([*_measured_with(card, degraded_by), *robustness.lines(degraded)]) if degraded else "",
        calibration="\n".join(_calibration(card, test)),
        examples=_examples(examples),
        people=people,
    )


def _measured_with(card: ModelCard, measured: str | None) -> list[str]:
    if measured in (None, card.id):
        return []
    return [f"Measured with {escaped(str(measured))}, not with these weights; the first row lets both be compared.", ""]


def _sources(card: ModelCard) -> list[dict[str, Any]]:
    counts = card.provenance.data.get("pictures", {})
    tested = card.metrics.test.by_source if card.metrics.test else {}
    names = sorted({key for split in counts.values() for key in split})
    rows: list[dict[str, Any]] = []
    for key in names:
        name = key.partition(": ")[2]
        what, terms = KNOWN.get(name, (key.partition(": ")[0], "–"))
        row = {split: counts.get(split, {}).get(key, 0) for split in ("train", "valid", "test")}
        rows.append({"name": name, "what": what, "terms": terms, **row})
    for row in rows:  # a run's own table holds no test pictures, the measurement does
        row["test"] = row["test"] or (tested[row["name"]].n if row["name"] in tested else 0)
    return rows


def _unseen(card: ModelCard) -> str:
    """What left-out cameras and generators got."""
    if not (kept := card.metrics.unseen_sources):
        return ""
    found = BySource.of(kept)
    parts = (means(found), sources(found.cameras, "called fake"), sources(found.generators, "called real"))
    return "\n\n".join(parts)


def _training(about: dict[str, Any] | None) -> list[str]:
    """One line for each run, the last one first."""
    lines: list[str] = []
    while isinstance(about, dict) and about:
        recipe = about.get("recipe", "not recorded")
        name = recipe["name"] if isinstance(recipe, dict) else recipe
        below = isinstance(about.get("started_from"), dict) and about["started_from"]
        lines.append(
            f"- recipe `{name}`, seed {about.get('seed', '–')}: {about.get('epoch', '–')} epoch(s), "
            f"{about.get('images', 0):,} pictures seen, {60 * about.get('hours', 0.0):.0f} minutes on "
            f"{about.get('device', 'a machine not recorded')}; started from "
            + ("the run below" if below else _initial(about.get("initial_weights", "random")))
            + "".join(
                f"; its weights were averaged with those of `{other}`" for other in about.get("averaged_with", ())
            )
        )
        about = about.get("started_from")
    return lines


def _initial(weights: object) -> str:
    """The weights that the first run began with: a word, or what is known of public ones."""
    if not isinstance(weights, dict):
        return f"{weights} weights"
    return f"public {weights['trained_on']} weights, [`{weights['file']}`]({weights['url']}), {weights['licence']}"


def _parts(test: PredictionTable) -> list[dict[str, str]]:
    inside = PredictionTable(tuple(r for r in test.rows if r.source in IN_DOMAIN), test.model, test.threshold)
    parts = [("All test pictures", test)]
    if inside.judged and len(inside.judged) < len(test.judged):
        parts.insert(0, ("In its domain: FFHQ photographs and StyleGAN fakes", inside))
    return [{"title": title, "table": _metrics(part)} for title, part in parts]


def _metrics(part: PredictionTable) -> str:
    """What is said with "uncertain" as an answer, then what the probability alone is worth."""
    m, said = from_probabilities(*part.arrays(), part.threshold), abstention(part)
    rows: list[tuple[str, str]] = [("pictures", f"{m.n:,}")]
    if said:
        rows += [
            ("fakes called real, of all fakes", _share(said.missed_fakes)),
            ("photographs called fake, of all photographs", _share(said.accused_photographs)),
            ("called uncertain", _share(said.abstained)),
            ("right, of those called real or fake", _share(said.right)),
            ("balanced accuracy of those", per_cent(said.balanced_accuracy)),
        ]
    half = from_probabilities(*part.arrays(), 0.5)
    rows += [
        ("AUC", plain(m.auc, m.intervals.get("auc"))),
        ("average precision", plain(m.average_precision, m.intervals.get("average_precision"))),
        ("expected calibration error", plain(m.expected_calibration_error)),
        ("the same of a perfect detector on as many pictures", _by_chance(part)),
        ("Brier score", plain(m.brier)),
        (
            "balanced accuracy, everything judged at 0.5",
            per_cent(half.balanced_accuracy, half.intervals.get("balanced_accuracy")),
        ),
        (
            "fakes called real, everything judged at 0.5",
            per_cent(half.missed_fakes, half.intervals.get("missed_fakes")),
        ),
    ]
    return table(("", "value"), rows)


def _by_chance(part: PredictionTable) -> str:
    chance = calibration_error_by_chance(part.arrays()[1])
    return "–" if chance is None else f"{chance[0]:.4f} on average, below {chance[1]:.4f} in 95 of 100 cases"


def _share(share: Share) -> str:
    return per_cent(share.value, share.interval)


def _by_source(test: PredictionTable) -> str:
    rows = []
    for name, found in by_source(test, test.threshold).items():
        counts = " + ".join(f"{n} {label}" for n, label in ((found.real, "real"), (found.fake, "fake")) if n)
        area = plain(found.auc, found.auc_interval)
        rows.append((escaped(name), counts, area, per_cent(found.wrong), per_cent(found.abstained)))
    return table(("source", "pictures", "AUC", "called the other thing", "uncertain"), rows) if rows else ""


def _calibration(card: ModelCard, test: PredictionTable | None) -> list[str]:
    fitting, (low, high) = card.metrics.calibration, card.decision.abstention_region
    before = fitting.expected_calibration_error_before if fitting else None
    after = fitting.expected_calibration_error_after if fitting else None
    on = "; on which pictures they were fitted is not recorded"
    if fitting:
        counts = f"{fitting.pictures.get('real', 0):,} photographs and {fitting.pictures.get('fake', 0):,} fakes"
        on = f", fitted on {counts}"
        if fitting.offset is not None:
            on = f"; only the bias was moved, by {fitting.offset:+.3f}, on {counts}"
    elif card.metrics.unseen_sources:
        on = ", fitted on pictures of sources that were left out of training (`fauxface crossval`)"
    errors = [] if fitting is None else [f"{plain(before)} before", f"{plain(after)} after"]
    errors += [f"{plain(expected_calibration_error(*test.arrays()))} on the test pictures"] if test else []
    lines = [
        f"Temperature {card.calibration.temperature:.3f} and bias {card.calibration.bias:+.3f}{on}"
        + (f": expected calibration error {', '.join(errors)}." if errors else "."),
        f"Called real up to a probability of {low:.4f}, fake from {high:.4f}, uncertain between them.",
    ]
    guaranteed, said = card.decision.guaranteed, abstention(test) if test else None
    rows = [
        ("fakes that are not called real", guaranteed.missed_fakes, said and said.missed_fakes),
        ("photographs that are not called fake", guaranteed.accused_photographs, said and said.accused_photographs),
    ]
    if all(rate is None for _, rate, _ in rows):
        lines += ["", "No share of errors is guaranteed."]
    elif said:
        left_out = fitting is None and card.metrics.unseen_sources is not None
        head = "expected on average over left-out sources" if left_out else "guaranteed"
        lines += ["", f"| | {head} | on the test pictures |", "|:--|--:|--:|"]
        lines += [_kept(name, rate, share) for name, rate, share in rows if rate is not None and share]
    return lines


def _kept(name: str, rate: float, share: Share) -> str:
    """A line on the share that is not judged the other way: as expected or guaranteed, and as counted."""
    value = None if share.value is None else 1 - share.value
    interval = None if share.interval is None else (1 - share.interval[1], 1 - share.interval[0])
    return f"| {name} | {100 * (1 - rate):.1f}% | {per_cent(value, interval)} |"


def _examples(verdicts: Sequence[Verdict]) -> str:
    rows = [
        (escaped(v.path), v.label or "–", "–" if v.probability_fake is None else f"{v.probability_fake:.1%}",
         ", ".join(r.code for r in v.reasons))
        for v in verdicts
    ]  # fmt: skip
    return table(("picture", "said", "probability of fake", "because"), rows) if rows else ""
