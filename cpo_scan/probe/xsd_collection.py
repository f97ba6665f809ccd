"""A heap of XML Schemas as someone keeps them: which of them declares a root element, and what they pull in."""

import posixpath
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cached_property

from cpo_scan.probe.xml import End, Start, walk_xml
from cpo_scan.probe.xsd import XSD
from cpo_scan.targets.content import Bytes, BytesContent, Content
from cpo_scan.targets.errors import Unreadable
from cpo_scan.targets.limits import Limits

LARGEST = 8 * 2**20  # octets of a schema that is looked at

Read = Callable[[str], bytes | None]


class XsdCollection:
    """Schemas by their path, `/` between folders. Read when first asked for, and only once."""

    def __init__(self, files: Iterable[tuple[str, str]], read: Read) -> None:
        """`files` are paths and SHA-256; `read` gives the bytes of one."""
        self.files = {path: sha256 for path, sha256 in files if path.lower().endswith(".xsd")}
        self._read = read

    def declaring(self, element: str) -> list[str]:
        """Paths of the schemas that declare a global element `{namespace}local`, sorted."""
        return self._declared.get(element, [])

    def load(self, path: str) -> Content | None:
        """The schema at a path."""
        data = self._read(path) if path in self.files else None
        return BytesContent(data) if data is not None else None

    def known(self, address: str) -> Content | None:
        """A schema by its address in the network: the only one here of that file name, or copies of one."""
        name = posixpath.basename(address.partition("#")[0])
        paths = [path for path in self.files if posixpath.basename(path) == name]
        return self.load(paths[0]) if name and len({self.files[path] for path in paths}) == 1 else None

    @cached_property
    def _declared(self) -> dict[str, list[str]]:
        read = ((path, self._read(path)) for path in sorted(self.files))
        return elements_of((path, data) for path, data in read if data is not None)


def elements_of(schemas: Iterable[tuple[str, Bytes]]) -> dict[str, list[str]]:
    """Paths of the schemas that declare each global element, sorted; schemas larger than 8 MiB are left out."""
    declared: dict[str, list[str]] = defaultdict(list)
    for path, data in schemas:
        if len(data) <= LARGEST:
            for element in global_elements(BytesContent(bytes(data))):
                declared[element].append(path)
    return {element: sorted(paths) for element, paths in declared.items()}


def global_elements(content: Content) -> list[str]:
    """`{namespace}local` of the elements that a schema declares for all to use; none where it is no schema."""
    found = []
    namespace = ""
    try:
        for event in walk_xml(content, Limits()):
            match event:
                case Start(depth=1):
                    if event.tag != f"{{{XSD}}}schema":
                        return []
                    namespace = event.attributes.get("targetNamespace", "")
                case Start(depth=2) if event.tag == f"{{{XSD}}}element" and "name" in event.attributes:
                    name = event.attributes["name"]
                    found.append(f"{{{namespace}}}{name}" if namespace else name)
                case Start() | End():
                    pass
    except Unreadable:
        return []  # whoever examines the schema itself says so
    return found
