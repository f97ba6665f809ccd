"""A report in the form of an OpenACR 0.1.0 (GSA, public domain): a conformance report by chapters, for procurement.

The form was made for accessibility. Its chapters are our categories, its components the modes of evidence; a level is
given only where files show it: `supports` for an evidenced part, `does-not-support` for a contradicted one. What does
not fit is said in the document itself and in docs/exports.md.
"""

from typing import Any, BinaryIO

import yaml

from cpo_scan.model import Outcome
from cpo_scan.report import exported, phrases, said, view
from cpo_scan.report.inert import visible
from cpo_scan.report.read import Report
from cpo_scan.report.states import OPENACR
from cpo_scan.report.texts import Texts

Row = dict[str, Any]

# A reader takes CC-BY-4.0 where no licence is named (openacr-0.1.0.json, `license`); nobody granted one here.
# The form is that of SPDX 2.3 annex D for a licence that is not on its list.
_LICENCE = "LicenseRef-none-granted"


def write_openacr(report: Report, texts: Texts, lang: str, stream: BinaryIO) -> None:
    """The document as YAML in UTF-8."""
    document = _visible(_document(report, texts, lang))
    yaml.dump(
        document,
        stream,
        Dumper=_Dumper,
        encoding="utf-8",
        allow_unicode=True,
        sort_keys=False,
        width=120,
    )


class _Dumper(yaml.SafeDumper):
    """Without anchors and aliases, which not every reader takes."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 (the signature is PyYAML's)
        return True


def _document(report: Report, texts: Texts, lang: str) -> Row:
    product, run = report.product, report.run
    unknown = texts.label("report.unknown", lang)
    name = str(product.get("name") or texts.label("report.unnamed", lang))
    catalogue = exported.rule(report, "catalogue")
    called = f"{catalogue['id']}-{catalogue['version']}" if catalogue["id"] else unknown
    found: Row = {
        "title": texts.label("openacr.title", lang, name=name),
        "product": {"name": name, "version": str(product.get("version") or unknown)},
        "author": {"name": str(run.get("user") or unknown), "email": unknown},
    }
    if product.get("vendor"):
        found["vendor"] = {"company_name": str(product["vendor"]), "email": unknown}
    if moment := exported.instant(run.get("finished")):
        found["report_date"] = moment[:10]
    lost = sum(row["severity"] == "lost" for row in view.coverage_rows(report))
    notes = [*exported.notice(report, texts, lang), texts.label("openacr.notes", lang)]
    notes += [texts.label("openacr.lost", lang, count=lost)] if lost else []
    return {
        **found,
        "version": 1,
        "catalog": called,
        "notes": " ".join(notes),
        "evaluation_methods_used": texts.label(
            "openacr.methods", lang, version=report.tool["version"], catalogue=called, digest=report.scan_digest
        ),
        "legal_disclaimer": " ".join(
            texts.label(code, lang) for code in ("report.not_certificate", "report.not_certificate.why")
        ),
        "license": _LICENCE,
        "chapters": _chapters(report, texts, lang),
    }


def _chapters(report: Report, texts: Texts, lang: str) -> Row:
    determined = said.determined(report)
    chapters: Row = {}
    for row in report.assessment["criteria"]:
        chapter = chapters.setdefault(row["category"], {"notes": texts.category(row["category"], lang), "criteria": []})
        notes = _notes(row, report, texts, lang)
        if row["id"] in determined:
            verdict = said.head("determinations", determined[row["id"]], texts, lang)
            notes += f" {texts.label('report.layers.determinations', lang)}: {verdict}."
        components = [
            {"name": part["mode"], "adherence": _adherence(part, row, notes, texts, lang)} for part in row["parts"]
        ]
        chapter["criteria"].append({"num": row["id"], "components": components or [_whole(row, notes)]})
    return chapters


def _adherence(part: Row, row: Row, notes: str, texts: Texts, lang: str) -> Row:
    # what does not apply as a whole does not apply in its parts either
    outcome = row["outcome"] if row["outcome"] == "not_applicable" else part["outcome"]
    if part["mode"] == "machine" or outcome == "not_applicable":
        return {"level": _level(outcome), "notes": notes}
    mode = texts.label(f"report.mode.{part['mode']}", lang)
    return {"level": _level(outcome), "notes": f"{mode}: {texts.label('openacr.waits', lang)}."}


def _whole(row: Row, notes: str) -> Row:
    return {"name": "machine", "adherence": {"level": _level(row["outcome"]), "notes": notes}}


def _level(outcome: str) -> str | None:
    return OPENACR[Outcome(outcome)].word


def _notes(row: Row, report: Report, texts: Texts, lang: str) -> str:
    """Outcome, obligation and why, in the words of the other faces."""
    outcome = texts.label(f"report.outcome.{row['outcome']}", lang)
    level = ", ".join(
        texts.label(code, lang)
        for code in (f"report.obligation.{row['obligation']}", f"report.basis.{row['obligation_basis']}")
    )
    why = "; ".join(phrases.reasons(row, report, texts, lang))
    return f"{texts.title(row, lang)} ({level}): {outcome}. {why}".rstrip()


def _visible(value: Any) -> Any:
    """All texts with nothing unseen in them."""
    match value:
        case str():
            return visible(value)
        case dict():
            return {visible(str(key)): _visible(item) for key, item in value.items()}
        case list():
            return [_visible(item) for item in value]
        case _:
            return value
