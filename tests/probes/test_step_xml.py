"""STEP in XML: the namespace tells the model, the part of ISO/TS 10303 and its edition."""

from typing import Any

import pytest

from cpo_probes.exchange.documents.probe import DocumentsProbe
from cpo_scan.probe.testing import run_probe

ISO = "standards.iso.org/iso/ts/10303"


def stated(root: str, namespace: str, inside: str = "") -> dict[str, Any]:
    data = f'<?xml version="1.0"?>\n<n:{root} xmlns:n="{namespace}">{inside}</n:{root}>'.encode()
    return run_probe(DocumentsProbe, {"a.stpx": data}).one("exchange.file")


@pytest.mark.parametrize(
    ("root", "namespace", "model", "part", "edition"),
    [
        ("Uos", f"http://{ISO}/-3001/-ed-1/tech/xml-schema/bo_model", "business object model", "3001", "1"),
        ("Uos", f"http://{ISO}/-3001/-ed-2/tech/xml-schema/bo_model", "business object model", "3001", "2"),
        ("Uos", f"http://{ISO}/-4442/-ed-1/tech/xml-schema/domain_model", "domain model", "4442", "1"),
        ("Uos", f"https://{ISO}/-4442/ed-5/tech/xml-schema/domain_model", "domain model", "4442", "5"),
        ("Uos", f"https://{ISO}/-4439/ed-2/tech/xml-schema/domain_model", "domain model", "4439", "2"),
    ],
)
def test_the_namespace_tells_model_part_and_edition(
    root: str, namespace: str, model: str, part: str, edition: str
) -> None:
    attributes = stated(root, namespace)
    assert (attributes["standard"], attributes["model"], attributes["encoding"]) == ("step", model, "xml")
    assert (attributes["part"], attributes["part_edition"]) == (f"ISO/TS 10303-{part}", edition)
    assert attributes["valid"] is None


def test_broken_xml_is_refused() -> None:
    assert stated("Uos", f"http://{ISO}/-3001/-ed-1/tech/xml-schema/bo_model", "<a>")["valid"] is False
