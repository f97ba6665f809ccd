"""All rules that an assessment needs, loaded once and held together."""

from pathlib import Path

import msgspec

from cpo_scan.model import Openness
from cpo_scan.model.assessment import RuleRef
from cpo_scan.rulebook.catalogue import Catalogue, Criterion, load_catalogue, parse_catalogue
from cpo_scan.rulebook.load import RuleError, RuleFile, parse_rules, read_rules, rule_files
from cpo_scan.rulebook.measures import MeasureSet, load_measures
from cpo_scan.rulebook.messages import Messages, load_messages
from cpo_scan.rulebook.origins import Origins, load_origins
from cpo_scan.rulebook.profile import Binding, Profile, check_catalogue, make_profile, read_profile

PROVISIONAL = "cpo-provisional"
"""Id of the catalogue that stands where no other is given."""


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

    def binding_of(self, criterion: Criterion) -> Binding | None:
        """The rule that decides a criterion of this book's catalogue."""
        return self.profile.criteria.get(self.profile.decider_of(criterion, self.catalogue.id) or "")

    def references(self) -> tuple[RuleRef, ...]:
        """The rows for the assessment's `rules`, by kind."""
        return tuple(
            RuleRef(
                kind=kind,
                id=part.id,
                version=part.version,
                sha256=part.sha256,
                provisional=part.provisional,
                grades=self.profile.grades or msgspec.UNSET if kind == "profile" else msgspec.UNSET,
            )
            for kind, part in (("catalogue", self.catalogue), ("measures", self.measures), ("profile", self.profile))
        )


def load_rulebook(profile: str = "default", catalogue: str | None = None, *, strict: bool = True) -> Rulebook:
    """The rules that come with the program; `profile` is a name or a file, `catalogue` a file that the user gives.
    Without one it is the catalogue that the profile is for. Without `strict` ids that lead nowhere are let through, to
    be listed by a check.

    Raises RuleError: one line with file and line of what is wrong.
    """
    measures, file = load_measures(), profile_file(profile)
    criteria = (
        load_catalogue(packaged_catalogue(file)) if catalogue is None else parse_catalogue(catalogue, _read(catalogue))
    )
    bindings = make_profile(file, measures, criteria if strict else None)
    for identity in check_catalogue(criteria, bindings) if strict else ():
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
    return tuple(file.name.removesuffix(".yaml") for file in rule_files("profiles"))


def profile_file(name: str) -> RuleFile:
    """The file of a profile that comes with the program, or that the user gives. Raises RuleError."""
    return parse_rules(name, _read(name), "profile") if _is_file(name) else read_profile(_named(name))


def packaged_catalogue(profile: RuleFile) -> str:
    """The catalogue below `rules/` that a profile is for. Raises RuleError where it does not come with the program."""
    wanted = profile.data["catalogue"]
    if (name := _packaged(wanted)) is None:
        raise profile.error(["catalogue"], f"no catalogue {wanted!r} comes with the program: give it with --catalogue")
    return name


def decider_catalogue(book: Rulebook) -> Catalogue | None:
    """The catalogue that the profile of a book is for: its own, or one that comes with the program; else None."""
    if book.profile.catalogue == book.catalogue.id:
        return book.catalogue
    name = _packaged(book.profile.catalogue)
    return None if name is None else load_catalogue(name)


def _packaged(identity: str) -> str | None:
    name = "provisional.yaml" if identity == PROVISIONAL else f"{identity}.yaml"
    return f"catalogues/{name}" if name in {file.name for file in rule_files("catalogues")} else None


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
