"""What the buffers of glTF 2.0 (ISO/IEC 12113) hold: stated bounds, indices, times and directions against the data.

Arrays of the standard library do it; a value that many files leave out (a buffer that is not there, compressed data) is
not judged.
"""

import base64
import binascii
import struct
from array import array
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from math import isfinite
from typing import Any

import msgspec

from cpo_probes.exchange.documents.gltf_members import items, number_of, one
from cpo_probes.exchange.verdict import problem
from cpo_scan.probe import Unreadable

MOST = 100  # problems of a document
_VALUES = 16_000_000  # components of all accessors together that are read
# Clause 3.6.2.2: component types as type codes of arrays, and what "primitive restart" is in each (3.7.2.1)
_CODES = {5120: "b", 5121: "B", 5122: "h", 5123: "H", 5125: "I", 5126: "f"}
_RESTART = {5121: 0xFF, 5123: 0xFFFF, 5125: 0xFFFFFFFF}
_COUNTS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}
_PADDED = {("MAT2", 1), ("MAT3", 1), ("MAT3", 2)}  # columns are padded to 4 octets (3.6.2.4): not read
_FLOAT = 5126
_UNIT = 0.01  # how far the length of a direction may be from 1: the step of a signed byte
_DATA = "data:"
_BIG = struct.pack("=H", 1) == b"\0\1"  # this computer puts the highest octet first, and glTF the lowest

Octets = bytes | memoryview
_Values = Sequence[float]


class TooMuch(Exception):
    """The accessors cover more values than are read."""


def of_uri(uri: str) -> bytes | None:
    """The octets of a `data:` URI in Base64 (RFC 2397); None where it is none, or broken."""
    head, comma, body = uri.partition(",")
    if not head.startswith(_DATA) or not comma or not head.endswith(";base64"):
        return None
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        return None


def buffers(
    value: dict[str, Any], chunk: Octets | None, related: Callable[[str], Octets | None]
) -> list[Octets | None]:
    """What each buffer holds: the chunk of a binary file, data in its URI, or another file; None where missing."""
    found: list[Octets | None] = []
    for number, buffer in enumerate(items(value, "buffers")):
        uri = buffer.get("uri")
        if not isinstance(uri, str):
            found.append(chunk if number == 0 else None)
        elif uri.startswith(_DATA):
            found.append(of_uri(uri))
        else:
            try:
                found.append(related(uri))
            except Unreadable:
                found.append(None)
    return found


def broken(value: dict[str, Any], held: list[Octets | None], checkpoint: Callable[[], None]) -> list[dict[str, Any]]:
    """Problems of a document whose references and extents are right, at most 100. Raises TooMuch."""
    found = list(_short(value, held))
    if found:
        return found[:MOST]
    for item in _Data(value, held, checkpoint).problems():
        found.append(item)
        if len(found) == MOST:
            break
    return found


def _short(value: dict[str, Any], held: list[Octets | None]) -> Iterator[dict[str, Any]]:
    """Clause 3.6.1.1: a buffer is as long as it says, or longer."""
    for number, (buffer, data) in enumerate(zip(items(value, "buffers"), held, strict=True)):
        stated = buffer.get("byteLength")
        if data is not None and isinstance(stated, int) and len(data) < stated:
            yield problem("gltf.buffer_short", pointer=f"/buffers/{number}", stated=stated, found=len(data))


class _Read(msgspec.Struct, frozen=True):
    """The components of an accessor, one after the other."""

    values: _Values
    width: int
    """Components of an element."""


