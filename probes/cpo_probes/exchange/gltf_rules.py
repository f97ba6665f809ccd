"""Rules of glTF 2.0 (ISO/IEC 12113) that its schema can't express: references lead somewhere, extents fit."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from cpo_probes.exchange.verdict import problem

# Where indices stand: the list, the keys down to the index ("*": every item or value), and the list that it leads to.
_REFERENCES = (
    ("accessors", ("bufferView",), "bufferViews"),
    ("accessors", ("sparse", "indices", "bufferView"), "bufferViews"),
    ("accessors", ("sparse", "values", "bufferView"), "bufferViews"),
    ("animations", ("channels", "*", "target", "node"), "nodes"),
    ("animations", ("samplers", "*", "input"), "accessors"),
    ("animations", ("samplers", "*", "output"), "accessors"),
    ("bufferViews", ("buffer",), "buffers"),
    ("images", ("bufferView",), "bufferViews"),
    ("materials", ("pbrMetallicRoughness", "baseColorTexture", "index"), "textures"),
    ("materials", ("pbrMetallicRoughness", "metallicRoughnessTexture", "index"), "textures"),
    ("materials", ("normalTexture", "index"), "textures"),
    ("materials", ("occlusionTexture", "index"), "textures"),
    ("materials", ("emissiveTexture", "index"), "textures"),
    ("meshes", ("primitives", "*", "attributes", "*"), "accessors"),
    ("meshes", ("primitives", "*", "indices"), "accessors"),
    ("meshes", ("primitives", "*", "material"), "materials"),
    ("nodes", ("camera",), "cameras"),
    ("nodes", ("children", "*"), "nodes"),
    ("nodes", ("mesh",), "meshes"),
    ("nodes", ("skin",), "skins"),
    ("scenes", ("nodes", "*"), "nodes"),
    ("skins", ("inverseBindMatrices",), "accessors"),
    ("skins", ("joints", "*"), "nodes"),
    ("skins", ("skeleton",), "nodes"),
    ("textures", ("sampler",), "samplers"),
    ("textures", ("source",), "images"),
)
_MOST = 100
_SIZES = {5120: 1, 5121: 1, 5122: 2, 5123: 2, 5125: 4, 5126: 4}  # clause 3.6.2.2: bytes of a component
_COUNTS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}
# Clause 3.7.2.1: attributes of which there may be several, numbered from 0 without a gap
_NUMBERED = ("TEXCOORD_", "COLOR_", "JOINTS_", "WEIGHTS_")
_FLOAT = 5126
_NOT_NORMALIZED = (5125, _FLOAT)  # clause 5.1.4: UNSIGNED_INT and FLOAT are what they are


def broken(value: dict[str, Any]) -> list[dict[str, Any]]:
    """Problems of a document that its schema accepts, at most 100."""
    found = []
    rules = (_lost, _accessors, _views, _primitives, _animations, _nodes, _extensions, _minimum)
    for item in chain.from_iterable(rule(value) for rule in rules):
        found.append(item)
        if len(found) == _MOST:
            break
    return found


def _lost(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    scene = value.get("scene")
    if isinstance(scene, int) and scene >= len(_list(value, "scenes")):
        yield problem("gltf.index", pointer="/scene", index=scene, list="scenes")
    for start, keys, target in _REFERENCES:
        size = len(_list(value, target))
        for number, item in enumerate(_list(value, start)):
            for pointer, index in _at(item, keys, f"/{start}/{number}"):
                if isinstance(index, int) and index >= size:
                    yield problem("gltf.index", pointer=pointer, index=index, list=target)


def _at(item: Any, keys: tuple[str, ...], pointer: str) -> Iterator[tuple[str, Any]]:
    if not keys:
        yield pointer, item
    elif keys[0] == "*":
        pairs = enumerate(item) if isinstance(item, list) else item.items() if isinstance(item, dict) else ()
        for key, inner in pairs:
            yield from _at(inner, keys[1:], f"{pointer}/{key}")
    elif isinstance(item, dict) and keys[0] in item:
        yield from _at(item[keys[0]], keys[1:], f"{pointer}/{keys[0]}")


def _accessors(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Clauses 3.6.2.4, 5.1: what an accessor covers lies in its view, and starts at a multiple of its components."""
    views = _list(value, "bufferViews")
    for number, item in enumerate(_list(value, "accessors")):
        pointer = f"/accessors/{number}"
        component, count = item.get("componentType"), _number(item, "count")
        if item.get("normalized") is True and component in _NOT_NORMALIZED:
            yield problem("gltf.normalized", pointer=f"{pointer}/normalized", type=component)
        sparse = item.get("sparse")
        if isinstance(sparse, dict) and _number(sparse, "count") > count:
            yield problem("gltf.sparse_count", pointer=f"{pointer}/sparse/count", count=_number(sparse, "count"))
        view = _item(views, item.get("bufferView"))
        size = _SIZES.get(component or 0, 0) * _COUNTS.get(str(item.get("type")), 0)
        if view is None or not size or not count:
            continue
        stride, width = _number(view, "byteStride") or size, _SIZES[component or 0]
        offset = _number(item, "byteOffset")
        if offset % width or (offset + _number(view, "byteOffset")) % width:
            yield problem("gltf.alignment", pointer=pointer, size=width)
        if stride < size:
            yield problem("gltf.stride", pointer=pointer, size=size)
        if offset + stride * (count - 1) + size > _number(view, "byteLength"):
            yield problem("gltf.beyond", pointer=pointer, what="bufferView")


