"""What a file states before anybody maps it: entries with columns, in the groups that the source puts them in."""

import msgspec

Said = dict[str, str]
"""A text by language; the key is empty where the source does not say in which language it is."""


class Group(msgspec.Struct, frozen=True):
    """A chapter of the source: its id there, and its title as far as it has one."""

    id: str
    title: Said


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One row, control or object, that begins in `line`. `identity` is the id that the form itself demands, where it
    demands one; `groups` are those around it, outermost first."""

    line: int
    columns: dict[str, Said]
    identity: str | None = None
    groups: tuple[Group, ...] = ()
    informative: bool = False
    """May it be a note that is no criterion? Then it is one only if it states an obligation."""

    @property
    def place(self) -> str:
        """How people find it in the file."""
        return f"line {self.line}" if self.identity is None else f"line {self.line} ({self.identity})"


class LeftOut(msgspec.Struct, frozen=True):
    """Something of the source that is not in the catalogue; `why` is a code of the message catalogues."""

    place: str
    why: str


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """A source as read. `form` is `oscal`, `reqif`, `csv`, `xlsx` or `yaml`; `language` that of unmarked texts."""

    name: str
    sha256: str
    form: str
    entries: tuple[Entry, ...]
    title: Said = {}
    version: str | None = None
    language: str | None = None
    left_out: tuple[LeftOut, ...] = ()
    head: tuple[str, ...] = ()
    """The columns that a table names, used or not."""
    technical: frozenset[str] = frozenset()
    """Columns that the form demands for its own ends: no field unless somebody says so."""

    def column_names(self) -> tuple[str, ...]:
        """Names of all columns: those of the head, then the others in the order of their first use."""
        used = {name: None for entry in self.entries for name in entry.columns}
        return tuple(dict.fromkeys(self.head) | used)
