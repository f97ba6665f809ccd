"""A run of instances whose shape a pattern has taken: what each is, what it asks of others, which need a closer look.

With numpy a run is read as vectors; without it, and where there are comments, token by token with the same answers.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from cpo_probes.exchange.part21.tokens import BINARY, COMMENT, ENUMERATION, KEYWORD, NUMBER, string
from cpo_probes.exchange.step.patterns import NARROW
from cpo_probes.exchange.step.references import References, Rule

Shape = tuple[bool, tuple[str, ...]]
"""How an instance is written: in external mapping or not, and the names of its records, in lower case."""

_WORTH_VECTORS = 4096  # octets of a run from which on vectors pay
_NAME_DIGITS = 18

_TOKEN = re.compile(
    rb"(?P<text>"
    + string(high=True)
    + rb")|(?P<gap>"
    + COMMENT
    + rb"|\\[NF]\\)|#(?P<name>[0-9]++)|(?P<sign>[(),;])|(?P<value>"
    + rb"|".join([NUMBER, ENUMERATION, BINARY])
    + rb")|(?P<word>"
    + KEYWORD
    + rb")"
)
_HASH, _OPEN, _CLOSE, _COMMA, _EQUAL, _QUOTE = range(1, 7)
_CLASSES = bytes(b"#(),='".find(octet) + 1 for octet in range(256))


class Told(msgspec.Struct, frozen=True):
    """What is known of a shape: the number of what such an instance is, and the first of its rules for each record."""

    kind: int
    first: tuple[int, ...]


class Runs:
    """Takes in runs. The rules of shapes are told before; `longest` is the least of the wide bounds of texts."""

    def __init__(self, references: References) -> None:
        self._references = references
        self._told: dict[Shape, Told] = {}
        self._wants: list[int] = []
        self._unique: list[bool] = []
        self._longest: int | None = None
        self._np = _vectors()
        self._kept: Any = None

    def tell(self, shape: Shape, kinds: frozenset[str], records: list[list[Rule]]) -> None:
        """The rules of a shape, for each record; its instances are of the entities `kinds`."""
        first = []
        for rules in records:
            first.append(len(self._wants))
            self._wants += [self._references.wants.of(rule.wanted) for rule in rules]
            self._unique += [rule.unique for rule in rules]
        self._told[shape] = Told(self._references.kinds.of(kinds), tuple(first))
        self._kept = None

    def bound(self, width: int | None) -> None:
        """Texts of more than this many characters need a look, if that is more than a pattern takes."""
        if width is not None and width > NARROW:
            self._longest = min(width, self._longest or width)

    def take(self, run: bytes) -> list[int]:
        """Note all of a run; the offsets of instances that must be looked at by themselves."""
        plain = self._np is None or len(run) < _WORTH_VECTORS or b"/*" in run or (b"\\" in run and _ODD.search(run))
        suspects = None if plain else self._take_vectors(run, self._np)
        return sorted(set(self._take(run) if suspects is None else suspects))

    # -- token by token

    def _take(self, run: bytes) -> Iterator[int]:
        references, longest = self._references, self._longest
        depth = start = name = slot = 0
        external, suspect, word = False, False, b""
        words: list[str] = []
        uses: list[tuple[int, int, int]] = []
        for match in _TOKEN.finditer(run):
            match match.lastgroup:
                case "name" if depth:
                    uses.append((len(words) - 1, slot, _integer(match["name"])))
                case "name":
                    start, name = match.start(), _integer(match["name"])
                case "word":
                    word = match["word"]
                case "text":
                    suspect |= longest is not None and len(match["text"]) - 2 > longest
                case "sign":
                    match match["sign"]:
                        case b"(":
                            depth += 1
                            external |= depth == 1 and not word
                            if depth == 1 + external and word:
                                words.append(word.decode().lower())
                                slot = 0
                            word = b""
                        case b")":
                            depth -= 1
                        case b",":
                            slot += depth == 1 + external
                        case _:
                            told = self._told[external, tuple(words)]
                            references.define(name, told.kind)
                            if suspect | self._asked(told, uses):
                                yield start
                            external, suspect, word = False, False, b""
                            words.clear()
                            uses.clear()
                case _:
                    pass

    def _asked(self, told: Told, uses: list[tuple[int, int, int]]) -> bool:
        """Note what one instance asks; True where something in it is wrong."""
        suspect, seen = False, set()
        for record, slot, name in uses:
            rule = told.first[record] + slot
            want = self._wants[rule]
            self._references.ask(name, want)
            suspect |= want > 0 and self._references.misfit(name, want) is not None
            if self._unique[rule]:
                suspect |= (rule, name) in seen
                seen.add((rule, name))
        return suspect

    # -- as vectors

    def _take_vectors(self, run: bytes, np: Any) -> list[int] | None:
        """None where a name is too great for a vector."""
        octets = np.frombuffer(run + b" " * 24, np.uint8)
        classes, wants, unique = self._arrays(np)
        what = classes[octets]
        at = np.flatnonzero(what)
        what = what[at]
        quote = what == _QUOTE
        outside = ((np.cumsum(quote) & 1) == 0) & ~quote
        suspects = self._long_texts(np, at[quote])
        at, what = at[outside], what[outside]
        is_open, is_equal = what == _OPEN, what == _EQUAL
        depth = np.cumsum(is_open.view(np.int8) - (what == _CLOSE).view(np.int8), dtype=np.int32)
        equal = np.flatnonzero(is_equal)
        starts, opened = at[equal - 1], at[equal + 1]
        external = octets[_trimmed(octets, opened - 1, -1)] == 61
        instance = np.cumsum(is_equal, dtype=np.int32) - 1
        level = 1 + external[instance].astype(np.int32)
        begins = np.flatnonzero(is_open & (depth == level))
        its = instance[begins]
        left = _trimmed(octets, at[begins - 1] + 1, 1).tolist()
        right = (_trimmed(octets, at[begins] - 1, -1) + 1).tolist()
        words = [run[a:b] for a, b in zip(left, right, strict=True)]
        kinds, first = self._shaped(words, its.tolist(), external.tolist())
        names = _integers(np, octets, starts + 1)
        used = np.flatnonzero((what == _HASH) & ~np.append(is_equal[1:], False))
        targets = _integers(np, octets, at[used] + 1)
        if names is None or targets is None or max(_top(names), _top(targets)) >= self._references.span:
            return None
        table = self._references.tables(np)[0]
        table[names] = kinds
        commas = np.cumsum((what == _COMMA) & (depth == level), dtype=np.int32)
        marks = np.zeros(len(what), np.int8)
        marks[begins] = 1
        record = (np.cumsum(marks, dtype=np.int32) - 1)[used]
        rule = np.array(first, np.int64)[record] + commas[used] - commas[begins][record]
        asked = wants[rule]
        self._references.ask_many(np, targets, asked)
        if self._references.wrong:
            pairs = [want << 16 | kind for want, kind in self._references.wrong]
            wrong = np.isin(asked.astype(np.int64) << 16 | table[targets], pairs)
            suspects += at[used][wrong].tolist()
        single = np.flatnonzero(unique[rule])
        if len(single):
            place = record[single].astype(np.int64) << 32 | rule[single]
            order = np.lexsort((targets[single], place))
            place, name = place[order], targets[single][order]
            twice = (place[1:] == place[:-1]) & (name[1:] == name[:-1])
            suspects += at[used[single[order[1:][twice]]]].tolist()
        owners = np.searchsorted(starts, np.array(suspects, np.int64), "right") - 1
        return [int(start) for start in starts[np.unique(owners)]] if suspects else []

    def _shaped(self, words: list[bytes], its: list[int], external: list[bool]) -> tuple[list[int], list[int]]:
        """For each instance what it is, and for each record its first rule."""
        kinds: list[int] = []
        first: list[int] = []
        known = _Simple(self._told)
        if not any(external):
            found = [known[word] for word in words]
            return [kind for kind, _ in found], [rule for _, rule in found]
        at = 0
        while at < len(words):
            number = its[at]
            if not external[number]:
                kind, rule = known[words[at]]
                kinds.append(kind)
                first.append(rule)
                at += 1
                continue
            stop = at + 1
            while stop < len(words) and its[stop] == number:
                stop += 1
            told = self._told[True, tuple(word.decode().lower() for word in words[at:stop])]
            kinds.append(told.kind)
            first += told.first
            at = stop
        return kinds, first

    def _long_texts(self, np: Any, quotes: Any) -> list[int]:
        """Where texts begin that are longer than the least of the wide bounds; pieces between '' are one text."""
        if self._longest is None or not len(quotes):
            return []
        opens, closes = quotes[::2], quotes[1::2]
        fresh = np.flatnonzero(np.append(True, opens[1:] != closes[:-1] + 1))
        last = np.append(fresh[1:] - 1, len(opens) - 1)
        found: list[int] = opens[fresh][closes[last] - opens[fresh] - 1 > self._longest].tolist()
        return found

    def _arrays(self, np: Any) -> Any:
        if self._kept is None:
            classes = np.frombuffer(_CLASSES, np.uint8)
            self._kept = classes, np.array(self._wants, np.uint16), np.array(self._unique, bool)
        return self._kept


_ODD = re.compile(rb"\\(?:S\\'|[NF]\\)")  # an apostrophe that ends no text; a separator that is no blank


class _Simple(dict[bytes, tuple[int, int]]):
    """What an instance in internal mapping is and its first rule, by its keyword."""

    def __init__(self, told: dict[Shape, Told]) -> None:
        super().__init__()
        self._told = told

    def __missing__(self, word: bytes) -> tuple[int, int]:
        told = self._told[False, (word.decode().lower(),)]
        self[word] = told.kind, told.first[0]
        return self[word]


def _trimmed(octets: Any, at: Any, step: int) -> Any:
    """Places moved over octets that say nothing."""
    while (blank := (octets[at] < 33) | (octets[at] == 127)).any():
        at = at + step * blank
    return at


def _integers(np: Any, octets: Any, at: Any) -> Any:
    """The numbers whose digits begin there; 0 where there is none, None where one is too great."""
    value, digits, length = np.zeros(len(at), np.int64), octets[at] - 48, 0
    while (digit := digits < 10).any():
        if (length := length + 1) > _NAME_DIGITS:
            return None
        value = np.where(digit, value * 10 + digits, value)
        at = at + digit
        digits = octets[at] - 48
    return value


def _top(values: Any) -> int:
    return int(values.max()) if len(values) else 0


def _integer(digits: bytes) -> int:
    significant = digits.lstrip(b"0") or b"0"
    return int(significant) if len(significant) <= _NAME_DIGITS else 0


def _vectors() -> Any:
    """numpy where it is installed: the same answers, several times faster."""
    try:
        import numpy
    except ImportError:
        return None
    return numpy
