"""A large XML document of plain make, read by pieces of its text and not by calls: names, depth, identifiers.

expat reads it all the same and says that it is well-formed, but calls nobody: to be called for the start and the end of
each element costs three times as much as the reading. What the calls would tell is found in the text, which a rule of
XML 1.0 makes safe: `<` stands in no value and no text (§2.3, §2.4), so that outside of comments, CDATA sections and
processing instructions each one begins a tag, and the text between two is one tag and what follows it. Most of these
are alike and are looked at once.

What is not plain is left to `xml.well_formed`: a DTD, encodings other than UTF-8, a prefix or default namespace that
means two things, depth and size at their limits, references to characters in an identifier, and all that is broken.
"""

import codecs
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import NamedTuple
from xml.parsers import expat

from cpo_scan.probe.xml import LONGEST_TEXT, well_formed
from cpo_scan.probe.xml_identifiers import Identifiers
from cpo_scan.probe.xsd_references import References
from cpo_scan.targets.content import Content
from cpo_scan.targets.errors import Unreadable
from cpo_scan.targets.limits import Limits

SMALLEST = 2**20  # octets of a document for which this pays
_PIECE = 48 * 2**10
_LEFT = 2**20  # characters that may be left for the next piece, and are looked at again with it
_STEP = 64  # tags in which those that begin are counted, to see how deep they may be
_PREFIXES = 100  # of a document
_XML = "http://www.w3.org/XML/1998/namespace"

# All repeats are possessive, and what a try has read no other one begins in: linear, whatever the text is.
_SPACE = r"[ \t\r\n]"
_NAME = r"""[^ \t\r\n=<>/"'!?]++"""
_VALUE = r"""(?:"[^"]*+"|'[^']*+')"""
_TAGS = re.compile(rf"<({_NAME})((?:{_SPACE}++{_NAME}{_SPACE}*+={_SPACE}*+{_VALUE})*+){_SPACE}*+(/?+)>")
_ATTRIBUTES = re.compile(rf"({_NAME}){_SPACE}*+={_SPACE}*+({_VALUE})")
_ALONE = re.compile(_NAME)
_KEY = re.compile(rf"{_SPACE}++({_NAME}){_SPACE}*+={_SPACE}*+")
_ASIDE = re.compile(
    r"<!--(?:[^-]++|-[^-])*+-->|<!\[CDATA\[(?:[^\]]++|\][^\]]|\]\]++[^>\]])*+\]\]++>|<\?(?:[^?]++|\?++[^?>])*+\?++>"
)
_OPENINGS = ("<!--", "<![CDATA[", "<?")
_INSTEAD = "\0"  # for what stood aside: no character of XML 1.0
_ENCODED = re.compile(rb"""encoding[ \t\r\n]*+=[ \t\r\n]*+["'](?:utf-8|us-ascii)["']""", re.IGNORECASE)
_DECLARATION = 1_000  # octets that an XML declaration may have

# What a tag does, one letter each.
_BEGINS, _BEGINS_TEXT, _BEGINS_INNER, _ENDS, _EMPTY, _EMPTY_INNER = "btieop"
_CHANGE = {_BEGINS: 1, _BEGINS_TEXT: 1, _BEGINS_INNER: 1, _ENDS: -1, _EMPTY: 0, _EMPTY_INNER: 0}  # of the depth


class Identified(NamedTuple):
    """What a reading of a whole document gave besides `identifiers`: as `xml.XmlSummary`."""

    identifiers: Identifiers
    names: dict[str, int]
    doctype: bool = False
    entities: int = 0
    unread: tuple[Unreadable, ...] = ()


def read_identified(content: Content, limits: Limits, references: References) -> Identified:
    """Read a document of any size wholly, with its identifiers, the quickest way. Raises as `xml.well_formed`."""
    if len(content.whole()) >= SMALLEST and (plain := read_plain(content, limits, references)) is not None:
        return plain
    identifiers = Identifiers(references)
    summary = well_formed(content, limits, identifiers)
    return Identified(identifiers, summary.names, summary.doctype, summary.entities, summary.unread)


