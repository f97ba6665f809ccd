"""The options that `scan` and `assess` share: by which rules, and what a pipeline makes of it."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, TypeVar

import click

_Command = TypeVar("_Command", bound=Callable[..., Any])
_FAIL_ON = ("mandatory", "desired", "optional", "never")

_OPTIONS = (
    click.option(
        "--profile",
        default="default",
        show_default=True,
        metavar="NAME|FILE",
        help="Which rules decide which criterion.",
    ),
    click.option("--catalogue", metavar="FILE", help="A catalogue of criteria instead of the provisional one."),
    click.option(
        "--statement",
        metavar="FILE",
        help="The vendor's claims (YAML, CSV, XLSX, DOCX, PDF), held against the evidence.",
    ),
    click.option(
        "--responses", metavar="FILE", help="The vendor's answers to findings and outcomes, shown beside them."
    ),
    click.option("--determinations", metavar="FILE", help="What auditors determined; shown beside the outcomes."),
    click.option(
        "--nonconformities", metavar="FILE", help="What auditors raised; a scan proposes closure, and closes nothing."
    ),
    click.option(
        "--requirements",
        metavar="FILE",
        help="A customer's list (ReqIF, CSV, XLSX), each entry answered by the evidence.",
    ),
    click.option(
        "--waivers", metavar="FILE", help="Gaps that the pipeline's owner accepts; they change the gate only."
    ),
    click.option(
        "--fail-on",
        type=click.Choice(_FAIL_ON),
        default="never",
        show_default=True,
        help="Exit 1 where a criterion of this level or a higher one is not met.",
    ),
    click.option(
        "--require-determinations",
        is_flag=True,
        help="What waits for people fails the gate too, unless --determinations settle it.",
    ),
    click.option("--allow-incomplete", is_flag=True, help="Do not exit 3 where something could not be examined."),
    click.option(
        "--as-of",
        type=click.DateTime(["%Y-%m-%d"]),
        callback=lambda _ctx, _param, value: _day(value),
        help="The day that dates are judged against (default: today).",
    ),
    click.option(
        "--lang",
        type=click.Choice(["en", "de"]),
        default="en",
        show_default=True,
        help="Language of the summary and of the faces.",
    ),
    click.option("--quiet", is_flag=True, help="No progress and no summary."),
)


def judging_options(command: _Command) -> _Command:
    """Adds the shared options to a command, in their order."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None
