"""What the probes api.raml and api.blueprint state."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cpo_probes.api import blueprint
from cpo_probes.api.blueprint import ApiBlueprintProbe
from cpo_probes.api.raml import probe as raml
from cpo_probes.api.raml import surface as raml_surface
from cpo_probes.api.raml.probe import RamlProbe
from cpo_scan.probe.testing import Result, check_determinism, check_hostile, check_metadata, run_probe
from cpo_scan.rulebook.root import rules_root

MAIN = """#%RAML 1.0
title: Vault
version: v3
baseUri: https://me:pw@example.org/{version}
uses: {shared: lib/shared.raml}
securitySchemes:
  oauth: !include lib/oauth.raml
traits:
  paged: {description: Pages of the archive}
resourceTypes:
  collection:
    get: {description: Lists all sealed documents of the archive}
    post?: {description: Files one new document there}
/documents:
  type: collection
  post:
    responses: {201: {description: The number of the new document}}
  /{id}:
    uriParameters: {id: {description: Number of the document}}
    type: shared.item
    get:
      securedBy: [oauth]
      (deprecated): Use GET /documents instead
    patch:
/included: !include lib/included.raml
"""
LIBRARY = {
    "lib/shared.raml": "#%RAML 1.0 Library\nresourceTypes:\n  item: {delete: {description: Removes it for ever}}\n",
    "lib/oauth.raml": "type: OAuth 2.0\n",
    "lib/included.raml": "get:\n  description: Tells what the archive is about\n/below:\n  put:\n",
}
BLUEPRINT = """FORMAT: 1A
HOST: https://example.org

# Vault
All about the archive.

# Group Documents

## Documents [/documents{?page}]

+ Parameters
    + page: 1 (number, optional) - Number of the wanted page

### List [GET]
Gives all sealed documents of the archive.

+ Response 200 (application/json)

        # GET /no

### Create [POST]

+ Request
+ Response 201

## One [GET /documents/{id}]
+ Response 200

# DELETE /old
Removes the old things for ever.

+ Response 204

