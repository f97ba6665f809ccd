"""Where the rules are: inside the wheel, or the checkout's `rules/` in an editable install."""

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path


@cache
def rules_root() -> Traversable:
    """The folder of the rules. Raises FileNotFoundError where the installation is broken."""
    packaged = files("cpo_scan") / "_rules"
    if packaged.is_dir():
        return packaged
    checkout = Path(__file__).resolve().parent.parent.parent / "rules"
    if checkout.is_dir():
        return checkout
    raise FileNotFoundError("the rules of cpo-scan were not found: the installation is broken")
