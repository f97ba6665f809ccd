"""The probe for API Blueprint descriptions: Markdown whose headings name resources and actions (format 1A)."""

from collections.abc import Iterator
from typing import NamedTuple

from cpo_probes.api.description import Operation, Verdict, counted, evidence_of_gaps, evidence_of_problems, offered_by
from cpo_scan.probe import Artifact, Context, Finding, Probe, formats
from cpo_scan.probe.documents import Problem
from cpo_scan.probe.patterns import compile as pattern
from cpo_scan.probe.wording import is_documented

_FAMILY = "apiblueprint"
_METHODS = "GET|POST|PUT|DELETE|PATCH|OPTIONS|HEAD|TRACE|CONNECT|LINK|UNLINK"
_HEADING = pattern(r"\A {0,3}#{1,6}(?P<text>[^#\r\n][^\r\n]*)", text=True)
_NAMED = pattern(r"\A(?P<name>[^\[\]]*)\[(?P<inside>[^\[\]]*)\][ \t#]*\Z", text=True)
_ACTION = pattern(rf"\A(?P<method>{_METHODS})(?:[ \t]+(?P<path>[^\s]+))?[ \t]*\Z", text=True)
_METADATA = pattern(r"\A(?P<key>[A-Za-z][A-Za-z0-9_ -]*):(?P<value>[^\r\n]*)", text=True)
_FENCE = pattern(r"\A {0,12}(?:```|~~~)", text=True)
_PAYLOAD = pattern(
    r"\A[ \t]*[-+*][ \t]+(?P<word>Request|Response|Parameters|Attributes|Model|Headers|Body|Schema)\b", text=True
)
_PARAMETER = pattern(r"\A[ \t]+[-+*][ \t]+`?(?P<name>[A-Za-z0-9_.%-]+)", text=True)
_ELEMENT = pattern(r"\A(?:Group|Data Structures|Relation:)\b", text=True)


class _Action(NamedTuple):
    method: str
    path: str
    title: str
    line: int
    heading: str
    text: list[str]


class ApiBlueprintProbe(Probe):
    """What the shipped API Blueprint documents describe.

    Operations are the actions of resources.
    """

    id = "api.blueprint"
    version = 1
    examines = formats("apiblueprint")
    states = ("api.description",)
    limitations = ("there is no official schema of API Blueprint: a document without a fault has validity null",)
    references = ("https://github.com/apiaryio/api-blueprint/blob/master/API%20Blueprint%20Specification.md",)
    remediation = "Write a paragraph below the heading of every action that says more than its name."

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        reader = _Reader(context.text(artifact).splitlines(), context)
        reader.read()
        operations = [
            Operation(
                name=f"{action.method} {action.path}",
                text="\n".join([action.title, *action.text]),
                own=(action.method, action.path),
                place={"line": action.line},
                excerpt=action.heading,
            )
            for action in reader.actions
        ]
        counts, gaps = counted(operations)
        verdict = Verdict()
        verdict.keep(reader.problems)
        if not reader.problems:
            verdict.lacks("blueprint.no_schema")
        offered, reason = offered_by((reader.title,))
        yield Finding(
            "api.description",
            {
                "family": _FAMILY,
                "version": reader.metadata.get("format", "1A")[:40],
                "title": reader.title[:240] or None,
                "servers": [reader.metadata["host"][:240]] if reader.metadata.get("host") else [],
                **counts,
                "parameters": reader.parameters,
                "documented_parameters": reader.documented_parameters,
                "responses": reader.responses,
                **verdict.attributes(),
            },
            strength=verdict.strength,
            evidence=(
                artifact.at("FORMAT: 1A", line=1),
                *evidence_of_problems(artifact, verdict.problems),
                *evidence_of_gaps(artifact, gaps),
            ),
            offered=offered,
            offered_reason=reason,
        )


class _Reader:
    """Goes over the lines once."""

    def __init__(self, lines: list[str], context: Context) -> None:
        self._lines, self._context = lines, context
        self.metadata: dict[str, str] = {}
        self.title = ""
        self.actions: list[_Action] = []
        self.problems: list[Problem] = []
        self.parameters = self.documented_parameters = self.responses = 0

    def read(self) -> None:
        """Fill the attributes from the lines."""
        path = ""
        text: list[str] | None = None  # of the action at hand, until its first payload
        section, fenced, body = "", False, False
        for number, line in enumerate(self._lines, 1):
            if number % 10_000 == 0:
                self._context.checkpoint()
            if not body:
                found = _METADATA.match(line)
                if found is not None:
                    self.metadata[found.group("key").lower()] = found.group("value").strip()
                    continue
                body = True
            if _FENCE.match(line):
                fenced = not fenced
                continue
            if fenced:
                continue
            heading = _HEADING.match(line)
            if heading is not None:
                section = ""
                path, text = self._heading(heading.group("text").strip(), number, path)
                continue
            payload = _PAYLOAD.match(line)
            if payload is not None:
                section, text = payload.group("word"), None
                self.responses += section == "Response"
            elif section == "Parameters":
                self._parameter(line)
            elif text is not None and line.strip():
                text.append(line)

    def _heading(self, heading: str, number: int, path: str) -> tuple[str, list[str] | None]:
        """The path that holds from here on, and where the text below goes."""
        named = _NAMED.match(heading)
        title, inside = (named.group("name").strip(), named.group("inside").strip()) if named else ("", heading)
        action = _ACTION.match(inside)
        if action is not None:
            own = action.group("path")
            if not own and not path:
                params = {"heading": heading[:200]}
                self.problems.append(
                    Problem(code="blueprint.action_without_resource", params=params, line=number, column=1)
                )
            text: list[str] = []
            where = own or path
            self.actions.append(_Action(action.group("method"), where, title, number, heading, text))
            # `# GET /orders` and `# Orders [GET /orders]` are a resource with one action.
            return where, text
        if named and inside.startswith(("/", "{")):
            return inside, None
        if not self.title and not named and not _ELEMENT.match(heading) and not heading.startswith("/"):
            self.title = heading
        if not named and heading.startswith("/"):
            return heading, None
        return ("" if _ELEMENT.match(heading) else path), None

    def _parameter(self, line: str) -> None:
        found = _PARAMETER.match(line)
        if found is None or len(line) - len(line.lstrip()) > 5:
            return
        name = found.group("name")
        self.parameters += 1
        description = line.rpartition(" - ")[2] if " - " in line else line.partition("...")[2]
        self.documented_parameters += is_documented(description, name)
