"""Containers: what lies inside an archive, one member after the other, each byte charged to a budget.

Contract (the engine in `scan` relies on it):

`OPENERS` maps the `opens_as` of a format rule (zip, tar, 7z, rpm, …) to an opener. An opener takes the
container's `Content`, a `Budget` (`Budget(limits).enter()` for a file of the target, `budget.enter()` for a container
in it) and the container's own name (last segment of its path), and yields `Member`s in the order of the container.
The content of a member is valid until the next member is asked for. What can't be opened or read raises `Unreadable`
(`LimitHit` for limits) with a reason; a member that can't be read by itself raises when its content is asked for or
read, and the others go on. Folders are no members.
"""

from collections.abc import Iterator
from typing import Protocol

from cpo_scan.targets.ar import MAGIC as AR_MAGIC
from cpo_scan.targets.ar import open_ar
from cpo_scan.targets.asar import is_asar, open_asar
from cpo_scan.targets.budget import Budget
from cpo_scan.targets.cab import MAGIC as CAB_MAGIC
from cpo_scan.targets.cab import open_cab
from cpo_scan.targets.closed import CLOSED
from cpo_scan.targets.compound import MAGIC as OLE_MAGIC
from cpo_scan.targets.content import Content
from cpo_scan.targets.cpio import MAGIC as CPIO_MAGIC
from cpo_scan.targets.cpio import open_cpio
from cpo_scan.targets.iso import is_iso, open_iso
from cpo_scan.targets.member import Member, Names
from cpo_scan.targets.msi import is_msi, open_msi
from cpo_scan.targets.packed import open_bzip2, open_gzip, open_xz, open_zstd
from cpo_scan.targets.program import carried, open_program
from cpo_scan.targets.rpm import MAGIC as RPM_MAGIC
from cpo_scan.targets.rpm import open_rpm
from cpo_scan.targets.sevenzip import MAGIC as SEVENZIP_MAGIC
from cpo_scan.targets.sevenzip import open_7z
from cpo_scan.targets.squashfs import MAGIC as SQUASHFS_MAGIC
from cpo_scan.targets.squashfs import open_appimage, open_squashfs
from cpo_scan.targets.tar import looks_like_tar, open_tar
from cpo_scan.targets.zip import open_zip, zip_directory, zip_member, zip_names

__all__ = [
    "OPENERS",
    "Budget",
    "Member",
    "Names",
    "Opener",
    "holds_members",
    "opens_as",
    "zip_directory",
    "zip_member",
    "zip_names",
]


class Opener(Protocol):
    """Opens a container. `names` are the names that its members may not have any more."""

    def __call__(self, content: Content, budget: Budget, name: str, names: Names | None = None) -> Iterator[Member]:
        """The members; raises Unreadable."""


OPENERS: dict[str, Opener] = {
    "zip": open_zip,
    "tar": open_tar,
    "gzip": open_gzip,
    "bzip2": open_bzip2,
    "xz": open_xz,
    "zstd": open_zstd,
    "appimage": open_appimage,
    "ar": open_ar,
    "asar": open_asar,
    "7z": open_7z,
    "cab": open_cab,
    "cpio": open_cpio,
    "iso": open_iso,
    "msi": open_msi,
    "program": open_program,
    "rpm": open_rpm,
    "squashfs": open_squashfs,
    **CLOSED,
}

_MAGIC = (  # where the first bytes say it all; sources: APPNOTE 4.3, RFC 1952, bzip2, xz-file-format 2.1.1, RFC 8878
    (b"PK\3\4", "zip"),
    (b"PK\5\6", "zip"),
    (b"\x1f\x8b\x08", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (AR_MAGIC, "ar"),
    (SEVENZIP_MAGIC, "7z"),
    (CAB_MAGIC, "cab"),
    (RPM_MAGIC, "rpm"),
    (SQUASHFS_MAGIC, "squashfs"),
    *((magic, "cpio") for magic in CPIO_MAGIC),
)


def holds_members(opener: str, content: Content) -> bool:
    """Is there something to open? Most programs carry nothing, and a format may be packed or plain (AMF, 3D XML)."""
    if opener == "zip":
        return content.head.startswith(b"PK")
    return opener != "program" or bool(carried(content))


def opens_as(name: str, content: Content) -> str | None:
    """The opener for something that is known or meant to be a container; None where it is none.

    This is for a target that the user names and for the way back into a container that was opened before. What an
    artifact *is* is decided by the rules of the formats.
    """
    head = content.head
    for magic, opener in _MAGIC:
        if head.startswith(magic):
            return opener
    if looks_like_tar(head):
        return "tar"
    if head[:4] == b"\x7fELF" and head[8:11] in (b"AI\1", b"AI\2"):
        return "appimage"
    if is_iso(head):
        return "iso"
    if is_asar(head):
        return "asar"
    if head.startswith(OLE_MAGIC):
        return "msi" if is_msi(content) else None
    if (inside := carried(content)) and all(one.kind != "installer" for one in inside):
        return "program"
    if name.lower().endswith((".lzma", ".tlz")) and head[:1] == b"\x5d":
        return "xz"
    return "zip" if zip_names(content) is not None else None  # something stands before it: self-extracting
