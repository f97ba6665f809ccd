"""Reading YAML from libyaml's event stream: our own builder, so that every limit is checked before it hurts."""

import re
from collections.abc import Sequence
from math import isfinite
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from cpo_scan.probe.documents import Document, Place, Problem, pointer_to, without_collection
from cpo_scan.targets.errors import LimitHit, Unreadable
from cpo_scan.targets.limits import Limits

PROBLEMS = 100
_COLUMNS = 1 << 24  # a mark is line * _COLUMNS + column
_TAG = "tag:yaml.org,2002:"
# YAML 1.2.2 §10.3.2, the core schema; infinities and NaN have no place in JSON and stay text
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_OCTAL = re.compile(r"0o[0-7]+\Z")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_DIGITS = 4_300  # sys.int_info.default_max_str_digits
_HUGE = 1e308


def read(data: bytes, limits: Limits) -> Document:
    """The first document of a YAML stream in UTF-8. Raises Unreadable and LimitHit."""
    try:
        with without_collection():
            builder = _Builder(yaml.CSafeLoader(data), limits)
            value = builder.read()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise Unreadable("yaml.malformed", line=line, column=column) from None
    except yaml.reader.ReaderError as error:
        before = data[: error.position] if isinstance(error.position, int) else b""
        line, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
        raise Unreadable("yaml.malformed", line=line, column=column) from None
    marks = builder.marks
    problems = builder.problems
    return Document(value, "yaml", data, lambda path: _find(value, marks, path), lambda: problems)


