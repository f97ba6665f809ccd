"""Single packed files (gzip, bzip2, xz, lzma, zstd). A packed TAR archive is opened as one container with it."""

from collections.abc import Callable, Iterator

from cpo_scan.targets.budget import Budget
from cpo_scan.targets.content import Content, StreamContent, Window
from cpo_scan.targets.errors import Unreadable
from cpo_scan.targets.member import Member, Names
from cpo_scan.targets.tar import BLOCK, looks_like_tar, read_tar
from cpo_scan.targets.unpack import BZIP2, GZIP, XZ, ZSTD, Codec, Unpacked

_SUFFIXES = {  # what is left of a name when its packing is taken off
    ".gz": "",
    ".bz2": "",
    ".bz": "",
    ".xz": "",
    ".lzma": "",
    ".zst": "",
    ".tgz": ".tar",
    ".tbz": ".tar",
    ".tbz2": ".tar",
    ".txz": ".tar",
    ".tlz": ".tar",
    ".tzst": ".tar",
    ".svgz": ".svg",
    ".stpz": ".stp",
    ".stpxz": ".stpx",
    ".wrz": ".wrl",
    ".x3dz": ".x3d",
}


def open_packed(codec: Codec) -> Callable[..., Iterator[Member]]:
    """An opener for what is packed by `codec`."""

    def opener(content: Content, budget: Budget, name: str, names: Names | None = None) -> Iterator[Member]:
        data = content.whole()
        names = names or Names()
        inner = unpacked_name(name)

        def unpack(charge: Callable[[int], None] | None) -> Unpacked:
            return Unpacked(codec, Window(data, 0, len(data)), budget.limits, charge=charge)

        stream = unpack(None)
        try:
            block = stream.peek(BLOCK)[:BLOCK]
        except Unreadable:
            block = b""  # damage is told of the file inside, wherever in it
        if looks_like_tar(block) or (block == bytes(BLOCK) and inner.lower().endswith(".tar")):
            yield from read_tar(unpack(budget.charge), budget, names, None)
        else:
            budget.member()
            yield Member(names.unique(inner), "file", None, read=lambda: StreamContent(unpack(None), budget.meter()))

    return opener


def unpacked_name(name: str) -> str:
    """The name of what is inside: `part.stp.gz` holds `part.stp`. A name that does not tell stays what it is."""
    stem, dot, _ = name.rpartition(".")
    left = _SUFFIXES.get(name[len(stem) :].lower()) if dot and stem else None
    return name if left is None else stem + left


open_gzip = open_packed(GZIP)
open_bzip2 = open_packed(BZIP2)
open_xz = open_packed(XZ)
open_zstd = open_packed(ZSTD)
