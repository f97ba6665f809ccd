"""What a function makes of a format, by a name that says from what or to what: `to_dxf`, `parseIfcIntoMesh`."""

from typing import NamedTuple

from cpo_probes.exchange.names.label_words import words_of
from cpo_probes.exchange.names.naming import Named, Naming

_GOALS = ("into", "to", "as")
_MARKS = ("to_", "from_", "as_", "into", "To", "From", "Into")
_LONGEST_SHORT = 3  # letters: such names are those of libraries and of things in memory too


class Converted(NamedTuple):
    """What a function reads or writes; `sure` where nothing else has to say so."""

    named: Named
    sure: bool


def converted(name: str, names: Naming, near: frozenset[str] = frozenset()) -> Converted | None:
    """The format that a function reads or writes. The role stands first (`parseIfcIntoMesh`), or the format last."""
    if not name.startswith(("to", "from")) and not any(mark in name for mark in _MARKS):
        return None
    words = words_of(name)
    folded = [word.lower() for word in words]
    if len(words) < 2 or names.is_denied(folded):
        return None
    role = names.role(folded[0])
    for place in range(len(words) - 2, -1, -1):
        way = "export" if folded[place] == "to" else "import" if folded[place] == "from" else None
        if way is not None and role in (None, way):
            found = names.in_identifier("_".join((way, *words[place + 1 :])), function=True, near=near)
            if found is not None:
                length = len("".join(word for word in words[place + 1 :] if not names.is_neutral(word.lower())))
                is_sure = found.standard in near or (not found.carrier and length > _LONGEST_SHORT)
                return Converted(found, is_sure)
    goal = next((place for place in range(2, len(words)) if folded[place] in _GOALS), None)
    if role is None or goal is None:
        return None
    found = names.in_identifier("_".join(words[:goal]), function=True, near=near)
    return Converted(found, True) if found is not None else None
