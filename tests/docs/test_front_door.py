"""What greets strangers is whole: citation, forms, workflows, lock file, and the steps of CONTRIBUTING."""

from __future__ import annotations

import io
import re
import textwrap
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps
from tests.docs.pages import ROOT, blocks, name

yaml = pytest.importorskip("yaml")

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
FORMS = sorted(p for p in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml") if p.name != "config.yml")
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def loaded(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_the_citation_has_what_its_format_asks_for() -> None:
    citation = loaded(ROOT / "CITATION.cff")
    assert citation["cff-version"] == "1.2.0"
    assert {"message", "title", "authors"} <= citation.keys()
    assert citation["license"] == PROJECT["license"]
    assert citation["version"] == PROJECT["version"]
    for work in (citation, *citation["references"]):
        assert work["title"]
        assert all("name" in author or {"family-names", "given-names"} <= author.keys() for author in work["authors"])


def test_the_citation_names_the_paper() -> None:
    (paper,) = [work for work in loaded(ROOT / "CITATION.cff")["references"] if work["type"] == "conference-paper"]
    fidelity = (ROOT / "README.md").read_text(encoding="utf-8")
    assert paper["title"] in fidelity.replace("\n", " ")
    assert [author["family-names"] for author in paper["authors"]] == ["Gummadi", "Ghosh"]
    preferred = loaded(ROOT / "CITATION.cff")["preferred-citation"]
    assert (preferred["title"], preferred["authors"]) == (paper["title"], paper["authors"])


def test_there_is_a_form_for_each_matter() -> None:
    assert [form.stem for form in FORMS] == ["bug", "new-generator", "wrong-verdict"]


@pytest.mark.parametrize("form", FORMS, ids=name)
def test_a_form_is_one_that_github_reads(form: Path) -> None:
    said = loaded(form)
    assert {"name", "description", "body"} <= said.keys()
    ids = [field["id"] for field in said["body"] if field["type"] != "markdown"]
    assert len(set(ids)) == len(ids) > 0
    for field in said["body"]:
        assert field["type"] in ("markdown", "textarea", "input", "dropdown", "checkboxes")
        attributes = field["attributes"]
        assert attributes["value"] if field["type"] == "markdown" else attributes["label"]
        if field["type"] in ("dropdown", "checkboxes"):
            assert attributes["options"]


@pytest.mark.parametrize("form", FORMS, ids=name)
def test_a_form_asks_for_no_picture_of_a_private_person(form: Path) -> None:
    said = loaded(form)
    (greeting,) = [field["attributes"]["value"] for field in said["body"] if field["type"] == "markdown"]
    assert "no picture of a private person" in greeting
    (promise,) = [field for field in said["body"] if field["type"] == "checkboxes"]
    assert all(option["required"] for option in promise["attributes"]["options"])


def steps(workflow: Path) -> str:
    """All that a workflow runs."""
    jobs = loaded(workflow)["jobs"].values()
    return "\n".join(step.get("run", "") for job in jobs for step in job["steps"])


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=name)
def test_a_workflow_runs_the_gate_and_may_only_read(workflow: Path) -> None:
    assert ".ci/run" in steps(workflow).splitlines()
    assert loaded(workflow)["permissions"] == {"contents": "read"}
    assert all("timeout-minutes" in job for job in loaded(workflow)["jobs"].values())


def test_files_that_workflows_run_exist() -> None:
    run = "\n".join(map(steps, WORKFLOWS))
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
    for path in re.findall(r"\b(?:tools|examples)/[\w.]+", run):
        assert (ROOT / path).is_file(), path
    targets = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"\bmake ([a-z]+)", run):
        assert re.search(rf"^{target}:", targets, flags=re.M), target


def test_a_release_is_checked_before_it_is_published() -> None:
    release = loaded(ROOT / ".github" / "workflows" / "release.yml")
    assert "tools/check_dist.py dist --tag" in steps(ROOT / ".github" / "workflows" / "release.yml")
    assert release["jobs"]["publish"]["needs"] == "build"


def test_the_hooks_run_tools_that_the_tests_bring() -> None:
    (local,) = loaded(ROOT / ".pre-commit-config.yaml")["repos"]
    programs = {hook["entry"].split()[0] for hook in local["hooks"]}
    assert programs == {".venv/bin/ruff", ".venv/bin/python"}
    assert any(requirement.startswith("ruff") for requirement in PROJECT["optional-dependencies"]["dev"])
    tests = {path for hook in local["hooks"] for path in re.findall(r"\btests/\S+", hook["entry"])}
    assert tests
    assert all((ROOT / path).exists() for path in tests)


