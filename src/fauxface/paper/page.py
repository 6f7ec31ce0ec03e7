"""The paper's whole comparison as one page: our tables and figures beside the paper's, from stored predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from fauxface.evaluation.mcnemar import compare
from fauxface.evaluation.metrics import Metrics, from_counts, from_probabilities
from fauxface.evaluation.predictions import PredictionTable
from fauxface.paper.results import PaperResult, result
from fauxface.paper.table_two import SMALL, whole
from fauxface.report.markdown import escaped, table
from fauxface.report.tables import per_cent, plain

HERE: Final = Path(__file__).parent
TEMPLATE, FIDELITY = "page.md.j2", "fidelity.md"
RATES: Final = (
    ("accuracy", "Accuracy"),
    ("f1", "F1 score"),
    ("precision", "Precision"),
    ("specificity", "Specificity"),
    ("sensitivity", "Sensitivity"),
    ("missed_fakes", "False-positive rate"),
)
PRINTED: Final = {"missed_fakes": "false_positive_rate"}
"""What the paper calls otherwise than we do."""
VERSIONS: Final = ("fauxface", "python", "torch", "lightning", "numpy", "pillow")


@dataclass(frozen=True)
class Run:
    """One finished run of the comparison.

    Attributes:
        name: of its recipe: one of Table II, or its scaled-down twin.
        settings: what it was trained with, text by title, as Table II gives it.
        table: predictions for the test pictures.
        about: run.json.
    """

    name: str
    settings: Mapping[str, str]
    table: PredictionTable
    about: Mapping[str, Any]

    @property
    def paper(self) -> PaperResult:
        """What the paper found.

        Raises:
            KeyError: this is no run of the paper.
        """
        found = result(whole(self.name))
        if found is None:
            raise KeyError(self.name)
        return found

    @property
    def title(self) -> str:
        """As the paper writes it."""
        return self.paper.title

    @cached_property
    def metrics(self) -> Metrics:
        """Of the test pictures."""
        return from_probabilities(*self.table.arrays(), self.table.threshold)

    def share(self, name: str) -> str:
        """One of `RATES` with its interval."""
        return per_cent(getattr(self.metrics, name), self.metrics.intervals.get(name))


@dataclass(frozen=True)
class Reproduction:
    """Everything that the page tells.

    Attributes:
        runs: finished runs, those without cutout first, as in Table V; at least one.
        counts: pictures by (split, class).
        left_out: how many files of the data could not be used.
        notes: what was found in the data (near copies, leaks that were allowed).
        figures: paths relative to the page: "cutout", "examples", and each run's curves under its name.
        example_model: whose verdicts "examples" shows.
    """

    runs: Sequence[Run]
    counts: Mapping[tuple[str, str], int]
    left_out: int
    notes: Sequence[str]
    figures: Mapping[str, str]
    example_model: str = ""

    def markdown(self) -> str:
        """The page; needs neither networks nor pictures."""
        fidelity = (HERE / FIDELITY).read_text(encoding="utf-8")
        # What comes from outside is escaped below; the rest is our own Markdown.
        environment = Environment(
            loader=FileSystemLoader(HERE), undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True
        )
        return environment.get_template(TEMPLATE).render(
            runs=self.runs,
            small=any(run.name in SMALL.values() for run in self.runs),
            scratch=", ".join(r.title for r in self.runs if not r.paper.from_scratch and _is_random(r)),
            n=f"{max(run.metrics.n for run in self.runs):,}",
            short=self._short(),
            table_one=self._table_one(),
            left_out=f"{self.left_out:,}" if self.left_out else "",
            notes=[escaped(note) for note in self.notes],
            figures={"cutout": "", "examples": "", **self.figures},
            table_two=self._table_two(),
            confusion=self._confusion(),
            performance=self._performance(),
            mcnemar=self._mcnemar(),
            example_model=self.example_model,
            circumstances=self._circumstances(),
            versions=", ".join(f"{k} {escaped(str(self.runs[0].about.get(k, '?')))}" for k in VERSIONS),
            fidelity=fidelity.replace("\n## ", "\n### ").replace("# ", "## ", 1),
        )

    def _short(self) -> str:
        rows = [
            (
                run.title,
                run.share("missed_fakes"),
                per_cent(_counts(run.paper).missed_fakes),
                run.share("accuracy"),
                f"{run.paper.accuracy}%",
                plain(run.metrics.auc, run.metrics.intervals.get("auc")),
            )
            for run in self.runs
        ]
        return table(("network", "fakes called real", "paper", "accuracy", "paper", "AUC"), rows)

    def _table_one(self) -> str:
        def row(name: str, splits: Sequence[str], paper: int) -> tuple[str, ...]:
            real, fake = (sum(self.counts.get((s, kind), 0) for s in splits) for kind in ("real", "fake"))
            return name, f"{real:,}", f"{fake:,}", f"{paper:,} + {paper:,}"

        rows = [
            row("Data set", ("train", "valid", "test"), 70_000),
            row("Training data", ("train",), 50_000),
            row("Validation data", ("valid",), 10_000),
            row("Testing data", ("test",), 10_000),
        ]
        return table(("", "real", "fake", "paper"), rows)

    def _table_two(self) -> str:
        rows = [(title, *(escaped(run.settings[title]) for run in self.runs)) for title in self.runs[0].settings]
        return table(("", *(run.title for run in self.runs)), rows)

    def _confusion(self) -> str:
        rows = []
        for run in self.runs:
            pairs = [(getattr(run.metrics, k), getattr(run.paper, k)) for k in ("tp", "fp", "fn", "tn")]
            rows.append((run.title, *(f"{ours:,} / {theirs:,}" for ours, theirs in pairs)))
        head = ("ours / paper", "real called real", "fake called real", "real called fake", "fake called fake")
        return table(head, rows)

    def _performance(self) -> str:
        rows = []
        for key, name in RATES:
            rows.append((f"**{name}**, ours", *(run.share(key) for run in self.runs)))
            rows.append(("paper, as printed", *(f"{getattr(run.paper, PRINTED.get(key, key))}%" for run in self.runs)))
            rows.append(("paper, from its counts", *(per_cent(getattr(_counts(run.paper), key)) for run in self.runs)))
        return table(("", *(run.title for run in self.runs)), rows)

    def _mcnemar(self) -> str:
        by_model = {run.paper.model: run for run in self.runs}
        rows = []
        for model, run in by_model.items():
            if (cut := by_model.get(f"{model}-cutout")) is not None:
                test = compare(run.table, cut.table)
                p = "< 0.0001" if test.p_value < 1e-4 else f"{test.p_value:.4f}"
                rows.append((run.title, f"{test.only_first:,}", f"{test.only_second:,}", f"{test.n:,}", p))
        head = ("network", "right only without cutout", "right only with cutout", "pictures", "p (exact)")
        return table(head, rows) if rows else ""

    def _circumstances(self) -> str:
        rows = []
        for run in self.runs:
            about, start = run.about, run.about.get("initial_weights", "random")
            if isinstance(start, Mapping):
                start = f"{start.get('file')}, SHA-256 {str(start.get('sha256'))[:12]}…"
            hours = float(about["hours"])
            speed = float(about["images"]) / (3600 * hours) if hours else 0.0
            texts = (str(about["device"]), str(about.get("precision", "–")), str(about["seed"]), str(start))
            rows.append((run.title, f"{60 * hours:.1f} min", f"{speed:.1f}", *map(escaped, texts)))
        return table(("network", "training", "pictures/s", "machine", "precision", "seed", "initial weights"), rows)


def _is_random(run: Run) -> bool:
    return run.about.get("initial_weights", "random") == "random"


def _counts(paper: PaperResult) -> Metrics:
    return from_counts(paper.tp, paper.fp, paper.fn, paper.tn, resamples=1)
