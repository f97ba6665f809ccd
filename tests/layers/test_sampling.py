"""Samples: the same draw on every machine, in proportion, and ratings that nobody can choose."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_scan.layers.determinations import read_determinations
from cpo_scan.layers.ratings import COLUMNS, read_ratings, worksheet
from cpo_scan.layers.sampling import KINDS, Population, Sample, Stratum, draw, interval, population_of, wilson
from cpo_scan.layers.source import criterion_digest
from cpo_scan.report.spreadsheet import csv_table
from cpo_scan.rulebook.book import Rulebook
from cpo_scan.rulebook.load import RuleError
from tests.layers.conftest import SCAN, TODAY, finding

Written = Callable[[str, str], str]


def population(*sizes: int) -> Population:
    strata = (
        Stratum(finding=hashlib.sha256(b"%d" % number).hexdigest(), name=f"API {number}", artifact="a", size=size)
        for number, size in enumerate(sizes)
    )
    return Population(of="operations", strata=tuple(sorted(strata, key=lambda one: one.finding)), left_out=0)


def test_the_draw_is_the_same_everywhere() -> None:
    """Worked out by hand once: SHA-256 over the canonical seed, sort and finding, then the number."""
    whole = population(100)
    prefix = b'["seed","operations","%s"]' % whole.strata[0].finding.encode()
    order = sorted(range(1, 101), key=lambda number: hashlib.sha256(prefix + b"%d" % number).digest())
    assert [one.number for one in draw(whole, "seed", 5)] == sorted(order[:5])


def test_another_seed_draws_others() -> None:
    whole = population(1_000)
    assert draw(whole, "one", 20) != draw(whole, "two", 20)


@given(st.lists(st.integers(1, 300), min_size=1, max_size=12), st.integers(1, 400), st.text(min_size=1, max_size=20))
def test_a_draw_is_in_proportion_and_takes_nothing_twice(sizes: list[int], size: int, seed: str) -> None:
    whole = population(*sizes)
    drawn = draw(whole, seed, size)
    assert len(drawn) == len(set(drawn)) == min(size, whole.size)
    for stratum in whole.strata:
        taken = sum(one.stratum == stratum for one in drawn)
        exact = min(size, whole.size) * stratum.size / whole.size
        assert exact - 1 < taken < exact + 1
        assert taken <= stratum.size


def test_only_the_vendor_s_own_and_counted_elements_are_drawn_from() -> None:
    rows = [
        finding("api.description", 1, title="Own", operations=5),
        finding("api.description", 2, title="Foreign", operations=5, origin="component"),
        finding("api.description", 3, title="Inside", operations=5, offered="internal"),
        finding("api.description", 4, title="Uncounted"),
        finding("api.description", 5, title="In code", operations=5, described=False),
        finding("api.description", 6, title="Empty", operations=0),
    ]
    found = population_of("operations", rows)
    assert ([one.name for one in found.strata], found.size, found.left_out) == (["Own"], 5, 4)


def test_a_point_is_an_element_itself() -> None:
    rows = [finding("extension.point", number, mechanism="eclipse", name=f"p{number}") for number in range(4)]
    assert population_of("points", rows).size == 4
    assert set(KINDS) == {"operations", "pages", "symbols", "points"}


# -- the interval


@pytest.mark.parametrize(
    ("positive", "rated", "expected"),
    [
        # Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3
        (81, 263, (0.2553, 0.3662)),
        (15, 148, (0.0624, 0.1605)),
        (0, 20, (0.0, 0.1611)),
        (1, 29, (0.0061, 0.1718)),
    ],
)
def test_the_interval_is_wilson_s(positive: int, rated: int, expected: tuple[float, float]) -> None:
    assert wilson(positive, rated) == expected


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share_and_is_symmetric(pair: tuple[int, int]) -> None:
    positive, rated = pair
    low, high = wilson(positive, rated)
    assert 0 <= low <= round(positive / rated, 4) + 1e-4
    assert round(positive / rated, 4) - 1e-4 <= high <= 1
    other = wilson(rated - positive, rated)
    assert other == pytest.approx((1 - high, 1 - low), abs=1.1e-4)


def test_a_census_has_no_interval() -> None:
    assert interval(3, 4, 4) == (0.75, 0.75)


# -- the worksheet


def sheet(written: Written, whole: Population, ratings: str, seed: str = "42") -> str:
    rows = [list(row) for row in worksheet(whole, seed, draw(whole, seed, len(ratings)))]
    for row, rating in zip(rows, ratings, strict=True):
        row[COLUMNS.index("rating")] = {"y": "yes", "n": "Nein", "?": "perhaps", " ": ""}[rating]
    return written("sheet.csv", csv_table(COLUMNS, rows).decode("utf-8-sig"))


def test_ratings_come_back_as_figures(written: Written) -> None:
    whole = population(30, 70)
    assert read_ratings(sheet(written, whole, "yyyynyyyyy"), whole) == Sample(
        of="operations", seed="42", population=100, rated=10, positive=9, interval=wilson(9, 10)
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda lines: lines[:-1], "10 were drawn and 9 rows stand here: all are expected"),
        (lambda lines: [*lines[:-1], lines[1]], ":11: the seed '42' does not draw this from the report, or it stands"),
        (lambda lines: [line.replace("seed 42", "seed 43") for line in lines], "the seed '43' does not draw this"),
        (lambda lines: [*lines[:5], lines[5].replace("seed 42", "seed 43"), *lines[6:]], ":6: another seed or sort"),
        (lambda lines: [line.replace(",yes,", ",,") for line in lines], ":2: '' is no rating: yes or no is expected"),
        (lambda lines: [line.replace("operations", "opera") for line in lines], ":2: 'opera': operations, pages"),
        (lambda lines: lines[:1], ":1: no row stands below the first line"),
        (lambda lines: ["a,b", *lines[1:]], ":1: no column 'of': the worksheet of a sample is expected"),
    ],
)
def test_a_worksheet_that_was_changed_is_refused_in_one_line(
    written: Written, change: Callable[[list[str]], list[str]], says: str
) -> None:
    whole = population(30, 70)
    path = sheet(written, whole, "y" * 10)
    with open(path, encoding="utf-8") as file:  # noqa: PTH123 (a name, as users give it)
        lines = file.read().splitlines()
    with pytest.raises(RuleError) as caught:
        read_ratings(written("changed.csv", "\n".join(change(lines))), whole)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


# -- as a determination


def determined(rulebook: Rulebook, **sample: Any) -> str:
    fields = {"of": "operations", "seed": "42", "population": 100, "rated": 10, "positive": 9,
              "interval": list(wilson(9, 10)), **sample}  # fmt: skip
    criterion = criterion_digest(rulebook.catalogue.criteria["P-2.4-01"])
    return (
        f"person: A. Auditor\nrole: evaluator\ndate: 2026-06-01\nscan_digest: {SCAN}\ndeterminations:\n"
        f"  - {{criterion: P-2.4-01, criterion_digest: {criterion}, verdict: fulfilled,\n"
        f"     method: examine, reason: read, sample: {fields}}}\n"
    )


def test_a_determination_carries_its_sample(rulebook: Rulebook, written: Written) -> None:
    (row,) = read_determinations(written("d.yaml", determined(rulebook)), rulebook.catalogue, TODAY)
    assert row.sample is not None
    assert row.sample.positive == 9


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"positive": 11}, "11 of 10 rated of 100: no such sample can be"),
        ({"population": 5}, "9 of 10 rated of 5: no such sample can be"),
        ({"interval": [0.85, 0.95]}, "of 9 of 10 the interval is [0.5958, 0.9821], not [0.85, 0.95]"),
    ],
)
def test_a_sample_whose_figures_do_not_agree_is_refused(
    rulebook: Rulebook, written: Written, change: dict[str, Any], says: str
) -> None:
    with pytest.raises(RuleError) as caught:
        read_determinations(written("d.yaml", determined(rulebook, **change)), rulebook.catalogue, TODAY)
    assert says in str(caught.value)
    assert ":7:" in str(caught.value)
