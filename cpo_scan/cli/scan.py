"""`cpo-scan scan`: from targets to a report."""

import sys
from typing import TYPE_CHECKING, Any

import click

from cpo_scan.cli.judging import judging_options
from cpo_scan.cli.outputs import WithFormats, output_option

if TYPE_CHECKING:
    from cpo_scan.model import Reason
    from cpo_scan.report import Texts


@click.command(cls=WithFormats)
@click.argument("targets", nargs=-1, metavar="TARGET...")
@output_option()
@click.option("--product", metavar="FILE", help="product.yaml: what the product is, and its deliverables.")
@click.option("--schemas", metavar="DIR", help="Schemas (XSD, JSON Schema, EXPRESS) that files are held against.")
@click.option("--previous", metavar="TARGET", help="An earlier release: what changed in the interfaces is found too.")
@click.option("--only", multiple=True, metavar="PROBE", help="Run only this probe; repeatable.")
@click.option("--skip", multiple=True, metavar="PROBE", help="Leave this probe out; repeatable.")
@click.option("--workers", type=click.IntRange(0, 256), help="Worker processes (default: one a processor; 0: none).")
@click.option(
    "--cache",
    default="off",
    show_default=True,
    metavar="DIR|off",
    help="Keep results in this folder and take unchanged ones from it; only you may write there.",
)
@click.option(
    "--trust-stat",
    is_flag=True,
    help="With --cache: do not read files again that have the size and times that they had; the report says so.",
)
@click.option(
    "--excerpts",
    type=click.Choice(["full", "short", "none"]),
    default="full",
    show_default=True,
    help="How much of the target the evidence quotes.",
)
@click.option("--audit", is_flag=True, help="For an audit: nothing comes from a cache, and waivers are refused.")
@judging_options
def scan(
    outputs: tuple[str, ...],
    workers: int | None,
    cache: str,
    trust_stat: bool,
    excerpts: str,
    lang: str,
    quiet: bool,
    **request: Any,
) -> int:
    """Scan what a product ships: folders, archives, packages.

    Without -o the summary is shown and nothing is written. What lies in a target is read and never obeyed.
    """
    from cpo_scan.cli.progress import Progress
    from cpo_scan.report.formats import check_outputs, parse_output, write_outputs
    from cpo_scan.report.terminal import print_summary
    from cpo_scan.run import Request, default_workers, scanned
    from cpo_scan.scan.engine import Options

    if request["audit"] and request["waivers"]:
        raise click.UsageError("--audit goes without --waivers: an audit knows no accepted gaps")
    if trust_stat and cache == "off":
        raise click.UsageError("--trust-stat needs --cache DIR, where sizes and times are kept")
    wanted = [parse_output(text) for text in outputs]
    check_outputs(wanted, manifest=True)
    options = Options(
        workers=default_workers() if workers is None else workers,
        excerpts=excerpts,
        cache=None if cache == "off" else cache,
        trust_stat=trust_stat,
    )
    progress = Progress(quiet)
    try:
        with scanned(Request(options=options, **request), progress) as done:
            progress.close()
            if (used := done.cache) is not None and used.problem is not None:
                _tell(used.problem, done.texts, lang)
            write_outputs(done.report, wanted, done.texts, lang, manifest=done.manifest)
            if not quiet:
                stream = sys.stderr if any(item.path == "-" for item in wanted) else sys.stdout
                print_summary(done.report, done.texts, lang, stream)
            return done.exit_code
    finally:
        progress.close()


def _tell(problem: "Reason", texts: "Texts", lang: str) -> None:
    """Say that the cache was not used, or not wholly: the report is none the worse for it."""
    why = texts.label("run.cache_problem", lang, why=texts.message(problem, lang))
    click.echo(f"cpo-scan: {why}", err=True)
