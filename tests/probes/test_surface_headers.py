"""The surface of headers: one finding for each SDK root and language, and none where there is no SDK."""

from cpo_probes.sdk.surface_headers import HeaderSurfaceProbe
from cpo_scan.probe.testing import check_determinism, check_hostile, check_metadata, run_probe

CPP = b"""#ifndef A_H
#define A_H
namespace acme {
/** A solid with faces and edges. */
class ACME_API Shape {
public:
  Shape();
  //! Counts the faces of the solid.
  int faces() const;
  vtkSetMacro(Size, int);
};
}
#endif
"""
C = b"/* Opens a file for reading. */\nint acme_open(const char *name);\nint acme_close(int file);\n"
TREE = {"usr/include/acme/shape.hxx": CPP, "usr/include/acme/plain.h": C, "usr/include/other.h": C}


def test_one_finding_for_each_root_and_language() -> None:
    result = run_probe(HeaderSurfaceProbe(), TREE)
    surfaces = {(row["attributes"]["root"], row["attributes"]["language"]) for row in result.of("sdk.surface")}
    assert surfaces == {("usr/include/acme", "cpp"), ("usr/include/acme", "c"), ("usr/include", "c")}
    found = result.one("sdk.surface", language="cpp")
    assert (found["symbols"], found["documented_symbols"], found["types"], found["functions"]) == (3, 2, 1, 2)
    assert found["undocumented"] == ["acme::Shape::Shape"]
    assert found["macro_calls"] == 1


def test_equal_headers_and_repeated_prototypes_count_once() -> None:
    tree = {"sdk/include/a.h": C, "sdk/include/copy/a.h": C, "sdk/include/b.h": C + b"int acme_more(void);\n"}
    found = run_probe(HeaderSurfaceProbe(), tree).one("sdk.surface")
    assert (found["symbols"], found["headers"], found["root"]) == (3, 2, "sdk/include")


def test_a_form_letter_describes_nothing() -> None:
    text = b"".join(b"/* Use this function with great care. */\nint acme_%d(void);\n" % number for number in range(9))
    assert run_probe(HeaderSurfaceProbe(), {"include/a.h": text}).one("sdk.surface")["documented_symbols"] == 0


def test_headers_of_source_code_samples_and_kernels_are_no_sdk() -> None:
    tree = {
        "src/part.h": C,
        "src/part.c": b"int acme_open(const char *name) { return 0; }",
        "samples/include/a.h": C,
        "usr/src/linux-headers-6.1/include/linux/a.h": C,
        "share/templates/plugin/a.h": C,
        "usr/share/doc/acme/converters/a.h": C,
    }
    assert run_probe(HeaderSurfaceProbe(), tree).findings == []


def test_headers_alone_in_a_folder_are_an_sdk() -> None:
    found = run_probe(HeaderSurfaceProbe(), {"UGOPEN/uf.h": C, "UGOPEN/deep/uf_part.h": C + b"int x(void);"})
    assert found.one("sdk.surface")["root"] == "UGOPEN"


def test_a_header_whose_braces_do_not_fit_is_said_so() -> None:
    result = run_probe(HeaderSurfaceProbe(), {"include/a.h": C + b"void f() { {\n"})
    assert result.reasons == ["surface.unclear"]
    assert result.one("sdk.surface")["unclear_headers"] == 1


def test_at_most_a_hundred_names_are_listed() -> None:
    text = b"".join(b"int acme_%03d(void);\n" % number for number in range(130))
    found = run_probe(HeaderSurfaceProbe(), {"include/a.h": text}).one("sdk.surface")
    assert (len(found["undocumented"]), found["undocumented_total"]) == (100, 130)


def test_contract() -> None:
    check_metadata(HeaderSurfaceProbe)
    check_determinism(HeaderSurfaceProbe(), TREE)
    check_hostile(HeaderSurfaceProbe(), {"include/shape.hxx": CPP})
