"""Names in XML documents and what refers to them: each reference leads to something in the same document.

Which names these are, format by format, is data: rules/data/references.yaml. Each value is remembered once in the first
reading; only where something is wrong is the document read again, for the places.
"""

from typing import Any

import msgspec

from cpo_probes.exchange.verdict import MOST, problem
from cpo_scan.probe import Content, Context, patterns
from cpo_scan.probe.xml import End, Start, Take, walk_xml, well_formed

_VALUES = 1_000_000  # names and references of a document that are remembered; long ones count for several
_PIECE = 64  # characters that count for one
_SHOWN = 200


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """One set of names and what refers to them; a row of the table."""

    name: str
    defined: tuple[str, ...]
    used: tuple[str, ...] = ()
    split: bool = False
    pattern: str | None = None
    unless: tuple[str, ...] = ()
    unique: bool = False
    complete: bool = True


class Broken(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong: `problems` (at most 20), how many in all, and how many of these are references to nothing."""

    problems: tuple[dict[str, Any], ...] = ()
    total: int = 0
    dangling: int = 0
    too_many: bool = False


def keys_of(form: str, context: Context) -> tuple[Key, ...]:
    """The keys of a format; none where the table has none."""
    rows = context.data("references")["formats"]
    return tuple(msgspec.convert(key, Key) for row in rows if form in row["formats"] for key in row["keys"])


def broken(content: Content, context: Context, keys: tuple[Key, ...]) -> Broken:
    """What is wrong with the names of a document. Raises Unreadable. Nothing is said of one that pulls others in."""
    first = _First(keys)
    if well_formed(content, context.limits, first).external_entities:
        return Broken()
    if first.left < 0:
        return Broken(too_many=True)
    twice, missing = first.twice(), first.missing()
    if not twice and not missing:
        return Broken()
    return _named(content, context, keys, twice, missing)


_Actions = tuple[tuple[int, bool], ...]
"""The keys that a place counts for, by number, and whether it defines a name there."""


class _Places:
    """Where the values of the keys stand: for which keys an attribute or a text counts, and what it says."""

    def __init__(self, keys: tuple[Key, ...]) -> None:
        self.keys = keys
        self._patterns = [patterns.standard(key.pattern, text=True) if key.pattern else None for key in keys]
        self._places = [
            (number, defines, *_parted(place))
            for number, key in enumerate(keys)
            for defines, places in ((True, key.defined), (False, key.used))
            for place in places
        ]
        self._texts: dict[tuple[str, str], _Actions] = {}

    def of_attribute(self, element: str, attribute: str) -> _Actions:
        """By local names."""
        return tuple(
            (number, defines)
            for number, defines, around, name, sign in self._places
            if sign == "@" and _fits(around or "*", element) and _fits(name, attribute)
        )

    def may_have_text(self, element: str) -> bool:
        """Counts the text of such an element anywhere?"""
        return any(sign == "/" and _fits(name, element) for _, _, _, name, sign in self._places)

    def of_text(self, around: str, element: str, attributes: dict[str, str]) -> _Actions:
        actions = self._texts.get((around, element))
        if actions is None:
            actions = self._texts[around, element] = tuple(
                (number, defines)
                for number, defines, outer, name, sign in self._places
                if sign == "/" and _fits(outer or "*", around) and _fits(name, element)
            )
        return tuple(action for action in actions if action[1] or not self.excused(action[0], attributes))

    def excused(self, number: int, attributes: dict[str, str]) -> bool:
        """Stands an attribute beside it that makes it no reference?"""
        return any(name in attributes for name in self.keys[number].unless)

    def names(self, number: int, value: str) -> list[str]:
        """The names that a value refers to."""
        pattern = self._patterns[number]
        found = value.split() if self.keys[number].split else [value]
        if pattern is None:
            return found
        matches = [match for each in found if (match := pattern.fullmatch(each))]
        return [match.group(1) if match.groups() else match.group() for match in matches]


class _First:
    """Watches the first reading, and remembers each value."""

    def __init__(self, keys: tuple[Key, ...]) -> None:
        self._keys = keys
        self._places = _Places(keys)
        self._defined: list[set[str]] = [set() for _ in keys]
        self._twice: list[set[str]] = [set() for _ in keys]
        self._used: list[set[str]] = [set() for _ in keys]
        self._actions: _Actions = ()
        self.left = _VALUES

    def element(self, name: str) -> tuple[Take, bool]:
        local = _local(name)
        places, texts = self._places, self._places.may_have_text(local)
        known: dict[str, _Actions] = {}

        def take(found: dict[str, str], around: str) -> bool:
            for attribute, value in found.items():
                actions = known.get(attribute)
                if actions is None:
                    actions = known[attribute] = places.of_attribute(local, attribute)
                for number, defines in actions:
                    if defines:
                        self._defines(number, value)
                    elif not places.excused(number, found):
                        self._uses(number, value)
            if texts:
                self._actions = places.of_text(_local(around), local, found)
                return bool(self._actions)
            return False

        return take, texts

    def text(self, text: str) -> None:
        for number, defines in self._actions:
            if defines:
                self._defines(number, text.strip())
            else:
                self._uses(number, text.strip())

    def _defines(self, number: int, value: str) -> None:
        if value in self._defined[number]:
            if self._keys[number].unique:
                self._twice[number].add(value)
        else:
            self._keep(self._defined[number], value)

    def _uses(self, number: int, value: str) -> None:
        for name in self._places.names(number, value):
            if name not in self._used[number]:
                self._keep(self._used[number], name)

    def _keep(self, values: set[str], value: str) -> None:
        self.left -= 1 + len(value) // _PIECE
        if self.left >= 0:
            values.add(value)

    def twice(self) -> set[tuple[int, str]]:
        return {(key, value) for key, values in enumerate(self._twice) for value in values}

    def missing(self) -> set[tuple[int, str]]:
        return {
            (key, value)
            for key, used in enumerate(self._used)
            if self._keys[key].complete or self._defined[key]
            for value in used - self._defined[key]
        }


def _named(
    content: Content,
    context: Context,
    keys: tuple[Key, ...],
    twice: set[tuple[int, str]],
    missing: set[tuple[int, str]],
) -> Broken:
    """The second reading, for the places of what is wrong."""
    places = _Places(keys)
    seen: set[tuple[int, str]] = set()
    told: set[tuple[int, str]] = set()
    problems: list[dict[str, Any]] = []
    total = dangling = 0
    opened: list[tuple[Start, _Actions]] = []
    known: dict[tuple[str, str], _Actions] = {}

    def look(number: int, defines: bool, value: str, start: Start) -> None:
        nonlocal total, dangling
        shown = {"line": start.line, "column": start.column}
        if defines:
            place = (number, value)
            if place in twice and place in seen:
                total += 1
                if len(problems) < MOST:
                    problems.append(problem("xml.identifier_twice", name=value[:_SHOWN], **shown))
            seen.add(place)
            return
        for name in places.names(number, value):
            place = (number, name)
            if place in missing and place not in told:
                told.add(place)
                total += 1
                dangling += 1
                if len(problems) < MOST:
                    element = _local_of(start.tag)[:_SHOWN]
                    problems.append(problem("xml.dangling", reference=name[:_SHOWN], element=element, **shown))

    for event in walk_xml(content, context.limits):
        match event:
            case Start():
                local = _local_of(event.tag)
                for attribute, value in event.attributes.items():
                    if (found := known.get((local, attribute))) is None:
                        found = known[local, attribute] = places.of_attribute(local, attribute)
                    for number, defines in found:
                        if defines or not places.excused(number, event.attributes):
                            look(number, defines, value, event)
                around = _local_of(opened[-1][0].tag) if opened else ""
                opened.append((event, places.of_text(around, local, event.attributes)))
            case End():
                start, actions = opened.pop()
                for number, defines in actions:
                    look(number, defines, event.text.strip(), start)
    return Broken(problems=tuple(problems), total=total, dangling=dangling)


def _parted(place: str) -> tuple[str, str, str]:
    """`Element@attribute`, `Element` and `Element/Child` as what is around, what holds the value, and its sign."""
    if "@" in place:
        element, _, attribute = place.partition("@")
        return element, attribute, "@"
    around, slash, name = place.rpartition("/")
    return around if slash else "", name, "/"


def _fits(wanted: str, name: str) -> bool:
    if wanted.startswith("*"):
        return name.endswith(wanted[1:])
    return name.startswith(wanted[:-1]) if wanted.endswith("*") else name == wanted


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


def _local_of(tag: str) -> str:
    return tag.rpartition("}")[2]
