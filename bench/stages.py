#!/usr/bin/env python3
"""A stage of a scan by itself, so that it can be timed: stages.py recognise FOLDER | inventory FOLDER WORKERS."""

import sys

from cpo_scan.formats import Recogniser
from cpo_scan.rulebook.formats import load_formats
from cpo_scan.scan.engine import Options, Scan
from cpo_scan.scan.messages import Root
from cpo_scan.scan.store import FindingStore
from cpo_scan.scan.whose import Overrides
from cpo_scan.targets.target import Target, open_target
from cpo_scan.targets.walk import open_entry, walk


class Silent:
    """Watches nothing."""

    def stage(self, name: str) -> None:
        """A new stage."""

    def found(self, files: int, size: int) -> None:
        """More was found."""

    def done(self, files: int, size: int) -> None:
        """More is through."""


def recognise(folder: str) -> int:
    """Walk a folder and recognise every file by its content, in this process; gives how many were recognised."""
    recogniser = Recogniser(load_formats())
    known = 0
    for entry in walk(folder):
        if entry.kind == "file":
            with open_entry(folder, entry.raw) as content:
                known += recogniser.recognise(entry.path.rpartition("/")[2], content) is not None
    return known


def inventory(folder: str, workers: int) -> int:
    """Walk, recognise and hash every file, with containers opened, by the engine and without probes."""
    target: Target = open_target(folder)
    root = Root(id="target", role="", place=target.place, prefix="", archive=target.archive)
    with FindingStore() as store:
        scan = Scan(
            [(root, target)], [], [], load_formats().pack(), Overrides(), Options(workers=workers), store, Silent()
        )
        scan.run()
        return store.counts().files


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["recognise", folder]:
            print(recognise(folder))
        case ["inventory", folder, workers]:
            print(inventory(folder, int(workers)))
        case _:
            sys.exit(__doc__)
