"""ReqIF 1.2 in and out."""

from xml.etree import ElementTree

NAMESPACE = "{http://www.omg.org/spec/ReqIF/20110401/reqif.xsd}"


class ReqifReader:
    """Reads requirements from a ReqIF file."""

    def titles(self, path: str) -> list[str]:
        """Titles of the documents in the file."""
        return [element.text or "" for element in ElementTree.parse(path).iter(NAMESPACE + "TITLE")]


class ReqifWriter:
    """Writes requirements as a ReqIF file."""

    def write(self, path: str) -> None:
        """An empty document."""
        ElementTree.ElementTree(ElementTree.Element("REQ-IF")).write(path)
