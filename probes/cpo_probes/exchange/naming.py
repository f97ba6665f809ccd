"""Which standard does a name mean? Suffixes, MIME types, the product's own words, names of classes and functions.

What the names are stands in `rules/standards.yaml`, which words mislead in `rules/data/registrations.yaml`.
"""

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from cpo_scan.probe import Context


class Named(msgspec.Struct, frozen=True):
    """A name of a class, function or file taken apart: it joins a standard with what is done with it."""

    standard: str
    direction: str  # import, export, both


class Naming:
    """Lookup over the table of standards."""

    def __init__(self, standards: Any, registrations: dict[str, Any]) -> None:
        self._suffixes: dict[str, set[str]] = {}
        self._mime: dict[str, str] = {}
        self._mime_globs: list[tuple[str, str]] = []
        self._phrases: dict[tuple[str, ...], set[str]] = {}  # folded words of a name, and whose name it is
        self._compact: dict[str, set[str]] = {}  # the same and the suffixes, written together
        self.carriers: frozenset[str] = frozenset()
        self._ordinary = {word.lower(): word for word in registrations["ordinary"]}
        self._distinct = frozenset(registrations["distinct"])
        self._never = frozenset(registrations["never"])
        self._shared = frozenset(registrations["shared_suffixes"])
        self._wrappers = frozenset(registrations["wrappers"])
        self._excluded = frozenset(registrations["not_exchange"])
        self._tools = frozenset(registrations["not_by_name"])
        self._neutral = frozenset(registrations["neutral"])
        self._roles = {word: role for role, words in registrations["roles"].items() for word in words}
        for row in _rows(standards):
            self._add(row)

    def _add(self, row: dict[str, Any]) -> None:
        standard = row["id"]
        if standard in self._excluded:
            return
        carrier = bool(row.get("carrier")) or bool(self._tools.intersection(row.get("domains", ())))
        if carrier:
            self.carriers |= {standard}
        for suffix in row.get("extensions", ()):
            folded = suffix.lower().lstrip(".")
            self._suffixes.setdefault(folded, set()).add(standard)
            if not carrier:
                self._compact.setdefault(folded, set()).add(standard)
        for mime in row.get("mime", ()):
            if "*" in mime:
                self._mime_globs.append((mime.lower(), standard))
            else:
                self._mime.setdefault(mime.lower(), standard)
        for name in (standard, *row.get("aliases", ())):
            words = tuple(word.lower() for word in words_of(name))
            if words:
                self._phrases.setdefault(words, set()).add(standard)
                if not carrier:
                    self._compact.setdefault("".join(words), set()).add(standard)

    # -- suffixes and MIME types

    def by_suffix(self, suffix: str) -> frozenset[str]:
        """Standards whose files have this suffix (without the dot, blind to case)."""
        return frozenset(self._suffixes.get(suffix.lower().lstrip("."), ()))

    def by_mime(self, mime: str) -> str | None:
        """The standard of a MIME type; parameters are ignored."""
        wanted = mime.partition(";")[0].strip().lower()
        found = self._mime.get(wanted)
        if found is None:
            found = next((standard for glob, standard in self._mime_globs if fnmatchcase(wanted, glob)), None)
        return found

    # -- the product's own words

    def in_words(self, label: str) -> frozenset[str]:
        """Standards that a short text names. Ordinary words count only as `ordinary` writes them."""
        words = words_of(label)
        found: set[str] = set()
        for start in range(len(words)):
            for end in range(start + 1, min(start + 8, len(words)) + 1):
                run = words[start:end]
                folded = tuple(word.lower() for word in run)
                if folded in self._phrases and (end > start + 1 or self._means(run[0])):
                    found |= self._phrases[folded]
        return frozenset(found)

    def _means(self, word: str) -> bool:
        folded = word.lower()
        if folded in self._never:
            return False
        return folded not in self._ordinary or self._ordinary[folded] == word

    def in_label(self, label: str, suffixes: Iterable[str] = ()) -> list[str]:
        """Standards that a label registers: by its suffixes, `STEP with colors (*.step *.stp)`; else by its words.

        A suffix that several standards share counts for those that the words name. A wrapper (XML, ZIP, …) counts only
        where the words name it.
        """
        patterns = [*suffixes_in(label), *suffixes]
        named = self.in_words(without_patterns(label))
        found: set[str] = set()
        for suffix in patterns:
            owners = self.by_suffix(suffix)
            if len(owners) > 1:
                owners = (owners & named) or (
                    owners - self.carriers if len(owners - self.carriers) == 1 else frozenset()
                )
            doubtful = self._wrappers if suffix not in self._shared else owners
            found |= {owner for owner in owners if owner not in doubtful or owner in named}
        if not patterns:
            found |= named - self._wrappers
        return sorted(found)

    # -- names in code

    def in_identifier(
        self, identifier: str, *, function: bool = False, near: frozenset[str] = frozenset()
    ) -> Named | None:
        """Standard and direction that a name in code joins: `DAELoader`, `reqif_import`, `read_ssd`, `importIFC`.

        The role stands first or last, the format's name next to it. Before a format in front of the role anything may
        stand (`Max3DSLoader`); otherwise only neutral words may (`read_dxf_file`, but not `read_dxf_settings`). A name
        of three letters, if not distinct, or an ordinary word counts in capitals only, or where the standard is `near`.
        """
        words = words_of(identifier)
        folded = [word.lower() for word in words]
        if len(words) < 2 or folded[0] in ("test", "tests", "no", "not", "is", "has", "can"):
            return None
        for role_first in (True, False):
            role = self._roles.get(folded[0 if role_first else -1])
            if role is None:
                continue
            rest = words[1:] if role_first else words[:-1]
            standard = self._beside(rest, role_first, role_first or function, near)
            if standard is not None:
                return Named(standard, role)
        return None

    def _beside(self, words: list[str], at_start: bool, strict: bool, near: frozenset[str]) -> str | None:
        """The only standard that a run of words next to the role names."""
        for length in range(min(4, len(words)), 0, -1):
            run, others = (words[:length], words[length:]) if at_start else (words[-length:], words[:-length])
            joined = "".join(run)
            owners = self._compact.get(joined.lower(), set())
            if len(owners) != 1:
                continue
            owner = next(iter(owners))
            plain = len(joined) > 3 or joined[-1].isupper() or joined in self._distinct
            if owner not in near and not (plain and self._means(joined)):
                continue
            if not strict or all(word.lower() in self._neutral or word.isdigit() for word in others):
                return owner
        return None

    def near(self, path: str) -> frozenset[str]:
        """Standards after which the folders of a path and the file are named: `fmpy/ssp/ssd.py`."""
        *folders, name = path.lower().replace("!/", "/").split("/")
        places = [*folders[-4:], name.partition(".")[0]]
        return frozenset(owner for place in places for owner in self._compact.get(place.replace("_", ""), ()))

    def in_conversion(self, name: str) -> tuple[str, str] | None:
        """The two standards that a converter's name joins: `idf2vrml`, `step-to-stl`, `ifc_to_dae`."""
        stem = name.rpartition("/")[2].removesuffix(".exe").removesuffix(".EXE").lower()
        for joint in ("2", "-to-", "_to_", "to"):
            before, found, after = stem.partition(joint)
            if found:
                source, target = self._compact.get(before, set()), self._compact.get(after, set())
                if len(source) == 1 and len(target) == 1 and source != target:
                    return next(iter(source)), next(iter(target))
        return None

    def spellings(self, standard: str) -> list[bytes]:
        """How a program's own texts would name a standard: its suffixes with their dot, its short names in capitals."""
        suffixes = [f".{suffix}".encode() for suffix, owners in self._suffixes.items() if standard in owners]
        names = [word.upper().encode() for word, owners in self._compact.items() if standard in owners]
        return sorted(suffixes + [name for name in names if len(name) > 2])


