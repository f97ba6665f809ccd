"""The catalogue and the assessment plan of a report in OSCAL, as small documents that the results carry with them."""

import base64
from typing import Any

import msgspec

from cpo_scan.model.canonical import digest
from cpo_scan.report.exported import Ids, Row, finished, product_name, rule, rules_id
from cpo_scan.report.jsonstream import given
from cpo_scan.report.oscal_words import NS, line, prop, props, prose, string, token
from cpo_scan.report.read import Report
from cpo_scan.report.texts import Texts

OSCAL_VERSION = "1.2.3"
MEDIA_TYPE = "application/oscal+json"


class ControlIds:
    """Ids of criteria as controls, with those of their statement and their objective; no two are the same."""

    def __init__(self, report: Report) -> None:
        taken: dict[str, str] = {}
        for row in report.assessment["criteria"]:
            name = token(row["id"])
            taken[row["id"]] = name if name not in taken.values() else token(f"{name} {len(taken)}")
        self._ids = taken

    def __contains__(self, criterion: object) -> bool:
        return criterion in self._ids

    def control(self, criterion: str) -> str:
        """The control."""
        return self._ids[criterion]

    def statement(self, criterion: str) -> str:
        """What it asks for; people's determinations are on it."""
        return f"{self._ids[criterion]}_smt"

    def objective(self, criterion: str) -> str:
        """Its machine part; the tool's findings are on it."""
        return f"{self._ids[criterion]}_obj"


def has_objective(row: Row) -> bool:
    """Has a criterion a part that a machine decides?"""
    return any(part["mode"] == "machine" for part in row["parts"])


def metadata(report: Report, title: str, *, version: str = "", **more: Any) -> Row:
    """The head of a document. Without a version of its own it has that of the assessment that it was made of."""
    return given(
        title=line(title),
        last_modified=finished(report),
        version=string(version or report.assessment_digest[:16]),
        oscal_version=OSCAL_VERSION,
        **more,
    )


def catalogue(report: Report, controls: ControlIds, texts: Texts, lang: str) -> Row:
    """An OSCAL catalog: a group per category, a control per criterion."""
    known = rule(report, "catalogue")
    groups: dict[str, list[Row]] = {}
    for row in report.assessment["criteria"]:
        groups.setdefault(row["category"], []).append(_control(row, report, controls, texts, lang))
    return {
        "catalog": given(
            uuid=rules_id(known["sha256"], rule(report, "profile")["sha256"], lang),
            metadata=metadata(
                report,
                f"{known['id']} {known['version']}",
                version=known["version"],
                props=props(catalogue=known["id"], catalogue_version=known["version"], sha256=known["sha256"]),
                remarks=prose(texts.label("report.provisional", lang)) if known["provisional"] else None,
            ),
            groups=[
                {
                    "id": token(f"category-{name}"),
                    "title": line(texts.category(name, lang)),
                    "props": [{"name": "label", "value": string(name)}],
                    "controls": rows,
                }
                for name, rows in groups.items()
            ],
        )
    }


def _control(row: Row, report: Report, controls: ControlIds, texts: Texts, lang: str) -> Row:
    name = row["id"]
    profile = rule(report, "profile")
    objective = (
        texts.label("export.objective", lang, profile=profile["id"], version=profile["version"])
        if has_objective(row)
        else texts.label("export.objective.none", lang)
    )
    questions = row.get("questions") or {}
    asked = questions.get(lang) or questions.get("en") or ()
    parts = [
        {
            "id": controls.statement(name),
            "name": "statement",
            "prose": prose(texts.text(name, lang) or texts.title(row, lang)),
        },
        {"id": controls.objective(name), "name": "assessment-objective", "prose": prose(objective)},
    ]
    if remediation := texts.message(row["remediation"], lang):
        parts.append(_own_part(f"{controls.control(name)}_rem", "remediation", remediation))
    if asked:
        parts.append(_own_part(f"{controls.control(name)}_ask", "questions", *asked))
    return {
        "id": controls.control(name),
        "title": line(texts.title(row, lang)),
        "props": [
            *([{"name": "label", "value": string(row["official_id"])}] if row["official_id"] else ()),
            *props(criterion=name, obligation=row["obligation"], obligation_basis=row["obligation_basis"]),
            *(
                prop("mapped-to", f"{one['scheme']} {one['version']} {one['id']}", class_=one["relation"])
                for one in row["mapped_to"]
            ),
        ],
        "parts": parts,
    }


