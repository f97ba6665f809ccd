"""The tables of docs/exports.md are those of the code."""

from pathlib import Path

import pytest

from cpo_scan.model import Outcome
from cpo_scan.report.formats import output_formats
from cpo_scan.report.said import LAYERS
from cpo_scan.report.states import FORMATS, PEOPLE, outcome_table, people_table

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "exports.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("form", FORMATS)
def test_the_page_prints_the_table_of_the_code(form: str) -> None:
    assert outcome_table(form) in PAGE
    assert people_table(form) in PAGE
    assert f"(`{form}`)" in PAGE


@pytest.mark.parametrize("form", FORMATS)
def test_every_outcome_and_every_layer_has_its_place(form: str) -> None:
    assert form in output_formats()
    assert set(FORMATS[form]) == set(Outcome)
    assert tuple(PEOPLE[form]) == LAYERS
    for outcome, state in FORMATS[form].items():
        assert state.place
        assert state.word is not None or state.lost, f"{outcome}: what is lost is not said"
