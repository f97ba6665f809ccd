"""Parameter lists and entity instances of a Part 21 file, token by token: exact at any depth, and exact about errors.

The slow way beside the one pattern of `part21_tokens`. No recursion but for SCOPE, which has a bound.
"""

import re
from collections.abc import Callable
from mmap import mmap
from typing import Any

from cpo_probes.exchange.part21.tokens import (
    BINARY,
    ENUMERATION,
    GAP,
    KEYWORD,
    NAME,
    NUMBER,
    RESOURCE,
    SEPARATOR,
    string,
    string_body,
)

Octets = bytes | mmap

_NESTING = 10_000_000  # parentheses inside each other; one octet each while they are open
_SCOPES = 32  # SCOPE structures inside each other (edition 1, 10.3)

_SEPARATOR = re.compile(SEPARATOR)
_LEFT = re.compile(rb"#[0-9]++")
_KEYWORD = re.compile(KEYWORD)
_EXPORTS = re.compile(SEPARATOR.join([rb"/", NAME, rb"(?:,", NAME, rb")*+/"]))  # edition 1, 10.3.1


def _items(high: bool, anchors: bool) -> re.Pattern[bytes]:
    """One token of a parameter list; of an item in the anchor section resources too, and no typed or omitted value."""
    atoms = [string(high), NUMBER, NAME, rb"\$", ENUMERATION, BINARY, RESOURCE if anchors else rb"\*"]
    typed = rb"(?!)" if anchors else KEYWORD + SEPARATOR + rb"\("
    return re.compile(
        rb"(?P<atom>" + rb"|".join(atoms) + rb")|(?P<typed>" + typed + rb")|(?P<open>\(++)|(?P<close>\))|(?P<comma>,)"
    )


def _commas(high: bool) -> re.Pattern[bytes]:
    """As many simple values with their commas as stand in a row: takes long lists in one step."""
    atom = rb"(?:" + rb"|".join([NAME, NUMBER, string(high), rb"[$*]", ENUMERATION]) + rb")"
    flat = rb"\(" + GAP + atom + GAP + rb"(?:," + GAP + atom + GAP + rb")*+\)"
    return re.compile(rb"(?:" + GAP + rb"(?:" + atom + rb"|" + flat + rb")" + GAP + rb",)*+")


_ITEMS = {(high, anchors): _items(high, anchors) for high in (False, True) for anchors in (False, True)}
_COMMAS = {high: _commas(high) for high in (False, True)}
_BODY = {high: re.compile(string_body(high)) for high in (False, True)}

_LIST, _TYPED = 0, 1
_OPENED, _WANTED, _GIVEN = 0, 1, 2  # after "(", after ",", after a value


class Broken(Exception):
    """The grammar is broken at octet `at`; `clause` is that of ISO 10303-21:2016."""

    def __init__(self, code: str, at: int, clause: str, **params: Any) -> None:
        super().__init__(code, at)
        self.code, self.at, self.clause, self.params = code, at, clause, params


