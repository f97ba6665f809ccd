"""A member of a container, and its name as a segment of a report path: encoded, and one of its kind."""

from collections.abc import Callable, Iterable
from typing import Literal

import msgspec

from cpo_scan.model import Reason, encode_name
from cpo_scan.targets.content import Content
from cpo_scan.targets.errors import Unreadable

Kind = Literal["file", "link", "other"]
LINK_LIMIT = 4096  # bytes of a link's target that are kept: PATH_MAX of Linux


class Member(msgspec.Struct, frozen=True, gc=False):
    """One member. `content()` is valid until the next member is asked for, and raises Unreadable where it is broken.

    `name` stands in report paths after `!/`. `size` is what the container declares, in bytes; it may lie, and None
    says that it declares nothing. `reason` says why a member of kind `other` can't have content.
    """

    name: str
    kind: Kind
    size: int | None = None
    link_target: str | None = None
    reason: Reason | None = None
    read: Callable[[], Content] | None = None

    def content(self) -> Content:
        """Its bytes. Raises Unreadable: at once, or when they are read."""
        if self.read is None:
            reason = self.reason or Reason("member.link" if self.kind == "link" else "member.no_content")
            raise Unreadable(reason.code, **reason.params)
        return self.read()


class Names:
    """Gives each member of a container a name of its own: the second `a` is `a%002`."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken: dict[str, int] = dict.fromkeys(taken, 1)

    def unique(self, name: str) -> str:
        """`name` (encoded) where it is new, else with `%00N`, N counting from 2."""
        count = self._taken.get(name)
        if count is None:
            self._taken[name] = 1
            return name
        while True:
            count += 1
            if (other := f"{name}%00{count}") not in self._taken:
                self._taken[name], self._taken[other] = count, 1
                return other


def member_name(name: str) -> str:
    """A member's name as a report path: `.` and empty segments dropped (`./usr//lib` is `usr/lib`), then encoded.

    A name of which nothing is left becomes `%00`, so that no path ends in `!/`.
    """
    if "//" in name or "./" in name or name.endswith("/.") or name in (".", "/"):
        kept = [part for part in name.split("/") if part not in ("", ".")]
        name = "/" * name.startswith("/") + "/".join(kept)
    if name.isascii() and not (name.startswith("/") or "%" in name or "!" in name or "\0" in name or ".." in name):
        return name or "%00"
    return encode_name(name)


def link_text(target: str) -> str:
    """The target of a link as text of the report: encoded like names, but `..` and a leading `/` stay what they are."""
    return "/".join(part if part == ".." else encode_name(part) for part in target[:LINK_LIMIT].split("/"))
