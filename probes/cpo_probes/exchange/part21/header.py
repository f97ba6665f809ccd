"""What the HEADER section of a Part 21 file says: its values, decoded strings, and whether they keep to their types."""

import re
from mmap import mmap
from typing import Any

import msgspec

from cpo_probes.exchange.part21.tokens import IGNORED, VALUE

_MOST = 2**20  # octets of one header entity whose values are kept; longer ones are checked, not kept

FIELDS = {  # ISO 10303-21:2016, 8.2: the entities in the order in which they stand, and how many attributes they have
    "FILE_DESCRIPTION": 2,
    "FILE_NAME": 7,
    "FILE_SCHEMA": 1,
    "SCHEMA_POPULATION": 1,
    "FILE_POPULATION": 3,
    "SECTION_LANGUAGE": 2,
    "SECTION_CONTEXT": 2,
}
REQUIRED = ("FILE_DESCRIPTION", "FILE_NAME", "FILE_SCHEMA")

_DIRECTIVES = re.compile(
    rb"''|\\\\|\\S\\(?P<page>.)|\\P(?P<alphabet>[A-Z_])\\|\\X\\(?P<octet>..)"
    rb"|\\X2\\(?P<two>[0-9A-F]+)\\X0\\|\\X4\\(?P<four>[0-9A-F]+)\\X0\\|\\[NF]\\|(?P<plain>[^'\\]+)",
    re.DOTALL,
)
_OBJECT = re.compile(r"\s*\.?\s*\{([^}]*)\}?\s*\Z")


class Schema(msgspec.Struct, frozen=True, kw_only=True):
    """A name in FILE_SCHEMA, as written without its object identifier; `object` are the numbers between the braces."""

    name: str
    object: str = ""


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """The values of the header that tell something about the file; empty where they are missing."""

    level: str = ""
    description: tuple[str, ...] = ()
    timestamp: str = ""
    preprocessor: str = ""
    originating_system: str = ""
    schemas: tuple[Schema, ...] = ()

    @property
    def edition(self) -> int:
        """Edition of Part 21 by the implementation level (8.2.2): 1, 2 (levels 2 and 3) or 3 (level 4)."""
        return {"1": 1, "2": 2, "3": 2, "4": 3}.get(self.level.strip().partition(";")[0].strip(), 0)


def values(data: bytes | mmap, start: int, stop: int) -> list[Any] | None:
    """The attributes between the parentheses of a well-formed entity: text, lists, other tokens as octets.

    None for an entity of more than a megabyte.
    """
    if stop - start > _MOST:
        return None
    stack: list[list[Any]] = [[]]
    at = start
    while at < stop and (match := VALUE.match(data, at)):
        at = match.end()
        match match.lastgroup:
            case "string":
                stack[-1].append(text(match["string"][1:-1]))
            case "atom":
                stack[-1].append(match["atom"])
            case "open" | "typed":
                stack.append([])
            case "close":
                closed = stack.pop()
                if not stack:
                    return closed
                stack[-1].append(closed)
            case _:
                pass
    return stack[0]


def text(octets: bytes) -> str:
    """The text of a string, directives resolved (6.4.3)."""
    page, parts = 1, []
    for match in _DIRECTIVES.finditer(octets.translate(None, IGNORED)):
        token = match.group()
        match match.lastgroup:
            case "plain":
                parts.append(token.decode("utf-8", "replace"))
            case "page":
                parts.append(bytes([match["page"][0] + 0x80]).decode(f"iso8859_{page}", "replace"))
            case "alphabet":
                page = min(max(match["alphabet"][0] - 0x40, 1), 9)
            case "octet":
                parts.append(chr(int(match["octet"], 16)))
            case "two":
                parts.append(bytes.fromhex(match["two"].decode()).decode("utf-16-be", "replace"))
            case "four":
                parts.append(bytes.fromhex(match["four"].decode()).decode("utf-32-be", "replace"))
            case _:
                parts.append({b"''": "'", b"\\\\": "\\"}.get(token, ""))
    return "".join(parts)


def schema(name: str) -> Schema:
    """`AUTOMOTIVE_DESIGN { 1 0 10303 214 1 1 1 }`: name and numbers. Writers leave a dot or blanks between (OCCT)."""
    if match := _OBJECT.search(name):
        return Schema(name=name[: match.start()].strip(), object=" ".join(match[1].split()))
    return Schema(name=name.strip())


def read(entities: dict[str, list[Any]]) -> Header:
    """The header from the values of its entities."""
    description = entities.get("FILE_DESCRIPTION", [])
    name = entities.get("FILE_NAME", [])
    schemas = entities.get("FILE_SCHEMA", [])
    return Header(
        level=_text(description, 1),
        description=_texts(description, 0),
        timestamp=_text(name, 1),
        preprocessor=_text(name, 4),
        originating_system=_text(name, 5),
        schemas=tuple(schema(item) for item in _texts(schemas, 0)),
    )


# 8.2.2 to 8.2.4: S a string, L a list of one string or more
_TYPES = {"FILE_DESCRIPTION": "LS", "FILE_NAME": "SSLLSSS", "FILE_SCHEMA": "L"}
_LONGEST = 256  # STRING(256); names of schemas STRING(1024)
_LEVEL = re.compile(r"\s*(?:1|[23];[12]|4;[1-3])\s*\Z")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d(?::?\d\d)?)?\Z")


def policy(entities: dict[str, list[Any]]) -> list[tuple[str, dict[str, Any]]]:
    """Where well-formed header entities break the types and rules of clause 8.2: codes with parameters."""
    remarks: list[tuple[str, dict[str, Any]]] = []
    for entity, types in _TYPES.items():
        found = entities.get(entity, [])
        if len(found) != len(types):
            continue
        for number, (kind, value) in enumerate(zip(types, found, strict=True), 1):
            if kind == "S" and not isinstance(value, str):
                remarks.append(("part21.header_type", {"entity": entity, "attribute": number, "type": "STRING"}))
            elif kind == "L" and not _is_texts(value):
                wanted = "LIST OF STRING"
                remarks.append(("part21.header_type", {"entity": entity, "attribute": number, "type": wanted}))
            elif entity != "FILE_SCHEMA" and any(len(item) > _LONGEST for item in ([value] if kind == "S" else value)):
                remarks.append(("part21.header_length", {"entity": entity, "attribute": number, "limit": _LONGEST}))
    header = read(entities)
    if "FILE_DESCRIPTION" in entities and not _LEVEL.match(header.level):
        remarks.append(("part21.header_level", {"level": header.level[:40]}))
    if "FILE_NAME" in entities and not _TIME.match(header.timestamp.strip()):
        remarks.append(("part21.header_time", {"time": header.timestamp[:40]}))
    return remarks


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, str) for item in value)


def _text(fields: list[Any], number: int) -> str:
    return fields[number] if len(fields) > number and isinstance(fields[number], str) else ""


def _texts(fields: list[Any], number: int) -> tuple[str, ...]:
    listed = fields[number] if len(fields) > number and isinstance(fields[number], list) else []
    return tuple(item for item in listed if isinstance(item, str))
