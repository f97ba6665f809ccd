"""The public surface of Python packages: classes, functions and methods that are offered, and their docstrings."""

from collections.abc import Iterator

import msgspec

from cpo_probes.sdk.surface_tally import Noted, Tally
from cpo_scan.probe import Artifact, CombiningProbe, Context, Finding, Note, ProductContext, names
from cpo_scan.probe.kit_roots import Roots
from cpo_scan.probe.python_names import read_module

_KINDS = {"class": "type", "function": "function", "method": "member"}
_LARGEST = 64  # times the cap for sources: the reader takes generated wrappers of many megabytes in its stride


class ModuleNote(msgspec.Struct, frozen=True, array_like=True):
    """What one module defines."""

    root: str
    symbols: tuple[Noted, ...]
    everything: bool  # it has an __all__
    stub: bool
    documented: bool  # the module itself


class PythonSurfaceProbe(CombiningProbe):
    """Classes, functions and methods of Python packages that the product offers, and how many have a docstring"""

    id = "sdk.surface-python"
    version = 2
    examines = names("*.py", "*.pyi")
    states = ("sdk.surface",)
    uses_index = True
    limitations = (
        "names that a module takes over from others (imports) are counted where they are defined",
        "what exists only when it runs (setattr, extension modules without stubs) is not seen",
        "lines of a docstring that only repeat the signature do not describe",
    )
    references = ("PEP 8 (public and internal interfaces)", "PEP 257", "PEP 561")
    remediation = "Give each public class, function and method a docstring, and ship stubs for extension modules."

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Note]:
        """Note what a module of an offered package defines."""
        place = Roots.of(context.data("surface")).of_python(artifact.path, context.index)
        if place is None:
            return
        root, dotted = place
        module = read_module(context.text(artifact, context.limits.source_bytes * _LARGEST))
        symbols = tuple(
            Noted.of(_KINDS[found.kind], f"{dotted}.{found.name}", "", found.doc) for found in module.definitions
        )
        stub = artifact.name.lower().endswith(".pyi")
        yield Note(ModuleNote(root, symbols, module.everything is not None, stub, bool(module.doc)))

    def combine(self, context: ProductContext) -> Iterator[Finding]:
        """One finding for each package, and for each module that stands alone."""
        tallies: dict[str, Tally] = {}
        counts: dict[str, list[int]] = {}
        for path, note in context.notes(ModuleNote):
            artifact = context.index.get(path)
            if artifact is None:
                continue
            tally = tallies.setdefault(note.root, Tally())
            tally.add(note.symbols)
            tally.evidence.append(artifact.at())
            count = counts.setdefault(note.root, [0, 0, 0])
            count[0] += not note.stub
            count[1] += note.stub
            count[2] += note.everything
        for root, tally in sorted(tallies.items()):
            if tally:
                modules, stubs, listed = counts[root]
                typed = context.index.get(f"{root}/py.typed") is not None
                yield tally.finding("python", root, modules=modules, stubs=stubs, lists_all=listed, typed=typed)
