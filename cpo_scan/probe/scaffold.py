"""`cpo-scan new probe NAME`: a project of one's own with a probe that works, and tests that pass."""

import keyword
from importlib.resources import files
from pathlib import Path
from string import Template

import msgspec

from cpo_scan import __version__
from cpo_scan.probe.metadata import PROBE_ID

_FILES = {  # path in the project: template in `templates/`
    "pyproject.toml": "pyproject.toml.txt",
    "README.md": "README.md.txt",
    ".gitignore": "gitignore.txt",
    "src/$package/__init__.py": "init.py.txt",
    "src/$package/probe.py": "probe.py.txt",
    "src/$package/py.typed": "",
    "tests/test_probe.py": "test_probe.py.txt",
}
_LONGEST = 60  # characters of an id: it becomes the name of folders and of a distribution


class ScaffoldError(ValueError):
    """Nothing was written. The message is one line that says why."""


class Written(msgspec.Struct, frozen=True):
    """The project's folder and its files, as written."""

    root: Path
    files: tuple[Path, ...]


def write_project(name: str, directory: Path | None = None) -> Written:
    """Write a plug-in project for the probe id `name` into `directory` (default: a folder of the project's name, here).

    The folder may exist as long as it is empty. Raises ScaffoldError, and writes nothing then.
    """
    words = _words(name)
    root = directory if directory is not None else Path(words["project"])
    try:
        if root.is_symlink() or (root.exists() and not root.is_dir()):
            raise ScaffoldError(f"{root} is there already and is no folder")
        if root.is_dir() and any(root.iterdir()):
            raise ScaffoldError(f"{root} is not empty; nothing there is overwritten")
        written = []
        for place, template in _FILES.items():
            path = root / Template(place).substitute(words)
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8", newline="\n") as file:
                file.write(_filled(template, words))
            written.append(path)
    except OSError as error:
        raise ScaffoldError(f"{root} can't be written: {error.strerror or type(error).__name__}") from None
    return Written(root, tuple(written))


def _words(name: str) -> dict[str, str]:
    """What the templates are filled with; raises ScaffoldError where the name is no probe id."""
    if not PROBE_ID.fullmatch(name) or len(name) > _LONGEST:
        raise ScaffoldError(
            f"{name!r} is no probe id: lower-case words joined by dots, for example acme.gadget,"
            f" at most {_LONGEST} characters"
        )
    parts = name.replace("_", "-").split(".")
    word = parts[-1].replace("-", "_")
    if keyword.iskeyword(word):
        raise ScaffoldError(f"{word!r} is a word of Python; choose another last part")
    return {
        "id": name,
        "word": word,
        "project": "-".join(["cpo-probe", *parts]),
        "package": "_".join(["cpo_probe", *parts]).replace("-", "_"),
        "class_name": "".join(part.capitalize() for part in word.split("_")) + "Probe",
        "minimum": __version__,
    }


def _filled(template: str, words: dict[str, str]) -> str:
    if not template:
        return ""
    text = (files("cpo_scan.probe") / "templates" / template).read_text(encoding="utf-8")
    return Template(text).substitute(words)
