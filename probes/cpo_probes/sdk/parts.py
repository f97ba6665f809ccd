"""The probe `sdk.parts`: headers, libraries, stubs, documentation, samples, build files, licence and version of a kit.

A kit begins where public headers or declarations are; the other parts are what lies with them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from cpo_probes.sdk.kit_places import Folder, KitPlaces, fits, folder_of, root_of
from cpo_probes.sdk.samples import Samples
from cpo_scan.probe import (
    Artifact,
    CombiningProbe,
    Context,
    Evidence,
    Finding,
    Note,
    Origin,
    ProductContext,
    Reason,
    Severity,
    Strength,
    Unreadable,
    formats,
)
from cpo_scan.probe.kit_roots import Roots
from cpo_scan.probe.patterns import compile as compile_pattern
from cpo_scan.probe.text import decode

# What no header in C holds outside of its `extern "C"`: enough to tell the two languages apart.
_CPP = (
    r"^[ \t]*+(?:namespace\b|template[ \t]*+<|class[ \t]++\w|using[ \t]++\w|public[ \t]*+:)"
    r"|std::|\boperator[ \t]*+[=+<(\[]"
)
_CPP_NAMES = ("*.hpp", "*.hxx", "*.hh", "*.h++", "*.inl", "*.tcc", "*.ipp")
_HEADER_NAME = r"[A-Za-z_][\w+-]*+\.(?:hpp|hxx|hh|h)\b"
_HEAD = 64 * 2**10


class Header(msgspec.Struct, frozen=True):
    """What is noted of a header: its language, and the version that a macro states."""

    language: str
    version: str = ""
    line: int = 0


class Kit(msgspec.Struct):
    """Where a kit begins, and the language of what it offers."""

    base: Folder
    languages: Counter[str]
    headers: dict[str, list[Artifact]]
    """By root."""

    def all(self) -> list[Artifact]:
        """The headers of all roots, by path."""
        return sorted((artifact for mine in self.headers.values() for artifact in mine), key=lambda one: one.path)


class SdkPartsProbe(CombiningProbe):
    """Parts of the development kits that the product ships"""

    id = "sdk.parts"
    version = 2
    examines = formats("c-header")
    states = ("sdk.part",)
    limitations = (
        "Headers beside sources, and those of templates, tests, kernels and third parties, are no development kit.",
        "Documentation belongs to a kit where it names its headers, or a generator of interface references made it.",
        "Whether a sample compiles is not tried. Whether it parses is told where a grammar is at hand and the language "
        "has no preprocessor; what it uses is told by its includes and imports, for C, C++, Java and Python.",
    )
    references = (
        "Filesystem Hierarchy Standard 3.0, 4.5",
        "TypeScript handbook: declaration files",
        "PEP 484, PEP 561",
    )
    remediation = (
        "Ship headers or declarations, libraries, build files, samples and an interface reference together, with "
        "licence and version."
    )

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Note]:
        table = context.data("sdk-parts")
        text = decode(bytes(context.content(artifact).head))
        name = artifact.name.lower()
        is_cpp = fits(name, _CPP_NAMES) or compile_pattern(_CPP, text=True).search(text) is not None
        version, line = "", 0
        if fits(name, table["versions"]["headers"]):
            version, line = _version(table["versions"]["patterns"]["header"], text)
        yield Note(Header("cpp" if is_cpp else "c", version, line))

    def combine(self, context: ProductContext) -> Iterator[Finding]:
        yield from _Parts(context, dict(context.notes(Header))).findings()


class _Parts:
    def __init__(self, context: ProductContext, headers: dict[str, Header]) -> None:
        self._context, self._noted = context, headers
        self._table: dict[str, Any] = context.data("sdk-parts")
        self._limits: dict[str, int] = self._table["limits"]
        self._tables = {name: context.data(name) for name in ("surface", "modules")}
        self._places = KitPlaces(self._table)
        self._seen: set[tuple[str, str | None, str]] = set()

    def findings(self) -> Iterator[Finding]:
        """One for each part, language and root."""
        yield from self._generated()
        kits = self._kits()
        for kit in kits:
            yield from self._headers(kit)
        for kit in kits:
            yield from self._around(kit)
        yield from self._samples_apart([kit.base for kit in kits])
        yield from self._stubs()

    # -- headers and what lies with them

    def _kits(self) -> list[Kit]:
        """Public headers by the folder where their kit begins."""
        headers = [
            artifact
            for artifact in self._context.index.select(formats=self._table["headers"]["formats"])
            if artifact.path in self._noted and not self._places.left_out(folder_of(artifact.path))
        ]
        rule = Roots(self._context.data("surface"))
        folders = {artifact.path: artifact.path.rpartition("/")[0] for artifact in headers}
        roots = rule.of_headers(folders.values(), self._context.index)
        kits: dict[Folder, Kit] = {}
        for artifact in headers:
            root = roots.get(folders[artifact.path])
            if root is None:
                continue
            base = self._places.base(tuple(root.split("/")) if root else ())
            kit = kits.setdefault(base, Kit(base, Counter(), {}))
            kit.languages[self._noted[artifact.path].language] += 1
            kit.headers.setdefault(root, []).append(artifact)
        return [kits[base] for base in sorted(kits)]

    def _headers(self, kit: Kit) -> Iterator[Finding]:
        """One for each language and root."""
        for root, artifacts in sorted(kit.headers.items()):
            for language in ("c", "cpp"):
                mine = [artifact for artifact in artifacts if self._noted[artifact.path].language == language]
                yield from self._part("headers", language, mine, root=root)

    def _around(self, kit: Kit) -> Iterator[Finding]:
        language = min(kit.languages, key=lambda name: (-kit.languages[name], name))
        table, index = self._table, self._context.index
        under = "/".join(kit.base).removesuffix("!")
        libraries = [
            artifact
            for artifact in index.select(
                formats=table["libraries"]["formats"], names=table["libraries"]["names"], under=under
            )
            if self._places.holds_libraries(kit.base, folder_of(artifact.path))
        ]
        yield from self._part("library", language, libraries)
        build = {
            artifact.path: artifact
            for artifact in (
                *index.select(formats=table["build"]["formats"], under=under),
                *index.select(names=table["build"]["names"], under=under),
            )
            if self._offered(artifact)
        }
        says = self._table["build"]["says"]
        yield from self._part("build", language, self._saying([build[path] for path in sorted(build)], says))
        yield from self._samples(under, kit)
        yield from self._docs(kit, language, under)
        yield from self._licence(language, under, kit.base)
        yield from self._versions(kit, language, list(build.values()))

    def _offered(self, artifact: Artifact) -> bool:
        folder = folder_of(artifact.path)
        return not self._places.left_out(folder) and not self._places.in_samples(folder)

    def _samples(self, under: str, kit: Kit) -> Iterator[Finding]:
        judged = Samples((header.name for header in kit.all()), self._context.index, self._tables)
        found: dict[str, list[Artifact]] = defaultdict(list)
        for artifact in self._context.index.select(formats=tuple(self._table["samples"]), under=under):
            folder = folder_of(artifact.path)
            if self._places.in_samples(folder) and not self._places.left_out(folder):
                found[self._table["samples"][artifact.format]].append(artifact)
        for language, artifacts in sorted(found.items()):
            if any(artifact.format != "c-header" for artifact in artifacts):
                facts = judged.facts(self._texts(artifacts, "samples"))
                yield from self._part("samples", language, artifacts, more=facts)

    def _samples_apart(self, kits: list[Folder]) -> Iterator[Finding]:
        """Samples in the documentation of what has no headers: `share/doc/acme/examples/Publisher.java`."""
        found: dict[tuple[Folder, str], list[Artifact]] = defaultdict(list)
        for artifact in self._context.index.select(formats=tuple(self._table["samples"])):
            folder = folder_of(artifact.path)
            if self._places.left_out(folder) or any(folder[: len(base)] == base for base in kits):
                continue
            depth = next((n for n in range(1, len(folder) + 1) if self._places.in_samples(folder[:n])), 0)
            above = folder[: depth - 1] if depth else ()
            if any(segment.lower() in self._table["documentation_folders"] for segment in above):
                found[folder[:depth], self._table["samples"][artifact.format]].append(artifact)
        for (base, language), artifacts in sorted(found.items()):
            if any(artifact.format != "c-header" for artifact in artifacts):
                yield from self._part("samples", language, artifacts, root="/".join(base))

    def _docs(self, kit: Kit, language: str, under: str) -> Iterator[Finding]:
        """Pages that name headers of the kit; lists of changes and licences are none."""
        headers = {artifact.name for artifact in kit.all()}
        words = self._context.data("documentation")["names"]
        alone = [_plain(word) for word in (*words["legal"], *words["alone_no_set"])]
        pages = [
            artifact
            for artifact in self._context.index.select(formats=self._table["page_formats"], under=under)
            if self._offered(artifact)
            # what is text and not called so may be a source in a language that nobody here knows
            and (artifact.format != "text" or artifact.name.lower().endswith((".txt", ".text", ".info")))
            and not _any_in(alone, _plain(artifact.name))
        ]
        found: dict[str, tuple[Artifact, Evidence]] = {}
        pattern = compile_pattern(_HEADER_NAME, text=True)
        for artifact, text in self._texts(pages, "pages"):
            match = next((match for match in pattern.finditer(text) if match.group() in headers), None)
            if match is not None:
                line = text.count("\n", 0, match.start()) + 1
                found[artifact.path] = artifact, artifact.at(_line(text, match.start()), line=line)
        listed = [found[path] for path in sorted(found)]
        yield from self._part("docs", language, [page for page, _ in listed], evidence=[place for _, place in listed])

    def _licence(self, language: str, under: str, base: Folder) -> Iterator[Finding]:
        table = self._table["licences"]
        found = []
        for artifact in self._context.index.select(names=table["names"], under=under):
            folder = folder_of(artifact.path)
            near = folder == base or (len(folder) > 2 and folder[-3:-1] == ("share", "doc"))
            if near and not fits(artifact.name.lower(), table["not"]) and not self._places.left_out(folder):
                found.append(artifact)
        yield from self._part("licence", language, self._saying(found, table["says"]))

    def _versions(self, kit: Kit, language: str, build: list[Artifact]) -> Iterator[Finding]:
        patterns = self._table["versions"]["patterns"]
        stated: list[tuple[str, Artifact, int]] = [
            (noted.version, artifact, noted.line)
            for artifact in kit.all()
            if (noted := self._noted[artifact.path]).version
        ]
        if not stated:
            kinds = {"cmake": "*version.cmake", "pkg-config": "*.pc"}
            for kind, glob in kinds.items():
                chosen = [artifact for artifact in build if fits(artifact.name.lower(), (glob,))]
                for artifact, text in self._texts(chosen, "versions"):
                    version, line = _version(patterns[kind], text)
                    if version:
                        stated.append((version, artifact, line))
        stated.sort(key=lambda item: item[1].path)
        if stated:
            artifacts = [artifact for _, artifact, _ in stated]
            evidence = [artifact.at(version, line=line) for version, artifact, line in stated]
            versions = sorted({version for version, _, _ in stated})
            yield from self._part("version", language, artifacts, evidence=evidence, more={"versions": versions[:20]})

    # -- declarations in other languages, and references made by generators

    def _stubs(self) -> Iterator[Finding]:
        for row in self._table["stubs"]:
            packages = sorted(
                {folder_of(found.path) for found in self._context.index.select(names=row["package"])},
                key=len,
                reverse=True,
            )
            homes = frozenset(packages)
            groups: dict[Folder, list[Artifact]] = defaultdict(list)
            for artifact in self._context.index.select(names=row["names"]):
                folder = folder_of(artifact.path)
                if not self._places.left_out(folder) and not self._places.in_samples(folder):
                    groups[_home(folder, homes)].append(artifact)
            for home, artifacts in sorted(groups.items()):
                yield from self._part("stubs", row["language"], artifacts)
                under = "/".join(home).removesuffix("!")
                if home in homes:
                    yield from self._licence(row["language"], under, home)
                    yield from self._package_version(row["language"], home, row["package"])

    def _package_version(self, language: str, home: Folder, names: list[str]) -> Iterator[Finding]:
        chosen = [
            artifact
            for name in names
            if (artifact := self._context.index.get("/".join((*home, name)))) is not None and name.endswith(".json")
        ]
        for artifact, text in self._texts(chosen, "versions"):
            version, line = _version(self._table["versions"]["patterns"]["npm"], text)
            if version:
                evidence = [artifact.at(version, line=line)]
                yield from self._part("version", language, [artifact], evidence=evidence, more={"versions": [version]})

    def _generated(self) -> Iterator[Finding]:
        """References of interfaces that a generator made, whole sets each."""
        for form, language in sorted(self._table["generated_docs"].items()):
            for artifact in self._context.index.select(formats=(form,)):
                if self._offered(artifact):
                    yield from self._part("docs", language, [artifact])

    # -- stating

    def _part(
        self,
        part: str,
        language: str | None,
        artifacts: list[Artifact],
        *,
        root: str | None = None,
        evidence: Iterable[Evidence] = (),
        more: dict[str, Any] | None = None,
    ) -> Iterator[Finding]:
        if not artifacts:
            return
        root = root_of(artifacts) if root is None else root.removesuffix("!")
        if (part, language, root) in self._seen:
            return
        self._seen.add((part, language, root))
        cited = tuple(evidence) or tuple(artifact.at() for artifact in artifacts[: self._limits["evidence"]])
        attributes = {"part": part, "language": language, "root": root, "files": len(artifacts), **(more or {})}
        yield Finding(
            "sdk.part",
            attributes,
            Strength.RECOGNISED,
            cited,
            # A sample is the vendor's part of the kit, although what it shows is none of the product's own functions.
            origin=Origin.VENDOR if part == "samples" else None,
            origin_reason=Reason("sdk.samples") if part == "samples" else None,
        )

    def _saying(self, chosen: list[Artifact], pattern: str) -> list[Artifact]:
        """Those of the files whose beginning fits a pattern."""
        search = compile_pattern(pattern, text=True).search
        found = {artifact.path: artifact for artifact, text in self._texts(chosen, "heads") if search(text[:_HEAD])}
        return [found[path] for path in sorted(found)]

    def _texts(self, chosen: list[Artifact], most: str) -> Iterator[tuple[Artifact, str]]:
        """The beginnings of texts, in the order of their paths or of their containers; what can't be read is a row."""
        limit = self._limits[most]
        if len(chosen) > limit:
            self._context.partly(
                chosen[limit], "sdk.some_read", severity=Severity.BY_DESIGN, read=limit, there=len(chosen)
            )
        for artifact, content in self._context.contents(chosen[:limit]):
            self._context.checkpoint()
            if isinstance(content, Unreadable):
                continue  # a row of the inventory says so
            try:
                text = decode(bytes(content.whole()[: self._limits["page_bytes"]]))
            except Unreadable as error:
                self._context.unreadable(artifact, error)
                continue
            yield artifact, text


def _home(folder: Folder, homes: frozenset[Folder]) -> Folder:
    """The innermost package around a folder; its top where there is none."""
    for number in range(len(folder), -1, -1):
        if folder[:number] in homes:
            return folder[:number]
    return folder[:1]


def _version(pattern: str, text: str) -> tuple[str, int]:
    """The version that a text states, and its line."""
    match = compile_pattern(pattern, text=True).search(text[:_HEAD])
    return (match.group(1), text.count("\n", 0, match.start()) + 1) if match else ("", 0)


def _line(text: str, at: int) -> str:
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    return text[max(start, at - 100) : end if 0 <= end < at + 140 else at + 140].strip()


def _any_in(words: list[str], name: str) -> bool:
    return any(word in name for word in words)


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())
