"""Paths and subjects that are the same in two releases: without the root folder that only names the release."""

from collections.abc import Iterable
from typing import Any

from cpo_scan.model import KINDS
from cpo_scan.report.read import Report

Row = dict[str, Any]
_PLACES = ("path", "root")


class Roots:
    """The longest common folder of each deliverable's artifacts, to be taken off its paths."""

    def __init__(self, report: Report) -> None:
        self._parts = [one["id"] for one in report.product.get("deliverables") or ()]
        self._several = len(self._parts) > 1
        folders: dict[str, list[str]] = {}
        for row in report.artifacts:
            part, path = self._split(row["path"])
            folder = path.partition("!/")[0].split("/")[:-1]
            folders[part] = folder if part not in folders else _common(folders[part], folder)
        self._folders = {part: "/".join([*folder, ""]) for part, folder in folders.items()}

    def strip(self, path: str) -> str:
        """A path of the report without the root of its deliverable; the deliverable's id stays where there is one."""
        part, rest = self._split(path)
        folder = self._folders.get(part, "")
        rest = "" if folder and f"{rest}/" == folder else rest.removeprefix(folder)
        return f"{part}/{rest}" if part else rest

    def paths(self, report: Report) -> Iterable[str]:
        """The stripped paths of a report's artifacts."""
        return (self.strip(row["path"]) for row in report.artifacts)

    def _split(self, path: str) -> tuple[str, str]:
        first, slash, rest = path.partition("/")
        return (first, rest) if self._several and slash and first in self._parts else ("", path)


class Unstripped(Roots):
    """Paths as they are: where the same folders mean the same in both releases."""

    def strip(self, path: str) -> str:
        """The path itself."""
        return path


def roots_of(old: Report, new: Report) -> tuple[Roots, Roots]:
    """How paths of two releases become the same ones: stripped, unless more of them agree as they are."""
    stripped, plain = (Roots(old), Roots(new)), (Unstripped(old), Unstripped(new))

    def agree(roots: tuple[Roots, Roots]) -> int:
        return len(set(roots[0].paths(old)) & set(roots[1].paths(new)))

    return plain if agree(plain) > agree(stripped) else stripped


def subject_of(row: Row, roots: Roots) -> str:
    """The subject of a finding, with the paths in it stripped."""
    kind = KINDS.get(row["kind"])
    if kind is None or not any(name in _PLACES for name in kind.subject):
        return str(row["subject"])
    attributes = row["attributes"]
    place = str(attributes.get("root") or row["evidence"][0]["artifact"])
    parts = [place if name == "path" else attributes.get(name) for name in kind.subject]
    whole = ":".join([kind.name, *("" if part is None else str(part) for part in parts)])
    if not row["subject"].startswith(whole):  # made by rules that are not ours
        return str(row["subject"])
    stripped = [
        roots.strip(str(part)) if name in _PLACES and part is not None else part
        for name, part in zip(kind.subject, parts, strict=True)
    ]
    same = ":".join([kind.name, *("" if part is None else str(part) for part in stripped)])
    return same + str(row["subject"]).removeprefix(whole)


def _common(one: list[str], other: list[str]) -> list[str]:
    length = 0
    for mine, yours in zip(one, other, strict=False):
        if mine != yours:
            break
        length += 1
    return one[:length]
