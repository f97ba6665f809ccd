"""Which artifacts does a probe examine? Declarative and cheap: the engine decides from it what to open."""

from fnmatch import translate
from functools import cache
from re import Pattern
from re import compile as compile_re

import msgspec

from cpo_scan.model import Recognition


class Clause(msgspec.Struct, frozen=True, kw_only=True):
    """One alternative; all that is set must hold."""

    formats: frozenset[str] = frozenset()
    standards: frozenset[str] | None = None  # empty: any standard
    parts: frozenset[str] = frozenset()  # file, schema, description
    names: tuple[str, ...] = ()  # globs on the artifact's name, blind to case
    containing: tuple[bytes, ...] = ()  # any of these literals stands in the content
    conflict: bool = False
    everything: bool = False


class Name(msgspec.Struct, frozen=True):
    """What is left to be asked once it is known what an artifact is: its name (None: any), then its content."""

    pattern: Pattern[str] | None
    containing: tuple[bytes, ...]


class Selector:
    """Alternatives (`|`); `containing` narrows all of them to contents that hold one of the literals."""

    def __init__(self, *clauses: Clause) -> None:
        self.clauses = clauses

    @property
    def sound(self) -> bool:
        """Is it plain data of the types that it should have? Only then can it be handed to another process."""
        try:
            packed = msgspec.msgpack.encode(self.clauses)
            return type(self) is Selector and msgspec.msgpack.decode(packed, type=tuple[Clause, ...]) == self.clauses
        except (TypeError, ValueError):
            return False

    def __or__(self, other: "Selector") -> "Selector":
        return Selector(*self.clauses, *other.clauses)

    def containing(self, *literals: bytes) -> "Selector":
        """The same artifacts, as far as one of the literals stands in their bytes."""
        return Selector(*(msgspec.structs.replace(clause, containing=literals) for clause in self.clauses))

    def matches(self, name: str, recognition: Recognition | None) -> tuple[bytes, ...] | None:
        """None where no clause holds; else the literals of which one must stand in the content (none: all may)."""
        return named(name.lower(), self.narrowed(recognition))

    def narrowed(self, recognition: Recognition | None) -> tuple[Name, ...]:
        """What the clauses that hold for artifacts of this kind ask beyond it. Depends on `kind_of` it and on nothing
        else, so that whoever looks at many artifacts asks once for each kind."""
        return tuple(
            Name(_pattern(clause.names) if clause.names and not clause.everything else None, clause.containing)
            for clause in self.clauses
            if self._holds(clause, recognition)
        )

    @staticmethod
    def _holds(clause: Clause, recognition: Recognition | None) -> bool:
        if clause.everything:
            return True
        if recognition is None:
            return bool(clause.names) and not (clause.formats or clause.parts or clause.standards is not None)
        return (
            (not clause.formats or recognition.format in clause.formats)
            and (
                clause.standards is None
                or (recognition.standard is not None and not recognition.carrier and not clause.standards)
                or recognition.standard in clause.standards
            )
            and (not clause.parts or recognition.part in clause.parts)
            and (not clause.conflict or recognition.named_as is not None)
        )


@cache
def _pattern(globs: tuple[str, ...]) -> Pattern[str]:
    return compile_re("|".join(translate(glob.lower()) for glob in globs))


def kind_of(recognition: Recognition | None) -> tuple[str, str | None, bool, str, bool] | None:
    """All of a recognition that clauses look at."""
    if recognition is None:
        return None
    return (
        recognition.format,
        recognition.standard,
        recognition.carrier,
        recognition.part,
        recognition.named_as is not None,
    )


def named(name: str, asked: tuple[Name, ...]) -> tuple[bytes, ...] | None:
    """What `Selector.matches` gives, from what is left to be asked and the name in lower case."""
    wanted: tuple[bytes, ...] = ()
    for one in asked:
        if one.pattern is None or one.pattern.match(name) is not None:
            if not one.containing:
                return ()
            wanted += one.containing
    return wanted or None


def formats(*ids: str) -> Selector:
    """Artifacts recognised as one of these formats (ids of `rules/formats`)."""
    return Selector(Clause(formats=frozenset(ids)))


def standards(*ids: str) -> Selector:
    """Artifacts of these standards, files and schemas; without ids: of any standard, carriers left out."""
    return Selector(Clause(standards=frozenset(ids)))


def parts(part: str) -> Selector:
    """Artifacts that are a `file`, a `schema` or a `description` of a standard that is no carrier."""
    return Selector(Clause(standards=frozenset(), parts=frozenset({part})))


def names(*globs: str) -> Selector:
    """Artifacts whose name fits a glob, whatever they are recognised as."""
    return Selector(Clause(names=globs))


def conflicts() -> Selector:
    """Artifacts whose content is something else than their name says."""
    return Selector(Clause(conflict=True))


def anything() -> Selector:
    """Every artifact. Costs a call for each: prefer the others."""
    return Selector(Clause(everything=True))