class _Data:
    def __init__(self, value: dict[str, Any], held: list[Octets | None], checkpoint: Callable[[], None]) -> None:
        self._value, self._held, self._checkpoint = value, held, checkpoint
        self._accessors, self._views = items(value, "accessors"), items(value, "bufferViews")
        self._left = _VALUES

    def problems(self) -> Iterator[dict[str, Any]]:
        uses = self._uses()
        for number, accessor in enumerate(self._accessors):
            self._checkpoint()
            yield from self._sparse(accessor, number)
            read = self._read(accessor)
            if read is not None:
                yield from self._bounds(accessor, read, number)
                for use in sorted(uses.get(number, ())):
                    yield from self._used(use, accessor, read, number)

    def _uses(self) -> dict[int, set[tuple[str, int]]]:
        """What each accessor is there for; for indices, with the number of vertices."""
        found: dict[int, set[tuple[str, int]]] = {}

        def used(index: Any, use: str, count: int = 0) -> None:
            if isinstance(index, int) and not isinstance(index, bool):
                found.setdefault(index, set()).add((use, count))

        for mesh in items(self._value, "meshes"):
            for primitive in items(mesh, "primitives"):
                attributes = primitive.get("attributes")
                attributes = attributes if isinstance(attributes, dict) else {}
                first = one(self._accessors, attributes.get("POSITION"))
                if first is not None:
                    used(primitive.get("indices"), "indices", number_of(first, "count"))
                used(attributes.get("NORMAL"), "normal")
                used(attributes.get("TANGENT"), "tangent")
        for animation in items(self._value, "animations"):
            for sampler in items(animation, "samplers"):
                used(sampler.get("input"), "times")
        for skin in items(self._value, "skins"):
            used(skin.get("inverseBindMatrices"), "matrices")
        return found

    # -- reading

    def _octets(self, index: Any, offset: int, size: int) -> tuple[Octets, int] | None:
        """Octets of a view from an offset, and its stride; None where they are not there or compressed."""
        view = one(self._views, index)
        if view is None or "extensions" in view:
            return None
        number = view.get("buffer")
        data = self._held[number] if isinstance(number, int) and 0 <= number < len(self._held) else None
        if data is None:
            return None
        start = number_of(view, "byteOffset") + offset
        end = number_of(view, "byteOffset") + number_of(view, "byteLength")
        return memoryview(data)[start : max(start, end)], number_of(view, "byteStride") or size

    def _read(self, accessor: dict[str, Any]) -> _Read | None:
        code, width = _CODES.get(accessor.get("componentType") or 0), _COUNTS.get(str(accessor.get("type")), 0)
        count = number_of(accessor, "count")
        if code is None or not width or not count or "extensions" in accessor:
            return None
        self._left -= count * width
        if self._left < 0:
            raise TooMuch
        item = array(code).itemsize
        if (accessor["type"], item) in _PADDED:
            return None
        if "bufferView" in accessor:
            found = self._octets(accessor["bufferView"], number_of(accessor, "byteOffset"), item * width)
            values = _components(found, code, width, count) if found is not None else None
        else:
            values = array(code, bytes(count * width * item)) if isinstance(accessor.get("sparse"), dict) else None
        if values is not None and isinstance(accessor.get("sparse"), dict):
            self._substitute(accessor["sparse"], values, code, width)
        return _Read(values, width) if values is not None else None

    def _sparse_indices(self, accessor: dict[str, Any]) -> "array[Any] | None":
        sparse = accessor.get("sparse")
        indices = sparse.get("indices") if isinstance(sparse, dict) else None
        if not isinstance(sparse, dict) or not isinstance(indices, dict):
            return None
        code, count = _CODES.get(indices.get("componentType") or 0), number_of(sparse, "count")
        if code is None:
            return None
        found = self._octets(indices.get("bufferView"), number_of(indices, "byteOffset"), array(code).itemsize)
        return _components(found, code, 1, count) if found is not None else None

    def _sparse(self, accessor: dict[str, Any], number: int) -> Iterator[dict[str, Any]]:
        """Clause 3.6.2.3: indices of elements that are replaced strictly increase, and are those of the accessor."""
        indices = self._sparse_indices(accessor)
        if not indices:
            return
        pointer = f"/accessors/{number}/sparse/indices"
        if any(later <= earlier for earlier, later in pairwise(indices)):
            yield problem("gltf.not_increasing", pointer=pointer)
        if max(indices) >= number_of(accessor, "count"):
            yield problem("gltf.index_beyond", pointer=pointer, index=max(indices), count=number_of(accessor, "count"))

    def _substitute(self, sparse: dict[str, Any], values: "array[Any]", code: str, width: int) -> None:
        indices = self._sparse_indices({"sparse": sparse})
        place = sparse.get("values")
        if not indices or not isinstance(place, dict):
            return
        offset = number_of(place, "byteOffset")
        found = self._octets(place.get("bufferView"), offset, array(code).itemsize * width)
        other = _components(found, code, width, len(indices)) if found is not None else None
        if other is not None and max(indices) < len(values) // width:
            for number, index in enumerate(indices):
                values[index * width : (index + 1) * width] = other[number * width : (number + 1) * width]

    # -- what is asked of them

    def _bounds(self, accessor: dict[str, Any], read: _Read, number: int) -> Iterator[dict[str, Any]]:
        """Clause 3.6.2.5: minimum and maximum are those of the data; clause 3.6.2.2: floats are finite."""
        pointer = f"/accessors/{number}"
        floats = accessor.get("componentType") == _FLOAT
        columns = [read.values[place :: read.width] for place in range(read.width)]
        lowest, highest = [min(column) for column in columns], [max(column) for column in columns]
        if floats and not all(isfinite(sum(column)) for column in columns):
            yield problem("gltf.not_finite", pointer=pointer)
            return
        for name, found in (("min", lowest), ("max", highest)):
            stated = accessor.get(name)
            if not isinstance(stated, list) or len(stated) != read.width:
                continue
            for place, (told, value) in enumerate(zip(stated, found, strict=True)):
                if (_single(told) if floats else told) != value:
                    yield problem("gltf.bounds_differ", pointer=f"{pointer}/{name}/{place}", stated=told, found=value)
                    break

    def _used(
        self, use: tuple[str, int], accessor: dict[str, Any], read: _Read, number: int
    ) -> Iterator[dict[str, Any]]:
        pointer, values, width = f"/accessors/{number}", read.values, read.width
        match use[0]:
            case "indices":  # clause 3.7.2.1
                highest = int(max(values))
                if highest == _RESTART.get(accessor.get("componentType") or 0):
                    yield problem("gltf.restart", pointer=pointer)
                elif highest >= use[1]:
                    yield problem("gltf.index_beyond", pointer=pointer, index=highest, count=use[1])
            case "times":  # clause 3.11
                if values[0] < 0 or any(later <= earlier for earlier, later in pairwise(values)):
                    yield problem("gltf.not_increasing", pointer=pointer)
            case "normal" | "tangent" if accessor.get("componentType") == _FLOAT and width >= 3:  # clause 3.7.2.1
                for place in range(0, len(values), width):
                    x, y, z = values[place], values[place + 1], values[place + 2]
                    hand = values[place + 3] if use[0] == "tangent" and width == 4 else 1
                    if abs((x * x + y * y + z * z) ** 0.5 - 1) > _UNIT or abs(hand) != 1:
                        yield problem("gltf.not_unit", pointer=pointer, index=place // width)
                        break
            case "matrices" if width == 16:  # clause 3.7.3.1: the fourth row is 0, 0, 0, 1
                for place in range(0, len(values), 16):
                    if [values[place + row] for row in (3, 7, 11, 15)] != [0, 0, 0, 1]:
                        yield problem("gltf.not_affine", pointer=pointer, index=place // 16)
                        break
            case _:
                pass


def _components(found: tuple[Octets, int], code: str, width: int, count: int) -> "array[Any] | None":
    data, stride = found
    values = array(code)
    size = values.itemsize * width
    if stride < size or stride * (count - 1) + size > len(data) or count < 1:
        return None
    if stride == size:
        values.frombytes(data[: size * count])
    else:
        values.frombytes(b"".join(data[at : at + size] for at in range(0, stride * count, stride)))
    if _BIG:
        values.byteswap()
    return values


def _single(value: Any) -> float | None:
    """A number as it is in 32 bits."""
    try:
        found: float = struct.unpack("<f", struct.pack("<f", value))[0]
    except (struct.error, OverflowError, TypeError):
        return None
    return found
