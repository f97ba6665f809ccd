"""`cpo-scan scan`: from targets to a report."""

import sys
from datetime import date, datetime

import click

_FAIL_ON = ("mandatory", "desired", "optional", "never")


@click.command(epilog="Formats of -o are listed by: cpo-scan render --help. Several -o are written from one scan.")
@click.argument("targets", nargs=-1, metavar="TARGET...")
@click.option(
    "-o", "outputs", multiple=True, metavar="FORMAT=PATH", help="Write a report; repeatable; - is standard output."
)
@click.option("--product", metavar="FILE", help="product.yaml: what the product is, and its deliverables.")
@click.option(
    "--profile", default="default", show_default=True, metavar="NAME|FILE", help="Which rules decide which criterion."
)
@click.option("--catalogue", metavar="FILE", help="A catalogue of criteria instead of the provisional one.")
@click.option("--only", multiple=True, metavar="PROBE", help="Run only this probe; repeatable.")
@click.option("--skip", multiple=True, metavar="PROBE", help="Leave this probe out; repeatable.")
@click.option(
    "--fail-on",
    type=click.Choice(_FAIL_ON),
    default="never",
    show_default=True,
    help="Exit 1 where a criterion of this level or a higher one is not met.",
)
@click.option(
    "--require-determinations", is_flag=True, help="Criteria that only a person can answer fail the gate too."
)
@click.option("--allow-incomplete", is_flag=True, help="Do not exit 3 where something could not be examined.")
@click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day that dates are judged against (default: today)."
)
@click.option("--workers", type=click.IntRange(0, 256), help="Worker processes (default: one a processor; 0: none).")
@click.option(
    "--excerpts",
    type=click.Choice(["full", "short", "none"]),
    default="full",
    show_default=True,
    help="How much of the target the evidence quotes.",
)
@click.option(
    "--lang",
    type=click.Choice(["en", "de"]),
    default="en",
    show_default=True,
    help="Language of the summary and of the faces.",
)
@click.option("--quiet", is_flag=True, help="No progress and no summary.")
def scan(
    targets: tuple[str, ...],
    outputs: tuple[str, ...],
    product: str | None,
    profile: str,
    catalogue: str | None,
    only: tuple[str, ...],
    skip: tuple[str, ...],
    fail_on: str,
    require_determinations: bool,
    allow_incomplete: bool,
    as_of: datetime | None,
    workers: int | None,
    excerpts: str,
    lang: str,
    quiet: bool,
) -> int:
    """Scan what a product ships: folders, archives, packages.

    Without -o the summary is shown and nothing is written. What lies in a target is read and never obeyed.
    """
    from cpo_scan.cli.progress import Progress
    from cpo_scan.report.formats import check_outputs, parse_output, write_outputs
    from cpo_scan.report.terminal import print_summary
    from cpo_scan.run import Request, default_workers, scanned
    from cpo_scan.scan.engine import Options

    wanted = [parse_output(text) for text in outputs]
    check_outputs(wanted, manifest=True)
    request = Request(
        targets=targets,
        product=product,
        profile=profile,
        catalogue=catalogue,
        only=only,
        skip=skip,
        options=Options(workers=default_workers() if workers is None else workers, excerpts=excerpts),
        fail_on=fail_on,
        require_determinations=require_determinations,
        allow_incomplete=allow_incomplete,
        as_of=_day(as_of),
    )
    progress = Progress(quiet)
    try:
        with scanned(request, progress) as done:
            progress.close()
            write_outputs(done.report, wanted, done.texts, lang, manifest=done.manifest)
            if not quiet:
                stream = sys.stderr if any(item.path == "-" for item in wanted) else sys.stdout
                print_summary(done.report, done.texts, lang, stream)
            return done.exit_code
    finally:
        progress.close()


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None
