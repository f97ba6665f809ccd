"""What the place of a name says: modules and packages that are called after a format, or after what is done with one.

`formats/dbc.py` with `load` and `dump`; `reqif/exporter.py` with `export_module`; the class `io.input.GDS`.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from cpo_probes.exchange.names.label_words import words_of

if TYPE_CHECKING:
    from cpo_probes.exchange.names.naming import Naming


class Places:
    """What folders, packages, modules and root elements are called."""

    def __init__(self, registrations: dict[str, Any]) -> None:
        self.formats = frozenset(registrations["format_folders"]) | frozenset(registrations["format_types"])
        self.neutral = frozenset(registrations["neutral"])
        self.roles = _by_word(registrations["role_folders"])
        self.functions = _by_word(registrations["module_functions"])
        self.verbs = _by_word(registrations["roles"])
        self.roots: dict[str, str] = registrations["root_elements"]

    def does(self, function: str) -> str | None:
        """What a function of a module or class for a format does, by its name alone: `dump`, `load_string`."""
        first, *rest = function.split("_")
        return self.functions.get(first) if all(word in self.neutral for word in rest) else None

    def rooted(self, source: str) -> str | None:
        """The only format whose root element a source spells as a string."""
        found = {standard for root, standard in self.roots.items() if f'"{root}"' in source or f"'{root}'" in source}
        return found.pop() if len(found) == 1 else None


class Placed(NamedTuple):
    """A name in a source that is a reader or writer because of the place where it stands."""

    standard: str
    direction: str  # import, export
    name: str


def in_module(path: str, public: Iterable[str], names: "Naming") -> Iterator[Placed]:
    """Functions and classes of a module (`public`, none of them inside of another) that read or write its format.

    A module for a format lies among such modules (`formats/`, `io/`, `writers/`), in a package for the format, or
    offers both ways (`load_model` and `save_model` of `onnx`); its readers and writers are called by what they do and
    no more. In a package that is called after a format a module of readers (`importer.py`), or a folder of such modules
    (`parser/`), has what its name says.
    """
    segments = [segment for segment in path.replace("!/", "/").removesuffix(".py").split("/") if segment != "__init__"]
    if len(segments) < 2:
        return
    public = [name for name in public if not name.startswith("_")]
    done = {name: role for name in public if (role := names.places.does(name)) is not None}
    alone, owner = _in_package_for(segments, names)
    if alone is not None and owner is not None:
        for name in sorted(set(public)):
            words = [word.lower() for word in words_of(name)]
            if words and alone in (names.places.verbs.get(words[0]), names.places.verbs.get(words[-1])):
                yield Placed(owner, alone, name)
        return
    for number in (len(segments) - 1, len(segments) - 2):
        bare, above = _without_role(segments[number], names.places), segments[number - 1].lower() if number else ""
        among = above in names.places.formats or above in names.places.roles
        standard = names.whole(bare, meant=among) if bare else None
        if standard is None:
            continue
        if among or (len(set(done.values())) == 2 and number == len(segments) - 1):
            only = names.places.roles.get(above)
            yield from (Placed(standard, role, name) for name, role in sorted(done.items()) if only in (None, role))
        return


def _in_package_for(segments: list[str], names: "Naming") -> tuple[str | None, str | None]:
    """The way of the readers or writers of a module or its folder, and the format after which their package is called.

    Neutral folders between them change nothing: `autosar/xml/reader.py`.
    """
    for place in (-1, -2):
        if len(segments) > -place and (way := names.places.roles.get(segments[place].lower())) is not None:
            above = segments[max(0, len(segments) + place - 2) : place]
            while above and above[-1].lower() in names.places.neutral:
                above.pop()
            return way, names.whole(above[-1]) if above else None
    return None, None


def in_package(package: str, name: str, names: "Naming") -> Placed | None:
    """A type that is called like a format, in a package of readers or writers: `tool.io.input`, `GDS`."""
    role = names.places.roles.get(package.rpartition(".")[2].lower())
    standard = names.whole(name) if role is not None else None
    return Placed(standard, role, name) if standard is not None and role is not None else None


def _without_role(segment: str, places: Places) -> str:
    """`dbc_loader` gives dbc; `_obj` gives obj."""
    words = [word for word in segment.split("_") if word]
    if len(words) > 1 and words[-1].lower() in places.roles:
        words.pop()
    return "_".join(words)


def _by_word(roles: dict[str, list[str]]) -> dict[str, str]:
    return {word: role for role, words in roles.items() for word in words}
