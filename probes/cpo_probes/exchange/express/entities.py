"""Entities of EXPRESS (ISO 10303-11:2004, clause 9.2): attributes, supertypes, uniqueness and domain rules."""

from collections.abc import Callable, Iterator

from cpo_probes.exchange.express.expressions import TooDeep, unexpected
from cpo_probes.exchange.express.model import Attribute, Entity, Inverse, Kinds, Named
from cpo_probes.exchange.express.tokens import IDENTIFIER
from cpo_probes.exchange.express.types import DEPTH, TypeReader

_SECTIONS = frozenset(("derive", "inverse", "unique", "where", "end_entity"))


class EntityReader(TypeReader):
    """Reads entities; the constraints on subtypes (9.7) use its supertype expressions."""

    def _entity(self) -> Entity:
        self.at += 1
        token = self.at
        name = self._name("9.2")
        abstract, supertypes, constraint = self._heritage()
        self._semicolon("9.2")
        explicit: list[Attribute] = []
        derived: list[Attribute] = []
        inverse: list[Inverse] = []
        while self.tokens[self.at] not in _SECTIONS:
            explicit += self._explicit()
        if self._taken("derive"):
            derived.append(self._derived())
            while self.tokens[self.at] not in _SECTIONS:
                derived.append(self._derived())
        if self._taken("inverse"):
            inverse.append(self._inverse())
            while self.tokens[self.at] not in _SECTIONS:
                inverse.append(self._inverse())
        if self._taken("unique"):
            self._unique()
            while self.tokens[self.at] not in ("where", "end_entity"):
                self._unique()
        self._where()
        self._word("end_entity", "9.2")
        self._semicolon("9.2")
        return Entity(name, token, abstract, supertypes, constraint, tuple(explicit), tuple(derived), tuple(inverse))

    def _heritage(self) -> tuple[bool, tuple[Named, ...], Kinds | Named | None]:
        """9.2.3, 9.2.5: ABSTRACT and SUPERTYPE OF, then SUBTYPE OF."""
        constraint: Kinds | Named | None = None
        abstract = self._taken("abstract")
        if self._taken("supertype") and (not abstract or self.tokens[self.at] == "of"):
            self._word("of", "9.2.5.2")
            constraint = self._parenthesis()
        supertypes: tuple[Named, ...] = ()
        if self._taken("subtype"):
            self._word("of", "9.2.3")
            supertypes = self._list("9.2.3")
        return abstract, supertypes, constraint

    def _parenthesis(self) -> Kinds | Named:
        self._word("(", "9.2.5.2")
        found = self._supertype_expression()
        self._word(")", "9.2.5.2")
        return found

    def _supertype_expression(self, depth: int = 0) -> Kinds | Named:
        """9.2.5: entities joined by ONEOF, AND, ANDOR; AND binds more tightly."""
        return self._joined("andor", lambda: self._joined("and", lambda: self._supertype_term(depth)))

    def _joined(self, word: str, part: Callable[[], Kinds | Named]) -> Kinds | Named:
        found = [part()]
        while self._taken(word):
            found.append(part())
        return Kinds(word, tuple(found)) if len(found) > 1 else found[0]

    def _supertype_term(self, depth: int) -> Kinds | Named:
        if depth > DEPTH:
            raise TooDeep
        if self._taken("("):
            found = self._supertype_expression(depth + 1)
            self._word(")", "9.2.5")
            return found
        if not self._taken("oneof"):
            return self._named("9.2.5")
        self._word("(", "9.2.5.3")
        items = [self._supertype_expression(depth + 1)]
        while self._taken(","):
            items.append(self._supertype_expression(depth + 1))
        if not self._taken(")"):
            raise unexpected(self.text, self.at, ", )", "9.2.5.3")
        return Kinds("oneof", tuple(items))

    def _attribute_name(self, clause: str, *, renaming: bool = True) -> tuple[str, int, Named | None, str]:
        """A name, or `SELF\\entity.name [RENAMED name]` (9.2.3.4)."""
        if not self._taken("self"):
            return self._name(clause, "a name, SELF"), self.at - 1, None, ""
        self._word("\\", "9.2.3.4")
        entity = self._named("9.2.3.4")
        self._word(".", "9.2.3.4")
        token = self.at
        name = self._name("9.2.3.4")
        renamed = ""
        if renaming and self.tokens[self.at] == "renamed" and self.classes[self.at + 1] == IDENTIFIER:
            renamed = self.tokens[self.at + 1]
            self.names.add(renamed)
            self.at += 2
        return name, token, entity, renamed

    def _explicit(self) -> Iterator[Attribute]:
        names = [self._attribute_name("9.2.1.1")]
        while self._taken(","):
            names.append(self._attribute_name("9.2.1.1"))
        if not self._taken(":"):
            raise unexpected(self.text, self.at, ", :", "9.2.1.1")
        optional = self._taken("optional")
        declared = self._type()
        self._semicolon("9.2.1.1")
        for name, token, entity, renamed in names:
            yield Attribute(name, declared, token, optional, entity, renamed)

    def _derived(self) -> Attribute:
        name, token, entity, renamed = self._attribute_name("9.2.1.2")
        self._word(":", "9.2.1.2")
        declared = self._type()
        self._word(":=", "9.2.1.2")
        self._expression()
        self._semicolon("9.2.1.2")
        return Attribute(name, declared, token, False, entity, renamed)

    def _inverse(self) -> Inverse:
        name, token, redeclares, _ = self._attribute_name("9.2.1.3")
        self._word(":", "9.2.1.3")
        if self.tokens[self.at] in ("set", "bag"):
            self.at += 1
            if self._taken("["):
                self._bound()
                self._word(":", "8.2")
                self._bound()
                self._word("]", "8.2")
            self._word("of", "9.2.1.3")
        entity = self._named("9.2.1.3")
        self._word("for", "9.2.1.3")
        attribute = self._named("9.2.1.3")
        if self._taken("."):
            attribute = self._named("9.2.1.3")
        self._semicolon("9.2.1.3")
        return Inverse(name, entity, attribute, token, redeclares)

    def _unique(self) -> None:
        """9.2.2.1: attributes, also SELF\\entity.name."""
        if self.classes[self.at] == IDENTIFIER and self.classes[self.at + 1] == ":":
            self.names.add(self.tokens[self.at])
            self.at += 2
        while True:
            if self.tokens[self.at] == "self":
                self._attribute_name("9.2.2.1", renaming=False)
            else:
                self._name("9.2.2.1", "a name, SELF")
            if not self._taken(","):
                break
        self._semicolon("9.2.2.1")
