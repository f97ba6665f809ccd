"""Programs that carry something: self-extracting archives, bundles and installers (Microsoft PE format), and programs
of .NET in a single file, these also for Linux.

What is carried stands behind the last section of the program, or is one of its resources. Archives are opened in
place; installers of makers whose format nobody documents are told, with what to do.
"""

import struct
from collections.abc import Iterator
from functools import partial

import msgspec

from cpo_scan.targets.budget import Budget
from cpo_scan.targets.cab import MAGIC as CAB_MAGIC
from cpo_scan.targets.compound import MAGIC as OLE_MAGIC
from cpo_scan.targets.content import SMALL, Bytes, BytesContent, Content, StreamContent, Window, find
from cpo_scan.targets.dotnet_bundle import bundle_in, elf_end, open_bundle
from cpo_scan.targets.errors import LimitHit, Unreadable
from cpo_scan.targets.member import Member, Names
from cpo_scan.targets.sevenzip import MAGIC as SEVENZIP_MAGIC
from cpo_scan.targets.sevenzip import is_7z, read_7z
from cpo_scan.targets.zip import open_zip, zip_names

_SECTION = struct.Struct("<8s8x2L16x")  # name, size and place of its bytes in the file
_SECTIONS = 96  # more are not loaded (PE format, COFF file header)
_SIGNATURES = 4  # data directory of the signatures, which stand behind everything
_NEAR = 2**20  # bytes behind the sections in which a start is looked for
_LEAST = 32  # bytes that something carried has: the beginning of a 7z archive
_CARRIED = 16  # cabinets of one program
_CABINET = struct.Struct("<8sL4xL4x2B")  # MS-CAB 2.1: size, place of the files, version
_INSTALLERS = (  # what stands at the beginning of what is carried, the maker, and how to get at it
    (b"\xef\xbe\xad\xdeNullsoftInst", "NSIS", "7z x"),
    (b"Rar!\x1a\x07", "RAR", "unrar x"),
    (b"ISSetupStream", "InstallShield", "isx"),
    (b"InstallShield\0", "InstallShield", "isx"),
)
_INNO = (b"rDlPtS\xcd\xe6\xd7", b"JR.Inno.Setup")
_ENDS = (  # the same for what is told at the end
    (b"MEI\x0c\x0b\n\x0b\x0e", "PyInstaller", "pyi-archive_viewer"),
    (b"\xf8\x68\xd6\x99\x1c\x0a\x63\xc2", "Qt Installer Framework", "devtool"),
)
_END = 4096  # bytes at the end in which they stand


class Carried(msgspec.Struct, frozen=True, gc=False):
    """What a program carries: `kind` zip, 7z, cab, ole, dotnet or installer, and where it stands."""

    kind: str
    start: int
    end: int
    maker: str = ""
    tool: str = ""


class _Program(msgspec.Struct, frozen=True, gc=False):
    end: int  # of its sections
    signatures: int  # where they begin; the end of the file without them
    resources: tuple[int, int]


def open_program(content: Content, budget: Budget, name: str, names: Names | None = None) -> Iterator[Member]:
    """What a program carries: the members of its archive, or its cabinets and packages, each a member."""
    names = names or Names()
    data = content.whole()
    single = 0
    for one in carried(content):
        match one.kind:
            case "zip":
                yield from open_zip(content, budget, name, names)
            case "7z":
                yield from read_7z(data, one.start, budget, name, names)
            case "dotnet":
                yield from open_bundle(data, one.start, budget, names)
            case "installer":
                raise Unreadable("container.installer", maker=one.maker, tool=one.tool)
            case kind:
                single += 1
                budget.member()
                shown = names.unique(f"carried-{single}.{'msi' if kind == 'ole' else kind}")
                yield Member(shown, "file", one.end - one.start, read=partial(_read, data, one, budget))


def _read(data: Bytes, one: Carried, budget: Budget) -> Content:
    if one.end - one.start > budget.limits.member_bytes:
        raise LimitHit("limit.member_bytes", limit=budget.limits.member_bytes)
    if one.end - one.start <= SMALL:
        budget.charge(one.end - one.start)
        return BytesContent(bytes(data[one.start : one.end]))
    return StreamContent(Window(data, one.start, one.end), budget.meter())