def read_plain(content: Content, limits: Limits, references: References) -> Identified | None:
    """The same for a plain document; None where it is not plain."""
    reading = _Reading(references, limits)
    try:
        for text in _pieces(content, limits):
            reading.take(text)
        return reading.done()
    except (_NotPlain, expat.ExpatError, UnicodeError):
        return None


class _NotPlain(Exception):
    """Somebody else has to read it."""


# -- pieces


def _pieces(content: Content, limits: Limits) -> Iterator[str]:
    """The text, cut where an element begins that has one before it, with nothing in it that stands aside."""
    head = content.head[:_DECLARATION].removeprefix(codecs.BOM_UTF8)
    declared, ends, _ = head.partition(b"?>")
    if head.startswith(b"<?xml") and not (ends and (_ENCODED.search(declared) or b"encoding" not in declared)):
        raise _NotPlain
    parser = expat.ParserCreate(None, " ")
    decoder = codecs.getincrementaldecoder("utf-8")()
    left = ""
    for piece, last in content.pieces(_PIECE):
        if b"\0" in piece:  # UTF-16
            raise _NotPlain
        parser.Parse(piece, last)
        text, left = left + decoder.decode(piece, last), ""
        if ("!" in text and "<!" in text) or ("?" in text and "<?" in text):
            text, left = _without_asides(text)
        if not last:
            end = _last_begin(text, limits.xml_depth)
            text, left = text[:end], text[end:] + left
        if len(left) > _LEFT:
            raise _NotPlain
        yield text


def _without_asides(text: str) -> tuple[str, str]:
    """The text, and what is left of it from where a comment, a section or an instruction begins and does not end."""
    plain = _ASIDE.sub(_INSTEAD, text)
    begins = [place for place in (plain.find("<!"), plain.find("<?")) if place >= 0]
    if not begins:
        return plain, ""
    rest = plain[min(begins) :]
    if not any(rest.startswith(opening) or opening.startswith(rest) for opening in _OPENINGS):
        raise _NotPlain  # a DTD
    return plain[: min(begins)], rest


def _last_begin(text: str, deepest: int) -> int:
    """Where the last element begins before which, in the same one, another one ended; 0 where none does."""
    at = len(text)
    for _ in range(2 * deepest + 2):  # elements that only begin, and those that only end, stand in each other
        at = text.rfind("<", 0, at)
        if at <= 0:
            return 0
        before = text.rfind("<", 0, at)
        ended = text.startswith("/", before + 1) or text.find("/>", before, at) >= 0
        if ended and text[at + 1 : at + 2] not in ("", "/"):
            return at
    raise _NotPlain


# -- reading


class _Kinds(NamedTuple):
    """What attributes are, by their names as written; and those that were met, as they stand in their tags."""

    kinds: dict[str, str]
    met: list[str]


