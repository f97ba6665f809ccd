"""The probe for OpenAPI and Swagger descriptions; the work is done by the modules named openapi_* beside it."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from cpo_probes.api.description import endings, has_placeholder, names_placeholder, refused, text_of
from cpo_probes.api.openapi.references import reference_problems
from cpo_probes.api.openapi.rules import rule_problems
from cpo_probes.api.openapi.surface import LISTED, Surface, operations, surroundings
from cpo_probes.api.openapi.walk import Survey
from cpo_probes.api.references import References
from cpo_probes.api.standard_apis import parameter_names, standardised
from cpo_scan.probe import (
    Artifact,
    Context,
    Evidence,
    Finding,
    Offered,
    Probe,
    Reason,
    Severity,
    Strength,
    Unreadable,
    formats,
)
from cpo_scan.probe.documents import Document, Problem, without_collection
from cpo_scan.probe.schemas import NoSchema, check, default_dialect, versions

_FAMILY = "openapi"
_EVIDENCE = 8  # problems and undocumented operations of each that get a row of evidence
_COUNTED = 10_000  # problems beyond these are not looked for
# Said of the whole description by its own title or the first words about it.
_INTERNAL = re.compile(
    r"\((?:internal|private|intern|privat)\)|\b(?:internal|private)(?: use)? only\b|\bfor internal use\b"
    r"|\b(?:internal|private) (?:rest |http |web |ui )?api\b|\bnur (?:für den )?intern(?:e[nr]?)? gebrauch\b",
    re.IGNORECASE,
)
_CONTENT = ("info", "paths", "components", "webhooks", "definitions")
# A description can still be valid with these: what a reader merely puts up with, and a MUST of the text (Security
# Requirement Object) that neither the official schemas nor the validators of the field look at.
_TOLERATED = frozenset({"json.duplicate_key", "openapi.security_undeclared"})


class OpenApiProbe(Probe):
    """What the shipped OpenAPI and Swagger documents describe.

    Operations, how far they are described, and whether the document is valid by the official schema of its version and
    by what the text of the standard demands beyond it.
    """

    id = "api.openapi"
    version = 3
    examines = formats("openapi-2", "openapi-3")
    states = ("api.description",)
    limitations = (
        "external references are recorded and never fetched; a description that needs them has validity null",
        "formats such as e-mail or date-time are annotations and are not checked",
        "examples and default values are not held against their schemas",
    )
    references = (
        "https://spec.openapis.org/oas/v2.0.html",
        "https://spec.openapis.org/oas/v3.0.4.html",
        "https://spec.openapis.org/oas/v3.1.1.html",
        "https://spec.openapis.org/oas/v3.2.0.html",
    )
    remediation = (
        "Describe every operation in words that say more than its name, and correct what the list of problems names."
    )

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        with without_collection():  # until the document is gone again
            found = list(self._examine(artifact, context))
        yield from found

    def _examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        try:
            document = context.yaml(artifact)
        except Unreadable as error:
            yield from refused(artifact, context, error, _FAMILY)
            return
        version = _version(document.value)
        if version is not None and _is_template(artifact, document, context):
            context.partly(artifact, "api.template", severity=Severity.BY_DESIGN)
        elif version is not None:
            yield _Examination(artifact, document, context, version).finding()


def _version(value: Any) -> str | None:
    """The version that the document states, None where it is no description at all."""
    if not isinstance(value, dict):
        return None
    stated = value.get("openapi", value.get("swagger"))
    content = [value[key] for key in _CONTENT if key in value]
    if content and not any(isinstance(part, dict | list) for part in content):
        return None  # settings of a program that deals with descriptions
    if isinstance(stated, bool) or not isinstance(stated, str | int | float):
        return None
    text = str(stated)[:40]
    return text if re.match(r"\d", text) else None


def _is_template(artifact: Artifact, document: Document, context: Context) -> bool:
    """By its title, or by what `{{ name }}` reads as: a mapping whose key is a mapping."""
    if names_placeholder(document.value.get("info")):
        return True
    found = next((problem for problem in document.problems if problem.code == "yaml.complex_key"), None)
    return found is not None and found.line is not None and has_placeholder(artifact, context, found.line)


class _Examination:
    """One description on its way to a finding."""

    def __init__(self, artifact: Artifact, document: Document, context: Context, version: str) -> None:
        self.artifact, self.document, self.context, self.version = artifact, document, context, version
        self.schema_version = next((known for known in versions(_FAMILY) if version.startswith(known)), "")
        self.references = References(artifact, document, context, _FAMILY)
        self.survey = Survey()
        self.problems: list[Problem] = []
        self.total = 0
        self.wrong = False  # something makes it invalid
        self.missing: list[Problem] = []  # why the check is not a whole one

    def finding(self) -> Finding:
        value = self.document.value
        found = list(operations(self.references, "paths", self.schema_version))
        self.context.checkpoint()
        self._check(found)
        surface = Surface(found, self.references)
        hooks = sum(1 for _ in operations(self.references, "webhooks", self.schema_version))
        valid = False if self.wrong else None if self.missing else True
        listed = [*self.problems, *self.missing]
        undocumented = surface.undocumented
        attributes = {
            "family": _FAMILY,
            "version": self.version,
            **surroundings(value),
            "operations": len(found),
            "documented_operations": sum(surface.described),
            "undocumented": [operation.name[:300] for operation in undocumented[:LISTED]],
            "undocumented_total": len(undocumented),
            "internal_operations": len(surface.internal) or None,
            "webhooks": hooks or None,
            **self._standard(found),
            "parameters": surface.parameters,
            "documented_parameters": surface.documented_parameters,
            "responses": surface.responses,
            "documented_responses": surface.documented_responses,
            "operations_with_example": surface.with_example,
            "operations_with_error": surface.with_error,
            "secured_operations": surface.secured,
            "deprecated_operations": len(surface.endings),
            **endings(surface.endings),
            "deprecated": self.survey.deprecated,
            "examples": self.survey.examples,
            "properties": self.survey.properties,
            "documented_properties": self.survey.documented_properties + self._described_by_reference(),
            "external_references": sorted(_masked(self.references.external))[:LISTED] or None,
            "files": [file.path for file in self.references.files][:LISTED] or None,
            "valid": valid,
            "problems": [problem.row() for problem in listed[:LISTED]],
            "problems_total": self.total + len(self.missing),
        }
        offered, reason = _offered(value)
        return Finding(
            "api.description",
            attributes,
            strength=Strength.VALIDATED if valid else Strength.RECOGNISED,
            evidence=(*self._evidence(), *self._places(undocumented)),
            offered=offered,
            offered_reason=reason,
        )

    def _check(self, found: list[Any]) -> None:
        self._keep(self.document.problems)
        dialect = self._dialect()
        try:
            checked = check(self.document, _FAMILY, self.schema_version, dialect=dialect)
            self._keep(checked.problems, checked.total)
        except NoSchema:
            own = default_dialect(_FAMILY, self.schema_version) if self.schema_version else None
            if own is None:
                self.missing.append(Problem(code="openapi.no_schema", params={"version": self.version}))
            else:
                self.missing.append(Problem(code="openapi.other_dialect", params={"dialect": str(dialect)[:200]}))
                checked = check(self.document, _FAMILY, self.schema_version)
        self._keep(islice(reference_problems(self.references, self.survey, self.schema_version, dialect), _COUNTED))
        self._keep(islice(rule_problems(self.references, found, self.schema_version), _COUNTED))
        if self.references.external:
            self.missing.append(
                Problem(code="openapi.external_reference", params={"count": len(self.references.external)})
            )
        self.missing += self.references.left_out

    def _dialect(self) -> str | None:
        stated = self.document.value.get("jsonSchemaDialect")
        return stated if isinstance(stated, str) else None

    def _keep(self, problems: Any, total: int | None = None) -> None:
        count = 0
        for problem in problems:
            count += 1
            self.wrong = self.wrong or problem.code not in _TOLERATED
            if len(self.problems) < LISTED:
                self.problems.append(problem)
        self.total += count if total is None else total

    def _standard(self, found: list[Any]) -> dict[str, Any]:
        """Is it the description of an interface that a standard describes?"""
        info: Any = self.document.value.get("info")
        title = info.get("title") if isinstance(info, dict) else None
        table = self.context.data("standard-apis")
        methods = ((operation.method, operation.path) for operation in found)
        return standardised(table, methods, parameter_names(self.document.value, found), text_of(title))

    def _described_by_reference(self) -> int:
        """Properties whose description stands at the schema that they refer to."""
        known: dict[str, str] = {}
        count = 0
        for name, reference in self.survey.referring_properties:
            if reference not in known:
                target, _ = self.references.follow({"$ref": reference}, self.references.root)
                description = target.get("description") if isinstance(target, dict) else None
                known[reference] = description if isinstance(description, str) else ""
            count += self.survey.says(name, known[reference])
        return count

    def _evidence(self) -> Iterator[Evidence]:
        for key in ("openapi", "swagger"):
            if key in self.document.value:
                yield self._at(f"/{key}")
                break
        for key in ("info", "paths", "webhooks"):
            if key in self.document.value:
                yield self._at(f"/{key}")

    def _places(self, undocumented: list[Any]) -> Iterator[Evidence]:
        root = self.references.root
        for problem in self.problems[:_EVIDENCE]:
            if not problem.file and problem.line is not None:
                yield (
                    self._at(problem.pointer)
                    if problem.pointer
                    else self.artifact.at(line=problem.line, column=problem.column)
                )
        for operation in undocumented[:_EVIDENCE]:
            if operation.file is root:
                yield self._at(operation.pointer)

    def _at(self, pointer: str) -> Evidence:
        return self.artifact.at(self.document.excerpt(pointer), **self.document.place(pointer))


def _masked(references: set[str]) -> Iterator[str]:
    for reference in references:
        yield re.sub(r"(?<=://)[^/?#@\s]*@", "", reference)[:240]


def _offered(value: dict[str, Any]) -> tuple[Offered | None, Reason | None]:
    """Only what the document itself says of itself as a whole."""
    info: Any = value.get("info")
    info = info if isinstance(info, dict) else {}
    if value.get("x-internal") is True or info.get("x-internal") is True:
        return Offered.INTERNAL, Reason("openapi.marked_internal", {"mark": "x-internal"})
    for key in ("title", "description"):
        text = info.get(key)
        found = _INTERNAL.search(text[:500]) if isinstance(text, str) else None
        if found:
            return Offered.INTERNAL, Reason("openapi.marked_internal", {"mark": found.group()})
    return None, None