def _views(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Clause 3.6.1.2: a view lies in its buffer."""
    buffers = _list(value, "buffers")
    for number, view in enumerate(_list(value, "bufferViews")):
        buffer = _item(buffers, view.get("buffer"))
        end = _number(view, "byteOffset") + _number(view, "byteLength")
        if buffer is not None and end > _number(buffer, "byteLength"):
            yield problem("gltf.beyond", pointer=f"/bufferViews/{number}", what="buffer")


def _primitives(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Clause 3.7.2.1: positions state their bounds, attributes have one length, numbered ones have no gap."""
    accessors = _list(value, "accessors")
    for number, mesh in enumerate(_list(value, "meshes")):
        for place, primitive in enumerate(_list(mesh, "primitives")):
            attributes = primitive.get("attributes")
            if not isinstance(attributes, dict):
                continue
            pointer = f"/meshes/{number}/primitives/{place}/attributes"
            positions = _item(accessors, attributes.get("POSITION"))
            if positions is not None and not ("min" in positions and "max" in positions):
                yield problem("gltf.bounds", pointer=f"{pointer}/POSITION")
            counts = {_number(item, "count") for index in attributes.values() if (item := _item(accessors, index))}
            if len(counts) > 1:
                yield problem("gltf.counts_differ", pointer=pointer, count=len(counts))
            for start in _NUMBERED:
                used = {name for name in attributes if name.startswith(start)}
                if not used <= {f"{start}{index}" for index in range(len(used))}:
                    yield problem("gltf.numbering", pointer=pointer, name=start.rstrip("_"))


def _animations(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Clauses 3.11, 5.7, 5.8: channels have their samplers; times are floats and state their bounds."""
    accessors = _list(value, "accessors")
    for number, animation in enumerate(_list(value, "animations")):
        samplers = _list(animation, "samplers")
        for place, channel in enumerate(_list(animation, "channels")):
            index = channel.get("sampler")
            if isinstance(index, int) and index >= len(samplers):
                pointer = f"/animations/{number}/channels/{place}/sampler"
                yield problem("gltf.index", pointer=pointer, index=index, list="samplers")
        for place, sampler in enumerate(samplers):
            times, pointer = _item(accessors, sampler.get("input")), f"/animations/{number}/samplers/{place}/input"
            if times is None:
                continue
            if not ("min" in times and "max" in times):
                yield problem("gltf.bounds", pointer=pointer)
            if (times.get("type"), times.get("componentType")) != ("SCALAR", _FLOAT):
                yield problem("gltf.times", pointer=pointer)


def _nodes(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Clause 3.5.2: the nodes form strict trees."""
    nodes = _list(value, "nodes")
    parent: dict[int, int] = {}
    for number, node in enumerate(nodes):
        children = node.get("children")
        for child in children if isinstance(children, list) else ():
            if not isinstance(child, int):
                continue
            if child in parent:
                yield problem("gltf.two_parents", pointer=f"/nodes/{child}", index=child)
            parent.setdefault(child, number)
    clear: set[int] = set()
    for number in range(len(nodes)):
        path = []
        at: int | None = number
        while at is not None and at not in clear:
            clear.add(at)
            path.append(at)
            at = parent.get(at)
        if at is not None and at in path:
            yield problem("gltf.loop", pointer=f"/nodes/{at}", index=at)


def _extensions(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Clause 3.12: what is required is used."""
    used = set(_names(value, "extensionsUsed"))
    for number, name in enumerate(_names(value, "extensionsRequired")):
        if name not in used:
            yield problem("gltf.extension", pointer=f"/extensionsRequired/{number}", name=name[:100])


def _minimum(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Clause 5.9.4: the version that a reader needs is not above the one that the file has."""
    asset = value.get("asset")
    asset = asset if isinstance(asset, dict) else {}
    needed, stated = _release(asset.get("minVersion")), _release(asset.get("version"))
    if needed and stated and needed > stated:
        yield problem("gltf.min_version", pointer="/asset/minVersion", version=str(asset["minVersion"])[:20])


def _release(version: Any) -> tuple[int, ...]:
    parts = version.split(".") if isinstance(version, str) and len(version) < 20 else []
    return tuple(int(part) for part in parts) if all(part.isascii() and part.isdecimal() for part in parts) else ()


def _list(value: dict[str, Any], key: str) -> list[dict[str, Any]]:
    items = value.get(key)
    return items if isinstance(items, list) and all(isinstance(item, dict) for item in items) else []


def _names(value: dict[str, Any], key: str) -> list[str]:
    items = value.get(key)
    return [item for item in items if isinstance(item, str)] if isinstance(items, list) else []


def _item(items: list[dict[str, Any]], index: Any) -> dict[str, Any] | None:
    return items[index] if isinstance(index, int) and 0 <= index < len(items) else None


def _number(item: dict[str, Any], key: str) -> int:
    value = item.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
