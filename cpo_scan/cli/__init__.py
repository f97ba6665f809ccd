"""The command line: one thin module per command, nothing but arguments and printing."""

import gc
from importlib import import_module

import click

from cpo_scan import __version__

_ALLOCATIONS = 50_000  # between two looks for cycles, which are few: at 700 they cost a tenth of a start
_COMMANDS = {  # name: (module below, one line for the list of commands)
    "scan": ("scan", "Scan what a product ships and write an evidence report."),
    "assess": ("assess", "Judge the facts of a report again, by other rules."),
    "render": ("render", "Write other faces of a report that exists."),
    "verify": ("verify", "Hold a report against the files again: are they the ones that it speaks of?"),
    "replay": ("replay", "Scan again as a report was made: are the same facts found?"),
    "compare": ("compare", "Hold reports against each other: two releases, or several products."),
    "catalogue": ("catalogue", "Import, check and migrate catalogues of criteria."),
    "statement": ("statement", "Write a CPO Statement: empty, or drafted from a report."),
    "requirements": ("requirements", "A customer's list of requirements: link it, and see the answers."),
    "sample": ("sample", "Draw operations or pages for people to rate, and bring the ratings back."),
    "cache": ("cache", "Look after a folder of kept results."),
    "probes": ("listing", "List the installed probes."),
    "formats": ("listing", "List the formats that are recognised."),
    "criteria": ("listing", "List the criteria of the catalogue."),
    "measures": ("listing", "List the measures."),
    "explain": ("explain", "Explain a criterion, a measure, a probe, a format or a word."),
    "new": ("new", "Start something of your own: a probe, determinations, nonconformities."),
}


class _Commands(click.Group):
    """Commands are imported when they are called: `--version` and `--help` stay quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        command = getattr(import_module(f"cpo_scan.cli.{_COMMANDS[cmd_name][0]}"), cmd_name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in _COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            close = get_close_matches(args[0], _COMMANDS, n=1)
            hint = f" Did you mean {close[0]}?" if close else ""
            raise click.UsageError(f"There is no command {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 gate met · 1 gate not met · 2 usage or rules · 3 scan incomplete · 4 internal error.",
)
@click.version_option(__version__, prog_name="cpo-scan", message="%(prog)s %(version)s")
def program() -> None:
    """Collect machine evidence on the openness of a software product.

    cpo-scan looks at what a vendor ships, states facts with evidence, and holds them against criteria of openness.
    It never says that a product conforms: a person does that. Start with: cpo-scan scan FOLDER -o html=report.html
    """


def main() -> None:
    """Entry point of `cpo-scan`: runs a command and turns what it raises into one line and an exit code."""
    from cpo_scan.cli.errors import guarded

    gc.set_threshold(_ALLOCATIONS)
    raise SystemExit(guarded(program))
