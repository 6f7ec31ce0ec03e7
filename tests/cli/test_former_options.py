"""Options under their former names: taken, and told of in one line that names today's."""

from __future__ import annotations

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from fauxface.cli.former_options import FORMER, CommandOfFormerNames
from fauxface.cli.main import app

COMMANDS = {
    name: command
    for name, command in get_command(app).commands.items()  # pyright: ignore[reportAttributeAccessIssue]
    if isinstance(command, CommandOfFormerNames)
}
TODAY = {
    name: {option for parameter in command.params for option in parameter.opts} for name, command in COMMANDS.items()
}
PAIRS = [(name, former) for name, options in TODAY.items() for former, today in FORMER.items() if today in options]


def test_each_former_name_belongs_to_a_command_that_takes_it() -> None:
    assert {former for _, former in PAIRS} == set(FORMER)
    assert not {option for options in TODAY.values() for option in options} & set(FORMER)
    assert len(PAIRS) == 7


@pytest.mark.parametrize(("command", "former"), PAIRS)
def test_a_former_name_is_taken_with_one_line(command: str, former: str) -> None:
    # Given twice, with = and without; what is wrong after that is the end, where something that is needed lacks.
    value = [] if former in ("--one-look", "--all-numbers") else ["0.1"]
    again = [former, *value] if not value else [f"{former}=0.1"]
    done = CliRunner().invoke(app, [command, former, *value, *again])
    notes = [line for line in done.stderr.splitlines() if line.startswith("note:")]
    assert notes == [f"note: '{former}' is called '{FORMER[former]}' now; version 0.2 will not read the former name"]
    assert "No such option" not in done.stderr
    assert "Missing" in done.stderr


def test_todays_names_are_told_of_in_no_line_and_help_names_no_other() -> None:
    done = CliRunner().invoke(app, ["calibrate", "--max-missed-fakes", "0.1", "--fit-all"])
    assert "note:" not in done.stderr
    for command in COMMANDS:
        text = CliRunner().invoke(app, [command, "--help"]).stdout
        assert not [former for former in FORMER if former in text.split()]


def test_what_follows_two_dashes_is_no_option() -> None:
    done = CliRunner().invoke(app, ["export", "--", "run", "--limit"])
    assert "note:" not in done.stderr
    assert "--limit" in done.stderr
