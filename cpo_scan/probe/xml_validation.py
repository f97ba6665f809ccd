"""Holding an XML document of any size against a compiled schema, in flat memory, nothing fetched.

The document goes through expat first (`xml_plain`, `xml.well_formed`), where depth, expansion and elements are counted
and identifiers noted. libxml2 gets it piece by piece then, builds no tree and calls nobody. It follows no
`xsi:schemaLocation`, since it is given its schema.
"""

from functools import cache
from typing import Any

import msgspec

from cpo_scan.model import Reason
from cpo_scan.probe.patterns import compile as compile_pattern
from cpo_scan.probe.xml_identifiers import MOST, Broken
from cpo_scan.probe.xml_plain import read_identified
from cpo_scan.probe.xsd import Compiled, Load, XsdProblem, build_xsd
from cpo_scan.targets.content import Content
from cpo_scan.targets.errors import Unreadable
from cpo_scan.targets.limits import Limits

_PIECE = 64 * 2**10
_LISTED = 20
_ENOUGH = 1_000  # problems after which nobody needs to read on
_TREE = 16 * 2**20  # bytes up to which a refused document is read as a tree, to tell lines
_ELEMENT = r"\AElement '([^']{1,300})'(?:, attribute '([^']{1,300})')?"
_BUILT_IN = (
    r"\AElement '[^']{1,300}'(?:, attribute '[^']{1,300}')?: '([^']{1,200})' is not a valid value of the atomic type "
    r"'xs:(dateTime|date|time|gYearMonth|gYear|gMonthDay|gDay|gMonth|duration|float|double)'\.\s*\Z"
)
_SPACE = " \t\r\n"


