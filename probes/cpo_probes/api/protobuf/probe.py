"""The probe for Protocol Buffers and gRPC; the work is done by the modules named protobuf_* beside it."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

import msgspec

from cpo_probes.api.protobuf.descriptors import LARGEST as LARGEST_SET
from cpo_probes.api.protobuf.descriptors import DescribedFile, Malformed, read_set
from cpo_probes.api.protobuf.grammar import ProtoFile
from cpo_probes.api.protobuf.names import LARGEST, Names
from cpo_scan.probe import (
    Artifact,
    Context,
    Evidence,
    Finding,
    LimitHit,
    Offered,
    Origin,
    Probe,
    Reason,
    Severity,
    Strength,
    formats,
)
from cpo_scan.probe.documents import Problem
from cpo_scan.probe.tokens import Tokens
from cpo_scan.probe.wording import documented

_FAMILY = "protobuf"
_LISTED = 100
_EVIDENCE = 8  # problems and undocumented operations of each that get a row of evidence
_INTERNAL = ("internal", "private")  # segments of a package's name
_TEMPLATE = frozenset({("{", "{"), ("{", "%"), ("<", "%"), ("$", "{")})  # tokens that no .proto file has side by side


class ProtobufProbe(Probe):
    """What the shipped .proto files and descriptor sets describe: services, rpcs, messages.

    How far they are described, and whether the file is right by the grammar and its names lead somewhere.
    """

    id = "api.protobuf"
    version = 4
    examines = formats("protobuf", "protobuf-descriptor")
    uses_index = True
    states = ("api.description",)
    limitations = (
        "values of options and names inside of custom options are not checked",
        "where an imported file is not at hand, validity is null; it is looked for below the folders around the file, "
        "and then anywhere in its container by the end of its path, where no two that are as near differ",
        "a descriptor set that was made without source information has no comments, so nothing in it is documented",
    )
    references = (
        "https://protobuf.dev/reference/protobuf/proto2-spec/",
        "https://protobuf.dev/reference/protobuf/proto3-spec/",
        "https://protobuf.dev/reference/protobuf/edition-2023-spec/",
        "https://protobuf.dev/programming-guides/encoding/",
    )
    remediation = (
        "Write a comment in front of every rpc that says more than its name, and ship all files that are imported."
    )

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        if artifact.format == "protobuf-descriptor":
            yield from _examine_set(artifact, context)
            return
        try:
            text = context.text(artifact, LARGEST)
        except LimitHit as hit:
            context.unreadable(artifact, hit)
            return
        proto = ProtoFile(Tokens(text))
        context.checkpoint()
        if not _is_description(artifact, proto):
            context.partly(artifact, "api.no_description", severity=Severity.BY_DESIGN, language="Protocol Buffers")
            return
        yield _Description(artifact, proto, context).finding()


def _is_description(artifact: Artifact, proto: ProtoFile) -> bool:
    """Templates, and texts of other kinds in which .proto occurs, are none."""
    if not proto.syntax_faults:
        return True
    named = artifact.name.lower().endswith(".proto")
    template = not _TEMPLATE.isdisjoint(pairwise(proto.tokens.texts))
    return named and (proto.stated or bool(proto.symbols)) and not template


class _Description:
    """One .proto file on its way to a finding."""

    def __init__(self, artifact: Artifact, proto: ProtoFile, context: Context) -> None:
        self.artifact, self.proto = artifact, proto
        self.names = Names(artifact, proto, context, context.index)

    def finding(self) -> Finding:
        proto, tokens, names = self.proto, self.proto.tokens, self.names
        faults = [*proto.faults, *(names.faults() if not proto.syntax_faults else ())]
        problems = [self._problem(fault.code, fault.params, fault.number) for fault in faults]
        problems += [self._problem("protobuf.import_missing", {"path": i.path[:200]}, i.number) for i in names.missing]
        if proto.later is not None:
            problems.insert(0, self._problem("protobuf.version_later", {"version": proto.version}, proto.later))
            valid = None
        else:
            valid = False if faults else None if names.missing else True
        said = documented([(tokens.comment(rpc.first, rpc.last), (rpc.name, rpc.service)) for rpc in proto.rpcs])
        members = [field for field in proto.fields if not field.extends]
        fields = documented([(tokens.comment(field.first, field.last), (field.name,)) for field in members])
        messages = documented([(tokens.comment(first, head), (name,)) for name, first, head in proto.messages])
        silent = [rpc for rpc, is_said in zip(proto.rpcs, said, strict=True) if not is_said]
        services = [name.rpartition(".")[2] for name, kind in proto.symbols.items() if kind == "service"]
        attributes: dict[str, Any] = {
            "family": _FAMILY,
            "version": proto.version,
            "title": _title(proto.package, services),
            "services": len(services),
            "operations": len(proto.rpcs),
            "documented_operations": sum(said),
            "undocumented": [f"{rpc.service}/{rpc.name}"[:300] for rpc in silent[:_LISTED]],
            "undocumented_total": len(silent),
            "streaming_operations": sum(rpc.streams for rpc in proto.rpcs),
            "deprecated_operations": sum(rpc.deprecated for rpc in proto.rpcs),
            "deprecated": sum(field.deprecated for field in proto.fields) + proto.deprecated_messages,
            "schemas": len(proto.messages),
            "documented_schemas": sum(messages),
            "enums": sum(kind == "enum" for kind in proto.symbols.values()),
            "properties": len(members),
            "documented_properties": sum(fields),
            "extensions": len(proto.fields) - len(members) or None,
            "external_references": sorted(each.path[:240] for each in names.missing)[:_LISTED] or None,
            "files": sorted(file.path for file in names.files)[:_LISTED] or None,
            "valid": valid,
            "problems": [_row(problem) for problem in problems[:_LISTED]],
            "problems_total": len(problems),
        }
        places = [fault.number for fault in faults[:_EVIDENCE]] + [rpc.first for rpc in silent[:_EVIDENCE]]
        offered, reason = _offered(proto.package)
        known = artifact_is_known(self.artifact, proto.package)
        return Finding(
            "api.description",
            attributes,
            strength=Strength.VALIDATED if valid else Strength.RECOGNISED,
            evidence=tuple(self._at(number) for number in [0, *places]),
            origin=Origin.COMPONENT if known else None,
            origin_reason=Reason("protobuf.well_known") if known else None,
            offered=offered,
            offered_reason=reason,
        )

    def _problem(self, code: str, params: Mapping[str, str], number: int) -> Problem:
        place = self.proto.tokens.place(number)
        return Problem(code=code, params=dict(params), line=place["line"], column=place["column"])

    def _at(self, number: int) -> Evidence:
        tokens = self.proto.tokens
        return self.artifact.at(tokens.excerpt(number), **tokens.place(number))


def artifact_is_known(artifact: Artifact, package: str) -> bool:
    """Is it one of the files that come with every Protocol Buffers compiler?"""
    return package in ("google.protobuf", "google.protobuf.compiler") and "google/protobuf/" in artifact.path


def _row(problem: Problem) -> dict[str, Any]:
    return {key: value for key, value in problem.row().items() if value != ""}


def _title(package: str, services: Iterable[str]) -> str | None:
    only = list(services)
    return package[:300] or (only[0][:300] if len(only) == 1 else None)


def _offered(*packages: str) -> tuple[Offered | None, Reason | None]:
    """Only what all the packages say of themselves."""
    marks = [next((mark for mark in _INTERNAL if mark in package.split(".")), None) for package in packages]
    if not marks or None in marks:
        return None, None
    return Offered.INTERNAL, Reason("protobuf.marked_internal", {"package": packages[0][:200]})


# -- descriptor sets


def _examine_set(artifact: Artifact, context: Context) -> Iterator[Finding]:
    try:
        data = bytes(context.bytes(artifact, LARGEST_SET))
    except LimitHit as hit:
        context.unreadable(artifact, hit)
        return
    try:
        files = read_set(data)
    except Malformed as error:
        # other binary files start with the same octets: a set that does not hold together is none
        context.partly(artifact, "protobuf.no_set", severity=Severity.BOUNDED, offset=error.offset)
        return
    context.checkpoint()
    table: Any = context.data("protobuf")
    yield _set_finding(artifact, files, frozenset(table["files"]))


def _set_finding(artifact: Artifact, files: list[DescribedFile], known: frozenset[str]) -> Finding:
    own = [file for file in files if file.name not in known] or files
    there = {file.name for file in files} | known
    missing = sorted({path for file in own for path in file.imports if path not in there})
    symbols = {name for file in files for name in (*file.messages, *file.enums)}
    by_known = tuple(f".{prefix}." for prefix in ("google.protobuf", "pb"))
    methods = [(file, method) for file in own for method in file.methods]
    wanted = [name for file in own for name in file.references]
    wanted += [name for _, method in methods for name in method.types]
    symbols |= {name.removesuffix("\0") for name in symbols}
    lost = sorted({name for name in wanted if name not in symbols and not name.startswith(by_known)})
    problems = [Problem(code="protobuf.import_missing", params={"path": path[:200]}) for path in missing]
    if lost and not missing:
        problems += [Problem(code="protobuf.unresolved", params={"name": name[:200]}) for name in lost]
    valid = None if missing else not lost
    said = documented([(method.comment, (method.name, method.service)) for _, method in methods])
    silent = [method for (_, method), is_said in zip(methods, said, strict=True) if not is_said]
    versions = sorted({file.version for file in own})
    packages = sorted({file.package for file in own if file.package})
    serving = sorted({file.package for file in own if file.services}) or packages
    offered, reason = _offered(*packages)
    attributes: dict[str, Any] = {
        "family": _FAMILY,
        "form": "descriptor-set",
        "version": versions[0] if len(versions) == 1 else None,
        "versions": versions,
        "title": _title(serving[0] if serving else "", (name for file in own for name in file.services)),
        "services": sum(len(file.services) for file in own),
        "operations": len(methods),
        "documented_operations": sum(said),
        "undocumented": [f"{method.service}/{method.name}"[:300] for method in silent[:_LISTED]],
        "undocumented_total": len(silent),
        "streaming_operations": sum(method.streams for _, method in methods),
        "deprecated_operations": sum(method.deprecated for _, method in methods),
        "schemas": sum(not name.endswith("\0") for file in own for name in file.messages),
        "enums": sum(len(file.enums) for file in own),
        "properties": sum(file.fields for file in own),
        "with_comments": any(file.with_comments for file in own),
        "described_files": sorted(file.name for file in own)[:_LISTED],
        "external_references": missing[:_LISTED] or None,
        "valid": valid,
        "problems": [_row(problem) for problem in problems[:_LISTED]],
        "problems_total": len(problems),
    }
    places = [artifact.at(f"{method.service}/{method.name}", bytes=method.place) for method in silent[:_EVIDENCE]]
    return Finding(
        "api.description",
        msgspec.to_builtins(attributes),
        strength=Strength.VALIDATED if valid else Strength.RECOGNISED,
        evidence=(artifact.at(own[0].name, bytes=(0, min(artifact.size, 240))), *places),
        offered=offered,
        offered_reason=reason,
    )
