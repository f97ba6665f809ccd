"""Which release does a document say it belongs to?"""

from cpo_scan.probe.patterns import compile as compile_pattern
from cpo_scan.probe.prose import Prose

_OPENING = 1_500  # characters in which a title page says it
_SAID = r"(?i)\b(?:version|release|revision|ver\.|ausgabe)[ :]{1,3}v?([0-9]{1,4}(?:\.[0-9]{1,4}){1,3})\b"
_PROJECT_NUMBER = 'id="projectnumber"'  # Doxygen, header.html


def stated_version(prose: Prose, form: str) -> str:
    """The version in its title, in the project number of Doxygen, or on its title page; empty where there is none."""
    if version := title_version(prose.title):
        return version
    if prose.face is not None:
        _, found, after = prose.face.bare.partition(_PROJECT_NUMBER)
        return (title_version(after[:120].replace("&#160;", " ").replace("/span", " ")) or "") if found else ""
    opening = prose.text[:_OPENING]
    if form == "man":
        return title_version(opening.partition("\n")[0]) or ""
    if form == "info":  # `This is x.info, produced by makeinfo version 6.8`
        opening = opening.partition("\n")[2]
    match = compile_pattern(_SAID, text=True).search(opening)
    return str(match.group(1)) if match is not None else ""


def title_version(title: str) -> str | None:
    """The first number with dots of a title: `Gmsh 4.8.4 manual`."""
    for word in title.split():
        bare = word.strip("()[],;:").removeprefix("v").removeprefix("V")
        parts = bare.split(".")
        if 2 <= len(parts) <= 5 and all(part.isascii() and part.isdigit() and len(part) <= 4 for part in parts):
            return bare
    return None


def agree(stated: str, product: str) -> bool | None:
    """Is a version that a document states that of the product? The shorter one decides: 4.8 is right for 4.8.4.

    What follows the numbers (`+dfsg-3`, `-rc1`) is left out; None where one of them has no numbers.
    """
    one, other = numbers(stated), numbers(product)
    if not one or not other:
        return None
    least = min(len(one), len(other))
    return one[:least] == other[:least]


def numbers(version: str) -> tuple[int, ...]:
    """The numbers at the start of a version: `1:7.0.2+dfsg-3` gives 7, 0, 2."""
    head = version.rpartition(":")[2].strip().removeprefix("v").removeprefix("V")
    found: list[int] = []
    for part in head.split("."):
        digits = ""
        for sign in part:
            if not (sign.isascii() and sign.isdigit()):
                break
            digits += sign
        if not digits or len(digits) > 9:
            break
        found.append(int(digits))
        if digits != part:
            break
    return tuple(found)
