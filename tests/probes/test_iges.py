"""exchange.iges: sections, sequence numbers, counts and pointers; version, origin and units; what is broken, where."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpo_probes.exchange.iges.probe import IgesProbe
from cpo_probes.exchange.iges.sections import Report, check
from cpo_scan.model import Recognition
from cpo_scan.probe.testing import check_determinism, check_hostile, check_metadata, run_probe

IGES = Recognition(format="iges", standard="iges")


def hollerith(text: str) -> str:
    return f"{len(text)}H{text}" if text else ""


def parameters(
    *, delimiter: str = ",", end: str = ";", unit: str = "2", unit_name: str = "MM", version: str = "11"
) -> str:
    values = [
        "" if delimiter == "," else f"1H{delimiter}", "" if end == ";" else f"1H{end}",
        hollerith("gear, 12; teeth"), hollerith("gear.igs"), hollerith("Mill 2"), hollerith("Writer 1"),
        "32", "38", "6", "308", "15", "", "1.", unit, hollerith(unit_name), "1", "0.01", hollerith("20240506.070809"),
        "1.E-6", "100.", hollerith("A. Person"), "", version, "0",
    ]  # fmt: skip
    return delimiter.join(values) + end


def written(
    entities: list[tuple[int, int]], *, head: str = "", ending: str = "\n", zeros: bool = False, **options: Any
) -> bytes:
    """A file by IGES 5.3, 2.2: each entity is its type and how many records its parameters take."""
    records = {"S": [""], "G": _cut(head or parameters(**options), 72), "D": [], "P": []}
    for kind, length in entities:
        back = len(records["D"]) + 1
        first = len(records["P"]) + 1
        records["D"].append("".join(f"{value:8}" for value in (kind, first, 0, 0, 0, 0, 0, 0, 0)))
        records["D"].append("".join(f"{value:8}" for value in (kind, 0, 0, length, 0)))
        lines = [f"{kind},1.,2.,"] + ["3.,4.,"] * (length - 2) + ["5.,6.;"] * (length > 1)
        records["P"] += [f"{line:64}{back:8}" for line in lines]
    counts = "".join(f"{letter}{len(lines):7}" for letter, lines in records.items())
    records["T"] = [counts]
    text = ""
    for letter, lines in records.items():
        for number, line in enumerate(lines, 1):
            text += f"{line:72}{letter}{number:{'07' if zeros else '7'}}{ending}"
    return text.encode("ascii")


def _cut(text: str, width: int) -> list[str]:
    return [text[at : at + width] for at in range(0, len(text), width)]


ENTITIES = [(110, 1), (126, 3), (128, 5), (402, 2)]
FILE = written(ENTITIES)


def codes(report: Report) -> list[str]:
    return [problem.code for problem in report.errors]


def stated(data: bytes) -> dict[str, Any]:
    return run_probe(IgesProbe, {"a.igs": data}, recognitions={"a.igs": IGES}).one("exchange.file")


def test_the_global_section_tells_version_origin_and_units() -> None:
    attributes = stated(FILE)
    assert (attributes["version"], attributes["units"], attributes["product"]) == ("5.3", "mm", "gear, 12; teeth")
    assert (attributes["originating_system"], attributes["preprocessor"]) == ("Mill 2", "Writer 1")
    assert (attributes["entities"], attributes["entity_types"]) == (4, {"110": 1, "126": 1, "128": 1, "402": 1})
    assert (attributes["valid"], attributes["problems"]) == (True, [])
    assert "A. Person" not in str(attributes)


@pytest.mark.parametrize(
    ("options", "version", "units"),
    [
        ({"version": "9", "unit": "1", "unit_name": "INCH"}, "5.1", "in"),
        ({"version": "6", "unit": "3", "unit_name": "FURLONG"}, "4.0", "furlong"),
        ({"version": "", "unit": "", "unit_name": ""}, "2.0", "in"),
        ({"version": "99"}, "5.3", "mm"),
        ({"version": "x"}, None, "mm"),
        ({"delimiter": "/", "end": "!"}, "5.3", "mm"),
    ],
)
def test_defaults_and_other_delimiters_are_read_as_the_specification_says(
    options: dict[str, Any], version: str | None, units: str
) -> None:
    attributes = stated(written(ENTITIES, **options))
    assert (attributes.get("version"), attributes["units"], attributes["valid"]) == (version, units, True)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(100, 700), st.integers(1, 6)), max_size=12),
    st.sampled_from(["\n", "\r\n", "\r", ""]),
    st.booleans(),
)
def test_whatever_is_written_by_the_rules_is_valid(entities: list[tuple[int, int]], ending: str, zeros: bool) -> None:
    report = check(written(entities, ending=ending, zeros=zeros))
    assert report.errors == ()
    assert report.records["D"] == 2 * len(entities)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, len(FILE) // 81 - 1), st.integers(72, 79), st.sampled_from(b"XY?"))
def test_a_damaged_section_letter_or_sequence_number_is_found_in_its_record(line: int, column: int, octet: int) -> None:
    data = bytearray(FILE)
    data[81 * line + column] = octet
    report = check(bytes(data))
    assert report.errors
    assert report.errors[0].line == line + 1


@settings(max_examples=60, deadline=None)
@given(st.integers(81, len(FILE) - 2))
def test_a_cut_file_is_found(length: int) -> None:
    assert check(FILE[:length]).errors


def replaced(line_starts: str, old: str, new: str) -> bytes:
    lines = FILE.decode().splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if line[72:80] == line_starts)
    assert old in lines[at]
    lines[at] = lines[at].replace(old, new, 1)
    return "".join(lines).encode()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (replaced("P      1", "110,", "100,"), "iges.parameter_type"),
        (replaced("D      2", "     110", "     100"), "iges.entity_type"),
        (replaced("P      4", "      3P", "      5P"), "iges.pointer"),
        (replaced("P      4", "      3P", "     99P"), "iges.back_pointer"),
        (replaced("D      7", "      10", "      99"), "iges.pointer_outside"),
        (replaced("T      1", "D      8", "D      6"), "iges.count"),
        (FILE + b"more\n", "iges.after_end"),
        (FILE.replace(b"G      1\n", b"G      1\nshort\n"), "iges.short_record"),
        (FILE[: FILE.rindex(b"S      1")], "iges.no_end"),
    ],
)
def test_what_does_not_agree_is_found(data: bytes, code: str) -> None:
    assert code in codes(check(data))
    attributes = stated(data)
    assert attributes["valid"] is False
    assert all({"line", "column", "clause"} <= set(problem) for problem in attributes["problems"])


@pytest.mark.parametrize(("flag", "form"), [(b"C", "compressed"), (b"B", "binary")])
def test_other_forms_are_recognised_and_said_to_be_unread(flag: bytes, form: str) -> None:
    attributes = stated(b" " * 72 + flag + b"0000001\n" + bytes(500))
    assert (attributes["form"], attributes["valid"]) == (form, None)
    assert attributes["problems"] == [{"code": "iges.form", "params": {"form": form}}]


def test_the_probe_keeps_its_contract() -> None:
    check_metadata(IgesProbe)
    check_determinism(IgesProbe, {"a.igs": FILE, "b.igs": written([], ending="\r\n")})
    assert check_hostile(IgesProbe, {"a.igs": FILE}) > 30
