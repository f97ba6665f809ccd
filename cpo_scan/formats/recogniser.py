"""The signature engine: which row of `rules/formats` is this artifact?

No row is asked that can't be: the first bytes, the first character that is no space, and the name lead to the few
signatures that could hold, a literal goes before each pattern, and patterns are compiled when first used. Content
decides; the name is a hint, and enough only for rows that say so.
"""

from cpo_scan.formats.checks import CHECKS, has_placeholder, is_template, is_text
from cpo_scan.formats.containers import ZipView, ole_names
from cpo_scan.formats.evidence import Evidence
from cpo_scan.formats.holding import (
    Entry,
    fits,
    keys_hold,
    keys_possible,
    magic,
    spaces_hold,
    suffices,
    weight,
    xml_holds,
    zip_weight,
)
from cpo_scan.formats.names import Hint, NameIndex
from cpo_scan.formats.xml_head import Root
from cpo_scan.model import Recognition
from cpo_scan.rulebook.formats import Format, FormatRules, SchemaRule, Signature
from cpo_scan.targets.content import Content

_ANGLE, _BRACE, _BRACKETS = 0x3C, 0x7B, b"{["
_MOST_KNOWN = 2_000  # sets of namespaces whose rules are kept
_GENERIC = frozenset({"text", "xml", "json", "yaml", "template", "opc"})


