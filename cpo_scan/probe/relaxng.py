"""Compiling a RELAX NG schema that is not trusted: what it takes in comes from where it lies, or not at all.

What it refers to is put in its place first, as ISO/IEC 19757-2 says (4.6 externalRef, 4.7 include), so that libxml2
opens nothing. A grammar that can't stand alone, since it has no start or uses names that others define, is a module.
"""

import posixpath
from collections.abc import Callable
from copy import deepcopy
from typing import Any
from urllib.parse import unquote

import msgspec

from cpo_scan.model import Reason
from cpo_scan.probe.relaxng_compact import RELAXNG, XSD_TYPES, read_compact
from cpo_scan.probe.text import decode
from cpo_scan.probe.xml import root_of, well_formed
from cpo_scan.probe.xpath_patterns import PatternRefused, check_pattern
from cpo_scan.targets.content import Content
from cpo_scan.targets.errors import LimitHit, Unreadable
from cpo_scan.targets.limits import Limits

__all__ = ["RELAXNG", "RelaxNgReport", "compile_compact", "compile_relaxng"]

_R = f"{{{RELAXNG}}}"
_LARGEST = 2 * 2**20  # octets of a schema that is compiled
_ALL = 8 * 2**20  # octets of all that belongs together
_FILES = 200
_DEEPEST = 30  # schemas inside each other
_MOST_PARTS = 10_000  # of one pattern: libxml2 compares each with each
_LISTED = 20
_TYPES = ("", XSD_TYPES)  # libraries of datatypes that libxml2 knows
_SCOPES = (f"{_R}grammar",)
# Facets of XML Schema part 2 that are parameters of its types here (Guidelines of RELAX NG for these, 2001-09-07)
_PARAMETERS = frozenset(
    ("length", "minLength", "maxLength", "pattern", "minInclusive", "minExclusive", "maxInclusive", "maxExclusive",
     "totalDigits", "fractionDigits")
)  # fmt: skip
_TYPED = frozenset((f"{_R}data", f"{_R}value"))
_NAMED = frozenset((f"{_R}name", f"{_R}nsName", f"{_R}value"))

Load = Callable[[str], Content | None]
"""Gives the schema at a path of the container, None where there is none."""


class RelaxNgReport(msgspec.Struct, frozen=True, kw_only=True):
    """Does it hold together? None: not checked whole, with what was missing. `elements`: those that it defines."""

    valid: bool | None
    elements: int = 0
    problems: tuple[Reason, ...] = ()


def compile_relaxng(content: Content, limits: Limits, path: str = "", load: Load = lambda _: None) -> RelaxNgReport:
    """Compile the schema at `path` of its container with all that it takes in, through `load`. Raises Unreadable."""
    data = bytes(content.whole())
    if len(data) > _LARGEST:
        raise LimitHit("limit.document_bytes", size=len(data), limit=_LARGEST)
    if well_formed(content, limits).entities:
        return RelaxNgReport(valid=None, problems=(Reason("xsd.entities"),))
    return _compiled(root_of(data), _Taking(limits, load, compact=False), path)


def compile_compact(content: Content, limits: Limits, path: str = "", load: Load = lambda _: None) -> RelaxNgReport:
    """The same for a schema in the compact syntax, which takes in others of the compact syntax."""
    data = bytes(content.whole())
    if len(data) > _LARGEST:
        raise LimitHit("limit.document_bytes", size=len(data), limit=_LARGEST)
    return _compiled(read_compact(decode(data)), _Taking(limits, load, compact=True), path)


