"""What was worked out of the inventory for one artifact and helps with the next, kept once for each inventory.

A probe must not keep such things itself: where results are kept from scan to scan, what an answer rests on is noted
each time that it is used.
"""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from cpo_scan.probe.context import Index

_MOST = 4_096  # answers that are kept of one inventory

_Answer = TypeVar("_Answer")
_KEPT: WeakKeyDictionary[Index, dict[Hashable, Any]] = WeakKeyDictionary()


def remembered(index: Index, question: Hashable, answer: Callable[[Index], _Answer]) -> _Answer:
    """What `answer` makes of the inventory, worked out once. It must depend on `question` and on the index alone.

    An index that keeps the books itself (`remembered` of its own) is asked instead.
    """
    own = getattr(index, "remembered", None)
    if own is not None:
        given: _Answer = own(question, answer)
        return given
    known = _KEPT.setdefault(index, {})
    if question not in known:
        if len(known) >= _MOST:
            known.clear()
        known[question] = answer(index)
    found: _Answer = known[question]
    return found
