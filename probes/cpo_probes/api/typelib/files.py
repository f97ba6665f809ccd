"""Where type libraries lie: in files of their own, and in the resources TYPELIB of programs and libraries."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from cpo_probes.api.typelib import msft as typelib_msft
from cpo_probes.api.typelib import sltg as typelib_sltg
from cpo_probes.api.typelib.interface import interface_of
from cpo_probes.api.typelib.model import Broken, Library
from cpo_scan.probe import Artifact, Context, LimitHit, Unreadable, formats
from cpo_scan.probe.binaries import read_resources
from cpo_scan.probe.interface import Interface

FAMILY = "typelib"
RESOURCE = "TYPELIB"
HOLDERS = formats("typelib") | formats("pe").containing(RESOURCE.encode("utf-16-le"))
"""The artifacts in which there may be some."""
FORMATS: dict[bytes, tuple[str, Callable[[bytes], Library]]] = {
    b"MSFT": ("msft", typelib_msft.read_library),
    b"SLTG": ("sltg", typelib_sltg.read_library),
}
"""Names and readers of the formats, by their first four octets. The readers raise Broken."""
_LARGEST = 64 * 2**20  # octets of one type library


class Found(NamedTuple):
    """One library: where it begins, the name of its resource where there are several, and its octets."""

    base: int
    resource: str
    data: bytes


def libraries(artifact: Artifact, context: Context) -> Iterator[Found]:
    """The type libraries of an artifact; what is none, or too large, is told to the coverage."""
    data = context.content(artifact).whole()
    if artifact.format == "typelib":
        if len(data) > _LARGEST:
            raise LimitHit("limit.document_bytes", size=len(data), limit=_LARGEST)
        found = [Found(0, "", bytes(data))]
    else:
        try:
            resources = read_resources(data, RESOURCE)
        except Unreadable as error:
            context.unreadable(artifact, error)
            return
        found = []
        for resource in resources:
            if resource.size > _LARGEST:
                context.partly(artifact, "limit.document_bytes", size=resource.size, limit=_LARGEST)
                continue
            raw = bytes(data[resource.offset : resource.offset + resource.size])
            found.append(Found(resource.offset, resource.name if len(resources) > 1 else "", raw))
    for one in found:
        context.checkpoint()
        if one.data[:4] in FORMATS:
            yield one
        else:
            context.partly(artifact, "typelib.none")


def read_type_libraries(artifact: Artifact, context: Context) -> Interface | None:
    """The interface of the libraries of an artifact; None where one does not hold together, which its probe says."""
    read: list[Library] = []
    for found in libraries(artifact, context):
        try:
            read.append(FORMATS[found.data[:4]][1](found.data))
        except Broken:
            return None
    if not read or any(library.problems for library in read):
        return None
    return interface_of(read, FAMILY)
