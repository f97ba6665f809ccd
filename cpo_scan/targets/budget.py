"""What containers may still unpack: bytes and members, counted against each container around them."""

from collections.abc import Callable

from cpo_scan.targets.errors import LimitHit
from cpo_scan.targets.limits import Limits


class Budget:
    """Counts what comes out of one container, and out of every container around it.

    `Budget(limits)` is that of a file of the target; `enter` gives that of a container in it. A byte counts where it is
    unpacked and in everything around: what is unpacked twice, because an archive lies in an archive, costs twice.
    What is counted are bytes and members and never time, so the same limit is hit at the same place on every machine.
    """

    __slots__ = ("_outer", "depth", "limits", "members", "unpacked")

    def __init__(self, limits: Limits, outer: "Budget | None" = None) -> None:
        self.limits = limits
        self.depth: int = outer.depth + 1 if outer else 0
        self.unpacked = 0
        self.members = 0
        self._outer = outer

    def enter(self) -> "Budget":
        """The budget of a container inside this one; raises LimitHit where the containers nest too deep."""
        if self.depth >= self.limits.depth:
            raise LimitHit("limit.depth", limit=self.limits.depth)
        return Budget(self.limits, self)

    def charge(self, size: int) -> None:
        """Count unpacked bytes; raises LimitHit once a container around has given more than it may."""
        budget: Budget | None = self
        while budget is not None:
            budget.unpacked += size
            budget = budget._outer
        self.check()

    def member(self) -> None:
        """Count one member; raises LimitHit once a container around holds more than it may."""
        budget: Budget | None = self
        while budget is not None:
            budget.members += 1
            budget = budget._outer
        self.check()

    def again(self, unpacked: int, members: int) -> bool:
        """Count what is known to come out of a container, without unpacking it; False, with nothing counted, where a
        limit would be hit on the way."""
        around: list[Budget] = []
        budget: Budget | None = self
        while budget is not None:
            around.append(budget)
            budget = budget._outer
        if any(
            one.unpacked + unpacked > self.limits.container_bytes
            or one.members + members > self.limits.container_members
            for one in around
        ):
            return False
        for one in around:
            one.unpacked += unpacked
            one.members += members
        return True

    def within(self) -> bool:
        """Was no limit hit so far, here or around?"""
        try:
            self.check()
        except LimitHit:
            return False
        return True

    def check(self) -> None:
        """Raise LimitHit again where a limit was hit. Openers ask before each member, so that a container ends."""
        most_bytes, most_members = self.limits.container_bytes, self.limits.container_members
        budget: Budget | None = self
        while budget is not None:
            if budget.unpacked > most_bytes:
                raise LimitHit("limit.container_bytes", limit=most_bytes)
            if budget.members > most_members:
                raise LimitHit("limit.container_members", limit=most_members)
            budget = budget._outer

    def meter(self) -> Callable[[int], None]:
        """A counter for the bytes of one member: charges them here, and holds the limit of a single member."""
        read = 0
        most = self.limits.member_bytes

        def count(size: int) -> None:
            nonlocal read
            read += size
            if read > most:
                raise LimitHit("limit.member_bytes", limit=most)
            self.charge(size)

        return count
