"""Checks that a pattern can't make: sizes that must agree, tables that must lie inside the file."""

import struct
from collections.abc import Callable

from cpo_scan.probe.patterns import standard
from cpo_scan.targets.content import HEAD, Content

_TRIANGLE = 50  # bytes of a facet of binary STL
_JT_VERSION = standard(r"\AVersion ([0-9]{1,2})\.[0-9]{1,2}(?: |\Z)")
_BEGINNING = 4_096  # bytes in which a text shows what it is
_JT_MOST_ENTRIES = 1_000_000
_PRINTABLE = bytes(range(32, 127)) + b"\t\n\r\f\b\x1b\x85" + bytes(range(0xA0, 0x100))
_UTF8 = _PRINTABLE + bytes(range(0x80, 0xA0))
_TEMPLATE_START = (b"{%", b"{#", b"{{", b"<%", b"<#", b"[#", b"${")
_TEMPLATE_TAG = standard(
    r"\{%-?\s*+(?:extends|block|include|set|if|for|import|from|macro|load|raw|with|call|filter|trans|url)\b"
    r"|<%[@=!]|<#(?:if|list|include|macro|assign)\b|\{\{#(?:if|each|with|unless)\b"
)
_PLACEHOLDERS = ("{{", "{%", "${", "@@", "<%", "%(")