class Recogniser:
    """Recognises formats by the rules. Cheap to build; a worker builds its own from `FormatRules.unpack`."""

    def __init__(self, rules: FormatRules) -> None:
        self._rules = rules
        self._rows = {row.id: row for row in rules.formats}
        self._names = NameIndex(rules.formats)
        self._magic: dict[bytes, list[Entry]] = {}
        self._offsets: dict[tuple[int, int], dict[bytes, list[Entry]]] = {}
        self._starts: dict[int, list[Entry]] = {}
        self._first: dict[int, list[Entry]] = {}
        self._named: dict[str, list[Entry]] = {}
        self._roots: dict[str, list[Entry]] = {}
        self._any_root: list[Entry] = []
        self._spaces: dict[tuple[str, tuple[str, ...]], tuple[Entry, ...]] = {}
        self._keys: list[Entry] = []
        self._zip: list[Entry] = []
        self._ole: list[Entry] = []
        self._unnamed_checks: list[Entry] = []
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
            entries.sort(key=lambda entry: (-len(entry.literal), -weight(entry)))
        for entries in [*self._starts.values(), *self._first.values(), *self._roots.values()]:
            entries.sort(key=weight, reverse=True)
        self._any_root.sort(key=weight, reverse=True)
        self._zip.sort(key=zip_weight)

    def __reduce__(self) -> tuple[type["Recogniser"], tuple[FormatRules]]:
        return Recogniser, (self._rules,)

    def _file(self, row: Format, signature: Signature) -> str:
        """Puts a signature where it is found again; gives what it builds on."""
        if signature.zip is not None:
            self._zip.append(Entry(row, signature, b""))
            return "zip"
        if signature.xml is not None:
            entry = Entry(row, signature, b"")
            for name in signature.xml.roots:
                self._roots.setdefault(name, []).append(entry)
            if not signature.xml.roots and row.id != "xml":
                self._any_root.append(entry)
            return "xml"
        if signature.keys is not None:
            self._keys.append(Entry(row, signature, b""))
            return "json"
        if signature.ole:
            self._ole.append(Entry(row, signature, b""))
            return "ole"
        if signature.hex is not None or signature.bytes is not None:
            literal = magic(signature)
            entry = Entry(row, signature, literal, suffices(row, signature))
            if signature.offset:
                place = (signature.offset, signature.offset + len(literal))
                self._offsets.setdefault(place, {}).setdefault(literal, []).append(entry)
            else:
                self._magic.setdefault(literal[:2], []).append(entry)
            return "binary"
        for start in signature.starts:
            self._starts.setdefault(ord(start[0]), []).append(Entry(row, signature, start.encode("latin-1")))
        for character in signature.first:
            self._first.setdefault(ord(character), []).append(Entry(row, signature, b""))
        if signature.named or (signature.first and (row.names or row.shared)):
            self._named.setdefault(row.id, []).append(Entry(row, signature, b""))
        elif signature.check in CHECKS:
            self._unnamed_checks.append(Entry(row, signature, b""))
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
        for entry in self._magic.get(head[:2], ()):
            if head.startswith(entry.literal):
                if entry.enough:
                    return self._plainly(entry.row, self._conflict(entry.row, hint) if hint.owners else None)
                break
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
        for (start, end), literals in self._offsets.items():
            for entry in literals.get(head[start:end], ()):
                if self._confirmed(entry, hint, evidence):
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
                wanted = [any(fits(glob, name) for name in names) for glob in entry.signature.ole]
                if (not entry.signature.named or entry.row.id in hint.rows) and (
                    all(wanted) if entry.signature.all else any(wanted)
                ):
                    return entry.row
        return row

    def _packed(self, entry: Entry, view: ZipView, evidence: Evidence) -> bool:
        rule = entry.signature.zip
        if rule is None or not view.names or not view.holds(rule):
            return False
        if rule.pattern is None or rule.member is None:
            return True
        return any(evidence.find(rule.pattern, view.head(name)) for name in view.matching(rule.member))

    def _confirmed(self, entry: Entry, hint: Hint, evidence: Evidence) -> bool:
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
        for row_id in hint.rows:
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
                return (self._yaml(hint, evidence) if entry.row.id == "yaml" else None) or entry.row
        if first == _ANGLE and (row := self._markup(hint, evidence)) is not None:
            return row
        if first in _BRACKETS:
            if (row := self._json(hint, evidence)) is not None:
                return row
        elif (not hint.rows or "yaml" in hint.rows or "text" in hint.rows) and (row := self._yaml(hint, evidence)):
            return row
        if hint.by_name is None:
            for entry in self._first.get(first, ()):
                if entry.row.id != "json" and self._confirmed(entry, hint, evidence):
                    return entry.row
        for row_id in hint.rows:
            for entry in self._named.get(row_id, ()):
                if entry.signature.check is None and self._confirmed(entry, hint, evidence):
                    return entry.row
        if text[:2] in (b"{%", b"{#", b"{{") and is_template(text):
            return self._rows.get("template")
        return None

    def _markup(self, hint: Hint, evidence: Evidence) -> Format | None:
        text = evidence.text
        if hint.by_name is not None and hint.by_name.id == "template" and not text.startswith(b"<?xml"):
            return None  # the name says what this markup is for
        lead = text[:14].lower()
        if lead == b"<!doctype html":
            return self._rows.get("template" if is_template(text) else "html")
        root = evidence.root
        if root is not None and root.name.lower() != "html":
            row = self._xml(root, hint, evidence)
            if row is not None:
                if has_placeholder(root.attributes):
                    return self._rows.get("template")
                return row
        elif root is not None or lead.startswith(b"<html"):
            return self._rows.get("template" if is_template(text) else "html")
        by_name = hint.by_name
        if by_name is not None and by_name.id == "html":
            filled = is_template(text) or (root is not None and has_placeholder(root.attributes))
            return self._rows.get("template") if filled else None
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
            for entry in self._of_namespaces(root, evidence):
                if self._rooted(entry, root, hint, evidence):
                    return entry.row
        return None

    def _of_namespaces(self, root: Root, evidence: Evidence) -> tuple[Entry, ...]:
        """Rules without a root element whose namespaces fit; documents of one kind declare the same ones."""
        key = (root.namespace, root.declared)
        found = self._spaces.get(key)
        if found is None:
            found = tuple(
                entry
                for entry in self._any_root
                if entry.signature.xml and spaces_hold(entry.signature.xml, root, evidence)
            )
            if len(self._spaces) < _MOST_KNOWN:
                self._spaces[key] = found
        return found

    def _rooted(self, entry: Entry, root: Root, hint: Hint, evidence: Evidence) -> bool:
        rule = entry.signature.xml
        assert rule is not None
        if entry.signature.named and entry.row.id not in hint.rows:
            return False
        return xml_holds(rule, root, evidence) and (
            entry.signature.contains is None or entry.signature.contains.encode() in evidence.text
        )

    def _json(self, hint: Hint, evidence: Evidence) -> Format | None:
        json = self._rows.get("json")
        if json is None or not any(evidence.find(pattern, evidence.text) for pattern in json.signatures[0].patterns):
            # a flow mapping of YAML has its keys without quotes
            return self._yaml(hint, evidence) if evidence.text[0] == _BRACE and "yaml" in hint.rows else None
        evidence.json = True
        if evidence.text[0] == _BRACE:
            for entry in self._keys:
                rule = entry.signature.keys
                if (
                    rule is not None
                    and (not entry.signature.named or entry.row.id in hint.rows)
                    and keys_possible(rule, evidence)
                    and keys_hold(rule, evidence)
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
        if not (row.version or row.facts or row.language):
            return self._plainly(row, named_as)
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

    def _plainly(self, row: Format, named_as: str | None) -> Recognition:
        """What is said of a row that asks for no version and no facts; the same object wherever the name agrees."""
        if named_as is not None:
            return Recognition(
                format=row.id, standard=row.standard, carrier=row.carrier, part=row.part, named_as=named_as
            )
        known = self._carriers.get(row.id)
        if known is None:
            known = self._carriers[row.id] = Recognition(
                format=row.id, standard=row.standard, carrier=row.carrier, part=row.part
            )
        return known

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
    return Recognition(format=row.id, standard=row.standard, carrier=row.carrier, part=row.part, by_name=True)
