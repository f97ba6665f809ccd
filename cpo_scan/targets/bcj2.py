"""BCJ2, the filter of 7z that splits x86 machine code into four streams (Bcj2.c of the LZMA SDK).

The main stream is the code without the targets of its calls and jumps; those stand in a stream of their own, absolute
and high byte first. A range coder says for each call or jump whether it was taken out.
"""

import re

from cpo_scan.targets.content import CHUNK, Readable
from cpo_scan.targets.errors import Unreadable
from cpo_scan.targets.forward import exactly

_CALL, _JUMP, _TWO_BYTES = 0xE8, 0xE9, 0x0F
_BRANCH = re.compile(rb"[\xe8\xe9]|(?<=\x0f)[\x80-\x8f]")
_BITS, _MOVE, _TOP = 11, 5, 1 << 24  # of the range coder: bits of a probability, speed of learning, when to refill


class Bcj2:
    """The machine code again. The streams: main, targets of calls, of jumps, range coder."""

    def __init__(self, main: Readable, calls: Readable, jumps: Readable, coder: Readable, size: int) -> None:
        self._main, self._calls, self._jumps, self._coder = main, _Bytes(calls), _Bytes(jumps), _Bytes(coder)
        self._left, self._at, self._before = size, 0, 0
        self._probabilities = [1 << (_BITS - 1)] * 258  # of calls by the byte before; 256 of jumps; 257 of others
        self._range = 0xFFFFFFFF
        self._code: int | None = None
        self._out = bytearray()

    def read(self, most: int, /) -> bytes:
        """At most so many bytes; none at the end. Raises Unreadable where a stream ends before."""
        if not self._out and self._left:
            self._fill()
        data = bytes(self._out[:most])
        del self._out[:most]
        return data

    def close(self) -> None:
        """Let go of the main stream."""
        self._main.close()

    def _fill(self) -> None:
        """The next piece of the main stream, with the targets put back."""
        if self._code is None:
            self._code = int.from_bytes(self._coder.take(5), "big") & 0xFFFFFFFF
        piece = self._main.read(min(CHUNK, self._left))
        if not piece:
            raise Unreadable("sevenzip.truncated")
        out, start = self._out, 0
        while start < len(piece):
            # A branch at the very start is told by the byte before it, which may be a target's and not in the stream.
            if self._before == _TWO_BYTES and piece[start] & 0xF0 == 0x80:
                at = start
            elif (found := _BRANCH.search(piece, start)) is not None:
                at = found.start()
            else:
                out += piece[start:]
                self._before = piece[-1]
                break
            out += piece[start : at + 1]
            opcode = piece[at]
            before = piece[at - 1] if at > start else self._before
            self._before = opcode
            start = at + 1
            if len(out) >= self._left:
                break  # of the last byte nothing is said
            if self._bit(before if opcode == _CALL else 256 if opcode == _JUMP else 257):
                target = int.from_bytes((self._calls if opcode == _CALL else self._jumps).take(4), "big")
                relative = (target - (self._at + len(out) + 4)) & 0xFFFFFFFF
                out += relative.to_bytes(4, "little")
                self._before = relative >> 24
        self._at += len(out)
        del out[self._left :]  # a target can reach over the end
        self._left -= len(out)

    def _bit(self, number: int) -> int:
        """The next bit of the range coder."""
        assert self._code is not None
        probability = self._probabilities[number]
        if self._range < _TOP:
            self._range = self._range << 8 & 0xFFFFFFFF
            self._code = (self._code << 8 | self._coder.take(1)[0]) & 0xFFFFFFFF
        bound = (self._range >> _BITS) * probability
        if self._code < bound:
            self._range = bound
            self._probabilities[number] = probability + ((1 << _BITS) - probability >> _MOVE)
            return 0
        self._range -= bound
        self._code -= bound
        self._probabilities[number] = probability - (probability >> _MOVE)
        return 1


class _Bytes:
    """A stream read by a few bytes at a time."""

    def __init__(self, stream: Readable) -> None:
        self._stream, self._held, self._at = stream, b"", 0

    def take(self, size: int) -> bytes:
        """So many bytes. Raises Unreadable where there are fewer."""
        if self._at + size > len(self._held):
            self._held = self._held[self._at :] + exactly(self._stream, CHUNK)
            self._at = 0
        data = self._held[self._at : self._at + size]
        if len(data) < size:
            raise Unreadable("sevenzip.truncated")
        self._at += size
        return data
