"""Registrations in sources of C, C++, C#, Java, JavaScript, Lua, Ruby, Tcl and TypeScript, by their tokens.

Which calls, constructors and assignments they are stands in `rules/data/registrations.yaml`.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from cpo_probes.exchange.names.label_words import words_of
from cpo_probes.exchange.names.naming import Naming
from cpo_probes.exchange.registration.script_roles import TEXT_LISTS, TEXT_MARKS, named_table, registering_call
from cpo_scan.probe.patterns import compile as compile_pattern
from cpo_scan.probe.script_tokens import Kind, Token, tokens

LANGUAGES = {
    "c": "cpp",
    "c-header": "cpp",
    "cpp": "cpp",
    "csharp": "csharp",
    "java-source": "java",
    "javascript": "javascript",
    "lua": "lua",
    "ruby": "ruby",
    "tcl": "tcl",
    "typescript": "javascript",
}
"""Languages of the tokens by formats."""
LONGEST_CALL = 2_000  # tokens of its arguments
LONGEST_SUFFIX = 10
FARTHEST_VALUE = 10  # tokens between the name of a table and what it holds
FARTHEST_DIALOG = 200  # tokens between a dialog's name and the assignment of its filter
_TEXT = r"""['"]?[ \t]*[=:]\s*[@$]{0,2}['"`][^'"`\n]{0,400}\."""  # gets a text in which a dot stands
_OPENING, _CLOSING = "({[", ")}]"
_DEFINE = ("function", "def", "proc", "class", "interface", "import", "using", "require")


class Offer(NamedTuple):
    """Formats that a source offers: by labels with patterns, suffixes or MIME types."""

    row: dict[str, Any]
    direction: str
    labels: tuple[str, ...]
    suffixes: tuple[str, ...]
    offset: int
    end: int


class Scripts:
    """The rows of the rules for one language, and where in a source they hold."""

    def __init__(self, rules: dict[str, Any], language: str) -> None:
        self._calls: dict[str, list[tuple[dict[str, Any], str]]] = {}
        self._assigned: dict[str, list[dict[str, Any]]] = {}
        for row in rules["script_calls"]:
            if language in row["languages"]:
                for callee in row.get("callee", ()):
                    receiver, _, name = callee.rpartition(".")
                    self._calls.setdefault(name, []).append((row, receiver))
                for name in row.get("assigned", ()):
                    self._assigned.setdefault(name, []).append(row)
        self._classes = [row for row in rules["script_classes"] if language in row["languages"]]
        self._language = LANGUAGES[language]

    def may_hold(self, source: str) -> bool:
        """Is there anything in a source that looks like one of the rows? Cheap; only the tokens know it for certain."""
        bases = [row["base"].rpartition(".")[2] for row in self._classes]
        lists = () if self._language == "cpp" else TEXT_LISTS
        if any(name in source for name in (*self._calls, *bases, *TEXT_MARKS, *lists)):
            return True
        if not any(name in source for name in self._assigned):
            return False
        pattern = compile_pattern(rf"\b(?:{'|'.join(sorted(self._assigned))})\b{_TEXT}", text=True)
        return pattern.search(source) is not None

    def offers(self, source: str, names: Naming) -> Iterator[Offer]:
        """All that a source registers or offers, in its order."""
        listed = list(tokens(source, self._language))
        variables = _variables(listed) if self._language == "tcl" else _constants(listed)
        speaking = any(mark in source for mark in (*TEXT_MARKS, *(() if self._language == "cpp" else TEXT_LISTS)))
        for number, token in enumerate(listed):
            if token.kind is not Kind.WORD:
                continue
            if speaking and self._language != "tcl":
                yield from _speaking(listed, number, self._language, source, names)
            for row, receiver in self._calls.get(token.text, ()):
                if _is_call(listed, number, receiver):
                    arguments = _arguments(listed, number + 1, self._language, source)
                    yield from _offer(row, listed, arguments, number, names, variables)
            for row in self._assigned.get(token.text, ()):
                if number + 1 < len(listed) and listed[number + 1].text in ("=", ":"):
                    arguments = _statement(listed, number + 2, ";,")
                    yield from _offer(row, listed, arguments, number, names, variables)
            if token.text == "class":
                yield from self._class(listed, number)

    def _class(self, listed: list[Token], number: int) -> Iterator[Offer]:
        head = ".".join(token.text for token in listed[number + 2 : number + 10] if token.kind is Kind.WORD)
        for row in self._classes:
            if listed[number + 2 : number + 3] and listed[number + 2].text == "<" and head.startswith(row["base"]):
                for at in range(number, min(number + LONGEST_CALL, len(listed) - 1)):
                    if listed[at].text == "def" and listed[at + 1].text == row["method"]:
                        text = next((one.text for one in listed[at : at + 10] if one.kind is Kind.STRING), "")
                        yield Offer(row, row["direction"], (), (text,), listed[number].start, listed[at].start)
                        break


def _speaking(listed: list[Token], number: int, language: str, source: str, names: Naming) -> Iterator[Offer]:
    """A call that registers, or a table that lists, by its own name."""
    name, follows = listed[number].text, listed[number + 1].text if number + 1 < len(listed) else ""
    if follows == "(" and (row := registering_call(name, names)) is not None and _is_call(listed, number, ""):
        arguments = _arguments(listed, number + 1, language, source)
        if not arguments or listed[arguments[-1]].text != "}":  # else it is defined here
            offers = list(_offer(row, listed, arguments, number, names, {}))
            yield from offers or _by_name(row, listed, arguments, number, names)
    elif follows in ("=", ":", "[", "{") and (row := named_table(name, names)) is not None:
        yield from _offer(row, listed, _value(listed, number + 1), number, names, {})


def _by_name(row: dict[str, Any], listed: list[Token], arguments: range, number: int, names: Naming) -> Iterator[Offer]:
    """A call that is given nothing but the name of a format: `registerImporter("STEP", reader)`."""
    first = next((listed[at] for at in arguments if listed[at].kind is Kind.STRING), None)
    if first is not None and names.whole(first.text, meant=True) is not None:
        yield Offer(row, row["direction"], (first.text,), (), listed[number].start, listed[arguments[-1]].start + 1)


def _value(listed: list[Token], start: int) -> range:
    """What a name is set to: a text, or what stands in the brackets behind signs and names of types."""
    for at in range(start, min(start + FARTHEST_VALUE, len(listed))):
        if listed[at].kind is Kind.STRING:
            return range(at, at + 1)
        if listed[at].text in _OPENING and listed[at + 1 : at + 2] and listed[at + 1].text != "]":
            return range(at, _balanced(listed, at))
        if listed[at].kind is Kind.SIGN and listed[at].text not in "=:[].<>":
            break
    return range(start, start)


def _is_call(listed: list[Token], number: int, receiver: str) -> bool:
    """Is the word at this place called, by this receiver where one is asked for, and not defined?"""
    before = [token.text for token in listed[max(0, number - 3) : number]]
    if before and before[-1] in _DEFINE:
        return False
    if receiver:
        plain = [text for text in before if text not in (".", ":")]
        return bool(plain) and len(plain) < len(before) and plain[-1] == receiver
    return True


def _arguments(listed: list[Token], start: int, language: str, source: str) -> range:
    """The tokens that a call is given: in brackets, with a block behind them, or to the end of the command or line."""
    if start >= len(listed):
        return range(start, start)
    if language == "tcl":
        return _statement(listed, start, ";")
    if listed[start].text not in _OPENING:
        at = start
        while at < len(listed) and (at == start or listed[at - 1].text == "," or not _on_new_line(listed, at, source)):
            at += 1
        return range(start, min(at, start + LONGEST_CALL))
    end = _balanced(listed, start)
    if language != "cpp" and end < len(listed) and listed[end].text == "{":  # of C++ it is the body of what is defined
        end = _balanced(listed, end)
    return range(start, end)


def _on_new_line(listed: list[Token], at: int, source: str) -> bool:
    return source.find("\n", listed[at - 1].start, listed[at].start) >= 0


def _balanced(listed: list[Token], start: int) -> int:
    """The place behind the bracket that closes the one at `start`."""
    depth = 0
    for at in range(start, min(start + LONGEST_CALL, len(listed))):
        if listed[at].kind is Kind.SIGN:
            depth += (listed[at].text in _OPENING) - (listed[at].text in _CLOSING)
            if depth == 0:
                return at + 1
    return min(start + LONGEST_CALL, len(listed))


def _statement(listed: list[Token], start: int, ends: str) -> range:
    """The tokens up to the end of the statement: a line end of Tcl, such a sign, or what closes an outer bracket."""
    depth = 0
    for at in range(start, min(start + LONGEST_CALL, len(listed))):
        token = listed[at]
        if token.kind is Kind.SIGN:
            depth += (token.text in _OPENING) - (token.text in _CLOSING)
        ended = token.kind is Kind.END or (token.kind is Kind.SIGN and token.text in ends)
        if depth < 0 or (depth == 0 and ended):
            return range(start, at)
    return range(start, min(start + LONGEST_CALL, len(listed)))


def _variables(listed: list[Token]) -> dict[str, range]:
    """What the variables of Tcl hold that are set once, to a list in braces: `set types {{"STEP" {.stp}}}`."""
    found: dict[str, range] = {}
    for at in range(len(listed) - 2):
        if listed[at].text == "set" and listed[at].kind is Kind.WORD and listed[at + 2].text == "{":
            name = f"${listed[at + 1].text}"
            found[name] = range(0) if name in found else range(at + 2, _balanced(listed, at + 2))
    return found


def _constants(listed: list[Token]) -> dict[str, range]:
    """What the names of other languages are set to once, a text or what stands in brackets: `const FILTERS = [`."""
    found: dict[str, range] = {}
    for at in range(1, len(listed)):
        if listed[at].text == "=" and listed[at - 1].kind is Kind.WORD:
            name, value = listed[at - 1].text, _value(listed, at)
            if value or name in found:
                found[name] = range(0) if name in found else value
    return found


def _offer(
    row: dict[str, Any],
    listed: list[Token],
    arguments: range,
    number: int,
    names: Naming,
    variables: dict[str, range],
) -> Iterator[Offer]:
    labels, suffixes = _formats(row, listed, arguments, names, variables)
    if labels or suffixes:
        direction = _direction(row, listed, arguments, number)
        last = min(arguments[-1] + 1 if arguments else number, len(listed) - 1)
        end = listed[last].start
        yield Offer(row, direction, tuple(labels), tuple(suffixes), listed[number].start, end)


def _formats(
    row: dict[str, Any], listed: list[Token], arguments: range, names: Naming, variables: dict[str, range]
) -> tuple[list[str], list[str]]:
    """The labels with patterns among the arguments, and the suffixes and MIME types."""
    labels: list[str] = []
    suffixes: list[str] = []
    places: list[int] = []
    for at in arguments:
        is_name = listed[at].kind is Kind.WORD and (at + 1 >= len(listed) or listed[at + 1].text not in (":", "=", "."))
        places += variables.get(listed[at].text, [at]) if is_name else [at]
    keys, key, depth, held, commas = row.get("keys", ()), "", 0, 0, 0
    for at in places[:LONGEST_CALL]:
        token = listed[at]
        if token.kind is Kind.SIGN:
            depth += (token.text in _OPENING) - (token.text in _CLOSING)
            commas += token.text == "," and depth == 1
            key = "" if depth < held else key
        follows = listed[at + 1].text if at + 1 < len(listed) else ""
        if token.kind in (Kind.WORD, Kind.STRING) and follows in (":", "=") and token.text in keys:
            key, held = token.text, depth
        elif token.kind is Kind.STRING or (token.kind is Kind.WORD and token.text[:1] in (".", "*")):
            if "*." in token.text and token.kind is Kind.STRING:
                labels.append(token.text)
                continue
            within = bool(key) or commas >= row.get("bare", LONGEST_CALL)
            for piece in token.text.replace(",", " ").split():
                bare = piece.lstrip("*.")
                if "/" in piece and names.by_mime(piece) is not None:
                    suffixes.append(piece)
                elif (
                    (within or piece.startswith((".", "*.")))
                    and bare.replace("_", "").isalnum()
                    and len(bare) <= LONGEST_SUFFIX
                ):
                    suffixes.append(bare.lower())
    return labels, list(dict.fromkeys(suffixes))


def _direction(row: dict[str, Any], listed: list[Token], arguments: range, number: int) -> str:
    """That of the row, unless names around the call tell which way, and only one."""
    told: set[str] = set()
    if "receiver" in row:
        near: Sequence[Token] = listed[max(0, number - 2) : number]
        told = _ways(row["receiver"], [word for token in near for word in words_of(token.text)])
        if not told:
            far = [token.text for token in listed[max(0, number - FARTHEST_DIALOG) : number]]
            told = next((way for text in reversed(far) if (way := _ways(row["receiver"], [text]))), set())
    if "words" in row:
        told = _ways(row["words"], [word for at in arguments for word in words_of(listed[at].text)])
    if "elsewhere" in row:
        told = _ways(row["elsewhere"], [token.text for token in listed if token.kind is Kind.WORD])
    return told.pop() if len(told) == 1 else str(row["direction"])


def _ways(table: dict[str, str], words: list[str]) -> set[str]:
    folded = {key.lower(): way for key, way in table.items()}
    return {folded[word.lower()] for word in words if word.lower() in folded}
