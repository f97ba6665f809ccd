"""What file names of programs and plug-ins say of formats: `idf2vrml`, `gmshToFoam`, `libimportxps.so`."""

from collections.abc import Mapping
from typing import NamedTuple

from cpo_probes.exchange.names.label_words import words_of

Owners = Mapping[str, set[str]]
"""The standards that a name or suffix may mean, by what is written, in small letters."""


class ProgramNames(NamedTuple):
    """Lookup over names and suffixes of standards."""

    compact: Owners  # names written together, and suffixes
    suffixes: Owners
    phrases: Mapping[tuple[str, ...], set[str]]  # the words of a name
    exchanged: Mapping[str, str]  # carriers that users exchange
    features: Mapping[str, str]  # words for what users do with a format, and the direction
    modules: Mapping[str, str]  # short ones and others that only names of plug-ins have
    never: frozenset[str]  # words that say nothing in a name
    vague: frozenset[str]  # those, and words that mean something else too

    def in_conversion(self, name: str) -> tuple[str, str] | None:
        """The two standards that a converter's name joins: `idf2vrml`, `step-to-stl`, `ifc_to_dae`."""
        source, target = self._conversion(name)
        return (source, target) if source and target else None

    def beside_own(self, name: str) -> tuple[str, str] | None:
        """Standard and direction that a converter's name joins with the product's own form: `gmshToFoam`, `stl2acme`.

        With a joint that a plain word can't hold, and a word of three letters or more on the other side.
        """
        source, target = self._conversion(name, half=True)
        return (source, "import") if source else (target, "export") if target else None

    def _conversion(self, name: str, *, half: bool = False) -> tuple[str, str]:
        """Standards before and behind the joint of a converter's name; empty where there is none, or one too many."""
        plain = name.rpartition("/")[2].removesuffix(".exe").removesuffix(".py")
        for joint in ("2", "To", "-to-", "_to_") if half else ("2", "-to-", "_to_", "to"):
            before, found, after = (plain if half else plain.lower()).partition(joint)
            if joint == "To" and not (before[-1:].islower() and after[:1].isupper()):
                continue
            sides = [self.compact.get(side.lower(), set()) for side in (before, after)]
            owners = [next(iter(side)) if len(side) == 1 else "" for side in sides]
            if not found or owners[0] == owners[1]:
                continue
            if not half and all(owners):
                return owners[0], owners[1]
            if half and not all(sides) and all(side.isalpha() and len(side) > 2 for side in (before, after)):
                known = (before if owners[0] else after).lower()
                if known not in self.vague:
                    return owners[0], owners[1]
        return "", ""

    def namesakes(self, name: str) -> frozenset[str]:
        """The standards whose suffix a program is called by, and not their name: what is called after the program
        (`F3DReader` in a viewer called `f3d`) does not mean them."""
        stem = name.rpartition("/")[2].partition(".")[0].lower()
        return frozenset(
            owner for owner in self.suffixes.get(stem, ()) if owner not in self.phrases.get((stem,), set())
        )

    def in_module(self, name: str) -> tuple[str, str] | None:
        """Standard and direction that the name of a plug-in joins with no sign between: `libimportxps.so`."""
        parts = name.rpartition("/")[2].lower().split(".")
        if len(parts) == 3 and parts[1] in ("in", "out"):  # the tools of GRASS: v.in.dxf, r.out.vtk
            owners = self.compact.get(parts[2], set())
            if len(owners) == 1 and parts[2] not in self.never:
                return next(iter(owners)), "import" if parts[1] == "in" else "export"
        stem = parts[0].removeprefix("lib")
        beside = self._beside_role(stem)
        if beside is not None and len(beside[0]) == 1 and beside[1] not in self.vague:
            return next(iter(beside[0])), beside[2]
        for role, direction in self.features.items():
            for rest in (stem.removeprefix(role), stem.removesuffix(role)):
                folded = rest.strip("_-")
                owners = self.compact.get(folded, set())
                if rest != stem and len(owners) == 1 and folded not in self.never:
                    return next(iter(owners)), direction
        return None

    def in_vague_module(self, name: str) -> tuple[str, str] | None:
        """The same by a word that may mean something else too: `xls_import.so`, `ods_import.so`.

        Who takes it must hold the program against it.
        """
        beside = self._beside_role(name.rpartition("/")[2].lower().partition(".")[0].removeprefix("lib"))
        if beside is None:
            return None
        owners = self.suffixes.get(beside[1], set()) if len(beside[0]) != 1 else beside[0]
        return (next(iter(owners)), beside[2]) if len(owners) == 1 else None

    def _beside_role(self, stem: str) -> tuple[set[str], str, str] | None:
        """A word at the end of a name with a role before it, or at the start with one behind it: what it may mean, the
        word, and the direction: `imp_3ds`, `xlsx_import`, `acme_datasource_matlab`."""
        words = [word for word in stem.replace("-", "_").split("_") if word]
        for word, role in ((words[-1], words[-2]), (words[0], words[1])) if len(words) > 1 else ():
            direction = self.features.get(role) or self.modules.get(role)
            if direction is not None and (word in self.compact or word in self.suffixes):
                return self.compact.get(word, set()), word, direction
        return None

    def in_stem(self, name: str) -> frozenset[str]:
        """The standards that a word of a file's name means, whatever stands beside it: `libdxf_filter.so`."""
        found: set[str] = set()
        for word in words_of(name.rpartition("/")[2].partition(".")[0].lower().removeprefix("lib")):
            owners = self.compact.get(word, set()) or ({self.exchanged[word]} if word in self.exchanged else set())
            if len(owners) == 1 and word not in self.never:
                found |= owners
        return frozenset(found)
