"""The rules of the house, held by the syntax trees of its modules: who may import whom, and what probes leave alone."""

import ast
import builtins
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ENGINE, PROBES = ROOT / "cpo_scan", ROOT / "probes" / "cpo_probes"

# docs/architecture.md: imports run downwards only. A package may import those named here, and itself.
_DATA = {"model", "rulebook"}
_OPENING = {*_DATA, "targets"}
_FINDING = {*_OPENING, "formats", "probe"}
_JUDGING = {"scan", "assess", "layers", "report", "trail", "gate"}
MAY_IMPORT: dict[str, set[str]] = {
    "model": set(),
    "rulebook": {"model"},
    "targets": _DATA,
    "formats": {*_OPENING, "probe.patterns"},  # signatures and probes share one engine for patterns
    "probe": {*_OPENING, "formats"},
    "scan": _FINDING,
    "assess": _FINDING,
    "report": _FINDING,
    "trail": _FINDING,
    "layers": _DATA,  # people's words are held against facts and outcomes as data, and no judgement rests on them
    "gate": _FINDING,
    "catalogues": {*_DATA, "targets", "probe.xml", "layers"},  # other people's catalogues become rules, and back again
    "compare": {"model", "report"},  # reports beside each other, as anybody reads them
    "judging": {*_DATA, "assess", "layers", "gate", "report", "catalogues.requirements"},
    "run": {*_FINDING, *_JUDGING, "judging"},  # the whole way of the data, for those who call it from a program
    "cli": {*_FINDING, *_JUDGING, "catalogues", "compare", "judging", "run"},
    "__main__": {"cli"},
    "pytest_plugin": {"probe"},
}

NO_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc", "tools"}

# What a probe must not touch itself: the readers of the context and `cpo_scan.probe.patterns` stand for these.
NOT_IN_PROBES = {
    "asyncio", "bz2", "csv", "ctypes", "datetime", "glob.glob", "glob.iglob", "gzip", "html.parser", "http",
    "importlib", "io", "json",
    "lxml", "lzma", "marshal", "multiprocessing", "os", "pathlib", "pickle", "platform", "random", "re", "re2",
    "requests", "secrets", "shelve", "shutil", "socket", "sqlite3", "ssl", "subprocess", "sys", "tarfile", "tempfile",
    "threading", "time", "urllib.request", "uuid", "xml", "yaml", "zipfile", "zlib",
}  # fmt: skip
NOT_CALLED_IN_PROBES = {"open", "eval", "exec", "compile", "__import__", "input", "print", "globals", "hash"}

# Patterns of the standard library that were reviewed by hand: no two repeats side by side or inside each other can take
# the same text, so the time is linear. What `cpo_scan.probe.patterns` lacks for them:
REVIEWED_PATTERNS = {
    "api/openapi/probe.py": "a sub and a look-behind on short strings",
    "api/openapi/rules.py": "findall on path templates",
    "api/openapi/surface.py": "a sub and a look-behind on short strings",
    "exchange/step/instances.py": "as part21.py: possessive repeats on mapped bytes, and RE2 where it is installed",
    "exchange/step/runs.py": "tokens of a Part 21 file, whose grammar is built from parts",
    "exchange/step/shapes.py": "the pattern of a schema, where RE2 is not installed",
    "exchange/step/values.py": "values of a Part 21 file, whose grammar is built from parts",
    "exchange/names/label_words.py": "findall and looks around on names; every try takes something",
    "exchange/express/tokens.py": "findall over a source, where a pass costs most; every try takes something",
    "exchange/part21/checker.py": "the schema names of a Part 21 file",
    "exchange/part21/header.py": "the header of a Part 21 file, whose grammar is built from parts",
    "exchange/part21/names.py": "possessive repeats on mapped bytes, where a pass costs most",
    "exchange/part21/records.py": "possessive repeats on mapped bytes, where a pass costs most",
    "exchange/part21/tokens.py": "possessive repeats on mapped bytes, and RE2 where it is installed",
}