class Records:
    """Reads records from `data`; `high`: octets above 127 may stand in strings. `checkpoint` is called now and then."""

    def __init__(self, data: Octets, high: bool, checkpoint: Callable[[], None]) -> None:
        self.data, self.high, self.checkpoint = data, high, checkpoint

    def skip(self, at: int) -> int:
        """The offset after the token separators at `at`."""
        match = _SEPARATOR.match(self.data, at)
        return match.end() if match else at

    def expect(self, at: int, token: bytes, clause: str) -> int:
        """The offset after separators and `token`; raises Broken."""
        at = self.skip(at)
        if self.data[at : at + len(token)] != token:
            raise self.unexpected(at, token.decode(), clause)
        return at + len(token)

    def keyword(self, at: int, clause: str = "6.3") -> tuple[bytes, int]:
        """The keyword at `at` and the offset after it; raises Broken."""
        match = _KEYWORD.match(self.data, at)
        if match is None:
            raise self.unexpected(at, "KEYWORD", clause)
        return match.group(), match.end()

    def instance(self, at: int, depth: int = 0) -> int:
        """The offset after the entity instance at `at` and its semicolon; raises Broken."""
        match = _LEFT.match(self.data, at)
        if match is None:
            raise self.unexpected(at, "#", "11.1")
        at = self.skip(self.expect(match.end(), b"=", "5.5"))
        if self.data[at : at + 6] == b"&SCOPE":
            at = self._scope(at + 6, depth)
        at = self.complex(at + 1) if self.data[at : at + 1] == b"(" else self.record(at)
        return self.expect(at, b";", "5.5")

    def record(self, at: int) -> int:
        """The offset after a keyword with its parameters; raises Broken."""
        return self.parameters(self.expect(self.keyword(at)[1], b"(", "5.5"))

    def complex(self, at: int) -> int:
        """The offset after the records of a complex instance and its parenthesis; raises Broken."""
        at = self.record(self.skip(at))
        while self.data[(at := self.skip(at)) : at + 1] != b")":
            at = self.record(at)
        return at + 1

    def anchor_item(self, at: int) -> int:
        """The offset after the item of an anchor or of a tag (9.1) at `at`; raises Broken."""
        at = self.skip(at)
        token = _ITEMS[self.high, True].match(self.data, at)
        match token.lastgroup if token else None:
            case "atom" if token:
                return token.end()
            case "open":
                return self.parameters(at + 1, anchors=True)  # the first of them
            case _:
                raise self.unexpected(at, "VALUE", "9.1")

    def _scope(self, at: int, depth: int) -> int:
        if depth == _SCOPES:
            raise Broken("part21.scope_depth", at, "10.3 of edition 1", limit=_SCOPES)
        while self.data[(at := self.skip(at)) : at + 8] != b"ENDSCOPE":
            at = self.instance(at, depth + 1)
        at = self.skip(at + 8)
        if match := _EXPORTS.match(self.data, at):
            at = self.skip(match.end())
        return at

    def parameters(self, at: int, anchors: bool = False) -> int:
        """The offset after the parameter list whose parenthesis was opened before `at`; raises Broken."""
        data, items, commas = self.data, _ITEMS[self.high, anchors], _COMMAS[self.high]
        nested = bytearray([_LIST])
        state, steps = _OPENED, 0
        while nested:
            if state != _GIVEN and nested[-1] == _LIST and not anchors:
                run = commas.match(data, at)
                if run is not None and run.end() > at:
                    at, state = run.end(), _WANTED
            at = self.skip(at)
            token = items.match(data, at)
            kind = token.lastgroup if token else None
            match kind:
                case "atom" | "typed" | "open":
                    allowed = state != _GIVEN
                case "close":
                    allowed = state == _GIVEN or (state == _OPENED and nested[-1] == _LIST)
                case "comma":
                    allowed = state == _GIVEN and nested[-1] == _LIST
                case _:
                    allowed = False
            if token is None or not allowed:
                raise self.unexpected(at, _due(state, nested[-1]), "5.5")
            if kind == "close":
                nested.pop()
                state = _GIVEN
            elif kind == "comma":
                state = _WANTED
            elif kind == "atom":
                state = _GIVEN
            else:
                nested.extend([_TYPED] if kind == "typed" else bytes(len(token.group())))
                state = _OPENED
                if len(nested) > _NESTING:
                    raise Broken("part21.nesting", at, "5.5", limit=_NESTING)
            at = token.end()
            steps += 1
            if not steps & 0xFFFF:
                self.checkpoint()
        return at

    def unexpected(self, at: int, wanted: str, clause: str) -> Broken:
        """What is wrong at `at`, where `wanted` was due: told as exactly as the octets there allow."""
        data = self.data
        found = bytes(data[at : at + 1])
        if not found:
            return Broken("part21.ends", at, clause, wanted=wanted)
        if data[at : at + 2] == b"/*":
            return Broken("part21.comment", at, "13")
        if found == b"'":
            return self._string(at)
        if found[0] > 0x7F:
            return Broken("part21.octet", at, "5.2", octet=f"{found[0]:02X}")
        for start, code, its_clause in _TOKENS:
            if found in start and wanted == "VALUE":
                return Broken(code, at, its_clause)
        return Broken("part21.unexpected", at, clause, wanted=wanted, found=_shown(bytes(data[at : at + 12])))

    def _string(self, at: int) -> Broken:
        body = _BODY[self.high]
        end = at - 1
        while end < at or self.data[end : end + 2] == b"''":
            match = body.match(self.data, end + 2)
            end = match.end() if match else end + 2
        found = bytes(self.data[end : end + 1])
        if not found:
            return Broken("part21.string_open", at, "6.4.3")
        if found == b"\\":
            return Broken("part21.escape", end, "6.4.3", found=_shown(bytes(self.data[end : end + 6])))
        if found[0] > 0x7F:
            return Broken("part21.octet", end, "5.2", octet=f"{found[0]:02X}")
        return Broken("part21.unexpected", at, "5.5", wanted=", )", found="'")


_TOKENS = (
    (b"0123456789+-", "part21.number", "6.4.2"),
    (b".", "part21.enumeration", "6.4.5"),
    (b'"', "part21.binary", "6.4.6"),
    (b"#@", "part21.name", "6.4.4"),
    (b"abcdefghijklmnopqrstuvwxyz", "part21.lower_case", "6.3"),
)


def _due(state: int, kind: int) -> str:
    if state == _GIVEN:
        return ")" if kind == _TYPED else ", )"
    return "VALUE"


def _shown(octets: bytes) -> str:
    return octets.decode("ascii", "backslashreplace")
