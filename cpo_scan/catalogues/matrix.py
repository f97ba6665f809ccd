"""The coverage matrix: a page that says of each criterion what files can answer, in part, not yet, or not at all."""

from collections.abc import Sequence

from cpo_scan.catalogues.reach import Covered, Reach
from cpo_scan.model import Mode, Reason
from cpo_scan.model.assessment import say
from cpo_scan.rulebook.book import Rulebook


def coverage_page(book: Rulebook, rows: Sequence[Covered], lang: str) -> str:
    """The page in Markdown."""

    def label(code: str, **params: object) -> str:
        return book.messages.render(Reason(f"coverage.{code}", dict(params)), lang)

    counted = {reach: sum(row.reach is reach for row in rows) for reach in Reach}
    lines = [
        f"# {label('title')}",
        "",
        label("intro", catalogue=book.catalogue.id, catalogue_version=book.catalogue.version, profile=book.profile.id),
        "",
        f"| {label('reach')} | {label('criteria')} | {label('means')} |",
        "|---|---:|---|",
        *(
            f"| {label(f'reach.{reach}')} | {counted[reach]} | {label(f'means.{reach}')} |"
            for reach in Reach
            if counted[reach] or reach is not Reach.UNBOUND
        ),
        f"| {label('all')} | {len(rows)} | |",
    ]
    for category in book.catalogue.categories.values():
        lines += [
            "",
            f"## {category.id} {_cell(say(category.title, lang))}",
            "",
            f"| {label('criterion')} | {label('level')} | {label('reach')} | {label('measures')} | {label('people')} |",
            "|---|---|---|---|---|",
        ]
        lines += [_row(row, book, lang) for row in rows if row.criterion.category == category.id]
    return "\n".join([*lines, ""])


def _row(row: Covered, book: Rulebook, lang: str) -> str:
    def label(code: str) -> str:
        return book.messages.render(Reason(code), lang)

    level = f"{label(f'report.obligation.{row.criterion.obligation}')}, " + label(
        f"report.basis.{row.criterion.obligation_basis}"
    )
    measures = [
        f"{measure} ({label('coverage.unfed')})" if measure in row.unfed else measure for measure in row.deciding
    ]
    asked = [label(f"coverage.mode.{mode}") for mode in row.asks]
    if row.reach is Reach.UNBOUND and Mode.INTERVIEW not in row.criterion.modes:
        asked.append(label("coverage.no_rule"))
    title = f"{row.criterion.id} {_cell(say(row.criterion.title, lang))}"
    reach = label(f"coverage.reach.{row.reach}")
    return f"| {title} | {level} | {reach} | {', '.join(measures) or '–'} | {', '.join(asked) or '–'} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