class _Reading:
    """One reading of one document. Names are as they are written; what they mean says `_Spaces`."""

    def __init__(self, references: References, limits: Limits) -> None:
        self._references, self._deepest = references, limits.xml_depth
        self._identifiers = Identifiers(references)
        self._names: dict[str, int] = {}
        self._depth = 0
        self._spaces: _Spaces | None = None
        self._referring: list[str] = []  # what elements refer to, of the piece at hand
        self._references_met = 0

    def done(self) -> Identified:
        """All that was read."""
        if self._depth or self._spaces is None:
            raise _NotPlain
        names: Counter[str] = Counter()
        for name, count in self._names.items():
            names[self._spaces.meant(name)] += count
        return Identified(self._identifiers, dict(names))

    def take(self, text: str) -> None:
        """The next piece of it, whose tags are whole."""
        tags = text.split("<")
        del tags[0]  # what stands before the first one
        if not tags:
            return
        often = Counter(tags)
        beginning = [tag for tag in often if not tag.startswith("/")]
        found: list[tuple[str, str, str]] = _TAGS.findall("<" + "<".join(beginning))
        if len(found) != len(beginning):
            raise _NotPlain
        if found:
            self._declare({attributes for _, attributes, _ in found if "xmlns" in attributes}, found[0][1])
        does = dict.fromkeys(often, _ENDS)
        names, owned, texts, inside = self._names, self._owned, self._texts, self._inside
        shared = self._shared if self._shared.kinds else None
        for tag, (name, attributes, empty) in zip(beginning, found, strict=True):
            names[name] = names.get(name, 0) + often[tag]
            if attributes and (kinds := owned.get(name, shared)) is not None:
                kinds.met.extend((attributes,) * often[tag])
            if name in texts:
                self._content(texts[name], tag, name, often[tag])
                does[tag] = _EMPTY if empty else _BEGINS_TEXT
            elif name in inside:
                does[tag] = _EMPTY_INNER if empty else _BEGINS_INNER
            else:
                does[tag] = _EMPTY if empty else _BEGINS
        order = "".join(map(does.__getitem__, tags))
        self._deeper(order)
        for begins in (_BEGINS_TEXT, _BEGINS_INNER):
            if order.count(begins) != order.count(begins + _ENDS):
                raise _NotPlain  # an element in what should be all text
        self._look_inside(tags, order)
        self._look_at_references()
        self._look_at_attributes()

    def _declare(self, declaring: set[str], root: str) -> None:
        first = self._spaces is None
        if self._spaces is None:
            self._spaces = _Spaces(root)
        if self._spaces.declare(declaring) or first:
            self._prepare(self._spaces)

    def _prepare(self, spaces: "_Spaces") -> None:
        """Writes the names that are looked for as this document does."""
        wanted = self._references
        shared = spaces.written(wanted.attributes, attributes=True)
        self._shared = _Kinds(shared, [])
        self._owned: dict[str, _Kinds] = {}
        for element, kinds in wanted.owned.items():
            for name in spaces.written({element: ""}):
                self._owned[name] = _Kinds(spaces.written(kinds, attributes=True) | shared, [])
        self._texts = spaces.written(wanted.elements)
        self._inside: dict[str, dict[str, str]] = {}
        for around, kinds in wanted.inside.items():
            for parent in spaces.written({around: ""}):
                for name, kind in spaces.written(kinds).items():
                    self._inside.setdefault(name, {})[parent] = kind

    def _deeper(self, order: str) -> None:
        """Goes on counting how deep elements are; one by one where they might be too deep."""
        depth = self._depth
        for start in range(0, len(order), _STEP):
            step = order[start : start + _STEP]
            ended, empty = step.count(_ENDS), step.count(_EMPTY) + step.count(_EMPTY_INNER)
            if depth + len(step) - ended > self._deepest:
                within = accumulate((_CHANGE[does] for does in step), initial=depth)
                if max(within) + bool(empty) > self._deepest:
                    raise _NotPlain
            depth += len(step) - 2 * ended - empty
        self._depth = depth

    def _content(self, kind: str, tag: str, name: str, times: int) -> None:
        """A tag of an element whose text counts, with that text."""
        value = _name_and_text(tag)[1]
        if kind != "reference":
            self._identifiers.content(kind, _ordered(value), name, times)
            return
        self._referring.append(value)
        self._references_met += times

    def _look_at_references(self) -> None:
        values = self._referring
        joined = "".join(values)
        if not joined.isprintable() or "&" in joined or len(joined) > LONGEST_TEXT:
            values = [_ordered(value) for value in values]
        self._identifiers.referred(values, self._references_met)
        self._referring, self._references_met = [], 0

    def _look_inside(self, tags: list[str], order: str) -> None:
        """Elements that are something in some elements only, which have to begin right before them."""
        found: Counter[tuple[str, str]] = Counter()
        for does in (_BEGINS_INNER, _EMPTY_INNER):
            at = order.find(does)
            while at >= 0:
                if not at or _CHANGE[order[at - 1]] < 1:
                    raise _NotPlain
                found[tags[at - 1], tags[at]] += 1
                at = order.find(does, at + 1)
        for (around, tag), times in found.items():
            name = _name_and_text(tag)[0]
            if kind := self._inside[name].get(_name_and_text(around)[0]):
                self._content(kind, tag, name, times)

    def _look_at_attributes(self) -> None:
        for kinds in (self._shared, *self._owned.values()):
            if kinds.met:
                self._attributes("".join(kinds.met), kinds.kinds)
                kinds.met.clear()

    def _attributes(self, joined: str, kinds: dict[str, str]) -> None:
        """All attributes of some tags."""
        keys, values = _keys_and_values(joined)
        wanted = {key: kind for key in dict.fromkeys(keys) if (kind := kinds.get(key.strip(" =\t\r\n")))}
        if not wanted:
            return
        ordered = joined.isprintable() and "&" not in joined
        identifiers: list[str] = []
        for key, value in zip(keys, values, strict=True):
            if kind := wanted.get(key):
                each = value if ordered else _ordered(value)
                if kind == "id":
                    identifiers.append(each)
                else:
                    self._identifiers.value(kind, each, key)
        self._identifiers.known(identifiers)


