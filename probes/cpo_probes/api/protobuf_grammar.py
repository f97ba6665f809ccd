"""The grammar of .proto files: proto2, proto3 and the editions, by the published language specifications.

What a file declares and refers to, and what is wrong with it by itself. Names are resolved in protobuf_names.
"""

from cpo_probes.api.protobuf_numbers import Numbers, enum_faults, message_faults, number_fault
from cpo_probes.api.protobuf_reader import Field, Import, ProtoReader, Reference, Rpc
from cpo_scan.probe.tokens import Tokens, is_string, is_word

_EDITIONS = frozenset({"2023", "2024"})
_SCALARS = frozenset({
    "double", "float", "bool", "string", "bytes",
    "int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64", "sfixed32", "sfixed64",
})  # fmt: skip
_KEYS = _SCALARS - {"double", "float", "bytes"}  # of maps
_LABELS = ("optional", "required", "repeated")


class ProtoFile(ProtoReader):
    """Reads a .proto file."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__(tokens)
        self._read()

    # -- the file

    def _read(self) -> None:
        self.attempt(self._syntax)
        while self.at < self.end:
            start = self.at
            self.attempt(self._top)
            if self.at == start:  # a brace that closes nothing
                self.at += 1

    def _syntax(self) -> None:
        if self.next not in ("syntax", "edition") or self.texts[self.at + 1] != "=":
            return
        self.edition = self.take() == "edition"
        self.take()
        number = self.at
        version = self.string()
        self.expect(";")
        if self.edition and version.isdecimal() and version > max(_EDITIONS):
            self.later = number  # how it differs from the editions known here, nobody can say
        elif version not in (_EDITIONS if self.edition else ("proto2", "proto3")):
            self.fault("protobuf.version", number, version=version[:40])
        self.version = version[:40]
        self.stated = True

    def _top(self) -> None:
        match self.next:
            case ";":
                self.at += 1
            case "import":
                self._import()
            case "package":
                self._package()
            case "option":
                if self.option_statement("file") == "deprecated":
                    self.deprecated = self.deprecated_here
            case "message":
                self._message(self.package)
            case "enum":
                self._enum(self.package)
            case "extend":
                self._extend(self.package)
            case "service":
                self._service()
            case "export" | "local" if self.texts[self.at + 1] in ("message", "enum"):
                self.at += 1
            case _:
                self.fail("message, enum, service, extend, import, package, option")

    def _import(self) -> None:
        self.at += 1
        kind = self.take() if self.next in ("public", "weak", "option") else ""
        number = self.at
        path = self.string()
        self.expect(";")
        if any(known.path == path for known in self.imports):
            self.fault("protobuf.import_twice", number, path=path[:200])
        else:
            self.imports.append(Import(path, kind, number))

    def _package(self) -> None:
        number = self.at
        self.at += 1
        name = self.dotted()
        self.expect(";")
        if self.package:
            self.fault("protobuf.package_twice", number)
        self.package = name
        self.stated = True

    # -- messages

    def _message(self, scope: str) -> None:
        first = self.at
        self.at += 1
        name = self.word()
        full = self.declare(scope, name, "message", self.at - 1)
        head = self.at
        self._message_body(full)
        self.messages.append((full, first, head))

    def _message_body(self, full: str) -> None:
        numbers = Numbers()
        self.extension_ranges.setdefault(full, [])
        outer, self.scope = self.scope, full
        self.block(lambda: self._message_statement(full, numbers))
        self.scope = outer
        numbers.ranges += self.extension_ranges[full]
        self.told(message_faults(numbers, json_names=self.version == "proto3"))

    def _message_statement(self, full: str, numbers: Numbers) -> None:
        match self.next:
            case "message":
                self._message(full)
            case "enum":
                self._enum(full)
            case "extend":
                self._extend(full)
            case "option":
                if self.option_statement("message") == "deprecated" and self.deprecated_here:
                    self.deprecated_messages += 1
                    self.deprecated_types.add(full)
            case "oneof":
                self._oneof(full, numbers)
            case "extensions":
                self._extension_ranges(full)
            case "reserved":
                self._reserved(numbers)
            case "export" | "local" if self.texts[self.at + 1] in ("message", "enum"):
                self.at += 1
            case _:
                self._field(full, numbers)

    def _extension_ranges(self, full: str) -> None:
        number = self.at
        self.at += 1
        if self.version == "proto3":
            self.fault("protobuf.extensions_proto3", number)
        while True:
            self.extension_ranges[full].append(self._range())
            if not self.accept(","):
                break
        self.options("extension range")
        self.expect(";")

    def _range(self) -> tuple[int, int]:
        low = high = self.integer()
        if self.accept("to"):
            high = 2**31 - 1 if self.accept("max") else self.integer()
        if high < low:
            self.fault("protobuf.range", self.at - 1)
        return low, high

    def _reserved(self, numbers: Numbers) -> None:
        self.at += 1
        while True:
            if is_string(self.next):
                numbers.names.add(self.string())
            elif self.edition and is_word(self.next):
                numbers.names.add(self.take())
            else:
                numbers.ranges.append(self._range())
            if not self.accept(","):
                break
        self.expect(";")

    def _field(self, owner: str, numbers: Numbers | None, *, oneof: str = "", extends: str = "") -> None:
        """A field; `oneof` names the oneof that it stands in; `extends` names what an extension extends."""
        first = self.at
        label = ""
        if self.next in _LABELS:
            label = self.take()
            self._check_label(label, first, bool(oneof))
        if self.next == "map" and self.texts[self.at + 1] == "<":
            if label or oneof or extends:
                self.fault("protobuf.map_label", first)
            self._map(owner)
        elif self.next == "group":
            self._group(owner, numbers, first, extends)
            return
        else:
            if not label and not oneof and self.version == "proto2" and is_word(self.next):
                self.fault("protobuf.label_missing", first)
            place = self.at
            self._reference(self.type_name(), owner, place)
        name = self.word()
        deprecated = self._numbered(owner, name, numbers, extends)
        self.expect(";")
        self.fields.append(Field(owner, name, first, self.at - 1, deprecated, bool(extends), oneof))

    def _numbered(self, owner: str, name: str, numbers: Numbers | None, extends: str) -> bool:
        """`= number [options]` of the field; is it deprecated?"""
        kind = "extension" if extends else "field"
        self.declare(owner, name, kind, self.at - 1)
        self.expect("=")
        place = self.at
        number = self.integer()
        options, deprecated = self.options("field")
        if "default" in options and self.version == "proto3":
            self.fault("protobuf.default_proto3", options["default"])
        self.told(number_fault(number, place))
        if numbers is not None:
            numbers.fields.append((name, number, place))
            if "json_name" not in options:
                numbers.json.append((name, place))
        elif extends:
            self.extensions.append((extends, owner, number, place))
        return deprecated

    def _check_label(self, label: str, number: int, in_oneof: bool) -> None:
        if in_oneof:
            self.fault("protobuf.label_in_oneof", number, label=label)
        elif (label == "required" and self.version == "proto3") or (label != "repeated" and self.edition):
            self.fault("protobuf.label", number, label=label, version=self.version)

    def _reference(self, name: str, scope: str, number: int, wants: str = "type") -> None:
        if name not in _SCALARS or wants != "type":
            self.references.append(Reference(name, scope, number, wants))

    def _map(self, owner: str) -> None:
        self.at += 2
        key = self.type_name()
        if key not in _KEYS:
            self.fault("protobuf.map_key", self.at - 1, name=key[:200])
        self.expect(",")
        self._reference(self.type_name(), owner, self.at - 1)
        self.expect(">")

    def _group(self, owner: str, numbers: Numbers | None, first: int, extends: str) -> None:
        if self.version != "proto2":
            self.fault("protobuf.group", self.at, version=self.version)
        self.at += 1
        name = self.word()
        if not name[0].isupper():
            self.fault("protobuf.group_name", self.at - 1, name=name[:200])
        full = self.declare(owner, name, "message", self.at - 1)
        deprecated = self._numbered(owner, name.lower(), numbers, extends)
        self.messages.append((full, first, self.at - 1))
        self._message_body(full)
        self.fields.append(Field(owner, name.lower(), first, self.at - 1, deprecated, bool(extends)))

    def _oneof(self, full: str, numbers: Numbers) -> None:
        start = self.at
        self.at += 1
        name = self.word()
        self.declare(full, name, "oneof", self.at - 1)
        before = len(numbers.fields)

        def statement() -> None:
            if self.next == "option":
                self.option_statement("oneof")
            else:
                self._field(full, numbers, oneof=name)

        self.block(statement)
        if len(numbers.fields) == before:
            self.fault("protobuf.empty", start, name=name[:200])

    def _extend(self, scope: str) -> None:
        start = self.at
        self.at += 1
        number = self.at
        name = self.type_name()
        self._reference(name, scope, number, "message")
        if self.version == "proto3" and not name.lstrip(".").startswith("google.protobuf."):
            self.fault("protobuf.extend_proto3", number)
        before = len(self.extensions)
        self.block(lambda: self._field(scope, None, extends=name))
        if len(self.extensions) == before:
            self.fault("protobuf.empty", start, name=name[:200])

    def _enum(self, scope: str) -> None:
        start = self.at
        self.at += 1
        name = self.word()
        full = self.declare(scope, name, "enum", self.at - 1)
        numbers = Numbers()
        alias: list[int] = []

        def statement() -> None:
            if self.next == "option" and self.texts[self.at + 1] != "=":
                number = self.at
                option = self.option_statement("enum")
                if option == "allow_alias" and self.texts[self.at - 2] == "true":
                    alias.append(number)
                elif option == "deprecated" and self.deprecated_here:
                    self.deprecated_types.add(full)
            elif self.next == "reserved" and self.texts[self.at + 1] != "=":
                self._reserved(numbers)
            else:
                value = self.word()
                self.declare(scope, value, "value", self.at - 1)
                self.expect("=")
                place = self.at
                number = self.integer()
                numbers.fields.append((value, number, place))
                _, deprecated = self.options("enum value")
                self.enum_values.append((full, value, number, deprecated))
                self.expect(";")

        self.block(statement)
        if numbers.fields:
            zero = self.version != "proto2" and not self.edition
            self.told(enum_faults(numbers, name, start, alias=bool(alias), zero_first=zero))
        else:
            self.fault("protobuf.empty", start, name=name[:200])

    def _service(self) -> None:
        self.at += 1
        name = self.word()
        full = self.declare(self.package, name, "service", self.at - 1)

        def statement() -> None:
            if self.next == "option":
                self.option_statement("service")
            else:
                self._rpc(name, full)

        self.scope = full
        self.block(statement)
        self.scope = ""

    def _rpc(self, service: str, full: str) -> None:
        first = self.at
        self.expect("rpc")
        name = self.word()
        self.declare(full, name, "rpc", self.at - 1)
        streams = self._message_in_brackets(full)
        self.expect("returns")
        streams = self._message_in_brackets(full) or streams
        last = self.at
        deprecated: list[bool] = []

        def statement() -> None:
            if self.next != "option":
                self.fail("option")
            if self.option_statement("method") == "deprecated":
                deprecated.append(self.deprecated_here)

        if not self.accept(";"):
            self.block(statement)
            self.accept(";")
        self.rpcs.append(Rpc(service, name, first, last, streams, any(deprecated)))

    def _message_in_brackets(self, scope: str) -> bool:
        self.expect("(")
        streams = self.accept("stream")
        number = self.at
        self._reference(self.type_name(), scope, number, "message")
        self.expect(")")
        return streams
