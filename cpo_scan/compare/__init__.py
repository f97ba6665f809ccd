"""Reports beside each other: two releases of one product, and several products on one profile. Nothing is ranked.

compared = compare_releases(read_report("old.json"), read_report("new.json"))      # -> Releases
table = compare_products([read_report(path) for path in paths])                    # -> Products
"""

from cpo_scan.compare.products import Products, compare_products
from cpo_scan.compare.releases import Releases, compare_releases

__all__ = ["Products", "Releases", "compare_products", "compare_releases"]
