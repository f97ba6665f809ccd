"""What an OpenAPI description offers: operations, how far they are described, what surrounds them."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from cpo_probes.api.deprecation import Deprecation, deprecation
from cpo_probes.api.references import File, References
from cpo_scan.probe.documents import pointer_to
from cpo_scan.probe.wording import documented, is_documented

# OpenAPI 3.2.0 §4.9 (Path Item Object); Swagger 2.0 has no `trace`, before 3.2 there was no `query`.
_METHODS_2 = ("get", "put", "post", "delete", "options", "head", "patch")
_METHODS_3 = (*_METHODS_2, "trace")
_METHODS = {"2.0": _METHODS_2, "3.0": _METHODS_3, "3.1": _METHODS_3, "3.2": (*_METHODS_3, "query")}
LISTED = 100
_USERINFO = re.compile(r"(?<=://)[^/?#@\s]*@")
_ERROR = re.compile(r"[45](?:\d\d|XX)\Z|default\Z")


class Operation(NamedTuple):
    """One operation: where it stands, and what it takes over from its path."""

    path: str
    method: str
    value: dict[str, Any]
    file: File
    pointer: str
    shared: list[Any]  # the path's parameters
    shared_file: File

    @property
    def name(self) -> str:
        """`GET /orders`"""
        return f"{self.method.upper()} {self.path}"


def operations(references: References, section: str, version: str) -> Iterator[Operation]:
    """The operations below `paths` or `webhooks`, in the order of the document; path items elsewhere are followed."""
    root = references.root
    items = root.document.value.get(section) if root.document is not None else None
    methods = _METHODS.get(version, _METHODS_3)
    for path, written in items.items() if isinstance(items, dict) else ():
        if not isinstance(written, dict) or path.startswith("x-"):
            continue
        item, file, base = written, root, pointer_to(section, path)
        if isinstance(item.get("$ref"), str) and not item["$ref"].startswith(f"#/{section}/"):  # else: another address
            place = references.resolve(item["$ref"], root)
            if not isinstance(place, str):
                target, target_file = references.follow(place.value, place.file)
                if isinstance(target, dict):
                    if not any(method in item for method in methods):
                        file, base = target_file, place.pointer
                    item = {**target, **item}
        shared = item.get("parameters")
        found = [(method, item.get(method)) for method in methods if method in item]
        if version == "3.2" and isinstance(item.get("additionalOperations"), dict):
            found += [(f"additionalOperations/{name}", value) for name, value in item["additionalOperations"].items()]
        for method, value in found:
            if isinstance(value, dict):
                yield Operation(
                    path=path,
                    method=method.rpartition("/")[2],
                    value=value,
                    file=file,
                    pointer=base + pointer_to(*method.split("/", 1)),
                    shared=shared if isinstance(shared, list) else [],
                    shared_file=file,
                )


class Surface:
    """What was counted over the operations of a description."""

    def __init__(self, found: list[Operation], references: References) -> None:
        self.operations = found
        self.parameters = self.documented_parameters = 0
        self.responses = self.documented_responses = 0
        self.with_example = self.with_error = self.secured = 0
        self.endings: list[tuple[str, Deprecation]] = []
        self._said: dict[tuple[str, str], bool] = {}
        self.internal = [operation for operation in found if operation.value.get("x-internal") is True]
        self._references = references
        self.described = documented(
            (_words(operation.value), (operation.path, operation.method, str(operation.value.get("operationId", ""))))
            for operation in found
        )
        document = references.root.document
        self._security = bool(document is not None and document.value.get("security"))
        for operation in found:
            self._count(operation)

    @property
    def undocumented(self) -> list[Operation]:
        """Operations without a description that says more than the name; those marked as internal are left out."""
        return [
            operation
            for operation, described in zip(self.operations, self.described, strict=True)
            if not described and operation.value.get("x-internal") is not True
        ]

    def _count(self, operation: Operation) -> None:
        value, follow = operation.value, self._references.follow
        if value.get("deprecated") is True:
            self.endings.append((operation.name, deprecation(_words(value), value)))
        security = value.get("security")
        self.secured += bool(security) if isinstance(security, list) else self._security
        own = value.get("parameters")
        example = False
        listed = own if isinstance(own, list) else []
        for parameter, file in [(item, operation.file) for item in listed] + [
            (item, operation.shared_file) for item in operation.shared
        ]:
            meant, _ = follow(parameter, file)
            if isinstance(meant, dict):
                self.parameters += 1
                self.documented_parameters += self._is_described(meant, str(meant.get("name", "")))
                example = example or _has_example(meant)
        body, file = follow(value.get("requestBody"), operation.file)
        example = example or _has_example(body)
        answers = value.get("responses")
        failing = False
        for code, response in answers.items() if isinstance(answers, dict) else ():
            if code.startswith("x-"):
                continue
            meant, file = follow(response, operation.file)
            if isinstance(meant, dict):
                self.responses += 1
                self.documented_responses += self._is_described(meant, code)
                example = example or _has_example(meant)
            failing = failing or _ERROR.match(code) is not None
        self.with_error += failing
        self.with_example += example

    def _is_described(self, value: dict[str, Any], own: str) -> bool:
        description = value.get("description")
        if not isinstance(description, str) or not description:
            return False
        known = self._said.get((description, own))  # what is referred to comes again and again
        if known is None:
            known = self._said[description, own] = is_documented(description, own)
        return known


def _words(value: dict[str, Any]) -> str:
    """Summary and description as one text."""
    return "\n".join(text for text in (value.get("summary"), value.get("description")) if isinstance(text, str))


def _is_described(value: dict[str, Any], *own: str) -> bool:
    description = value.get("description")
    return isinstance(description, str) and is_documented(description, *own)


def _has_example(value: Any) -> bool:
    """An example at a parameter, a body or a response, or at one of its media types or their schemas."""
    if not isinstance(value, dict):
        return False
    if "example" in value or "examples" in value or "x-example" in value:
        return True
    content, schema = value.get("content"), value.get("schema")
    for item in content.values() if isinstance(content, dict) else ():
        if isinstance(item, dict) and ("example" in item or "examples" in item):
            return True
    return isinstance(schema, dict) and ("example" in schema or "examples" in schema)


def surroundings(value: dict[str, Any]) -> dict[str, Any]:
    """Attributes from the head of the document: title, version of the API, licence, servers, security schemes."""
    info = _mapping(value.get("info"))
    licence = info.get("license")
    components = _mapping(value.get("components"))
    schemes = components.get("securitySchemes", value.get("securityDefinitions"))
    schemas = components.get("schemas", value.get("definitions"))
    return {
        "title": _text(info.get("title")),
        "api_version": _text(info.get("version")),
        "licence": _text(licence.get("identifier") or licence.get("name")) if isinstance(licence, dict) else None,
        "contact": bool(info.get("contact")),
        "servers": _servers(value),
        "security": sorted(
            {str(scheme["type"])[:40] for scheme in schemes.values() if isinstance(scheme, dict) and "type" in scheme}
        )
        if isinstance(schemes, dict)
        else [],
        "schemas": len(schemas) if isinstance(schemas, dict) else 0,
    }


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _servers(value: dict[str, Any]) -> list[str]:
    """Addresses as the document gives them, without names and passwords in them."""
    listed = value.get("servers")
    if isinstance(listed, list):
        found = [server.get("url") for server in listed if isinstance(server, dict)]
    elif isinstance(value.get("host"), str):
        schemes = value.get("schemes") if isinstance(value.get("schemes"), list) else [""]
        base = value.get("basePath") if isinstance(value.get("basePath"), str) else ""
        found = [(f"{scheme}://" if scheme else "//") + value["host"] + str(base) for scheme in schemes or [""]]
    else:
        found = []
    return [_USERINFO.sub("", url)[:240] for url in found if isinstance(url, str)][:LISTED]


def _text(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return " ".join(str(value)[:1000].split())[:240] or None
