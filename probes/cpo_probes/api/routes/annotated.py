"""Routes of annotated classes, in sources, class files and assemblies. The rules say what an annotation means."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from cpo_probes.api.annotated import Annotation, Class, Skeleton
from cpo_probes.api.routes.route import Route, joined

Row = dict[str, Any]


class _Meant(NamedTuple):
    annotation: Annotation
    row: Row

    @property
    def paths(self) -> tuple[str, ...]:
        for name in self.row.get("values", ()):
            if name in self.annotation.values:
                return self.annotation.values[name]
        return ()

    @property
    def verbs(self) -> tuple[str, ...]:
        if self.row["role"] != "mapping":
            name = self.annotation.name.rpartition(".")[2]
            verb = name.removesuffix("Mapping").removeprefix("Http").upper()
            return ("" if verb == "ALL" else verb,)
        return tuple(verb.rpartition(".")[2] for verb in self.annotation.values.get(self.row["verbs"], ())) or ("",)


class Annotations:
    """The rules for one file: rows by the name of the annotation, as far as the file imports their packages."""

    def __init__(self, rows: list[Row], language: str) -> None:
        self._rows = [row for row in rows if row["language"] == language]

    def of_source(self, skeleton: Skeleton) -> "dict[str, Row]":
        """By simple name: a package must stand in the source (`import`, `using`, `from`)."""
        named = {package: package in skeleton.source for row in self._rows for package in row["packages"]}
        return {
            name: row
            for row in self._rows
            if any(named[package] for package in row["packages"])
            for name in row["names"]
        }

    def of_class_files(self) -> "dict[str, Row]":
        """By full name."""
        return {f"{package}.{name}": row for row in self._rows for package in row["packages"] for name in row["names"]}


def annotated_routes(found: list[Class], rows: dict[str, Row]) -> Iterator[Route]:
    """The routes that classes declare, in their order."""
    for one in found:
        own = _meant(one.annotations, rows)
        if any(meant.row["role"] == "client" and _fits(meant) for meant in own):
            continue
        for meant in own:
            if meant.row["role"] == "endpoint":
                # A service without a name has that of its class; a servlet without a path is reached by none.
                unnamed = () if meant.row["interface"] == "http" else (one.name.rpartition(".")[2],)
                for path in meant.paths[:8] or unnamed:
                    yield _route(meant, "", path)
        bases = [path for meant in own if meant.row["role"] in ("class", "mapping") for path in meant.paths[:1]]
        base = _filled(bases[0], one.name) if bases else ""
        for method in one.methods:
            yield from _method(_meant(method.annotations, rows), base, one.name)


def _fits(meant: _Meant) -> bool:
    """Has the annotation the value that the rule asks for, if it does?"""
    return "when" not in meant.row or any(meant.row["when"] in values for values in meant.annotation.values.values())


def _method(meant: list[_Meant], base: str, name: str) -> Iterator[Route]:
    shared = [path for one in meant if one.row["role"] == "class" for path in one.paths[:1]]
    for one in meant:
        match one.row["role"]:
            case "verb" | "mapping":
                for path in one.paths[:8] or (shared[0] if shared else "",):
                    for verb in one.verbs[:8]:
                        # a path that begins with `/` or `~/` replaces that of the class (ASP.NET Core)
                        absolute = one.row["framework"] == "aspnet" and path.startswith(("/", "~/"))
                        yield _route(one, verb, joined("" if absolute else base, _filled(path.lstrip("~"), name)))
            case "channel":
                for path in one.paths[:8]:
                    yield _route(one, "", path)
            case _:
                pass


def _meant(annotations: tuple[Annotation, ...], rows: dict[str, Row]) -> list[_Meant]:
    return [_Meant(annotation, rows[annotation.name]) for annotation in annotations if annotation.name in rows]


def _filled(path: str, name: str) -> str:
    """The tokens of ASP.NET Core: `[controller]` is the class without its ending."""
    return path.replace("[controller]", name.rpartition(".")[2].removesuffix("Controller")) if "[" in path else path


def _route(meant: _Meant, verb: str, path: str) -> Route:
    row, annotation = meant.row, meant.annotation
    return Route(row["interface"], row["framework"], verb, path[:500], annotation.line, annotation.excerpt[:240])
