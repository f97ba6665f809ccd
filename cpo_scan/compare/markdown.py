"""A comparison as Markdown, for a terminal or a pull request."""

from cpo_scan.compare.products import Cell, Products
from cpo_scan.compare.releases import Releases
from cpo_scan.compare.standing import Side
from cpo_scan.compare.words import Words
from cpo_scan.report.markdown import code, prose
from cpo_scan.report.texts import Texts

LISTED = 100  # rows of a list; beside it stands how many there are


def render_markdown(compared: Releases | Products, texts: Texts, lang: str) -> str:
    """The comparison, with a line break at its end."""
    words = Words(texts, lang)
    lines = _releases(compared, words) if isinstance(compared, Releases) else _products(compared, words)
    caution = f"**{prose(words.label('report.not_certificate'))}** {prose(words.label('report.not_certificate.why'))}"
    return "\n".join([*lines, caution]) + "\n"


def _releases(compared: Releases, words: Words) -> list[str]:
    heads = [
        f"{words.label(f'compare.{name}')}: {words.name(side)}"
        for name, side in (("old", compared.old), ("new", compared.new))
    ]
    lines = [
        f"## {prose(words.label('compare.title.releases'))}",
        "",
        *_scope((compared.old, compared.new), heads, words),
    ]
    if compared.notices:
        lines += [f"### {prose(words.label('compare.notices'))}", ""]
        lines += [*(f"- {prose(words.reason(reason))}" for reason in compared.notices), ""]
    changed = words.changed_criteria(compared)
    lines += [f"### {prose(words.label('compare.outcomes'))}", ""]
    if changed:
        lines += _table(
            [words.label("compare.criterion"), words.label("compare.old"), words.label("compare.new"),
             words.label("compare.why")],
            [
                [f"**{row.id}** {words.title(row)} ({words.level(row)})", words.outcome(row.old),
                 words.outcome(row.new),
                 words.not_comparable(row.why) if row.why else words.reasons(row.reasons, 2)]
                for row in changed
            ],
        )  # fmt: skip
    else:
        lines += [prose(words.label("compare.outcomes.none"))]
    lines += ["", prose(words.unchanged(compared)), "", f"### {prose(words.label('compare.measures'))}", ""]
    if figures := words.changed_measures(compared):
        lines += _table(
            [words.label("compare.measure"), words.label("compare.old"), words.label("compare.new"),
             words.label("compare.why")],
            [
                [f"**{row.id}** {words.title(row)}", words.figure(row.old), words.figure(row.new),
                 words.not_comparable(row.why) if row.why else ""]
                for row in figures
            ],
        )  # fmt: skip
    else:
        lines += [prose(words.label("compare.measures.none"))]
    return [*lines, "", *_findings(compared, words)]


def _findings(compared: Releases, words: Words) -> list[str]:
    lines = [f"### {prose(words.label('compare.findings'))}", "", prose(words.label("compare.findings.how")), ""]
    sorts = ("changed", "added", "removed")
    lines += _table(
        [
            words.label("compare.kind"),
            words.label("compare.same"),
            *(words.label(f"compare.what.{one}") for one in sorts),
        ],
        [
            [words.kind(kind), *(str(number) for number in (count.same, count.changed, count.added, count.removed))]
            for kind, count in compared.kinds.items()
        ],
    )
    if not compared.findings:
        return [*lines, "", prose(words.label("compare.findings.none")), ""]
    lines.append("")
    for row in compared.findings[:LISTED]:
        place = code(words.place(row))
        said = words.finding(row)
        lines.append(
            f"- **{prose(words.label(f'compare.what.{row.what}'))}** {prose(row.subject)} {place}"
            + (f": {prose(said)}" if said else "")
        )
    if (left := compared.findings_total - len(compared.findings[:LISTED])) > 0:
        lines.append(f"- {prose(words.label('compare.more', count=left))}")
    return [*lines, ""]


def _products(compared: Products, words: Words) -> list[str]:
    names = [f"{number}. {words.name(side)}" for number, side in enumerate(compared.products, 1)]
    lines = [f"## {prose(words.label('compare.title.products'))}", "", prose(words.label("compare.no_rank")), ""]
    lines += _scope(compared.products, names, words)
    lines += [f"### {prose(words.label('report.criteria'))}", ""]
    lines += _table(
        [words.label("compare.criterion"), *names],
        [
            [f"**{row.id}** {words.title(row)} ({words.level(row)})", *(_cell(cell, words) for cell in row.cells)]
            for row in compared.criteria
        ],
    )
    lines += ["", f"### {prose(words.label('compare.measures.all'))}", ""]
    lines += _table(
        [words.label("compare.measure"), *names],
        [
            [
                f"**{row.id}** {words.title(row)}",
                *(words.not_comparable(cell.why) if cell.why else words.figure(cell.figure) for cell in row.cells),
            ]
            for row in compared.measures
        ],
    )
    return [*lines, ""]


def _cell(cell: Cell, words: Words) -> str:
    if cell.why:
        return words.not_comparable(cell.why)
    parts = [words.outcome(cell.outcome), words.reasons(cell.reasons)]
    if cell.findings:
        parts.append(f"{words.label('compare.evidence', count=cell.findings)}: {', '.join(cell.places)}")
    return " – ".join(part for part in parts if part)


def _scope(sides: tuple[Side, ...], names: list[str], words: Words) -> list[str]:
    rows = [[head, *cells] for head, cells in words.scopes(sides)]
    return [f"### {prose(words.label('compare.scope'))}", "", *_table(["", *names], rows), ""]


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(_inert(cell) for cell in line)} |" for line in lines]


def _inert(cell: str) -> str:
    """A cell as prose; only the mark around an id at its beginning is ours."""
    if cell.startswith("**"):
        name, _, rest = cell[2:].partition("** ")
        return f"**{prose(name)}** {prose(rest)}"
    return cell if set(cell) == {"-"} else prose(cell)
