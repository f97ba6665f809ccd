"""Files to begin with: a statement to fill in, one drafted from a scan, determinations and nonconformities to fill in.

A draft claims a criterion only where the scan evidences it, in part where it evidences what files can show, and names
what it rests on; all else is left to the vendor. It claims no standard and no interface that is not shown.
"""

import json
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from cpo_scan.layers.holding import machine_part_evidenced
from cpo_scan.layers.nonconformities import basis_of, held_against
from cpo_scan.layers.offers import Offers
from cpo_scan.layers.sampling import Sample
from cpo_scan.layers.scene import Scene
from cpo_scan.layers.source import EvidenceFile, criterion_digest
from cpo_scan.model import Outcome, Reason
from cpo_scan.model.assessment import CriterionResult, say
from cpo_scan.rulebook.catalogue import Catalogue, Criterion
from cpo_scan.rulebook.messages import Messages, percent

_NAMED = 5  # places that a drafted claim names as evidence; the report has them all
_WIDTH = 112  # columns of a comment


def new_statement(catalogue: Catalogue, messages: Messages, lang: str) -> str:
    """A statement with every criterion of the catalogue and no claim."""
    lines = _head(catalogue, messages, lang, "draft.new", {})
    for criterion in catalogue.criteria.values():
        lines += _criterion(criterion, messages, lang)
        lines += ["    claim: null", "    text: null", "    evidence: []"]
    return "\n".join([*lines, "standards: []", "interfaces: []", ""])


def draft_statement(scene: Scene, messages: Messages, lang: str, product: Mapping[str, Any]) -> str:
    """A statement with what a scan shows."""
    lines = _head(scene.catalogue, messages, lang, "draft.drafted", product, scan_digest=scene.scan_digest)
    for criterion in scene.catalogue.criteria.values():
        row = scene.criteria.get(criterion.id)
        lines += _criterion(criterion, messages, lang)
        if row is None:
            lines += ["    claim: null", "    text: null", "    evidence: []"]
            continue
        outcome = messages.render(Reason(f"report.outcome.{row.outcome}"), lang)
        lines += _comment(messages.render(Reason("draft.outcome", {"outcome": outcome}), lang), "    ")
        places = list(_places(row, scene.finding)) if _word(row) else []
        lines += [f"    claim: {_word(row) or 'null'}", "    text: null", f"    evidence: {_quoted(places)}"]
    offers = Offers(scene)
    shown = offers.unclaimed(())
    lines += [
        "standards:" if any("standard" in row for row in shown) else "standards: []",
        *(f"  - {{standard: {_quoted(name)}{direction}}}" for name, direction in _standards(shown)),
        "interfaces:" if any("family" in row for row in shown) else "interfaces: []",
        *(f"  - {{family: {_quoted(row['family'])}}}" for row in shown if "family" in row),
    ]
    return "\n".join([*lines, ""])


def new_determinations(scene: Scene, messages: Messages, lang: str, product: Mapping[str, Any]) -> str:
    """Determinations on every criterion of a report, with the digests that they judge, and nothing determined."""
    lines = _comment(messages.render(Reason("draft.determinations"), lang), "")
    lines += [
        f"catalogue: {_quoted(scene.catalogue.id)}",
        *_product(product),
        f"scan_digest: {_quoted(scene.scan_digest)}",
    ]
    lines += ["person: null", "role: evaluator", "date: null", "determinations:"]
    for row in scene.assessment.criteria:
        criterion = scene.catalogue.criteria.get(row.id)
        if criterion is None:
            continue
        outcome = messages.render(Reason(f"report.outcome.{row.outcome}"), lang)
        title = f"{criterion.id} {say(criterion.title, lang)} – {outcome}"
        lines += [
            *_comment(title, "  "),
            f"  - criterion: {_quoted(criterion.id)}",
            f"    criterion_digest: {_quoted(criterion_digest(criterion))}",
            "    verdict: not_assessed",
            "    method: null",
            "    grade: null",
            "    reason: null",
        ]
    return "\n".join([*lines, ""])


def rated_determination(
    sample: Sample, criterion: Criterion, scene: Scene, messages: Messages, lang: str, sheet: EvidenceFile
) -> str:
    """A determination on a criterion with the figures of a rated sample; whose it is and what it says is left open."""
    low, high = (percent(bound, lang) for bound in sample.interval)
    of = messages.render(Reason(f"sample.{sample.of}"), lang)
    params = {**msgspec.to_builtins(sample), "of": of, "low": low, "high": high}
    words = messages.render(Reason("sample.rated", params), lang)
    return "\n".join(
        [
            *_comment(words, ""),
            f"catalogue: {_quoted(scene.catalogue.id)}",
            f"scan_digest: {_quoted(scene.scan_digest)}",
            "person: null",
            "role: evaluator",
            "date: null",
            "determinations:",
            *_comment(f"{criterion.id} {say(criterion.title, lang)}", "  "),
            f"  - criterion: {_quoted(criterion.id)}",
            f"    criterion_digest: {_quoted(criterion_digest(criterion))}",
            "    verdict: not_assessed",
            "    method: examine",
            "    grade: null",
            "    reason: null",
            f"    evidence: [{{file: {_quoted(sheet.file)}, sha256: {_quoted(sheet.sha256)}}}]",
            f"    sample: {_quoted(msgspec.to_builtins(sample))}",
            "",
        ]
    )


