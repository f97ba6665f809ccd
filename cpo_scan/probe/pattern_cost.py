"""What a try of a pattern may cost before it fails: told from the pattern, without running it."""

from math import inf
from typing import assert_never

from cpo_scan.probe.pattern_syntax import Alternatives, Assertion, Chars, Group, Node, Repeat, Sequence

_LATE = 1_000  # characters after which a try counts as one that fails late


def fails_early(node: Node) -> bool:
    """Does every try of a pattern that fails do so within its first thousand characters?

    So it is where runs without a bound stand at the end only: nothing comes after them that could still fail.
    """
    match node:
        case Sequence(items=(*before, last)):
            return sum(map(_longest, before)) <= _LATE and fails_early(last)
        case Alternatives(items=items):
            return all(map(fails_early, items))
        case Group(body=body):
            return fails_early(body)
        case Repeat(body=body, low=low):
            return _longest(body) * max(low, 1) <= _LATE
        case _:
            return True


def _longest(node: Node) -> float:
    """Characters that a node can match at most."""
    match node:
        case Chars():
            return 1
        case Assertion():
            return 0
        case Sequence(items=items):
            return sum(map(_longest, items))
        case Alternatives(items=items):
            return max(map(_longest, items), default=0)
        case Group(body=body):
            return _longest(body)
        case Repeat(body=body, high=high):
            longest = _longest(body)
            return longest * (inf if high is None else high) if longest else 0
        case _:
            assert_never(node)
