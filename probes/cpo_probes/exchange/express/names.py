"""Do the names in schemas in EXPRESS lead to something? Scope and visibility (ISO 10303-11:2004, clauses 10 and 11).

What a schema takes from another one in the same source, or in one of the `others`, is looked up there; with a schema
that is not at hand the names that nothing declares stay open, and that is said. In expressions only names that nothing
in the source declares are errors: that much is certain without the type of each operand.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

import msgspec

from cpo_probes.exchange.express.expressions import Broken
from cpo_probes.exchange.express.grammar import MOST, Read
from cpo_probes.exchange.express.model import (
    Algorithm,
    Constant,
    Declaration,
    Entity,
    Named,
    Schema,
    SubtypeConstraint,
    TypeDeclaration,
    entities_in,
    referred,
)
from cpo_probes.exchange.express.tokens import BUILT_IN, IDENTIFIER, SOURCE, YOUNG_WORDS, Text

_MOST_STEPS = 1_000_000  # supertypes that are looked through for attributes

_ENTITY, _TYPE = frozenset(("entity",)), frozenset(("entity", "type"))


class Names(msgspec.Struct, frozen=True):
    """What the look-up found: errors, schemas that are not in the source, and how many names are left open for them."""

    errors: tuple[Broken, ...]
    missing: tuple[str, ...]
    open: int


def resolve(
    text: Text, found: Read, checkpoint: Callable[[], None] = lambda: None, others: Sequence[Read] = ()
) -> Names:
    """Look up the names of well-formed schemas; `others` are well-formed sources that hold schemas which these name.

    `checkpoint` is called now and then and may raise to stop.
    """
    return _Resolver(text, found, checkpoint, others).run()


class _Found(msgspec.Struct, frozen=True):
    """What a name stands for, None where it is not at hand, and the schema that declares it."""

    declaration: Declaration | None
    schema: str


class _Resolver:
    def __init__(self, text: Text, found: Read, checkpoint: Callable[[], None], others: Sequence[Read]) -> None:
        self.text, self.found, self.checkpoint = text, found, checkpoint
        self.every = (*found.schemas, *(schema for other in others for schema in other.schemas))
        self.inner_names = found.names.union(*(other.names for other in others))
        self.schemas = {schema.name: schema for schema in reversed(self.every)}
        self.own = {schema.name: {item.name: item for item in schema.declarations} for schema in reversed(self.every)}
        self.errors: list[Broken] = []
        self.missing: dict[str, None] = {}
        self.open = 0
        self._steps = 0
        self._entities: dict[str, Entity] = {}
        self._scope: dict[str, Declaration | None] = {}
        self._looked: dict[tuple[str, str], _Found | None] = {}

    def run(self) -> Names:
        for schema in self.found.schemas:
            self._schema(schema, self._visible(schema))
            self.checkpoint()
        if not self.missing:
            self._unknown_everywhere()
            self._empty_calls()
        self.errors.sort(key=lambda broken: broken.token)
        return Names(tuple(self.errors[:MOST]), tuple(self.missing), self.open)

    # -- what a schema sees

    def _look(self, schema: str, name: str) -> "_Found | None":
        """What a name stands for in a schema: declared there, or taken from others (11.1), to the end."""
        key = (schema, name)
        if key not in self._looked:
            self._looked[key] = self._search(schema, name)
        return self._looked[key]

    def _search(self, schema: str, name: str) -> "_Found | None":
        found = None
        waiting, seen = [(schema, name)], {(schema, name)}
        while waiting:
            here, wanted = waiting.pop()
            own = self.own.get(here)
            if own is None:
                self.missing[here] = None
                # What is taken by its name is there, in a schema that is not at hand.
                found = _Found(None, here) if wanted != name or here == schema else found
                continue
            if wanted in own:
                return _Found(own[wanted], here)
            for interface in self.schemas[here].interfaces:
                names = [item.name for item, alias in interface.items if alias == wanted]
                following = [(interface.schema.name, each) for each in (names if interface.items else [wanted])]
                waiting += [each for each in following if each not in seen]
                seen.update(following)
        return found

    def _visible(self, schema: Schema) -> dict[str, Declaration | None]:
        """Names that may be used in a schema, and what they are; None: of a schema that is not at hand."""
        visible: dict[str, Declaration | None] = {}
        borrowed: list[_Found] = []
        if schema.interfaces:
            own = self.own[schema.name]
            for name in sorted(self.text.names):
                found = None if name in own else self._look(schema.name, name)
                if found is not None:
                    visible[name] = found.declaration
                    borrowed.append(found)
        for interface in schema.interfaces:
            at_hand = interface.schema.name in self.schemas
            for item, alias in interface.items:
                if at_hand and self._look(interface.schema.name, item.name) is not None:
                    continue
                if at_hand and self._closed(self.schemas[interface.schema.name]):
                    told = {"name": item.name, "schema": interface.schema.name}
                    self._error("express.not_in_schema", item.token, "11", **told)
                visible[alias] = None
        seen: set[str] = set()
        for declaration in schema.declarations:
            if declaration.name in seen:
                self._error("express.twice", declaration.token, "10.2", name=declaration.name)
            seen.add(declaration.name)
            visible[declaration.name] = declaration
        self._entities = self._with_supertypes(borrowed) | {
            name: item for name, item in visible.items() if isinstance(item, Entity)
        }
        return visible

    def _with_supertypes(self, borrowed: list["_Found"]) -> dict[str, Entity]:
        """Entities that are taken from other schemas, and their supertypes, which their own schemas know."""
        found: dict[str, Entity] = {}
        waiting = list(borrowed)
        while waiting:
            each = waiting.pop()
            if isinstance(each.declaration, Entity) and each.declaration.name not in found:
                found[each.declaration.name] = each.declaration
                above = [self._look(each.schema, name.name) for name in each.declaration.supertypes]
                waiting += [item for item in above if item is not None]
        return found

    def _closed(self, schema: Schema) -> bool:
        """Nothing that it takes from elsewhere is missing."""
        return all(interface.schema.name in self.schemas for interface in schema.interfaces)

    # -- names of types and entities

    def _schema(self, schema: Schema, visible: dict[str, Declaration | None]) -> None:
        inner = {item.name: item for item in _all(schema.declarations) if isinstance(item, Entity | TypeDeclaration)}
        self._scope = {**inner, **visible}
        self._circles()
        for declaration in _all(schema.declarations):
            match declaration:
                case Entity():
                    self._entity(declaration)
                case TypeDeclaration(type=declared) | Constant(type=declared):
                    self._lead(referred(declared), _TYPE)
                case Algorithm(types=types, entities=entities):
                    for declared in types:
                        self._lead(referred(declared), _TYPE)
                    self._lead(entities, _ENTITY)
                case SubtypeConstraint(entity=entity, total_over=total_over, constraint=constraint):
                    self._lead((entity, *total_over, *entities_in(constraint)), _ENTITY)

    def _entity(self, entity: Entity) -> None:
        self._lead(entity.supertypes, _ENTITY)
        self._lead(entities_in(entity.constraint), _ENTITY)
        names: set[str] = set()
        for attribute in (*entity.explicit, *entity.derived):
            self._lead(referred(attribute.type), _TYPE)
            if attribute.redeclares is None and attribute.name in names:
                self._error("express.twice", attribute.token, "9.2.1", name=attribute.name)
            elif attribute.redeclares is None:
                names.add(attribute.name)
            else:
                self._lead((attribute.redeclares,), _ENTITY)
                self._has(attribute.redeclares, Named(attribute.name, attribute.token))
        for inverse in entity.inverse:
            self._lead((inverse.entity,), _ENTITY)
            self._has(inverse.entity, inverse.attribute)
            if inverse.redeclares is None and inverse.name in names:
                self._error("express.twice", inverse.token, "9.2.1", name=inverse.name)

    def _lead(self, names: Iterable[Named], wanted: frozenset[str]) -> None:
        """Each of the names must be an entity, or a type where one may stand."""
        for name in names:
            if name.name not in self._scope:
                if self.missing:
                    self.open += 1
                else:
                    self._error("express.undefined", name.token, "10.1", name=name.name)
                continue
            declaration = self._scope[name.name]
            if declaration is not None and _kind(declaration) not in wanted:
                code = "express.no_entity" if wanted == _ENTITY else "express.no_type"
                self._error(code, name.token, "10.1", name=name.name)

    def _has(self, entity: Named, attribute: Named) -> None:
        """Does an entity have an attribute, its own or inherited? Where all its supertypes are at hand."""
        if entity.name not in self._entities or attribute.name in self.inner_names:
            return
        waiting, seen = [entity.name], {entity.name}
        while waiting:
            self._steps += 1
            declared = self._entities.get(waiting.pop())
            if declared is None or self._steps > _MOST_STEPS:
                return  # not at hand, or a source that is made to take long
            if any(own.name == attribute.name for own in (*declared.explicit, *declared.derived)):
                return
            if any(own.name == attribute.name for own in declared.inverse):
                return
            above = [item.name for item in declared.supertypes if item.name not in seen]
            seen.update(above)
            waiting += above
        self._error("express.no_attribute", attribute.token, "9.2.1", name=attribute.name, entity=entity.name)

    def _circles(self) -> None:
        """Entities that are their own supertypes (9.2.3): depth first, one error for each way back."""
        done: set[str] = set()
        for start in self._entities:
            way: dict[str, Iterator[Named]] = {}
            name = start
            while True:
                if name not in way and name not in done:
                    entity = self._entities.get(name)
                    way[name] = iter(entity.supertypes if entity else ())
                if not way:
                    break
                current = next(reversed(way))
                following = next(way[current], None)
                if following is None:
                    way.popitem()
                    done.add(current)
                    name = current
                    continue
                name = following.name
                if name in way:
                    self._error("express.circular", following.token, "9.2.3", name=name)
                    name = current

    # -- names in expressions and statements

    def _unknown_everywhere(self) -> None:
        """Names that occur in the source and that nothing in it declares."""
        declared = {*BUILT_IN, *YOUNG_WORDS, *self.inner_names, *self.own}
        for schema in self.every:
            for declaration in _all(schema.declarations):
                declared.add(declaration.name)
                if isinstance(declaration, Entity):
                    declared.update(item.name for item in (*declaration.explicit, *declaration.derived))
                    declared.update(item.name for item in declaration.inverse)
            declared.update(name for interface in schema.interfaces for _, name in interface.items)
        unknown = self.text.names - declared
        if not unknown:
            return
        unknown -= set(_bound(self.text))
        told = {broken.token for broken in self.errors}
        for name in sorted(unknown):
            token = self.text.tokens.index(name)
            if token not in told:
                self._error("express.undefined", token, "10.1", name=name)

    def _empty_calls(self) -> None:
        """`name()` makes an entity (12.7.2, production 205); a call of a function has parameters or no parentheses."""
        entities = {
            item.name for schema in self.found.schemas for item in _all(schema.declarations) if _is_entity(item)
        }
        entities.update(name for schema in self.found.schemas for its in schema.interfaces for _, name in its.items)
        at = self.text.classes.find(IDENTIFIER + "()")
        while at >= 0:
            if self.text.tokens[at] not in entities:
                self._error("express.no_parameters", at, "12.8", name=self.text.tokens[at])
            at = self.text.classes.find(IDENTIFIER + "()", at + 1)

    def _error(self, code: str, token: int, clause: str, **params: str) -> None:
        self.errors.append(Broken(code, token, clause, **params))


def _all(declarations: Iterable[Declaration]) -> Iterator[Declaration]:
    """Declarations, and those inside of functions, procedures and rules."""
    for declaration in declarations:
        yield declaration
        if isinstance(declaration, Algorithm):
            yield from _all(declaration.inner)


def _kind(declaration: Declaration) -> str:
    match declaration:
        case Entity():
            return "entity"
        case TypeDeclaration():
            return "type"
        case _:
            return "other"


def _is_entity(declaration: Declaration) -> bool:
    return isinstance(declaration, Entity)


def _bound(text: Text) -> Iterator[str]:
    """Names that QUERY, REPEAT and ALIAS introduce (10.1)."""
    at = text.classes.find(IDENTIFIER + SOURCE)
    while at >= 0:
        yield text.tokens[at]
        at = text.classes.find(IDENTIFIER + SOURCE, at + 1)
    yield from {name for word, name in pairwise(text.tokens) if word in _BINDERS}


_BINDERS = frozenset(("repeat", "alias"))
