"""What lies inside of the segments of a JT file: packed data, elements, the scene graph. Pure, in bounded memory.

JT File Format Reference 9.5 and 10.5, "Data segment": after its header a segment begins with an element, those of some
types with a description of how they are packed before it. What is packed is unpacked to its end, and kept only of the
scene graph. Nothing is judged that the published descriptions do not say: a way of packing that is not known leaves the
file without a verdict.
"""

import struct
from collections import Counter
from collections.abc import Callable, Iterator
from mmap import mmap
from typing import Any

import msgspec

from cpo_probes.exchange.jt.layout import Entry
from cpo_probes.exchange.jt.scene import Scene, walk
from cpo_probes.exchange.problem import Problem
from cpo_scan.probe.compressed import Codec, unpacked

_SEGMENT_HEADER = 24
_PACKING = 9  # octets: flag, length, algorithm
_ELEMENT = 21  # octets of the least element: length, type, base type
_SCENE_GRAPH = 1
_DESCRIBED = frozenset((2, 3, 4, *range(6, 17), 17, 18, 20, 24))  # types whose first element is described
_DESCRIBED_UP_TO = 9  # the version up to which they do
_SHAPES = range(6, 17)  # segments that are never packed as a whole
_FLAGS = (2, 3)  # 2: zlib, 3: LZMA (since 10)
_PLAIN = 1
_CODECS: dict[int, Codec] = {2: "zlib", 3: "lzma"}
_XZ = b"\xfd7zXZ\0"
_KEPT = 256 * 2**20  # octets of a scene graph
_LARGEST = 2**30  # octets of an unpacked segment
_TOTAL = 4 * 2**30
_LISTED = 20


class Contents(msgspec.Struct, kw_only=True):
    """What the segments hold. `packing`: how many are packed in each way. `scenes`: the scene graphs."""

    packing: Counter[str] = msgspec.field(default_factory=Counter)
    scenes: list[Scene] = []
    errors: list[Problem] = []
    large: int = 0
    """Segments that hold more than is unpacked."""
    unknown: int = 0
    """Segments that are packed in a way that is not known."""


def read(
    data: bytes | mmap,
    entries: Iterator[Entry],
    order: str,
    major: int,
    names: Callable[[int], str],
    checkpoint: Callable[[], None],
) -> Contents:
    """Look into each segment of the table. `names`: what its type is called."""
    reading = _Reading(data, order, major, names, checkpoint)
    for entry in entries:
        checkpoint()
        reading.segment(entry)
    return reading.found


class _Reading:
    def __init__(
        self,
        data: bytes | mmap,
        order: str,
        major: int,
        names: Callable[[int], str],
        checkpoint: Callable[[], None],
    ) -> None:
        self.data, self.order, self.major, self.names, self.checkpoint = data, order, major, names, checkpoint
        self.packed = struct.Struct(order + "IiB")
        self.integer = struct.Struct(order + "i")
        self.total = 0
        self.found = Contents(scenes=[], errors=[])

    def segment(self, entry: Entry) -> None:
        """One segment, whose extent lies in the file."""
        at, stop = entry.offset + _SEGMENT_HEADER, entry.offset + entry.length
        if stop - at < _PACKING:
            return  # too short for an element: nothing is in it
        flag, length, algorithm = self.packed.unpack(bytes(self.data[at : at + _PACKING]))
        is_packed = flag in _FLAGS and algorithm in (_PLAIN, *_CODECS)
        if is_packed and entry.kind in _SHAPES:
            # An element of two or three octets can't be; what begins so is packed after all.
            is_packed = length == stop - at - 8
        if flag in _FLAGS and not is_packed and length == stop - at - 8:
            self.found.unknown += 1
        elif not is_packed:
            self._plain(entry, at, stop, algorithm == _PLAIN and length == stop - at - 8)
        elif not 1 <= length <= stop - at - 8:
            self._error("jt.packed_outside", at, length=length, at=entry.offset, size=entry.length)
        elif algorithm == _PLAIN:
            self._plain(entry, at, at + 8 + length, described=True)
        else:
            self._unpack(entry, at, length, _CODECS[algorithm])

    def _plain(self, entry: Entry, at: int, stop: int, described: bool) -> None:
        """A segment that is not packed; `described`: it says so before its first element."""
        start = at + _PACKING if described else at
        self.found.packing["none"] += 1
        if entry.kind == _SCENE_GRAPH:
            self._scene(entry, bytes(self.data[start : min(stop, start + _KEPT)]))
        elif entry.kind in _SHAPES:
            self._first_element(entry, bytes(self.data[start : start + _ELEMENT]), stop - start)

    def _unpack(self, entry: Entry, at: int, length: int, codec: Codec) -> None:
        keep = _KEPT if entry.kind == _SCENE_GRAPH else _ELEMENT
        most = min(keep if keep == _KEPT else _LARGEST, _TOTAL - self.total)
        octets = bytes(self.data[at + _PACKING : at + 8 + length])
        out = unpacked(octets, codec, keep=keep, most=most, checkpoint=self.checkpoint)
        self.total += out.size
        self.found.packing[codec] += 1
        match out.fault:
            case "":
                if entry.kind == _SCENE_GRAPH:
                    self._scene(entry, out.kept)
                else:
                    self._first_element(entry, out.kept, out.size)
            case "large":
                self.found.large += 1
            case "cut":
                self._error("jt.packed_cut", at, codec=codec, kind=self.names(entry.kind))
            case "broken" if codec == "lzma" and not octets.startswith(_XZ):
                self.found.packing[codec] -= 1
                self.found.unknown += 1  # perhaps a stream of LZMA in another wrapping
            case "broken":
                self._error("jt.packed_broken", at, codec=codec, kind=self.names(entry.kind))

    def _first_element(self, entry: Entry, head: bytes, size: int) -> None:
        if entry.kind not in _DESCRIBED or self.major > _DESCRIBED_UP_TO:
            return
        if len(head) < _ELEMENT:
            length = -1
        else:
            (length,) = self.integer.unpack_from(head)
        if not _ELEMENT - 4 <= length <= size - 4:
            kind = self.names(entry.kind)
            self._error("jt.element_outside", entry.offset, length=length, kind=kind, at=0, size=size)

    def _scene(self, entry: Entry, octets: bytes) -> None:
        scene = walk(octets, self.order, self.major, self.checkpoint)
        self.found.scenes.append(scene)
        for fault in scene.faults:
            told: dict[str, Any] = {"at": fault.at, "size": len(octets)}
            if fault.code == "jt.element_outside":
                told |= {"length": fault.length, "kind": self.names(entry.kind)}
            self._error(fault.code, entry.offset, **told)

    def _error(self, code: str, byte: int, /, **params: Any) -> None:
        if len(self.found.errors) < _LISTED:
            self.found.errors.append(Problem(code, byte, "5.1.3.2", params))
