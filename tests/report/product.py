"""A product of our own making, its facts and its assessment, as the engine would give them."""

import hashlib
from typing import Any

import yaml

from cpo_scan.model import (
    Artifact,
    CoverageRow,
    Evidence,
    Finding,
    Locator,
    Offered,
    Origin,
    ProbeStatus,
    Reason,
    Recognition,
    Role,
    Severity,
    Strength,
    finish,
)
from cpo_scan.model.report import (
    Deliverable,
    Facts,
    Gate,
    Identity,
    Layers,
    ProbeRow,
    Product,
    RuleRow,
    Run,
    Tool,
    Tree,
)
from cpo_scan.report import Report, make_report, write_body
from cpo_scan.report.texts import CriterionText, StandardText, Texts
from cpo_scan.rulebook.messages import Messages
from cpo_scan.rulebook.root import rules_root
from cpo_scan.scan.store import FindingStore

ZERO = hashlib.sha256(b"").hexdigest()
CATEGORIES = {
    "2.1": ("Interoperability", "Interoperabilität"),
    "2.2": ("Infrastructure", "Infrastruktur"),
    "2.3": ("Extensibility", "Erweiterbarkeit"),
    "2.4": ("Interfaces", "Schnittstellen"),
    "2.5": ("Standards", "Standards"),
    "2.6": ("Architecture", "Architektur"),
    "2.7": ("Partnership", "Partnerschaft"),
}
TITLES = {
    "P-2.3-01": (
        "Development environment for customers' own extensions",
        "Entwicklungsumgebung für eigene Erweiterungen der Kunden",
    ),
    "P-2.4-01": (
        "Offered interfaces are documented comprehensibly",
        "Angebotene Schnittstellen sind verständlich dokumentiert",
    ),
    "P-2.4-02": ("Offered interfaces are maintained regularly", "Angebotene Schnittstellen werden regelmäßig gepflegt"),
    "P-2.1-01": ("The customer gets all data out of the system", "Der Kunde bekommt alle Daten aus dem System"),
    "P-2.5-01": ("Relevant standards for import and export", "Maßgebliche Standards für Import und Export"),
}
TEXTS = {
    "test.described": {
        "en": "{described} of {all} operations are described.",
        "de": "{described} von {all} Operationen sind beschrieben.",
    },
    "test.nothing": {
        "en": "All documentation was read and nothing was found.",
        "de": "Alle Dokumentation wurde gelesen, gefunden wurde nichts.",
    },
    "test.declare": {"en": "Files do not tell: ask the vendor.", "de": "Dateien sagen es nicht: den Anbieter fragen."},
    "test.rule": {"en": "the rule holds: {rule}", "de": "die Regel ist erfüllt: {rule}"},
    "test.undescribed": {"en": "no description: {name}", "de": "keine Beschreibung: {name}"},
    "zip.truncated": {"en": "the archive ends before its directory", "de": "das Archiv endet vor seinem Verzeichnis"},
    "link.not_followed": {"en": "a symbolic link to {to}", "de": "ein symbolischer Link auf {to}"},
    "gate.line": {
        "en": "3 of 10 mandatory criteria decided by machine, 7 open",
        "de": "3 von 10 Muss-Kriterien maschinell entschieden, 7 offen",
    },
    "origin.path": {"en": "by its path", "de": "nach dem Pfad"},
}


def stand_in_texts() -> Texts:
    """Our own labels, and stand-ins for the words of the rulebook."""
    labels: dict[str, dict[str, str]] = {}
    for part in ("report", "layers"):
        labels |= yaml.safe_load((rules_root() / f"messages/parts/{part}.yaml").read_text(encoding="utf-8"))
    return Texts(
        render=Messages({**labels, **TEXTS}).render,
        criteria={
            name: CriterionText(title={"en": en, "de": de}, text={"en": f"{en}.", "de": f"{de}."})
            for name, (en, de) in TITLES.items()
        },
        categories={name: {"en": f"{name} {en}", "de": f"{name} {de}"} for name, (en, de) in CATEGORIES.items()},
        measures={
            "operations.described": {"en": "Described operations", "de": "Beschriebene Operationen"},
            "standards.exchanged": {"en": "Standards with import or export", "de": "Standards mit Import oder Export"},
        },
        standards={
            "step": StandardText(name="STEP (ISO 10303)", openness="open", classes=("mcad", "pdm")),
            "jt": StandardText(name="JT (ISO 14306)", openness="open", classes=("mcad", "visualisation")),
            "dwg": StandardText(name="DWG", openness="proprietary", classes=("drawing", "mcad")),
            "reqif": StandardText(name="ReqIF", openness="open", classes=("requirements",)),
            "ifc": StandardText(name="IFC (ISO 16739)", openness="open", classes=("bim",)),
        },
    )


