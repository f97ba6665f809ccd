"""Commands, functions and methods of scripting languages that a native program has by name: `read_gds`, `write_edif`.

Their names stand among its texts, each alone. That something is called so names a format; nothing shows what it does.
"""

from collections.abc import Iterator

from cpo_probes.exchange.capability import Claim
from cpo_probes.exchange.native.meaning import Meanings
from cpo_scan.probe import Artifact, Context, Evidence, Strength, find, which
from cpo_scan.probe.binaries import Binary
from cpo_scan.probe.patterns import compile as compile_pattern

LONGEST = 40  # bytes of a name
MOST_PLACES = 2_000  # looked at in one program
MOST_EVIDENCE = 4
_MARKS = tuple(b"\0" + verb + b"_" for verb in (b"export", b"import", b"load", b"read", b"save", b"write"))
_NAME = r"[a-z]+_?[a-z0-9_]+"


def by_commands(
    binary: Binary, meanings: Meanings, known: dict[str, set[str]], artifact: Artifact, context: Context
) -> Iterator[Claim]:
    """Claims by names of commands, as far as no reader or writer has shown them (`known`: directions by standard)."""
    data, pattern = context.content(artifact).whole(), compile_pattern(_NAME)
    symbols = frozenset(binary.imported) | frozenset(binary.exported)
    named: dict[tuple[str, str], list[tuple[str, Evidence]]] = {}
    looked = 0
    there = which(data, _MARKS)  # mostly none: one pass for all of them
    for mark in (mark for mark in _MARKS if mark in there):
        context.checkpoint()
        place = find(data, mark)
        while place >= 0 and looked < MOST_PLACES:
            looked += 1
            # a name alone, or with its parameters, as documentation within a module of Python has it
            text, ended, _ = bytes(data[place + 1 : place + 2 + LONGEST]).partition(b"\0")
            name, called, _ = text.partition(b"(")
            if (ended or called) and name not in symbols and pattern.fullmatch(name):
                meant = meanings.of_command(name.decode("ascii"))
                if meant is not None and not meant.carrier and meant.direction not in known.get(meant.standard, ()):
                    where = artifact.at(name.decode("ascii"), bytes=(place + 1, len(name)))
                    named.setdefault((meant.standard, meant.direction), []).append((name.decode("ascii"), where))
            place = find(data, mark, place + 1)
    for (standard, direction), places in sorted(named.items()):
        unique = dict(reversed(places))  # the first place of each name
        shown = tuple(unique[name] for name in sorted(unique)[:MOST_EVIDENCE])
        names = ", ".join(sorted(unique)[:MOST_EVIDENCE])
        yield Claim(standard, direction, "symbol", names, shown, Strength.NAMED, {"mechanism": "command"})
