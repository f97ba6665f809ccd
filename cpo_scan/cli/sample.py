"""`cpo-scan sample`: a sample drawn by the auditor's seed, and its ratings as a determination."""

from pathlib import Path

import click

_LONGEST = 200  # signs of a seed


@click.command()
@click.argument("report")
@click.option("--seed", metavar="TEXT", help="The auditor's own; the same seed draws the same on every machine.")
@click.option("--size", type=click.IntRange(1, 10_000), help="How many to draw.")
@click.option(
    "--of",
    type=click.Choice(["operations", "pages", "symbols", "points"]),
    default="operations",
    show_default=True,
    help="What to draw from.",
)
@click.option("--rated", metavar="WORKSHEET", help="Instead of drawing: the worksheet, filled in.")
@click.option("--criterion", default="P-2.4-01", show_default=True, help="With --rated: what the ratings are on.")
@click.option("--catalogue", metavar="FILE", help="A catalogue of criteria instead of the provisional one.")
@click.option("-o", "path", metavar="FILE", help="Where to write it (default: standard output).")
@click.option("--lang", type=click.Choice(["en", "de"]), default="en", show_default=True, help="Language of the words.")
def sample(
    report: str,
    seed: str | None,
    size: int | None,
    of: str,
    rated: str | None,
    criterion: str,
    catalogue: str | None,
    path: str | None,
    lang: str,
) -> None:
    """Draw a worksheet (CSV, XLSX) from what REPORT counts, for people to rate what only they can.

    With --rated the worksheet comes back as a file of determinations, with the figures and no verdict.
    """
    if rated is not None:
        _bring_back(report, rated, criterion, catalogue, path, lang)
    elif seed is None or size is None:
        raise click.UsageError("--seed and --size are needed to draw, or --rated to bring ratings back")
    elif not seed.isprintable() or seed != seed.strip() or not 1 <= len(seed) <= _LONGEST:
        raise click.UsageError(
            f"--seed: up to {_LONGEST} signs on one line are expected, none of them a blank at an end"
        )
    else:
        _draw(report, seed, size, of, path, lang)


def _draw(report: str, seed: str, size: int, of: str, path: str | None, lang: str) -> None:
    from cpo_scan.cli.tables import write_table
    from cpo_scan.layers.ratings import COLUMNS, worksheet
    from cpo_scan.layers.sampling import KINDS, draw, population_of
    from cpo_scan.report.read import read_report
    from cpo_scan.report.spreadsheet import visible_cell
    from cpo_scan.report.texts import rule_texts
    from cpo_scan.rulebook.messages import load_messages

    population = population_of(of, read_report(report).findings(KINDS[of].finding))
    if not population.size:
        raise click.UsageError(f"{report} counts no {of} of the vendor's own: there is nothing to draw from")
    elements = draw(population, seed, size)
    texts = rule_texts(load_messages())
    rows = ([visible_cell(cell) for cell in row] for row in worksheet(population, seed, elements))
    write_table(path, texts.label("sample.sheet", lang), COLUMNS, rows, {6: 40, 7: 60, 9: 60})
    said = {"drawn": len(elements), "population": population.size, "strata": len(population.strata), "seed": seed}
    said |= {"of": texts.label(f"sample.{of}", lang), "left_out": population.left_out}
    click.echo(texts.label("sample.drawn", lang, **said), err=True)


def _bring_back(report: str, rated: str, criterion: str, catalogue: str | None, path: str | None, lang: str) -> None:
    from cpo_scan.cli.statement import write
    from cpo_scan.judging import Judging, judged
    from cpo_scan.layers.drafts import rated_determination
    from cpo_scan.layers.ratings import read_ratings, read_sort
    from cpo_scan.layers.sampling import KINDS, population_of
    from cpo_scan.layers.source import EvidenceFile, read_bytes, unknown_criterion
    from cpo_scan.model.canonical import digest

    scene, book, _ = judged(report, Judging(catalogue=catalogue))
    if criterion not in book.catalogue.criteria:
        raise click.UsageError(unknown_criterion(criterion, book.catalogue))
    of = read_sort(rated)
    found = read_ratings(rated, population_of(of, scene.findings(KINDS[of].finding)))
    sheet = EvidenceFile(file=Path(rated).name, sha256=digest(read_bytes(rated)))
    write(rated_determination(found, book.catalogue.criteria[criterion], scene, book.messages, lang, sheet), path)