def _name_and_text(tag: str) -> tuple[str, str]:
    """The name in a tag and the text behind it."""
    name, _, text = tag.partition(">")
    if _ALONE.fullmatch(name):
        return name, text
    match = _TAGS.match(f"<{tag}")
    assert match is not None, tag
    return match[1], "" if match[3] else tag[match.end() - 1 :]


def _keys_and_values(joined: str) -> tuple[list[str], list[str]]:
    """Names of attributes, perhaps with the signs around them, and their values without quotes."""
    pieces = joined.split('"')
    keys, values = pieces[:-1:2], pieces[1::2]
    if not pieces[-1] and all(_KEY.fullmatch(key) for key in set(keys)):
        return keys, values
    found = _ATTRIBUTES.findall(joined)  # some stand in other quotes
    return [name for name, _ in found], [value[1:-1] for _, value in found]


class _Spaces:
    """The namespaces of a document in which each prefix, and none, means the same from the first to the last tag.

    A prefix that is not declared where it is used is nothing that expat lets pass.
    """

    def __init__(self, root: str) -> None:
        """`root`: the attributes of the root element."""
        self._by_prefix = {"xml": _XML, "": dict(_declared(root)).get("", "")}

    def declare(self, tags: Iterable[str]) -> bool:
        """Takes over what attributes of some tags declare; is there anything new?"""
        known = len(self._by_prefix)
        for attributes in tags:
            for prefix, space in _declared(attributes):
                if self._by_prefix.setdefault(prefix, space) != space:
                    raise _NotPlain
        if len(self._by_prefix) > _PREFIXES:
            raise _NotPlain
        return len(self._by_prefix) > known

    def written(self, names: dict[str, str], *, attributes: bool = False) -> dict[str, str]:
        """`{namespace}local` as this document may write them, with what they stand for.

        Attributes have no default namespace (Namespaces in XML 1.0 §6.2).
        """
        found: dict[str, str] = {}
        for full, kind in names.items():
            space, _, local = full.removeprefix("{").rpartition("}")
            if attributes and not space:
                found[local] = kind
                continue
            for prefix, known in self._by_prefix.items():
                if known == space and (prefix or not attributes):
                    found[f"{prefix}:{local}" if prefix else local] = kind
        return found

    def meant(self, name: str) -> str:
        """`{namespace}local` of an element."""
        prefix, colon, local = name.partition(":") if ":" in name else ("", "", name)
        space = self._by_prefix.get(prefix)
        if space is None or not local or ":" in local or (colon and not prefix):
            raise _NotPlain
        return f"{{{space}}}{local}" if space else local


def _declared(attributes: str) -> list[tuple[str, str]]:
    """Prefixes ("" for none) and namespaces that the attributes of a tag declare."""
    return [
        (name[6:], _ordered(value[1:-1]))
        for name, value in _ATTRIBUTES.findall(attributes)
        if name == "xmlns" or name.startswith("xmlns:")
    ]


def _ordered(value: str) -> str:
    """A value or text that XML lets stand as it is: no reference in it, no white space to be replaced (§2.11, §3.3.3).

    White space around it goes anyway.
    """
    if "&" in value or _INSTEAD in value or len(value) > LONGEST_TEXT:
        raise _NotPlain
    if not value.isprintable() and any(sign in value.strip() for sign in "\t\r\n"):
        raise _NotPlain
    return value
