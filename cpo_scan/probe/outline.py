"""What must be known of a probe to deal out work to it, as plain data: other processes import it only where it works.

An outline is taken from the probe once, in the process that leads the scan, or when the program was built (`packed`).
Whoever loads the probe later holds it against its outline: a probe that is another one there is an error of the probe,
and neither a crash nor a gap.
"""

from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import msgspec

from cpo_scan.model import Reason
from cpo_scan.probe.probe import AnyProbe, CombiningProbe, ProductProbe
from cpo_scan.probe.selector import Clause

Stages = Literal["artifacts", "artifacts, then all", "product"]


class Outline(msgspec.Struct, frozen=True, kw_only=True):
    """A probe as the engine sees it before it is imported. `value` says where it is: `package.module:Class`."""

    id: str
    value: str
    version: int
    examines: tuple[Clause, ...]
    states: tuple[str, ...]
    uses_index: bool
    refines: tuple[str, ...]
    works_on: Stages
    compares: bool
    limitations: tuple[str, ...]


def outline_of(value: str, probe: AnyProbe) -> Outline:
    """The outline of a probe. Raises whatever the probe raises, and ValueError where it is not as it must be."""
    if not probe.examines.sound:
        raise ValueError("examines is no plain selector")
    works_on: Stages = "artifacts, then all" if isinstance(probe, CombiningProbe) else "artifacts"
    outline = Outline(
        id=probe.id,
        value=value,
        version=probe.version,
        examines=probe.examines.clauses,
        states=probe.states,
        uses_index=probe.uses_index,
        refines=probe.refines,
        works_on="product" if isinstance(probe, ProductProbe) else works_on,
        compares=isinstance(probe, CombiningProbe) and probe.compares,
        limitations=probe.limitations,
    )
    # What its class promises, its instance may still deny: only what passes as plain data of these types does.
    return msgspec.msgpack.decode(msgspec.msgpack.encode(outline), type=Outline)


def load(outline: Outline) -> AnyProbe | Reason:
    """The probe of an outline, or why it can't be had here although it could be where the outline was taken."""
    module, _, name = (part.strip() for part in outline.value.partition(":"))
    try:
        found: Any = import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
        probe: AnyProbe = found()
        same = outline_of(outline.value, probe) == outline
    except Exception as error:  # whatever a stranger's module raises on import is his problem and our report
        return Reason("probe.import_failed", {"value": outline.value, "error": one_line(error)})
    return probe if same else Reason("probe.breach", {"what": "its metadata is not the same in every process"})


def one_line(error: BaseException) -> str:
    """Type and first line of an error, without paths of this machine."""
    text = str(error).strip().partition("\n")[0]
    words = [Path(word.strip("'\"()")).name if "/" in word or "\\" in word else word for word in text.split()]
    return f"{type(error).__name__}: {' '.join(words)}"[:200]
