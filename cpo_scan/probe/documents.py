"""What reading JSON and YAML gives: plain data, where each part of it stands, and what is wrong with it.

`data_text` opens such a document; `json_text` and `yaml_events` do the reading.
"""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec

from cpo_scan.targets.content import Bytes

EXCERPT = 240  # characters that an excerpt may have


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that is wrong in a document: a code of the message catalogues with parameters, and the place.

    `pointer` is RFC 6901; `file` is set where the place is in another artifact than the one examined.
    """

    code: str
    params: dict[str, Any] = {}
    pointer: str = ""
    line: int | None = None
    column: int | None = None
    file: str = ""

    def row(self) -> dict[str, Any]:
        """The problem as it stands in a finding's `problems`."""
        return {key: value for key, value in msgspec.to_builtins(self).items() if value not in ("", None, {})} | {
            "pointer": self.pointer
        }


Place = tuple[int, int, int]  # line and column from 1 (characters), offset in the UTF-8 bytes (-1: not known)


class Document:
    """Plain data (dict, list, str, int, float, bool, None) and where each part of it stands.

    Keys are always strings. Parts that an alias shares are the same object; nothing holds itself.
    """

    def __init__(
        self,
        value: Any,
        language: str,
        data: Bytes,
        find: Callable[[Sequence[str]], Place],
        problems: Callable[[], Sequence[Problem]],
    ) -> None:
        self.value = value
        self.language = language
        self._data = data
        self._find = find
        self._read_problems = problems
        self._problems: tuple[Problem, ...] | None = None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What the reader put up with: duplicate keys, more documents, lists that hold themselves. At most 100."""
        if self._problems is None:
            self._problems = tuple(self._read_problems())
        return self._problems

    def position(self, pointer: str) -> tuple[int, int]:
        """Line and column (from 1, in characters) of the key or item at a JSON pointer.

        Where the pointer leads nowhere, those of the last part of it that exists.
        """
        line, column, _ = self._find(tokens(pointer))
        return line, column

    def place(self, pointer: str) -> dict[str, Any]:
        """`pointer`, `line` and `column`, as `Artifact.at` takes them."""
        line, column = self.position(pointer)
        return {"pointer": pointer, "line": line, "column": column}

    def excerpt(self, pointer: str) -> str:
        """The text at a JSON pointer, to the end of its line."""
        line, column, offset = self._find(tokens(pointer))
        if offset < 0:
            start = 0
            for _ in range(line - 1):
                start = self._data.find(b"\n", start) + 1
            end = self._data.find(b"\n", start)
            text = self._data[start : end if end >= 0 else None].decode(errors="replace")
            return text[column - 1 : column - 1 + EXCERPT].strip()
        text = self._data[offset : offset + 4 * EXCERPT].decode(errors="replace")
        return text.split("\n", 1)[0][:EXCERPT].strip()


@contextmanager
def without_collection() -> Iterator[None]:
    """No garbage collection meanwhile: trees of documents have no cycles, and looking for some costs more than they."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def tokens(pointer: str) -> list[str]:
    """The reference tokens of a JSON pointer (RFC 6901 §3, §4)."""
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def pointer_to(*path: str | int) -> str:
    """The JSON pointer of a path of keys and indexes."""
    return "".join(["/" + str(token).replace("~", "~0").replace("/", "~1") for token in path])