def artifact(path: str, form: str = "text", size: int = 1200) -> Artifact:
    """An artifact of the product."""
    return Artifact(
        path=path, size=size, sha256=hashlib.sha256(path.encode()).hexdigest(), recognition=Recognition(format=form),
        deliverable=path.partition("/")[0], role=Role.SERVER,
    )  # fmt: skip


def row(
    kind: str,
    path: str,
    attributes: dict[str, Any],
    strength: Strength = Strength.RECOGNISED,
    *,
    excerpt: str = "",
    origin: Origin = Origin.VENDOR,
    offered: Offered = Offered.PUBLISHED,
    probe: str = "test.probe",
    key: str = "",
    **place: Any,
) -> dict[str, Any]:
    """A row as the engine makes it."""
    evidence = (Evidence(artifact=path, locator=Locator(**place), excerpt=excerpt),)
    finding = Finding(kind, attributes, strength, evidence, key)
    return finish(finding, probe, (origin, Reason("origin.path")), (offered, Reason("origin.path")))


def findings() -> list[dict[str, Any]]:
    """What the probes found in the product."""
    return [
        row("api.description", "server/api/parts.yaml", {
            "family": "openapi", "version": "3.1.0", "title": "Parts API", "api_version": "7.2", "operations": 214,
            "documented_operations": 180, "valid": True, "undocumented": ["DELETE /parts/{id}", "GET /jobs"],
        }, Strength.VALIDATED, excerpt="openapi: 3.1.0", pointer="/paths", line=12),
        row("api.description", "server/api/admin.json", {
            "family": "openapi", "version": "2.0", "title": "Admin API", "operations": 31, "documented_operations": 2,
            "valid": False, "problems": ["/paths/~1users: responses is missing"],
        }, excerpt='{"swagger": "2.0"', pointer="/paths/~1users/get", line=4, offered=Offered.INTERNAL),
        row("api.description", "server/tomcat/manager.wsdl", {
            "family": "wsdl", "version": "1.1", "title": "Manager", "operations": 9, "documented_operations": 9,
            "valid": None, "problems": ["an import is missing"],
        }, line=1, origin=Origin.COMPONENT, offered=Offered.UNKNOWN),
        row("exchange.capability", "server/plugins/step.py", {
            "standard": "step", "direction": "both", "via": "registration", "name": "STEP (*.step *.stp)",
            "availability": "base",
        }, Strength.REGISTERED, excerpt='addImportType("STEP (*.step *.stp)", "StepImport")', line=31, column=1),
        row("exchange.capability", "server/plugins/dwg.py", {
            "standard": "dwg", "direction": "import", "via": "registration", "name": "DWG",
        }, Strength.REGISTERED, line=7),
        row("exchange.capability", "server/lib/libifc.so", {
            "standard": "ifc", "direction": "import", "via": "library", "name": "libIfcParse",
        }, symbol="IfcParse::IfcFile::IfcFile", bytes=(4096, 128)),
        row("exchange.file", "server/samples/bracket.step", {"standard": "step", "version": "AP242", "valid": True},
            Strength.VALIDATED, excerpt="FILE_SCHEMA(('AP242_MANAGED_MODEL_BASED_3D_ENGINEERING_MIM_LF'));", line=4,
            origin=Origin.SAMPLE),
        row("exchange.file", "server/samples/gear.jt", {"standard": "jt", "version": "10.5", "valid": None},
            origin=Origin.SAMPLE),
        row("exchange.schema", "server/schemas.zip!/reqif.xsd", {
            "standard": "reqif", "language": "xsd", "version": "1.0", "valid": True, "official": True,
        }, Strength.VALIDATED),
        row("standard.mention", "docs/guide/formats.html",
            {"standard": "ifc", "version": "4", "where": "documentation"},
            Strength.MENTIONED, excerpt="Exchange of building models by IFC 4", line=88),
        row("docs.set", "docs/guide/index.html", {
            "format": "html", "root": "docs/guide", "documents": 212, "topics": ["installation", "REST API", "import"],
        }),
        row("extension.point", "server/plugin.xml", {
            "mechanism": "eclipse", "name": "com.example.importer", "documented": True, "samples": 2,
        }, Strength.REGISTERED, xpath="/plugin/extension-point[1]", line=9),
        row("sdk.surface", "server/sdk/include/api.h", {
            "language": "c", "symbols": 412, "documented_symbols": 388, "root": "server/sdk",
        }),
    ]  # fmt: skip


