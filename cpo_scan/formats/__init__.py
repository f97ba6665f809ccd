"""What is this artifact? The signature engine over `rules/formats`.

Contract: `Recogniser(formats)` is built from the rulebook's format rows; `Recogniser.recognise(name, content)` gives a
`Recognition` or None, looks at `content.head` first and asks for more only where a rule says so.
"""