def modules(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*.py") if "templates" not in path.parts)


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path, *, at_run_time: bool = False) -> Iterator[tuple[int, str]]:
    """Line and full name of each import, also of those inside of functions and (else) for type checkers only."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(_Running().visit(tree) if at_run_time else tree):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                yield from ((node.lineno, f"{module}.{alias.name}") for alias in names)
            case ast.ImportFrom():
                yield node.lineno, "a relative import"
            case _:
                pass


class _Running(ast.NodeTransformer):
    """Leaves out what only a type checker sees."""

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        match node.test:
            case ast.Name(id="TYPE_CHECKING"):
                return node.orelse
            case _:
                return self.generic_visit(node)


def is_below(name: str, module: str) -> bool:
    return name == module or name.startswith(f"{module}.")


EVERY = [*modules(ENGINE), *modules(PROBES)]


def package_of(path: Path) -> str:
    first = path.relative_to(ENGINE).parts[0]
    return first.removesuffix(".py")


def test_every_package_has_its_place_in_the_house() -> None:
    assert {package_of(path) for path in modules(ENGINE)} - {"__init__"} <= set(MAY_IMPORT)


@pytest.mark.parametrize("path", modules(ENGINE), ids=named)
def test_imports_run_downwards_only(path: Path) -> None:
    package = package_of(path)
    allowed = {package, *MAY_IMPORT.get(package, set())}
    wrong = [
        f"{named(path)}:{line}: {name}"
        for line, name in imports(path)
        if is_below(name, "cpo_probes")
        or name == "a relative import"
        or (
            is_below(name, "cpo_scan")
            and name != "cpo_scan.__version__"
            and not any(is_below(name, f"cpo_scan.{other}") for other in allowed)
        )
    ]
    assert wrong == []


@pytest.mark.parametrize("path", modules(PROBES), ids=named)
def test_probes_use_only_the_public_sdk_and_their_own_family(path: Path) -> None:
    family = path.relative_to(PROBES).parts[0]
    wrong = [
        f"{named(path)}:{line}: {name}"
        for line, name in imports(path)
        if (is_below(name, "cpo_scan") and not is_below(name, "cpo_scan.probe"))
        or (is_below(name, "cpo_probes") and not is_below(name, f"cpo_probes.{family}"))
        or name == "a relative import"
    ]
    assert wrong == []


@pytest.mark.parametrize("path", modules(PROBES), ids=named)
def test_probes_read_through_the_context_only(path: Path) -> None:
    reviewed = path.relative_to(PROBES).as_posix() in REVIEWED_PATTERNS
    forbidden = NOT_IN_PROBES - ({"re", "re2"} if reviewed else set())
    wrong = [
        f"{named(path)}:{line}: import {name}"
        for line, name in imports(path, at_run_time=True)
        if any(is_below(name, module) for module in forbidden)
    ]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in NOT_CALLED_IN_PROBES:
                wrong.append(f"{named(path)}:{node.lineno}: {name}()")
            case ast.Attribute(value=ast.Name(id="msgspec"), attr="json" | "yaml" | "toml" | "msgpack" as name):
                if not reviewed:
                    wrong.append(f"{named(path)}:{node.lineno}: msgspec.{name}")
            case _:
                pass
    assert wrong == []


def test_reviewed_patterns_are_still_there() -> None:
    assert [name for name in REVIEWED_PATTERNS if not (PROBES / name).is_file()] == []


@pytest.mark.parametrize("path", EVERY, ids=named)
def test_module_says_what_lives_in_it(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), f"{named(path)} has no opening docstring"


@pytest.mark.parametrize("path", EVERY, ids=named)
def test_module_has_a_name_of_the_field(path: Path) -> None:
    assert NO_NAMES.isdisjoint(part.removesuffix(".py") for part in path.relative_to(ROOT).parts)


@pytest.mark.parametrize("path", EVERY, ids=named)
def test_no_error_is_swallowed(path: Path) -> None:
    wrong = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.ExceptHandler(type=None):
                wrong.append(f"{named(path)}:{node.lineno}: except without a type")
            case ast.ExceptHandler(
                type=ast.Name(id="Exception" | "BaseException" | "OSError" | "ValueError"),
                body=[ast.Pass() | ast.Expr(value=ast.Constant(value=builtins.Ellipsis))],
            ):
                wrong.append(f"{named(path)}:{node.lineno}: except … pass")
            case _:
                pass
    assert wrong == []


def entry_points() -> dict[str, str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found: dict[str, str] = project["entry-points"]["cpo_scan.probes.v1"]
    return found


def test_every_probe_class_is_an_entry_point() -> None:
    """A probe that nobody registered would never run."""
    declared = set(entry_points().values())
    found = set()
    for path in modules(PROBES):
        module = ".".join(path.relative_to(PROBES.parent).with_suffix("").parts)
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            match node:
                case ast.ClassDef(name=name, bases=[ast.Name(id="Probe" | "ProductProbe" | "CombiningProbe"), *_]):
                    found.add(f"{module}:{name}")
                case _:
                    pass
    assert found == declared


@pytest.mark.parametrize(("identity", "value"), entry_points().items())
def test_every_probe_has_complete_metadata_and_tests(identity: str, value: str) -> None:
    from importlib import import_module

    from cpo_scan.probe.testing import check_metadata

    module, _, name = value.partition(":")
    probe = getattr(import_module(module), name)
    check_metadata(probe)
    assert probe.id == identity
    tests = [path for path in (ROOT / "tests" / "probes").glob("test_*.py") if name in path.read_text(encoding="utf-8")]
    assert tests, f"no test in tests/probes names {name}"


def test_a_stranger_s_pytest_run_imports_nothing_of_ours() -> None:
    program = (
        "import sys, cpo_scan.pytest_plugin;"
        "print(sorted(name for name in sys.modules if name.startswith(('cpo_', 'msgspec', 'lxml', 'yaml'))))"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "['cpo_scan', 'cpo_scan.pytest_plugin']"
