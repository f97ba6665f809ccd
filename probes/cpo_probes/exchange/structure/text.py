"""Structure of text formats: groups and sections of DXF, segments of EDIFACT."""

from collections.abc import Callable, Iterator

from cpo_probes.exchange.problem import Problem
from cpo_probes.exchange.structure.found import FORM, MOST, UNCHECKED, Found, Octets, differs, ends, expected
from cpo_scan.probe import patterns

_EVERY = 0xFFFF  # steps between two questions whether to go on

# -- DXF: a group is a line with its code and a line with its value

_DXF = "DXF reference, group codes"
_BINARY_DXF = b"AutoCAD Binary DXF"
_END = r"\r?+\n"
_GROUP = rf"[ \t]*+-?+(?:[1-9][0-9]{{0,3}}+|0[0-9]{{1,3}}+)[ \t]*+{_END}[^\n]*+\n"
_GROUPS = rf"(?:{_GROUP})*+"
_START = rf"[ \t]*+0[ \t]*+{_END}([^\n]*+)"
_NAME = rf"[ \t]*+2[ \t]*+{_END}([^\n]*+)"
_HANDLE = rf"[ \t]*+(?:5|105)[ \t]*+{_END}[ \t]*+([0-9A-Fa-f]{{1,16}})[ \t]*+{_END}"
_HANDLES = 4_000_000  # handles that are remembered
_WITH_HANDLES = frozenset({"TABLES", "BLOCKS", "ENTITIES", "OBJECTS"})


def dxf(data: Octets, checkpoint: Callable[[], None]) -> Found:
    """Every line in its group, every object in a section, every section closed, handles unique, EOF at the end."""
    if bytes(data[: len(_BINARY_DXF)]) == _BINARY_DXF or b"\n" not in bytes(data[:4096]):
        return Found(open_because=FORM)
    start, name, groups, line_end = (patterns.standard(pattern) for pattern in (_START, _NAME, _GROUPS, _END))
    handle = patterns.standard(_HANDLE)
    handles: set[int] = set()

    def after(at: int) -> int:
        over = line_end.match(data, at)
        return over.end() if over else at

    at = 3 if bytes(data[:3]) == b"\xef\xbb\xbf" else 0
    steps, inside, sections = 0, "", list[str]()
    while True:
        steps += 1
        if not steps & _EVERY:
            checkpoint()
        skipped = groups.match(data, at)
        at = skipped.end() if skipped else at
        found = start.match(data, at)
        if found is None:
            at += len(bytes(data[at : at + 80])) - len(bytes(data[at : at + 80]).lstrip())
            wanted = "EOF" if at >= len(data) else "a group code"
            return _of_dxf(sections, ends(wanted, at, _DXF) if at >= len(data) else expected(wanted, at, _DXF))
        place, at, kind = found.start(1), after(found.end()), found.group(1).strip()
        match kind:
            case b"SECTION":
                named = name.match(data, at)
                if inside or named is None:
                    return _of_dxf(sections, expected("ENDSEC" if inside else "the name of a section", place, _DXF))
                inside, at = named.group(1).decode("latin-1").strip()[:40] or "?", after(named.end())
                sections.append(inside)
            case b"ENDSEC" if inside:
                inside = ""
            case b"EOF" if not inside:
                return _of_dxf(sections, None)
            case _ if not inside:
                return _of_dxf(sections, expected("SECTION or EOF", place, _DXF))
            case b"EOF" | b"ENDSEC":
                return _of_dxf(sections, expected("ENDSEC", place, _DXF))
            case _ if inside in _WITH_HANDLES and (own := handle.match(data, at)) is not None:
                number = int(own.group(1), 16)
                if number in handles:
                    return _of_dxf(sections, _twice(own.group(1), own.start(1)))
                if len(handles) < _HANDLES:
                    handles.add(number)
            case _:
                pass


def _twice(handle: bytes, at: int) -> Problem:
    params = {"name": handle.decode("ascii")}
    return Problem(code="structure.handle_twice", byte=at, clause=_DXF, params=params)


def _of_dxf(sections: list[str], problem: Problem | None) -> Found:
    problems = (problem,) if problem is not None else ()
    return Found(problems=problems, open_because=UNCHECKED, facts={"sections": sections[:MOST]})


# -- EDIFACT

_EDIFACT = "ISO 9735-1"


