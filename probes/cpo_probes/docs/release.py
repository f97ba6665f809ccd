"""Do documents belong to the release? Their version against that of the product, and Javadoc against its classes."""

import msgspec

from cpo_probes.docs.shelf import Leaf
from cpo_probes.docs.stated import agree, numbers
from cpo_scan.probe import ProductContext
from cpo_scan.probe.identity import identities

MOST_CLASSES = 500_000
_FEW = 20  # one documented type in so many may be missing: nested types whose pages are named in other ways


class Release(msgspec.Struct, frozen=True):
    """The version of the product and who says so: `product.yaml`, or the path of a file of its own."""

    version: str
    source: str


class Compared(msgspec.Struct, frozen=True):
    """Types that a Javadoc describes and that were compared, and how many of them are not among the shipped classes."""

    documented: int
    missing: int

    @property
    def agrees(self) -> bool:
        """All but few of the documented types are shipped."""
        return self.missing * _FEW <= self.documented


def release_of(context: ProductContext) -> Release | None:
    """The version of the product: what `product.yaml` says, else what its own files say with one voice; else None."""
    if context.product is not None and context.product.version:
        return Release(context.product.version, "product.yaml")
    said = [row for row in identities(context, tell=False) if row.version and numbers(row.version)]
    if not said or any(agree(row.version or "", said[0].version or "") is False for row in said[1:]):
        return None
    longest = max(said, key=lambda row: (len(numbers(row.version or "")), row.source))
    return Release(longest.version or "", longest.source)


def javadoc_agrees(context: ProductContext, leaves: list[Leaf]) -> Compared | None:
    """Types with a page of their own, against the classes that the product holds.

    Compared are types of packages that are shipped at all; None where those are less than half: then it is not the
    documented library that lies here.
    """
    documented = [place for leaf in leaves if (place := _type_of(leaf))]
    if not documented:
        return None
    shipped: set[str] = set()
    for number, artifact in enumerate(context.index.select(names=("*.class",))):
        if number >= MOST_CLASSES:
            break
        shipped.update(_tails(artifact.path.rpartition("!/")[2].removesuffix(".class").split("/")))
    packages = {name.rpartition("/")[0] for name in shipped}
    compared = missing = 0
    for folder, name in documented:
        package = next((tail for tail in _tails(folder) if tail in packages), None)
        if package is not None:
            compared += 1
            missing += f"{package}/{name}" not in shipped
    return Compared(compared, missing) if compared * 2 >= len(documented) else None


def _type_of(leaf: Leaf) -> tuple[list[str], str] | None:
    """Folder and name of the type that a page describes: org, acme and `Part$Row`; None for other pages."""
    *folder, file = leaf.artifact.path.rpartition("!/")[2].split("/")
    stem = file.rpartition(".")[0]
    if not folder or "class-use" in folder or not stem[:1].isupper() or "-" in stem:
        return None
    return folder, stem.replace(".", "$")


def _tails(parts: list[str]) -> list[str]:
    """A path and what follows its first folders, the longest first; at least two parts, so that names do not clash."""
    return ["/".join(parts[start:]) for start in range(max(1, len(parts) - 1))]