LOCK = (ROOT / "uv.lock").read_text(encoding="utf-8")


def test_the_lock_file_names_no_host_but_pypi() -> None:
    assert set(re.findall(r"https?://([^/\"]+)", LOCK)) == {"pypi.org", "files.pythonhosted.org"}


def test_the_lock_file_is_that_of_the_project() -> None:
    """`uv lock` was run after the last change of dependencies."""
    (own,) = [package for package in tomllib.loads(LOCK)["package"] if package["name"] == PROJECT["name"]]
    assert own["version"] == PROJECT["version"]
    locked = {split(r["name"] + r.get("specifier", "")) for r in own["metadata"]["requires-dist"]}
    extras = PROJECT["optional-dependencies"].values()
    wanted = {split(text) for some in (PROJECT["dependencies"], *extras) for text in some if "fauxface[" not in text}
    assert {pair for pair in locked if pair[0] != PROJECT["name"]} == wanted


def split(requirement: str) -> tuple[str, str]:
    """``pyright[nodejs]>=1.1; marker`` to (``pyright``, ``>=1.1``)."""
    found = re.match(r"([\w-]+)(?:\[[\w,]+\])?([^;]*)", requirement)
    assert found
    return found[1].lower(), ",".join(sorted(part.strip() for part in found[2].split(",")))


def of_contributing(language: str = "python") -> list[str]:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    return [textwrap.dedent(code) for code in re.findall(rf"^ +```{language}\n(.*?)^ +```", text, flags=re.M | re.S)]


def test_the_network_of_contributing_can_be_built() -> None:
    torch = pytest.importorskip("torch")
    (code,) = [block for block in of_contributing() if "ENTRIES" in block]
    scope: dict[str, Any] = {}
    exec(code, scope)
    (entry,) = scope["ENTRIES"]
    logit, activation_map = entry.build().eval()(torch.zeros(2, 3, entry.input_size, entry.input_size))
    assert logit.shape == (2,)
    assert activation_map.shape[0] == 2


def test_the_corruption_of_contributing_changes_a_picture() -> None:
    from fauxface.evaluation import corruptions

    (code,) = [block for block in of_contributing() if "Change" in block]
    scope: dict[str, Any] = {**vars(corruptions), "ImageOps": ImageOps}
    exec(code, scope)
    picture = Image.fromarray(np.arange(192, dtype=np.uint8).reshape(8, 8, 3))
    changed = scope["_posterised"](4)(picture, np.random.default_rng(0))
    assert changed.size == picture.size
    assert np.array_equal(np.asarray(changed), np.asarray(picture) & 0xF0)


def test_the_table_of_contributing_is_read(tmp_path: Path) -> None:
    from fauxface.data.csv_listing import scan_csv

    (table,) = [block for block in blocks((ROOT / "CONTRIBUTING.md").read_text("utf-8")) if "path,label" in block]
    rows = [line.strip() for line in table.splitlines() if re.match(r"\s*(?:path,|my)", line)]
    for row in rows[1:]:
        file = tmp_path / row.split(",")[0]
        file.parent.mkdir(parents=True, exist_ok=True)
        out = io.BytesIO()
        Image.new("RGB", (8, 8)).save(out, "PNG")
        file.write_bytes(out.getvalue())
    (tmp_path / "sources.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    listing = scan_csv(tmp_path / "sources.csv")
    assert listing.rejected == ()
    assert [(c.label, c.split, c.source, c.family, c.fold) for c in listing.candidates] == [
        ("real", "train", "mycamera", "camera", "A"),
        ("fake", "train", "mygenerator", "diffusion", "A"),
    ]


def test_a_clone_works_where_file_names_may_hold_less() -> None:
    """Windows refuses these characters, and with one such name the whole clone."""
    folders = ("benchmarks", "docs", "examples", "src", "tests", "tools", ".github")
    found = [path for folder in folders for path in (ROOT / folder).rglob("*")]
    assert len(found) > 500
    assert not [path for path in found if re.search(r'[:*?"<>|\\]', path.name)]
