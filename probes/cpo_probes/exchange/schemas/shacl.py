"""Shapes of SHACL held against the syntax rules of the Recommendation (appendix C); the rules are data."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from cpo_scan.probe import patterns
from cpo_scan.probe.rdf import FIRST, LANGUAGE_TEXT, RDFS, TEXT, TYPE, XSD, Graph, Literal, NoList, Triple
from cpo_scan.probe.xpath_patterns import PatternRefused, check_pattern

SHACL = "http://www.w3.org/ns/shacl#"
_LONGEST = 200
_SUBCLASS = f"{RDFS}subClassOf"
_INTEGER = patterns.standard(r"\s*+[+-]?[0-9]++\s*+", text=True)
_SHAPES = ("shape", "shapes", "node-shape", "property-shape")
_AIMED_AT = tuple(SHACL + name for name in ("targetClass", "targetSubjectsOf", "targetObjectsOf", "class", "path"))
_OF_GRAPHS = ("entailment", "shapesGraph")  # 3.1.1 and 3.2: what is said of a graph
_FLAGS = frozenset("smixq")  # XPath and XQuery Functions 3.1, 5.6.2


class ShapeProblem(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that a shape breaks, or what kept it from being checked."""

    code: str
    params: dict[str, Any]
    line: int | None = None


class ShaclReport(msgspec.Struct, frozen=True, kw_only=True):
    """Shapes of a document. `broken`: rules that they break; `open`: what was not checked; `remarks`: neither."""

    shapes: tuple[str, ...]
    property_shapes: int
    targets: tuple[str, ...]
    """Classes and properties that the shapes are about."""
    broken: tuple[ShapeProblem, ...] = ()
    open: tuple[ShapeProblem, ...] = ()
    remarks: tuple[ShapeProblem, ...] = ()


def check_shapes(graph: Graph, rules: Mapping[str, Any]) -> ShaclReport:
    """What the shapes of a document are, and which syntax rules they break; `rules` is rules/data/rdf-shapes.yaml."""
    return _Check(graph, rules).report()


