"""The option `-o FORMAT=PATH` of all commands that write reports, and the list of formats under their help."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

_Command = TypeVar("_Command", bound=Callable[..., Any])


class WithFormats(click.Command):
    """A command whose help ends with the formats that there are."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the formats of `-o`, then the epilog."""
        from cpo_scan.report.formats import output_formats

        with formatter.section("Formats of -o"):
            formatter.write_dl(list(output_formats().items()))
        super().format_epilog(ctx, formatter)


def output_option(*, required: bool = False) -> Callable[[_Command], _Command]:
    """Adds `-o` to a command, as `outputs`."""
    return click.option(
        "-o",
        "outputs",
        multiple=True,
        required=required,
        metavar="FORMAT=PATH",
        help="Write a report; repeatable; - is standard output.",
    )