class XmlChecked(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome: the first problems in the order of the document, how many (at most about 1,000), what was unread."""

    valid: bool | None
    problems: tuple[XsdProblem, ...] = ()
    total: int = 0
    elements: dict[str, int] = {}
    """How often each element stands in the document, `{namespace}local`."""
    dangling: int = 0
    """Identifiers that are referred to and not there."""
    unread: tuple[Unreadable, ...] = ()


class SchemaUnusable(Exception):
    """A schema that can't be compiled; `reasons` say what was wrong or missing."""

    def __init__(self, problems: tuple[XsdProblem, ...]) -> None:
        super().__init__("schema unusable")
        self.problems = problems


class XsdValidator:
    """A compiled XML Schema. Good for any number of documents, one after the other."""

    def __init__(self, compiled: Compiled) -> None:
        self._schema, self._references = compiled.schema, compiled.references

    @classmethod
    def compiled(
        cls, content: Content, limits: Limits, path: str, load: Load, known: Load | None = None
    ) -> "XsdValidator":
        """As `xsd.build_xsd`; raises SchemaUnusable where something is wrong or missing."""
        try:
            report, compiled = build_xsd(content, limits, path, load, known, lean=True)
            if compiled is None:
                report, compiled = build_xsd(content, limits, path, load, known)
        except Unreadable as error:
            raise SchemaUnusable((XsdProblem(reason=error.reason),)) from None
        if compiled is None:
            raise SchemaUnusable(report.problems)
        return cls(compiled)

    def check(self, content: Content, limits: Limits) -> XmlChecked:
        """Is the document valid? None where it pulls in what was not read. Raises Unreadable as `xml.well_formed`."""
        from lxml import etree

        read = read_identified(content, limits, self._references)
        if read.unread:
            return XmlChecked(valid=None, unread=read.unread)
        identifiers = read.identifiers
        options: dict[str, Any] = {
            "resolve_entities": "internal" if read.entities else False,  # expat counted what they expand to
            "no_network": True,
            "load_dtd": False,
            "huge_tree": not read.doctype,
        }
        nobody: Any = _Nobody()
        parser = etree.XMLParser(target=nobody, schema=self._schema, **options)
        whole = False
        try:
            for piece, last in content.pieces(_PIECE):
                parser.feed(piece)
                whole = last
                if len(parser.feed_error_log) >= _ENOUGH:
                    break
            if whole:
                parser.close()
        except etree.XMLSyntaxError as error:
            entry = next((entry for entry in parser.feed_error_log if entry.domain_name != "SCHEMASV"), None)
            name = entry.type_name.lower() if entry is not None else "syntax"
            # expat read it: libxml2 is stricter about namespaces, encodings and addresses
            raise Unreadable("xml.malformed", line=error.position[0], column=error.position[1], error=name) from None
        log = [entry for entry in parser.feed_error_log if _counts(entry)]
        if log and len(content.whole()) <= _TREE:
            log = self._with_lines(content, options) or log
        problems = [_problem(entry) for entry in log[:_LISTED]]
        if identifiers.full:
            problems.insert(0, XsdProblem(reason=Reason("xml.too_many_identifiers", {"limit": MOST})))
        broken = identifiers.broken(content, limits) if whole and not identifiers.full else Broken([], [])
        problems += (_dangling(value, name) for value, name in broken.dangling[:_LISTED])
        problems += (
            XsdProblem(reason=Reason("xml.identifier_twice", {"name": name})) for name in broken.twice[:_LISTED]
        )
        wrong = len(log) + len(broken.dangling) + len(broken.twice)
        if not whole and not wrong:
            problems.insert(0, XsdProblem(reason=Reason("xml.not_read_on", {"limit": _ENOUGH})))
        return XmlChecked(
            valid=False if wrong else None if identifiers.full or not whole else True,
            problems=tuple(problems[:_LISTED]),
            total=wrong,
            elements=read.names,
            dangling=len(broken.dangling),
        )

    def _with_lines(self, content: Content, options: dict[str, Any]) -> list[Any]:
        """The same problems with their lines, which only a tree knows."""
        from lxml import etree

        try:
            tree = etree.parse(content.open(), etree.XMLParser(**options))
        except etree.XMLSyntaxError:
            return []
        self._schema.validate(tree)
        log: Any = self._schema.error_log
        return [entry for entry in log if _counts(entry)][:_ENOUGH]


class _Nobody:
    """Takes what is parsed and keeps nothing."""

    def close(self) -> None:
        """The end of the document."""


def _counts(entry: Any) -> bool:
    """No warning, and no value that libxml2 refuses for the white space around it alone.

    It does not collapse that for dates, durations and `NaN`, where XML Schema 1.0 part 2 §4.3.6 fixes `collapse`.
    """
    if entry.level_name == "WARNING":
        return False
    named = compile_pattern(_BUILT_IN, text=True).match(entry.message or "")
    if named is None:
        return True
    value = named.group(1)
    return value == value.strip(_SPACE) or not _built_in(named.group(2)).validate(_element(value.strip(_SPACE)))


@cache
def _built_in(name: str) -> Any:
    """A schema for one element of a type of XML Schema."""
    from lxml import etree

    text = f'<s:schema xmlns:s="http://www.w3.org/2001/XMLSchema"><s:element name="a" type="s:{name}"/></s:schema>'
    return etree.XMLSchema(etree.fromstring(text))


def _element(text: str) -> Any:
    from lxml import etree

    element = etree.Element("a")
    element.text = text
    return element


def _dangling(value: str, name: str) -> XsdProblem:
    return XsdProblem(reason=Reason("xml.dangling", {"reference": value[:200], "element": name[:300]}))


def _problem(entry: Any) -> XsdProblem:
    """What the validator found, by its code and the names in its message; its wording stays outside."""
    params: dict[str, Any] = {"error": entry.type_name.removeprefix("SCHEMAV_").lower()}
    named = compile_pattern(_ELEMENT, text=True).match(entry.message or "")
    if named is not None:
        params["element"] = named.group(1)
        if named.group(2):
            params["attribute"] = named.group(2)
    return XsdProblem(reason=Reason("xml.refused", params), line=entry.line or None)