# -- what is carried


def carried(content: Content) -> list[Carried]:
    """What a program carries, in the order of its bytes; nothing for most programs, and for what is none."""
    head = content.head
    if head[:4] == b"\x7fELF" and (last := elf_end(head)):
        data = content.whole()
        start = bundle_in(data, last)
        return [Carried("dotnet", start, len(data))] if start else []
    if head[:2] != b"MZ" or (program := _program(head)) is None:
        return []
    data = content.whole()
    if start := bundle_in(data, program.end):
        return [Carried("dotnet", start, len(data))]
    found = list(_resources(data, program))
    end = program.signatures if program.end < program.signatures <= len(data) else len(data)
    if end - program.end < _LEAST:
        return found
    near = bytes(data[program.end : min(end, program.end + _NEAR)])
    if (known := _installer(data, program.end, near)) is not None:
        return [known]
    if (at := near.find(SEVENZIP_MAGIC)) >= 0 and is_7z(near[at : at + 32]):
        return [Carried("7z", program.end + at, end)]
    if zip_names(content) is not None:
        return [Carried("zip", program.end, end)]
    found += _behind(data, program.end, end)
    if not found and (made := _by_end(bytes(data[max(program.end, end - _END) : end]))) is not None:
        return [Carried("installer", program.end, end, *made)]
    return found


def _program(head: bytes) -> _Program | None:
    """Where the parts of a program are; None for what is none."""
    at = int.from_bytes(head[60:64], "little")
    optional = at + 24
    if head[at : at + 4] != b"PE\0\0" or optional + 2 > len(head):
        return None
    count, size = int.from_bytes(head[at + 6 : at + 8], "little"), int.from_bytes(head[at + 20 : at + 22], "little")
    wide = head[optional : optional + 2] == b"\x0b\x02"
    entry = optional + (112 if wide else 96) + 8 * _SIGNATURES
    signatures = int.from_bytes(head[entry : entry + 4], "little") if entry + 8 <= optional + size else 0
    end, resources = 0, (0, 0)
    for number in range(min(count, _SECTIONS)):
        row = head[optional + size + number * _SECTION.size :][: _SECTION.size]
        if len(row) < _SECTION.size:
            return None
        name, length, start = _SECTION.unpack(row)
        end = max(end, start + length)
        if name == b".rsrc\0\0\0":
            resources = (start, start + length)
    return _Program(end, signatures, resources)


def _installer(data: Bytes, end: int, near: bytes) -> Carried | None:
    for mark, maker, tool in _INSTALLERS:
        if mark in near[: len(mark) + 4096]:
            return Carried("installer", end, len(data), maker, tool)
    own = bytes(data[: min(end, 2 * _NEAR)])
    if any(mark in own for mark in _INNO):
        return Carried("installer", end, len(data), "Inno Setup", "innoextract")
    return None


def _by_end(tail: bytes) -> tuple[str, str] | None:
    return next(((maker, tool) for mark, maker, tool in _ENDS if mark in tail), None)


def _resources(data: Bytes, program: _Program) -> Iterator[Carried]:
    """Cabinets among the resources: self-extracting cabinets of IExpress keep theirs there."""
    start, end = program.resources
    if min(end, len(data)) - start > _LEAST:
        yield from _cabinets(data, start, min(end, len(data)))


def _behind(data: Bytes, start: int, end: int) -> Iterator[Carried]:
    """A Windows Installer package or cabinets right behind the sections."""
    if data[start : start + len(OLE_MAGIC)] == OLE_MAGIC:
        yield Carried("ole", start, end)
    else:
        yield from _cabinets(data, start, end)


def _cabinets(data: Bytes, start: int, end: int) -> Iterator[Carried]:
    for _ in range(_CARRIED):
        at = find(data, CAB_MAGIC, start)
        if not 0 <= at < end:
            return
        row = bytes(data[at : at + _CABINET.size])
        start = at + len(CAB_MAGIC)
        if len(row) == _CABINET.size:
            _, size, files, minor, major = _CABINET.unpack(row)
            if (major, minor) == (1, 3) and files < size <= end - at:
                yield Carried("cab", at, at + size)
                start = at + size
