"""Holds what a report says of files against the files that are at hand now: the same bytes, or which are not."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

import msgspec

from cpo_scan.model.report import Tree

Row = Mapping[str, Any]
State = Literal["changed", "missing", "not_read"]


class TreeHeld(msgspec.Struct, frozen=True, kw_only=True):
    """One deliverable: what it held when it was scanned, and what it holds now; None where it was not given."""

    id: str
    then: Tree
    now: Tree | None

    @property
    def same(self) -> bool:
        """Are they the same files with the same bytes?"""
        return self.now is not None and self.now.digest == self.then.digest


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A file that findings of the report rest on, and that is not as it was."""

    path: str
    state: State


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """A report held against files. `cited`: files of the given deliverables that its findings rest on; `not_given`:
    how many of the others; `differences`: which of the first are not as they were, by path."""

    trees: tuple[TreeHeld, ...]
    cited: int
    not_given: int
    differences: tuple[Difference, ...]

    @property
    def same(self) -> bool:
        """Is all that was given as it was?"""
        return not self.differences and all(tree.same for tree in self.trees if tree.now is not None)

    @property
    def whole(self) -> bool:
        """Was everything given, and could all of it be read?"""
        return all(tree.now is not None for tree in self.trees) and not any(
            row.state == "not_read" for row in self.differences
        )


def hold(
    product: Row,
    artifacts: Iterable[Row],
    now: Mapping[str, Tree],
    sha256_of: Callable[[str], str | None],
    unread: set[str],
) -> Verification:
    """Hold the sections `product` and `artifacts` of a body against what is there now.

    `now`: the trees that were given, by id of their deliverable; `sha256_of`: the SHA-256 of what lies at a report
    path, None where nothing does; `unread`: report paths of what could not be read now.
    """
    deliverables = product["deliverables"]
    trees = tuple(
        TreeHeld(id=row["id"], then=msgspec.convert(row["tree"], Tree), now=now.get(row["id"]))
        for row in deliverables
        if row["tree"] is not None
    )
    several = len(deliverables) > 1
    cited, not_given, differences = 0, 0, []
    for row in artifacts:
        path = row["path"]
        if several and path.partition("/")[0] not in now:
            not_given += 1
            continue
        cited += 1
        found = sha256_of(path)
        if found is None:
            lost = any(around in unread for around in _around(path))
            differences.append(Difference(path=path, state="not_read" if lost else "missing"))
        elif found != row["sha256"]:
            differences.append(Difference(path=path, state="changed"))
    return Verification(trees=trees, cited=cited, not_given=not_given, differences=tuple(differences))


def _around(path: str) -> Iterable[str]:
    """The path, and the containers and folders around it."""
    yield path
    for at in range(len(path) - 1, 0, -1):
        if path[at] == "/":
            yield path[: at - 1] if path[at - 1] == "!" else path[:at]
