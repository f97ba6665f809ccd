"""Labels and names taken apart: the words of a name in code, the suffixes in a label of a file dialog."""

import re

# The same as `_words_of`, for text that is ASCII: what a word begins with, and what does not end it.
_WORD = re.compile(r"[A-Za-z0-9](?:[a-z]|(?<=[0-9])[0-9]|(?<=[A-Z0-9])[A-Z](?![a-z]))*+")


def words_of(text: str) -> list[str]:
    """Words of running text or of a name in code: `Max3DSLoader` gives Max, 3DS, Loader; `read_ssd` gives read, ssd.

    A word ends at what is no letter or digit, before a capital that follows a small letter or starts a word after
    capitals (`DAELoader`), and before a digit that follows a letter.
    """
    return _WORD.findall(text) if text.isascii() else _words_of(text)


def _words_of(text: str) -> list[str]:
    """The same, whatever the alphabet."""
    words: list[str] = []
    start = None
    for place, character in enumerate(text):
        if not character.isalnum():
            if start is not None:
                words.append(text[start:place])
                start = None
            continue
        if start is None:
            start = place
            continue
        before, after = text[place - 1], text[place + 1 : place + 2]
        if (character.isupper() and (before.islower() or (before.isalnum() and after.islower()))) or (
            character.isdigit() and before.isalpha()
        ):
            words.append(text[start:place])
            start = place
    if start is not None:
        words.append(text[start:])
    return words


def suffixes_in(label: str) -> list[str]:
    """Suffixes in the patterns of a label: `*.step *.stp` or `*.x3d;*.X3D`; lower case, each once, in order."""
    found: list[str] = []
    for piece in _pieces(label):
        if piece.startswith("*.") and len(piece) > 2:
            suffix = piece[2:].lower()
            if suffix not in found and all(character.isalnum() or character in "._-+" for character in suffix):
                found.append(suffix)
    return found


def without_patterns(label: str) -> str:
    """A label without the patterns in it."""
    return " ".join(piece for piece in _pieces(label) if not piece.startswith("*"))


def _pieces(label: str) -> list[str]:
    for separator in "();,|[]{}<>\"'":
        label = label.replace(separator, " ")
    return label.split()