def _find(value: Any, marks: dict[int, list[int]], path: Sequence[str]) -> Place:
    place = (1, 1, -1)
    for token in path:
        known = marks.get(id(value))
        if known is None:
            break
        if isinstance(value, dict):
            if token not in value:
                break
            mark = known[list(value).index(token)]
            value = value[token]
        else:
            if not (token.isascii() and token.isdigit() and len(token) < 10 and int(token) < len(known)):
                break
            mark = known[int(token)]
            value = value[int(token)]
        place = (mark // _COLUMNS + 1, mark % _COLUMNS + 1, -1)
    return place


class _Frame:
    """A container that is being filled."""

    __slots__ = ("anchor", "as_key", "height", "key", "mark", "merges", "node", "nodes_before", "places")

    def __init__(self, node: Any, anchor: str | None, nodes_before: int, mark: int, as_key: bool) -> None:
        self.node = node
        self.anchor = anchor
        self.nodes_before = nodes_before
        self.mark = mark
        self.as_key = as_key  # it stands where a key should
        self.places: list[int] = []
        self.key: str | None = None  # of a mapping: the key whose value comes next
        self.merges: list[Any] = []
        self.height = 1  # containers inside each other, itself included


class _Anchored:
    """What an anchor names: how much an alias to it adds."""

    __slots__ = ("height", "nodes", "value")

    def __init__(self, value: Any, nodes: int, height: int) -> None:
        self.value, self.nodes, self.height = value, nodes, height


class _Builder:
    def __init__(self, parser: Any, limits: Limits) -> None:
        self._next = parser.get_event
        self._limits = limits
        self._nodes = 0
        self._aliases = 0
        self._anchors: dict[str, _Anchored | None] = {}  # None while its node is open
        self._frames: list[_Frame] = []
        self._root: Any = None
        self.marks: dict[int, list[int]] = {}
        self.problems: list[Problem] = []

    def read(self) -> Any:
        """The value of the first document, None for an empty stream."""
        following, limit = self._next, self._limits.document_nodes
        while True:
            event = following()
            kind = type(event)
            if kind is ScalarEvent:
                self._scalar(event)
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                self._open(event, {} if kind is MappingStartEvent else [])
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                self._close()
            elif kind is AliasEvent:
                self._alias(event)
            elif kind is StreamEndEvent or (kind is not StreamStartEvent and kind is not DocumentStartEvent):
                break
            if self._nodes > limit:
                raise LimitHit("limit.document_nodes", limit=limit)
        if kind is not StreamEndEvent:
            self._look_behind()
        return self._root

    def _look_behind(self) -> None:
        """Say so where another document follows, or something that is none."""
        try:
            event = self._next()
        except yaml.YAMLError:
            self._problem("yaml.trailing", 0, None)
            return
        if not isinstance(event, StreamEndEvent):
            self._problem("yaml.more_documents", _mark(event), None)

    def _scalar(self, event: Any) -> None:
        frame = self._frames[-1] if self._frames else None
        mark = event.start_mark
        if frame is not None and frame.key is None and type(frame.node) is dict:
            text = event.value
            if event.anchor:
                self._anchors[event.anchor] = _Anchored(text, 1, 0)
            merge = text == "<<" and event.implicit[0]
            self._key(frame, text, mark.line * _COLUMNS + mark.column, merge)
            return
        self._nodes += 1
        text = event.value
        if event.implicit[0]:
            value = _plain(text)
        elif event.tag:
            value = _tagged(text, event.tag)
        else:
            value = text
        if event.anchor:
            self._anchors[event.anchor] = _Anchored(value, 1, 0)
        self._attach(value, mark.line * _COLUMNS + mark.column)

    def _key(self, frame: _Frame, text: str, mark: int, merge: bool = False) -> None:
        if merge:
            frame.merges.append(None)  # the next value is merged
        elif text in frame.node:
            self._problem("yaml.duplicate_key", mark, text)
            frame.places[list(frame.node).index(text)] = mark
        else:
            frame.node[text] = None
            frame.places.append(mark)
        frame.key = text

    def _attach(self, value: Any, mark: int) -> None:
        frame = self._frames[-1] if self._frames else None
        if frame is None:
            self._root = value
        elif type(frame.node) is list:
            frame.node.append(value)
            frame.places.append(mark)
        else:
            if frame.merges and frame.merges[-1] is None:
                frame.merges[-1] = (value, mark)
            else:
                frame.node[frame.key] = value
            frame.key = None

    def _open(self, event: Any, node: Any) -> None:
        if len(self._frames) >= self._limits.document_depth:
            raise LimitHit("limit.document_depth", limit=self._limits.document_depth)
        parent = self._frames[-1] if self._frames else None
        as_key = parent is not None and type(parent.node) is dict and parent.key is None
        self._nodes += 1
        if event.anchor:
            self._anchors[event.anchor] = None
        self._frames.append(_Frame(node, event.anchor, self._nodes - 1, _mark(event), as_key))

    def _close(self) -> None:
        frame = self._frames.pop()
        for merged in frame.merges:
            self._merge(frame, merged)
        self.marks[id(frame.node)] = frame.places
        if frame.anchor:
            self._anchors[frame.anchor] = _Anchored(frame.node, self._nodes - frame.nodes_before, frame.height)
        self._raise_parent(frame.height)
        if frame.as_key:
            self._complex_key(frame.node, frame.mark)
        else:
            self._attach(frame.node, frame.mark)

    def _raise_parent(self, height: int) -> None:
        if self._frames and self._frames[-1].height <= height:
            self._frames[-1].height = height + 1

    def _complex_key(self, node: Any, mark: int) -> None:
        """A list or mapping as a key: it has no place in JSON; its start as text stands for it."""
        self._problem("yaml.complex_key", mark, None)
        # The node must live on: marks go by identity.
        self._anchors[f"\0{mark}"] = _Anchored(node, 0, 0)
        self._key(self._frames[-1], f"? line {mark // _COLUMNS + 1}, column {mark % _COLUMNS + 1}", mark)

    def _alias(self, event: Any) -> None:
        mark = _mark(event)
        self._aliases += 1
        if self._aliases > self._limits.yaml_aliases:
            raise LimitHit("limit.yaml_aliases", limit=self._limits.yaml_aliases)
        if event.anchor not in self._anchors:
            raise Unreadable("yaml.malformed", line=mark // _COLUMNS + 1, column=mark % _COLUMNS + 1)
        named = self._anchors[event.anchor]
        if named is None:
            self._problem("yaml.holds_itself", mark, None)
            named = _Anchored(None, 1, 0)
        self._nodes += named.nodes
        if len(self._frames) + named.height > self._limits.document_depth:
            raise LimitHit("limit.document_depth", limit=self._limits.document_depth)
        self._raise_parent(named.height)
        frame = self._frames[-1] if self._frames else None
        if frame is None or type(frame.node) is list or frame.key is not None:
            self._attach(named.value, mark)
        elif isinstance(named.value, dict | list):
            self._complex_key(named.value, mark)
        else:
            self._key(frame, named.value if isinstance(named.value, str) else str(named.value), mark)

    def _merge(self, frame: _Frame, merged: tuple[Any, int] | None) -> None:
        """`<<` (the merge type of YAML 1.1): keys that the mapping does not have itself; the first source counts."""
        if merged is None:
            return
        value, mark = merged
        for source in value if isinstance(value, list) else [value]:
            if not isinstance(source, dict):
                self._problem("yaml.merge", mark, None)
                continue
            self._nodes += len(source)
            for key, item in source.items():
                if key not in frame.node:
                    frame.node[key] = item
                    frame.places.append(mark)

    def _problem(self, code: str, mark: int, key: str | None) -> None:
        if len(self.problems) < PROBLEMS:
            params = {} if key is None else {"key": key[:200]}
            path = [len(frame.node) if type(frame.node) is list else frame.key for frame in self._frames]
            pointer = pointer_to(*[part for part in path if part is not None], *([] if key is None else [key]))
            line, column = mark // _COLUMNS + 1, mark % _COLUMNS + 1
            self.problems.append(Problem(code=code, params=params, pointer=pointer, line=line, column=column))


def _mark(event: Any) -> int:
    mark = event.start_mark
    return int(mark.line * _COLUMNS + mark.column)


def _plain(text: str) -> Any:
    """A plain scalar by the core schema."""
    if text[:1] not in _NUMERIC:
        return _WORDS.get(text, text)
    return _number(text)


_NUMERIC = frozenset("0123456789+-.")


def _number(text: str) -> Any:
    if _INTEGER.match(text):
        return int(text) if len(text) <= _DIGITS else _HUGE
    if _FLOAT.match(text):
        value = float(text)
        return value if isfinite(value) else _HUGE if value > 0 else -_HUGE
    if _OCTAL.match(text):
        return int(text[2:], 8) if len(text) <= _DIGITS else _HUGE
    if _HEXADECIMAL.match(text):
        return int(text[2:], 16) if len(text) <= _DIGITS else _HUGE
    return text


def _tagged(text: str, tag: str) -> Any:
    """A scalar with a tag: those of the core schema convert, all others leave the text."""
    match tag.removeprefix(_TAG):
        case "int" | "float":
            return _number(text)
        case "bool" | "null":
            return _WORDS.get(text, text)
        case _:
            return text
