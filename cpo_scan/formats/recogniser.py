"""The signature engine: which row of `rules/formats` is this artifact?

No row is asked that can't be: the first bytes, the first character that is no space, and the name lead to the few
signatures that could hold, a literal goes before each pattern, and patterns are compiled when first used. Content
decides; the name is a hint, and enough only for rows that say so.
"""

from collections.abc import Iterable
from typing import NamedTuple

from cpo_scan.formats.checks import CHECKS, has_placeholder, is_template, is_text
from cpo_scan.formats.containers import ZipView, ole_names
from cpo_scan.formats.evidence import Evidence
from cpo_scan.formats.keys import ARRAY, OBJECT
from cpo_scan.formats.names import Hint, NameIndex
from cpo_scan.formats.xml_head import Root, read_root
from cpo_scan.model import Recognition
from cpo_scan.rulebook.formats import Format, FormatRules, Keys, SchemaRule, Signature, Source, Xml
from cpo_scan.targets.content import HEAD, Content

_GENERIC = frozenset({"text", "xml", "json", "yaml", "template", "opc"})


class _Entry(NamedTuple):
    row: Format
    signature: Signature
    literal: bytes  # magic, or the first of the beginnings


class Recogniser:
    """Recognises formats by the rules. Cheap to build; a worker builds its own from `FormatRules.unpack`."""

    def __init__(self, rules: FormatRules) -> None:
        self._rules = rules
        self._rows = {row.id: row for row in rules.formats}
        self._names = NameIndex(rules.formats)
        self._magic: dict[bytes, list[_Entry]] = {}
        self._offsets: list[tuple[int, int, _Entry]] = []
        self._starts: dict[int, list[_Entry]] = {}
        self._first: dict[int, list[_Entry]] = {}
        self._named: dict[str, list[_Entry]] = {}
        self._roots: dict[str, list[_Entry]] = {}
        self._any_root: list[_Entry] = []
        self._keys: list[_Entry] = []
        self._zip: list[_Entry] = []
        self._ole: list[_Entry] = []
        self._unnamed_checks: list[_Entry] = []
        self._kinds: dict[str, frozenset[str]] = {}
        self._carriers: dict[str, Recognition] = {}
        self._schemas: dict[str, list[SchemaRule]] = {}
        for row in rules.formats:
            kinds: set[str] = set()
            for signature in row.signatures:
                kinds.add(self._file(row, signature))
            self._kinds[row.id] = frozenset(kinds)
        for schema in rules.schemas:
            self._schemas.setdefault(schema.language, []).append(schema)
        for entries in self._magic.values():
            entries.sort(key=lambda entry: (-len(entry.literal), -_weight(entry)))
        for entries in [*self._starts.values(), *self._first.values(), *self._roots.values()]:
            entries.sort(key=_weight, reverse=True)
        self._any_root.sort(key=_weight, reverse=True)
        self._zip.sort(key=_zip_weight)

    def __reduce__(self) -> tuple[type["Recogniser"], tuple[FormatRules]]:
        return Recogniser, (self._rules,)

    def _file(self, row: Format, signature: Signature) -> str:
        """Puts a signature where it is found again; gives what it builds on."""
        if signature.zip is not None:
            self._zip.append(_Entry(row, signature, b""))
            return "zip"
        if signature.xml is not None:
            entry = _Entry(row, signature, b"")
            for name in signature.xml.roots:
                self._roots.setdefault(name, []).append(entry)
            if not signature.xml.roots and row.id != "xml":
                self._any_root.append(entry)
            return "xml"
        if signature.keys is not None:
            self._keys.append(_Entry(row, signature, b""))
            return "json"
        if signature.ole:
            self._ole.append(_Entry(row, signature, b""))
            return "ole"
        if signature.hex is not None or signature.bytes is not None:
            magic = _magic(signature)
            entry = _Entry(row, signature, magic)
            if signature.offset:
                self._offsets.append((signature.offset, signature.offset + len(magic), entry))
            else:
                self._magic.setdefault(magic[:2], []).append(entry)
            return "binary"
        for start in signature.starts:
            self._starts.setdefault(ord(start[0]), []).append(_Entry(row, signature, start.encode("latin-1")))
        for character in signature.first:
            self._first.setdefault(ord(character), []).append(_Entry(row, signature, b""))
        if signature.named or (signature.first and (row.names or row.shared)):
            self._named.setdefault(row.id, []).append(_Entry(row, signature, b""))
        elif signature.check in CHECKS:
            self._unnamed_checks.append(_Entry(row, signature, b""))
        return "text"

    # -- what others ask

    def row(self, format_id: str) -> Format:
        """The row of a format. Raises KeyError."""
        return self._rows[format_id]

    def container(self, format_id: str) -> str | None:
        """How a format is opened (zip, tar, gzip, …), None for what is no container."""
        row = self._rows.get(format_id)
        return row.opens_as if row else None

    def recognise(self, name: str, content: Content) -> Recognition | None:
        """What the artifact is; None where nothing fits. Never raises for what the bytes are."""
        hint = self._names.find(name)
        head = content.head
        if not head:
            return _by_name(hint.by_name) if hint.by_name else None
        evidence = Evidence(content)
        row = self._binary(head, hint, evidence)
        if row is None and evidence.text:
            row = self._text(hint, evidence)
        if row is None and hint.by_name is not None and (evidence.text or not evidence.binary):
            return _by_name(hint.by_name)
        if row is None:
            row = self._by_check(hint, evidence)
        if row is None and evidence.text and is_text(evidence.text):
            row = self._rows.get("text")
        return self._recognition(row, hint, evidence) if row is not None else None

    # -- binary

    def _binary(self, head: bytes, hint: Hint, evidence: Evidence) -> Format | None:
        for entry in self._magic.get(head[:2], ()):
            if head.startswith(entry.literal) and self._confirmed(entry, hint, evidence):
                return self._inside(entry.row, hint, evidence)
        for entry in self._magic.get(head[:1], ()):
            if self._confirmed(entry, hint, evidence):
                return entry.row
        for start, end, entry in self._offsets:
            if head[start:end] == entry.literal and self._confirmed(entry, hint, evidence):
                return entry.row
        return None

    def _inside(self, row: Format, hint: Hint, evidence: Evidence) -> Format:
        if row.id == "zip":
            view = evidence.zip
            for entry in self._zip:
                if self._confirmed(entry, hint, evidence) and self._packed(entry, view, evidence):
                    return entry.row
        elif row.id == "ole":
            names = ole_names(evidence.content)
            for entry in self._ole:
                wanted = [any(_fits(glob, name) for name in names) for glob in entry.signature.ole]
                if (not entry.signature.named or entry.row.id in hint.rows) and (
                    all(wanted) if entry.signature.all else any(wanted)
                ):
                    return entry.row
        return row

    def _packed(self, entry: _Entry, view: ZipView, evidence: Evidence) -> bool:
        rule = entry.signature.zip
        if rule is None or not view.names or not view.holds(rule):
            return False
        if rule.pattern is None or rule.member is None:
            return True
        return any(evidence.find(rule.pattern, view.head(name)) for name in view.matching(rule.member))

    def _confirmed(self, entry: _Entry, hint: Hint, evidence: Evidence) -> bool:
        signature = entry.signature
        if signature.named and entry.row.id not in hint.rows:
            return False
        data = evidence.content.head if entry.literal or not evidence.text else evidence.text
        if signature.starts or signature.first or (signature.named and signature.hex is None):
            data = evidence.text or data
        if signature.contains is not None and signature.contains.encode("latin-1") not in data:
            return False
        for pattern in signature.patterns:
            if not evidence.find(pattern, data):
                return False
        check = CHECKS.get(signature.check) if signature.check is not None else None
        return check is None or check(evidence.content, evidence.content.head)

    def _by_check(self, hint: Hint, evidence: Evidence) -> Format | None:
        for row_id in sorted(hint.rows):
            for entry in self._named.get(row_id, ()):
                if entry.signature.check in CHECKS and self._confirmed(entry, hint, evidence):
                    return entry.row
        if not evidence.text or not is_text(evidence.text):
            for entry in self._unnamed_checks:
                if self._confirmed(entry, hint, evidence):
                    return entry.row
        return None

    # -- text

    def _text(self, hint: Hint, evidence: Evidence) -> Format | None:
        text = evidence.text
        first = text[0]
        for entry in self._starts.get(first, ()):
            if text.startswith(entry.literal) and self._confirmed(entry, hint, evidence):
                return entry.row
        if first == 0x3C and (row := self._markup(hint, evidence)) is not None:
            return row
        if first == 0x7B or first == 0x5B:
            if (row := self._json(hint, evidence)) is not None:
                return row
        elif (not hint.rows or "yaml" in hint.rows or "text" in hint.rows) and (row := self._yaml(hint, evidence)):
            return row
        if hint.by_name is None:
            for entry in self._first.get(first, ()):
                if entry.row.id != "json" and self._confirmed(entry, hint, evidence):
                    return entry.row
        for row_id in sorted(hint.rows):
            for entry in self._named.get(row_id, ()):
                if entry.signature.check is None and self._confirmed(entry, hint, evidence):
                    return entry.row
        if text[:2] in (b"{%", b"{#", b"{{") and is_template(text):
            return self._rows.get("template")
        return None

    def _markup(self, hint: Hint, evidence: Evidence) -> Format | None:
        text = evidence.text
        root = evidence.root = read_root(text, 0)
        lead = text[:200].lower()
        if root is not None and root.name.lower() != "html" and not lead.startswith(b"<!doctype html"):
            row = self._xml(root, hint, evidence)
            if row is not None:
                if has_placeholder(root.attributes):
                    return self._rows.get("template")
                return row
        elif root is not None or lead.startswith((b"<!doctype html", b"<html")):
            return self._rows.get("template" if is_template(text) else "html")
        by_name = hint.by_name
        if by_name is not None and by_name.id == "html":
            return self._rows.get("template") if is_template(text) else None
        if by_name is not None and not text.startswith(b"<?xml"):
            return None
        if root is not None or text.startswith(b"<?xml "):
            return self._rows.get("template" if text.startswith(b"<%") else "xml")
        return None

    def _xml(self, root: Root, hint: Hint, evidence: Evidence) -> Format | None:
        for entry in self._roots.get(root.name, ()):
            if self._rooted(entry, root, hint, evidence):
                return entry.row
        if root.declared:
            for entry in self._any_root:
                if self._rooted(entry, root, hint, evidence):
                    return entry.row
        return None

    def _rooted(self, entry: _Entry, root: Root, hint: Hint, evidence: Evidence) -> bool:
        rule = entry.signature.xml
        assert rule is not None
        if entry.signature.named and entry.row.id not in hint.rows:
            return False
        return _xml_holds(rule, root, evidence) and (
            entry.signature.contains is None or entry.signature.contains.encode() in evidence.text
        )

    def _json(self, hint: Hint, evidence: Evidence) -> Format | None:
        json = self._rows.get("json")
        if json is None or not any(evidence.find(pattern, evidence.text) for pattern in json.signatures[0].patterns):
            # a flow mapping of YAML has its keys without quotes
            return self._yaml(hint, evidence) if evidence.text[0] == 0x7B and "yaml" in hint.rows else None
        evidence.json = True
        if evidence.text[0] == 0x7B:
            for entry in self._keys:
                rule = entry.signature.keys
                if (
                    rule is not None
                    and (not entry.signature.named or entry.row.id in hint.rows)
                    and _keys_possible(rule, evidence)
                    and _keys_hold(rule, evidence)
                ):
                    return entry.row
        return json if hint.by_name is None or hint.by_name.id == "yaml" else None

    def _yaml(self, hint: Hint, evidence: Evidence) -> Format | None:
        for entry in self._keys:
            rule = entry.signature.keys
            if rule is None or not rule.yaml:
                continue
            for key, wanted in rule.has.items():
                value = evidence.yaml(key, deep=rule.deep and "yaml" in hint.rows)
                if value is None or not evidence.whole_match(wanted, value):
                    break
            else:
                if "yaml" in hint.rows or any(evidence.yaml(key, deep=False) is not None for key in rule.with_any):
                    evidence.is_yaml = True
                    return entry.row
        return None

    # -- the answer

    def _recognition(self, row: Format, hint: Hint, evidence: Evidence) -> Recognition:
        named_as = self._conflict(row, hint) if hint.owners else None
        if not (row.version or row.facts or row.language or named_as):
            known = self._carriers.get(row.id)
            if known is None:
                known = self._carriers[row.id] = Recognition(
                    format=row.id, standard=row.standard, carrier=row.carrier, part=row.part
                )
            return known
        facts = {name: found for name, sources in row.facts.items() if (found := evidence.read(sources)) is not None}
        standard, version = row.standard, evidence.read(row.version)
        if row.language is not None:
            schema = self._schema(row, facts, evidence)
            if schema is not None:
                standard, version = schema.standard, evidence.read(schema.version)
            elif row.language != "json-schema":
                version = None
            facts["language"] = row.language
        return Recognition(
            format=row.id,
            standard=standard,
            version=version,
            carrier=row.carrier,
            part=row.part,
            named_as=named_as,
            facts=facts,
        )

    def _schema(self, row: Format, facts: dict[str, str], evidence: Evidence) -> SchemaRule | None:
        subjects = [*facts.values(), *evidence.prefixes()] if row.language == "rdf" else [*facts.values()]
        rules = self._schemas.get(row.language or "", ())
        for rule in rules:
            if rule.namespaces is not None:
                for subject in subjects:
                    if evidence.whole_match(rule.namespaces, subject):
                        evidence.namespace = subject
                        return rule
        if facts.get("namespace") is None:
            for rule in rules:
                if rule.names is not None and evidence.find(rule.names, evidence.text):
                    return rule
        return None

    def _conflict(self, row: Format, hint: Hint) -> str | None:
        """The format that owns the name, where the content is neither it, nor of its standard, nor its carrier."""
        if row.id in hint.rows or row.id in _GENERIC:
            return None
        kinds = self._kinds[row.id]
        for owner in hint.owners:
            others = self._kinds[owner.id]
            if (
                not owner.signatures
                or owner.id in _GENERIC - {"xml", "json"}
                or owner.by_name
                or (row.standard is not None and row.standard == owner.standard)
                or owner.id in kinds
                or owner.id in row.built_on
                or row.id in others
                or row.id in owner.built_on
                or (row.standard == "zip" and "zip" in others)
            ):
                return None
        return hint.owners[0].id

    def check(self) -> None:
        """Raises PatternError or KeyError for the first rule that can't work; for the loader and the tests."""
        from cpo_scan.formats.rule_check import check_rules

        check_rules(self._rules)


