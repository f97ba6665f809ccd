"""Containers that are recognised and not opened: each says what it is and how to get at what it holds."""

from collections.abc import Callable, Iterator

from cpo_scan.targets.budget import Budget
from cpo_scan.targets.content import Content
from cpo_scan.targets.errors import Unreadable
from cpo_scan.targets.member import Member, Names

Closed = Callable[..., Iterator[Member]]


def _closed(what: str, tool: str) -> Closed:
    def opener(content: Content, budget: Budget, name: str, names: Names | None = None) -> Iterator[Member]:
        del content, budget, name, names
        raise Unreadable("container.closed", what=what, tool=tool)

    return opener


CLOSED: dict[str, Closed] = {
    "dmg": _closed("Apple UDIF", "hdiutil attach, 7z x"),
    "iscab": _closed("InstallShield", "unshield x"),
    "rar": _closed("RAR", "unrar x"),
    "udf": _closed("UDF", "7z x"),
    "wim": _closed("WIM", "wimlib-imagex extract"),
    "xar": _closed("XAR", "pkgutil --expand, xar -x"),
}
"""By the `opens_as` of the format rules: the opener that tells."""
