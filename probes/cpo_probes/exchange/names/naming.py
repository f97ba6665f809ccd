"""Which standard does a name mean? Suffixes, MIME types, the product's own words, names of classes and functions.

What the names are stands in `rules/standards.yaml`, which words mislead in `rules/data/registrations.yaml`.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

import msgspec

from cpo_probes.exchange.names.label_words import suffixes_in, without_patterns, words_of
from cpo_probes.exchange.names.mime import MimeNames
from cpo_probes.exchange.names.phrases import Phrases
from cpo_probes.exchange.names.places import Places
from cpo_probes.exchange.names.programs import ProgramNames
from cpo_scan.probe import Context

# How a source writes a suffix, and what stands behind the name of a format in capitals.
_QUOTES = (('"', '"'), ("'", "'"), ("*", '"'), ("*", "'"), ("*", " "), ("*", ")"), ("*", ";"), ("`", "`"))
_BEHIND = (" file", " format", " model", " export", " import", " reader", " writer", "Control_", "CAFControl_")


class Named(msgspec.Struct, frozen=True):
    """A name of a class, function or file taken apart: it joins a standard with what is done with it."""

    standard: str
    direction: str  # import, export, both
    carrier: bool = False
    """The standard is one of the carriers that users exchange (CSV, SVG): the name mentions it, and no more."""


class Naming:
    """Lookup over the table of standards."""

    def __init__(self, standards: Any, registrations: dict[str, Any]) -> None:
        self._suffixes: dict[str, set[str]] = {}
        self._domains: dict[str, frozenset[str]] = {}
        self._phrases: dict[tuple[str, ...], set[str]] = {}  # folded words of a name, and whose name it is
        self._compact: dict[str, set[str]] = {}  # the same and the suffixes, written together
        self._called: dict[str, set[str]] = {}  # names without suffixes, written together
        self._exchanged: dict[str, str] = {}  # names of carriers that users exchange
        self.carriers: frozenset[str] = frozenset()
        self._proprietary: set[str] = set()
        self._ordinary = {word.lower(): word for word in registrations["ordinary"]}
        self._distinct = frozenset(registrations["distinct"])
        self._ambiguous = frozenset(registrations["ambiguous"])
        self._never = frozenset(registrations["never"])
        self._shared = frozenset(registrations["shared_suffixes"])
        self._foreign_names = self._never & self._shared  # of others too, even where their suffix is written out
        self._foreign = {suffix: frozenset(words) for suffix, words in registrations["foreign_words"].items()}
        self.wrappers = frozenset(registrations["wrappers"])
        self.resources = frozenset(registrations["resources"])
        self.lone = frozenset(registrations["lone_suffixes"])
        self._excluded = frozenset(registrations["not_exchange"])
        self._tools = frozenset(registrations["not_by_name"])
        self._neutral = frozenset(registrations["neutral"])
        self._front_roles = frozenset(registrations["front_roles"])
        self._prefixes = frozenset(registrations["prefixes"])
        self._before_file = frozenset(registrations["before_file"])
        self._shells = frozenset(registrations["shells"])
        self._denials = frozenset(registrations["denials"])
        self._features = frozenset(registrations["features"])
        self._format_types = frozenset(registrations["format_types"])
        self.places = Places(registrations)
        self._suffix_keys = frozenset(registrations["suffix_keys"])
        self._documents = frozenset(registrations["exchanged_carriers"])
        self._roles = {word: role for role, words in registrations["roles"].items() for word in words}
        self._listed = {word: role for role, words in registrations["list_words"].items() for word in words}
        vague = self._never | self._ambiguous | frozenset(self._ordinary)
        self._mime = MimeNames(self._phrases, vague - self._before_file)
        self.phrases = Phrases(self._phrases, self._suffixes, self._proprietary, self._ordinary, self._never)
        for row in _rows(standards):
            self._add(row)
        self.programs = ProgramNames(
            compact=self._compact,
            suffixes=self._suffixes,
            phrases=self._phrases,
            exchanged=self._exchanged,
            features={word: role for word, role in self._roles.items() if word in self._features},
            modules={word: role for role, words in registrations["module_roles"].items() for word in words},
            never=self._never,
            vague=vague,
        )
        self.ambiguous_owners = frozenset(owner for word in self._ambiguous for owner in self._compact.get(word, ()))
        """The standards whose names in code mean something else too."""
        self.ordinary_owners = self.ambiguous_owners | frozenset(
            owner for word in self._ordinary for owner in self._compact.get(word, ())
        )
        """Those and the standards that are called by ordinary words."""

    def _add(self, row: dict[str, Any]) -> None:
        standard = row["id"]
        if standard in self._excluded:
            return
        carrier = bool(row.get("carrier")) or bool(self._tools.intersection(row.get("domains", ())))
        self._domains[standard] = frozenset(row.get("domains", ()))
        if carrier:
            self.carriers |= {standard}
        if row.get("openness") == "proprietary":
            self._proprietary.add(standard)
        if standard in self._documents:
            self._exchanged |= {word.lower(): standard for word in (standard, *row.get("aliases", ()))}
        for suffix in row.get("extensions", ()):
            folded = suffix.lower().lstrip(".")
            self._suffixes.setdefault(folded, set()).add(standard)
            if not carrier and standard not in self.wrappers:
                self._compact.setdefault(folded, set()).add(standard)
        for mime in row.get("mime", ()):
            self._mime.add(mime, standard)
        for name in (standard, *row.get("aliases", ())):
            words = tuple(word.lower() for word in words_of(name))
            if any(len(word) > 1 for word in words):  # `X_T` is written so and not `x t`: its suffix is known
                self._phrases.setdefault(words, set()).add(standard)
                self._called.setdefault("".join(words), set()).add(standard)
                if not carrier and standard not in self.wrappers:
                    self._compact.setdefault("".join(words), set()).add(standard)

    @property
    def roles(self) -> Iterable[str]:
        """The words that say what is done with a format, lower case."""
        return self._roles

    def role(self, word: str) -> str | None:
        """What a word says is done with a format, lower case."""
        return self._roles.get(word)

    def is_neutral(self, word: str) -> bool:
        """May a word stand in the name of a function without changing what it says?"""
        return word in self._neutral or word in self._shells

    def listed(self, word: str) -> str | None:
        """Which way go the formats of a list whose name has this word, lower case: `accepted`, `writable`."""
        return self._listed.get(word)

    def is_denied(self, words: list[str]) -> bool:
        """Do the words of a name, lower case, say that it is something else than a reader or writer?"""
        return bool(words) and not self._denials.isdisjoint((words[0], words[-1]))

    def may_mention(self, standard: str) -> bool:
        """May the name of a program or plug-in speak of a standard? Of carriers those that users exchange."""
        return standard not in self.carriers or standard in self._documents

    @property
    def features(self) -> frozenset[str]:
        """The words for what users do with a format."""
        return self._features

    def whole(self, name: str, *, meant: bool = False) -> str | None:
        """The only standard that a whole name means: `GDS`. `meant`: the place says that it is a format's."""
        joined = "".join(words_of(name))
        owners = self._compact.get(joined.lower(), set())
        if len(owners) != 1 or joined.lower() in self._never:
            return None
        plain = len(joined) > 3 or joined.isupper() or joined.lower() in self._distinct
        return next(iter(owners)) if meant or (plain and self.phrases.means(joined)) else None

    # -- suffixes and MIME types

    def by_suffix(self, suffix: str) -> frozenset[str]:
        """Standards whose files have this suffix (without the dot, blind to case)."""
        return frozenset(self._suffixes.get(suffix.lower().lstrip("."), ()))

    def is_distinct(self, suffix: str) -> bool:
        """Is a suffix of more than three characters, or one that means nothing else? `dxf`, `reqif`; not `plt`."""
        return len(suffix) > 3 or suffix in self._distinct

    def is_ambiguous(self, word: str) -> bool:
        """Does the name of a format mean something else too, blind to case? `SAT` is a problem of logic as well."""
        return word.lower() in self._ambiguous

    def by_mime(self, mime: str) -> str | None:
        """The standard of a MIME type; parameters are ignored."""
        return self._mime.owner(mime, self.carriers)

    # -- the product's own words

    def in_words(self, label: str) -> frozenset[str]:
        """Standards that a short text names. Ordinary words count only as `ordinary` writes them."""
        return self.phrases.within(label)

    def way(self, member: str) -> str | None:
        """What a method of a class for a format does with it: `load`, `saveToFile`; not `readSettings`."""
        words = [word.lower() for word in words_of(member)]
        return self._roles.get(words[0]) if words and self._neutral.issuperset(words[1:]) else None

    def in_label(self, label: str, suffixes: Iterable[str] = ()) -> list[str]:
        """Standards that a label registers: by its suffixes, `STEP with colors (*.step *.stp)`; else by its words.

        A suffix that several standards share counts for those that the words name. A wrapper (XML, ZIP, …) counts only
        where the words name it, a suffix that other software uses for something else also in the company of two formats
        of the same domain: `FEM mesh formats (*.inp *.med *.unv)`.
        """
        patterns = [*suffixes_in(label), *suffixes]
        named = self.in_words(without_patterns(label))
        words = {word.lower() for word in words_of(without_patterns(label))}
        found: set[str] = set()
        doubted: set[str] = set()
        for suffix in patterns:
            owners = self.by_suffix(suffix)
            if words.intersection(self._foreign.get(suffix.lower().lstrip("."), ())):
                continue
            if len(owners) > 1:
                owners = (owners & named) or (
                    owners - self.carriers if len(owners - self.carriers) == 1 else frozenset()
                )
            doubtful = self.wrappers if suffix not in self._shared else owners
            found |= {owner for owner in owners if owner not in doubtful or owner in named}
            doubted |= owners if suffix in self._shared and len(owners) == 1 else frozenset()
        if not patterns:
            found |= named - self.wrappers
        return sorted(found | {each for each in doubted - found if self._in_company(each, found)})

    def _in_company(self, standard: str, others: set[str]) -> bool:
        """Are two of the others formats of the same domain?"""
        domains = self._domains[standard]
        return sum(not domains.isdisjoint(self._domains[other]) for other in others) > 1

    # -- names in code

    def in_table_name(self, name: str) -> str | None:
        """The direction of a table of readers or writers by its name: `_mesh_loaders`, `READERS`, `savers_by_type`."""
        found = {self._roles[word[:-1]] for part in words_of(name) if (word := part.lower())[:-1] in self._roles
                 and word.endswith("rs")}  # fmt: skip
        return found.pop() if len(found) == 1 else None

    def in_key(self, name: str) -> str | None:
        """The direction of an entry of a plug-in's own description: `mesh_reader`, `exporter`, `ReaderFactory`."""
        words = words_of(name)
        while len(words) > 1 and words[-1].lower() in self._shells:
            words.pop()
        return self._roles.get(words[-1].lower()) if words else None

    def is_suffix_key(self, name: str) -> bool:
        """Does an entry of that name hold suffixes or MIME types?"""
        return name.lower().replace("-", "_") in self._suffix_keys

    def in_identifier(
        self, identifier: str, *, function: bool = False, near: frozenset[str] = frozenset()
    ) -> Named | None:
        """Standard and direction that a name in code joins: `DAELoader`, `reqif_import`, `read_ssd`, `importIFC`.

        The role stands first or last, the format's name next to it; what a class is besides (`ImportSvgPlugin`) and
        neutral words between them (`DxfFileWriter`) change nothing. Before a format in front of the role anything may
        stand (`Max3DSLoader`); otherwise only neutral words may (`read_dxf_file`, but not `read_dxf_settings`). A name
        of three letters, if not distinct, or an ordinary word counts in capitals only, or where the standard is `near`.
        A carrier counts where the role is that of a feature and not of programming: `exportToSVG`, but not `readXml`.
        """
        words = words_of(identifier)
        for place, (word, behind) in enumerate(pairwise(words), 1):
            if word in self._prefixes and behind[0].isupper():
                words = words[place:]  # what stands before is no part of the name: `PyVTKAddFile_vtkWriter`
                break
        while len(words) > 2 and words[-1].lower() in self._shells:
            words.pop()
        if len(words) < 2 or self._denials.intersection((words[0].lower(), words[-1].lower())):
            return None
        for role_first in (True, False):
            action = words[0 if role_first else -1].lower()
            role = self._roles.get(action)
            if role is None or (action in self._front_roles and not role_first):
                continue
            rest = words[1:] if role_first else words[:-1]
            while len(rest) > 1 and rest[0 if role_first else -1].lower() in self._neutral:
                rest = rest[1:] if role_first else rest[:-1]
            standard = self._beside(rest, role_first, role_first or function, near) or self._as_file(words)
            if standard is not None:
                return Named(standard, role)
            if action in self._features and (carrier := self._exchanged.get(rest[0 if role_first else -1].lower())):
                return Named(carrier, role, carrier=True)
        return None

    def _as_file(self, words: list[str]) -> str | None:
        """An ordinary word that means a format because `file` or `format` follows it, in a name of three words."""
        folded = [word.lower() for word in words]
        for word, behind in pairwise(folded):
            if behind in ("file", "format") and word in self._before_file and len(folded) == 3:
                return next(iter(self._compact.get(word, ())), None)
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
            plain = len(joined) > 3 or joined[-1].isupper() or joined.lower() in self._distinct
            means = joined.lower() in self._distinct or self.phrases.means(joined)
            if joined.lower() in self._foreign_names:
                continue
            if owner not in near and not (plain and means and joined.lower() not in self._ambiguous):
                continue
            if at_start and others and others[0].isdigit() and len(joined) <= 3 and joined.lower() in self._ordinary:
                continue  # `read_VEC12` reads vectors, `loadMAT4` a matrix
            if not strict or all(word.lower() in self._neutral or word.isdigit() for word in others):
                return owner
        return None

    def in_format(
        self, name: str, others: Iterable[str], members: Iterable[str], near: frozenset[str] = frozenset()
    ) -> list[Named]:
        """What a class for a format says: its own name ends in the format's, its methods are called after roles.

        `others` are the names around it (package, base), one of which must say that it is such a class, unless its own
        does or is nothing but the format's (`GLTF2`). Versions and shells behind the format's name change nothing:
        `KeePassCsv1x`, `IfcFileFormat`.
        """
        words = words_of(name)
        if len(words) > 2 and {self._roles.get(word.lower()) for word in words[:2]} == {"import", "export"}:
            words = words[2:]  # `ReaderWriterOBJ`
        folded = [word.lower() for word in words]
        around = {word.lower() for other in others for word in words_of(other)}
        is_format = bool(self._format_types.intersection(around | set(folded)))
        while len(words) > 1 and (self._is_extra(folded[-1]) or folded[-1] in self._format_types):
            words.pop()
            folded.pop()
        standard = self._beside(words, False, not is_format, near)
        if not is_format and (standard is None or len(words) > 1):
            return []
        carrier = None if standard else self._exchanged.get(folded[-1]) if folded else None
        if standard is None and carrier is None:
            return []
        members = list(members)
        roles = {way for member in members if (way := self.way(member)) is not None}
        if "export" in roles and "close" in members and self._only_opens(members):
            roles.discard("import")  # it opens what it writes
        return [Named(standard or carrier or "", role, carrier=standard is None) for role in sorted(roles)]

    def _only_opens(self, members: Iterable[str]) -> bool:
        """Is `open` all that a class for a format does to read?"""
        readers = [member for member in members if self.way(member) == "import"]
        return all(words_of(member)[0].lower() in self._front_roles for member in readers)

    def _is_extra(self, word: str) -> bool:
        """Words behind a format's name: versions (`1x`), shells, what it is a form of (`File`)."""
        return word not in self._exchanged and (
            word in self._shells or word in self._neutral or word == "x" or word[0].isdigit()
        )

    def in_text(self, source: str, wanted: Iterable[str]) -> frozenset[str]:
        """Which of these standards a source means where it uses their ordinary names: it spells them out somewhere.

        As a suffix in quotes or in a pattern (`".stp"`, `*.stp`), or in capitals before a word such as file or format.
        """
        found: set[str] = set()
        for standard in wanted:
            suffixes = [suffix for suffix, owners in self._suffixes.items() if standard in owners]
            ordinary = [*self._ordinary.values(), *(word.upper() for word in self._ambiguous)]
            spelled = [word for word in ordinary if standard in self._compact.get(word.lower(), ())]
            if any(f"{mark}.{suffix}{end}" in source for suffix in suffixes for mark, end in _QUOTES) or any(
                f"{word}{behind}" in source for word in spelled for behind in _BEHIND
            ):
                found.add(standard)
        return frozenset(found)

    def near(self, path: str) -> frozenset[str]:
        """Standards after which the folders of a path and the file are named: `fmpy/ssp/ssd.py`."""
        *folders, name = path.lower().replace("!/", "/").split("/")
        places = [place.replace("_", "") for place in (*folders[-4:], name.partition(".")[0])]
        return frozenset(
            owner for place in places for owner in (*self._compact.get(place, ()), *self._called.get(place, ()))
        )

    def written(self, standard: str) -> list[bytes]:
        """How a native program writes the suffixes of a standard: in a pattern (`*.obj`), or as a text (`.obj`)."""
        suffixes = sorted(suffix for suffix, owners in self._suffixes.items() if standard in owners)
        texts = [text for suffix in suffixes for text in (f"*.{suffix}", f"\0.{suffix}\0")]
        return [text.encode(form) for text in texts for form in ("ascii", "utf-16-le")]

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
