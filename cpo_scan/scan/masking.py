"""Secrets that stand in an excerpt are masked before the excerpt goes anywhere."""

import re
from typing import Any

import msgspec

MASK = "[masked]"
_NAMED = re.compile(  # a name that promises a secret, then its value; excerpts are short, so the pattern is cheap
    r"""(?ix) (?P<name> (?:\b|_) (?: pass(?:word|wd|phrase)? | pwd | secret | token | api[_-]?key | client[_-]?secret
        | private[_-]?key | access[_-]?key(?:[_-]?id)? | authorization ) ["']? \s*+ [:=]\s*+ (?:bearer\s++|basic\s++)? )
        (?P<value> "[^"\s]{4,}" | '[^'\s]{4,}' | (?![<\{\[$%"']) [^\s,;"'&<>]{6,} )"""
)
_SHAPED = (
    re.compile(  # values that give themselves away: PEM keys (RFC 7468), AWS key ids, GitHub and Slack tokens, JWTs
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*|\bA(?:KIA|SIA)[0-9A-Z]{16}\b|\bgh[opsu]_[0-9A-Za-z]{36,}\b"
        r"|\bxox[abprs]-[0-9A-Za-z-]{10,}|\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)",
        re.DOTALL,
    )
)


def mask(text: str) -> str:
    """`text` with the values of secrets replaced; what is around them stays."""
    return _SHAPED.sub(MASK, _NAMED.sub(lambda found: found["name"] + MASK, text))


def mask_row(row: dict[str, Any], excerpts: str = "full") -> dict[str, Any]:
    """A finding's row with masked excerpts; `short` keeps 80 characters of each, `none` drops them."""
    row["evidence"] = [
        msgspec.structs.replace(piece, excerpt=_shown(piece.excerpt, excerpts)) for piece in row["evidence"]
    ]
    return row


def _shown(excerpt: str, excerpts: str) -> str:
    match excerpts:
        case "none":
            return ""
        case "short":
            return mask(excerpt)[:80]
        case _:
            return mask(excerpt)
