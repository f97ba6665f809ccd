#!/usr/bin/env python3
"""Paired timings of the surface probes against tools that everybody knows: ratios, taken in turn in one run.

  python bench/surface.py --jar FILE.jar --jars FOLDER --headers FOLDER [--goals J1,J2,H1] [--pairs 5]

J1 needs javap, J2 unzip, H1 ctags (Universal or Exuberant). FOLDER of J2 holds jars, that of H1 headers below an
`include`. `stage` is the reader with the unpacking, the rows with `w` are the whole program with inventory, hashes and
report. `--agree` counts what our readers and the peers find in the same files instead.
"""

import argparse
import sys
import tempfile
import zipfile
from collections import Counter
from pathlib import Path

from run import HERE, PROGRAM, PYTHON, line, pairs, shell

SUFFIXES = {".h", ".hxx", ".hpp", ".hh", ".lxx", ".gxx"}


def stage_jars(places: list[Path]) -> None:
    """Read all classes of jars as the engine unpacks them, and count what they offer."""
    from cpo_scan.probe import Unreadable
    from cpo_scan.probe.classfile import read_class
    from cpo_scan.targets.budget import Budget
    from cpo_scan.targets.containers import OPENERS
    from cpo_scan.targets.limits import Limits
    from cpo_scan.targets.member import Names
    from cpo_scan.targets.walk import open_entry

    counts: Counter[str] = Counter()
    for place in places:
        with open_entry(str(place.parent), place.name) as content:
            for member in OPENERS["zip"](content, Budget(Limits()).enter(), place.name, Names()):
                if member.kind != "file" or not member.name.endswith(".class"):
                    continue
                with member.content() as inner:
                    try:
                        found = read_class(inner.whole(), offered=True)
                    except Unreadable:
                        counts["unreadable"] += 1
                        continue
                counts["classes"] += 1
                counts["members"] += len(found.members)
    print(dict(counts))


def stage(jars: list[Path]) -> list[str]:
    return [PYTHON, str(HERE / "surface.py"), "--stage", *map(str, jars)]


def whole(target: Path, probe: str, workers: int) -> list[str]:
    return [str(PROGRAM), "scan", str(target), "--only", probe, "--workers", str(workers), "--quiet"]


def javap(jar: Path) -> list[str]:
    names = f"unzip -Z1 '{jar}' '*.class' | sed 's/\\.class$//;s#/#.#g'"
    return shell(f"{names} | xargs -n 100000 javap -public -cp '{jar}' >/dev/null")


def ctags(listed: Path, target: str) -> list[str]:
    options = "--languages=C++ --langmap=C++:.hxx.h.lxx.hpp.gxx --kinds-C++=+p"
    return shell(f"ctags {options} -L '{listed}' -f '{target}' 2>/dev/null")


def agree_java(jar: Path) -> None:
    """Public and protected members, class by class, as `javap -protected` shows them, with what compilers made."""
    import re
    import subprocess

    from cpo_scan.probe import classfile

    classfile.SYNTHETIC = classfile.BRIDGE = 0
    with zipfile.ZipFile(jar) as archive:
        found = [classfile.read_class(archive.read(name)) for name in archive.namelist() if name.endswith(".class")]
    ours = {each.name: len(each.members) for each in found if not each.name.endswith("-info")}
    theirs: Counter[str] = Counter()
    names = [name.replace("/", ".") for name in ours]
    for start in range(0, len(names), 1_500):
        command = ["javap", "-protected", "-cp", str(jar), *names[start : start + 1_500]]
        current = ""
        for text in subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines():
            if head := re.match(r"(?!Compiled|\s).*?\b(?:class|interface) ([\w.$]+).*\{$", text):
                current = head[1].replace(".", "/")
            elif text.startswith("  ") and text.endswith(";") and text.strip() != "static {};":
                theirs[current] += 1
    differ = sum(ours[name] != theirs[name] for name in ours)
    print(f"{jar.name}: {len(ours)} classes, members {sum(ours.values())} / javap {theirs.total()}, {differ} differ")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jar", type=Path)
    parser.add_argument("--jars", type=Path)
    parser.add_argument("--headers", type=Path)
    parser.add_argument("--goals", default="J1,J1w,J2,J2w,H1", help="ids, with commas")
    parser.add_argument("--pairs", type=int, default=5, help="pairs of runs for each ratio (default: 5)")
    parser.add_argument("--agree", action="store_true")
    parser.add_argument("--stage", type=Path, nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.stage:
        stage_jars(options.stage)
    elif options.agree:
        agree_java(options.jar)
    else:
        with tempfile.TemporaryDirectory() as scratch:
            measure(options, Path(scratch))


def measure(options: argparse.Namespace, scratch: Path) -> None:
    """Print a line for each goal. Lists for the peers are written to `scratch`."""
    rows: list[tuple[str, str, list[str], list[str], float]] = []
    if options.jar:
        rows += [
            ("J1", "public API of a jar / javap -public", stage([options.jar]), javap(options.jar), 0.18),
            ("J1w", "the same, whole scan", whole(options.jar, "sdk.surface-java", 1), javap(options.jar), 0.18),
        ]
    if options.jars:
        unzip = shell(f"for j in '{options.jars}'/*.jar; do unzip -tqq \"$j\"; done >/dev/null 2>&1")
        jars = sorted(options.jars.glob("*.jar"))
        rows += [
            ("J2", "public API of jars, one process / unzip -tqq", stage(jars), unzip, 1.4),
            ("J2w", "the same, whole scan, 2 workers", whole(options.jars, "sdk.surface-java", 2), unzip, 0.9),
        ]
    if options.headers:
        listed = scratch / "headers.txt"
        found = sorted(str(path) for path in options.headers.rglob("*") if path.suffix in SUFFIXES)
        listed.write_text("\n".join(found), encoding="utf-8")
        ours = whole(options.headers, "sdk.surface-headers", 2)
        rows.append(("H1", f"{len(found)} headers, 2 workers / ctags", ours, ctags(listed, str(scratch / "tags")), 2.8))
    wanted = set(options.goals.split(","))
    for name, what, ours, theirs, goal in rows:
        if name in wanted:
            ratio, note = pairs(ours, theirs, options.pairs)
            line(name, what, f"{ratio:.3f}", f"{goal}", note)


if __name__ == "__main__":
    sys.exit(main())
