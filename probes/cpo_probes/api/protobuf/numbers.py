"""What the numbers and names inside of one message or enum of a .proto file must hold to."""

from collections.abc import Iterator

from cpo_probes.api.protobuf.reader import integer_of

MOST_NUMBER = 2**29 - 1  # of a field; language specification, "Assigning Field Numbers"
MOST_IN_SET = 2**31 - 1  # of an extension of a message set; protoc, descriptor.cc
KEPT = range(19_000, 20_000)  # by Protocol Buffers for itself, same place
INT32 = range(-(2**31), 2**31)

Found = tuple[str, int, dict[str, str]]
"""A code of the message catalogues, the token, parameters."""


class Numbers:
    """Fields of one message or values of one enum: name, number, token; what may be used for none of them."""

    def __init__(self) -> None:
        self.fields: list[tuple[str, int, int]] = []
        self.json: list[tuple[str, int]] = []  # fields whose JSON name follows from their own: name, token
        self.ranges: list[tuple[int, int]] = []
        self.places: list[int] = []  # the token of each range
        self.names: set[str] = set()

    def keep(self, low: int, high: int, place: int) -> None:
        """Numbers that are for none of them."""
        self.ranges.append((low, high))
        self.places.append(place)


def number_fault(number: int, place: int) -> Iterator[Found]:
    """Can this be the number of a field?"""
    if not 0 < number <= MOST_NUMBER:
        yield "protobuf.number", place, {"number": str(number)[:40]}
    elif number in KEPT:
        yield "protobuf.number_reserved", place, {"number": str(number)}


def message_faults(numbers: Numbers, *, json_names: bool) -> Iterator[Found]:
    """Numbers that stand twice or are reserved; `json_names` must differ too (proto3)."""
    yield from _twice(numbers)
    yield from _overlaps(numbers)
    if json_names:
        known: dict[str, str] = {}
        for name, place in numbers.json:
            other = known.setdefault(_json_name(name), name)
            if other != name:
                yield "protobuf.json_name", place, {"name": name[:200], "other": other[:200]}


def enum_faults(
    numbers: Numbers, name: str, start: int, *, alias: bool, zero_first: bool, proto3: bool
) -> Iterator[Found]:
    """Numbers of an enum: two values share one only where `alias` allows it; an open enum wants `zero_first`."""
    if zero_first and numbers.fields[0][1] != 0:
        yield "protobuf.first_value", numbers.fields[0][2], {}
    for _, number, place in numbers.fields:
        if number not in INT32:
            yield "protobuf.number", place, {"number": str(number)[:40]}
    yield from _twice(numbers, alias=alias)
    yield from _overlaps(numbers)
    if alias and len({number for _, number, _ in numbers.fields}) == len(numbers.fields):
        yield "protobuf.alias_unused", start, {"name": name[:200]}
    if proto3:  # names must differ without the enum's own in front
        known: dict[str, tuple[str, int]] = {}
        for value, number, place in numbers.fields:
            other, same = known.setdefault(_short_name(name, value), (value, number))
            if other != value and same != number:
                yield "protobuf.json_name", place, {"name": value[:200], "other": other[:200]}


def _twice(numbers: Numbers, *, alias: bool = False) -> Iterator[Found]:
    taken: dict[int, str] = {}
    for name, number, place in numbers.fields:
        if number in taken and not alias:
            yield "protobuf.number_twice", place, {"number": str(number)[:40], "name": taken[number][:200]}
        taken.setdefault(number, name)
        if name in numbers.names or any(low <= number <= high for low, high in numbers.ranges):
            yield "protobuf.reserved", place, {"name": name[:200]}


def range_fault(low: int, high: int, place: int, least: int, most: int = MOST_IN_SET) -> Iterator[Found]:
    """Can these numbers be kept from the fields or values? Those of a message are positive."""
    for number in (low, high):
        if not least <= number <= most:
            yield "protobuf.number", place, {"number": str(number)[:40]}
            return


_INTEGERS = {
    **dict.fromkeys(("int32", "sint32", "sfixed32"), INT32),
    **dict.fromkeys(("int64", "sint64", "sfixed64"), range(-(2**63), 2**63)),
    **dict.fromkeys(("uint32", "fixed32"), range(2**32)),
    **dict.fromkeys(("uint64", "fixed64"), range(2**64)),
}


def fits(scalar: str, kind: str, text: str) -> bool:
    """Can a value be the default of a field of this scalar type? `kind` is string, number, enum (a word), message."""
    if scalar in _INTEGERS:
        value = integer_of(text.removeprefix("-")) if kind == "number" else None
        return value is not None and (-value if text[0] == "-" else value) in _INTEGERS[scalar]
    if scalar in ("float", "double"):
        return kind == "number" or text.removeprefix("-") in ("inf", "nan")
    if scalar == "bool":
        return kind == "enum" and text in ("true", "false")
    return kind == "string"


def _overlaps(numbers: Numbers) -> Iterator[Found]:
    """No two ranges share a number."""
    last = None
    for (low, high), place in sorted(zip(numbers.ranges, numbers.places, strict=True)):
        if last is not None and low <= last:
            yield "protobuf.range_twice", place, {"number": str(low)[:40]}
        last = high if last is None else max(last, high)


def _json_name(name: str) -> str:
    """lowerCamelCase as the JSON mapping of proto3 makes it."""
    first, *rest = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


def _short_name(enum: str, value: str) -> str:
    """The value's name without the enum's in front, in PascalCase: what protoc compares in proto3.

    The enum's name is taken off blind to case and underscores; after it the underscores tell words apart, so that
    `CHECKBOX` and `CHECK_BOX` are two names.
    """
    rest = list(value)
    for letter in enum.replace("_", "").lower():
        while rest and rest[0] == "_":
            rest.pop(0)
        if not rest or rest.pop(0).lower() != letter:
            rest = []
            break
    words = "".join(rest).strip("_") or value
    return "".join(word[:1].upper() + word[1:].lower() for word in words.split("_"))
