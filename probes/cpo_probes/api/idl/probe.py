"""The probe for interface definitions (OMG, UNO, Microsoft); the work is done by the modules named idl_* beside it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from cpo_probes.api.idl.microsoft import MicrosoftReader
from cpo_probes.api.idl.names import LARGEST, Names
from cpo_probes.api.idl.omg import OmgReader
from cpo_probes.api.idl.preprocess import Prepared, prepare
from cpo_probes.api.idl.reader import IdlReader, Item
from cpo_probes.api.idl.uno import UnoReader
from cpo_scan.probe import (
    Artifact,
    Context,
    Evidence,
    Finding,
    LimitHit,
    Offered,
    Probe,
    Reason,
    Severity,
    Strength,
    formats,
)
from cpo_scan.probe.documents import Problem
from cpo_scan.probe.tokens import Fault, Tokens, is_string, is_word
from cpo_scan.probe.wording import documented

_FAMILY = "idl"
_LISTED = 100
_EVIDENCE = 8  # problems and undocumented operations of each that get a row of evidence
_READERS: Mapping[str, type[IdlReader]] = {"uno": UnoReader, "ms": MicrosoftReader, "omg": OmgReader}
_PREDEFINED = {"ms": frozenset({"__midl"})}  # MIDL reference: predefined macro
_SCHEMAS = frozenset({"struct", "union", "exception", "valuetype", "eventtype", "bitset"})
_TOP = frozenset({"library", "interface", "service", "singleton", "constants", "coclass", "component", "home"})
_SAID = frozenset({"operation", "attribute", "interface", "member", "property"}) | _SCHEMAS

_MICROSOFT = frozenset({"coclass", "importlib", "dispinterface", "cpp_quote", "midl_pragma", "apicontract"})
_ATTRIBUTES = frozenset(
    ("[", name) for name in ("in", "out", "uuid", "object", "id", "string", "size_is", "unique", "helpstring", "local")
)
_UNO = frozenset({"published", "constants", "singleton", "service"})
_OTHER_WORDS = {  # words that only another language of this name has: Web IDL, Mozilla's XPIDL
    **dict.fromkeys(
        ("DOMString", "USVString", "ByteString", "mixin", "Promise", "Exposed", "dictionary", "includes", "partial"),
        "Web IDL",
    ),
    **dict.fromkeys(("nsISupports", "scriptable", "builtinclass"), "XPIDL"),
}
_TEMPLATE = frozenset({("{", "{"), ("{", "%"), ("<", "%"), ("$", "{")})  # tokens that no IDL has side by side


class IdlProbe(Probe):
    """What the shipped interface definitions describe: OMG IDL, UNO IDL, Microsoft's MIDL and ODL.

    Operations of interfaces and how far they are described, types, and whether the file follows its grammar.
    """

    id = "api.idl"
    version = 3
    examines = formats("idl")
    states = ("api.description",)
    limitations = (
        "the preprocessor knows only what the file itself defines; where more is needed, validity is null",
        "where an included file is not at hand, names are not looked up and validity is null",
        "in Microsoft's IDL the bodies of structures are not checked, and unknown types leave validity null",
        "Web IDL and XPIDL are not read",
    )
    references = (
        "https://www.omg.org/spec/IDL/4.2",
        "https://wiki.openoffice.org/wiki/Documentation/DevGuide/AppendixD/UNOIDL_Syntax_Specification",
        "https://learn.microsoft.com/windows/win32/midl/midl-language-reference",
    )
    remediation = (
        "Write a comment in front of every operation that says more than its name, "
        "and ship all files that are included."
    )

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        try:
            text = context.text(artifact, LARGEST)
        except LimitHit as hit:
            context.unreadable(artifact, hit)
            return
        dialect, prepared, idl = _read(text)
        context.checkpoint()
        if not _is_description(idl):
            language = next((_OTHER_WORDS[word] for word in idl.texts if word in _OTHER_WORDS), "IDL")
            context.partly(artifact, "api.no_description", severity=Severity.BY_DESIGN, language=language)
            return
        yield _Description(artifact, idl, dialect, prepared, context).finding()


def read_idl(text: str) -> IdlReader:
    """A file, read in the dialect that fits."""
    return _read(text)[2]


def _read(text: str) -> tuple[str, Prepared, IdlReader]:
    """The dialect, and the file read in it; where that does not go, the dialect that does."""
    tokens = Tokens(text, directives=True)
    first = _dialect(tokens.texts)
    read = _read_as(first, tokens)
    faults = read[1].syntax_faults
    others = [other for other in ("uno", "omg") if faults and other != first]
    if read[1].faults and first != "ms" and _may_be_microsofts(tokens.texts):
        others.append("ms")
    for other in others:
        again = _read_as(other, Tokens(text, directives=True))
        functions = any(item.kind == "operation" and not item.scope for item in again[1].items)
        if not again[1].faults and again[1].items and not functions:
            return other, *again
    return first, *read


def _read_as(dialect: str, tokens: Tokens) -> tuple[Prepared, IdlReader]:
    prepared = prepare(tokens, _PREDEFINED.get(dialect, frozenset()))
    idl = _READERS[dialect](tokens)
    idl.includes += prepared.includes
    idl.read()
    return prepared, idl


def _dialect(texts: Sequence[str]) -> str:
    """What the words that only one dialect has speak for."""
    words = set(texts)
    if not _MICROSOFT.isdisjoint(words):
        return "ms"
    if {"com", "sun", "star"} <= words:
        return "uno"
    pairs = set(pairwise(texts))
    if ("uuid", "(") in pairs or any(a == "import" and is_string(b) for a, b in pairs):
        return "ms"
    if any(a in _UNO and is_word(b) for a, b in pairs):
        return "uno"
    if ("[", "in") in pairs or ("[", "out") in pairs:
        return "uno" if "module" in words else "ms"
    return "uno" if ("[", "attribute") in pairs or ("[", "property") in pairs else "omg"


def _may_be_microsofts(texts: Sequence[str]) -> bool:
    """Has it anything that only Microsoft's IDL has, or is it types as C writes them?

    Its grammar takes nearly all that C does.
    """
    words = set(texts)
    if "module" in words:
        return False
    return "interface" not in words or "*" in words or not _ATTRIBUTES.isdisjoint(pairwise(texts))


def _is_description(idl: IdlReader) -> bool:
    """Templates, and what merely looks like an interface definition, are none."""
    if not idl.syntax_faults:
        return bool(idl.items)
    strong = bool(idl.modules) or not _TOP.isdisjoint(idl.symbols.values())
    if not strong or idl.syntax_faults > len(idl.items) + len(idl.symbols):
        return False
    return _TEMPLATE.isdisjoint(pairwise(idl.tokens.texts)) and _OTHER_WORDS.keys().isdisjoint(idl.tokens.texts)


class _Description:
    """One file on its way to a finding."""

    def __init__(self, artifact: Artifact, idl: IdlReader, dialect: str, prepared: Prepared, context: Context) -> None:
        self.artifact, self.idl, self.tokens = artifact, idl, idl.tokens
        self.names = Names(artifact, idl, context, lambda text: _read_as(dialect, Tokens(text, directives=True))[1])
        self.unresolved = [] if idl.syntax_faults else list(self.names.faults())
        self.uncertain = prepared.uncertain or getattr(idl, "uncertain", False)
        self.comments = {item: self._comment(item) for item in idl.items if item.kind in _SAID}

    def finding(self) -> Finding:
        idl, names = self.idl, self.names
        kinds = Counter(item.kind for item in idl.items)
        operations = self._of("operation")
        attributes_ = self._of("attribute")
        interfaces = self._of("interface")
        schemas = self._of(*_SCHEMAS)
        properties = self._of("member", "property")
        said = self._said(operations)
        silent = [item for item, is_said in zip(operations, said, strict=True) if not is_said]
        valid, problems = self._verdict()
        microsoft = idl if isinstance(idl, MicrosoftReader) else None
        attributes: dict[str, Any] = {
            "family": _FAMILY,
            "dialect": idl.dialect,
            "title": self._title(),
            "api_version": (microsoft.version or None) if microsoft else None,
            "interfaces": len(interfaces),
            "documented_interfaces": sum(self._said(interfaces)),
            "operations": len(operations),
            "documented_operations": sum(said),
            "undocumented": [_short(item)[:300] for item in silent[:_LISTED]],
            "undocumented_total": len(silent),
            "attributes": len(attributes_),
            "documented_attributes": sum(self._said(attributes_)),
            "services": (kinds["service"] + kinds["singleton"]) or None,
            "constructors": kinds["constructor"] or None,
            "components": (kinds["coclass"] + kinds["component"] + kinds["home"]) or None,
            "schemas": len(schemas),
            "documented_schemas": sum(self._said(schemas)),
            "properties": len(properties),
            "documented_properties": sum(self._said(properties)),
            "enums": kinds["enum"] + kinds["bitmask"],
            "constants": kinds["constant"],
            "types": kinds["typedef"] or None,
            "deprecated_operations": sum(self._is_deprecated(item) for item in operations),
            "deprecated": sum(self._is_deprecated(item) for item in self.comments if item.kind != "operation"),
            "external_references": sorted({each.path[:240] for each in names.missing} | self._libraries())[:_LISTED]
            or None,
            "files": sorted({file.path for file in names.files.values()})[:_LISTED] or None,
            "valid": valid,
            "problems": [problem.row() for problem in problems[:_LISTED]],
            "problems_total": len(problems),
        }
        for row in attributes["problems"]:
            del row["pointer"]
        places = [fault.number for fault in [*idl.faults, *self.unresolved][:_EVIDENCE]]
        hidden = microsoft is not None and microsoft.hidden
        return Finding(
            "api.description",
            attributes,
            strength=Strength.VALIDATED if valid else Strength.RECOGNISED,
            evidence=tuple(
                self._at(number)
                for number in [
                    min((item.first for item in idl.items), default=0),
                    *places,
                    *(item.first for item in silent[:_EVIDENCE]),
                ]
            ),
            offered=Offered.INTERNAL if hidden else None,
            offered_reason=Reason("idl.marked_internal") if hidden else None,
        )

    def _verdict(self) -> tuple[bool | None, list[Problem]]:
        """Is the file right, and what is wrong or was not checked."""
        idl = self.idl
        sure = idl.dialect in ("omg", "uno")  # names of C types may come from anywhere
        problems = [self._problem(fault) for fault in [*idl.faults, *self.unresolved]]
        open_ = [
            Problem(code="idl.include_missing", params={"path": each.path[:200]}, line=self.tokens.line(each.offset))
            for each in self.names.missing
        ]
        open_ += [
            Problem(code="idl.library_missing", params={"path": path[:200]}) for path in sorted(self._libraries())
        ]
        if self.uncertain:
            open_.append(Problem(code="idl.preprocessor"))
        if idl.faults and not self.uncertain:
            return False, [*problems, *open_]
        if problems and sure and not open_:
            return False, problems
        return None if problems or open_ else True, [*problems, *open_]

    def _libraries(self) -> set[str]:
        return set(self.idl.libraries) if isinstance(self.idl, MicrosoftReader) else set()

    def _title(self) -> str:
        """The library; the only thing that the file declares; the module; the file's name."""
        items = [item for item in self.idl.items if item.kind not in ("member", "value")]
        libraries = [item.name for item in items if item.kind == "library"]
        if libraries:
            return libraries[0][:300]
        modules = {*self.idl.modules, ""}
        top = [item for item in items if item.scope in modules]
        if len(top) == 1:
            return top[0].full[:300]
        scopes = [item.scope.split("::") for item in top if item.scope]
        common = [parts[0] for parts in zip(*scopes, strict=False) if len(set(parts)) == 1] if scopes else []
        return "::".join(common)[:300] or self.artifact.name.rpartition(".")[0][:300]

    def _of(self, *kinds: str) -> list[Item]:
        return [item for item in self.idl.items if item.kind in kinds]

    def _comment(self, item: Item) -> str:
        return f"{self.tokens.comment(item.first, item.last)} {item.text}".strip()

    def _said(self, items: Iterable[Item]) -> list[bool]:
        return documented([(self.comments[item], (item.name, item.scope.rpartition("::")[2])) for item in items])

    def _is_deprecated(self, item: Item) -> bool:
        return item.deprecated or "@deprecated" in self.comments[item]

    def _problem(self, fault: Fault) -> Problem:
        place = self.tokens.place(fault.number)
        return Problem(code=fault.code, params=dict(fault.params), line=place["line"], column=place["column"])

    def _at(self, number: int) -> Evidence:
        return self.artifact.at(self.tokens.excerpt(number), **self.tokens.place(number))


def _short(item: Item) -> str:
    """Interface and name."""
    return f"{item.scope.rpartition('::')[2]}::{item.name}" if item.scope else item.name