def edifact(data: Octets, checkpoint: Callable[[], None]) -> Found:
    """Messages, groups and the interchange state how much is in them, and close with the reference they open with."""
    service = bytes(data[:9])
    component, element, release, terminator = b":", b"+", b"?", b"'"
    at = 0
    if service[:3] == b"UNA" and len(service) == 9:
        component, element, release, terminator = service[3:4], service[4:5], service[6:7], service[8:9]
        at = 9
    problems: list[Problem] = []
    counts = {"messages": 0, "in_interchange": 0, "groups": 0, "in_group": 0, "segments": 0}
    opened: dict[str, tuple[str, int]] = {}
    over = False
    for number, (place, segment) in enumerate(_segments(data, at, release, terminator)):
        if not number & _EVERY:
            checkpoint()
        if over and (again := bytes(data[place : place + 9])).startswith(b"UNA"):
            if (again[3:4], again[4:5], again[6:7], again[8:9]) == (component, element, release, terminator):
                continue
            break  # from here on other separators count
        if segment is None:
            problems.append(ends("the end of a segment", place, _EDIFACT))
            break
        fields = _split(segment, element, release)
        tag = _split(fields[0], component, release)[0].decode("latin-1")
        counts["segments"] += 1
        if over and tag == "UNB":  # interchanges follow each other (ISO 9735-1, 7.1)
            over, counts["in_interchange"], counts["groups"], counts["in_group"] = False, 0, 0, 0
        if not (len(tag) == 3 and tag.isascii() and tag.isupper() and tag.isalnum()) or over:
            problems.append(expected("the end of the file" if over else "the tag of a segment", place, _EDIFACT))
            break
        problems.extend(_served(tag, fields, place, counts, opened))
        over = tag == "UNZ"
        if len(problems) >= MOST:
            break
    if not over and not problems:
        problems.append(ends("UNZ", len(data), _EDIFACT))
    facts = {"messages": counts["messages"], "segments": counts["segments"]}
    return Found(problems=tuple(problems), open_because=UNCHECKED, facts=facts)


# Service segments that close, what they close, and which of its elements holds the reference
_CLOSES = {"UNZ": ("UNB", 5), "UNE": ("UNG", 5), "UNT": ("UNH", 1)}


def _served(
    tag: str, fields: list[bytes], place: int, counts: dict[str, int], opened: dict[str, tuple[str, int]]
) -> Iterator[Problem]:
    """What a service segment opens and closes (ISO 9735-1, 7.3, 8)."""
    if tag in ("UNB", "UNG", "UNH"):
        within = {"UNG": "UNB", "UNH": "UNB"}.get(tag)
        if tag in opened or (within and within not in opened):
            yield expected(within if within and within not in opened else f"the end of {tag}", place, _EDIFACT)
        opened[tag] = (_text(fields, {"UNB": 5, "UNG": 5, "UNH": 1}[tag]), counts["segments"])
        return
    if tag not in _CLOSES:
        if "UNH" not in opened and "UNB" not in opened:
            yield expected("UNB", place, _EDIFACT)
        return
    opens, _ = _CLOSES[tag]
    if opens not in opened:
        yield expected(opens, place, _EDIFACT)
        return
    reference, first = opened.pop(opens)
    match tag:
        case "UNT":
            found = counts["segments"] - first + 1
            counts["messages"] += 1
            counts["in_interchange"] += 1
            counts["in_group"] += 1
        case "UNE":
            found = counts["in_group"]
            counts["groups"] += 1
            counts["in_group"] = 0
        case _:
            found = counts["groups"] or counts["in_interchange"]
    stated, closing = _text(fields, 1), _text(fields, 2)
    if not (stated.isdigit() and len(stated) < 19 and int(stated) == found):
        yield differs(f"the count in {tag}", stated[:20], str(found), place, _EDIFACT)
    if closing != reference:
        yield differs(f"the reference in {tag}", closing[:40], reference[:40], place, _EDIFACT)


def _segments(data: Octets, at: int, release: bytes, terminator: bytes) -> Iterator[tuple[int, bytes | None]]:
    """Place and octets of each segment; None in place of the octets where its end is missing."""
    while True:
        while (lead := bytes(data[at : at + 4096])) and not lead.strip():
            at += len(lead)
        if not lead:
            return
        at += len(lead) - len(lead.lstrip())
        end = data.find(terminator, at)
        while end > at and _released(data, end, at, release):
            end = data.find(terminator, end + 1)
        if end < 0:
            yield at, None
            return
        yield at, bytes(data[at : min(end, at + 4096)])
        at = end + 1


def _released(data: Octets, at: int, first: int, release: bytes) -> bool:
    """An odd number of release characters stands before octet `at`."""
    count = 0
    while at - count > first and bytes(data[at - count - 1 : at - count]) == release != b" ":
        count += 1
    return count % 2 == 1


def _split(octets: bytes, separator: bytes, release: bytes) -> list[bytes]:
    parts: list[bytes] = []
    first = at = 0
    while (at := octets.find(separator, at)) >= 0:
        if not _released(octets, at, first, release):
            parts.append(octets[first:at])
            first = at + 1
        at += 1
    return [*parts, octets[first:]]


def _text(fields: list[bytes], number: int) -> str:
    return fields[number].decode("latin-1").strip() if len(fields) > number else ""
