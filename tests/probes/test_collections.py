"""What the probe api.collections states of collections of requests, and that it takes them for samples."""

import json
from typing import Any

import pytest
import yaml

from cpo_probes.api.collections import CollectionProbe
from cpo_scan.model import Origin
from cpo_scan.probe.testing import check_determinism, check_hostile, check_metadata, run_probe
from cpo_scan.rulebook.root import rules_root

SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
POSTMAN = {
    "info": {"name": "Calls", "schema": SCHEMA},
    "item": [
        {
            "name": "Documents",
            "item": [
                {
                    "name": "List all sealed documents",
                    "request": {"method": "GET", "url": {"raw": "{{host}}/documents?page=1"}, "description": "Lists"},
                },
                {"name": "x", "request": {"method": "GET", "url": "{{host}}/documents?page=2"}},
            ],
        },
        {"name": "y", "request": "https://example.org"},
    ],
}
INSOMNIA_4 = {
    "_type": "export",
    "__export_format": 4,
    "resources": [
        {"_type": "workspace", "name": "Calls"},
        {"_type": "request", "method": "POST", "url": "{{ host }}/a", "name": "Files one new document"},
    ],
}
INSOMNIA_5 = {
    "type": "collection.insomnia.rest/5.0",
    "name": "Calls",
    "collection": [{"name": "Folder", "children": [{"url": "{{ host }}/a", "method": "POST", "name": "a"}]}],
}
BRUNO = {
    "calls/bruno.json": b'{"version": "1", "name": "Calls", "type": "collection"}',
    "calls/sub/get.bru": b"meta {\n  name: Get\n  type: http\n}\n\nget {\n  url: {{host}}/a\n}\n\n"
    b"docs {\n  Gives one sealed document back\n}\n",
    "other/get.bru": b"meta {\n  name: Other\n}\n\npost {\n  url: b\n}\n",
}


def stated(files: dict[str, bytes]) -> dict[str, Any]:
    return run_probe(CollectionProbe, files).one("api.description")


def test_the_probe_keeps_the_contract() -> None:
    check_metadata(CollectionProbe)
    files = {"a.json": json.dumps(POSTMAN).encode(), "b.json": json.dumps(INSOMNIA_4).encode(), **BRUNO}
    check_determinism(CollectionProbe, files)
    assert check_hostile(CollectionProbe, files) > 100


def test_a_collection_is_a_sample_and_no_description() -> None:
    (row,) = run_probe(CollectionProbe, {"a.json": json.dumps(POSTMAN).encode()}).findings
    assert (row["origin"], row["origin_reason"]["code"]) == (Origin.SAMPLE, "collection.sample")
    assert row["strength"] == "recognised"
    facts = row["attributes"]
    assert (facts["collection"], facts["valid"]) == (True, None)
    assert [problem["code"] for problem in facts["problems"]] == ["collection.sample"]


def test_requests_to_one_address_are_one_operation() -> None:
    facts = stated({"a.json": json.dumps(POSTMAN).encode()})
    assert (facts["family"], facts["version"], facts["title"]) == ("postman", "2.1.0", "Calls")
    assert (facts["requests"], facts["operations"], facts["documented_operations"]) == (3, 2, 1)
    assert facts["undocumented"] == ["GET https://example.org"]


@pytest.mark.parametrize(("value", "documented"), [(INSOMNIA_4, 1), (INSOMNIA_5, 0)])
def test_insomnia_exports_lists_and_trees(value: dict[str, Any], documented: int) -> None:
    facts = stated({"a.yaml": json.dumps(value).encode() if "_type" in value else yaml.safe_dump(value).encode()})
    assert (facts["family"], facts["title"]) == ("insomnia", "Calls")
    assert (facts["operations"], facts["documented_operations"]) == (1, documented)


def test_the_requests_of_bruno_lie_beside_and_below_its_file() -> None:
    facts = stated(BRUNO)
    assert (facts["family"], facts["operations"], facts["documented_operations"]) == ("bruno", 1, 1)


@pytest.mark.parametrize("path", ["bruno.json", "a.zip!/bruno.json"])
def test_bruno_at_the_root_of_a_container(path: str) -> None:
    files = {path: BRUNO["calls/bruno.json"], path.replace("bruno.json", "x/get.bru"): BRUNO["calls/sub/get.bru"]}
    assert stated(files)["operations"] == 1


def test_what_does_not_parse_is_invalid() -> None:
    result = run_probe(CollectionProbe, {"a.json": json.dumps(POSTMAN).encode()[:-9]})
    assert result.one("api.description")["valid"] is False
    assert result.reasons == ["json.malformed"]


def test_its_reason_has_its_words() -> None:
    words = yaml.safe_load((rules_root() / "messages" / "parts" / "api-a.yaml").read_bytes())
    assert "collection.sample" in words
