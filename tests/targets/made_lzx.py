"""A writer of LZX: every kind of block, matches near and far, blocks over several frames, targets of calls."""

import struct
from collections.abc import Sequence
from itertools import accumulate

FRAME = 32_768
VERBATIM, ALIGNED, PLAIN = 1, 2, 3
SLOTS = {15: 30, 16: 32, 17: 34, 18: 36, 19: 38, 20: 42, 21: 50}
EXTRA = [0, 0, *(min(slot // 2 - 1, 17) for slot in range(2, 50))]
BASE = [0, *accumulate(1 << bits for bits in EXTRA)]
LONGEST = 257

Token = tuple[int, int]  # a literal and 0, or the length of a match and its offset


def lzx(
    data: bytes, blocks: Sequence[tuple[int, int]] = ((VERBATIM, 1 << 23),), *, window: int = 15, calls: int = 0
) -> list[tuple[bytes, int]]:
    """Frames of `data`, packed, each with its size. Blocks: kind and size, the last one repeated as needed.

    With `calls` the targets of x86 calls are made absolute before, up to that size.
    """
    if calls:
        data = b"".join(_absolute(data[at : at + FRAME], at, calls) for at in range(0, len(data), FRAME))
    writer = _Writer(data, window)
    writer.bits.put(1 if calls else 0, 1)
    if calls:
        writer.bits.put(calls >> 16, 16)
        writer.bits.put(calls & 0xFFFF, 16)
    at, number = 0, 0
    while at < len(data):
        kind, size = blocks[min(number, len(blocks) - 1)]
        size = min(size, len(data) - at)
        writer.block(kind, at, at + size)
        at, number = at + size, number + 1
    return writer.frames()


class _Bits:
    def __init__(self) -> None:
        self.out, self._value, self._count = bytearray(), 0, 0

    def put(self, value: int, count: int) -> None:
        self._value, self._count = self._value << count | value, self._count + count
        while self._count >= 16:
            self._count -= 16
            self.out += struct.pack("<H", self._value >> self._count & 0xFFFF)
            self._value &= (1 << self._count) - 1

    def align(self) -> None:
        if self._count:
            self.put(0, 16 - self._count)

    @property
    def even(self) -> bool:
        return not self._count


class _Writer:
    def __init__(self, data: bytes, window: int) -> None:
        self.data, self.window = data, 1 << window
        self.bits = _Bits()
        self.recent = [1, 1, 1]
        self.main, self.length = [0] * (256 + 8 * SLOTS[window]), [0] * 249
        self.ends: list[int] = []  # in packed bytes, of each frame
        self.seen: dict[bytes, int] = {}
        self.pad = False

    def frames(self) -> list[tuple[bytes, int]]:
        if len(self.data) % FRAME:
            self.bits.align()
            self.ends.append(len(self.bits.out))
        starts = [0, *self.ends]
        sizes = [min(FRAME, len(self.data) - at) for at in range(0, len(self.data), FRAME)]
        return [
            (bytes(self.bits.out[start:end]), size) for start, end, size in zip(starts, self.ends, sizes, strict=False)
        ]

    def _done(self, at: int, *, align: bool) -> None:
        """So many bytes are packed: at the end of a frame the bits begin a new word."""
        if at % FRAME == 0:
            if align:
                self.bits.align()
            self.ends.append(len(self.bits.out))

    def block(self, kind: int, start: int, end: int) -> None:
        if self.pad:
            self.bits.out.append(0)
        self.pad = kind == PLAIN and (end - start) % 2 == 1
        self.bits.put(kind, 3)
        self.bits.put(end - start >> 8, 16)
        self.bits.put(end - start & 0xFF, 8)
        if kind == PLAIN:
            if self.bits.even:
                self.bits.put(0, 16)
            self.bits.align()
            self.bits.out += struct.pack("<3L", *self.recent)
            for at in range(start, end):
                self.bits.out.append(self.data[at])
                self.seen[self.data[at : at + 3]] = at
                self._done(at + 1, align=False)
            return
        recent = list(self.recent)
        tokens = [(token, self._parts(token, recent)) for token in self._tokens(start, end)]
        main, length = [0] * len(self.main), [0] * 249
        aligned = [0] * 8
        for _, (symbol, footer, _, low) in tokens:
            main[symbol] = 1
            if footer is not None:
                length[footer] = 1
            if kind == ALIGNED and low is not None:
                aligned[low] = 1
        if not any(aligned):
            aligned = [1] * 8  # a tree without a code is refused
        codes = [_lengths(used) for used in (main, length, aligned)]
        if kind == ALIGNED:
            for size in codes[2]:
                self.bits.put(size, 3)
        self._tree(self.main[:256], codes[0][:256])
        self._tree(self.main[256:], codes[0][256:])
        self._tree(self.length, codes[1])
        self.main, self.length = codes[0], codes[1]
        words = [_canonical(lengths) for lengths in codes]
        at = start
        for (size, offset), (symbol, footer, (extra, count), low) in tokens:
            self.bits.put(*words[0][symbol])
            if footer is not None:
                self.bits.put(*words[1][footer])
            if low is not None and kind == ALIGNED:
                self.bits.put(extra >> 3, count - 3)
                self.bits.put(*words[2][low])
            else:
                self.bits.put(extra, count)
            at += size if offset else 1
            self._done(at, align=True)
        self.recent = recent

    def _tokens(self, start: int, end: int) -> list[Token]:
        """Greedy, by the last place of three bytes."""
        out: list[Token] = []
        data, at = self.data, start
        while at < end:
            most = min(end, (at // FRAME + 1) * FRAME) - at
            before = self.seen.get(data[at : at + 3])
            size = 0
            if before is not None and at - before <= self.window - 3:
                while size < min(most, LONGEST) and data[before + size] == data[at + size]:
                    size += 1
            step = size if size >= 3 else 1
            for place in range(at, at + step):
                self.seen[data[place : place + 3]] = place
            assert before is None or before < at
            out.append((size, at - before) if size >= 3 and before is not None else (data[at], 0))
            at += step
        return out

    def _parts(self, token: Token, recent: list[int]) -> tuple[int, int | None, tuple[int, int], int | None]:
        """Main symbol, symbol of the length tree, extra bits, and the three lowest where they can be told apart."""
        size, offset = token
        if not offset:
            return size, None, (0, 0), None
        extra, count, low = 0, 0, None
        if offset in recent:
            slot = recent.index(offset)
            recent[0], recent[slot] = recent[slot], recent[0]
        else:
            formatted = offset + 2
            slot = max(slot for slot in range(3, 50) if BASE[slot] <= formatted)
            extra, count = formatted - BASE[slot], EXTRA[slot]
            low = extra & 7 if count >= 3 else None
            recent[:] = [offset, recent[0], recent[1]]
        header, footer = (7, size - 9) if size >= 9 else (size - 2, None)
        return 256 + slot * 8 + header, footer, (extra, count), low

    def _tree(self, before: list[int], now: list[int]) -> None:
        """Lengths as differences, with runs of zeros and of equal ones; all twenty symbols have codes."""
        sizes = _lengths([1] * 20)
        for size in sizes:
            self.bits.put(size, 4)
        codes = _canonical(sizes)
        at = 0
        while at < len(now):
            run = 1
            while at + run < len(now) and now[at + run] == now[at]:
                run += 1
            difference = (before[at] - now[at]) % 17
            if now[at] == 0 and run >= 20:
                run = min(run, 51)
                self.bits.put(*codes[18])
                self.bits.put(run - 20, 5)
            elif now[at] == 0 and run >= 4:
                run = min(run, 19)
                self.bits.put(*codes[17])
                self.bits.put(run - 4, 4)
            elif run >= 4:
                run = min(run, 5)
                self.bits.put(*codes[19])
                self.bits.put(run - 4, 1)
                self.bits.put(*codes[difference])
            else:
                run = 1
                self.bits.put(*codes[difference])
            at += run


def _lengths(used: Sequence[int]) -> list[int]:
    """Lengths of a complete code for what is used: those of one size and those of one bit more."""
    count = sum(used)
    if not count:
        return [0] * len(used)
    if count == 1:  # a complete code has two words at least
        used = list(used)
        used[0 if not used[0] else 1] = 1
        count = 2
    longest = (count - 1).bit_length()
    short = (1 << longest) - count
    out, seen = [], 0
    for one in used:
        out.append(0 if not one else longest - 1 if seen < short else longest)
        seen += one
    return out


def _canonical(lengths: Sequence[int]) -> dict[int, tuple[int, int]]:
    """The word of each symbol, and its bits."""
    words, word = {}, 0
    for length in range(1, 17):
        for symbol, own in enumerate(lengths):
            if own == length:
                words[symbol] = (word, length)
                word += 1
        word <<= 1
    return words


def _absolute(frame: bytes, at: int, size: int) -> bytes:
    out, place = bytearray(frame), 0
    while place < len(frame) - 10:
        if out[place] != 0xE8:
            place += 1
            continue
        here = at + place
        target = int.from_bytes(out[place + 1 : place + 5], "little", signed=True)
        if -here <= target < size - here:
            target += here
        elif size - here <= target < size:
            target -= size
        out[place + 1 : place + 5] = (target & 0xFFFFFFFF).to_bytes(4, "little")
        place += 5
    return bytes(out)
