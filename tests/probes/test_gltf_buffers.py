"""exchange.documents: what the buffers of glTF hold agrees with what the document says of it, each fault by itself."""

import base64
import copy
import json
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_probes.exchange.documents.gltf_animations import animations
from cpo_probes.exchange.documents.gltf_buffers import Octets, TooMuch, broken, buffers, of_uri
from cpo_probes.exchange.documents.probe import DocumentsProbe
from cpo_scan.probe.testing import run_probe

POINTS = struct.pack("<9f", 0, 0, 0, 1, 0, 0, 0, 1, 0)
NORMALS = struct.pack("<9f", 0, 0, 1, 0, 0, 1, 0, 0, 1)
INDICES = struct.pack("<4H", 0, 1, 2, 0)
TIMES = struct.pack("<2f", 0, 1.5)
DATA = POINTS + NORMALS + INDICES + TIMES
SCENE: dict[str, Any] = {
    "asset": {"version": "2.0"},
    "buffers": [{"byteLength": len(DATA)}],
    "bufferViews": [
        {"buffer": 0, "byteLength": 36},
        {"buffer": 0, "byteOffset": 36, "byteLength": 36},
        {"buffer": 0, "byteOffset": 72, "byteLength": 8},
        {"buffer": 0, "byteOffset": 80, "byteLength": 8},
    ],
    "accessors": [
        {"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3", "min": [0, 0, 0], "max": [1, 1, 0]},
        {"bufferView": 1, "componentType": 5126, "count": 3, "type": "VEC3"},
        {"bufferView": 2, "componentType": 5123, "count": 3, "type": "SCALAR"},
        {"bufferView": 3, "componentType": 5126, "count": 2, "type": "SCALAR", "min": [0], "max": [1.5]},
    ],
    "meshes": [{"primitives": [{"attributes": {"POSITION": 0, "NORMAL": 1}, "indices": 2}]}],
    "animations": [{"channels": [], "samplers": [{"input": 3, "output": 0}]}],
}


def going_on() -> None:
    """A checkpoint that never stops."""


def found(document: dict[str, Any], data: Octets | None = DATA) -> list[str]:
    return [row["code"] for row in broken(document, [data], going_on)]


def changed(path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    document: Any = copy.deepcopy(SCENE)
    place = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return document  # type: ignore[no-any-return]


def patched(at: int, octets: bytes) -> bytes:
    return DATA[:at] + octets + DATA[at + len(octets) :]


def test_data_that_agrees_with_its_document_is_not_refused() -> None:
    assert found(SCENE) == []
    assert found(SCENE, None) == []


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (DATA[:-1], "gltf.buffer_short"),
        (patched(0, struct.pack("<f", -1)), "gltf.bounds_differ"),
        (patched(0, struct.pack("<f", float("nan"))), "gltf.not_finite"),
        (patched(36, struct.pack("<f", 1)), "gltf.not_unit"),
        (patched(74, struct.pack("<H", 3)), "gltf.index_beyond"),
        (patched(74, struct.pack("<H", 0xFFFF)), "gltf.restart"),
    ],
)
def test_data_that_does_not_agree_is_refused(data: bytes, code: str) -> None:
    assert found(SCENE, data) == [code]


def test_times_that_do_not_increase_are_refused() -> None:
    document = changed(("accessors", 3), SCENE["accessors"][3] | {"min": [0], "max": [0]})
    assert found(document, patched(84, struct.pack("<f", 0))) == ["gltf.not_increasing"]


def test_bounds_are_compared_as_numbers_of_32_bits() -> None:
    data = patched(12, struct.pack("<f", 0.1))
    assert found(changed(("accessors", 0, "max"), [0.1, 1, 0]), data) == []


def test_elements_that_are_replaced_count_for_the_bounds() -> None:
    sparse = {
        "count": 1,
        "indices": {"bufferView": 2, "byteOffset": 2, "componentType": 5123},
        "values": {"bufferView": 1, "byteOffset": 0},
    }
    document = changed(("accessors", 0, "sparse"), sparse)
    assert found(document) == ["gltf.bounds_differ"]
    document["accessors"][0] |= {"min": [0, 0, 0], "max": [0, 1, 1]}
    assert found(document) == []