def _compiled(root: Any, taking: "_Taking", path: str) -> RelaxNgReport:
    from lxml import etree

    elements = sum(1 for _ in root.iter(f"{_R}element"))
    try:
        root = taking.whole(root, path)
    except _Circle:
        return RelaxNgReport(valid=False, elements=elements, problems=(Reason("relaxng.circle"),))
    if taking.problems:
        return RelaxNgReport(valid=None, elements=elements, problems=tuple(taking.problems[:_LISTED]))
    if any(len(one) > _MOST_PARTS for one in root.iter("*")):
        reason = Reason("relaxng.parts", {"limit": _MOST_PARTS})
        return RelaxNgReport(valid=None, elements=elements, problems=(reason,))
    module = _module(root)
    if module is not None:
        return RelaxNgReport(valid=None, elements=elements, problems=(module,))
    foreign = sorted({one.get("datatypeLibrary", "") for one in root.iter("*")}.difference(_TYPES))
    try:
        etree.RelaxNG(etree.fromstring(etree.tostring(root)))
    except etree.RelaxNGParseError:
        refused = Reason("relaxng.refused")
    else:
        wrong = next((one for one in root.iter(f"{_R}param") if not _is_parameter(one)), None)
        if wrong is None:
            return RelaxNgReport(valid=True, elements=elements)
        refused = Reason("relaxng.parameter", {"name": (wrong.get("name") or "")[:100]})
    if foreign:
        reason = Reason("relaxng.datatypes", {"library": foreign[0][:200]})
        return RelaxNgReport(valid=None, elements=elements, problems=(reason,))
    return RelaxNgReport(valid=False, elements=elements, problems=(refused,))


class _Circle(Exception):
    """A schema takes in itself (4.6, 4.7: that is an error)."""


class _Taking:
    """Puts what a schema takes in into its place."""

    def __init__(self, limits: Limits, load: Load, *, compact: bool) -> None:
        self._limits, self._load, self._compact = limits, load, compact
        self._files = self._octets = 0
        self.problems: list[Reason] = []

    def whole(self, root: Any, path: str) -> Any:
        """The schema with all that it takes in; what is not at hand joins `problems`."""
        _annotate(root)
        self._fill(root, path, (path,))
        if root.tag == f"{_R}externalRef":  # the whole schema is a reference
            return self._external(root, path, (path,))
        return root

    def _fill(self, root: Any, path: str, above: tuple[str, ...]) -> None:
        for reference in list(root.iter(f"{_R}include", f"{_R}externalRef")):
            if reference is root:
                continue
            base = self._base(reference, path)
            if reference.tag == f"{_R}include":
                taken = self._include(reference, base, above)
            else:
                taken = self._external(reference, base, above)
            if taken is not None:
                taken.tail = reference.tail
                reference.getparent().replace(reference, taken)

    def _base(self, element: Any, path: str) -> str:
        """Where addresses at an element count from (xml:base)."""
        for one in (element, *element.iterancestors()):
            base = one.get("{http://www.w3.org/XML/1998/namespace}base")
            if base is not None:
                return "//elsewhere" if ":" in base else posixpath.join(posixpath.dirname(path), unquote(base))
        return path

    def _taken(self, reference: Any, base: str, above: tuple[str, ...]) -> tuple[Any, str]:
        """The root of the schema that is taken in, filled itself, and its path; None where it is not at hand."""
        href = (reference.get("href") or "").strip()
        place = posixpath.normpath(posixpath.join(posixpath.dirname(base), unquote(href)))
        if ":" in href.partition("/")[0] or base.startswith("//") or not href or place.startswith(".."):
            self.problems.append(Reason("xsd.missing", {"location": href[:200]}))
            return None, place
        if place in above:
            raise _Circle
        content = self._load(place)
        self._files += 1
        if content is None or self._files > _FILES or len(above) > _DEEPEST:
            self.problems.append(Reason("xsd.missing", {"location": href[:200]}))
            return None, place
        data = bytes(content.whole())
        self._octets += len(data)
        if self._octets > _ALL:
            raise LimitHit("limit.document_bytes", size=self._octets, limit=_ALL)
        try:
            root = self._root(content, data)
        except Unreadable as error:
            params = {"location": href[:200], "error": error.reason.code}
            self.problems.append(Reason("xsd.unreadable", params))
            return None, place
        if root is None:
            self.problems.append(Reason("xsd.entities"))
            return None, place
        _annotate(root)
        self._fill(root, place, (*above, place))
        return root, place

    def _root(self, content: Content, data: bytes) -> Any:
        if self._compact:
            return read_compact(decode(data))
        return None if well_formed(content, self._limits).entities else root_of(data)

    def _external(self, reference: Any, base: str, above: tuple[str, ...]) -> Any:
        """4.6: the pattern takes the place of the reference; one without a namespace takes that of the reference."""
        root, _ = self._taken(reference, base, above)
        if root is None:
            return None
        root = deepcopy(root)
        namespace = reference.get("ns")
        if namespace and root.get("ns") is None:
            for one in root.iter(*_NAMED, f"{_R}element"):
                if one.get("ns") == "":
                    one.set("ns", namespace)
        return root

    def _include(self, reference: Any, base: str, above: tuple[str, ...]) -> Any:
        """4.7: a div with what the grammar holds and the include does not replace, and with what the include holds."""
        root, _ = self._taken(reference, base, above)
        if root is None:
            return None
        if root.tag != f"{_R}grammar":
            self.problems.append(Reason("relaxng.no_grammar", {"location": (reference.get("href") or "")[:200]}))
            return None
        outer = reference.makeelement(f"{_R}div", nsmap=root.nsmap)
        inner = deepcopy(root)
        inner.tag = f"{_R}div"
        replaced = {_component(one) for one in _components(reference)}
        for one in list(_components(inner)):
            if _component(one) in replaced:
                one.getparent().remove(one)
        outer.append(inner)
        for child in list(reference):
            outer.append(child)
        return outer


