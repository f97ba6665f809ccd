"""What a schema in EXPRESS declares (ISO 10303-11:2004), as frozen types. Names are in lower case, as they compare."""

import msgspec


class Simple(msgspec.Struct, frozen=True):
    """A simple type (8.1), or `generic`, `generic_entity`: its keyword.

    `width` is the greatest width of a string or binary, where it is a plain number, or the width where it is `fixed`.
    """

    name: str
    width: int | None = None
    fixed: bool = False


class Named(msgspec.Struct, frozen=True):
    """A reference to a defined type or an entity; `token` is its place."""

    name: str
    token: int


class Aggregate(msgspec.Struct, frozen=True):
    """`array`, `bag`, `list`, `set` or `aggregate` of something (8.2).

    `low` and `high` are its bounds where they are plain numbers; None: not known, or without an end.
    """

    kind: str
    of: "AnyType"
    optional: bool = False
    unique: bool = False
    low: int | None = None
    high: int | None = None


class Enumeration(msgspec.Struct, frozen=True):
    """An enumeration type (8.4.1)."""

    items: tuple[str, ...]
    based_on: Named | None = None
    extensible: bool = False


class Select(msgspec.Struct, frozen=True):
    """A select type (8.4.2)."""

    items: tuple[Named, ...]
    based_on: Named | None = None
    extensible: bool = False


AnyType = Simple | Named | Aggregate | Enumeration | Select


class Attribute(msgspec.Struct, frozen=True):
    """One attribute of an entity (9.2.1).

    `redeclares`: the entity whose attribute it declares anew; `renamed`: the name that it gets there, else empty.
    """

    name: str
    type: AnyType
    token: int
    optional: bool = False
    redeclares: Named | None = None
    renamed: str = ""


class Inverse(msgspec.Struct, frozen=True):
    """An inverse attribute (9.2.1.3): who refers, by which attribute."""

    name: str
    entity: Named
    attribute: Named
    token: int
    redeclares: Named | None = None


class Kinds(msgspec.Struct, frozen=True):
    """A supertype expression (9.2.5): `oneof`, `and` or `andor` of entities and expressions."""

    kind: str
    of: tuple["Kinds | Named", ...]


class Entity(msgspec.Struct, frozen=True):
    """An entity declaration (9.2)."""

    name: str
    token: int
    abstract: bool
    supertypes: tuple[Named, ...]
    constraint: Kinds | Named | None
    explicit: tuple[Attribute, ...]
    derived: tuple[Attribute, ...]
    inverse: tuple[Inverse, ...]


class TypeDeclaration(msgspec.Struct, frozen=True):
    """A type declaration (9.1)."""

    name: str
    token: int
    type: AnyType


class Algorithm(msgspec.Struct, frozen=True):
    """A function, procedure or rule; `types` are those of its parameters, result and variables."""

    kind: str
    name: str
    token: int
    types: tuple[AnyType, ...] = ()
    entities: tuple[Named, ...] = ()
    inner: tuple["Declaration", ...] = ()


class SubtypeConstraint(msgspec.Struct, frozen=True):
    """What instances of an entity may be at once, stated apart from it (9.7)."""

    name: str
    token: int
    entity: Named
    abstract: bool = False
    total_over: tuple[Named, ...] = ()
    constraint: Kinds | Named | None = None


class Constant(msgspec.Struct, frozen=True):
    """A constant (9.4)."""

    name: str
    token: int
    type: AnyType


Declaration = Entity | TypeDeclaration | Algorithm | Constant | SubtypeConstraint


class Interface(msgspec.Struct, frozen=True):
    """USE FROM or REFERENCE FROM (11): the schema, and its items with the names that they get; none: all."""

    kind: str
    schema: Named
    items: tuple[tuple[Named, str], ...] = ()


class Schema(msgspec.Struct, frozen=True):
    """One schema of a file (9.3). `version` is its version id (edition 2), else empty."""

    name: str
    token: int
    version: str
    interfaces: tuple[Interface, ...]
    declarations: tuple[Declaration, ...]


def referred(declared: AnyType) -> tuple[Named, ...]:
    """The names in a type."""
    match declared:
        case Named():
            return (declared,)
        case Aggregate(of=of):
            return referred(of)
        case Select(items=items, based_on=based_on):
            return items if based_on is None else (*items, based_on)
        case Enumeration(based_on=Named() as based_on):
            return (based_on,)
        case _:
            return ()


def entities_in(expression: Kinds | Named | None) -> tuple[Named, ...]:
    """The names in a supertype expression."""
    match expression:
        case None:
            return ()
        case Named():
            return (expression,)
        case Kinds(of=of):
            return tuple(name for item in of for name in entities_in(item))
