"""Entities of EXPRESS (ISO 10303-11:2004, clause 9.2): attributes, supertypes, uniqueness and domain rules."""

from collections.abc import Iterator

from cpo_probes.exchange.express_expressions import TooDeep, unexpected
from cpo_probes.exchange.express_model import Attribute, Entity, Inverse, Named
from cpo_probes.exchange.express_tokens import IDENTIFIER
from cpo_probes.exchange.express_types import DEPTH, TypeReader

_SECTIONS = frozenset(("derive", "inverse", "unique", "where", "end_entity"))


class EntityReader(TypeReader):
    """Reads entities; the constraints on subtypes (9.7) use its supertype expressions."""

    def _entity(self) -> Entity:
        self.at += 1
        token = self.at
        name = self._name("9.2")
        abstract, supertypes, constrained = self._heritage()
        self._semicolon("9.2")
        explicit: list[Attribute] = []
        derived: list[Attribute] = []
        inverse: list[Inverse] = []
        while self.tokens[self.at] not in _SECTIONS:
            explicit += self._explicit()
        if self._taken("derive"):
            while self.tokens[self.at] not in _SECTIONS:
                derived.append(self._derived())
        if self._taken("inverse"):
            while self.tokens[self.at] not in _SECTIONS:
                inverse.append(self._inverse())
        if self._taken("unique"):
            while self.tokens[self.at] not in ("where", "end_entity"):
                self._unique()
        self._where()
        self._word("end_entity", "9.2")
        self._semicolon("9.2")
        return Entity(name, token, abstract, supertypes, constrained, tuple(explicit), tuple(derived), tuple(inverse))

    def _heritage(self) -> tuple[bool, tuple[Named, ...], tuple[Named, ...]]:
        """9.2.3, 9.2.5: ABSTRACT, SUPERTYPE OF and SUBTYPE OF, in either order."""
        supertypes: tuple[Named, ...] = ()
        constrained: tuple[Named, ...] = ()
        abstract = False
        for _ in range(2):
            match self.tokens[self.at]:
                case "abstract":
                    abstract = True
                    self.at += 1
                    if self._taken("supertype") and self._taken("of"):
                        constrained = self._parenthesis()
                case "supertype":
                    self.at += 1
                    self._word("of", "9.2.5.2")
                    constrained = self._parenthesis()
                case "subtype":
                    self.at += 1
                    self._word("of", "9.2.3")
                    supertypes = self._list("9.2.3")
                case _:
                    break
        return abstract, supertypes, constrained

    def _parenthesis(self) -> tuple[Named, ...]:
        if self.classes[self.at] != "(":
            raise unexpected(self.text, self.at, "(", "9.2.5.2")
        return self._supertype_expression()

    def _supertype_expression(self) -> tuple[Named, ...]:
        """9.2.5.2: entities joined by ONEOF, AND, ANDOR."""
        found: list[Named] = []
        opened: list[str] = []
        while True:
            if self._taken("oneof"):
                self._word("(", "9.2.5.3")
                opened.append("oneof")
                continue
            if self._taken("("):
                opened.append("(")
                if len(opened) > DEPTH:
                    raise TooDeep
                continue
            found.append(self._named("9.2.5"))
            while opened and self._taken(")"):
                opened.pop()
            one_of = bool(opened) and opened[-1] == "oneof"
            if self.tokens[self.at] in ("and", "andor") or (one_of and self.tokens[self.at] == ","):
                self.at += 1
            elif opened:
                raise unexpected(self.text, self.at, ", )" if one_of else ")", "9.2.5")
            else:
                return tuple(found)

    def _attribute_name(self, clause: str) -> tuple[str, int, Named | None, bool]:
        """A name, or `SELF\\entity.name [RENAMED name]` (9.2.3.4)."""
        if not self._taken("self"):
            return self._name(clause, "a name, SELF"), self.at - 1, None, False
        self._word("\\", "9.2.3.4")
        entity = self._named("9.2.3.4")
        self._word(".", "9.2.3.4")
        token = self.at
        name = self._name("9.2.3.4")
        renamed = self.tokens[self.at] == "renamed" and self.classes[self.at + 1] == IDENTIFIER
        if renamed:
            self.names.add(self.tokens[self.at + 1])
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
                self._expression()
                self._word(":", "8.2")
                self._expression()
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
        self._expression()
        while self._taken(","):
            self._expression()
        self._semicolon("9.2.2.1")
