"""How far a scan is: a line that renews itself on a terminal, a quiet line now and then elsewhere."""

import sys
from time import monotonic
from typing import TextIO

_REDRAW = 0.1  # seconds, on a terminal
_QUIET = 10.0  # seconds between lines elsewhere
_STAGES = {
    "previous": "reading the earlier release",
    "inventory": "reading",
    "revisit": "looking again",
    "product": "product as a whole",
    "assess": "assessing",
}


class Progress:
    """An observer of the engine that writes to standard error. `quiet` writes nothing."""

    def __init__(self, quiet: bool = False, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._quiet = quiet
        self._terminal = self._stream.isatty()
        self._stage = ""
        self._found, self._found_size, self._done, self._done_size = 0, 0, 0, 0
        self._began = monotonic()
        self._last = self._began if not self._terminal else 0.0
        self._width = 0

    def stage(self, name: str) -> None:
        """A new stage began."""
        self._stage = _STAGES.get(name, name)
        self._show(force=self._terminal)

    def found(self, files: int, size: int) -> None:
        """So much more was found."""
        self._found += files
        self._found_size += size
        self._show()

    def done(self, files: int, size: int) -> None:
        """So much more is through."""
        self._done += files
        self._done_size += size
        self._show()

    def close(self) -> None:
        """Clear the line."""
        if self._terminal and self._width and not self._quiet:
            self._stream.write("\r" + " " * self._width + "\r")
            self._stream.flush()

    def _show(self, force: bool = False) -> None:
        now = monotonic()
        if self._quiet or (not force and now - self._last < (_REDRAW if self._terminal else _QUIET)):
            return
        self._last = now
        seconds = max(now - self._began, 1e-3)
        rate = self._done_size / seconds
        left = (self._found_size - self._done_size) / rate if rate else 0
        text = (
            f"{self._stage}: {self._done:,} of {self._found:,} files found so far, {size_text(self._done_size)}, "
            f"{size_text(rate)}/s" + (f", {left:.0f} s left of what was found" if left >= 1 else "")
        )
        if self._terminal:
            text = text[:120]
            self._stream.write("\r" + text.ljust(self._width))
            self._width = len(text)
        else:
            self._stream.write(f"cpo-scan: {text}\n")
        self._stream.flush()


def size_text(size: float) -> str:
    """A number of bytes for people, in decimal units."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    raise AssertionError("unreachable")
