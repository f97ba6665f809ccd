"""Opens a file that is to be imported: tells its form from its content, within limits, and hands it to its reader."""

import zipfile
from pathlib import Path

from cpo_scan.catalogues.given import Given
from cpo_scan.layers.source import read_bytes
from cpo_scan.rulebook.load import RuleError

SIZE_LIMIT = 32 * 2**20  # bytes; the largest public OSCAL catalogue has about ten million
_ZIP = b"PK\x03\x04"


def read_given(name: str) -> Given:
    """What a file states. Raises RuleError: one line with file, line where it can be told, and what is wrong."""
    content = read_bytes(name, SIZE_LIMIT, "catalogue")
    suffix = Path(name).suffix.lower()
    head = content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if content.startswith(_ZIP) and suffix != ".xlsx":
        name, content = _reqif_member(name, content)
        head = content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if suffix in (".csv", ".tsv", ".xlsx"):
        from cpo_scan.catalogues.table import read_table

        return read_table(name, content)
    if not head and not content.strip():
        raise RuleError(f"{name}:1: the file is empty")
    if head.startswith(b"<") or content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _xml(name, content)
    if suffix == ".reqif":
        raise RuleError(f"{name}:1: no XML, as which ReqIF is written")
    from cpo_scan.catalogues.oscal import is_oscal, read_oscal_data

    if is_oscal(content):
        return read_oscal_data(name, content)
    from cpo_scan.catalogues.own import read_own

    return read_own(name, content)


def _xml(name: str, content: bytes) -> Given:
    from cpo_scan.catalogues.markup import local, read_tree

    root = read_tree(name, content)
    match local(root):
        case "catalog":
            from cpo_scan.catalogues.oscal_xml import read_oscal_xml

            return read_oscal_xml(name, content, root)
        case "REQ-IF":
            from cpo_scan.catalogues.reqif import read_reqif

            return read_reqif(name, content, root)
        case other:
            raise RuleError(f"{name}:1: the root is {other[:60]!r}; catalog (OSCAL) or REQ-IF is expected")


def _reqif_member(name: str, content: bytes) -> tuple[str, bytes]:
    """The one ReqIF document of an archive (.reqifz)."""
    import io

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            found = [member for member in archive.infolist() if member.filename.lower().endswith(".reqif")]
            if len(found) != 1:
                raise RuleError(f"{name}: holds {len(found)} ReqIF documents; unpack it and import one")
            if found[0].flag_bits & 1:
                raise RuleError(f"{name}: is encrypted")
            with archive.open(found[0]) as stream:
                inner = stream.read(SIZE_LIMIT + 1)
    except RuleError:
        raise
    except Exception as error:  # archives and their decoders have errors of many types
        raise RuleError(f"{name}: no archive that can be read: {type(error).__name__}") from None
    if len(inner) > SIZE_LIMIT:
        raise RuleError(f"{name}: {found[0].filename} unpacks to more than {SIZE_LIMIT} bytes")
    return f"{name}!/{found[0].filename}", inner
