"""Former names of options: a command takes them until version 0.2, and says so in one line each."""

from __future__ import annotations

from typing import Any, Final

from typer.core import TyperCommand

from fauxface.cli import terminal
from fauxface.former_names import note

FORMER: Final = {
    "--max-false-positive-rate": "--max-missed-fakes",
    "--max-false-negative-rate": "--max-accused",
    "--limit": "--known-failure",
    "--one-look": "--no-perturbations",
    "--all-numbers": "--fit-all",
}
"""Former name of an option → its name of today, in whichever command that has it."""


class CommandOfFormerNames(TyperCommand):
    """A command whose options may be given under their former names."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As a command does, after former names became those of today; what follows ``--`` is no option."""
        own = {name for parameter in self.params for name in parameter.opts}
        names = {former: today for former, today in FORMER.items() if today in own}
        end = args.index("--") if "--" in args else len(args)
        of_today, told = list(args), set[str]()
        for place, word in enumerate(args[:end]):
            name, equals, value = word.partition("=")
            if name not in names:
                continue
            of_today[place] = f"{names[name]}{equals}{value}"
            if name not in told:
                terminal.say(f"note: {note(name, names[name])}")
                told.add(name)
        return super().parse_args(ctx, of_today)