@pytest.mark.parametrize(
    ("matrix", "codes"),
    [([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 5, 6, 7, 1], []), ([1, 0, 0, 1] * 4, ["gltf.not_affine"])],
)
def test_matrices_of_a_skin_end_in_their_row(matrix: list[float], codes: list[str]) -> None:
    document = {
        "buffers": [{"byteLength": 64}],
        "bufferViews": [{"buffer": 0, "byteLength": 64}],
        "accessors": [{"bufferView": 0, "componentType": 5126, "count": 1, "type": "MAT4"}],
        "skins": [{"inverseBindMatrices": 0}],
    }
    assert found(document, struct.pack("<16f", *matrix)) == codes


def test_more_values_than_are_read_leave_no_verdict() -> None:
    with pytest.raises(TooMuch):
        found(changed(("accessors", 1, "count"), 10**8))


def test_data_is_found_in_the_uri_in_other_files_and_in_the_chunk() -> None:
    uri = "data:application/octet-stream;base64," + base64.b64encode(DATA).decode()
    document = {"buffers": [{"byteLength": 1}, {"uri": uri}, {"uri": "pump.bin"}, {"uri": "gone.bin"}]}
    assert buffers(document, b"chunk", {"pump.bin": b"file"}.get) == [b"chunk", DATA, b"file", None]
    assert of_uri("data:text/plain,abc") is None
    assert of_uri("data:;base64,*") is None


@pytest.mark.parametrize(("octets", "valid"), [(DATA, True), (patched(0, b"\0\0\0\xbf"), False)])
def test_a_scene_with_its_data_in_another_file_is_held_against_it(octets: bytes, valid: bool) -> None:
    document = copy.deepcopy(SCENE)
    document["buffers"][0]["uri"] = "pump%20a.bin"
    del document["animations"]
    files = {"pump.gltf": json.dumps(document).encode(), "pump a.bin": octets}
    row = run_probe(DocumentsProbe, files).of("exchange.file", standard="gltf")[0]["attributes"]
    assert (row["valid"], row["problems"] == []) == (valid, valid)


MOVED: dict[str, Any] = {
    "nodes": [{"mesh": 0}],
    "meshes": [{"primitives": [{"targets": [{}, {}]}]}],
    "bufferViews": [{"buffer": 0, "byteLength": 64}],
    "accessors": [
        {"componentType": 5126, "count": 2, "type": "SCALAR", "min": [0], "max": [1], "bufferView": 0},
        {"componentType": 5126, "count": 2, "type": "VEC3", "bufferView": 0},
        {"componentType": 5123, "count": 4, "type": "SCALAR", "normalized": True, "bufferView": 0},
    ],
    "animations": [
        {
            "samplers": [{"input": 0, "output": 1}, {"input": 0, "output": 2}],
            "channels": [
                {"sampler": 0, "target": {"node": 0, "path": "scale"}},
                {"sampler": 1, "target": {"node": 0, "path": "weights"}},
            ],
        }
    ],
}


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        (("accessors", 1, "count"), 3, "gltf.key_count"),
        (("accessors", 1, "type"), "VEC4", "gltf.attribute_type"),
        (("accessors", 2, "normalized"), False, "gltf.attribute_type"),
        (("nodes", 0, "matrix"), [1] * 16, "gltf.target_matrix"),
        (("meshes", 0, "primitives", 0, "targets"), [], "gltf.target_no_morphs"),
        (("animations", 0, "samplers", 0, "interpolation"), "CUBICSPLINE", "gltf.key_count"),
        (("animations", 0, "channels", 1, "target", "path"), "scale", "gltf.target_twice"),
        (("animations", 0, "channels", 1, "sampler"), 7, "gltf.index"),
        (("bufferViews", 0, "byteStride"), 8, "gltf.stride_not_allowed"),
    ],
)
def test_animations_fit_what_they_move(path: tuple[str | int, ...], value: Any, code: str) -> None:
    assert list(animations(MOVED)) == []
    document: Any = copy.deepcopy(MOVED)
    place = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    assert code in [row["code"] for row in animations(document)]


@given(st.binary(max_size=len(DATA)))
def test_any_data_has_a_verdict(data: bytes) -> None:
    assert len(broken(SCENE, [data.ljust(len(DATA), b"\0")], going_on)) <= 100
