"""Tokens of a declaration, taken apart at brackets and commas; what the readers of all IDL dialects need afterwards."""

_OPEN, _CLOSE = frozenset("([{<"), frozenset(")]}>")


def matching(texts: list[str], start: int) -> int:
    """The bracket that closes the one at `start`; the end where there is none."""
    depth = 0
    for at in range(start, len(texts)):
        if texts[at] in _OPEN:
            depth += 1
        elif texts[at] in _CLOSE:
            depth -= 1
            if depth == 0:
                return at
    return len(texts)


def split(texts: list[str], at: str = ",") -> list[list[str]]:
    """The parts between commas (or `at`) that stand in no brackets; none where there is nothing."""
    parts: list[list[str]] = [[]]
    depth = 0
    for text in texts:
        depth += (text in _OPEN) - (text in _CLOSE)
        if text == at and depth == 0:
            parts.append([])
        else:
            parts[-1].append(text)
    return parts if parts != [[]] else []
