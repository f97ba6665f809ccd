"""Archives of `ar`, which Debian packages are (deb(5)): a header of 60 bytes of text before each member."""

from collections.abc import Iterator

from cpo_scan.targets.budget import Budget
from cpo_scan.targets.content import SMALL, Bytes, BytesContent, Content, StreamContent, Window
from cpo_scan.targets.errors import LimitHit, Unreadable
from cpo_scan.targets.member import Member, Names, member_name

MAGIC = b"!<arch>\n"
_HEADER = 60  # name 16, date 12, owner 6, group 6, mode 8, size 10, end 2
_LONG_NAMES = 16 * 2**20  # bytes that a table of long names may have
_SYMBOLS = (b"/", b"/SYM64/", b"__.SYMDEF", b"__.SYMDEF SORTED")  # tables of the linker


def open_ar(content: Content, budget: Budget, name: str, names: Names | None = None) -> Iterator[Member]:
    """The members of an `ar` archive in its order; tables of symbols and of long names are no members."""
    del name
    names = names or Names()
    data = content.whole()
    if data[: len(MAGIC)] != MAGIC:
        raise Unreadable("ar.damaged", at=0)
    at, table = len(MAGIC), b""
    while at < len(data):
        budget.check()
        header = data[at : at + _HEADER]
        size_text = header[48:58].strip(b" ")
        if len(header) < _HEADER or header[58:] != b"`\n" or not size_text or size_text.strip(b"0123456789"):
            raise Unreadable("ar.damaged", at=at)
        start, size = at + _HEADER, int(size_text)
        end = start + size
        at = end + size % 2
        raw = header[:16].rstrip(b" ")
        if raw == b"//":
            table = data[start : min(end, start + _LONG_NAMES)]
            continue
        if raw.startswith(b"#1/") and raw[3:].isdigit():  # BSD: the name stands before the content
            length = min(int(raw[3:]), size)
            raw, start = data[start : start + length].rstrip(b"\0"), start + length
        elif raw[:1] == b"/" and raw[1:].isdigit():  # GNU: the name stands in the table
            raw = table[int(raw[1:]) :].partition(b"\n")[0]
        if raw in _SYMBOLS:
            continue
        text = raw.removesuffix(b"/").decode("utf-8", "surrogateescape")
        budget.member()
        yield _member(names.unique(member_name(text)), data, start, end, budget)
        if end > len(data):
            raise Unreadable("ar.truncated")


def _member(name: str, data: Bytes, start: int, end: int, budget: Budget) -> Member:
    def read() -> Content:
        if end > len(data):
            raise Unreadable("ar.truncated")
        if end - start > budget.limits.member_bytes:
            raise LimitHit("limit.member_bytes", limit=budget.limits.member_bytes)
        if end - start <= SMALL:
            budget.charge(end - start)
            return BytesContent(data[start:end])
        return StreamContent(Window(data, start, end), budget.meter())

    return Member(name, "file", end - start, read=read)
