"""`cpo-scan render`: other faces of a report that exists."""

import click

from cpo_scan.cli.outputs import WithFormats, output_option


@click.command(cls=WithFormats)
@click.argument("report")
@output_option(required=True)
@click.option("--lang", type=click.Choice(["en", "de"]), default="en", show_default=True, help="Language of the faces.")
@click.option(
    "--view",
    type=click.Choice(["auditor", "vendor", "customer"]),
    default="auditor",
    show_default=True,
    help="For whom: auditor sees all; vendor what to do first, no grades; customer no excerpts, paths, internal files.",
)
def render(report: str, outputs: tuple[str, ...], lang: str, view: str) -> None:
    """Write other faces of REPORT, a JSON report of an earlier scan. Its digests are checked first."""
    from cpo_scan.report.audience import View
    from cpo_scan.report.formats import check_outputs, parse_output, write_outputs
    from cpo_scan.report.read import read_report
    from cpo_scan.report.texts import rule_texts
    from cpo_scan.rulebook.book import load_rulebook

    wanted = [parse_output(text) for text in outputs]
    check_outputs(wanted, manifest=False, view=View(view))
    book = load_rulebook()
    texts = rule_texts(book.messages, book.catalogue, book.measures)
    write_outputs(read_report(report), wanted, texts, lang, view=View(view))
