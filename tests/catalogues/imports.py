"""Imports for the tests of catalogues: a file is written and read as the command reads it."""

from pathlib import Path
from typing import Any

from cpo_scan.catalogues import Choices, Imported, import_catalogue, read_given
from cpo_scan.rulebook.catalogue import load_catalogue


def imported(folder: Path, name: str, content: bytes | str, **choices: Any) -> Imported:
    """A file written and imported."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return import_catalogue(read_given(str(path)), Choices(**choices), load_catalogue())


def codes(made: Imported) -> list[str]:
    """The codes of what was left out or not understood."""
    return [note.code for note in made.notes]
