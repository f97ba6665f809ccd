"""Lists of what a measure counted and did not count: the first entries, the number of all and the digest of all."""

import hashlib

from cpo_scan.model import Reason
from cpo_scan.model.assessment import LIST_LIMIT, Listing


class Listed:
    """The first entries of a list, the number of all, and the digest of all."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, int, str | None, Reason | None]] = []
        self._total = 0
        self._sha256 = hashlib.sha256()

    def add(self, identity: str, amount: int, key: str | None = None, why: Reason | None = None) -> None:
        """Add an entry; the digest is taken over all of them in this order."""
        self._total += 1
        self._sha256.update(f"{identity} {amount}\n".encode())
        if len(self.rows) < LIST_LIMIT:
            self.rows.append((identity, amount, key, why))

    def add_thing(self, identity: str, thing: str, why: Reason) -> None:
        """Add a thing that is named by its key: it stands in the list in place of the last entry without one."""
        if len(self.rows) >= LIST_LIMIT:
            plain = (place for place in range(len(self.rows) - 1, -1, -1) if self.rows[place][2] is None)
            if (last := next(plain, None)) is not None:
                del self.rows[last]
        self.add(identity, 1, thing, why)

    def listing(self) -> Listing:
        """Number and digest of all entries."""
        return Listing(total=self._total, digest=self._sha256.hexdigest())
