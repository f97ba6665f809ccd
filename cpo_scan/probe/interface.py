"""What an interface offers, in one shape for all families: operations, what goes in and comes out, and its types.

A family's module turns a description into an `Interface`; `differences` compares two of them. So a family needs no
comparison of its own, and two releases may even describe one interface in different ways (inline or by reference).
"""

import msgspec

BASES = ("array", "boolean", "integer", "number", "object", "string")
"""Base types. A family maps its own to them, or adds its own words: two words that differ are two types."""

ANY = 0
"""Number of the type that takes everything; every interface has it."""


class Slot(msgspec.Struct, frozen=True, omit_defaults=True):
    """A thing that a caller gives or gets: a parameter, a body, an answer, a member of an object.

    `facts` are words on which a caller relies and that have no order (location, style, wire number); `only` is `input`
    or `output` where the thing goes one way only (OpenAPI `readOnly`, `writeOnly`). `at` is a JSON pointer or a symbol.
    """

    type: int = ANY
    required: bool = False
    deprecated: bool = False
    only: str = ""
    facts: dict[str, str] = {}
    at: str = ""


class Type(msgspec.Struct, frozen=True, omit_defaults=True):
    """A type. Without `bases` it takes everything. Members, items and alternatives are numbers of types.

    `values` are those of an enumeration (None: all), as canonical text; `limits` are bounds by their name, which begins
    with `max` or `min`; `facts` are other rules, as text that is compared for being the same. `rest` is the type of
    members without a name; `closed`: there may be none.
    """

    name: str = ""
    bases: tuple[str, ...] = ()
    nullable: bool = False
    values: tuple[str, ...] | None = None
    members: dict[str, Slot] = {}
    item: int | None = None
    rest: int | None = None
    closed: bool = False
    alternatives: tuple[int, ...] = ()
    limits: dict[str, float] = {}
    facts: dict[str, str] = {}
    deprecated: bool = False
    at: str = ""


class Operation(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something that can be called, sent or listened to.

    `inputs` go to the offering side, `outputs` come from it; their keys name them for a caller (`query limit`,
    `200 application/json`). An output whose key stands in `failures` tells of an error. `access` are the ways to be let
    in, one of which is enough; an empty word is free access.
    """

    inputs: dict[str, Slot] = {}
    outputs: dict[str, Slot] = {}
    failures: frozenset[str] = frozenset()
    access: frozenset[str] = frozenset()
    facts: dict[str, str] = {}
    deprecated: bool = False
    at: str = ""


class Interface(msgspec.Struct, frozen=True, kw_only=True):
    """All that one description offers. Operations have the name by which a caller knows them."""

    family: str
    title: str = ""
    version: str = ""
    """That of the interface, not of the description language."""
    files: int = 0
    """Other files that the description is made of."""
    facts: dict[str, str] = {}
    operations: dict[str, Operation] = {}
    types: list[Type] = msgspec.field(default_factory=lambda: [Type()])


def checked(interface: Interface) -> Interface:
    """The interface, if all numbers of types lead to types; raises ValueError where one does not."""
    types = interface.types
    slots = [slot for one in interface.operations.values() for slot in (*one.inputs.values(), *one.outputs.values())]
    used = {slot.type for slot in slots}
    for one in types:
        used |= {slot.type for slot in one.members.values()}
        used |= {number for number in (one.item, one.rest, *one.alternatives) if number is not None}
    if not types or types[ANY] != Type() or any(not 0 <= number < len(types) for number in used):
        raise ValueError("an interface refers to types that it does not have")
    return interface