def coverage() -> list[CoverageRow]:
    """What was not read."""
    return [
        CoverageRow(
            artifact="server/old.zip", reason=Reason("zip.truncated"), severity=Severity.LOST, affects=("docs.set",)
        ),
        CoverageRow(
            artifact="server/current", reason=Reason("link.not_followed", {"to": "server-7"}),
            severity=Severity.BY_DESIGN, list="skipped",
        ),
    ]  # fmt: skip


def facts(**changes: Any) -> Facts:
    """What the engine says beside the rows."""
    product = Product(
        name="Open PLM", version="7.2.1", vendor="Example AG", edition="Enterprise",
        identity=(Identity(source="server/version.json", name="Open PLM", version="7.2.1", build="4711"),),
        deliverables=(
            Deliverable(id="server", role=Role.SERVER, tree=Tree(files=9, links=1, bytes=10_800, digest=ZERO)),
            Deliverable(id="docs", role=Role.DOCS, tree=Tree(files=2, links=0, bytes=2_400, digest=ZERO)),
            Deliverable(id="terms", role=Role.TERMS, supplied=False),
        ),
    )  # fmt: skip
    known: dict[str, Any] = {
        "tool": Tool(version="0.1.0", libraries={"lxml": "6.1.3"}),
        "options": {"limits": {"depth": 8}, "excerpts": "full"},
        "product": product,
        "rules": (RuleRow(kind="formats", id="formats", version="1", sha256=ZERO),),
        "probes": (
            ProbeRow(id="test.probe", version=1, status=ProbeStatus.OK, examined=42, findings=13,
                     limitations=("external $ref targets are recorded, never fetched",)),
            ProbeRow(id="docs.sets", version=2, status=ProbeStatus.PARTIAL, examined=7, findings=1,
                     problems=(Reason("zip.truncated"),)),
        ),
    }  # fmt: skip
    return Facts(**(known | changes))


