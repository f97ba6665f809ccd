#!/usr/bin/env python3
"""The assessment of 10,000, 100,000 and 1,000,000 findings as a ratio to parsing the same report as JSON (goal A1).

    python bench/assess.py [--findings 10000,100000,1000000] [--pairs 3]

The findings are those of the open sample, copied into as many folders as it takes, each copy with ids and paths of its
own. Both sides run in a process of their own and in turn, the parser without Python's collector, which would cost it
most of its time. The greatest memory is that of the whole process; a report above 64 MB is mapped, and counts in whole.
"""

import argparse
import hashlib
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
SAMPLE = HERE.parent / "samples" / "open-plm" / "product.yaml"
_SIDE = """
import resource, sys, time
side, path = sys.argv[1:]
if side == "parse":
    import gc
    import msgspec
    gc.disable()  # the collector would walk over what is parsed again and again
    content = open(path, "rb").read()
    began = time.process_time()
    msgspec.json.decode(content)
else:
    from cpo_scan.judging import Judging, _assess, read_again
    from cpo_scan.report import read_report
    from cpo_scan.rulebook.book import load_rulebook
    book = load_rulebook()
    report = read_report(path)
    began = time.process_time()
    _assess(read_again(report), book)
print(time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def sample(folder: Path) -> dict[str, Any]:
    """A report on the open sample."""
    file = folder / "sample.json"
    subprocess.run(
        [sys.executable, "-m", "cpo_scan", "scan", "--product", str(SAMPLE), "-o", f"json={file}", "--quiet"],
        check=True,
    )
    found: dict[str, Any] = json.loads(file.read_bytes())
    return found


def copies(findings: list[dict[str, Any]], count: int) -> Iterator[dict[str, Any]]:
    """`count` findings in the order of a report: the sample's, folder after folder."""
    for number in range(count):
        copy, place = divmod(number, len(findings))
        row = findings[place]
        evidence = [
            {**piece, "artifact": "/".join([piece["artifact"].split("/")[0], f"copy-{copy:06}", piece["artifact"]])}
            for piece in row["evidence"]
        ]
        yield {**row, "id": f"{number:064x}", "evidence": evidence}


def write(report: dict[str, Any], count: int, file: Path) -> None:
    """A report with `count` findings, as this program would seal it; row by row, for a process that starts others hands
    its greatest memory on to them."""
    from cpo_scan.model.assessment import assessment_digest
    from cpo_scan.model.canonical import canonical

    before, after = canonical({**report["body"], "findings": []}).split(b'"findings":[]')
    seal = hashlib.sha256()
    with file.open("wb", buffering=1 << 20) as stream:
        stream.write(b'{"schema_version":"1.0","body":')
        for piece in _body(before, copies(report["body"]["findings"], count), after):
            seal.update(piece)
            stream.write(piece)
        scan = seal.hexdigest()
        rest = {
            "scan_digest": scan,
            "assessment": report["assessment"],
            "assessment_digest": assessment_digest(scan, report["assessment"]),
            "layers": report["layers"],
            "gate": report["gate"],
            "run": report["run"],
        }
        for name, value in rest.items():
            stream.write(b',"%s":' % name.encode() + canonical(value))
        stream.write(b"}\n")


def _body(before: bytes, rows: Iterator[dict[str, Any]], after: bytes) -> Iterator[bytes]:
    from cpo_scan.model.canonical import canonical

    yield before + b'"findings":['
    for number, row in enumerate(rows):
        yield (b"," if number else b"") + canonical(row)
    yield b"]" + after


def run(side: str, file: Path) -> tuple[float, float]:
    """Seconds of CPU and the greatest memory in MB (Linux: kilobytes; macOS: bytes)."""
    shown = subprocess.run(
        [sys.executable, "-c", _SIDE, side, str(file)], check=True, capture_output=True, text=True
    ).stdout.split()
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return float(shown[0]), float(shown[1]) / unit


def main() -> None:
    """Prints a line for each size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--findings", default="10000,100000,1000000")
    parser.add_argument("--pairs", type=int, default=3)
    options = parser.parse_args()
    head = ("findings", "report MB", "assess s", "parse s", "ratio", "assess MB", "parse MB")
    print("".join(f"{name:>12}" for name in head))
    with tempfile.TemporaryDirectory(prefix="cpo-scan-bench-") as place:
        folder = Path(place)
        report = sample(folder)
        for count in (int(number) for number in options.findings.split(",")):
            file = folder / "report.json"
            write(report, count, file)
            pairs = [(run("assess", file), run("parse", file)) for _ in range(options.pairs)]
            ours, theirs = (statistics.median(pair[side][0] for pair in pairs) for side in (0, 1))
            ratio = statistics.median(pair[0][0] / pair[1][0] for pair in pairs)
            memory = [max(pair[side][1] for pair in pairs) for side in (0, 1)]
            size = file.stat().st_size / 1e6
            print(f"{count:12}{size:12.0f}{ours:12.2f}{theirs:12.2f}{ratio:12.1f}{memory[0]:12.0f}{memory[1]:12.0f}")


if __name__ == "__main__":
    main()