class _Check:
    def __init__(self, graph: Graph, rules: Mapping[str, Any]) -> None:
        self._graph, self._rules = graph, rules
        self._parameters = {SHACL + row["name"]: row for row in rules["parameters"]}
        self._broken: list[ShapeProblem] = []
        self._elsewhere: dict[str, int] = {}
        self._leads: dict[str, list[str]] = {}
        self._below: dict[str, list[str]] = {}
        self._used: dict[str, int] = {}
        self._looked_through()
        self._kinds = {kind: self._instances(SHACL + kind) for kind in ("NodeShape", "PropertyShape")}
        self._classes = self._instances(f"{RDFS}Class")
        self._shapes = self._found()

    # -- which nodes are shapes (2.1)

    def _instances(self, kind: str) -> set[str]:
        """SHACL instances: also of subclasses that the document states."""
        kinds, left = {kind}, [kind]
        while left:
            for inner in self._below.get(left.pop(), ()):
                if inner not in kinds:
                    kinds.add(inner)
                    left.append(inner)
        return {subject for one in kinds for subject in self._graph.instances(one)}

    def _looked_through(self) -> None:
        """One pass: subclasses, terms of SHACL that are used as a property or a type, statements about the graph."""
        for triple in self._graph:
            predicate = triple.predicate
            if predicate == _SUBCLASS and isinstance(triple.object, str):
                self._below.setdefault(triple.object, []).append(triple.subject)
            term = triple.object if predicate == TYPE else predicate
            if isinstance(term, str) and term.startswith(SHACL):
                name = term[len(SHACL) :]
                self._used.setdefault(name, triple.line)
                if name in _OF_GRAPHS and not _is_iri(triple.object):
                    self._value(triple, name, f"{name}-nodeKind")

    def _found(self) -> dict[str, None]:
        shapes: dict[str, None] = {}
        for triple in self._graph:
            if triple.subject in self._kinds["NodeShape"] or triple.subject in self._kinds["PropertyShape"]:
                shapes.setdefault(triple.subject)
            row = self._parameters.get(triple.predicate)
            if row is None or row["name"] in ("severity", "message", "deactivated"):
                continue
            shapes.setdefault(triple.subject)
            if row["value"] not in _SHAPES:
                continue
            for value in self._values_of(row, triple):
                if isinstance(value, str):
                    self._leads.setdefault(triple.subject, []).append(value)
                    if self._graph.says_of(value):
                        shapes.setdefault(value)
        return shapes

    def _values_of(self, row: Mapping[str, Any], triple: Triple) -> "list[str | Literal]":
        if row["value"] != "shapes":
            return [triple.object]
        try:
            return self._graph.members(triple.object)
        except NoList:
            return []  # said where the rules are checked

    # -- the rules

    def report(self) -> ShaclReport:
        targets: dict[str, None] = {}
        properties = 0
        for shape in self._shapes:
            paths = self._graph.values(shape, f"{SHACL}path")
            properties += bool(paths)
            self._shape(shape, paths)
            said = self._graph.says_of(shape)
            for name in _AIMED_AT:
                for triple in said.get(name, ()):
                    if _is_iri(triple.object):
                        targets.setdefault(str(triple.object))
            if shape in self._classes:
                targets.setdefault(shape)
        return ShaclReport(
            shapes=tuple(self._shapes),
            property_shapes=properties,
            targets=tuple(targets),
            broken=tuple(self._broken),
            open=tuple(self._open()),
            remarks=tuple(self._remarks()),
        )

    def _shape(self, shape: str, paths: list[Triple]) -> None:
        if shape in self._classes and shape.startswith("_:"):
            self._say(
                "shacl.class_blank",
                self._graph.line(shape),
                subject=self._name(shape),
                rule="implicit-targetClass-nodeKind",
            )
        if len(paths) > 1:
            self._count(paths, shape, "path", "path-maxCount")
        if shape in self._kinds["NodeShape"] and paths:
            self._scope(shape, "path", "NodeShape-path-maxCount", paths[0].line)
        if shape in self._kinds["PropertyShape"] and not paths:
            self._say(
                "shacl.path_missing",
                self._graph.line(shape),
                subject=self._name(shape),
                rule="PropertyShape-path-minCount",
            )
        for triple in paths:
            self._path(triple)
        for predicate in self._graph.says_of(shape):
            row = self._parameters.get(predicate)
            if row is None:
                continue
            values = self._graph.values(shape, predicate)
            if row.get("most") and len(values) > 1:
                rule = "multiple-parameters" if row.get("whole") else f"{row['name']}-maxCount"
                self._count(values, shape, row["name"], rule)
            if row.get("property_only") and not paths:
                self._scope(shape, row["name"], f"{row['name']}-scope", values[0].line)
            for triple in values:
                self._checked(triple, row)
        self._pattern(shape)

    def _checked(self, triple: Triple, row: Mapping[str, Any]) -> None:
        name, rule, kind = row["name"], row["rule"], row["value"]
        value = triple.object
        fits = _SINGLE.get(kind)
        if fits is not None:
            if not fits(value):
                self._value(triple, name, rule)
            return
        match kind:
            case "node-kind":
                if value not in {SHACL + one for one in self._rules["node_kinds"]}:
                    self._value(triple, name, rule)
            case "shape" | "node-shape" | "property-shape":
                self._nested(triple, value, name, rule, kind)
            case "list" | "iris" | "strings" | "shapes":
                self._list(triple, name, rule, kind)
            case _:
                return

    def _list(self, triple: Triple, name: str, rule: str, kind: str) -> None:
        try:
            members = self._graph.members(triple.object)
        except NoList:
            self._say("shacl.list", triple.line, subject=self._name(triple.subject), name=name, rule=rule)
            return
        for member in members:
            if kind == "shapes":
                self._nested(triple, member, name, f"{name}-members-node", "shape")
            elif (kind == "iris" and not _is_iri(member)) or (kind == "strings" and not _is_string(member)):
                rule = "ignoredProperties-members-nodeKind" if kind == "iris" else "languageIn-members-datatype"
                self._value(triple._replace(object=member), name, rule)

    def _nested(self, triple: Triple, value: "str | Literal", name: str, rule: str, kind: str) -> None:
        """What should be a shape: one that the document says nothing of may be described elsewhere."""
        if isinstance(value, Literal):
            self._value(triple._replace(object=value), name, rule)
            return
        if not self._graph.says_of(value):
            if not value.startswith("_:"):
                self._elsewhere.setdefault(value, triple.line)
            elif kind == "property-shape":
                self._say("shacl.path_missing", triple.line, subject=self._name(triple.subject), rule=rule)
            return
        has_path = bool(self._graph.values(value, f"{SHACL}path"))
        if kind == "property-shape" and not has_path and value not in self._kinds["PropertyShape"]:
            self._say("shacl.path_missing", triple.line, subject=self._name(value), rule=rule)
        if kind == "node-shape" and has_path:
            self._say("shacl.no_node_shape", triple.line, subject=self._name(value), rule=rule)

    def _pattern(self, shape: str) -> None:
        """The rule pattern-regex: an expression of XPath and XQuery Functions 3.1, 5.6.1, with its flags."""
        flags = self._graph.values(shape, f"{SHACL}flags")
        letters = flags[0].object.text if flags and isinstance(flags[0].object, Literal) else ""
        if not _FLAGS.issuperset(letters):
            self._value(flags[0], "flags", "pattern-regex")
            return
        for triple in self._graph.values(shape, f"{SHACL}pattern"):
            if not isinstance(triple.object, Literal) or "q" in letters:
                continue
            try:
                check_pattern(triple.object.text, extended="x" in letters)
            except PatternRefused:
                self._value(triple, "pattern", "pattern-regex")

    # -- property paths (2.3.1)

    def _path(self, triple: Triple) -> None:
        """A path is a predicate, a list of two paths or more, or a blank node that says one thing."""
        left: list[tuple[str | Literal, tuple[str, ...]]] = [(triple.object, ())]
        seen = 0
        while left:
            path, above = left.pop()
            seen += 1
            if isinstance(path, Literal):
                self._wrong_path(triple, "path-node")
                return
            if not path.startswith("_:") and not self._graph.values(path, FIRST):
                continue
            if path in above or len(above) > 100 or seen > 10_000:
                self._wrong_path(triple, "path-non-recursive")
                return
            inner = self._inside(path)
            if inner is None:
                self._wrong_path(triple, "path-metarule")
                return
            left.extend((one, (*above, path)) for one in inner)

    def _inside(self, path: str) -> "list[str | Literal] | None":
        """The paths that a path is made of; None where it is none."""
        said = self._graph.says_of(path)
        if FIRST in said:
            return self._sequence(path)
        if len(said) != 1:
            return None
        predicate = next(iter(said))
        values = self._graph.values(path, predicate)
        if len(values) != 1:
            return None
        if predicate == SHACL + self._rules["paths"]["list"]:
            return self._sequence(values[0].object)
        if predicate.removeprefix(SHACL) in self._rules["paths"]["single"]:
            return [values[0].object]
        return None

    def _sequence(self, head: "str | Literal") -> "list[str | Literal] | None":
        try:
            members = self._graph.members(head)
        except NoList:
            return None
        return members if len(members) > 1 else None

    # -- what is said

    def _open(self) -> Iterator[ShapeProblem]:
        used = self._used
        for key, code in (("beyond", "shacl.beyond"), ("newer", "shacl.newer")):
            found = sorted(name for name in self._rules[key] if name in used)
            if found:
                yield ShapeProblem(code=code, params={"terms": [f"sh:{name}" for name in found[:20]]})
        for value, line in sorted(self._elsewhere.items())[:20]:
            yield ShapeProblem(code="shacl.elsewhere", params={"name": _short(value)}, line=line)

    def _remarks(self) -> Iterator[ShapeProblem]:
        known = {row["name"] for row in self._rules["parameters"]}
        for key in ("known", "beyond", "newer", "node_kinds"):
            known.update(self._rules[key])
        known.update((self._rules["paths"]["list"], *self._rules["paths"]["single"]))
        for name, line in sorted(self._used.items()):
            if name and name not in known:
                yield ShapeProblem(code="shacl.unknown_term", params={"name": f"sh:{name}"[:_LONGEST]}, line=line)
        circle = self._circle()
        if circle is not None:
            params = {"subject": self._name(circle)}
            yield ShapeProblem(code="shacl.recursive", params=params, line=self._graph.line(circle))

    def _circle(self) -> str | None:
        """A shape that leads back to itself (3.4.3: what it means is left open)."""
        done: set[str] = set()
        for start in self._shapes:
            if start in done:
                continue
            on_way = {start}
            stack = [(start, iter(self._leads.get(start, ())))]
            while stack:
                shape, inner = stack[-1]
                step = next(inner, None)
                if step is None:
                    stack.pop()
                    on_way.discard(shape)
                    done.add(shape)
                elif step in on_way:
                    return step
                elif step not in done:
                    on_way.add(step)
                    stack.append((step, iter(self._leads.get(step, ()))))
        return None

    def _name(self, shape: str) -> str:
        """What a shape is called; one without a name by its path."""
        if not shape.startswith("_:"):
            return _short(shape)
        paths = self._graph.values(shape, f"{SHACL}path")
        path = paths[0].object if paths else ""
        return f"[{_short(path)}]" if isinstance(path, str) and path and not path.startswith("_:") else "[…]"

    def _value(self, triple: Triple, name: str, rule: str) -> None:
        value = triple.object if isinstance(triple.object, str) else triple.object.text
        params = {"subject": self._name(triple.subject), "name": name, "value": _short(value), "rule": rule}
        self._say("shacl.value", triple.line, **params)

    def _count(self, values: list[Triple], shape: str, name: str, rule: str) -> None:
        self._say("shacl.count", values[1].line, subject=self._name(shape), name=name, count=len(values), rule=rule)

    def _scope(self, shape: str, name: str, rule: str, line: int) -> None:
        self._say("shacl.scope", line, subject=self._name(shape), name=name, rule=rule)

    def _wrong_path(self, triple: Triple, rule: str) -> None:
        self._say("shacl.path", triple.line, subject=self._name(triple.subject), rule=rule)

    def _say(self, code: str, line: int | None, **params: Any) -> None:
        self._broken.append(ShapeProblem(code=code, params=params, line=line))


def _is_iri(value: "str | Literal") -> bool:
    return isinstance(value, str) and not value.startswith("_:")


def _is_string(value: "str | Literal") -> bool:
    return isinstance(value, Literal) and value.datatype == TEXT


def _is_integer(value: "str | Literal") -> bool:
    return (
        isinstance(value, Literal) and value.datatype == f"{XSD}integer" and _INTEGER.fullmatch(value.text) is not None
    )


def _is_boolean(value: "str | Literal") -> bool:
    return (
        isinstance(value, Literal)
        and value.datatype == f"{XSD}boolean"
        and value.text.strip() in ("true", "false", "1", "0")
    )


_SINGLE: Mapping[str, Callable[["str | Literal"], bool]] = {
    "iri": _is_iri,
    "literal": lambda value: isinstance(value, Literal),
    "iri-or-literal": lambda value: isinstance(value, Literal) or _is_iri(value),
    "string": _is_string,
    "text": lambda value: isinstance(value, Literal) and value.datatype in (TEXT, LANGUAGE_TEXT),
    "integer": _is_integer,
    "boolean": _is_boolean,
    "true-or-false": _is_boolean,
    "any": lambda _: True,
}


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"
