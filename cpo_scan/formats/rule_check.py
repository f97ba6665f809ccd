"""Can the rules work? Held when rules are changed, not on every start: every pattern is in the subset, every check is
known, every signature leads somewhere."""

from collections.abc import Iterator

from cpo_scan.formats.checks import CHECKS, PLACED
from cpo_scan.probe import patterns
from cpo_scan.rulebook.formats import FormatRules, Signature, Source
from cpo_scan.rulebook.load import RuleError


def check_rules(rules: FormatRules) -> None:
    """Raises RuleError with the format and what is wrong."""
    for row in rules.formats:
        for sources in (row.version, *row.facts.values()):
            _check_sources(row.id, sources)
        for signature in row.signatures:
            _check_all(row.id, signature)
    for schema in rules.schemas:
        _check(
            f"schema of {schema.standard}",
            (
                (pattern, text)
                for pattern, text in ((schema.namespaces, True), (schema.names, False))
                if pattern is not None
            ),
        )
        _check_sources(f"schema of {schema.standard}", schema.version)


def _check_sources(owner: str, sources: tuple[Source, ...]) -> None:
    for source in sources:
        found = ((source.namespace, True), (source.declared, True), (source.pattern, False))
        _check(owner, ((pattern, text) for pattern, text in found if pattern is not None))


def _check_all(owner: str, signature: Signature) -> None:
    _check(owner, _patterns(signature))
    if signature.check is not None and signature.check not in CHECKS.keys() | PLACED:
        raise RuleError(f"formats: {owner}: there is no check {signature.check!r}")
    leads = (signature.hex, signature.bytes, signature.starts, signature.first, signature.named, signature.check)
    if not any(leads) and signature.xml is None and signature.keys is None and signature.zip is None:
        raise RuleError(f"formats: {owner}: a signature that nothing leads to (starts, first, named, hex, …)")


def _patterns(signature: Signature) -> Iterator[tuple[str, bool]]:
    yield from ((pattern, False) for pattern in signature.patterns)
    if signature.xml is not None:
        rule = signature.xml
        yield from ((pattern, True) for pattern in (rule.namespaces, rule.declares) if pattern is not None)
        yield from ((pattern, True) for pattern in rule.attributes.values())
        if rule.contains is not None:
            yield rule.contains, False
    if signature.keys is not None:
        yield from ((pattern, True) for pattern in signature.keys.has.values())
    if signature.zip is not None:
        if signature.zip.pattern is not None:
            yield signature.zip.pattern, False
        if signature.zip.mimetype is not None:
            yield signature.zip.mimetype, True


def _check(owner: str, found: Iterator[tuple[str, bool]]) -> None:
    for pattern, text in found:
        try:
            patterns.check(pattern, text=text)
        except patterns.PatternError as error:
            raise RuleError(f"formats: {owner}: {error}") from None
