"""exchange.pdf-models: models in PDF are told with their format; cut ones are refused, unread ones left open."""

import struct
import zlib
from typing import Any

import pytest

from cpo_probes.exchange.structure.pdf_models import PdfModelsProbe
from cpo_scan.probe.testing import check_determinism, check_hostile, check_metadata, run_probe

U3D = struct.pack("<III", 0x00443355, 6, 0) + bytes(8) + struct.pack("<III", 0xFFFFFF14, 4, 3) + bytes(8)
PRC = b"PRC" + bytes(60)


def document(*models: tuple[str, bytes], trailer: bytes = b"", packed: bool = False, more: bytes = b"") -> bytes:
    """A PDF whose objects are the models, and an annotation that shows the first."""
    body = b"%PDF-1.7\n1 0 obj\n<< /Type /Annot /Subtype /3D /3DD 2 0 R >>\nendobj\n"
    for number, (kind, data) in enumerate(models, 2):
        stream = zlib.compress(data) if packed else data
        method = b"/Filter /FlateDecode " if packed else b""
        body += b"%d 0 obj\n<< /Type /3D /Subtype /%s %s%s/Length %d >>\nstream\n" % (
            number,
            kind.encode(),
            method,
            more,
            len(stream),
        )
        body += stream + b"\nendstream\nendobj\n"
    return body + b"trailer\n<< " + trailer + b">>\n%%EOF\n"


def stated(data: bytes) -> list[dict[str, Any]]:
    rows = run_probe(PdfModelsProbe, {"pump.pdf": data}).of("exchange.file")
    return [row["attributes"] for row in rows]


@pytest.mark.parametrize("packed", [False, True])
def test_a_document_with_a_model_is_a_file_of_its_standard(packed: bool) -> None:
    (found,) = stated(document(("U3D", U3D), packed=packed))
    assert (found["standard"], found["carrier"], found["valid"], found["models"]) == ("u3d", "pdf", None, 1)
    assert found["problems"][0]["code"] == "structure.contents"


def test_each_standard_is_told_once_with_the_number_of_its_models() -> None:
    found = stated(document(("U3D", U3D), ("PRC", PRC), ("PRC", PRC)))
    assert [(row["standard"], row["models"]) for row in found] == [("u3d", 1), ("prc", 2)]


@pytest.mark.parametrize("model", [("U3D", U3D[:-4]), ("U3D", PRC), ("PRC", U3D), ("PRC", b"")])
def test_a_model_that_is_cut_or_something_else_is_refused(model: tuple[str, bytes]) -> None:
    (found,) = stated(document(model))
    assert found["valid"] is False
    assert found["problems"][0]["code"] in ("structure.ends", "structure.expected")


@pytest.mark.parametrize(
    "data",
    [document(("U3D", U3D), trailer=b"/Encrypt 9 0 R "), document(("U3D", U3D), more=b"/Filter /LZWDecode ")],
)
def test_what_can_not_be_read_is_left_open(data: bytes) -> None:
    (found,) = stated(data)
    assert (found["valid"], found["problems"][0]["code"]) == (None, "pdf.model_unread")


def test_a_document_that_only_speaks_of_models_holds_none() -> None:
    assert stated(b"%PDF-1.7\n1 0 obj\n(export /Subtype /U3D as a stream\n)\nendobj\n%%EOF\n") == []


def test_the_probe_keeps_its_contract() -> None:
    check_metadata(PdfModelsProbe)
    check_determinism(PdfModelsProbe, {"pump.pdf": document(("U3D", U3D), ("PRC", PRC), packed=True)})
    check_hostile(PdfModelsProbe, {"pump.pdf": document(("U3D", U3D))})
