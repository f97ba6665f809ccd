"""The grammar of .proto files: proto2, proto3 and the editions, by the published language specifications.

What a file declares and refers to, and what is wrong with it by itself. Names are resolved in protobuf_names.
"""

from cpo_probes.api.protobuf.numbers import (
    INT32,
    MOST_IN_SET,
    MOST_NUMBER,
    Numbers,
    enum_faults,
    message_faults,
    number_fault,
    range_fault,
)
from cpo_probes.api.protobuf.reader import Default, Field, Import, ProtoReader, Reference, Rpc
from cpo_scan.probe.tokens import Tokens, is_string, is_word

_EDITIONS = frozenset({"2023", "2024"})
_UNSTABLE = "UNSTABLE"  # the edition that the compiler's authors are at work on
SCALARS = frozenset({
    "double", "float", "bool", "string", "bytes",
    "int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64", "sfixed32", "sfixed64",
})  # fmt: skip
_KEYS = SCALARS - {"double", "float", "bytes"}  # of maps
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
        if self.edition and (version == _UNSTABLE or (version.isdecimal() and version > max(_EDITIONS))):
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
        if full in self.message_sets:
            for name, _, place in numbers.fields:
                self.fault("protobuf.message_set_field", place, name=name[:200])
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
                self._message_option(full)
            case "oneof":
                self._oneof(full, numbers)
            case "extensions":
                self._extension_ranges(full, numbers)
            case "reserved":
                self._reserved(numbers)
            case "export" | "local" if self.texts[self.at + 1] in ("message", "enum"):
                self.at += 1
            case _:
                self._field(full, numbers)

    def _message_option(self, full: str) -> None:
        number = self.at + 1
        option = self.option_statement("message")
        if option == "deprecated" and self.deprecated_here:
            self.deprecated_messages += 1
            self.deprecated_types.add(full)
        elif option == "message_set_wire_format" and self.texts[self.at - 2] == "true":
            self.message_sets.add(full)
            if self.version == "proto3":
                self.fault("protobuf.message_set", number)
        elif option == "map_entry":  # for the compiler itself, which makes it of `map<…>`
            self.fault("protobuf.option", number, name=option)

    def _extension_ranges(self, full: str, numbers: Numbers) -> None:
        number = self.at
        self.at += 1
        if self.version == "proto3":
            self.fault("protobuf.extensions_proto3", number)
        while True:
            place = self.at
            low, high = self._range()
            self.extension_ranges[full].append((low, high))
            most = MOST_IN_SET if full in self.message_sets else MOST_NUMBER
            numbers.keep(low, high, place)
            self.told(range_fault(low, most if high == MOST_IN_SET else high, place, 1, most))
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

    def _reserved(self, numbers: Numbers, least: int = 1) -> None:
        """Names or numbers: one statement reserves things of one kind."""
        self.at += 1
        named = is_string(self.next) or (self.edition and is_word(self.next))
        while True:
            place = self.at
            if not named:
                low, high = self._range()
                numbers.keep(low, high, place)
                self.told(range_fault(low, high, place, least))
            else:
                name = self.take() if self.edition and is_word(self.next) else self.string()
                if name in numbers.names:
                    self.fault("protobuf.reserved_twice", place, name=name[:200])
                numbers.names.add(name)
            if not self.accept(","):
                break
        self.expect(";")

    def _field(self, owner: str, numbers: Numbers | None, *, oneof: str = "", extends: str = "") -> None:
        """A field; `oneof` names the oneof that it stands in; `extends` names what an extension extends."""
        first = self.at
        label, kind = "", "map"
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
            kind = self.type_name()
            self._reference(kind, owner, place)
        name = self.word()
        deprecated = self._numbered(owner, name, numbers, extends, kind=kind, repeated=label == "repeated")
        self.expect(";")
        self.fields.append(Field(owner, name, first, self.at - 1, deprecated, bool(extends), oneof))

    def _numbered(
        self, owner: str, name: str, numbers: Numbers | None, extends: str, *, kind: str, repeated: bool
    ) -> bool:
        """`= number [options]` of the field of the type `kind`; is it deprecated?"""
        self.declare(owner, name, "extension" if extends else "field", self.at - 1)
        self.expect("=")
        place = self.at
        number = self.integer()
        options, deprecated = self.options("field")
        if "default" in options:
            self._default(options["default"], kind, owner, repeated)
        if extends and "json_name" in options:
            self.fault("protobuf.json_name_extension", options["json_name"])
        if not extends or number <= MOST_NUMBER:
            self.told(number_fault(number, place))
        if numbers is not None:
            numbers.fields.append((name, number, place))
            if "json_name" not in options:
                numbers.json.append((name, place))
        elif extends:
            self.extensions.append((extends, owner, number, place))
        return deprecated

    def _default(self, place: int, kind: str, scope: str, repeated: bool) -> None:
        if self.version == "proto3":
            self.fault("protobuf.default_proto3", place)
            return
        stated = next(option for option in reversed(self.set_options) if option.number == place)
        self.defaults.append(Default(kind, scope, repeated, stated.kind, stated.text, place))

    def _check_label(self, label: str, number: int, in_oneof: bool) -> None:
        if in_oneof:
            self.fault("protobuf.label_in_oneof", number, label=label)
        elif (label == "required" and self.version == "proto3") or (label != "repeated" and self.edition):
            self.fault("protobuf.label", number, label=label, version=self.version)

    def _reference(self, name: str, scope: str, number: int, wants: str = "type") -> None:
        if name not in SCALARS or wants != "type":
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
        deprecated = self._numbered(owner, name.lower(), numbers, extends, kind=f".{full}", repeated=False)
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
            if self.next == "option":
                number = self.at
                option = self.option_statement("enum")
                if option == "allow_alias" and self.texts[self.at - 2] == "true":
                    alias.append(number)
                elif option == "allow_alias":
                    self.fault("protobuf.alias_denied", number, name=name[:200])
                elif option == "deprecated" and self.deprecated_here:
                    self.deprecated_types.add(full)
            elif self.next == "reserved":
                self._reserved(numbers, INT32.start)
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
            proto3 = self.version != "proto2" and not self.edition
            zero = proto3 or (self.edition and not self._may_be_closed())
            self.told(enum_faults(numbers, name, start, alias=bool(alias), zero_first=zero, proto3=proto3))
        else:
            self.fault("protobuf.empty", start, name=name[:200])

    def _may_be_closed(self) -> bool:
        """Does an edition's file set the feature `enum_type`, or features whose names were not read?"""
        return any(option.name == "features" and option.text in ("CLOSED", "") for option in self.set_options)

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
