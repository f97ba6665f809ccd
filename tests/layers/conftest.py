"""A scan of two lines, an assessment of our own making, and what people say about them."""

from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cpo_scan.layers import Scene
from cpo_scan.model import Mode, Outcome, Role
from cpo_scan.model.assessment import (
    Assessment,
    CriterionResult,
    Listing,
    Part,
    ProbeInScope,
    SearchScope,
    Summary,
)
from cpo_scan.rulebook.book import Rulebook, load_rulebook

TODAY = date(2026, 6, 30)
SCAN = "5a" * 32
Row = dict[str, Any]


@pytest.fixture(scope="session")
def rulebook() -> Rulebook:
    """The rules that come with the program."""
    return load_rulebook()


def result(
    identity: str, outcome: Outcome, *, machine: Outcome | None = None, findings: Iterable[str] = ()
) -> CriterionResult:
    """The outcome of a criterion; with `machine` an interview is open beside the machine part."""
    ids = tuple(findings)
    mode = Mode.INTERVIEW if outcome is Outcome.NEEDS_HUMAN else Mode.MACHINE
    parts = [Part(mode=mode, outcome=machine or outcome)]
    if machine is not None:
        parts.append(Part(mode=Mode.INTERVIEW, outcome=Outcome.NEEDS_HUMAN))
    return CriterionResult(
        id=identity,
        official_id=None,
        mapped_to=(),
        category=identity[2:5],
        obligation="desired",  # type: ignore[arg-type]
        obligation_basis="assumed",
        outcome=outcome,
        parts=tuple(parts),
        rationale=(),
        measures=(),
        findings=ids,
        findings_whole=Listing(total=len(ids), digest=""),
        search_scope=SearchScope(
            kinds=("exchange.capability",),
            probes=(ProbeInScope(id="exchange.registration", status="ok"),),
            complete=outcome is not Outcome.NOT_EXAMINED,
        ),
        remediation={},
    )


def finding(kind: str, number: int = 1, *, strength: str = "registered", **more: Any) -> Row:
    """A finding of the vendor's own, offered unless said otherwise."""
    top: Row = {name: more.pop(name) for name in ("origin", "offered") if name in more}
    return {
        "id": f"{number:064x}",
        "kind": kind,
        "subject": f"{kind}:{number}",
        "strength": strength,
        "origin": "vendor",
        "offered": "published",
        "attributes": more,
        "evidence": [{"artifact": f"bin/part{number}.xml"}],
        **top,
    }


def capability(standard: str, direction: str, number: int = 1, **more: Any) -> Row:
    """A registration of a standard."""
    return finding("exchange.capability", number, standard=standard, direction=direction, via="registration", **more)


@pytest.fixture
def scene(rulebook: Rulebook) -> Callable[..., Scene]:
    """`scene(criteria, findings, complete=True)`: a scan and its assessment."""

    def make(
        criteria: Iterable[CriterionResult] = (),
        findings: Iterable[Row] = (),
        *,
        complete: bool = True,
        as_of: date = TODAY,
        release: str | None = "4.2",
    ) -> Scene:
        rows = list(findings)

        def search(kinds: tuple[str, ...], roles: tuple[Role, ...]) -> SearchScope:
            return SearchScope(
                kinds=kinds,
                probes=(ProbeInScope(id="exchange.registration", status="ok"),),
                roles=tuple(str(role) for role in roles),
                unread=0 if complete else 3,
                complete=complete,
            )

        return Scene(
            scan_digest=SCAN,
            assessment=Assessment(
                rules=(), measures=(), criteria=tuple(criteria), summary=Summary(obligations={}, categories={})
            ),
            catalogue=rulebook.catalogue,
            as_of=as_of,
            findings=lambda kind: (row for row in rows if row["kind"] == kind),
            finding=lambda identity: next((row for row in rows if row["id"] == identity), None),
            search=search,
            release=release,
        )

    return make


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str, str], str]:
    """`written(name, text)`: a file, by its path."""

    def write(name: str, text: str) -> str:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write
