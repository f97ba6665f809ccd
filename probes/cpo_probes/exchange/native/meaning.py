"""What the names of classes and functions in one native program mean, each looked up once.

Ordinary words, and names that mean something else too, count where the program writes the suffix of the format out.
"""

from cpo_probes.exchange.names.label_words import words_of
from cpo_probes.exchange.names.naming import Named, Naming
from cpo_scan.probe import Content, holds

_WAYS = ("read", "write")  # what a class for a format may be able to do
_PREPOSITIONS = (("from", "import", "Reader"), ("to", "export", "Writer"))


class Meanings:
    """Lookup over the names of one program."""

    def __init__(self, names: Naming, content: Content) -> None:
        self._names = names
        self._content = content
        self._meant: dict[str, Named | None] = {}
        self._formats: dict[str, str | None] = {}
        self._written: dict[str, bool] = {}

    def of(self, identifier: str) -> Named | None:
        """Standard and direction that an identifier joins: `StlReader`; `load_dbf` in a program that says `*.dbf`."""
        if identifier not in self._meant:
            function = identifier[0].islower()
            is_template = identifier.endswith("T") and identifier[-2:-1].islower()  # `PLY_LoadT`
            plain = identifier[:-1] if is_template else identifier
            named = self._names.in_identifier(plain, function=function)
            if named is None:
                near = self._names.ordinary_owners
                named = self._names.in_identifier(plain, function=function, near=near)
                named = named if named is not None and self._is_written(named.standard) else None
            if named is None and (shorter := self._without_object(plain)) is not None:
                named = self.of(shorter)
            self._meant[identifier] = named
        return self._meant[identifier]

    def _without_object(self, name: str) -> str | None:
        """A name without what is read or written: `deserializeTreeFromGltf` gives `deserializeGltf`."""
        words = words_of(name)
        role = self._names.role(words[0].lower()) if words else None
        for preposition, way, _ in _PREPOSITIONS:
            places = [at for at, word in enumerate(words) if word.lower() == preposition]
            if role == way and places and 1 < places[-1] < len(words) - 1:
                return "_".join([words[0], *words[places[-1] + 1 :]])
        return None

    def of_command(self, name: str) -> Named | None:
        """What a command does whose name is a role and a format, and nothing else: `read_gds`."""
        role, _, called = name.partition("_")
        direction, standard = self._names.role(role), self._names.whole(called, meant=True)
        if direction is not None and standard is not None and standard not in self._names.ordinary_owners:
            return Named(standard, direction)
        return self.of(name)

    def of_method(self, kind: str, method: str) -> Named | None:
        """What a method of a class does: `StlFile::load`, `MeshLoad::fromStl`."""
        if (direction := self._names.way(method)) is not None:
            standard = self._format_of(kind)
            return Named(standard, direction) if standard is not None else None
        words = words_of(kind)
        ways = {self._names.role(word.lower()) for word in (words[0], words[-1])} if words else set()
        for preposition, way, role in _PREPOSITIONS:
            called = method.removeprefix(preposition)
            if way in ways and called != method and called and not called[0].islower():
                return self.of(called + role)  # `MeshLoad::fromStl` is an `StlReader`
        return None

    def _format_of(self, kind: str) -> str | None:
        """The format after which a class is called."""
        if kind not in self._formats:
            self._formats[kind] = None
            for near in (frozenset[str](), self._names.ordinary_owners):
                named = next((each for each in self._names.in_format(kind, (), _WAYS, near) if not each.carrier), None)
                if named is not None:
                    self._formats[kind] = named.standard if not near or self._is_written(named.standard) else None
                    break
        return self._formats[kind]

    def _is_written(self, standard: str) -> bool:
        if standard not in self._written:
            self._written[standard] = holds(self._content.whole(), self._names.written(standard))
        return self._written[standard]