def jt(content: Content, head: bytes) -> bool:
    """ISO 14306: version string, byte order flag, table of contents inside the file, with the scene graph in it."""
    version = _JT_VERSION.match(head[:80])
    if version is None or len(head) < 109 or head[80] > 1:
        return False
    order = "<" if head[80] == 0 else ">"
    wide = int(version.group(1)) >= 10
    offset = struct.unpack_from(order + ("Q" if wide else "i"), head, 85)[0]
    graph = head[93:109] if wide else head[89:105]
    entry = 16 + (8 if wide else 4) + 4 + 4
    data = content.whole()
    if not 105 <= offset <= len(data) - 4:
        return False
    count = struct.unpack(order + "i", bytes(data[offset : offset + 4]))[0]
    if not 0 <= count <= min((len(data) - offset - 4) // entry, _JT_MOST_ENTRIES):
        return False
    if count == 0:
        return not any(graph)  # an empty file names no scene graph
    table = bytes(data[offset + 4 : offset + 4 + count * entry])
    return any(table.startswith(graph, at) for at in range(0, len(table), entry))


def iges(_: Content, head: bytes) -> bool:
    """IGES 5.3 clause 2.2: records of 80 columns; column 73 says the section, then comes the sequence number 1."""
    line = head[:80]
    return line[73:80].strip(b" 0") == b"1" and all(31 < byte < 127 or byte == 9 for byte in line[:72])


def stl_binary(content: Content, head: bytes) -> bool:
    """80 bytes, the number of facets n, then 50 bytes for each: the size of the file must be 84 + 50 n."""
    if len(head) < 84 + _TRIANGLE:
        return False
    size = 84 + _TRIANGLE * int.from_bytes(head[80:84], "little")
    return size == len(head) if len(head) < HEAD else size >= HEAD and size == len(content.whole())


def stl_cut(content: Content, head: bytes) -> bool:
    """Fewer facets than the count says, and the first of them made of numbers as coordinates are: it was cut."""
    count, there = int.from_bytes(head[80:84], "little"), (len(head) - 84) // _TRIANGLE
    size = len(head) if len(head) < HEAD else len(content.whole())
    if there < 3 or 84 + _TRIANGLE * count <= size:
        return False
    facets = (struct.unpack_from("<12f", head, 84 + _TRIANGLE * number) for number in range(min(there, 20)))
    numbers = [abs(number) for facet in facets for number in facet]
    return any(numbers) and all(number == 0 or 1e-30 < number < 1e30 for number in numbers)


def dxf_end(content: Content, head: bytes) -> bool:
    """The last group of a DXF file is 0 EOF; templates of single sections have none."""
    data = head if len(head) < HEAD else content.whole()
    return b"EOF" in bytes(data[-64:])


def three_ds(content: Content, head: bytes) -> bool:
    """The main chunk 0x4D4D spans the file and begins with a version or an editor chunk."""
    if head[6:8] not in (b"\x02\x00", b"\x3d\x3d"):
        return False
    size = int.from_bytes(head[2:6], "little")
    return size == len(head) if len(head) < HEAD else size == len(content.whole())


def pe(_: Content, head: bytes) -> bool:
    """Microsoft PE format: the offset at 0x3C leads to `PE\\0\\0`."""
    at = int.from_bytes(head[60:64], "little")
    return at >= 64 and head[at : at + 4] == b"PE\0\0"


def mz(_: Content, head: bytes) -> bool:
    """A DOS header: pages and header size are set."""
    return len(head) >= 28 and head[4:6] != b"\0\0" and head[8:10] != b"\0\0"


def java_class(_: Content, head: bytes) -> bool:
    """JVM specification clause 4.1: the major version is 45 or above (a fat Mach-O has its few architectures there)."""
    return len(head) >= 10 and int.from_bytes(head[6:8], "big") >= 45


def mach_fat(_: Content, head: bytes) -> bool:
    """fat.h: the number of architectures, of which there are but few."""
    return len(head) >= 28 and 0 < int.from_bytes(head[4:8], "big") < 45


def pyc(_: Content, head: bytes) -> bool:
    """CPython ends the magic number of its byte code with CR LF."""
    return len(head) > 8 and head[2:4] == b"\r\n"


def dbase(content: Content, head: bytes) -> bool:
    """A known version byte, a plausible date, the header as long as it says and closed by 0x0D."""
    if len(head) < 33 or head[0] not in b"\x02\x03\x04\x05\x30\x31\x43\x83\x8b\xf5" or not 1 <= head[2] <= 12:
        return False
    length = int.from_bytes(head[8:10], "little")
    return length >= 33 and b"\x0d" in bytes(content.whole()[32 : min(length, 65536) + 1])


def tar_v7(_: Content, head: bytes) -> bool:
    """A tar header before POSIX: the check sum at 148 is that of the block with the sum itself as spaces."""
    block = head[:512]
    if len(block) < 512:
        return False
    try:
        stated = int(block[148:156].strip(b" \0") or b"x", 8)
    except ValueError:
        return False
    return stated == sum(block[:148]) + sum(block[156:]) + 8 * 32


def is_text(head: bytes) -> bool:
    """No NUL and next to no control characters at the beginning, in UTF-8 or in an 8-bit set."""
    beginning = head[:_BEGINNING]
    if b"\0" in beginning:
        return False
    try:
        beginning.decode()
    except UnicodeDecodeError as error:
        if error.start < len(beginning) - 3:  # else the end cut a character
            return len(beginning.translate(None, _PRINTABLE)) * 50 <= len(beginning)
    return len(beginning.translate(None, _UTF8)) * 50 <= len(beginning)


def is_template(text: bytes) -> bool:
    """Does a text start with, or show before its samples of code, the tags of a template engine?"""
    if text.startswith(_TEMPLATE_START):
        return True
    text = text[:_BEGINNING]
    if not (_stands_after(text, b"%", (b"{", b"<")) or _stands_after(text, b"#", (b"<", b"{{"))):
        return False
    tag = _TEMPLATE_TAG.search(text)
    if tag is None:
        return False
    before = text[: tag.start()].lower()
    return b"<pre" not in before and b"<code" not in before and b"<script" not in before


def _stands_after(text: bytes, sign: bytes, others: tuple[bytes, ...]) -> bool:
    """Does the sign stand right behind one of the others? One sign is looked for much faster than two, and most pages
    have few of it."""
    at = text.find(sign)
    while at >= 0:
        if text.endswith(others, 0, at):
            return True
        at = text.find(sign, at + 1)
    return False


def has_placeholder(values: dict[str, str]) -> bool:
    """Attributes of a root element with placeholders of a template in them."""
    return any(mark in value for value in values.values() for mark in _PLACEHOLDERS)


def udif(content: Content, head: bytes) -> bool:
    """Apple's disk image: its description stands in the last 512 bytes."""
    return len(head) >= 512 and content.whole()[-512:][:8] == b"koly\0\0\0\4"


CHECKS: dict[str, Callable[[Content, bytes], bool]] = {
    "jt": jt,
    "iges": iges,
    "stl-binary": stl_binary,
    "stl-cut": stl_cut,
    "dxf-end": dxf_end,
    "3ds": three_ds,
    "pe": pe,
    "mz": mz,
    "java-class": java_class,
    "mach-fat": mach_fat,
    "pyc": pyc,
    "dbase": dbase,
    "tar-v7": tar_v7,
    "udif": udif,
}
PLACED = {"text", "template", "html"}
"""Checks that the recogniser makes by itself, at their place."""
