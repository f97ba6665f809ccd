"""`cpo-scan requirements`: a customer's list, with links proposed, and the answers to it as a table."""

import click

_LANG = click.option("--lang", type=click.Choice(["en", "de"]), default="en", show_default=True, help="Language.")
_OUTPUT = click.option(
    "-o", "path", metavar="FILE", help="Where to write it: CSV, or XLSX by its ending (default: CSV, standard output)."
)


@click.group()
def requirements() -> None:
    """Answer a customer's list of requirements. Begin with: cpo-scan requirements draft LIST -o LINKED.csv"""


@requirements.command()
@click.argument("requirements_list", metavar="LIST")
@_OUTPUT
@click.option("--catalogue", metavar="FILE", help="A catalogue of criteria instead of the provisional one.")
@click.option("--map", "maps", multiple=True, metavar="FIELD=COLUMN", help="Which column of LIST is which field.")
@_LANG
def draft(requirements_list: str, path: str | None, catalogue: str | None, maps: tuple[str, ...], lang: str) -> None:
    """Write LIST (ReqIF, OSCAL, CSV, XLSX) as a table with the links that it states and those that its words propose.

    Move a proposal into the columns criterion, measure or standard to state it; then hold the table against a product:
    cpo-scan scan PRODUCT --requirements LINKED.csv
    """
    import msgspec

    from cpo_scan.catalogues.requirements import read_requirements
    from cpo_scan.cli.tables import write_table
    from cpo_scan.report.requirements import LINK_COLUMNS, links_table
    from cpo_scan.report.texts import rule_texts
    from cpo_scan.rulebook.book import load_rulebook

    book = load_rulebook(catalogue=catalogue)
    rows = read_requirements(requirements_list, book, maps)
    texts = rule_texts(book.messages)
    stated = sum(any(not link.proposed for link in row.links) for row in rows)
    proposed = sum(any(link.proposed for link in row.links) for row in rows)
    asking = sum(not row.information for row in rows)
    table = links_table(msgspec.to_builtins(row) for row in rows)
    write_table(path, texts.label("requirement.sheet", lang), LINK_COLUMNS, table, {LINK_COLUMNS.index("text"): 60})
    click.echo(texts.label("requirement.drafted", lang, count=asking, stated=stated, proposed=proposed), err=True)


@requirements.command()
@click.argument("report")
@_OUTPUT
@_LANG
def answers(report: str, path: str | None, lang: str) -> None:
    """Write the answers that REPORT gives to the requirements which it was held against, one row for each link."""
    from cpo_scan.cli.tables import write_table
    from cpo_scan.report.read import read_report
    from cpo_scan.report.requirements import WIDTHS, answers_head, answers_table
    from cpo_scan.report.texts import rule_texts
    from cpo_scan.rulebook.book import load_rulebook

    found = read_report(report)
    if not found.layers.get("requirements"):
        how = f"cpo-scan assess {report} --requirements LIST"
        raise click.UsageError(f"{report} was held against no requirements; give a list: {how}")
    book = load_rulebook()
    texts = rule_texts(book.messages, book.catalogue, book.measures)
    head, rows = answers_head(texts, lang), answers_table(found, texts, lang)
    write_table(path, texts.label("answers.sheet", lang), head, rows, WIDTHS)