```
# GET /neither
```
"""


def run(main: str, files: dict[str, str] | None = None) -> Result:
    tree = {"api.raml": main} | (files or {})
    return run_probe(RamlProbe, {path: text.encode() for path, text in tree.items()})


def stated(main: str, files: dict[str, str] | None = None) -> dict[str, Any]:
    return run(main, files).one("api.description")


def codes(main: str, files: dict[str, str] | None = None) -> list[str]:
    return [problem["code"] for problem in stated(main, files)["problems"]]


def blueprinted(text: str) -> dict[str, Any]:
    return run_probe(ApiBlueprintProbe, {"api.apib": text.encode()}).one("api.description")


def test_the_probes_keep_the_contract() -> None:
    check_metadata(RamlProbe)
    check_metadata(ApiBlueprintProbe)
    files = {"api.raml": MAIN.encode()} | {path: text.encode() for path, text in LIBRARY.items()}
    result = check_determinism(RamlProbe, files)
    assert set(LIBRARY) <= set(result.reads)
    assert check_hostile(RamlProbe, files) > 50
    check_determinism(ApiBlueprintProbe, {"api.apib": BLUEPRINT.encode()})
    assert check_hostile(ApiBlueprintProbe, {"api.apib": BLUEPRINT.encode()}) > 20


def test_operations_are_methods_of_resources_and_of_their_types() -> None:
    facts = stated(MAIN, LIBRARY)
    assert (facts["family"], facts["version"], facts["title"], facts["api_version"]) == ("raml", "1.0", "Vault", "v3")
    assert facts["operations"] == 7
    assert facts["documented_operations"] == 4
    assert facts["undocumented"] == ["GET /documents/{id}", "PATCH /documents/{id}", "PUT /included/below"]
    assert facts["servers"] == ["https://example.org/{version}"]
    assert facts["security"] == ["OAuth 2.0"]
    assert facts["deprecations"] == [{"name": "GET /documents/{id}", "replacement": "GET /documents"}]
    assert facts["files"] == sorted(LIBRARY)


def test_without_a_fault_validity_stays_open_for_there_is_no_official_schema() -> None:
    facts = stated(MAIN, LIBRARY)
    assert facts["valid"] is None
    assert [problem["code"] for problem in facts["problems"]] == ["raml.no_schema"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("version: 1", "raml.title"),
        ("title: [a]", "raml.title"),
        ("title: a\nnonsense: 1", "raml.unknown_key"),
        ("title: a\n/b: {get: {nonsense: 1}}", "raml.unknown_key"),
        ("title: a\n/b: {type: no}", "raml.type_missing"),
        ("title: a\n/b: !include no.raml", "raml.include_missing"),
        ("title: a\ntypes: !include bad.raml", "raml.include_unreadable"),
        ("title: a\n/b: !include ../../outside.raml", "raml.include_missing"),
        ("- a", "raml.root"),
        ("title: a\ntitle: b", "yaml.duplicate_key"),
    ],
)
def test_what_is_wrong_is_named(body: str, code: str) -> None:
    facts = stated(f"#%RAML 1.0\n{body}\n", {"bad.raml": "a: ]"})
    assert code in [problem["code"] for problem in facts["problems"]]
    assert facts["valid"] is False


def test_version_0_8_lists_its_declarations_and_knows_no_types() -> None:
    types = "resourceTypes:\n  - one: {get: {description: Gives one of the things}}\n"
    main = f"#%RAML 0.8\ntitle: a\n{types}/b: {{type: one}}\n"
    facts = stated(main)
    assert (facts["version"], facts["operations"], facts["documented_operations"]) == ("0.8", 1, 1)
    assert codes("#%RAML 0.8\ntitle: a\ntypes: {}\n") == ["raml.unknown_key"]


def test_what_lies_outside_is_recorded_and_never_fetched() -> None:
    main = "#%RAML 1.0\ntitle: a\n/b: !include https://me:pw@example.org/b.raml\n"
    assert stated(main)["external_references"] == ["https://example.org/b.raml"]
    assert "raml.external_include" in codes(main)


def test_types_that_take_over_each_other_come_to_an_end() -> None:
    main = "#%RAML 1.0\ntitle: a\nresourceTypes: {c: {type: d, get: }, d: {type: c, put: }}\n/b: {type: c}\n"
    assert stated(main)["operations"] == 2


def test_a_text_that_is_included_is_the_description() -> None:
    main = "#%RAML 1.0\ntitle: a\n/b:\n  get:\n    description: !include b.md\n"
    assert stated(main, {"b.md": "All that is known about it"})["documented_operations"] == 1


def test_what_does_not_parse_is_invalid_with_its_place() -> None:
    result = run("#%RAML 1.0\ntitle: ]\n")
    assert result.one("api.description")["valid"] is False
    assert result.findings[0]["evidence"][0]["locator"]["line"] == 2


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        st.none() | st.text(max_size=3) | st.just("c"),
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(st.sampled_from(["/b", "get", "type", "is", "responses", "description", "body"]), inner)
        ),
        max_leaves=12,
    )
)
def test_anything_may_stand_anywhere(value: Any) -> None:
    main = {"title": "a", "resourceTypes": {"c": value}, "traits": value, "/a": value}
    facts = stated("#%RAML 1.0\n" + yaml.safe_dump(main))
    assert facts["documented_operations"] <= facts["operations"]


# -- API Blueprint


def test_operations_are_actions_below_their_resources() -> None:
    facts = blueprinted(BLUEPRINT)
    assert (facts["family"], facts["version"], facts["title"]) == ("apiblueprint", "1A", "Vault")
    assert (facts["operations"], facts["documented_operations"], facts["valid"]) == (4, 2, None)
    assert facts["undocumented"] == ["POST /documents{?page}", "GET /documents/{id}"]
    assert (facts["parameters"], facts["documented_parameters"], facts["responses"]) == (1, 1, 4)
    assert facts["servers"] == ["https://example.org"]


def test_an_action_without_a_resource_is_wrong() -> None:
    facts = blueprinted("FORMAT: 1A\n\n# Vault\n\n## List [GET]\n+ Response 200\n")
    assert facts["valid"] is False
    assert [(problem["code"], problem["line"]) for problem in facts["problems"]] == [
        ("blueprint.action_without_resource", 5)
    ]


def test_every_reason_that_they_may_give_has_its_words() -> None:
    words = yaml.safe_load((rules_root() / "messages" / "parts" / "api-a.yaml").read_bytes())
    modules = (raml, raml_surface, blueprint)
    sources = "".join(Path(str(module.__file__)).read_text(encoding="utf-8") for module in modules)
    spoken = set(re.findall(r'"((?:raml|blueprint)\.[a-z_]+)"', sources))
    assert spoken == {code for code in words if code.startswith(("raml.", "blueprint."))}