def _by_name(row: Format) -> Recognition:
    return Recognition(
        format=row.id, standard=row.standard, carrier=row.carrier, part=row.part, by_name=True
    )


def _magic(signature: Signature) -> bytes:
    if signature.hex is not None:
        return bytes.fromhex(signature.hex)
    return (signature.bytes or "").encode("latin-1")


def _weight(entry: _Entry) -> int:
    """How much a signature asks for: the more, the earlier it is tried."""
    signature, rule = entry.signature, entry.signature.xml
    asked = (
        len(signature.patterns)
        + (signature.check is not None)
        + (signature.contains is not None)
        + 4 * max((len(start) for start in signature.starts), default=0)
    )
    if rule is not None:
        asked += 4 * bool(rule.roots) + 4 * (rule.namespaces is not None or rule.namespace is not None)
        asked += 2 * (rule.declares is not None) + len(rule.attributes) + (rule.contains is not None)
    return asked


def _zip_weight(entry: _Entry) -> tuple[bool, int, bool, int]:
    rule = entry.signature.zip
    assert rule is not None
    return (entry.row.carrier, -len(entry.row.built_on), rule.pattern is None, -len(rule.members))


def _fits(glob: str, name: str) -> bool:
    return name.startswith(glob[:-1]) if glob.endswith("*") else name == glob