def naming(context: Context) -> Naming:
    """The lookup over the rules of this scan."""
    standards, registrations = context.data("standards"), context.data("registrations")
    known = _KEPT.get((id(standards), id(registrations)))
    if known is None or known[0] is not standards or known[1] is not registrations:
        _KEPT.clear()
        known = (standards, registrations, Naming(standards, registrations))
        _KEPT[id(standards), id(registrations)] = known
    return known[2]


_KEPT: dict[tuple[int, int], tuple[Any, Any, Naming]] = {}


def _rows(standards: Any) -> Iterator[dict[str, Any]]:
    rows = standards.get("standards", standards) if isinstance(standards, dict) else standards
    if isinstance(rows, dict):
        rows = [{"id": key, **value} for key, value in rows.items() if isinstance(value, dict)]
    yield from rows


def is_foreign(mime: str) -> bool:
    """Is a MIME type that no standard has so definite that its suffix means something else here (`odb`, `pcd`)?"""
    kind, _, name = mime.lower().partition("/")
    return kind in ("image", "audio", "video", "font") or name.startswith("vnd.")


def words_of(text: str) -> list[str]:
    """Words of running text or of a name in code: `Max3DSLoader` gives Max, 3DS, Loader; `read_ssd` gives read, ssd.

    A word ends at what is no letter or digit, before a capital that follows a small letter or starts a word after
    capitals (`DAELoader`), and before a digit that follows a letter.
    """
    words: list[str] = []
    start = None
    for place, character in enumerate(text):
        if not character.isalnum():
            if start is not None:
                words.append(text[start:place])
                start = None
            continue
        if start is None:
            start = place
            continue
        before, after = text[place - 1], text[place + 1 : place + 2]
        if (character.isupper() and (before.islower() or (before.isalnum() and after.islower()))) or (
            character.isdigit() and before.isalpha()
        ):
            words.append(text[start:place])
            start = place
    if start is not None:
        words.append(text[start:])
    return words


def suffixes_in(label: str) -> list[str]:
    """Suffixes in the patterns of a label: `*.step *.stp` or `*.x3d;*.X3D`; lower case, each once, in order."""
    found: list[str] = []
    for piece in _pieces(label):
        if piece.startswith("*.") and len(piece) > 2:
            suffix = piece[2:].lower()
            if suffix not in found and all(character.isalnum() or character in "._-+" for character in suffix):
                found.append(suffix)
    return found


def without_patterns(label: str) -> str:
    """A label without the patterns in it."""
    return " ".join(piece for piece in _pieces(label) if not piece.startswith("*"))


def _pieces(label: str) -> list[str]:
    for separator in "();,|[]{}<>\"'":
        label = label.replace(separator, " ")
    return label.split()
