"""A customer's requirements with their answers: in sentences for the faces, and as a table for CSV and XLSX."""

from collections.abc import Iterable, Iterator
from typing import Any

from cpo_scan.report import phrases
from cpo_scan.report.inert import visible
from cpo_scan.report.read import Report
from cpo_scan.report.spreadsheet import visible_cell
from cpo_scan.report.texts import Texts

Row = dict[str, Any]

GROUPS = ("contradicted", "open", "supported")
"""The order in which requirements are listed: what needs an answer comes first."""
COLUMNS = (
    "id", "line", "groups", "title", "text", "result", "why", "criterion", "measure", "at_least", "standard",
    "direction", "edition", "proposed", "link_result", "link_why", "evidence",
)  # fmt: skip
WIDTHS = {COLUMNS.index(name): 60 for name in ("text", "why", "link_why", "evidence")}
"""Of the columns of the table, in characters."""
_EVIDENCE = 5  # places that a cell names; beside them stands how many there are


def groups(report: Report) -> dict[str, list[Row]]:
    """The requirements by answer, in the order of GROUPS; groups that nothing is in are left out."""
    rows = report.layers.get("requirements", ())
    found = {name: [row for row in rows if row["result"] == name] for name in GROUPS}
    return {name: listed for name, listed in found.items() if listed}


def informative(report: Report) -> int:
    """How many entries of the list ask for nothing."""
    return sum(row["result"] == "information" for row in report.layers.get("requirements", ()))


def source(report: Report, texts: Texts, lang: str) -> str:
    """From which list they are, and what the answers mean."""
    where = report.layers["requirements"][0]["source"]
    return texts.label("report.requirements.how", lang, file=where["file"], sha256=where["sha256"][:16])


def wording(row: Row) -> str:
    """A requirement in its own words."""
    return " – ".join(" ".join(row[name].split()) for name in ("title", "text") if row.get(name))


def link_name(link: Row, report: Report, texts: Texts, lang: str) -> str:
    """What a link leads to: a criterion, a measure with what it must reach, a standard with edition and direction."""
    if link.get("standard"):
        directions = {"both": ("import", "export")}.get(link.get("direction") or "", (link.get("direction"),))
        words = [texts.label(f"report.column.{one}", lang) for one in directions if one]
        parts = [texts.standard(str(link["standard"])).name, link.get("edition"), " + ".join(words)]
        return " ".join(str(part) for part in parts if part)
    if link.get("measure"):
        measure = report.measures.get(str(link["measure"])) or {"id": link["measure"]}
        name = f"{link['measure']} {texts.measure(measure, lang)}"
        return name if link.get("at_least") is None else f"{name} ≥ {least(link, report, lang)}"
    known = next((row for row in report.assessment["criteria"] if row["id"] == link["criterion"]), None)
    return str(link["criterion"]) if known is None else f"{link['criterion']} {texts.title(known, lang)}"


def least(link: Row, report: Report, lang: str) -> str:
    """What a measure must reach, as a number or per cent."""
    measure = report.measures.get(str(link["measure"])) or {}
    if measure.get("denominator") is not None:
        return phrases.share(link["at_least"], lang)
    return f"{link['at_least']:g}".replace(".", "," if lang == "de" else ".")


def link_answer(link: Row, texts: Texts, lang: str) -> str:
    """What the evidence says to a link, in a word; of a proposed one also that it does not count."""
    answer = texts.label(f"requirement.result.{link['result']}", lang)
    if not link["proposed"]:
        return answer
    return f"{answer} ({texts.label('report.requirements.proposed', lang, words=link.get('words') or '–')})"


def link_reasons(link: Row, report: Report, texts: Texts, lang: str) -> str:
    """Why, and where was looked."""
    return "; ".join(phrases.why(reason, report, texts, lang) for reason in link["reasons"])


def own_reasons(row: Row, texts: Texts, lang: str) -> str:
    """What is said of the requirement beside its links."""
    return "; ".join(texts.message(reason, lang) for reason in row["reasons"])


