"""The parts of a development kit: found where public headers or declarations are, and nowhere else."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cpo_probes.sdk.parts import SdkPartsProbe
from cpo_scan.model import Recognition
from cpo_scan.probe.patterns import check
from cpo_scan.probe.testing import Result, check_determinism, check_hostile, check_metadata, run_probe
from cpo_scan.rulebook.data import Tables
from tests.probe.native import elf

HEADER = Recognition(format="c-header")
C = b'#ifdef __cplusplus\nextern "C" {\n#endif\nint acme_open(const char *name);\n'
CPP = b"namespace acme {\nclass Part {\npublic:\n  void save();\n};\n}\n"
KIT = {
    "usr/include/acme/acme.hxx": CPP,
    "usr/include/acme/acmec.h": C,
    "usr/include/acme/acme_version.h": b'#define ACME_VERSION_STRING "7.6.3"\n',
    "usr/lib/x86_64-linux-gnu/libacme.so.7": elf(name="libacme.so.7"),
    "usr/lib/x86_64-linux-gnu/cmake/acme/AcmeConfig.cmake": b"include(${CMAKE_CURRENT_LIST_DIR}/Targets.cmake)\n",
    "usr/lib/acme/plugins/libprivate.so": elf(),
    "usr/share/doc/acme/copyright": b"Copyright 2024 Acme. Licence: MIT\n",
    "usr/share/doc/acme/api.html": b"<html><body><p>Include <code>acme.hxx</code> and link.</p></body></html>",
    "usr/share/doc/acme/changelog.html": b"<html><body>acme.hxx was changed</body></html>",
    "usr/share/acme/samples/open.cpp": b'#include "acme.hxx"\nint main() {}\n',
}


TABLES = Tables()
DATA: dict[str, Any] = {name: TABLES[name] for name in ("sdk-parts", "surface", "documentation", "modules")}


def run(files: dict[str, bytes]) -> Result:
    return run_probe(SdkPartsProbe, files, data=DATA)


def parts(result: Result) -> set[tuple[str, str, str]]:
    return {(a["part"], a["language"], a["root"]) for a in (row["attributes"] for row in result.of("sdk.part"))}


def test_all_parts_of_a_kit_are_found_with_language_and_root() -> None:
    assert parts(run(KIT)) == {
        ("headers", "cpp", "usr/include/acme"),
        ("headers", "c", "usr/include/acme"),
        ("library", "c", "usr/lib/x86_64-linux-gnu"),
        ("build", "c", "usr/lib/x86_64-linux-gnu/cmake/acme"),
        ("samples", "cpp", "usr/share/acme/samples"),
        ("docs", "c", "usr/share/doc/acme"),
        ("licence", "c", "usr/share/doc/acme"),
        ("version", "c", "usr/include/acme"),
    }


def test_documentation_is_what_names_a_header_and_no_list_of_changes() -> None:
    rows = run(KIT).of("sdk.part", part="docs")
    assert [piece["artifact"] for piece in rows[0]["evidence"]] == ["usr/share/doc/acme/api.html"]


def test_version_is_quoted() -> None:
    assert run(KIT).one("sdk.part", part="version")["versions"] == ["7.6.3"]


def test_samples_that_use_what_is_not_public_are_told() -> None:
    files = {
        "sdk/include/acme.h": C,
        "sdk/src/acme_private.h": C,
        "sdk/src/acme.c": b"int acme_open(const char *name) { return 0; }\n",
        "sdk/samples/good.c": b'#include "acme.h"\n#include "own.h"\n#include <stdio.h>\n',
        "sdk/samples/own.h": C,
        "sdk/samples/bad.c": b'#include "../src/acme_private.h"\n',
    }
    found = run(files).one("sdk.part", part="samples")
    assert (found["samples_read"], found["uses_told"], found["public_only"]) == (2, 2, 1)
    assert found["private_uses"] == ["../src/acme_private.h"]


def test_samples_that_do_not_parse_are_counted() -> None:
    files = {
        "sdk/include/acme.h": C,
        "sdk/samples/good.py": b"import acme\nacme.open()\n",
        "sdk/samples/kept.py": b"from acme._core import thing\n",
        "sdk/samples/bad.py": b"def (:\n",
    }
    found = run(files).one("sdk.part", part="samples")
    assert (found["parsed"], found["not_parsed"]) == (2, 1)
    assert (found["public_only"], found["private_uses"]) == (2, ["acme._core"])


def test_samples_in_the_documentation_of_what_has_no_headers_are_a_part() -> None:
    files = {
        "usr/share/doc/acme/examples/mqtt/java/Publisher.java": b"class Publisher {}\n",
        "usr/share/doc/acme/examples/mqtt/python/send.py": b"import acme\n",
        "acme/examples/load.py": b"import acme\n",
    }
    found = run(files).of("sdk.part", part="samples")
    assert [(row["attributes"]["language"], row["attributes"]["root"]) for row in found] == [
        ("java", "usr/share/doc/acme/examples"),
        ("python", "usr/share/doc/acme/examples"),
    ]


def test_what_a_documentation_needs_to_show_itself_is_no_sample() -> None:
    pages = {"usr/share/doc/acme/html/index.html": b"<html></html>", "usr/share/doc/acme/html/search/all.js": b"var a;"}
    assert not run({**pages, "usr/share/doc/acme/conf.py": b"project = 'acme'\n"}).of("sdk.part", part="samples")


def test_samples_of_a_kit_are_the_vendor_s() -> None:
    assert run(KIT).of("sdk.part", part="samples")[0]["origin"] == "vendor"


def test_headers_of_sources_templates_tests_and_others_are_no_kit() -> None:
    assert not run(
        {
            "src/part.h": C,
            "src/part.c": b"int x;\n",
            "share/acme/filters/colour.h": C,
            "share/acme/filters/blur.cl": b"kernel void blur() {}\n",
            "templates/new/model.h": C,
            "tests/include/check.h": C,
            "node_modules/x/include/x.h": C,
            "third_party/zlib/include/zlib.h": C,
            "usr/src/linux-headers-6.1/include/linux/list.h": C,
            "lib/libacme.so": elf(name="libacme.so"),
            "examples/a.py": b"import acme\n",
        }
    ).findings


def test_headers_alone_are_a_kit_by_themselves() -> None:
    assert parts(run({"acme/c-code/fmi.h": C, "acme/x.py": b""})) == {("headers", "c", "acme/c-code")}


def test_declarations_are_stubs_of_their_package() -> None:
    files = {
        "package/package.json": b'{"name": "x", "version": "2.1.0", "types": "dist/index.d.ts"}',
        "package/LICENSE": b"MIT License",
        "package/dist/index.d.ts": b"export declare function a(): void;\n",
        "package/dist/b.d.ts": b"export {};\n",
        "package/node_modules/y/index.d.ts": b"export {};\n",
    }
    assert parts(run(files)) == {
        ("stubs", "typescript", "package/dist"),
        ("licence", "typescript", "package"),
        ("version", "typescript", "package"),
    }
    assert run(files).one("sdk.part", part="stubs")["files"] == 2


def test_reference_made_by_a_generator_is_documentation() -> None:
    found = run({"docs/api/element-list": b"org.acme.api\norg.acme.spi\n", "docs/api/index.html": b"<html></html>"})
    assert parts(found) == {("docs", "java", "docs/api")}


def test_patterns_of_the_rules_are_linear() -> None:
    table = DATA["sdk-parts"]
    for pattern in (*table["versions"]["patterns"].values(), table["build"]["says"], table["licences"]["says"]):
        check(pattern, text=True)


@given(st.binary(max_size=400))
def test_any_bytes_are_a_header(data: bytes) -> None:
    result = run_probe(SdkPartsProbe, {"include/a.h": data}, data=DATA, recognitions={"include/a.h": HEADER})
    assert result.of("sdk.part", part="headers")


def test_contract() -> None:
    check_metadata(SdkPartsProbe)
    check_determinism(SdkPartsProbe, KIT, data=DATA)
    few = {path: KIT[path] for path in KIT if path.endswith((".hxx", ".html", ".cmake"))}
    check_hostile(SdkPartsProbe, few, data=DATA)
