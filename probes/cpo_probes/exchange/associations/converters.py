"""Commands that packages of Python and Node install, called after the two formats between which they convert."""

from collections.abc import Iterator
from contextlib import suppress

from cpo_probes.exchange.capability import Claim
from cpo_probes.exchange.handlers import Handlers
from cpo_probes.exchange.names.naming import Naming
from cpo_scan.probe import Artifact, Context, Evidence, Strength, Unreadable

_GROUPS = ("[console_scripts]", "[gui_scripts]")  # Python packaging: entry points specification


def console_scripts(artifact: Artifact, context: Context, names: Naming) -> Iterator[Claim]:
    """`ifc2stl = acme.convert:main` reads the one and writes the other, where the module that it names is shipped."""
    group, handlers = "", Handlers(context, {})
    for number, line in enumerate(context.text(artifact).splitlines(), 1):
        group = line.strip() if line.startswith("[") else group
        command, found, target = (piece.strip() for piece in line.partition("="))
        if found and group in _GROUPS and names.programs.in_conversion(command) is not None:
            module = target.partition(":")[0].partition("[")[0].strip()
            if handlers.is_module(module):
                place = artifact.at(line.strip(), line=number)
                yield from _conversion(command, module, handlers.find(module), place, context, names)


def node_commands(artifact: Artifact, context: Context, names: Naming) -> Iterator[Claim]:
    """The commands under `bin` of a package manifest of npm."""
    package = context.json(artifact).value
    commands = package.get("bin") if isinstance(package, dict) else None
    for command, script in commands.items() if isinstance(commands, dict) else ():
        if isinstance(script, str) and names.programs.in_conversion(command) is not None:
            place = artifact.at(f"{command}: {script}", pointer="/bin")
            yield from _conversion(command, script, context.related(artifact, script), place, context, names)


def _conversion(
    command: str, named: str, handler: Artifact | None, place: Evidence, context: Context, names: Naming
) -> Iterator[Claim]:
    """Both ways of a command: recognised where its source spells out the format, refuted where there is none."""
    spelled = b""
    if handler is not None and handler.size <= context.limits.source_bytes:
        with suppress(Unreadable):  # it is said where it is examined
            spelled = bytes(context.bytes(handler))
    for standard, direction in zip(names.programs.in_conversion(command) or (), ("import", "export"), strict=False):
        if handler is None:
            more = {"refuted": {"reason": "capability.handler_missing", "missing": named}}
            yield Claim(standard, direction, "converter", command, (place,), Strength.MENTIONED, more)
        else:
            seen = any(name in spelled for name in names.spellings(standard))
            strength = Strength.RECOGNISED if seen else Strength.NAMED
            yield Claim(standard, direction, "converter", command, (place, handler.at()), strength)
