"""What the text of the standards demands beyond the JSON Schema. Each rule is a MUST, named with its clause."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from cpo_probes.api.openapi.surface import Operation
from cpo_probes.api.references import References
from cpo_scan.probe.documents import Problem, pointer_to

_EXPRESSION = re.compile(r"\{([^{}]*)\}")


def rule_problems(references: References, found: list[Operation], version: str) -> Iterator[Problem]:
    """The breaches of a description and of its operations below `paths`, in the order of the rules."""
    yield from _operation_ids(found)
    yield from _parameters(references, found, version)
    yield from _identical_paths(references)
    yield from _tags(references)
    yield from _security(references, found, version)


def _problem(operation: Operation, code: str, pointer: str = "", **params: Any) -> Problem:
    assert operation.file.document is not None
    place = operation.pointer + pointer
    line, column = operation.file.document.position(place)
    shown = {"operation": operation.name[:200], **params}
    return Problem(code=code, params=shown, pointer=place, line=line, column=column)


def _operation_ids(found: list[Operation]) -> Iterator[Problem]:
    """`operationId` is unique among all operations (2.0 Operation Object; 3.x §4.8.10)."""
    first: dict[str, str] = {}
    for operation in found:
        name = operation.value.get("operationId")
        if isinstance(name, str) and first.setdefault(name, operation.name) != operation.name:
            yield _problem(operation, "openapi.operation_id_twice", "/operationId", name=name[:200])


def _parameters(references: References, found: list[Operation], version: str) -> Iterator[Problem]:
    """Template expressions and path parameters belong together; none stands twice (2.0 Parameter; 3.x §4.8.12)."""
    for operation in found:
        own, whole = _named(references, operation.value.get("parameters"), operation)
        shared, known = _named(references, operation.shared, operation)
        for key, count in _counts(own).items():
            if count > 1:
                yield _problem(operation, "openapi.parameter_twice", "/parameters", name=key[0][:200])
        declared = {name for name, where in (*own, *shared) if where == "path"}
        used = {name for name in _EXPRESSION.findall(operation.path) if name}
        for name in sorted(used - declared):
            if whole and known:
                yield _problem(operation, "openapi.path_parameter_undeclared", name=name[:200])
        for name in sorted(declared - used):
            yield _problem(operation, "openapi.path_parameter_unused", name=name[:200])
        if version == "2.0":
            bodies = [where for _, where in {*own, *shared} if where == "body"]
            if len(bodies) > 1 or (bodies and any(where == "formData" for _, where in (*own, *shared))):
                yield _problem(operation, "openapi.body_twice", "/parameters")


def _named(references: References, listed: Any, operation: Operation) -> tuple[list[tuple[str, str]], bool]:
    """Name and place of each parameter; and whether all of them could be looked up."""
    named: list[tuple[str, str]] = []
    whole = True
    for item in listed if isinstance(listed, list) else ():
        parameter, _ = references.follow(item, operation.file)
        if isinstance(parameter, dict) and isinstance(parameter.get("name"), str):
            named.append((parameter["name"], str(parameter.get("in"))))
        else:
            whole = False
    return named, whole


def _counts(items: list[tuple[str, str]]) -> dict[tuple[str, str], int]:
    counts: dict[tuple[str, str], int] = {}
    for item in items:
        counts[item] = counts.get(item, 0) + 1
    return counts


def _identical_paths(references: References) -> Iterator[Problem]:
    """Paths that differ only in the names of their templates are identical (3.x §4.8.8.2; 2.0 Paths Object)."""
    document = references.root.document
    paths = document.value.get("paths") if document is not None else None
    first: dict[str, str] = {}
    for path in paths if isinstance(paths, dict) else ():
        shape = _EXPRESSION.sub("{}", path)
        if path.startswith("/") and first.setdefault(shape, path) != path and document is not None:
            place = pointer_to("paths", path)
            line, column = document.position(place)
            yield Problem(
                code="openapi.path_twice",
                params={"path": path[:200], "other": first[shape][:200]},
                pointer=place,
                line=line,
                column=column,
            )


def _tags(references: References) -> Iterator[Problem]:
    """The names of the listed tags are unique (3.x §4.8.1, 2.0 Swagger Object)."""
    document = references.root.document
    tags = document.value.get("tags") if document is not None else None
    seen: set[str] = set()
    for index, tag in enumerate(tags if isinstance(tags, list) else ()):
        name = tag.get("name") if isinstance(tag, dict) else None
        if isinstance(name, str) and document is not None:
            if name in seen:
                place = pointer_to("tags", index)
                line, column = document.position(place)
                params = {"name": name[:200]}
                yield Problem(code="openapi.tag_twice", params=params, pointer=place, line=line, column=column)
            seen.add(name)


def _security(references: References, found: list[Operation], version: str) -> Iterator[Problem]:
    """Each name of a security requirement is a declared scheme (2.0 and 3.x Security Requirement Object)."""
    document = references.root.document
    if document is None:
        return
    components = document.value.get("components")
    declared = components.get("securitySchemes") if isinstance(components, dict) else None
    if version == "2.0":
        declared = document.value.get("securityDefinitions")
    schemes = set(declared) if isinstance(declared, dict) else set()

    def place(pointer: str) -> tuple[int, int]:
        return document.position(pointer)

    yield from _undeclared(document.value.get("security"), schemes, version, "/security", place)
    for operation in found:
        if "security" in operation.value and operation.file is references.root:
            pointer = operation.pointer + "/security"
            yield from _undeclared(operation.value["security"], schemes, version, pointer, place)


def _undeclared(
    security: Any, schemes: set[str], version: str, pointer: str, place: Callable[[str], tuple[int, int]]
) -> Iterator[Problem]:
    for index, requirement in enumerate(security if isinstance(security, list) else ()):
        for name in requirement if isinstance(requirement, dict) else ():
            # Since 3.2 the name may be the address of a scheme instead (§4.30).
            if name in schemes or (version == "3.2" and any(mark in name for mark in "/#:.")):
                continue
            where = f"{pointer}/{index}" + pointer_to(name)
            line, column = place(where)
            yield Problem(
                code="openapi.security_undeclared",
                params={"name": name[:200]},
                pointer=where,
                line=line,
                column=column,
            )
