"""Routes of Ruby on Rails: `config/routes.rb`, read line by line with the blocks around them (Rails routing guide).

A resource gives five operations; the pages with forms for it (`new`, `edit`) are no interface and left out.
"""

from collections.abc import Iterator
from typing import NamedTuple

from cpo_probes.api.routes.route import Route, joined
from cpo_scan.probe.patterns import standard as pattern

MOST_LINES = 20_000
_DEEPEST = 60  # blocks inside each other
_FRAMEWORK = "rails"
_VERBS = frozenset({"get", "post", "put", "patch", "delete"})
# The actions of a resource, and what stands behind its path.
_ACTIONS = {
    "index": ("GET", ""), "create": ("POST", ""), "show": ("GET", ":id"), "update": ("PATCH", ":id"),
    "destroy": ("DELETE", ":id"),
}  # fmt: skip
_NAME = r"(?::([A-Za-z_]\w*+)|[\"']([^\"'\n]{0,200})[\"'])"
_CALL = pattern(rf"^[ \t]*+([a-z_]++)[ \t(]++{_NAME}", text=True)
_BARE = pattern(r"^[ \t]*+(member|collection|scope)\b([^\n]*+)", text=True)
_FURTHER = pattern(r",[ \t]*+:([A-Za-z_]\w*+)", text=True)
_VALUE = r"(%?i?\[[^\]\n]{0,500}\]|:\w++|[\"'][^\"'\n]{0,200}[\"'])"
_OPTION = pattern(rf"(?:[(,]|^)[ \t]*+:?(only|except|path|via|on)(?::|[ \t]*+=>)[ \t]*+{_VALUE}", text=True)
_WORD = pattern(r"[A-Za-z_]\w*+", text=True)
_DO = pattern(r"\bdo(?:[ \t]++\|[^|\n]*+\|)?\Z", text=True)
_OPENS = pattern(r"^[ \t]*+(?:if|unless|case|begin|while|def|class|module)\b", text=True)
_ENDS = pattern(r"^[ \t]*+end\b", text=True)
Options = dict[str, list[str]]


class _Block(NamedTuple):
    """A block: the path in front of what stands in it, for a resource with the variable behind it.

    `collection`: what stands in it is about all of the resource around it. `aside`: it is a template for others.
    """

    path: str = ""
    variable: str = ""
    collection: bool = False
    aside: bool = False


def rails_routes(text: str) -> Iterator[Route]:
    """The routes of one file, in its order. A statement over several lines is read as far as its first one goes."""
    blocks: list[_Block] = []
    for number, line in enumerate(text.split("\n")[:MOST_LINES], 1):
        plain = _without_comment(line).rstrip()
        if _ENDS.search(plain):
            del blocks[-1:]
            continue
        opened = _Block()
        match = _CALL.search(plain)
        bare = _BARE.search(plain) if match is None else None
        if match is not None:
            call, said, rest = match.group(1), match.group(2) or match.group(3) or "", plain[match.end() :]
            told = _options(rest)
            opened = _opened(call, said, told)
            if not any(block.aside for block in blocks):
                for verb, path, alone in _routes(call, said, rest, told):
                    whole = joined(_path(blocks, collection=alone), path)
                    yield Route("http", _FRAMEWORK, verb, whole, number, plain.strip()[:240])
        elif bare is not None:
            path = _options(bare.group(2)).get("path", [""])[0]
            opened = _Block(path, collection=bare.group(1) == "collection")
        if (_DO.search(plain) or _OPENS.search(plain)) and len(blocks) < _DEEPEST:
            blocks.append(opened)


def _without_comment(line: str) -> str:
    """The line up to a `#` that stands in no text."""
    quote = ""
    for at, one in enumerate(line[:2_000]):
        if one == quote:
            quote = ""
        elif not quote and one in "\"'":
            quote = one
        elif not quote and one == "#":
            return line[:at]
    return line


def _opened(call: str, said: str, told: Options) -> _Block:
    path = told.get("path", [said])[0]
    match call:
        case "resources":
            return _Block(path, f":{_singular(said)}_id")
        case "resource" | "namespace" | "scope":
            return _Block(path)
        case "concern":
            return _Block(aside=True)
        case _:
            return _Block()


def _singular(name: str) -> str:
    return name[:-3] + "y" if name.endswith("ies") else name.removesuffix("s")


def _routes(call: str, said: str, rest: str, told: Options) -> Iterator[tuple[str, str, bool]]:
    """Verb and path of what a statement adds, and whether it is about all of the resource around it."""
    path = told.get("path", [said])[0]
    match call:
        case "resources" | "resource":
            for name in (path, *_further(rest)):
                for verb, below in _actions(told):
                    if call == "resources":
                        yield verb, f"{name}/{below}", False
                    elif below or verb == "POST":
                        yield verb, name, False
        case "match":
            for verb in told.get("via", ["all"]):
                yield "" if verb == "all" else verb.upper(), said, False
        case _ if call in _VERBS:
            yield call.upper(), said, told.get("on") == ["collection"]
        case _:
            return


def _further(rest: str) -> Iterator[str]:
    """The other names of a statement about several resources, which stand in front of its options."""
    at = 0
    while (match := _FURTHER.match(rest, at)) is not None and not rest[match.end() :].lstrip().startswith("=>"):
        yield match.group(1)
        at = match.end()


def _actions(told: Options) -> Iterator[tuple[str, str]]:
    for name, action in _ACTIONS.items():
        if name in told.get("only", [name]) and name not in told.get("except", ()):
            yield action


def _path(blocks: list[_Block], *, collection: bool) -> str:
    parts: list[str] = []
    for number, block in enumerate(blocks):
        parts.append(block.path)
        last = number == len(blocks) - 1
        if not (collection if last else blocks[number + 1].collection):
            parts.append(block.variable)
    return joined(*parts)


def _options(text: str) -> Options:
    found: Options = {}
    for match in _OPTION.finditer(text):
        value = match.group(2)
        if value[0] in "\"'":
            found[match.group(1)] = [value[1:-1]]
        else:
            found[match.group(1)] = [word.group() for word in _WORD.finditer(value.removeprefix("%i"))]
    return found
