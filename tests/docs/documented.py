"""Reads the pages of the documentation: the commands that they show, and the files that these need."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

DOCS = Path(__file__).resolve().parents[2] / "docs"

_BLOCK = re.compile(
    r"^(?:`(?P<name>[\w./-]+)`:\n\n)?```(?P<language>\w*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE
)


class Command(msgspec.Struct, frozen=True):
    """A command line of a page, and the exit code that the page states for it."""

    line: str
    code: int


class WrittenFile(msgspec.Struct, frozen=True):
    """A file whose text a page shows under its name."""

    name: str
    text: str


def steps(page: str) -> Iterator[Command | WrittenFile]:
    """What a reader of the page does, from the top down. `# exit N` below a command states its exit code."""
    for block in _BLOCK.finditer(page):
        if block["language"] == "console":
            lines = block["text"].splitlines()
            for line, after in zip(lines, [*lines[1:], ""], strict=True):
                if line.startswith("$ "):
                    stated = re.fullmatch(r"# exit (\d)", after)
                    yield Command(line[2:], int(stated[1]) if stated else 0)
        elif block["name"]:
            yield WrittenFile(block["name"], block["text"])


def pages() -> list[Path]:
    """Every page that people wrote."""
    return sorted(DOCS.rglob("*.md"))
