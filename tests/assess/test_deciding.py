"""The truth table of design.md §3: from what is known to the machine's answer, and from parts to the row."""

from itertools import product

import pytest

from cpo_scan.assess.deciding import Truth, combine, decide, open_modes
from cpo_scan.model import Mode, Outcome
from cpo_scan.model.assessment import Part

Y, O, N = Truth.YES, Truth.OPEN, Truth.NO  # noqa: E741 - the table reads better so


def expected(evidenced: Truth, against: Truth, some: Truth, closed: bool) -> Outcome:
    """The table, written a second time and in other words: one line of design.md each."""
    if against is Y:
        return Outcome.CONTRADICTED  # conclusive counter-evidence comes before everything
    if evidenced is Y:
        return Outcome.EVIDENCED  # a gap does not take back what is met
    if evidenced is O and closed:
        return Outcome.NOT_EXAMINED  # a probe or a deliverable was missing where it mattered
    if some is Y:
        return Outcome.INCONCLUSIVE  # some evidence, below the threshold or the threshold within the bounds
    if evidenced is O or some is O:
        return Outcome.NOT_EXAMINED  # nothing found, and not everything read
    return Outcome.NO_EVIDENCE  # nothing found, everything read


@pytest.mark.parametrize(("evidenced", "against", "some", "closed"), list(product(Truth, Truth, Truth, (False, True))))
def test_every_row_of_the_truth_table(evidenced: Truth, against: Truth, some: Truth, closed: bool) -> None:
    outcome = decide(evidenced=evidenced, against=against, some=some, closed=closed)
    assert outcome is expected(evidenced, against, some, closed)


@pytest.mark.parametrize(
    ("evidenced", "against", "some", "closed", "outcome"),
    [
        (Y, N, Y, False, Outcome.EVIDENCED),
        (Y, O, Y, True, Outcome.EVIDENCED),
        (Y, Y, Y, False, Outcome.CONTRADICTED),
        (N, Y, N, False, Outcome.CONTRADICTED),
        (N, O, N, False, Outcome.NO_EVIDENCE),
        (O, N, Y, False, Outcome.INCONCLUSIVE),
        (O, N, Y, True, Outcome.NOT_EXAMINED),
        (O, N, N, False, Outcome.NOT_EXAMINED),
        (O, N, O, True, Outcome.NOT_EXAMINED),
        (N, N, Y, True, Outcome.INCONCLUSIVE),
        (N, N, O, False, Outcome.NOT_EXAMINED),
        (N, N, N, False, Outcome.NO_EVIDENCE),
    ],
)
def test_the_rows_that_people_argue_about(
    evidenced: Truth, against: Truth, some: Truth, closed: bool, outcome: Outcome
) -> None:
    assert decide(evidenced=evidenced, against=against, some=some, closed=closed) is outcome


_MODES = tuple(Mode)
_RANK = [
    Outcome.NOT_APPLICABLE,
    Outcome.CONTRADICTED,
    Outcome.EVIDENCED,
    Outcome.NOT_EXAMINED,
    Outcome.INCONCLUSIVE,
    Outcome.NO_EVIDENCE,
    Outcome.NEEDS_HUMAN,
]


@pytest.mark.parametrize("first", list(Outcome))
@pytest.mark.parametrize("second", list(Outcome))
def test_two_required_parts_combine_by_precedence(first: Outcome, second: Outcome) -> None:
    parts = [Part(mode=Mode.MACHINE, outcome=first), Part(mode=Mode.INTERVIEW, outcome=second)]
    outcome = combine(parts)
    known = {first, second} - {Outcome.NEEDS_HUMAN}
    if not known:
        assert outcome is Outcome.NEEDS_HUMAN
    elif Outcome.EVIDENCED in known and {first, second} != {Outcome.EVIDENCED}:
        # Evidenced only when every required part is.
        rest = known - {Outcome.EVIDENCED}
        strongest = min(rest, key=_RANK.index) if rest else Outcome.INCONCLUSIVE
        assert outcome is (Outcome.INCONCLUSIVE if strongest is Outcome.NO_EVIDENCE else strongest)
    else:
        assert outcome is min(known, key=_RANK.index)
    assert combine(reversed(parts)) is outcome


def test_an_open_interview_keeps_a_criterion_from_being_evidenced() -> None:
    parts = [
        Part(mode=Mode.MACHINE, outcome=Outcome.EVIDENCED),
        Part(mode=Mode.INTERVIEW, outcome=Outcome.NEEDS_HUMAN),
    ]
    assert combine(parts) is Outcome.INCONCLUSIVE
    assert open_modes(parts) == (Mode.INTERVIEW,)


def test_an_optional_part_does_not_hold_a_criterion_back() -> None:
    parts = [
        Part(mode=Mode.MACHINE, outcome=Outcome.EVIDENCED),
        Part(mode=Mode.TEST, outcome=Outcome.NEEDS_HUMAN, required=False),
    ]
    assert combine(parts) is Outcome.EVIDENCED


def test_an_optional_machine_part_alone_does_not_evidence() -> None:
    parts = [
        Part(mode=Mode.MACHINE, outcome=Outcome.EVIDENCED, required=False),
        Part(mode=Mode.DECLARATION, outcome=Outcome.NEEDS_HUMAN),
    ]
    assert combine(parts) is Outcome.INCONCLUSIVE


def test_no_machine_part_needs_a_human() -> None:
    assert combine([Part(mode=Mode.DECLARATION, outcome=Outcome.NEEDS_HUMAN)]) is Outcome.NEEDS_HUMAN
