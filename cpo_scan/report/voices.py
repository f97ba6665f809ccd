"""Whose words: what a person said, apart from what the tool says of it. Exports that name authors need them apart."""

from cpo_scan.report import said
from cpo_scan.report.exported import Row
from cpo_scan.report.texts import Texts


def own_words(layer: str, row: Row, texts: Texts, lang: str) -> list[str]:
    """A row as its person said it, with who and when; a row in another shape, from elsewhere, as it is."""
    if layer == "claims":
        head = texts.label(f"claim.word.{row['claim']}", lang) if row.get("claim") else ""
    else:
        head = said.head(layer, row, texts, lang)
    bare = {name: value for name, value in row.items() if name != "reasons"}
    return [text for text in (head, *said.lines(layer, bare, texts, lang)) if text]


def tools_words(layer: str, row: Row, texts: Texts, lang: str) -> list[str]:
    """What the tool makes of a row: how a claim stands to the evidence, why another row does not count."""
    if layer != "claims":
        return [text for text in (said.state(row, texts, lang),) if text]
    reasons = [texts.message(reason, lang) for reason in row.get("reasons") or ()]
    return [text for text in (said.head(layer, row, texts, lang), *reasons) if text]