def _own_part(identity: str, name: str, *texts: str) -> Row:
    return {"id": identity, "name": name, "ns": NS, "prose": prose(*texts)}


def plan(report: Report, ids: Ids, texts: Texts, lang: str, subject: str) -> Row:
    """A minimal assessment plan: all criteria, by reading files. `subject` is the product's component in the results.

    OSCAL asks for a system security plan and there is none: the link leads to a resource that says so.
    """
    product = product_name(report, texts, lang)
    no_ssp = ids.scanned("no-ssp")
    return {
        "assessment-plan": {
            "uuid": ids.judged("plan"),
            "metadata": metadata(report, texts.label("export.plan", lang, product=product)),
            "import-ssp": {"href": f"#{no_ssp}"},
            "local-definitions": {
                "components": [component(subject, product, texts.label("export.product", lang))],
                "activities": [
                    {
                        "uuid": ids.judged("activity"),
                        "title": line(f"cpo-scan {report.tool['version']}"),
                        "description": prose(texts.label("export.plan.how", lang)),
                        "props": [{"name": "method", "value": "EXAMINE"}],
                    }
                ],
            },
            "reviewed-controls": {"control-selections": [{"include-all": {}}]},
            "assessment-subjects": [{"type": "component", "include-subjects": [reference(subject, "component")]}],
            "assessment-assets": assets(report, ids, texts, lang),
            "back-matter": {
                "resources": [
                    {
                        "uuid": no_ssp,
                        "title": line(texts.label("export.no_ssp", lang)),
                        "description": prose(texts.label("export.no_ssp.why", lang)),
                    }
                ]
            },
        }
    }


def component(uuid: str, title: str, description: str, **more: Any) -> Row:
    """A piece of software, of whose operation nothing is known."""
    return given(
        uuid=uuid,
        type="software",
        title=line(title),
        description=prose(description),
        **more,
        status={"state": "other"},
    )


def reference(uuid: str, kind: str) -> Row:
    """A reference to a subject."""
    return {"subject-uuid": uuid, "type": kind}


def assets(report: Report, ids: Ids, texts: Texts, lang: str) -> Row:
    """The tool and what it ran as."""
    tool = ids.scanned("tool")
    title = f"cpo-scan {report.tool['version']}"
    libraries = [prop("library", f"{name} {version}") for name, version in sorted(report.tool["libraries"].items())]
    return {
        "components": [
            component(tool, title, texts.label("export.tool", lang),
                      props=[*props(version=report.tool["version"]), *libraries])
        ],
        "assessment-platforms": [
            {"uuid": ids.scanned("platform"), "title": line(title), "uses-components": [{"component-uuid": tool}]}
        ],
    }  # fmt: skip


def resource(uuid: str, filename: str, title: str, document: Row) -> Row:
    """A document that is carried along, as a resource of the back matter.

    The link is for tools that take files only: it holds where the document was unpacked beside the results.
    """
    data = msgspec.json.encode(document)
    return {
        "uuid": uuid,
        "title": line(title),
        "rlinks": [
            {"href": filename, "media-type": MEDIA_TYPE, "hashes": [{"algorithm": "SHA-256", "value": digest(data)}]}
        ],
        "base64": {"filename": filename, "media-type": MEDIA_TYPE, "value": base64.b64encode(data).decode()},
    }
