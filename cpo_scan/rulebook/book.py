"""All rules that an assessment needs, loaded once and held together."""

from pathlib import Path

import msgspec

from cpo_scan.model import Openness
from cpo_scan.model.assessment import RuleRef
from cpo_scan.rulebook.catalogue import Catalogue, load_catalogue, parse_catalogue
from cpo_scan.rulebook.load import RuleError, read_rules
from cpo_scan.rulebook.measures import MeasureSet, load_measures
from cpo_scan.rulebook.messages import Messages, load_messages
from cpo_scan.rulebook.origins import Origins, load_origins
from cpo_scan.rulebook.profile import Profile, check_catalogue, load_profile, parse_profile


class StandardFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What measures ask of a standard: openness, classes of data, and whether it is a general carrier."""

    openness: Openness
    domains: tuple[str, ...] = ()
    carrier: bool = False


class Rulebook(msgspec.Struct, frozen=True, kw_only=True):
    """Measures, catalogue, profile, origins, messages and the facts of the standards."""

    measures: MeasureSet
    catalogue: Catalogue
    profile: Profile
    origins: Origins
    messages: Messages
    standards: dict[str, StandardFacts]

    def references(self) -> tuple[RuleRef, ...]:
        """The rows for the assessment's `rules`, by kind."""
        return tuple(
            RuleRef(kind=kind, id=part.id, version=part.version, sha256=part.sha256, provisional=part.provisional)
            for kind, part in (("catalogue", self.catalogue), ("measures", self.measures), ("profile", self.profile))
        )


def load_rulebook(profile: str = "default", catalogue: str | None = None) -> Rulebook:
    """The rules that come with the program; `profile` is a name or a file, `catalogue` a file that the user gives.

    Raises RuleError: one line with file and line of what is wrong.
    """
    measures = load_measures()
    criteria = load_catalogue() if catalogue is None else parse_catalogue(catalogue, _read(catalogue))
    bindings = (
        parse_profile(profile, _read(profile), measures, criteria)
        if _is_file(profile)
        else load_profile(_named(profile), measures, criteria)
    )
    for identity in check_catalogue(criteria, bindings):
        raise RuleError(
            f"{catalogue}: {identity} is decided_by {criteria.criteria[identity].decided_by!r},"
            f" which the profile {bindings.id} does not bind"
        )
    return Rulebook(
        measures=measures,
        catalogue=criteria,
        profile=bindings,
        origins=load_origins(),
        messages=load_messages(),
        standards=load_standards(),
    )


def load_standards() -> dict[str, StandardFacts]:
    """The facts of `rules/standards.yaml` that measures need, by id. Raises RuleError."""
    rows = read_rules("standards.yaml", "standards").data["standards"]
    return {row["id"]: msgspec.convert(row, StandardFacts) for row in rows}


def profile_names() -> tuple[str, ...]:
    """Profiles that come with the program."""
    from cpo_scan.rulebook.load import rule_files

    return tuple(file.name.removesuffix(".yaml") for file in rule_files("profiles"))


def _is_file(name: str) -> bool:
    return name.endswith((".yaml", ".yml", ".json")) or "/" in name or "\\" in name


def _named(name: str) -> str:
    known = profile_names()
    if name not in known:
        raise RuleError(f"there is no profile {name!r}; there are: {', '.join(known)}; a file ends in .yaml")
    return name


def _read(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise RuleError(f"{name}: {error.strerror}") from None
