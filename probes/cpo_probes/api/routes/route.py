"""One way into a program, as its code or its configuration declares it, and when two of them are the same."""

import msgspec

from cpo_scan.probe.patterns import standard as pattern

# `{id}`, `{id:[0-9]+}`, `<int:id>`, `(?P<id>[0-9]+)`, `[id]` as one segment; `:id` and `*` too.
_VARIABLE = pattern(r"\{[^{}]*+\}|<[^<>]*+>|\([^()]*+\)|:[A-Za-z_]\w*+[?*+]?|\*+", text=True)
LONGEST = 500  # characters of a path


class Route(msgspec.Struct, frozen=True):
    """A route. `verb` is empty where all are answered; `path` is whole as far as the file says it (`whole`)."""

    interface: str  # http, soap, messaging, com
    framework: str
    verb: str
    path: str
    line: int
    excerpt: str = ""
    whole: bool = True
    hidden: bool = False
    """Its author keeps it out of the description on purpose."""

    @property
    def name(self) -> str:
        """`GET /orders/{id}`"""
        return f"{self.verb} {self.path}".strip()


def joined(*parts: str) -> str:
    """Parts of a path, with one slash between them and one in front."""
    return ("/" + "/".join(part.strip("/") for part in parts if part.strip("/")))[:LONGEST]


def segments(path: str) -> tuple[str, ...]:
    """The segments of a path in lower case; a variable is an empty one."""
    plain, at = [], 0
    for match in _VARIABLE.finditer(path[:LONGEST]):
        plain.append(path[at : match.start()])
        at = match.end()
    text = "\0".join([*plain, path[at:LONGEST]]).strip("^$/")
    return tuple("" if "\0" in part else part.lower() for part in text.split("/") if part)
