"""An archive that is read forwards only: its bytes in order, and the body of the member at hand."""

from cpo_scan.targets.content import CHUNK, Readable
from cpo_scan.targets.errors import Unreadable


class Source:
    """The bytes of an archive, in order, with the place for whoever has to say where it broke.

    `truncated` is the code of the reason where it ends too early.
    """

    def __init__(self, stream: Readable, truncated: str) -> None:
        self.stream, self.at, self._truncated = stream, 0, truncated

    def read(self, size: int) -> bytes:
        """So many bytes, fewer only at the end."""
        data = exactly(self.stream, size)
        self.at += len(data)
        return data

    def some(self, most: int) -> bytes:
        """At most so many bytes, as they come."""
        data = self.stream.read(most)
        self.at += len(data)
        return data

    def skip(self, size: int) -> None:
        """Leave out bytes. Raises Unreadable where there are not so many."""
        while size > 0:
            data = self.some(min(size, CHUNK))
            if not data:
                raise self.ended()
            size -= len(data)

    def ended(self) -> Unreadable:
        """The error for an archive that ends here, too early."""
        return Unreadable(self._truncated, at=self.at)


class Body:
    """The bytes of the member at hand; `padding` follows them."""

    def __init__(self, source: Source, size: int, padding: int) -> None:
        self._source, self._left, self._padding = source, size, padding
        self._taken = False

    def take(self) -> Readable:
        """Itself, once, while it is the member at hand."""
        if self._taken:
            raise RuntimeError("a member of this archive can be read once, before the next one is asked for")
        self._taken = True
        return self

    def read(self, most: int, /) -> bytes:
        """At most so many bytes; none at the end. Raises Unreadable where the archive ends before."""
        data = self._source.some(min(most, self._left))
        self._left -= len(data)
        if not data and self._left and most:
            raise self._source.ended()
        return data

    def skip(self) -> None:
        """Go to the next header."""
        self._taken = True
        self._source.skip(self._left + self._padding)
        self._left = self._padding = 0

    def close(self) -> None:
        """The archive goes on: nothing to let go."""


def exactly(stream: Readable, size: int) -> bytes:
    """So many bytes of a stream, fewer only at its end."""
    data = stream.read(size)
    if len(data) < size:
        parts, held = [data], len(data)
        while held < size and (chunk := stream.read(size - held)):
            parts.append(chunk)
            held += len(chunk)
        data = b"".join(parts)
    return data
