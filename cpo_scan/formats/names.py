"""What a name hints at: the formats whose globs fit it. A name is never proof."""

import re
from collections.abc import Iterable, Iterator
from fnmatch import translate
from typing import NamedTuple

from cpo_scan.rulebook.formats import Format


class Hint(NamedTuple):
    """Rows whose names fit: those that own the name, all of them, and the one for which the name is enough."""

    owners: tuple[Format, ...]
    rows: dict[str, None]  # ids, in the order of the rules
    by_name: Format | None


NO_HINT = Hint((), {}, None)


class NameIndex:
    """Globs of all rows, by what they can be looked up with. Blind to case."""

    def __init__(self, formats: Iterable[Format]) -> None:
        whole: dict[str, list[tuple[Format, bool]]] = {}
        suffixes: dict[str, list[tuple[Format, bool]]] = {}
        globs: list[tuple[str, tuple[Format, bool]]] = []
        for row in formats:
            for glob, owned in [*((name, True) for name in row.names), *((name, False) for name in row.shared)]:
                folded, entry = glob.lower(), (row, owned)
                if folded.startswith("*.") and not set(folded[1:]) & set("*?["):
                    suffixes.setdefault(folded[1:], []).append(entry)
                elif set(folded) & set("*?["):
                    globs.append((folded, entry))
                else:
                    whole.setdefault(folded, []).append(entry)
        # what fits a longer name fits its shorter suffixes too: openapi.yaml is a *.yaml
        self._whole = {name: _hint([*entries, *_shorter(name, suffixes)]) for name, entries in whole.items()}
        self._suffixes = {name: _hint([*entries, *_shorter(name, suffixes)]) for name, entries in suffixes.items()}
        self._globs = globs
        self._compiled: list[tuple[re.Pattern[str], Hint]] | None = None

    def find(self, name: str) -> Hint:
        """The hint of a name: of the whole name, else of its longest known suffix, else of the other globs."""
        name = name.lower()
        found = self._whole.get(name)
        if found is not None:
            return found
        dot = name.find(".", 1)
        while dot >= 0:
            found = self._suffixes.get(name[dot:])
            if found is not None:
                return found
            dot = name.find(".", dot + 1)
        if "." not in name:
            return NO_HINT
        if self._compiled is None:
            self._compiled = [(re.compile(translate(glob)), _hint([entry])) for glob, entry in self._globs]
        return next((hint for pattern, hint in self._compiled if pattern.match(name)), NO_HINT)


def _shorter(name: str, suffixes: dict[str, list[tuple[Format, bool]]]) -> Iterator[tuple[Format, bool]]:
    dot = name.find(".", 1)
    while dot >= 0:
        yield from suffixes.get(name[dot:], ())
        dot = name.find(".", dot + 1)


def _hint(entries: list[tuple[Format, bool]]) -> Hint:
    return Hint(
        tuple(row for row, owned in entries if owned),
        dict.fromkeys(row.id for row, _ in entries),
        next((row for row, _ in entries if row.by_name), None),
    )
