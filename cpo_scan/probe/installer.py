"""Tables of Windows Installer packages: what an installation registers, without installing anything."""

from cpo_scan.targets.content import Content
from cpo_scan.targets.errors import Unreadable
from cpo_scan.targets.msi import open_database

MOST_ROWS = 200_000  # of one table


class InstallerTables:
    """The tables of a package, by their names in the documentation of Windows Installer. Raises Unreadable."""

    def __init__(self, content: Content) -> None:
        self._database = open_database(content)

    def rows(self, table: str, *columns: str) -> list[tuple[str, ...]]:
        """Some columns of a table, row by row, all as text; none where the package has no such table or columns.

        Raises Unreadable where a table is damaged.
        """
        if self._database is None or table not in self._database:
            return []
        found = []
        for number, row in enumerate(self._database.table(table, *columns)):
            if number >= MOST_ROWS:
                raise Unreadable("msi.damaged_table", table=table)
            found.append(tuple(str(value) for value in row))
        return found
