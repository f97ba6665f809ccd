#!/usr/bin/env python3
"""Paired timings of cpo-scan against tools that everybody knows: ratios, taken in turn in one run.

  python bench/run.py --tree lo=FOLDER --tree freecad=FOLDER [--goals I1,I2] [--pairs 5]

Trees are folders with unpacked products; docs/performance.md says which packages make them. A goal whose tree or peer
is missing is named and left out. Seconds vary from machine to machine, ratios much less: only these are quoted; the
ratio of processor time stands beside, which other users of the machine disturb less.

Python runs as it does where pip installed a program: with the byte code of its modules at hand.
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, sleep
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
PYTHON = sys.executable
PROGRAM = Path(PYTHON).with_name("cpo-scan")
MANY = 300_000  # files of the tree `many`
SETTLED = 4  # seconds after which a file that was just made may be trusted by its time
BYTE_CODE = tempfile.TemporaryDirectory(prefix="bench-")
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | {
    "PYTHONPYCACHEPREFIX": BYTE_CODE.name
}


class Goal(NamedTuple):
    """One line of the table: what is timed (A), against what (B), and what the ratio A/B should stay below."""

    id: str
    what: str
    tree: str
    ours: Callable[[Path], list[str]]
    peer: Callable[[Path], list[str] | None]
    goal: float


def shell(text: str) -> list[str]:
    return ["sh", "-c", text]


def stage(name: str, *options: str) -> Callable[[Path], list[str]]:
    """A stage of a scan by itself, as `bench/stages.py` runs it."""
    return lambda tree: [PYTHON, str(HERE / "stages.py"), name, str(tree), *options]


def whole(*options: str) -> Callable[[Path], list[str]]:
    return lambda tree: [str(PROGRAM), "scan", str(tree), "--quiet", *options]


def file_command(tree: Path) -> list[str] | None:
    return shell(f"find '{tree}' -type f -print0 | xargs -0 file -b >/dev/null") if shutil.which("file") else None


def openssl(tree: Path) -> list[str] | None:
    if not shutil.which("openssl"):
        return None
    return shell(f"find '{tree}' -type f -print0 | xargs -0 openssl dgst -sha256 >/dev/null")


def scancode(tree: Path) -> list[str] | None:
    program = os.environ.get("SCANCODE") or shutil.which("scancode")
    report = str(Path(tempfile.gettempdir(), "scancode.json"))  # it refuses devices
    return [program, "--quiet", "--info", "-n", "2", "--json", report, str(tree)] if program else None


GOALS = (
    Goal("I1", "recognise every file, 1 worker / file", "lo", stage("recognise"), file_command, 0.10),
    Goal("I2", "inventory + SHA-256, 1 worker / file", "lo", stage("inventory", "1"), file_command, 0.18),
    Goal("I3", "inventory + SHA-256, 1 worker / openssl dgst", "lo", stage("inventory", "1"), openssl, 1.3),
    Goal("I3b", "inventory + SHA-256, 2 workers / openssl dgst", "lo", stage("inventory", "2"), openssl, 0.8),
    Goal("I4", "inventory + SHA-256 / scancode --info -n 2", "freecad", stage("inventory", "1"), scancode, 0.03),
    Goal("S1", "whole scan, 2 workers / file", "freecad", whole("--workers", "2"), file_command, 1.3),
    Goal("S2", "whole scan, 2 workers / scancode --info -n 2", "freecad", whole("--workers", "2"), scancode, 0.2),
    Goal("S3", "whole scan, 2 workers / file", "lo", whole("--workers", "2"), file_command, 0.35),
    Goal("W1", "whole scan, 2 workers / 1", "freecad", whole("--workers", "2"), whole("--workers", "1"), 0.58),
    Goal(
        "V1",
        "cpo-scan --version / python -c pass",
        "",
        lambda _: [str(PROGRAM), "--version"],
        lambda _: [PYTHON, "-c", "pass"],
        6.0,
    ),
)


class Took(NamedTuple):
    """Seconds of one run: on the clock, and of all its processes on the processors."""

    wall: float
    cpu: float


def seconds(command: list[str]) -> Took:
    """One run; a run that fails ends the benchmark, for its time would say nothing."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), perf_counter()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=ENVIRONMENT, check=False)
    wall, after = perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    took = Took(wall, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    if done.returncode not in (0, 1, 3, 123):  # 3: the report owns up to something unread; 123: xargs passes on
        sys.exit(f"bench: {' '.join(command[:4])} … ended with {done.returncode}: {done.stderr.decode()[-300:]}")
    return took


def peak(command: list[str]) -> float:
    """Largest resident set of any process of one run, in MiB (getrusage, RUSAGE_CHILDREN, of a helper process)."""
    helper = "import resource,subprocess,sys;subprocess.run(sys.argv[1:],stdout=subprocess.DEVNULL);"
    helper += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    out = subprocess.run(
        [PYTHON, "-c", helper, *command], capture_output=True, text=True, env=ENVIRONMENT, check=True
    ).stdout
    return int(out.splitlines()[-1]) / (1024 if sys.platform == "linux" else 2**20)


def pairs(ours: list[str], peer: list[str], number: int) -> tuple[float, str]:
    """Median ratio of runs taken in turn, and a note with what both took; one run of each first warms up."""
    seconds(ours), seconds(peer)
    taken = [(seconds(ours), seconds(peer)) for _ in range(number)]
    wall, other = (statistics.median(pair[side].wall for pair in taken) for side in (0, 1))
    cpu = statistics.median(a.cpu / b.cpu for a, b in taken if b.cpu)
    return statistics.median(a.wall / b.wall for a, b in taken), f"{wall:.2f} s / {other:.2f} s, processors {cpu:.3f}"


def line(name: str, what: str, got: str, goal: str, note: str = "") -> None:
    print(f"{name:4} {what:52} {got:>12}   goal {goal:>10}  {note}", flush=True)


def copies(tree: Path, number: int, folder: Path) -> Path:
    """A tree of `number` hard-linked copies."""
    for count in range(number):
        shutil.copytree(tree, folder / str(count), copy_function=os.link, symlinks=True)
    return folder


def many(folder: Path) -> Path:
    """300 folders with 1,000 files of 9 bytes each."""
    for number in range(MANY // 1000):
        (folder / str(number)).mkdir(parents=True)
        for file in range(1000):
            (folder / str(number) / str(file)).write_bytes(b"%09d" % (number * 1000 + file))
    return folder


def growth(tree: Path, wanted: set[str], number: int) -> None:
    """M2 and L1: sixteen times the tree must cost at most sixteen times the time, and no more memory."""
    with tempfile.TemporaryDirectory(dir=tree.parent) as scratch:
        once, often = copies(tree, 1, Path(scratch, "once")), copies(tree, 16, Path(scratch, "often"))
        run = stage("inventory", "1")
        if "M2" in wanted:
            ratio = peak(run(often)) / peak(run(once))
            line("M2", "peak memory at 16 times the tree / at 1", f"{ratio:.2f}", "1.10")
        if "L1" in wanted:
            ratio, note = pairs(run(often), run(once), number)
            line("L1", "time at 16 times the tree / at 1", f"{ratio:.1f}", "16.5", note)


def next_release(tree: Path, folder: Path) -> Path:
    """A copy of a tree (hard links where nothing changed) in which every hundredth file has other bytes.

    Where the hundredth is no text, the next text after it is taken: a line end more is a change that breaks no file.
    """
    shutil.copytree(tree, folder, copy_function=os.link, symlinks=True)
    due = 0
    for number, path in enumerate(
        sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    ):
        due += number % 100 == 0
        data = path.read_bytes() if due else b""
        if data and b"\0" not in data:
            path.unlink()
            path.write_bytes(data + b"\n")
            due -= 1
    return folder


def warm(tree: Path, number: int) -> None:
    """S5: a release in which 1 % of the files changed, with the cache of the one before, against a scan without one."""
    with tempfile.TemporaryDirectory(dir=tree.parent) as scratch:
        after, kept, used = next_release(tree, Path(scratch, "after")), Path(scratch, "kept"), Path(scratch, "used")
        cold = whole("--workers", "2")(after)
        seconds(whole("--workers", "2", "--cache", str(kept))(tree))
        taken = []
        for _ in range(number + 1):  # the first pair warms up
            shutil.rmtree(used, ignore_errors=True)
            shutil.copytree(kept, used)
            used.chmod(0o700)
            taken.append((seconds(whole("--workers", "2", "--cache", str(used))(after)), seconds(cold)))
        del taken[0]
        wall, other = (statistics.median(pair[side].wall for pair in taken) for side in (0, 1))
        cpu = statistics.median(a.cpu / b.cpu for a, b in taken)
        note = f"{wall:.2f} s / {other:.2f} s, processors {cpu:.3f}"
        ratio = statistics.median(a.wall / b.wall for a, b in taken)
        line("S5", f"1 % changed, cache of the release before / cold, {tree.name}", f"{ratio:.3f}", "0.10", note)


def unchanged(number: int) -> None:
    """I6: 300,000 files that are as they were, by their sizes and times, against a walk that looks at each size."""
    with tempfile.TemporaryDirectory() as scratch:
        tree, kept = many(Path(scratch, "many")), Path(scratch, "kept")
        sleep(SETTLED)
        again = whole("--workers", "2", "--trust-stat", "--cache", str(kept))(tree)
        seconds(again)
        ratio, note = pairs(again, shell(f"find '{tree}' -size +100000G"), number)
        line("I6", "scan of 300,000 files again, --trust-stat / find -size", f"{ratio:.2f}", "4", note)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tree", action="append", default=[], metavar="NAME=FOLDER", help="lo, freecad")
    parser.add_argument("--goals", default="I1,I2,I3,I3b,I4,S1,S2,S3,S5,I6,M1,M2,W1,L1,V1", help="ids, with commas")
    parser.add_argument("--pairs", type=int, default=5, help="pairs of runs for each ratio (default: 5)")
    options = parser.parse_args()
    trees = {name: Path(place) for name, _, place in (tree.partition("=") for tree in options.tree)}
    wanted = set(options.goals.split(","))
    for goal in GOALS:
        if goal.id not in wanted:
            continue
        if goal.tree and goal.tree not in trees:
            line(goal.id, goal.what, "not run", f"{goal.goal}", f"give --tree {goal.tree}=FOLDER")
            continue
        tree = trees.get(goal.tree, Path())
        peer = goal.peer(tree)
        if peer is None:
            line(goal.id, goal.what, "not run", f"{goal.goal}", "the peer is not installed")
            continue
        ratio, note = pairs(goal.ours(tree), peer, options.pairs)
        line(goal.id, goal.what, f"{ratio:.3f}", f"{goal.goal}", note)
    if "freecad" in trees and wanted & {"M2", "L1"}:
        growth(trees["freecad"], wanted, min(options.pairs, 3))
    if "S5" in wanted:
        for name in sorted(trees.keys() & {"freecad", "lo"}):
            warm(trees[name], options.pairs)
    if "I6" in wanted:
        unchanged(options.pairs)
    if "M1" in wanted:
        with tempfile.TemporaryDirectory() as scratch:
            got = peak(stage("inventory", "1")(many(Path(scratch, "many"))))
        line("M1", "peak of any process, recognise + hash, 300,000 files", f"{got:.0f} MiB", "64 MiB")


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
