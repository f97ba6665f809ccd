"""What people say beside the facts: claims, responses, determinations, waivers. Nothing here changes what a scan found.

people = read_people(LayerFiles(statement="statement.yaml"), rulebook, as_of)     # before the work; RuleError
held = hold_people(people, scene)                                                 # -> Held: the report's layers
"""

from cpo_scan.layers.people import Held, LayerFiles, People, hold_people, read_people
from cpo_scan.layers.scene import Scene, Search

__all__ = ["Held", "LayerFiles", "People", "Scene", "Search", "hold_people", "read_people"]
