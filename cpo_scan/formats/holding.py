"""Does a rule hold? Signatures against what an artifact shows, and in which order they are tried."""

from typing import NamedTuple

from cpo_scan.formats.checks import has_placeholder
from cpo_scan.formats.evidence import Evidence
from cpo_scan.formats.keys import ARRAY, OBJECT
from cpo_scan.formats.xml_head import Root
from cpo_scan.rulebook.formats import Format, Keys, Signature, Xml

_DIRECTORIES = ("zip", "ole")


class Entry(NamedTuple):
    """A signature with its row; `literal` is its magic, or one of its beginnings."""

    row: Format
    signature: Signature
    literal: bytes
    enough: bool = False
    """Its magic alone says what the artifact is, and nothing else of it is asked for."""


def suffices(row: Format, signature: Signature) -> bool:
    """Is the magic enough? Not where more must hold, where the directory of a container says what it is, or where the
    row asks for a version or facts."""
    return not (
        signature.named
        or signature.contains is not None
        or signature.patterns
        or signature.check is not None
        or row.id in _DIRECTORIES
        or row.version
        or row.facts
        or row.language
    )


def magic(signature: Signature) -> bytes:
    """The magic of a signature as bytes."""
    if signature.hex is not None:
        return bytes.fromhex(signature.hex)
    return (signature.bytes or "").encode("latin-1")


def weight(entry: Entry) -> int:
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
        asked += 6 * (rule.declares is not None) + len(rule.attributes) + (rule.contains is not None)
        asked += 8 * signature.named
    return asked


def zip_weight(entry: Entry) -> tuple[bool, int, bool, int]:
    """Exchange formats before carriers, refinements before what they refine, the more members asked for the earlier."""
    rule = entry.signature.zip
    assert rule is not None
    return (entry.row.carrier, -len(entry.row.built_on), rule.pattern is None, -len(rule.members))


def fits(glob: str, name: str) -> bool:
    """A name against one that may end in a star."""
    return name.startswith(glob[:-1]) if glob.endswith("*") else name == glob


def spaces_hold(rule: Xml, root: Root, evidence: Evidence) -> bool:
    """All that the rule asks of namespaces."""
    if rule.namespace is not None and root.namespace != rule.namespace:
        return False
    if rule.namespaces is not None and not (root.namespace and evidence.whole_match(rule.namespaces, root.namespace)):
        return False
    return rule.declares is None or any(evidence.whole_match(rule.declares, uri) for uri in root.declared)


def xml_holds(rule: Xml, root: Root, evidence: Evidence) -> bool:
    """All that the rule asks of an XML document."""
    if not spaces_hold(rule, root, evidence):
        return False
    for name, pattern in rule.attributes.items():
        value = root.attributes.get(name)
        if value is None or not (evidence.whole_match(pattern, value) or has_placeholder({name: value})):
            return False
    return rule.contains is None or evidence.find(rule.contains, evidence.text)


def keys_possible(rule: Keys, evidence: Evidence) -> bool:
    """Do the literals stand where they must? A cheap look before the document is read."""
    head = evidence.text
    if any(literal.encode() not in head for literal in rule.contains):
        return False
    wanted = [*(key.rpartition(".")[2] for key in rule.has)]
    if any(not evidence.literal(f'"{key}"'.encode(), rule.deep) for key in wanted):
        return False
    return not rule.any or any(evidence.literal(f'"{key}"'.encode(), rule.deep) for key in rule.any)


def keys_hold(rule: Keys, evidence: Evidence) -> bool:
    """All that the rule asks of the keys of a JSON document."""
    for key, wanted in rule.has.items():
        value = evidence.key(key)
        if value is None or not (value == OBJECT if wanted == OBJECT else evidence.whole_match(wanted, value)):
            return False
    if not rule.any:
        return True
    values = (evidence.key(key) for key in rule.any)
    return any(value == ARRAY if rule.array else value is not None for value in values)
