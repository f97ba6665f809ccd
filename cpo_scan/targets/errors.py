"""What goes wrong when something is opened or read. Each says one reason, as code and parameters."""

from typing import Any

from cpo_scan.model import Reason, Severity


class TargetError(Exception):
    """The user named something that can't be scanned at all; the message is one line for him.

    `reason` is the same as code and parameters, for faces in other languages.
    """

    def __init__(self, message: str, reason: Reason | None = None) -> None:
        super().__init__(message)
        self.reason = reason


class Unreadable(Exception):
    """An artifact, or a part of it, could not be read; it becomes a row of the coverage.

    `code` is looked up in the message catalogues, `params` fill its text. Probe authors raise it too (through the
    readers of the context) and need not catch it: the engine writes the row and goes on.
    """

    def __init__(self, code: str, *, severity: Severity = Severity.LOST, **params: Any) -> None:
        super().__init__(code, params)
        self.reason = Reason(code, params)
        self.severity = severity

    def again(self) -> "Unreadable":
        """The same error to be raised once more: a traceback does not grow on a kept one."""
        copy = type(self).__new__(type(self))
        Exception.__init__(copy, *self.args)
        copy.reason, copy.severity = self.reason, self.severity
        return copy


class LimitHit(Unreadable):
    """A limit of the options was reached; the row stands in `limits_hit`."""
