"""The entity data model of an OData service, whatever it is written in: types, operations, entries of the container."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from cpo_scan.probe.documents import Problem
from cpo_scan.probe.xml_structure import XmlProblem

Where = Any
"""Where something stands: an element of an lxml tree, or a JSON pointer."""
_LONGEST = 200


class Member(NamedTuple):
    """A property or navigation property of a type, a parameter of an operation."""

    name: str
    type: str  # as written: `Collection(ns.Type)`; empty where it is not stated here
    where: Where
    navigation: bool = False
    roles: tuple[str, str] | None = None  # version 3 and before: association and the role led to
    nullable: bool = True
    default: bool = False  # it has a default value
    longest: str = ""  # the facet MaxLength


class Type(NamedTuple):
    """A named type: `entity`, `complex`, `enum`, `definition`; in version 3 and before also `association`."""

    kind: str
    name: str  # qualified
    base: str
    members: tuple[Member, ...]
    keys: tuple[tuple[str, Where], ...]
    where: Where
    own: bool  # it stands in the examined document


class Call(NamedTuple):
    """A function or an action, one overload."""

    kind: str
    name: str  # qualified
    bound: bool
    parameters: tuple[Member, ...]
    returns: str
    where: Where
    own: bool


class Entry(NamedTuple):
    """An entity set, a singleton, a function or action import of an entity container."""

    kind: str  # `EntitySet Singleton FunctionImport ActionImport`
    name: str
    target: str  # type or operation, as written; empty where version 3 states a return type alone
    container: str  # qualified name
    where: Where
    bindings: tuple[tuple[str, Where], ...] = ()  # targets of navigation property bindings
    parameters: tuple[Member, ...] = ()
    returns: str = ""
    own: bool = True


class Remarks(NamedTuple):
    """What annotations say of one thing."""

    text: str = ""
    deprecated: str | None = None  # the words of the revision that deprecated it


class Model:
    """What one description and those that it refers to define."""

    def __init__(self, language: str, version: str) -> None:
        self.language, self.version = language, version
        self.namespaces: set[str] = set()
        self.aliases: dict[str, str] = {}
        self.included: dict[str, str] = {}  # namespace -> address of the document that should define it
        self.types: dict[str, Type] = {}
        self.calls: list[Call] = []
        self.entries: list[Entry] = []
        self.containers: list[str] = []
        self.association_sets: list[tuple[str, str, tuple[str, ...], Where]] = []
        self.remarks: dict[str, Remarks] = {}  # by target path, namespace written out
        self.security: set[str] = set()
        self.schema_version: str | None = None
        self.terms = 0
        self.problems: list[Problem] = []
        self.locate: Callable[[Where], dict[str, Any]] = lambda _: {}

    def qualified(self, name: str) -> str:
        """A name with the namespace in the place of an alias."""
        space, dot, local = name.rpartition(".")
        return f"{self.aliases.get(space, space)}{dot}{local}"

    def path(self, target: str) -> str:
        """A target path with the namespace written out."""
        first, slash, rest = target.partition("/")
        overload = first.find("(")
        head = first if overload < 0 else first[:overload]
        return self.qualified(head) + slash + rest

    def remark(self, *parts: str) -> Remarks:
        """What is said of a thing: `remark(qualified, "Property")`."""
        return self.remarks.get("/".join(parts), Remarks())

    def add_remark(self, target: str, text: str = "", deprecated: str | None = None) -> None:
        """Take in one annotation of a target path (`ns.Type/Property`)."""
        known = self.remarks.get(target, Remarks())
        joined = f"{known.text}\n{text}" if known.text and text else known.text or text
        self.remarks[target] = Remarks(joined, deprecated if deprecated is not None else known.deprecated)

    def problem(self, where: Where, code: str, **params: str) -> Problem:
        """A problem at a place of the examined document."""
        place = self.locate(where)
        told = {key: value[:_LONGEST] for key, value in params.items()}
        if "xpath" in place:
            return XmlProblem(code=code, params=told, xpath=place["xpath"], line=place["line"])
        return Problem(code=code, params=told, **place)


def single(name: str) -> str:
    """The type inside `Collection(…)`, or the type itself."""
    name = name.strip()
    return name[len("Collection(") : -1].strip() if name.startswith("Collection(") and name.endswith(")") else name


def text_at(value: Any) -> str:
    """The text of an annotation's value in JSON."""
    return value if isinstance(value, str) else ""


def names(value: Mapping[str, Any]) -> list[str]:
    """The names that a JSON object defines: no control members, no annotations."""
    return [key for key in value if not key.startswith("$") and "@" not in key]