def new_nonconformities(scene: Scene, messages: Messages, lang: str, product: Mapping[str, Any]) -> str:
    """Nonconformities to raise: one for each criterion with conclusive counter-evidence or a determination in force
    that says not fulfilled, with what they rest on, and nobody's name under them."""
    lines = _comment(messages.render(Reason("draft.nonconformities"), lang), "")
    lines += [f"catalogue: {_quoted(scene.catalogue.id)}", *_product(product)]
    rows: list[str] = []
    for row in scene.assessment.criteria:
        criterion = scene.catalogue.criteria.get(row.id)
        if criterion is None or (row.outcome is not Outcome.CONTRADICTED and row.id not in scene.not_fulfilled):
            continue
        outcome = messages.render(Reason(f"report.outcome.{row.outcome}"), lang)
        rows += _comment(f"{criterion.id} {say(criterion.title, lang)} – {outcome}", "  ")
        if subjects := list(_subjects(row, scene)):
            rows += _comment(messages.render(Reason("draft.held_against", {"subjects": subjects}), lang), "  ")
        rows += [
            f"  - id: {_quoted(f'NC-{criterion.id}')}",
            f"    criterion: {_quoted(criterion.id)}",
            f"    criterion_digest: {_quoted(criterion_digest(criterion))}",
            "    subject: null",
            "    grade: null",
            "    due: null",
            "    text: null",
            "    raised: {person: null, date: null}",
            f"    basis: {_quoted(msgspec.to_builtins(basis_of(row, scene)))}",
        ]
    return "\n".join([*lines, "nonconformities:" if rows else "nonconformities: []", *rows, ""])


def _subjects(row: CriterionResult, scene: Scene) -> Iterator[str]:
    """The subjects that the measures of a criterion do not count, the first ones."""
    named: dict[str, None] = {}
    for measure in scene.assessment.measures:
        for identity in held_against(measure) if measure.id in row.measures else ():
            found = scene.finding(identity)
            if found is not None and len(named) < _NAMED:
                named[str(found["subject"])[:1_000]] = None
    yield from named


def _head(
    catalogue: Catalogue,
    messages: Messages,
    lang: str,
    code: str,
    product: Mapping[str, Any],
    scan_digest: str = "",
) -> list[str]:
    params = {"digest": scan_digest[:16]} if scan_digest else {}
    return [
        *_comment(messages.render(Reason(code, params), lang), ""),
        *_comment(messages.render(Reason("draft.how"), lang), ""),
        f"catalogue: {_quoted(catalogue.id)}",
        *_product(product),
        "person: null",
        "date: null",
        "claims:",
    ]


def _product(product: Mapping[str, Any]) -> list[str]:
    return ["product:", *(f"  {name}: {_quoted(product.get(name))}" for name in ("name", "version", "vendor"))]


def _criterion(criterion: Criterion, messages: Messages, lang: str) -> list[str]:
    level = messages.render(Reason(f"report.obligation.{criterion.obligation}"), lang)
    basis = messages.render(Reason(f"report.basis.{criterion.obligation_basis}"), lang)
    text = f"{say(criterion.title, lang)} ({level}, {basis}). {say(criterion.text, lang)}"
    return [*_comment(text, "  "), f"  {_quoted(criterion.id)}:"]


def _word(row: CriterionResult) -> str | None:
    if row.outcome is Outcome.EVIDENCED:
        return "yes"
    return "partly" if row.outcome is Outcome.INCONCLUSIVE and machine_part_evidenced(row) else None


def _places(row: CriterionResult, finding: Callable[[str], Mapping[str, Any] | None]) -> Iterator[str]:
    named: dict[str, None] = {}
    for identity in row.findings[: 10 * _NAMED]:
        found = finding(identity)
        if found is not None and len(named) < _NAMED:
            named[str(found["evidence"][0]["artifact"])[:1_000]] = None
    yield from named


def _standards(rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    directions: dict[str, list[str]] = {}
    for row in rows:
        if "standard" in row:
            directions.setdefault(row["standard"], []).append(row["direction"])
    for standard, seen in directions.items():
        named = [direction for direction in seen if direction != "unknown"]
        match named:
            case []:
                yield standard, ""
            case [one]:
                yield standard, f", direction: {one}"
            case _:
                yield standard, ", direction: both"


def _comment(text: str, indent: str) -> list[str]:
    """Comment lines: whatever a text holds, it stays behind the `#` (no line break of YAML 1.2 or Unicode gets out)."""
    words = "".join(sign if sign.isprintable() else " " for sign in text).split()
    prefix = f"{indent}# "
    return textwrap.wrap(
        " ".join(words), _WIDTH, initial_indent=prefix, subsequent_indent=prefix, break_on_hyphens=False
    )


def _quoted(value: Any) -> str:
    """A scalar or list as JSON, which every reader of YAML takes; `null` where there is none."""
    return json.dumps(value)
