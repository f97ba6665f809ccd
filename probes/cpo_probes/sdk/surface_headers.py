"""The public surface of C and C++ headers: types and functions, and which of them are described."""

from collections.abc import Iterator

import msgspec

from cpo_probes.sdk.surface_tally import Noted, Tally
from cpo_scan.probe import Artifact, CombiningProbe, Context, Finding, Note, ProductContext, formats
from cpo_scan.probe.headers import read_header
from cpo_scan.probe.kit_roots import Roots

_CPP = (".hpp", ".hxx", ".hh", ".h++", ".tcc", ".inl", ".cuh")


class HeaderNote(msgspec.Struct, frozen=True, array_like=True):
    """What one header declares."""

    language: str
    symbols: tuple[Noted, ...]
    calls: int  # of macros where declarations stand: what they declare is not seen
    broken: bool


class HeaderSurfaceProbe(CombiningProbe):
    """Types and functions that the shipped C and C++ headers declare, and how many of them are described"""

    id = "sdk.surface-headers"
    version = 1
    examines = formats("c-header")
    states = ("sdk.surface",)
    limitations = (
        "macros are not expanded: functions that only macros declare are not counted (attribute macro_calls)",
        "of the alternatives of an #if the first one counts",
        "data members, enumerators and macros are not counted; headers without a suffix are not read",
        "comments in separate files and in .cpp files are not seen",
    )
    references = ("ISO/IEC 14882 clause 9 (declarations)", "Doxygen manual, documenting the code")
    remediation = "Describe each declared type and function in a comment right before it."

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Note]:
        """Note what a header declares, unless it lies where no SDK is."""
        roots = Roots.of(context.data("surface"))
        if roots.nowhere(artifact.path.rpartition("/")[0]):
            return
        limit = context.limits.source_bytes * 16  # the scanner is linear, and tables of constants are common
        name = artifact.name.lower()
        header = read_header(context.text(artifact, limit), "cpp" if name.endswith(_CPP) else None)
        symbols = tuple(Noted.of(symbol.kind, symbol.name, symbol.parameters, symbol.doc) for symbol in header.symbols)
        if header.broken:
            context.partly(artifact, "surface.unclear", places=header.broken)
        yield Note(HeaderNote(header.language, symbols, header.calls, bool(header.broken)))

    def combine(self, context: ProductContext) -> Iterator[Finding]:
        """One finding for each SDK root and language; equal files count once."""
        roots = Roots.of(context.data("surface"))
        paths = [path for path, _ in context.notes(HeaderNote)]
        of_folder = roots.of_headers((path.rpartition("/")[0] for path in paths), context.index)
        tallies: dict[tuple[str, str], Tally] = {}
        counts: dict[tuple[str, str], list[int]] = {}
        seen: set[tuple[str, str | None]] = set()
        for path, note in context.notes(HeaderNote):
            root = of_folder.get(path.rpartition("/")[0])
            artifact = context.index.get(path)
            if root is None or artifact is None or not note.symbols:
                continue
            key = (root, note.language)
            tally = tallies.setdefault(key, Tally())
            tally.evidence.append(artifact.at())
            if (root, artifact.sha256) in seen:
                continue
            seen.add((root, artifact.sha256))
            tally.add(note.symbols)
            count = counts.setdefault(key, [0, 0, 0])
            count[0] += 1
            count[1] += note.calls
            count[2] += note.broken
        for (root, language), tally in sorted(tallies.items()):
            headers, calls, broken = counts[root, language]
            yield tally.finding(language, root, headers=headers, macro_calls=calls, unclear_headers=broken)
