"""The public surface of TypeScript declarations: types, functions, values and members, and their comments."""

from collections.abc import Iterator

import msgspec

from cpo_probes.sdk.surface_tally import Noted, Tally
from cpo_scan.probe import Artifact, CombiningProbe, Context, Finding, Note, ProductContext, names
from cpo_scan.probe.kit_roots import Roots, package_root
from cpo_scan.probe.typescript_names import read_declarations


class DeclarationNote(msgspec.Struct, frozen=True, array_like=True):
    """What one file declares."""

    symbols: tuple[Noted, ...]
    broken: bool


class TypescriptSurfaceProbe(CombiningProbe):
    """Types, functions, values and members of TypeScript declarations, and how many of them are described"""

    id = "sdk.surface-typescript"
    version = 1
    examines = names("*.d.ts", "*.d.mts", "*.d.cts")
    states = ("sdk.surface",)
    limitations = (
        "all declaration files of a package count, also those that its entry point does not lead to",
        "names that a file takes over from others (export … from) are counted where they are declared",
        "packages in node_modules are others' work and are not counted",
    )
    references = ("TypeScript handbook, declaration files",)
    remediation = "Describe each exported declaration and member in a comment right before it (TSDoc)."

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Note]:
        """Note what a file declares, unless it lies where no SDK is."""
        if Roots.of(context.data("surface")).nowhere(artifact.path.rpartition("/")[0]):
            return
        declared = read_declarations(context.text(artifact, context.limits.source_bytes * 16))
        if declared.broken:
            context.partly(artifact, "surface.unclear", places=declared.broken)
        symbols = tuple(Noted.of(symbol.kind, symbol.name, symbol.overload, symbol.doc) for symbol in declared.symbols)
        yield Note(DeclarationNote(symbols, bool(declared.broken)))

    def combine(self, context: ProductContext) -> Iterator[Finding]:
        """One finding for each package; equal names of different files stay apart."""
        tallies: dict[str, Tally] = {}
        counts: dict[str, list[int]] = {}
        for path, note in context.notes(DeclarationNote):
            artifact = context.index.get(path)
            if artifact is None or not note.symbols:
                continue
            root = package_root(path, context.index)
            tally = tallies.setdefault(root, Tally())
            tally.add(note.symbols, path)
            tally.evidence.append(artifact.at())
            count = counts.setdefault(root, [0, 0])
            count[0] += 1
            count[1] += note.broken
        for root, tally in sorted(tallies.items()):
            files, unclear = counts[root]
            yield tally.finding("typescript", root, files=files, unclear_files=unclear)
