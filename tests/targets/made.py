"""Archives made for the tests: as they should be, and as they should not."""

import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable

from cpo_scan.targets.containers import OPENERS, Budget, opens_as
from cpo_scan.targets.content import BytesContent, Content
from cpo_scan.targets.errors import Unreadable
from cpo_scan.targets.limits import Limits
from cpo_scan.targets.member import Member

STAMP = (2024, 1, 1, 0, 0, 0)
Body = tuple[int, bytes, int, int, int]  # method, packed bytes, declared size, declared check sum, flags


def zipped(members: Iterable[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP archive as the standard library writes it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members:
            info = zipfile.ZipInfo(name, STAMP)
            info.compress_type = method
            archive.writestr(info, data)
    return out.getvalue()


def deflated(data: bytes) -> bytes:
    """Raw deflate."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def body(data: bytes, flags: int = 0) -> Body:
    """An honest deflated body for `raw_zip`."""
    return 8, deflated(data), len(data), zlib.crc32(data), flags


def raw_zip(bodies: list[Body], entries: list[tuple[bytes, int]], system: int = 0, mode: int = 0) -> bytes:
    """A ZIP archive byte by byte. `entries` are names and numbers of bodies; some may share one."""
    out, offsets, central = bytearray(), [], bytearray()
    for number, (method, packed, size, crc, flags) in enumerate(bodies):
        name = next(name for name, of in entries if of == number)
        offsets.append(len(out))
        out += struct.pack("<4s5H3L2H", b"PK\3\4", 20, flags, method, 0, 33, crc, len(packed), size, len(name), 0)
        out += name + packed
    for name, number in entries:
        method, packed, size, crc, flags = bodies[number]
        central += struct.pack(
            "<4s6H3L5H2L",
            *(b"PK\1\2", 20 + 256 * system, 20, flags, method, 0, 33, crc, len(packed), size),
            *(len(name), 0, 0, 0, 0, mode, offsets[number]),
        )
        central += name
    many = min(len(entries), 0xFFFF)
    return bytes(out + central + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, many, many, len(central), len(out), 0))


def tarred(members: Iterable[tuple[str, bytes | None, dict[str, object]]], form: int = tarfile.GNU_FORMAT) -> bytes:
    """A TAR archive; the dictionary sets attributes of the header."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name, data, attributes in members:
            info = tarfile.TarInfo(name)
            info.size = len(data or b"")
            for key, value in attributes.items():
                setattr(info, key, value)
            archive.addfile(info, io.BytesIO(data) if data is not None else None)
    return out.getvalue()


def ar(members: Iterable[tuple[bytes, bytes]]) -> bytes:
    """An `ar` archive; names go into the header as they are."""
    out = bytearray(b"!<arch>\n")
    for name, data in members:
        out += b"%-16s%-12d%-6d%-6d%-8s%-10d`\n" % (name, 0, 0, 0, b"100644", len(data))
        out += data + b"\n" * (len(data) % 2)
    return bytes(out)


def members(data: bytes | Content, name: str = "a", limits: Limits | None = None) -> Iterable[Member]:
    """What an archive holds, opened by what its first bytes say."""
    content = data if isinstance(data, Content) else BytesContent(data)
    opener = opens_as(name, content)
    assert opener is not None
    return OPENERS[opener](content, Budget(limits or Limits()).enter(), name)


def read(data: bytes, name: str = "a", limits: Limits | None = None) -> dict[str, bytes | str]:
    """Names and contents; the code of the reason for what can't be read; `!` for the archive itself."""
    found: dict[str, bytes | str] = {}
    try:
        for member in members(data, name, limits):
            if member.kind != "file":
                found[member.name] = member.link_target or member.kind
                continue
            try:
                with member.content() as content:
                    whole = bytes(content.whole())
                    assert content.head == whole[: len(content.head)]
                    assert content.finish()[0] == len(whole)
                found[member.name] = whole
            except Unreadable as error:
                found[member.name] = error.reason.code
    except Unreadable as error:
        found["!"] = error.reason.code
    return found


def reason(call: Callable[[], object]) -> str:
    """The code of what `call` raises."""
    try:
        call()
    except Unreadable as error:
        return error.reason.code
    raise AssertionError("it was read")


def nested(data: bytes, name: str) -> dict[str, bytes | str]:
    """What an archive holds, and what the archives in it hold, by the paths of a report."""
    found: dict[str, bytes | str] = {}

    def look(content: Content, stem: str, own: str, budget: Budget) -> None:
        opener = opens_as(own, content)
        if opener is None:
            return
        for member in OPENERS[opener](content, budget, own):
            if member.kind != "file":
                found[stem + member.name] = member.link_target or member.kind
                continue
            with member.content() as inner:
                found[stem + member.name] = bytes(inner.whole())
                look(inner, f"{stem}{member.name}!/", member.name.rpartition("/")[2], budget.enter())

    look(BytesContent(data), "", name, Budget(Limits()).enter())
    return found
