"""Animations of glTF 2.0 (ISO/IEC 12113, 3.11): channels have their samplers, samplers fit what they move."""

from collections.abc import Iterator
from typing import Any

from cpo_probes.exchange.documents.gltf_members import items, number_of, one
from cpo_probes.exchange.verdict import problem

_FLOAT = 5126
_SIGNED_OR_NOT = (5120, 5121, 5122, 5123)  # whole numbers that stand for fractions of 1 (3.11, table of outputs)
# What each path moves: type of the elements, and whether they may be fractions
_PATHS = {
    "translation": ("VEC3", False),
    "scale": ("VEC3", False),
    "rotation": ("VEC4", True),
    "weights": ("SCALAR", True),
}
_CUBIC = "CUBICSPLINE"  # each key has two tangents beside its value, and there are two keys at least


def animations(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Problems of all animations."""
    for number, animation in enumerate(items(value, "animations")):
        pointer = f"/animations/{number}"
        yield from _channels(value, animation, pointer)
        yield from _samplers(value, animation, pointer)


def _samplers(value: dict[str, Any], animation: dict[str, Any], pointer: str) -> Iterator[dict[str, Any]]:
    """Clauses 3.11, 5.8: times are floats and state their bounds; data of animations is not interleaved (5.11.4)."""
    accessors, views = items(value, "accessors"), items(value, "bufferViews")
    for place, sampler in enumerate(items(animation, "samplers")):
        here = f"{pointer}/samplers/{place}"
        for key in ("input", "output"):
            accessor = one(accessors, sampler.get(key))
            view = one(views, accessor.get("bufferView")) if accessor is not None else None
            if view is not None and "byteStride" in view:
                yield problem("gltf.stride_not_allowed", pointer=f"{here}/{key}")
        times = one(accessors, sampler.get("input"))
        if times is None:
            continue
        if not ("min" in times and "max" in times):
            yield problem("gltf.bounds", pointer=f"{here}/input")
        if (times.get("type"), times.get("componentType")) != ("SCALAR", _FLOAT):
            yield problem("gltf.times", pointer=f"{here}/input")
        if sampler.get("interpolation") == _CUBIC and number_of(times, "count") < 2:
            yield problem("gltf.key_count", pointer=f"{here}/input", due=2, count=number_of(times, "count"))


def _channels(value: dict[str, Any], animation: dict[str, Any], pointer: str) -> Iterator[dict[str, Any]]:
    """Clauses 3.11, 5.6, 5.7: a channel has its sampler, moves what no other does, and has a value for each key."""
    samplers, accessors = items(animation, "samplers"), items(value, "accessors")
    seen: set[tuple[int, str]] = set()
    for place, channel in enumerate(items(animation, "channels")):
        here = f"{pointer}/channels/{place}"
        index, target = channel.get("sampler"), channel.get("target")
        if isinstance(index, int) and index >= len(samplers):
            yield problem("gltf.index", pointer=f"{here}/sampler", index=index, list="samplers")
        target = target if isinstance(target, dict) else {}
        path, node = target.get("path"), one(items(value, "nodes"), target.get("node"))
        if path not in _PATHS or node is None:
            continue
        if (number_of(target, "node"), path) in seen:
            yield problem("gltf.target_twice", pointer=f"{here}/target")
        seen.add((number_of(target, "node"), path))
        if "matrix" in node and path != "weights":
            yield problem("gltf.target_matrix", pointer=f"{here}/target")
        morphs = _morphs(value, node) if path == "weights" else 1
        if not morphs:
            yield problem("gltf.target_no_morphs", pointer=f"{here}/target")
            continue
        sampler = one(samplers, index)
        times = one(accessors, sampler.get("input")) if sampler is not None else None
        moved = one(accessors, sampler.get("output")) if sampler is not None else None
        if sampler is None or times is None or moved is None:
            continue
        if not _fits(moved, *_PATHS[path]):
            yield problem("gltf.attribute_type", pointer=f"{here}/sampler", name=path)
        due = number_of(times, "count") * morphs * (3 if sampler.get("interpolation") == _CUBIC else 1)
        if number_of(moved, "count") != due:
            yield problem("gltf.key_count", pointer=f"{here}/sampler", due=due, count=number_of(moved, "count"))


def _fits(accessor: dict[str, Any], type_: str, fractions: bool) -> bool:
    component = accessor.get("componentType")
    normalized = fractions and component in _SIGNED_OR_NOT and accessor.get("normalized") is True
    return accessor.get("type") == type_ and (component == _FLOAT or normalized)


def _morphs(value: dict[str, Any], node: dict[str, Any]) -> int:
    """How many morph targets the mesh of a node has."""
    mesh = one(items(value, "meshes"), node.get("mesh"))
    first = next(iter(items(mesh, "primitives")), {}) if mesh is not None else {}
    return len(items(first, "targets"))