def _annotate(root: Any) -> None:
    """Say at each name and type what it inherits (4.4 and 4.9), so that it keeps that in another place."""
    left = [(root, "", "")]
    while left:
        element, namespace, library = left.pop()
        namespace, library = element.get("ns", namespace), element.get("datatypeLibrary", library)
        if element.tag in _TYPED and (element.tag == f"{_R}data" or element.get("type") is not None):
            element.set("datatypeLibrary", library)
        if element.tag in _NAMED or (element.tag == f"{_R}element" and element.get("name") is not None):
            element.set("ns", namespace)
        if element.tag == f"{_R}externalRef":
            element.set("ns", namespace)
        left.extend((child, namespace, library) for child in element.iterchildren("*"))


def _components(holder: Any) -> list[Any]:
    """Definitions and starts that stand in it, also inside of div, and not in grammars of their own."""
    found, left = [], [holder]
    while left:
        for child in left.pop().iterchildren(f"{_R}define", f"{_R}start", f"{_R}div"):
            if child.tag == f"{_R}div":
                left.append(child)
            else:
                found.append(child)
    return found


def _is_parameter(parameter: Any) -> bool:
    """Of a type of XML Schema: libxml2 takes any name, and any text for a pattern."""
    if parameter.getparent().get("datatypeLibrary") != XSD_TYPES:
        return True
    name = (parameter.get("name") or "").strip()
    if name == "pattern":
        try:
            check_pattern(parameter.text or "")
        except PatternRefused:
            return False
    return name in _PARAMETERS


def _component(definition: Any) -> str:
    return "start" if definition.tag == f"{_R}start" else f"define {(definition.get('name') or '').strip()}"


def _module(root: Any) -> Reason | None:
    """What keeps a grammar from standing alone: that it has no start, or that nothing in it defines a name."""
    if root.tag != f"{_R}grammar":
        return None
    names = {_component(one) for one in _components(root)}
    used = {
        (one.get("name") or "").strip()
        for one in root.iter(f"{_R}ref")
        if next(one.iterancestors(*_SCOPES), None) is root
    }
    missing = sorted(name for name in used if f"define {name}" not in names)
    if "start" in names or not names:
        return None
    return Reason("relaxng.module", {"names": missing[:_LISTED]}) if missing else Reason("relaxng.no_start")