def assessment(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What rules make of it, in the shape of the contract."""
    by_kind: dict[str, list[str]] = {}
    for one in rows:
        by_kind.setdefault(one["kind"], []).append(one["id"])
    whole = {"total": 0, "digest": ZERO}
    described = by_kind.get("api.description", [])[:2]
    exchanged = by_kind.get("exchange.capability", [])
    measures = [
        {
            "id": "operations.described", "numerator": 182, "denominator": 245, "value": 0.742857,
            "bounds": [0.7, 0.79], "minimum_strength": "recognised", "sources": ["api.description"],
            "counted": [{"finding": name, "amount": amount, "key": None}
                        for name, amount in zip(described, (180, 2), strict=False)],
            "not_counted": [
                {"finding": name, "amount": amount, "key": None,
                 "why": {"code": "test.undescribed", "params": {"name": "GET /jobs"}}}
                for name, amount in zip(described, (34, 29), strict=False)
            ],
            "counted_whole": whole | {"total": len(described)}, "not_counted_whole": whole | {"total": len(described)},
            "apart": {"numerator": 3, "denominator": 4}, "gaps": [{"code": "zip.truncated", "params": {}}],
        },
        {
            "id": "standards.exchanged", "numerator": len(exchanged), "denominator": None, "value": None,
            "bounds": [None, None], "minimum_strength": "registered", "sources": ["exchange.capability"],
            "counted": [{"finding": name, "amount": 1, "key": "step"} for name in exchanged], "not_counted": [],
            "counted_whole": whole | {"total": len(exchanged)}, "not_counted_whole": whole,
            "apart": {"numerator": 0, "denominator": 0}, "gaps": [],
        },
    ]  # fmt: skip
    criteria = []
    for name, level, basis, outcome in _criteria():
        measured = {"P-2.4-01": ["operations.described"], "P-2.5-01": ["standards.exchanged"]}.get(name, [])
        cited = {"P-2.4-01": described, "P-2.5-01": exchanged}.get(name, [])
        machine = outcome not in ("needs_human", "not_examined")
        reason = {
            "needs_human": {"code": "test.declare", "params": {}},
            "no_evidence": {"code": "test.nothing", "params": {}},
            "not_examined": {"code": "zip.truncated", "params": {}},
        }.get(outcome, {"code": "test.described", "params": {"described": 182, "all": 245}})
        en, de = TITLES.get(name, (f"Criterion {name}", f"Kriterium {name}"))
        criteria.append({
            "id": name, "official_id": None,
            "mapped_to": [{"scheme": "data-act", "version": "2023", "id": "Art 30(2)", "relation": "related"}],
            "category": name[2:5], "obligation": level, "obligation_basis": basis, "outcome": outcome,
            "parts": [{"mode": "machine", "outcome": outcome, "required": True},
                      {"mode": "interview", "outcome": "needs_human", "required": False}],
            "rationale": [reason], "measures": measured, "findings": cited,
            "findings_whole": whole | {"total": len(cited)},
            "search_scope": {"kinds": ["api.description"], "probes": [{"id": "test.probe", "status": "ok"}],
                             "roles": ["server", "docs"], "roles_not_supplied": [] if machine else ["terms"],
                             "unread": 0 if machine else 1, "complete": machine},
            "remediation": {"en": "Ship the interface description with the server and describe every operation.",
                            "de": "Die Schnittstellenbeschreibung mit dem Server liefern, jede Operation beschreiben."},
            "title": {"en": en, "de": de},
            "questions": {"en": ["Who decides on changes?"], "de": ["Wer entscheidet über Änderungen?"]},
        })  # fmt: skip
    return {
        "rules": [
            {"kind": "catalogue", "id": "provisional", "version": "1", "sha256": ZERO, "provisional": True},
            {"kind": "profile", "id": "default", "version": "1", "sha256": ZERO, "provisional": True},
        ],
        "measures": measures,
        "criteria": criteria,
        "summary": {"obligations": {}, "categories": {}},
    }


def _criteria() -> list[tuple[str, str, str, str]]:
    outcomes = ("evidenced", "inconclusive", "no_evidence", "needs_human", "evidenced", "not_examined", "needs_human")
    rows: list[tuple[str, str, str, str]] = []
    for category, size in zip(CATEGORIES, (8, 7, 7, 11, 6, 5, 7), strict=True):
        for number in range(1, size + 1):
            name = f"P-{category}-{number:02}"
            level = "mandatory" if number in (1, 3) else "optional" if number % 5 == 0 else "desired"
            outcome = outcomes[(number * 3 + len(rows)) % 7]
            basis = "assumed"
            if name in ("P-2.3-01", "P-2.4-01", "P-2.4-02"):
                level, basis = "mandatory", "reported"
            outcome = {"P-2.4-01": "inconclusive", "P-2.4-02": "needs_human", "P-2.3-01": "evidenced",
                       "P-2.1-03": "contradicted", "P-2.5-01": "evidenced", "P-2.6-04": "not_applicable",
                       }.get(name, outcome)  # fmt: skip
            rows.append((name, level, basis, outcome))
    return rows


def build(
    store: FindingStore, rows: list[dict[str, Any]] | None = None, known: Facts | None = None, **rest: Any
) -> Report:
    """A report of the product above, or of other rows."""
    rows = findings() if rows is None else rows
    store.add_findings(rows)
    store.add_coverage(rest.pop("not_read", coverage()))
    forms = {"yaml": "openapi-3", "html": "html", "step": "step-p21", "xsd": "xsd"}
    paths = {piece.artifact for one in rows for piece in one["evidence"]}
    store.add_artifacts(artifact(path, forms.get(path.rpartition(".")[2], "text")) for path in sorted(paths))
    return make_report(
        write_body(store, known or facts()),
        assessment=rest.pop("judged", None) or assessment(rows),
        layers=rest.pop("layers", Layers()),
        gate=rest.pop("gate", Gate(met=False, failing=("P-2.1-03",), line=Reason("gate.line"))),
        run=rest.pop("run", Run(started="2026-11-22T09:00:00Z", finished="2026-11-22T09:04:12Z", host="audit-7",
                                user="E. Auditor", executor="processes")),
    )  # fmt: skip
