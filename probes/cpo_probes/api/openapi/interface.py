"""An OpenAPI description as an interface that can be compared: operations, parameters, answers, and their types."""

from collections.abc import Iterator
from typing import Any

from cpo_probes.api.description import mapping
from cpo_probes.api.openapi.surface import Operation as Described
from cpo_probes.api.openapi.surface import operations
from cpo_probes.api.path_template import position, without_names
from cpo_probes.api.references import File, References
from cpo_probes.api.schema_types import SchemaTypes
from cpo_scan.probe import Artifact, Context
from cpo_scan.probe.documents import Document, pointer_to
from cpo_scan.probe.interface import Interface, Operation, Slot, Type
from cpo_scan.probe.schemas import versions


def read_interface(artifact: Artifact, document: Document, context: Context, stated: str) -> Interface | None:
    """The interface that a description offers; None where its version is not known. Raises as the readers do."""
    version = next((known for known in versions("openapi") if stated.startswith(known)), None)
    if version is None or not isinstance(document.value, dict):
        return None
    return _Reading(References(artifact, document, context, "openapi"), version).interface()


class _Reading:
    def __init__(self, references: References, version: str) -> None:
        self._references, self._version = references, version
        root = references.root.document
        assert root is not None
        self._value: dict[str, Any] = root.value
        self._types = SchemaTypes(references, siblings=version in ("3.1", "3.2"))

    def interface(self) -> Interface:
        info = self._value.get("info")
        info = info if isinstance(info, dict) else {}
        found: dict[str, Operation] = {}
        for number, operation in enumerate(operations(self._references, "paths", self._version)):
            if number % 100 == 0:
                self._references.context.checkpoint()
            name = f"{operation.method.upper()} {without_names(operation.path)}"
            found.setdefault(name, self._operation(operation))
        self._types.read()
        return Interface(
            family="openapi",
            title=_text(info.get("title")),
            version=_text(info.get("version")),
            files=len(self._references.files),
            facts={"address": address} if (address := self._address()) else {},
            operations=found,
            types=self._types.types,
        )

    def _address(self) -> str:
        """The path below which all operations lie; hosts belong to an installation and not to a release."""
        if self._version == "2.0":
            return _text(self._value.get("basePath")).rstrip("/")
        servers = self._value.get("servers")
        urls = (
            [server.get("url") for server in servers if isinstance(server, dict)] if isinstance(servers, list) else []
        )
        if len(urls) != 1 or not isinstance(urls[0], str) or "{" in urls[0]:
            return ""
        _, _, rest = urls[0].rpartition("://")
        return ("/" + rest.partition("/")[2]).rstrip("/")[:240] if "://" in urls[0] else urls[0].rstrip("/")[:240]

    # -- operations

    def _operation(self, one: Described) -> Operation:
        value, inputs = one.value, dict(self._parameters(one))
        body, file = self._references.follow(value.get("requestBody"), one.file)
        if isinstance(body, dict):
            for kind, media in mapping(body.get("content")).items():
                inputs[f"body {kind.lower()}"] = self._slot(
                    mapping(media).get("schema"),
                    file,
                    f"{one.pointer}/requestBody",
                    required=body.get("required") is True,
                )
        outputs = dict(self._answers(one))
        return Operation(
            inputs=inputs,
            outputs=outputs,
            failures=frozenset(key for key in outputs if key[:1] in ("4", "5") or key.startswith("default")),
            access=self._access(value.get("security", self._value.get("security"))),
            deprecated=value.get("deprecated") is True,
            at=one.pointer,
        )

    def _parameters(self, one: Described) -> Iterator[tuple[str, Slot]]:
        own = value if isinstance(value := one.value.get("parameters"), list) else []
        places = [(item, one.shared_file, one.pointer.rpartition("/")[0]) for item in one.shared]
        places += [(item, one.file, one.pointer) for item in own]
        form: dict[str, Slot] = {}
        required = False
        for index, (item, where, base) in enumerate(places):
            parameter, file = self._references.follow(item, where)
            if not isinstance(parameter, dict) or not isinstance(parameter.get("name"), str):
                continue
            number = index if index < len(one.shared) else index - len(one.shared)
            at = f"{base}/parameters/{number}"
            place, name = str(parameter.get("in")), parameter["name"]
            schema = parameter.get("schema")
            if schema is None:
                content = list(mapping(parameter.get("content")).values())
                schema = mapping(content[0]).get("schema") if content else parameter  # 2.0: the parameter itself
            slot = self._slot(
                schema,
                file,
                at,
                required=parameter.get("required") is True and place != "path",
                deprecated=parameter.get("deprecated") is True,
                facts={key: str(parameter[key])[:40] for key in ("style", "explode") if key in parameter},
            )
            if place == "formData":
                form[name] = slot
                required = required or slot.required
            elif place == "body":
                for kind in self._kinds(one.value, "consumes"):
                    yield f"body {kind}", slot
            elif place == "path":
                yield f"path {position(one.path, name)}", slot
            else:
                yield f"{place} {name.lower() if place == 'header' else name}", slot
        if form:
            number = self._types.add(Type(bases=("object",), members=form, at=one.pointer))
            for kind in self._kinds(one.value, "consumes", "multipart/form-data"):
                yield f"body {kind}", Slot(type=number, required=required, at=one.pointer)

    def _answers(self, one: Described) -> Iterator[tuple[str, Slot]]:
        for code, response in mapping(one.value.get("responses")).items():
            if code.startswith("x-"):
                continue
            meant, file = self._references.follow(response, one.file)
            at = one.pointer + pointer_to("responses", code)
            meant = mapping(meant)
            content = mapping(meant.get("content"))
            if self._version == "2.0" and "schema" in meant:
                content = dict.fromkeys(self._kinds(one.value, "produces"), meant)
            yield code.upper(), Slot(at=at)
            for kind, media in content.items():
                yield f"{code.upper()} {kind.lower()}", self._slot(mapping(media).get("schema"), file, at)
            for name, header in mapping(meant.get("headers")).items():
                described, place = self._references.follow(header, file)
                described = mapping(described)
                schema = described.get("schema", described if self._version == "2.0" else None)
                yield f"{code.upper()} header {name.lower()}", self._slot(schema, place, at)

    def _kinds(self, operation: dict[str, Any], key: str, default: str = "application/json") -> list[str]:
        stated = operation.get(key, self._value.get(key))
        kinds = [kind.lower() for kind in stated if isinstance(kind, str)] if isinstance(stated, list) else []
        return kinds or [default]

    def _access(self, security: Any) -> frozenset[str]:
        if not isinstance(security, list) or not security:
            return frozenset(("",))
        ways = set()
        for requirement in security:
            named = mapping(requirement)
            ways.add(
                " + ".join(
                    f"{name}({', '.join(sorted(map(str, scopes)))})" if isinstance(scopes, list) and scopes else name
                    for name, scopes in sorted(named.items())
                )[:200]
            )
        return frozenset(ways)

    def _slot(
        self,
        schema: Any,
        file: File,
        at: str,
        *,
        required: bool = False,
        deprecated: bool = False,
        facts: dict[str, str] | None = None,
    ) -> Slot:
        number = self._types.number(schema, file, at)
        return Slot(type=number, required=required, deprecated=deprecated, facts=facts or {}, at=at)


def _text(value: Any) -> str:
    return "" if isinstance(value, bool) or not isinstance(value, str | int | float) else str(value)[:240]
