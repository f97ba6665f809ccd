"""From bytes to text: which encoding, decided by the bytes alone."""

import codecs

_MARKS = (  # the longer mark first: that of UTF-32 LE starts like that of UTF-16 LE
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Where the zero bytes of a first ASCII character lie (YAML 1.2 §5.2, RFC 4627 §3), for texts without a mark.
_ZEROS = (
    (b"\0\0\0.", "utf-32-be"),
    (b".\0\0\0", "utf-32-le"),
    (b"\0.", "utf-16-be"),
    (b".\0", "utf-16-le"),
)


def encoding_of(data: bytes) -> tuple[str, int]:
    """Encoding of a text whose first character is ASCII or a byte order mark, and the length of the mark in bytes."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name, len(mark)
    for pattern, name in _ZEROS:
        head = data[: len(pattern)]
        if len(head) == len(pattern) and all(
            (byte == 0) == (want == 0) for byte, want in zip(head, pattern, strict=True)
        ):
            return name, 0
    return "utf-8", 0


def utf8(data: bytes) -> bytes:
    """The same text as UTF-8 without a mark. UTF-8 is handed on as it is; raises UnicodeDecodeError for the others."""
    encoding, mark = encoding_of(data)
    if encoding == "utf-8":
        return data[mark:] if mark else data
    return data[mark:].decode(encoding).encode()


def decode(data: bytes) -> str:
    """The text of any bytes: by the byte order mark, else UTF-8, else Latin-1, which reads everything."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(name, "replace")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
