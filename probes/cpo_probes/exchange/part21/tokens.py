"""Tokens of ISO 10303-21 as byte patterns, and one pattern for a whole run of entity instances. No state, no I/O.

Sources: ISO 10303-21:2016 (edition 3), 5.2 alphabet, table 2 tokens, table 3 exchange structure, 6.4 encodings, 13
token separators. One octet decides each choice and all quantifiers are possessive, so each pattern is linear and means
the same with greedy quantifiers; the tests have `cpo_scan.probe.patterns` prove it. They are not compiled there, for
the proof would be made anew in every process and takes a second for the longest of them.
"""

import re
from functools import cache
from re import Pattern
from typing import Any

# Octets below U+0020 and U+007F are outside the alphabet and "shall be ignored" (5.2).
IGNORED = bytes([*range(0x20), 0x7F])
GAP = rb"[\x00-\x20\x7f]*+"
COMMENT = rb"/\*[^*]*+\*++(?:[^/*][^*]*+\*++)*+/"
# Token separators (13): spaces, comments and the print control directives \N\ and \F\.
SEPARATOR = GAP + rb"(?:(?:" + COMMENT + rb"|\\[NF]\\)" + GAP + rb")*+"

KEYWORD = rb"!?+[A-Z_][A-Z0-9_]*+"
NUMBER = rb"[+-]?+[0-9]++(?:\.[0-9]*+(?:E[+-]?+[0-9]++)?+)?+"
REAL = rb"[+-]?+[0-9]++\.[0-9]*+(?:E[+-]?+[0-9]++)?+"
NAME = rb"[#@](?:[0-9]++|[A-Z_][A-Z0-9_]*+)"
ENUMERATION = rb"\.[A-Z_][A-Z0-9_]*+\."
BINARY = rb'"(?:[\x00-\x20\x7f]|\\[NF]\\)*+[0-3](?:[0-9A-F\x00-\x20\x7f]|\\[NF]\\)*+"'
RESOURCE = rb"<[^<>\x00-\x20\x7f]*+>"
# 6.4.3: doubled reverse solidus; \S\ takes any character of the alphabet, an apostrophe too.
_HEX = rb"X(?:\\[0-9A-F]{2}|2\\(?:[0-9A-F]{4})++\\X0\\|4\\(?:[0-9A-F]{8})++\\X0\\)"
DIRECTIVE = rb"\\(?:\\|S\\[\x20-\x7e]|" + _HEX + rb"|P[A-Z_]\\|[NF]\\)"


def string(high: bool) -> bytes:
    """The pattern of a string; `high`: octets above 127 may stand in it (edition 3, UTF-8).

    A doubled apostrophe is read as the end of one piece and the start of the next, so that one octet decides.
    """
    return rb"(?:'" + string_body(high) + rb"')++"


def string_body(high: bool) -> bytes:
    """What stands between two apostrophes; it stops where the grammar is broken."""
    plain = rb"[^'\\]" if high else rb"[^'\\\x80-\xff]"
    return plain + rb"*+(?:" + DIRECTIVE + plain + rb"*+)*+"


VALUE = re.compile(
    SEPARATOR
    + rb"(?:(?P<string>"
    + string(high=True)
    + rb")|(?P<atom>"
    + rb"|".join([NUMBER, NAME, rb"[$*]", ENUMERATION, BINARY])
    + rb")|(?P<typed>"
    + KEYWORD
    + rb")"
    + SEPARATOR
    + rb"\(|(?P<open>\()|(?P<close>\))|,)"
)
"""One step through values of any depth: a value, the start of a list or typed value, its end, or a comma."""


def listed(value: bytes, lookahead: bool, low: int = 0, high: int | None = None) -> bytes:
    """`value` between parentheses, `low` to `high` times (None: without an end), separated by commas.

    With `lookahead` the value is spelled once instead of twice, which keeps nested patterns small; RE2 has none.
    """
    if lookahead:
        return rb"\(" + GAP + rb"(?:" + value + GAP + rb"(?:," + GAP + rb"(?!\))|(?=\))))" + _times(low, high) + rb"\)"
    if high == 0:
        return rb"\(" + GAP + rb"\)"
    others = rb"(?:," + GAP + value + GAP + rb")" + _times(max(low - 1, 0), None if high is None else high - 1)
    inside = value + GAP + others
    return rb"\(" + GAP + (inside if low else rb"(?:" + inside + rb")?+") + rb"\)"


def _times(low: int, high: int | None) -> bytes:
    if high is None:
        return (rb"*+", rb"++")[low] if low < 2 else b"{%d,}+" % low
    return b"{%d,%d}+" % (low, high)


def run_source(high: bool, lookahead: bool) -> bytes:
    """A run of entity instances, lists nested twice, typed values in them: nearly all that real files hold.

    What goes deeper, or has comments inside of an instance, ends the run and is read token by token.
    """

    def in_list(value: bytes) -> bytes:
        return listed(value, lookahead)

    atom = rb"(?:" + rb"|".join([NAME, NUMBER, string(high), rb"[$*]", ENUMERATION, BINARY]) + rb")"
    typed = KEYWORD + GAP + rb"\(" + GAP + rb"(?:" + atom + rb"|" + in_list(atom) + rb")" + GAP + rb"\)"
    plain = rb"(?:" + atom + rb"|" + typed + rb")"
    once = rb"(?:" + plain + rb"|" + in_list(plain) + rb")"
    record = KEYWORD + GAP + in_list(rb"(?:" + plain + rb"|" + in_list(once) + rb")")
    several = rb"\(" + GAP + rb"(?:" + record + GAP + rb")++\)"
    left = rb"#[0-9]++" + GAP + rb"=" + GAP
    return rb"(?:" + SEPARATOR + left + rb"(?:" + record + rb"|" + several + rb")" + GAP + rb";)*+"


@cache
def instance_run(high: bool) -> Pattern[bytes]:
    """The pattern of `run_source`, by the fast engine where it is installed; `match(...).end()` is all to ask for."""
    return linear(run_source(high, lookahead=False)) or re.compile(run_source(high, lookahead=True))


def linear(source: bytes) -> Any:
    """The same pattern for RE2, which needs no possessive quantifiers; None where it is not installed."""
    try:
        import re2
    except ImportError:
        return None
    options = re2.Options()
    options.max_mem = 256 * 2**20  # of the states it may keep; it needs a fraction
    return re2.compile(greedy(source), options)


def greedy(source: bytes) -> bytes:
    """A pattern with its possessive quantifiers made greedy."""
    return re.sub(rb"(?<!\\)(\+|\*|\?|\})\+", rb"\1", source)
