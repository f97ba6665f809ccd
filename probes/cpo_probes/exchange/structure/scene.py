"""Structure of scenes and bodies: brackets and names of VRML and X3D, records of ACIS, the header of E57."""

from collections.abc import Callable
from typing import Any

from cpo_probes.exchange.problem import Problem
from cpo_probes.exchange.structure.found import FORM, LARGE, UNCHECKED, Found, Octets, differs, ends, expected
from cpo_scan.probe import patterns

_EVERY = 0xFFFF  # steps between two questions whether to go on

# -- VRML, and X3D in its classic encoding

_VRML = "ISO/IEC 14772-1, 4.2 and 4.6"
_DEEPEST = 10_000  # brackets that may be open
_NAMES = 1_000_000  # names that are remembered
_SIGN = r'[{}\[\]]|#[^\n]*+|"|\b(?:DEF|USE)[\s,]++([^\s,{}\[\]"#\x27]{1,500})'
_TEXT_ENDS = r'(?:[^"\\]|\\[\x00-\xff])*+"'


def vrml(data: Octets, checkpoint: Callable[[], None]) -> Found:
    """Brackets close in their order, texts end, and what USE names was defined before."""
    if bytes(data[:1]) != b"#":
        return Found(open_because=FORM)
    sign, text = patterns.standard(_SIGN), patterns.standard(_TEXT_ENDS)
    opened: list[bytes] = []
    defined: set[bytes] = set()
    at = steps = 0

    def of(problem: Problem | None) -> Found:
        return Found(problems=(problem,) if problem else (), open_because=UNCHECKED, facts={"names": len(defined)})

    while (found := sign.search(data, at)) is not None:
        steps += 1
        if not steps & _EVERY:
            checkpoint()
        token, place = found.group(), found.start()
        at = found.end()
        match token[:1]:
            case b"{" | b"[":
                if len(opened) == _DEEPEST:
                    return of(expected("fewer open brackets", place, _VRML))
                opened.append(b"}" if token == b"{" else b"]")
            case b"}" | b"]":
                wanted = opened.pop() if opened else b""
                if token != wanted:
                    return of(expected(wanted.decode() or "a node", place, _VRML))
            case b'"':
                over = text.match(data, at)
                if over is None:
                    return of(ends('"', place, _VRML))
                at = over.end()
            case b"D":
                defined.add(found.group(1))
                if len(defined) > _NAMES:
                    return Found(open_because=LARGE)
            case b"U" if found.group(1) not in defined:
                name = found.group(1).decode("utf-8", "replace")[:100]
                return of(expected(f"DEF {name} before it is used", place, _VRML))
            case _:
                pass
    return of(ends(opened[-1].decode(), len(data), _VRML) if opened else None)


# -- ACIS

_ACIS = "ACIS save file format"
_RECORD = r"[ \t]#[ \t\r]*$"
_POINTER = r"[ \t]\$([0-9]{1,18})\b"
_LAST = (b"End-of-ACIS-data", b"End-of-ASM-data", b"End-of-ASM-History-Section", b"End-of-ACIS-History-Section")
_HISTORY = b"-History-"
_LAST_BINARY = b"\x0d\x04data"
_HEADER = r"\A[0-9]{1,5}[ \t]++([0-9]{1,9})[ \t]"


def sat(data: Octets, checkpoint: Callable[[], None]) -> Found:
    """As many records as the header states, pointers lead to one of them, and the end is marked."""
    checkpoint()
    header = patterns.standard(_HEADER).search(data)
    stated = int(header.group(1)) if header is not None else 0
    records = sum(1 for _ in patterns.standard(_RECORD).finditer(data))
    facts: dict[str, Any] = {"records": records}
    tail = bytes(data[-200:]).rstrip()
    if not tail.endswith(_LAST):
        return Found(problems=(ends("the mark of the end", len(data), _ACIS),), facts=facts)
    if data.find(_HISTORY) >= 0:  # its records are numbered for themselves
        return Found(open_because=UNCHECKED, facts=facts)
    if stated and stated != records:
        return Found(problems=(differs("records", str(stated), str(records), 0, _ACIS),), facts=facts)
    for step, pointer in enumerate(patterns.standard(_POINTER).finditer(data)):
        if not step & _EVERY:
            checkpoint()
        if int(pointer.group(1)) >= records:
            return Found(problems=(expected("a pointer to a record", pointer.start(1), _ACIS),), facts=facts)
    return Found(open_because=UNCHECKED, facts=facts)


def sab(data: Octets, _: Callable[[], None]) -> Found:
    """The end is marked."""
    if not bytes(data[-32:]).rstrip(b"\0").endswith(_LAST_BINARY):
        return Found(problems=(ends("the mark of the end", len(data), _ACIS),))
    return Found(open_because=UNCHECKED)


# -- E57

_E57 = "ASTM E2807, 6"


def e57(data: Octets, _: Callable[[], None]) -> Found:
    """Header of 48 octets: versions, length of the file, place and length of its XML, size of pages (64 bits each)."""
    if len(data) < 48:
        return Found(problems=(ends("the header", len(data), _E57),))
    head = bytes(data[:48])
    major, minor = (int.from_bytes(head[at : at + 4], "little") for at in (8, 12))
    size, place, length, page = (int.from_bytes(head[at : at + 8], "little") for at in (16, 24, 32, 40))
    facts = {"version": f"{major}.{minor}"}
    if size != len(data):
        return Found(problems=(differs("length", str(size), str(len(data)), 16, _E57),), facts=facts)
    if not page or len(data) % page:
        return Found(problems=(expected("a size of pages", 40, _E57),), facts=facts)
    if place + length > len(data):
        return Found(problems=(ends("the end of the XML section", 24, _E57),), facts=facts)
    return Found(open_because=UNCHECKED, facts=facts)
