"""Formats that a product may reach through a package that it declares to need: `Requires-Dist: openpyxl`.

The declaration says neither which way, nor that the product uses the package for its files: it is a mention.
"""

from collections.abc import Iterator

from cpo_probes.exchange.capability import Claim
from cpo_probes.exchange.names.naming import Naming
from cpo_scan.probe import Artifact, Context, Evidence, Strength

_FIELD = "Requires-Dist:"  # Python packaging, core metadata 2.4
_FIELDS = ("dependencies", "optionalDependencies", "peerDependencies")  # package.json of npm
MOST_DEPENDENCIES = 1_000  # of one package


def python_requirements(artifact: Artifact, context: Context, _names: Naming) -> Iterator[Claim]:
    """Requirements in the metadata of a Python package; what an extra needs is an option of that name."""
    for number, line in enumerate(context.text(artifact).splitlines(), 1):
        if not line:
            return  # behind the first empty line stands the description
        if line.startswith(_FIELD):
            required, _, marker = line.removeprefix(_FIELD).partition(";")
            name = _plain(required)
            _, found, extra = marker.partition("extra ==")
            more = (
                {"availability": f"option:{extra.strip().split()[0].strip(chr(34) + chr(39))}"} if extra.strip() else {}
            )
            yield from _claims("pypi", name, artifact.at(line.strip(), line=number), context, more if found else {})


def npm_requirements(artifact: Artifact, context: Context) -> Iterator[Claim]:
    """Dependencies in the manifest of an npm package, not those for its development."""
    package = context.json(artifact).value
    for field in _FIELDS if isinstance(package, dict) else ():
        listed = package.get(field)
        for name in list(listed)[:MOST_DEPENDENCIES] if isinstance(listed, dict) else ():
            yield from _claims("npm", name.lower(), artifact.at(f"{field}: {name}", pointer=f"/{field}"), context, {})


def _claims(ecosystem: str, name: str, place: Evidence, context: Context, more: dict[str, str]) -> Iterator[Claim]:
    for standard in context.data("libraries")["dependencies"][ecosystem].get(name, ()):
        known = {"mechanism": "dependency", **more}
        yield Claim(standard, "unknown", "library", name, (place,), Strength.MENTIONED, known)


def _plain(required: str) -> str:
    """The name in a requirement, as the index compares names (PEP 503): `Python_Docx[x] (>=1)` is `python-docx`."""
    text = required.strip().lower()
    end = next((at for at, sign in enumerate(text) if not (sign.isalnum() or sign in "._-")), len(text))
    return "-".join(piece for piece in text[:end].replace(".", "-").replace("_", "-").split("-") if piece)
