"""Windows Installer packages: the streams of a compound file (MS-CFB), and what the File table calls their files.

A stream is a cabinet, an icon, a program that runs during installation, or a table of the installer database; tables
have `!` before their name. The names of files in cabinets are keys: what they are installed as stands in the tables.
"""

from collections.abc import Iterator, Mapping

from cpo_scan.targets.budget import Budget
from cpo_scan.targets.cab import MAGIC as CAB_MAGIC
from cpo_scan.targets.compound import Compound, Stream
from cpo_scan.targets.content import SMALL, BytesContent, Content, StreamContent
from cpo_scan.targets.errors import LimitHit, Unreadable
from cpo_scan.targets.member import Member, Names, member_name
from cpo_scan.targets.msi_tables import Database, file_names

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._"
_PAIR, _SINGLE, _TABLE = 0x3800, 0x4800, 0x4840  # where characters begin that stand for two, for one, for a table


def is_msi(content: Content) -> bool:
    """Is this compound file an installer package? Then it has tables."""
    try:
        return any(name.startswith(chr(_TABLE)) for name in Compound(content.whole()).names())
    except Unreadable:
        return False


def open_msi(content: Content, budget: Budget, name: str, names: Names | None = None) -> Iterator[Member]:
    """The streams of an installer package; the members of its cabinets have the names that are installed."""
    del name
    names = names or Names()
    package = Compound(content.whole())
    called: Mapping[str, str] | None = None
    for stream in package.streams():
        budget.check()
        budget.member()
        if called is None:
            called = _called(package)
        shown = names.unique(member_name("/".join(map(stream_name, stream.path))))
        yield _member(package, stream, shown, called, budget)


def _member(package: Compound, stream: Stream, name: str, called: Mapping[str, str], budget: Budget) -> Member:
    def read() -> Content:
        if stream.size > budget.limits.member_bytes:
            raise LimitHit("limit.member_bytes", limit=budget.limits.member_bytes)
        chain = package.open(stream)
        opened: Content
        if stream.size <= SMALL:
            budget.charge(stream.size)
            opened = BytesContent(chain.read(stream.size))
        else:
            opened = StreamContent(chain, budget.meter())
        if opened.head.startswith(CAB_MAGIC):
            opened.member_names = called
        return opened

    return Member(name, "file", stream.size, read=read)


def open_database(content: Content) -> Database | None:
    """The tables of an installer package; None for a patch, which has none of its own. Raises Unreadable."""
    package = Compound(content.whole())
    streams = _streams(package)
    if "!_StringPool" not in streams:
        return None
    return Database(lambda table: package.read(streams[table]) if table in streams else b"", streams)


def _streams(package: Compound) -> dict[str, Stream]:
    return {stream_name(stream.path[0]): stream for stream in package.streams() if len(stream.path) == 1}


def _called(package: Compound) -> Mapping[str, str]:
    """What the File table calls the files; nothing where there is no sound one: their keys are names too."""
    try:
        streams = _streams(package)
        return file_names(lambda table: package.read(streams[table]) if table in streams else b"", streams)
    except Unreadable:
        return {}


def stream_name(raw: str) -> str:
    """The name of a stream, whose characters installers pack two into one."""
    if not any(_PAIR <= ord(char) <= _TABLE for char in raw):
        return raw.replace("/", "\u2215")  # no stream lies in a folder
    text = []
    for char in raw:
        code = ord(char)
        if _PAIR <= code < _SINGLE:
            text.append(_DIGITS[code & 0x3F] + _DIGITS[(code - _PAIR) >> 6])
        elif _SINGLE <= code < _TABLE:
            text.append(_DIGITS[code - _SINGLE])
        else:
            text.append("!" if code == _TABLE else char)
    return "".join(text)