def _xml_holds(rule: Xml, root: Root, evidence: Evidence) -> bool:
    if rule.namespace is not None and root.namespace != rule.namespace:
        return False
    if rule.namespaces is not None and not (root.namespace and evidence.whole_match(rule.namespaces, root.namespace)):
        return False
    if rule.declares is not None and not any(evidence.whole_match(rule.declares, uri) for uri in root.declared):
        return False
    for name, pattern in rule.attributes.items():
        value = root.attributes.get(name)
        if value is None or not (evidence.whole_match(pattern, value) or has_placeholder({name: value})):
            return False
    return rule.contains is None or evidence.find(rule.contains, evidence.text)


def _keys_possible(rule: Keys, evidence: Evidence) -> bool:
    """Do the literals stand where they must? A cheap look before the document is read."""
    head = evidence.text
    if any(literal.encode() not in head for literal in rule.contains):
        return False
    wanted: Iterable[str] = [*(key.rpartition(".")[2] for key in rule.has)]
    if any(not evidence.literal(f'"{key}"'.encode(), rule.deep) for key in wanted):
        return False
    return not rule.any or any(evidence.literal(f'"{key}"'.encode(), rule.deep) for key in rule.any)


def _keys_hold(rule: Keys, evidence: Evidence) -> bool:
    for key, wanted in rule.has.items():
        value = evidence.key(key)
        if value is None or not (value == OBJECT if wanted == OBJECT else evidence.whole_match(wanted, value)):
            return False
    if not rule.any:
        return True
    values = (evidence.key(key) for key in rule.any)
    return any(value == ARRAY if rule.array else value is not None for value in values)


