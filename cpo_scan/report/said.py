"""What people said, in sentences: claims, responses, determinations and waivers as the faces show them.

Rows are those of `cpo_scan.layers`; one in another shape, from elsewhere, is shown as it is.
"""

from typing import Any

from cpo_scan.report import nonconformities, phrases, requirements
from cpo_scan.report.inert import visible
from cpo_scan.report.read import Report
from cpo_scan.report.texts import Texts

Row = dict[str, Any]

LAYERS = ("claims", "responses", "determinations", "waivers")
GROUPS = ("contradicted", "not_seen", "seen_not_claimed", "open", "supported")
"""The order in which a statement's claims are listed: what needs an answer comes first."""
_ROLES = ("evaluator", "reviewer", "decider")


def beside(report: Report, criterion: str) -> list[tuple[str, Row]]:
    """What people said on a criterion: (layer, row). A response to a finding stands beside all that rest on it."""
    return [
        (layer, row)
        for layer in (*LAYERS, "nonconformities")
        for row in report.layers.get(layer, ())
        if row.get("criterion") == criterion or criterion in (row.get("criteria") or ())
    ]


def group(row: Row) -> str:
    """The group of GROUPS in which a claim is listed."""
    return "not_seen" if row.get("not_seen") else str(row.get("result", "open"))


def groups(report: Report) -> dict[str, list[Row]]:
    """The claims of a report by group, in the order of GROUPS; groups that nothing is in are left out."""
    rows = [row for row in report.layers.get("claims", ()) if "result" in row]
    found = {name: [row for row in rows if group(row) == name] for name in GROUPS}
    return {name: listed for name, listed in found.items() if listed}


def about(row: Row, texts: Texts, lang: str) -> str:
    """What a claim is on, beside its criterion: a standard and its direction, or an interface."""
    if row.get("standard"):
        directions = {"both": ("import", "export")}.get(row.get("direction") or "", (row.get("direction"),))
        words = [texts.label(f"report.column.{one}", lang) for one in directions if one in ("import", "export")]
        return " ".join([texts.standard(str(row["standard"])).name, " + ".join(words)]).strip()
    return " ".join(str(row[name]) for name in ("family", "title") if row.get(name))


def head(layer: str, row: Row, texts: Texts, lang: str) -> str:
    """A row in a few words: what is claimed or determined, and how it stands."""
    if layer == "claims" and "result" in row:
        result = texts.label(f"claim.result.{group(row)}", lang)
        word = texts.label(f"claim.word.{row['claim']}", lang) if row.get("claim") else ""
        said = ": ".join(part for part in (about(row, texts, lang), word) if part)
        return " – ".join(part for part in (said, result) if part)
    if layer == "determinations" and "verdict" in row:
        parts = [texts.label(f"layer.verdict.{row['verdict']}", lang)]
        parts += [texts.label(f"layer.{name}.{row[name]}", lang) for name in ("grade", "method") if row.get(name)]
        return ", ".join(parts)
    return nonconformities.head(row, texts, lang) if layer == "nonconformities" else ""


def state(row: Row, texts: Texts, lang: str) -> str:
    """Why a row does not count on this scan and day; empty where it does."""
    if "raised" in row:
        return texts.label("nonconformity.overdue", lang, day=row["due"]) if row["overdue"] else ""
    if row.get("state") in (None, "in_force"):
        return ""
    words = texts.label(f"layer.state.{row['state']}", lang)
    return f"{words}: {texts.message(row.get('reasons') or [], lang)}"


def lines(layer: str, row: Row, texts: Texts, lang: str) -> list[str]:
    """The rest of a row, line by line: the person's words, why it stands so, what backs it, who and when."""
    if layer == "nonconformities":
        return nonconformities.lines(row, texts, lang)
    if not ({"result", "state"} & row.keys()):
        return [phrases.attribute({key: row[key] for key in row if key != "criterion"})]
    found = [texts.label("layer.quoted", lang, text=row[name]) for name in ("text", "reason") if row.get(name)]
    if sample := row.get("sample"):
        found.append(texts.label("layer.sample", lang, **_sampled(sample, texts, lang)))
    if layer == "claims":
        found += ["; ".join(texts.message(reason, lang) for reason in row.get("reasons") or ())]
        if row.get("evidence"):
            found.append(texts.label("layer.named", lang, named=row["evidence"]))
    else:
        for file in row.get("evidence") or ():
            code = "layer.file" if file.get("checked") else "layer.file_unchecked"
            found.append(texts.label(code, lang, file=file["file"], sha256=file["sha256"][:16]))
    if row.get("finding"):
        found.append(texts.label("layer.to_finding", lang, finding=row["finding"][:16]))
    return [*(line for line in found if line), *who(row, texts, lang)]


def _sampled(sample: Row, texts: Texts, lang: str) -> dict[str, Any]:
    low, high = (phrases.share(bound, lang) for bound in sample["interval"])
    return {**sample, "of": texts.label(f"sample.{sample['of']}", lang), "low": low, "high": high}


def who(row: Row, texts: Texts, lang: str) -> list[str]:
    """Who said it, in which role, when and until when; nothing where nobody is named."""
    words = [str(row[name]) for name in ("person", "owner") if row.get(name)]
    words += [texts.label(f"layer.role.{row['role']}", lang)] if row.get("role") else []
    words += [str(row["date"])] if row.get("date") else []
    words += [texts.label("layer.until", lang, day=row["expires"])] if row.get("expires") else []
    return [", ".join(words)] if words else []


def tally(report: Report, texts: Texts, lang: str) -> list[str]:
    """One line a layer, for summaries: how many rows, and how they stand."""
    found = []
    if listed := groups(report):
        counts = " · ".join(f"{texts.label(f'claim.result.{name}', lang)} {len(rows)}" for name, rows in listed.items())
        found.append(f"{texts.label('report.statement', lang)}: {counts}")
    for layer in ("responses", "determinations", "waivers"):
        counted: dict[str, int] = {}
        for row in report.layers.get(layer, ()):
            if row.get("state"):
                counted[row["state"]] = counted.get(row["state"], 0) + 1
        if counted:
            counts = " · ".join(f"{texts.label(f'layer.state.{name}', lang)} {n}" for name, n in counted.items())
            found.append(f"{texts.label(f'report.layers.{layer}', lang)}: {counts}")
    more = (requirements.tally(report, texts, lang), nonconformities.tally(report, texts, lang))
    return [visible(line) for line in (*found, *more) if line]


def determined(report: Report) -> dict[str, Row]:
    """The determination in force by criterion: the decider's, else the reviewer's, else the evaluator's."""
    found: dict[str, Row] = {}
    rows = [row for row in report.layers.get("determinations", ()) if row.get("state") == "in_force"]
    for row in sorted(rows, key=lambda row: _ROLES.index(row["role"]) if row.get("role") in _ROLES else -1):
        if row.get("verdict") not in (None, "not_assessed"):
            found[row["criterion"]] = row
    return found
