"""Catalogues of others: imported from OSCAL, ReqIF, tables and YAML, checked, and carried from edition to edition.

given = read_given("criteria.reqif")                       # what the source states, as columns; RuleError
imported = import_catalogue(given, choices, decider)       # -> Imported: the catalogue's data, and what became of it
"""

from cpo_scan.catalogues.given import Entry, Given, Group, LeftOut
from cpo_scan.catalogues.importing import Choices, Imported, import_catalogue
from cpo_scan.catalogues.reading import read_given

__all__ = ["Choices", "Entry", "Given", "Group", "Imported", "LeftOut", "import_catalogue", "read_given"]
