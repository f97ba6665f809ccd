"""A comparison in words: the pieces that its faces share."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from cpo_scan.compare.releases import Change, CriterionChange, FindingChange, MeasureChange, Releases
from cpo_scan.compare.standing import Side
from cpo_scan.model import Reason
from cpo_scan.model.assessment import say
from cpo_scan.report import phrases
from cpo_scan.report.texts import Texts

Row = dict[str, Any]


class Words:
    """The words of one comparison in one language."""

    def __init__(self, texts: Texts, lang: str) -> None:
        self._texts, self.lang = texts, lang

    def label(self, code: str, **params: Any) -> str:
        """A text of our own."""
        return self._texts.label(code, self.lang, **params)

    def reason(self, reason: Reason | dict[str, Any]) -> str:
        """One reason as a sentence."""
        return self._texts.message(reason, self.lang)

    def reasons(self, reasons: Iterable[Row], most: int = 3) -> str:
        """The first reasons of an outcome; not the expressions of rules, which are for whoever checks those."""
        plain = [reason for reason in reasons if not phrases.is_expression(reason)]
        return "; ".join(self.reason(reason) for reason in plain[:most])

    def title(self, row: Any) -> str:
        """The title of a criterion or measure."""
        return say(row.title, self.lang)

    def kind(self, name: str) -> str:
        """What a kind of finding is called."""
        return self._texts.kind(name, self.lang)

    def outcome(self, outcome: str | None) -> str:
        """An outcome, or that there is none."""
        return "–" if outcome is None else self.label(f"report.outcome.{outcome}")

    def level(self, row: Any) -> str:
        """The obligation of a criterion and what it rests on."""
        words = [self.label(f"report.obligation.{row.obligation}")]
        words += [self.label(f"report.basis.{row.obligation_basis}")] if row.obligation_basis else []
        return ", ".join(words)

    def figure(self, figure: Any) -> str:
        """What a measure comes to."""
        return "–" if figure is None else phrases.measured(msgspec.to_builtins(figure), self.lang)

    def not_comparable(self, why: tuple[Reason, ...]) -> str:
        """That something is not comparable, and why."""
        return f"{self.label('compare.not_comparable')}: {'; '.join(self.reason(reason) for reason in why)}"

    def name(self, side: Side) -> str:
        """Name and version of a product."""
        name = side.name or self.label("report.unnamed")
        return " ".join(str(part) for part in (name, side.version) if part)

    def scope(self, side: Side) -> list[tuple[str, str]]:
        """What a report is on, as head and words."""
        parts = []
        for part in side.deliverables if side.name else ():
            role = f" ({part.role})" if part.role and part.role != part.id else ""
            parts.append(f"{part.id}{role}" + ("" if part.supplied else f": {self.label('compare.not_supplied')}"))
        examined = [
            self.label(
                "compare.examined.line", files=side.files, members=side.members, lost=side.lost, probes=side.probes_run
            )
        ]
        if side.probes_not_run:
            examined.append(self.label("compare.probes_not_run", probes=list(side.probes_not_run)))
        if side.exclusions:
            examined.append(self.label("compare.exclusions", count=side.exclusions))
        rules = ", ".join(f"{rule['id']} {rule['version']}" for rule in side.rules)
        return [
            (self.label("report.vendor"), side.vendor or self.label("report.unknown")),
            *([(self.label("report.edition"), side.edition)] if side.edition else []),
            (self.label("compare.deliverables"), "; ".join(parts) or self.label("compare.only_files")),
            (self.label("compare.examined"), "; ".join(examined)),
            (self.label("compare.rules"), f"{rules}; cpo-scan {side.tool}"),
            (self.label("compare.seal"), f"{side.scan_digest[:16]}…"),
        ]

    def scopes(self, sides: Sequence[Side]) -> list[tuple[str, list[str]]]:
        """The scopes of all sides beside each other: head, and a cell for each."""
        scopes = [dict(self.scope(side)) for side in sides]
        return [
            (head, [scope.get(head, "–") for scope in scopes])
            for head in dict.fromkeys(head for scope in scopes for head in scope)
        ]

    def changed_criteria(self, compared: Releases) -> list[CriterionChange]:
        """Criteria whose outcomes differ."""
        return [row for row in compared.criteria if row.changed]

    def changed_measures(self, compared: Releases) -> list[MeasureChange]:
        """Measures that differ."""
        return [row for row in compared.measures if row.changed]

    def unchanged(self, compared: Releases) -> str:
        """How many criteria have the same outcome, and how many of those can't be compared."""
        same = [row for row in compared.criteria if not row.changed]
        words = [self.label("compare.outcomes.same", count=len(same))]
        if apart := sum(bool(row.why) for row in same):
            words.append(self.label("compare.outcomes.not_comparable", count=apart))
        return " ".join(words)

    def change(self, change: Change) -> str:
        """One value that changed."""
        sides = [
            ", ".join(self.label(f"report.strength.{one}") if change.name == "strength" else one for one in side) or "–"
            for side in (change.old, change.new)
        ]
        return f"{change.name}: {sides[0]} → {sides[1]}"

    def finding(self, row: FindingChange) -> str:
        """What became of a subject, and why that may not be the product's doing."""
        words = [self.change(change) for change in row.changes]
        if row.uncertain:
            words.append(self.label("compare.uncertain", why="; ".join(self.reason(one) for one in row.uncertain)))
        return "; ".join(words)

    def place(self, row: FindingChange) -> str:
        """Where it lies, in the newer release if it is there."""
        return row.new_place or row.old_place or ""
