"""Profiles: the rules that decide criteria from measures, thresholds as named parameters, and the gate's settings."""

from collections.abc import Mapping
from typing import Any

import msgspec

from cpo_scan.model import Outcome
from cpo_scan.model.canonical import digest
from cpo_scan.rulebook.catalogue import Catalogue, Criterion
from cpo_scan.rulebook.expressions import ExpressionError, Rule, parse_rule
from cpo_scan.rulebook.load import RuleFile, parse_rules, read_rules, rule_files
from cpo_scan.rulebook.measures import MeasureSet

Text = dict[str, str]


class NotApplicable(msgspec.Struct, frozen=True, kw_only=True):
    """When a criterion does not apply, and the reason in the profile's words."""

    when: Rule
    reason: Text


class Remark(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence of the profile that belongs to the reasons of a criterion while its rule holds. One that `limits` says
    what the files can't tell: then they decide neither way, and the outcome is `inconclusive` at most."""

    when: Rule
    text: Text
    limits: bool = False


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
    remarks: tuple[Remark, ...] = ()
    about: Text = {}

    @property
    def deciding(self) -> tuple[str, ...]:
        """Ids of the measures that the rules read, sorted."""
        rules = (self.evidenced, self.inconclusive, self.against)
        return tuple(sorted({measure for rule in rules if rule is not None for measure in rule.measures}))

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of all measures that are shown with the criterion, sorted; those of a remark only where it is made."""
        return tuple(sorted({*self.deciding, *self.beside}))


class GateSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Which outcomes fail, and whether obligation levels that are only assumed can fail a gate."""

    outcomes: frozenset[Outcome]
    assumed_levels: bool


class LoosestOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The loosest options of a scan under which the outcomes of this profile may be believed.

    A scan that was looser passes no gate, and nothing in it comes out better than `inconclusive`. `allow_incomplete`
    false: nothing may be lost. `limits` are the least values of the scan's limits, by name.
    """

    allow_incomplete: bool = True
    probes_required: tuple[str, ...] = ()
    limits: dict[str, int] = {}

    def probes_missing(self, probes: Mapping[str, str]) -> list[str]:
        """Required probes that did not run, by what became of each probe (`ok`, `partial`, `failed`, `not_run`)."""
        return [identity for identity in self.probes_required if probes.get(identity) not in ("ok", "partial")]

    def limits_lower(self, limits: Mapping[str, int]) -> dict[str, int]:
        """The limits of a scan that are lower than they may be, or not known, with what they must be at least."""
        return {name: least for name, least in sorted(self.limits.items()) if limits.get(name, 0) < least}


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
    extends: str | None = None
    grades: dict[str, str] = {}
    """The grade that is proposed to auditors where a criterion is contradicted, by its obligation."""
    reviewer_may_decide: bool = True
    """May the person who reviewed an assessment also decide on it?"""

    def decider_of(self, criterion: Criterion, catalogue: str) -> str | None:
        """Id of the criterion whose rule decides a criterion of this catalogue; None where no rule is bound.

        Its own where the profile is for the catalogue; else the one that `decided_by` names; else the one in the
        profile's catalogue to which a crosswalk says it is `equal`, if there is exactly one. An id that two catalogues
        happen to share binds nothing.
        """
        if catalogue == self.catalogue and criterion.id in self.criteria:
            return criterion.id
        equal = {to.id for to in criterion.mapped_to if (to.scheme, to.relation) == (self.catalogue, "equal")}
        found = criterion.decided_by or (next(iter(equal)) if len(equal) == 1 else None)
        return found if found in self.criteria else None


def load_profile(name: str, measures: MeasureSet, catalogue: Catalogue) -> Profile:
    """`rules/profiles/NAME.yaml`. Raises RuleError."""
    return make_profile(read_profile(name), measures, catalogue)


def read_profile(name: str) -> RuleFile:
    """The file of `rules/profiles/NAME.yaml`. Raises RuleError."""
    return read_rules(f"profiles/{name}.yaml", "profile")


def parse_profile(name: str, content: bytes, measures: MeasureSet, catalogue: Catalogue) -> Profile:
    """A profile from a file's bytes. Raises RuleError with file and line.

    Every id must lead somewhere: rules to measures and parameters of the file, measures to lists, bound criteria to the
    catalogue. A parameter or list that nothing reads is refused too, since it is most likely a misspelt name. Criteria
    are held against `catalogue` only if the profile is for it; an imported catalogue leads to them by `decided_by`.
    """
    return make_profile(parse_rules(name, content, "profile"), measures, catalogue)


def check_catalogue(catalogue: Catalogue, profile: Profile) -> list[str]:
    """Ids of criteria of an imported catalogue whose `decided_by` names nothing that the profile binds, although files
    are to evidence them."""
    return [
        criterion.id
        for criterion in catalogue.criteria.values()
        if criterion.machine and criterion.decided_by is not None and criterion.decided_by not in profile.criteria
    ]


def make_profile(file: RuleFile, measures: MeasureSet, catalogue: Catalogue | None) -> Profile:
    """A profile from its file; see `parse_profile`. Without a catalogue, bound criteria are held against none."""
    own = file.data
    file, parent = _extended(file)
    data = file.data
    reader = _Reader(file, measures)
    if catalogue is not None and data["catalogue"] == catalogue.id:
        for key in data["criteria"]:
            if key not in catalogue.criteria:
                raise file.error(["criteria", key], f"the catalogue {catalogue.id} has no criterion {key!r}")
    criteria = {key: reader.binding(["criteria", key], row) for key, row in data["criteria"].items()}
    lists = {key: tuple(row["values"]) for key, row in data.get("lists", {}).items()}
    wanted = {item.required: item.id for item in measures.measures.values() if item.required is not None}
    for name, measure in sorted(wanted.items()):
        if name not in lists and measure in reader.used_measures:
            raise file.error(["criteria"], f"measure {measure} needs the list {name!r} under `lists`")
    for key in own.get("lists", {}):
        if key not in wanted:
            raise file.error(["lists", key], f"no measure reads the list {key!r}")
    for key in own.get("parameters", {}):
        if key not in reader.used_parameters:
            raise file.error(["parameters", key], f"no rule reads the parameter {key!r}")
    for key in own.get("texts", {}):
        if key not in reader.used_texts:
            raise file.error(["texts", key], f"no remark says the text {key!r}")
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
        extends=parent,
        grades=data.get("grades", {}),
        reviewer_may_decide=data.get("independence", {}).get("reviewer_may_decide", True),
    )


def _extended(file: RuleFile) -> tuple[RuleFile, str | None]:
    """A profile laid over the one that it extends, which comes with the program and extends none itself.

    Parameters, lists, texts and criteria are taken over one by one, each replaced as a whole where the file has one; so
    are the gate's settings, the loosest options and the rules of independence. The SHA-256 then covers both files.
    """
    parent = file.data.get("extends")
    if parent is None:
        return file, None
    if f"{parent}.yaml" not in {item.name for item in rule_files("profiles")}:
        raise file.error(["extends"], f"no profile {parent!r} comes with the program")
    base = read_profile(parent)
    if "extends" in base.data:
        raise file.error(["extends"], f"the profile {parent} extends another: name that one")
    if base.data["catalogue"] != file.data["catalogue"]:
        raise file.error(["catalogue"], f"the profile {parent} is for the catalogue {base.data['catalogue']!r}")
    merged = base.data | file.data
    for part in ("parameters", "lists", "texts", "criteria"):
        merged[part] = base.data.get(part, {}) | file.data.get(part, {})
    both = digest(base.sha256.encode(), file.sha256.encode())
    return RuleFile(name=file.name, data=merged, sha256=both, content=file.content), parent


class _Reader:
    def __init__(self, file: RuleFile, measures: MeasureSet) -> None:
        self._file, self._measures = file, measures
        self.used_parameters: set[str] = set()
        self.used_measures: set[str] = set()
        self.used_texts: set[str] = set()

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
            remarks=tuple(
                Remark(
                    when=self._rule([*place, "remarks", number, "when"], item["when"]),
                    text=self._text([*place, "remarks", number, "text"], item["text"]),
                    limits=item.get("limits", False),
                )
                for number, item in enumerate(row.get("remarks", ()))
            ),
            about=row.get("about", {}),
        )

    def _text(self, place: list[str | int], given: Text | str) -> Text:
        if not isinstance(given, str):
            return given
        found: Text | None = self._file.data.get("texts", {}).get(given)
        if found is None:
            raise self._file.error(place, f"no text {given!r} under `texts`")
        self.used_texts.add(given)
        return found

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
