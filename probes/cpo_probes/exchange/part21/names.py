"""Instance names of a Part 21 file: defined once, and each one that is used is defined. One octet a name, no tree.

The octets of both tables are asked for at once and touched only where names lie, so a large file with dense names costs
its highest name, and a small file with a huge name costs nothing. Names beyond the tables are kept in sets with a cap.
"""

import mmap
import re
from collections.abc import Collection, Iterator
from typing import Any

import msgspec

from cpo_probes.exchange.part21.tokens import COMMENT, string

_SPAN = 2**27  # highest name that has a place in the tables: a file of 4 GB and more, written densely
_FAR = 2**18  # names above the span that are remembered
_LEAST = 2**22
_WORTH = 2 * 2**20  # octets of a file from which on the vector library pays for its import
_WORTH_VECTORS = 4096  # octets of a run from which on it pays for its calls

_TEXT = re.compile(rb"'[^']*+'")
_ALL = re.compile(rb"#([0-9]++)")
_DEFINED = re.compile(rb"#([0-9]++)[\x00-\x20\x7f]*+=")
_PLACE = re.compile(string(high=True) + rb"|" + COMMENT + rb"|#([0-9]++)(?:[\x00-\x20\x7f]|" + COMMENT + rb")*+(=?+)")
_INTEGERS = msgspec.json.Decoder(list[int])


class Names:
    """Which names are defined and used so far. `size` is that of the file in octets."""

    def __init__(self, size: int) -> None:
        self._span = min(_SPAN, max(_LEAST, size))
        # Mapped and not allocated: a page costs memory once a name is written to it.
        self._defined = mmap.mmap(-1, self._span)
        self._used = mmap.mmap(-1, self._span)
        self._top = 0
        self._far_defined: set[int] = set()
        self._far_used: set[int] = set()
        self.overflow = False
        """More names above the span than can be remembered: what follows was not wholly checked."""
        self.count = 0
        """Definitions seen."""
        self._vectors = _vectors() if size >= _WORTH else None

    def define(self, name: int) -> bool:
        """Count a definition; False if the name was defined before."""
        self.count += 1
        if name < self._span:
            if self._defined[name]:
                return False
            self._defined[name] = 1
            return True
        if name in self._far_defined:
            return False
        self._remember(self._far_defined, name)
        return True

    def use(self, name: int) -> None:
        """Note a reference."""
        if name < self._span:
            self._used[name] = 1
            self._top = max(self._top, name)
        else:
            self._remember(self._far_used, name)

    def _remember(self, names: set[int], name: int) -> None:
        if len(names) < _FAR:
            names.add(name)
        else:
            self.overflow = True

    def add(self, run: bytes) -> bool:
        """Take in a run of well-formed instances.

        False where a name is zero or defined twice: then its references are noted and none of its definitions.
        """
        if b"/*" in run or b"\\S\\'" in run:
            pairs = [(match[1], match[2]) for match in _PLACE.finditer(run) if match[1] is not None]
            return self._add({name for name, _ in pairs}, [name for name, sign in pairs if sign])
        if self._vectors is not None and len(run) >= _WORTH_VECTORS:
            return self._add_vectors(run, self._vectors)
        return self._add_plain(run)

    def _add_plain(self, run: bytes) -> bool:
        bare = _TEXT.sub(b"", run)
        return self._add(set(_ALL.findall(bare)), _DEFINED.findall(bare))

    def _add(self, every: set[bytes], defined: list[bytes]) -> bool:
        for name in _integers(every):
            self.use(name)
        names = _integers(defined)
        if len(set(names)) < len(names) or any(not name or self._is_defined(name) for name in names):
            return False
        for name in names:
            self.define(name)
        return True

    def _is_defined(self, name: int) -> bool:
        return bool(self._defined[name]) if name < self._span else name in self._far_defined

    def _add_vectors(self, run: bytes, np: Any) -> bool:
        text = np.frombuffer(run + b" " * 24, np.uint8)
        at = np.flatnonzero(text == 35) + 1
        at = at[(np.searchsorted(np.flatnonzero(text == 39), at) & 1) == 0]
        value, digits, length = np.zeros(len(at), np.int64), text[at] - 48, 0
        while (digit := digits < 10).any():
            if (length := length + 1) > 18:
                return self._add_plain(run)
            value = np.where(digit, value * 10 + digits, value)
            at = at + digit
            digits = text[at] - 48
        while (ignored := (text[at] < 33) & (at < len(run))).any():
            at = at + ignored
        top = int(value.max()) if len(value) else 0
        if top >= self._span:
            return self._add_plain(run)
        self._top = max(self._top, top)
        names = value[text[at] == 61]
        used, defined = (np.frombuffer(table, np.uint8) for table in (self._used, self._defined))
        used[value] = 1
        if not names.all() or defined[names].any():
            return False
        if len(names) > 1 and not (np.diff(names) > 0).all() and len(np.unique(names)) < len(names):
            return False
        defined[names] = 1
        self.count += len(names)
        return True

    def dangling(self, most: int) -> tuple[int, list[int]]:
        """How many names are used and nowhere defined, and the lowest of them, at most `most`."""
        count = 0
        lowest: list[int] = []
        for start in range(0, self._top + 1, 2**16):
            used = self._used[start : start + 2**16]
            left = int.from_bytes(used, "little") & ~int.from_bytes(self._defined[start : start + 2**16], "little")
            if left:
                missing = left.to_bytes(len(used), "little")
                count += missing.count(1)
                for name in _positions(missing):
                    if len(lowest) == most:
                        break
                    lowest.append(start + name)
        far = sorted(self._far_used - self._far_defined) if not self.overflow else []
        return count + len(far), (lowest + far)[:most]


def places(run: bytes) -> Iterator[tuple[int, int]]:
    """Name and offset of each definition in a run of well-formed instances."""
    for match in _PLACE.finditer(run):
        if match[1] is not None and match[2]:
            yield _integer(match[1]), match.start()


def uses(run: bytes) -> Iterator[tuple[int, int]]:
    """Name and offset of each reference in a run of well-formed instances."""
    for match in _PLACE.finditer(run):
        if match[1] is not None and not match[2]:
            yield _integer(match[1]), match.start()


def _positions(flags: bytes) -> Iterator[int]:
    at = flags.find(1)
    while at >= 0:
        yield at
        at = flags.find(1, at + 1)


def _integers(names: Collection[bytes]) -> list[int]:
    """Leading zeros say nothing (6.4.4); with them, or beyond 64 bits, JSON refuses the number."""
    try:
        return _INTEGERS.decode(b"[" + b",".join(names) + b"]")
    except (msgspec.DecodeError, msgspec.ValidationError):
        return [_integer(name) for name in names]


def _integer(digits: bytes) -> int:
    # A name of a thousand digits is a name; int() refuses more than 4300 and takes quadratic time.
    significant = digits.lstrip(b"0") or b"0"
    return int(significant) if len(significant) <= 18 else 10**18 + hash_name(significant)


def hash_name(digits: bytes) -> int:
    """A number that stands for an instance name of more than 18 digits."""
    import hashlib

    return int.from_bytes(hashlib.sha256(digits).digest(), "big")


def _vectors() -> Any:
    """numpy where it is installed: the same answers, several times faster."""
    try:
        import numpy
    except ImportError:
        return None
    return numpy
