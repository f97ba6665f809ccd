"""Whose is it, and is it offered? Path rules as data: the first rule whose pattern fits answers."""

import re
from collections.abc import Mapping
from fnmatch import translate
from functools import cached_property, lru_cache
from typing import Any

import msgspec

from cpo_scan.model import Offered, Origin, Reason
from cpo_scan.rulebook.load import RuleFile, read_rules


class PathRule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule. `folders` fit a whole segment of the path before the last, `names` the last one, `paths` a run of
    segments anywhere in it; all are globs within one segment and blind to case."""

    id: str
    answer: str
    folders: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()


class _Compiled(msgspec.Struct, frozen=True):
    id: str
    answer: str
    pattern: re.Pattern[str]


class Origins:
    """The path rules of `rules/origins.yaml`."""

    def __init__(self, file: RuleFile) -> None:
        self.id = str(file.data["id"])
        self.version = str(file.data["version"])
        self.sha256 = file.sha256
        self._data = file.data
        self._default_origin = Origin(file.data["default"]["origin"])
        self._default_offered = Offered(file.data["default"]["offered"])
        # A folder gives its files one after the other, and each has several findings.
        self._cached = lru_cache(maxsize=65_536)(self._answer)

    # Compiled where paths are asked about, and not where the rules are only named.
    @cached_property
    def _origin(self) -> list[_Compiled]:
        return [_compile(_rule(row, "origin")) for row in self._data["origin"]]

    @cached_property
    def _offered(self) -> list[_Compiled]:
        return [_compile(_rule(row, "offered")) for row in self._data["offered"]]

    def answer(self, path: str) -> tuple[tuple[Origin, Reason], tuple[Offered, Reason]]:
        """Origin and offered of what lies at a report path, each with its reason."""
        return self._cached(path)

    def origin(self, path: str) -> Origin:
        """The origin alone."""
        return self._cached(path)[0][0]

    def _answer(self, path: str) -> tuple[tuple[Origin, Reason], tuple[Offered, Reason]]:
        text = "/" + path.replace("!/", "/").lower()
        origin, origin_reason = self._default_origin, Reason("origin.default")
        for rule in self._origin:
            if found := rule.pattern.search(text):
                origin = Origin(rule.answer)
                origin_reason = Reason(f"origin.{rule.answer}", {"match": found[0].strip("/"), "rule": rule.id})
                break
        if origin is Origin.COMPONENT:
            # What a component offers is not what the vendor offers (design: a bundled server's own API).
            return (origin, origin_reason), (Offered.UNKNOWN, Reason("offered.component"))
        for rule in self._offered:
            if found := rule.pattern.search(text):
                reason = Reason(f"offered.{rule.answer}", {"match": found[0].strip("/"), "rule": rule.id})
                return (origin, origin_reason), (Offered(rule.answer), reason)
        return (origin, origin_reason), (self._default_offered, Reason("offered.default"))


def load_origins() -> Origins:
    """`rules/origins.yaml`. Raises RuleError."""
    return Origins(read_rules("origins.yaml", "origins"))


def _rule(row: Mapping[str, Any], key: str) -> PathRule:
    return PathRule(
        id=row["id"],
        answer=row[key],
        folders=tuple(row.get("folders", ())),
        names=tuple(row.get("names", ())),
        paths=tuple(row.get("paths", ())),
    )


def _compile(rule: PathRule) -> _Compiled:
    parts = [f"/{_segments(glob)}(?=/)" for glob in rule.folders]
    parts += [f"/{_segments(glob)}(?=/|$)" for glob in rule.paths]
    parts += [f"/{_segments(glob)}$" for glob in rule.names]
    return _Compiled(rule.id, rule.answer, re.compile("|".join(parts)))


def _segments(glob: str) -> str:
    return "/".join(_segment(part) for part in glob.lower().split("/"))


def _segment(glob: str) -> str:
    # `translate` gives `(?s:…)\Z`; a star must stay within one segment, and possessive so that no path is costly
    body = translate(glob)
    body = body[body.index(":") + 1 : body.rindex(")")]
    return body.replace(".*", "[^/]*")
