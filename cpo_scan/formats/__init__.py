"""What is this artifact? The signature engine over `rules/formats`.

Contract: `Recogniser(rules)` is built from the rulebook's `FormatRules`; `Recogniser.recognise(name, content)` gives a
`Recognition` or None, looks at `content.head` first and asks for more only where a rule says so.
"""

from cpo_scan.formats.recogniser import Recogniser

__all__ = ["Recogniser"]
