"""The arguments that `verify` and `replay` share: a report, and where its files lie now."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

_Command = TypeVar("_Command", bound=Callable[..., Any])

_ARGUMENTS = (
    click.argument("report"),
    click.argument("targets", nargs=-1, metavar="[TARGET]..."),
    click.option("--product", metavar="FILE", help="product.yaml: the deliverables, by the ids of the report."),
    click.option(
        "--workers", type=click.IntRange(0, 256), help="Worker processes (default: one a processor; 0: none)."
    ),
    click.option("--lang", type=click.Choice(["en", "de"]), default="en", show_default=True, help="Language."),
    click.option("--quiet", is_flag=True, help="Print nothing; the exit code tells."),
)


def again_arguments(command: _Command) -> _Command:
    """Adds them."""
    for argument in reversed(_ARGUMENTS):
        command = argument(command)
    return command
