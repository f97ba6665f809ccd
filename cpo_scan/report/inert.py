"""Text from a hostile tree, made harmless to look at: no control, no direction override, nothing invisible.

`visible` is for every face; what a face needs on top (HTML, Markdown) is its own business.
"""

import re

# C0 and C1 controls, soft hyphen, bidi controls (UAX #9), zero-width and invisible signs, line and paragraph
# separators, surrogates, interlinear annotation, variation selectors that hide data, tag characters.
# ZWNJ and ZWJ (200C, 200D) belong to honest Persian and Indic text and stay.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff"
    "\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)


def visible(text: str) -> str:
    """The text with everything unseen as `\\xNN`, `\\uNNNN` or `\\UNNNNNNNN`; line breaks and tabs too."""
    return _UNSEEN.sub(_escape, text)


def visible_lines(text: str) -> str:
    """The same, but line breaks (LF) stay."""
    return "\n".join(visible(line) for line in text.split("\n"))


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code > 0xFFFF:
        return f"\\U{code:08x}"
    return f"\\u{code:04x}" if code > 0xFF else f"\\x{code:02x}"
