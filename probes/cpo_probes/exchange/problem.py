"""Where and how a file breaks its standard: what the readers of Part 21, IGES and JT report."""

from typing import Any

import msgspec


class Problem(msgspec.Struct, frozen=True):
    """Something that is not as the standard says.

    `byte` counts from 0; `line` and `column` (in octets) from 1, both 0 where the format has no lines. `clause` is that
    of the standard which the reader names.
    """

    code: str
    byte: int
    clause: str
    params: dict[str, Any] = {}
    line: int = 0
    column: int = 0

    def row(self) -> dict[str, Any]:
        """The problem as it stands in a finding's `problems`."""
        row: dict[str, Any] = {"code": self.code, "clause": self.clause, "byte": self.byte}
        if self.line:
            row |= {"line": self.line, "column": self.column}
        return row | ({"params": self.params} if self.params else {})
