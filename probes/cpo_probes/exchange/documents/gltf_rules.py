"""Rules of glTF 2.0 (ISO/IEC 12113) that its schema can't express: references lead somewhere, extents fit."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from cpo_probes.exchange.documents.gltf_animations import animations
from cpo_probes.exchange.documents.gltf_members import items, names, number_of, one
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
# Clause 3.7.2.1: types of elements of the attributes that are named there, with their component types; of these, whole
# numbers stand for fractions of 1 (normalized)
_FRACTIONS, _WHOLE = (_FLOAT, 5121, 5123), (5121, 5123)
_ATTRIBUTES: dict[str, tuple[tuple[str, ...], tuple[int, ...]]] = {
    "POSITION": (("VEC3",), (_FLOAT,)),
    "NORMAL": (("VEC3",), (_FLOAT,)),
    "TANGENT": (("VEC4",), (_FLOAT,)),
    "TEXCOORD_": (("VEC2",), _FRACTIONS),
    "COLOR_": (("VEC3", "VEC4"), _FRACTIONS),
    "JOINTS_": (("VEC4",), _WHOLE),
    "WEIGHTS_": (("VEC4",), _FRACTIONS),
}
_INDICES = (5121, 5123, 5125)
_QUANTIZED = "KHR_mesh_quantization"  # allows other component types
_NOT_NORMALIZED = (5125, _FLOAT)  # clause 5.1.4: UNSIGNED_INT and FLOAT are what they are


def broken(value: dict[str, Any]) -> list[dict[str, Any]]:
    """Problems of a document that its schema accepts, at most 100."""
    found = []
    rules = (_lost, _accessors, _views, _primitives, _types, animations, _nodes, _extensions, _minimum)
    for item in chain.from_iterable(rule(value) for rule in rules):
        found.append(item)
        if len(found) == _MOST:
            break
    return found


def _lost(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    scene = value.get("scene")
    if isinstance(scene, int) and scene >= len(items(value, "scenes")):
        yield problem("gltf.index", pointer="/scene", index=scene, list="scenes")
    for start, keys, target in _REFERENCES:
        size = len(items(value, target))
        for number, item in enumerate(items(value, start)):
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
    views = items(value, "bufferViews")
    for number, item in enumerate(items(value, "accessors")):
        pointer = f"/accessors/{number}"
        component, count = item.get("componentType"), number_of(item, "count")
        if item.get("normalized") is True and component in _NOT_NORMALIZED:
            yield problem("gltf.normalized", pointer=f"{pointer}/normalized", type=component)
        sparse = item.get("sparse")
        if isinstance(sparse, dict):
            yield from _sparse(sparse, views, component, pointer)
        if isinstance(sparse, dict) and number_of(sparse, "count") > count:
            yield problem("gltf.sparse_count", pointer=f"{pointer}/sparse/count", count=number_of(sparse, "count"))
        view = one(views, item.get("bufferView"))
        size = _SIZES.get(component or 0, 0) * _COUNTS.get(str(item.get("type")), 0)
        if view is None or not size or not count:
            continue
        stride, width = number_of(view, "byteStride") or size, _SIZES[component or 0]
        offset = number_of(item, "byteOffset")
        if offset % width or (offset + number_of(view, "byteOffset")) % width:
            yield problem("gltf.alignment", pointer=pointer, size=width)
        if stride < size:
            yield problem("gltf.stride", pointer=pointer, size=size)
        if offset + stride * (count - 1) + size > number_of(view, "byteLength"):
            yield problem("gltf.beyond", pointer=pointer, what="bufferView")


def _sparse(
    sparse: dict[str, Any], views: list[dict[str, Any]], component: Any, pointer: str
) -> Iterator[dict[str, Any]]:
    """Clause 3.6.2.4: places and values of a sparse accessor start at a multiple of their components, too."""
    for key in ("indices", "values"):
        part = sparse.get(key)
        if not isinstance(part, dict):
            continue
        width = _SIZES.get((part.get("componentType") if key == "indices" else component) or 0, 1)
        view = one(views, part.get("bufferView"))
        start = number_of(view, "byteOffset") if view is not None else 0
        if number_of(part, "byteOffset") % width or (number_of(part, "byteOffset") + start) % width:
            yield problem("gltf.alignment", pointer=f"{pointer}/sparse/{key}", size=width)


def _views(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Clause 3.6.1.2: a view lies in its buffer."""
    buffers = items(value, "buffers")
    for number, view in enumerate(items(value, "bufferViews")):
        buffer = one(buffers, view.get("buffer"))
        end = number_of(view, "byteOffset") + number_of(view, "byteLength")
        if buffer is not None and end > number_of(buffer, "byteLength"):
            yield problem("gltf.beyond", pointer=f"/bufferViews/{number}", what="buffer")


def _primitives(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Clause 3.7.2.1: positions state their bounds, attributes have one length, numbered ones have no gap."""
    accessors = items(value, "accessors")
    for number, mesh in enumerate(items(value, "meshes")):
        for place, primitive in enumerate(items(mesh, "primitives")):
            attributes = primitive.get("attributes")
            if not isinstance(attributes, dict):
                continue
            pointer = f"/meshes/{number}/primitives/{place}/attributes"
            positions = one(accessors, attributes.get("POSITION"))
            if positions is not None and not ("min" in positions and "max" in positions):
                yield problem("gltf.bounds", pointer=f"{pointer}/POSITION")
            counts = {number_of(item, "count") for index in attributes.values() if (item := one(accessors, index))}
            if len(counts) > 1:
                yield problem("gltf.counts_differ", pointer=pointer, count=len(counts))
            for start in _NUMBERED:
                used = {name for name in attributes if name.startswith(start)}
                if not used <= {f"{start}{index}" for index in range(len(used))}:
                    yield problem("gltf.numbering", pointer=pointer, name=start.rstrip("_"))


def _types(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Clause 3.7.2.1: attributes and indices are of the types that the table there gives."""
    accessors = items(value, "accessors")
    quantized = _QUANTIZED in names(value, "extensionsUsed")
    for number, mesh in enumerate(items(value, "meshes")):
        for place, primitive in enumerate(items(mesh, "primitives")):
            pointer = f"/meshes/{number}/primitives/{place}"
            attributes = primitive.get("attributes")
            for name, index in attributes.items() if isinstance(attributes, dict) and not quantized else ():
                known = _ATTRIBUTES.get(name) or _ATTRIBUTES.get(name.rstrip("0123456789"))
                accessor = one(accessors, index)
                if known is not None and accessor is not None and not _of_type(accessor, *known):
                    yield problem("gltf.attribute_type", pointer=f"{pointer}/attributes/{name}", name=name)
            indices = one(accessors, primitive.get("indices"))
            if indices is not None and (
                not _of_type(indices, ("SCALAR",), _INDICES, fractions=False) or indices.get("normalized") is True
            ):
                yield problem("gltf.attribute_type", pointer=f"{pointer}/indices", name="indices")


def _of_type(
    accessor: dict[str, Any], types: tuple[str, ...], components: tuple[int, ...], *, fractions: bool = True
) -> bool:
    component, normalized = accessor.get("componentType"), accessor.get("normalized") is True
    whole = component != _FLOAT and fractions and _FLOAT in components
    return accessor.get("type") in types and component in components and (normalized or not whole)


def _nodes(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Clause 3.5.2: the nodes form strict trees."""
    nodes = items(value, "nodes")
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
    used = set(names(value, "extensionsUsed"))
    for number, name in enumerate(names(value, "extensionsRequired")):
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