def tally(report: Report, texts: Texts, lang: str) -> str:
    """One line for summaries: how many requirements have which answer; empty without requirements."""
    listed = groups(report)
    if not listed:
        return ""
    counts = " · ".join(
        f"{texts.label(f'requirement.result.{name}', lang)} {len(rows)}" for name, rows in listed.items()
    )
    return visible(f"{texts.label('report.requirements', lang)}: {counts}")


# -- the table


def answers_table(report: Report, texts: Texts, lang: str) -> Iterator[list[str]]:
    """The rows of the table: one for each link, and one for a requirement without any, in the order of the list."""
    for row in report.layers.get("requirements", ()):
        head = {
            "id": row["id"],
            "line": str(row["line"]),
            "groups": " / ".join(row.get("groups") or ()),
            "title": row.get("title") or "",
            "text": row.get("text") or "",
            "result": texts.label(f"requirement.result.{row['result']}", lang),
            "why": own_reasons(row, texts, lang),
        }
        links: list[Row] = row["links"]
        for link in links or [{}]:
            cells = {**head, **(_link(link, report, texts, lang) if link else {})}
            yield [visible_cell(cells.get(name, "")) for name in COLUMNS]


def _link(link: Row, report: Report, texts: Texts, lang: str) -> dict[str, str]:
    # what is proposed stands in a column of its own, so that nobody who reads the table again takes it for stated
    stated = {
        **{name: str(link.get(name) or "") for name in ("criterion", "measure", "standard", "direction", "edition")},
        "at_least": "" if link.get("at_least") is None else f"{link['at_least']:g}",
    }
    words = f"{link_name(link, report, texts, lang)} ({link.get('words') or '–'})"
    return {
        **({"proposed": words} if link["proposed"] else stated),
        "link_result": texts.label(f"requirement.result.{link['result']}", lang),
        "link_why": link_reasons(link, report, texts, lang),
        "evidence": "\n".join(_places(link, report, texts, lang)),
    }


def _places(link: Row, report: Report, texts: Texts, lang: str) -> Iterator[str]:
    shown = 0
    for identity in link.get("findings") or ():
        found = report.finding(identity)
        if found is not None and shown < _EVIDENCE:
            shown += 1
            piece = found["evidence"][0]
            where = phrases.place(piece.get("locator") or {}, texts, lang)
            yield f"{piece['artifact']} ({where})" if where else piece["artifact"]
    if (more := (link.get("findings_total") or 0) - shown) > 0 and shown:
        yield texts.label("report.more", lang, count=more)


def answers_head(texts: Texts, lang: str) -> list[str]:
    """The names of its columns."""
    return [texts.label(f"answers.{name}", lang) for name in COLUMNS]


# -- the list with its links, to be worked on

LINK_COLUMNS = (
    "id", "title", "text", "kind", "criterion", "measure", "at_least", "standard", "direction", "edition",
    "proposed standard", "proposed direction", "proposed edition", "proposed from",
)  # fmt: skip
"""In English always, since the list is read again by them; what is proposed is not read."""


def links_table(requirements: Iterable[Row]) -> Iterator[list[str]]:
    """A list as it is read again: a row for each link, and one for a requirement without any; proposed links stand in
    columns of their own."""
    for row in requirements:
        head = {name: row.get(name) or "" for name in ("id", "title", "text")}
        head["kind"] = "information" if row["information"] else ""
        links: list[Row] = row["links"]
        for link in links or [{}]:
            cells = {
                f"{'proposed ' if link['proposed'] else ''}{name}": str(link.get(name) or "")
                for name in ("criterion", "measure", "standard", "direction", "edition")
                if link
            }
            if link and link.get("at_least") is not None:
                cells["at_least"] = f"{link['at_least']:g}"
            if link and link["proposed"]:
                cells["proposed from"] = link["words"]
            yield [visible_cell({**head, **cells}.get(name, "")) for name in LINK_COLUMNS]
