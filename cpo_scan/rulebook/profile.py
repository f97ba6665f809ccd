"""Profiles: the rules that decide criteria from measures, thresholds as named parameters, and the gate's settings."""

from collections.abc import Mapping
from typing import Any

import msgspec

from cpo_scan.model import Outcome
from cpo_scan.rulebook.catalogue import Catalogue
from cpo_scan.rulebook.expressions import ExpressionError, Rule, parse_rule
from cpo_scan.rulebook.load import RuleFile, parse_rules, read_rules
from cpo_scan.rulebook.measures import MeasureSet

Text = dict[str, str]


class NotApplicable(msgspec.Struct, frozen=True, kw_only=True):
    """When a criterion does not apply, and the reason in the profile's words."""

    when: Rule
    reason: Text


class Binding(msgspec.Struct, frozen=True, kw_only=True):
    """How one criterion is decided.

    `inconclusive` says what counts as some evidence; without it any finding that a measure of the rule counts or holds
    apart is some. `beside` are measures that are shown with the criterion and decide nothing.
    """

    evidenced: Rule
    inconclusive: Rule | None = None
    against: Rule | None = None
    not_applicable: NotApplicable | None = None
    beside: tuple[str, ...] = ()
    about: Text = {}

    @property
    def deciding(self) -> tuple[str, ...]:
        """Ids of the measures that the rules read, sorted."""
        rules = (self.evidenced, self.inconclusive, self.against)
        return tuple(sorted({measure for rule in rules if rule is not None for measure in rule.measures}))

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of all measures that belong to the criterion, sorted."""
        return tuple(sorted({*self.deciding, *self.beside}))


class GateSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Which outcomes fail, and whether obligation levels that are only assumed can fail a gate."""

    outcomes: frozenset[Outcome]
    assumed_levels: bool


class LoosestOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The loosest options of a scan whose report may pass a gate under this profile."""

    allow_incomplete: bool = True
    probes_required: tuple[str, ...] = ()


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that binds criteria to rules."""

    id: str
    version: str
    sha256: str
    provisional: bool
    title: Text
    notice: Text
    catalogue: str
    parameters: dict[str, float]
    lists: dict[str, tuple[str, ...]]
    gate: GateSettings
    loosest_options: LoosestOptions
    criteria: dict[str, Binding]
    about: dict[str, Text] = {}
    """What each parameter and list means."""


def load_profile(name: str, measures: MeasureSet, catalogue: Catalogue) -> Profile:
    """`rules/profiles/NAME.yaml`. Raises RuleError."""
    return _profile(read_rules(f"profiles/{name}.yaml", "profile"), measures, catalogue)


def parse_profile(name: str, content: bytes, measures: MeasureSet, catalogue: Catalogue) -> Profile:
    """A profile from a file's bytes. Raises RuleError with file and line.

    Every id must lead somewhere: rules to measures and parameters of the file, measures to lists, bound criteria to the
    catalogue. A parameter or list that nothing reads is refused too, since it is most likely a misspelt name. Criteria
    are held against `catalogue` only if the profile is for it; an imported catalogue leads to them by `decided_by`.
    """
    return _profile(parse_rules(name, content, "profile"), measures, catalogue)


def check_catalogue(catalogue: Catalogue, profile: Profile) -> list[str]:
    """Ids of criteria of an imported catalogue whose `decided_by` names nothing that the profile binds."""
    return [
        criterion.id
        for criterion in catalogue.criteria.values()
        if criterion.decided_by is not None and criterion.decided_by not in profile.criteria
    ]


def _profile(file: RuleFile, measures: MeasureSet, catalogue: Catalogue) -> Profile:
    data = file.data
    reader = _Reader(file, measures)
    if data["catalogue"] == catalogue.id:
        for key in data["criteria"]:
            if key not in catalogue.criteria:
                raise file.error(["criteria", key], f"the catalogue {catalogue.id} has no criterion {key!r}")
    criteria = {key: reader.binding(["criteria", key], row) for key, row in data["criteria"].items()}
    lists = {key: tuple(row["values"]) for key, row in data.get("lists", {}).items()}
    wanted = {item.required: item.id for item in measures.measures.values() if item.required is not None}
    for name, measure in sorted(wanted.items()):
        if name not in lists and measure in reader.used_measures:
            raise file.error(["criteria"], f"measure {measure} needs the list {name!r} under `lists`")
    for key in lists:
        if key not in wanted:
            raise file.error(["lists", key], f"no measure reads the list {key!r}")
    for key in data.get("parameters", {}):
        if key not in reader.used_parameters:
            raise file.error(["parameters", key], f"no rule reads the parameter {key!r}")
    return Profile(
        id=data["id"],
        version=data["version"],
        sha256=file.sha256,
        provisional=data["provisional"],
        title=data["title"],
        notice=data["notice"],
        catalogue=data["catalogue"],
        parameters={key: row["value"] for key, row in data.get("parameters", {}).items()},
        lists=lists,
        gate=GateSettings(
            outcomes=frozenset(Outcome(word) for word in data["gate"]["outcomes"]),
            assumed_levels=data["gate"]["assumed_levels"],
        ),
        loosest_options=msgspec.convert(data.get("loosest_options", {}), LoosestOptions),
        criteria=criteria,
        about={key: row["about"] for part in ("parameters", "lists") for key, row in data.get(part, {}).items()},
    )


class _Reader:
    def __init__(self, file: RuleFile, measures: MeasureSet) -> None:
        self._file, self._measures = file, measures
        self.used_parameters: set[str] = set()
        self.used_measures: set[str] = set()

    def binding(self, place: list[str | int], row: Mapping[str, Any]) -> Binding:
        beside = tuple(row.get("beside", ()))
        for number, measure in enumerate(beside):
            self._known([*place, "beside", number], measure)
        outside = row.get("not_applicable")
        return Binding(
            evidenced=self._rule([*place, "evidenced"], row["evidenced"]),
            inconclusive=self._optional([*place, "inconclusive"], row.get("inconclusive")),
            against=self._optional([*place, "against"], row.get("against")),
            not_applicable=outside
            and NotApplicable(
                when=self._rule([*place, "not_applicable", "when"], outside["when"]), reason=outside["reason"]
            ),
            beside=beside,
            about=row.get("about", {}),
        )

    def _optional(self, place: list[str | int], text: str | None) -> Rule | None:
        return None if text is None else self._rule(place, text)

    def _rule(self, place: list[str | int], text: str) -> Rule:
        try:
            rule = parse_rule(text)
        except ExpressionError as error:
            raise self._file.error(place, str(error)) from None
        for measure in rule.measures:
            self._known(place, measure)
        for measure, field in rule.directions:
            if field != "numerator" and self._measures.measures[measure].plain:
                raise self._file.error(place, f"{measure} is a plain number: it has a numerator and no {field}")
        for name in rule.parameters:
            if name not in self._file.data.get("parameters", {}):
                raise self._file.error(place, f"unknown parameter p.{name}")
        self.used_parameters.update(rule.parameters)
        return rule

    def _known(self, place: list[str | int], measure: str) -> None:
        if measure not in self._measures.measures:
            raise self._file.error(place, f"unknown measure {measure!r}")
        self.used_measures.add(measure)
