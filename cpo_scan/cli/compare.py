"""`cpo-scan compare`: two releases of one product, or several products on one profile."""

import click

_FORMATS = ("json", "markdown", "html")


@click.command()
@click.argument("reports", nargs=-1, required=True, metavar="OLD NEW | --products REPORT...")
@click.option("--products", is_flag=True, help="The reports are on different products: a table, without any ranking.")
@click.option(
    "-o",
    "outputs",
    multiple=True,
    metavar="FORMAT=PATH",
    help=f"Write it as {', '.join(_FORMATS)}; repeatable; - is standard output (default: markdown=-).",
)
@click.option("--lang", type=click.Choice(["en", "de"]), default="en", show_default=True, help="Language of the faces.")
def compare(reports: tuple[str, ...], products: bool, outputs: tuple[str, ...], lang: str) -> None:
    """Hold reports against each other: what changed from OLD to NEW, or several products on one profile.

    Outcomes and measures are compared only where rules, probe versions, deliverable roles and options are the same;
    else it says "not comparable" and why. Reports that were judged by other rules can be judged again: cpo-scan assess.
    """
    from cpo_scan.compare import compare_products, compare_releases
    from cpo_scan.compare.products import MOST
    from cpo_scan.report.read import read_report

    wanted = [_output(text) for text in outputs] or [("markdown", "-")]
    if products and not 2 <= len(reports) <= MOST:
        raise click.UsageError(f"--products takes 2 to {MOST} reports, and {len(reports)} are given")
    if not products and len(reports) != 2:
        raise click.UsageError(f"two reports are expected, OLD and NEW, and {len(reports)} are given; or --products")
    read = [read_report(path) for path in reports]
    _write(compare_products(read) if products else compare_releases(read[0], read[1]), wanted, lang)


def _output(text: str) -> tuple[str, str]:
    form, _, path = text.partition("=")
    if form not in _FORMATS or not path:
        raise click.UsageError(f"-o {text}: FORMAT=PATH is needed; there are {', '.join(_FORMATS)}")
    return form, path


def _write(compared: object, wanted: list[tuple[str, str]], lang: str) -> None:
    from cpo_scan.compare.html import render_html
    from cpo_scan.compare.markdown import render_markdown
    from cpo_scan.compare.products import Products
    from cpo_scan.compare.releases import Releases
    from cpo_scan.model.canonical import canonical
    from cpo_scan.report.texts import rule_texts
    from cpo_scan.report.write import output
    from cpo_scan.rulebook.messages import load_messages

    assert isinstance(compared, Releases | Products)
    texts = rule_texts(load_messages())
    for form, path in wanted:
        with output(path) as stream:
            if form == "json":
                stream.write(canonical(compared) + b"\n")
            elif form == "html":
                stream.write(render_html(compared, texts, lang))
            else:
                stream.write(render_markdown(compared, texts, lang).encode())
