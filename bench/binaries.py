#!/usr/bin/env python3
"""Paired timings of what is read out of native code: goals N1 and B1.

  python bench/binaries.py --tree FOLDER [--tree FOLDER] [--goals N1,B1] [--pairs 5]

All ELF files below the folders are read, each once. N1 reads the symbols that they export, as `nm -D --defined-only`
does; the names and their number are compared first. B1 looks for the literals that a capability begins with, as
`rg -a -uuu -c` does with the same literals.
"""

import argparse
import mmap
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from run import PYTHON, line, pairs

HERE = Path(__file__).resolve()
LITERALS = [text.encode(code) for text in ("xport", "mport") for code in ("ascii", "utf-16-le")]


def programs(trees: list[Path]) -> Iterator[Path]:
    """Regular files that begin as ELF does; a file with many names once."""
    seen: set[tuple[int, int]] = set()
    for tree in trees:
        for path in sorted(tree.rglob("*")):
            if path.is_symlink() or not path.is_file():
                continue
            about = path.stat()
            if (about.st_dev, about.st_ino) in seen or about.st_size < 64:
                continue
            seen.add((about.st_dev, about.st_ino))
            with path.open("rb") as file:
                if file.read(4) == b"\x7fELF":
                    yield path


def mapped(paths: Path) -> Iterator[mmap.mmap]:
    for name in paths.read_bytes().split(b"\0"):
        if name:
            with open(os.fsdecode(name), "rb") as file:  # noqa: PTH123 - any bytes may be a name
                yield mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def symbols(paths: Path) -> None:
    from cpo_scan.probe.binaries import read_binary
    from cpo_scan.targets.errors import Unreadable

    count = 0
    for data in mapped(paths):
        try:
            count += len(read_binary(data).exported)
        except Unreadable:
            continue  # nm says so too
        data.close()
    print(count)


def literals(paths: Path) -> None:
    from cpo_scan.probe import holds

    print(sum(holds(data, LITERALS) for data in mapped(paths)))


STAGES = {"symbols": symbols, "literals": literals}


def ours(stage: str, paths: Path) -> list[str]:
    return [PYTHON, str(HERE), "stage", stage, str(paths)]


def escaped(text: bytes) -> str:
    return "".join(f"\\x{octet:02x}" for octet in text)


def output(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tree", action="append", default=[], type=Path, help="a folder with programs and libraries")
    parser.add_argument("--goals", default="N1,B1", help="ids, with commas")
    parser.add_argument("--pairs", type=int, default=5, help="pairs of runs for each ratio (default: 5)")
    options = parser.parse_args()
    wanted = set(options.goals.split(","))
    with tempfile.TemporaryDirectory() as scratch:
        paths = Path(scratch, "paths")
        found = list(programs(options.tree))
        paths.write_bytes(b"\0".join(os.fsencode(path) for path in found))
        size = sum(path.stat().st_size for path in found) // 10**6
        what = f"{len(found)} ELF files, {size} MB"
        if "N1" in wanted and shutil.which("nm"):
            listing = f"xargs -0 nm -D --defined-only --format=posix < '{paths}' 2>/dev/null"
            theirs = len([row for row in output(["sh", "-c", listing]).splitlines() if len(row.split()) > 2])
            print(f"     symbols: {output(ours('symbols', paths)).strip()} here, {theirs} by nm", flush=True)
            ratio, note = pairs(ours("symbols", paths), ["sh", "-c", listing + " >/dev/null; true"], options.pairs)
            line("N1", f"exported symbols, {what} / nm -D", f"{ratio:.2f}", "0.9", note)
        if "B1" in wanted and shutil.which("rg"):
            asked = " ".join(f"-e '{escaped(text)}'" for text in LITERALS)
            search = f"xargs -0 rg -a -uuu -c --no-unicode {asked} < '{paths}'"
            peer = ["sh", "-c", f"{search} >/dev/null; true"]
            ratio, note = pairs(ours("literals", paths), peer, options.pairs)
            line("B1", f"literals of formats, {what} / rg -c", f"{ratio:.2f}", "1.5", note)
            ratio, note = pairs(ours("literals-plain", paths), peer, min(options.pairs, 3))
            line("B1-", "the same without the extra [fast]", f"{ratio:.2f}", "", note)


if __name__ == "__main__":
    if sys.argv[1:2] == ["stage"]:
        name = sys.argv[2]
        if name.endswith("-plain"):
            sys.modules["re2"] = None  # type: ignore[assignment]  # as where the extra is not installed
        STAGES[name.removesuffix("-plain")](Path(sys.argv[3]))
    else:
        main()
