"""Reads manifests by the ways of `rules/data/mechanisms.yaml`: XML, JSON, YAML, headers, settings, lines, IDL, texts.

Each reader takes the bytes of one artifact and gives facts. Nothing is looked up elsewhere but the manifest beside.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from cpo_probes.sdk.facts import Fact, usable
from cpo_probes.sdk.remarks import comment_above, without_remarks
from cpo_scan.probe import Artifact, Content, Context, Strength
from cpo_scan.probe.data_text import read_json, read_yaml
from cpo_scan.probe.documents import tokens
from cpo_scan.probe.jar_manifest import read_headers
from cpo_scan.probe.patterns import compile as compile_pattern
from cpo_scan.probe.text import decode
from cpo_scan.probe.wording import is_documented
from cpo_scan.probe.xml import read_xml

if TYPE_CHECKING:
    from lxml.etree import _Element

Way = dict[str, Any]
MOST_LINES = 100_000
MOST_FACTS = 5_000  # of one artifact: more is no manifest
_TEXT_BYTES = 4 * 2**20  # larger settings and headers are no manifests


def read_manifest(mechanism: str, way: Way, artifact: Artifact, content: Content, context: Context) -> Iterator[Fact]:
    """The points or uses that a manifest states. Raises Unreadable where it can't be read."""
    for number, fact in enumerate(_READERS[way["read"]](mechanism, way, artifact, content, context)):
        if number >= MOST_FACTS:
            context.partly(artifact, "extension.too_many", limit=MOST_FACTS)
            return
        if usable(fact.name):
            yield fact


def strength_of(way: Way) -> Strength:
    """How strong what a way finds is: `registered` unless the way says otherwise."""
    return Strength(way.get("strength", "registered"))


# -- XML


def _xml(mechanism: str, way: Way, artifact: Artifact, content: Content, context: Context) -> Iterator[Fact]:
    if not _mentions(content, way["element"]):
        return
    root = read_xml(content, context.limits).getroot()
    if way.get("root", _local(root)) != _local(root):
        return
    if not _namespace(root).startswith(way.get("namespace", "")) and not any(
        str(uri).startswith(way["namespace"]) for uri in root.nsmap.values()
    ):
        return
    owner = ""
    for element in root.iter("{*}" + way["element"]):
        context.checkpoint()
        if any(_attribute(element, key) not in values for key, values in way.get("where", {}).items()):
            continue
        if way.get("qualified"):
            owner = owner or _owner(root, artifact, context)
            name = _qualified(_spec(element, way["name"][0]) or (owner if way["states"] == "use" else ""), owner)
        else:
            name = next((found for spec in way["name"] if (found := _spec(element, spec))), "")
        if "last" in way:
            name = name.rpartition(way["last"])[2]
        if "values" in way and name not in way["values"]:
            continue
        if "prefix" in way:
            name = ".".join(part for part in (_spec(element, way["prefix"]), name) if part)
        point = _spec(element, way["point"]) if "point" in way else ""
        if way["states"] == "use" and not point:
            continue
        described = _schema(_spec(element, way["description"]), artifact, context) if "description" in way else False
        yield Fact(
            way["states"],
            mechanism,
            name,
            point,
            (artifact.at(_opening(element), line=element.sourceline),),
            strength_of(way),
            described or _annotated(element, name),
        )


def _mentions(content: Content, word: str) -> bool:
    return content.whole().find(word.encode()) >= 0


def _local(element: "_Element") -> str:
    return str(element.tag).rpartition("}")[2]


def _namespace(element: "_Element") -> str:
    return str(element.tag).rpartition("}")[0].removeprefix("{")


def _attribute(element: "_Element", name: str) -> str:
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2] == name:
            return str(value).strip()
    return ""


def _spec(element: "_Element", spec: str) -> str:
    """What a place of the rules holds: `=literal`, `@attribute`, `text`, `child`, `child@attribute`."""
    if spec.startswith("="):
        return spec[1:]
    if spec.startswith("@"):
        return _attribute(element, spec[1:])
    if spec == "text":
        return (element.text or "").strip()
    child, _, attribute = spec.partition("@")
    for found in element.iterchildren("{*}" + child):
        return _attribute(found, attribute) if attribute else (found.text or "").strip()
    return ""


def _opening(element: "_Element") -> str:
    given = " ".join(f'{str(key).rpartition("}")[2]}="{value!s}"' for key, value in element.attrib.items())
    return f"<{_local(element)} {given}>" if given else f"<{_local(element)}>"


def _annotated(element: "_Element", name: str) -> bool:
    """Has the element a documentation or description of its own?"""
    for child in element.iterchildren():
        if isinstance(child.tag, str) and _local(child).lower() in ("documentation", "description"):
            return is_documented(" ".join(str(text) for text in child.itertext()), name)
    return False


def _owner(root: "_Element", artifact: Artifact, context: Context) -> str:
    """The id of an Eclipse plug-in: in its manifest of headers, or (before OSGi) in its own root."""
    own = _attribute(root, "id")
    if own:
        return own
    beside = context.related(artifact, "META-INF/MANIFEST.MF")
    if beside is None:
        return ""
    header = read_headers(context.text(beside)).get("bundle-symbolicname")
    return header.value.partition(";")[0].strip() if header else ""


def _qualified(name: str, owner: str) -> str:
    """A simple id gets the plug-in's before it (Eclipse 3.2 and later)."""
    return name if not owner or "." in name or name == owner else f"{owner}.{name}" if name else ""


def _schema(path: str, artifact: Artifact, context: Context) -> bool:
    """Does the schema of an Eclipse extension point describe it?"""
    found = context.related(artifact, path) if path else None
    if found is None or found.size > context.limits.source_bytes:
        return False
    text = " ".join(
        " ".join(str(part) for part in node.itertext()) for node in context.xml(found).iter("{*}documentation")
    )
    return is_documented(text.replace("Enter description of this extension point.", ""), found.name)


# -- JSON


def _json(mechanism: str, way: Way, artifact: Artifact, content: Content, context: Context) -> Iterator[Fact]:
    wanted = [pointer.split("/")[1] for pointer in (*_listed(way.get("requires")), way.get("each", "")) if pointer]
    if any(not _mentions(content, word if way["read"] == "yaml" else f'"{word}"') for word in wanted):
        return
    read = read_yaml if way["read"] == "yaml" else read_json
    document = read(content.whole(), context.limits)
    if any(_at(document.value, pointer) is None for pointer in _listed(way.get("requires"))):
        return
    if any(_at(document.value, pointer) is not None for pointer in way.get("unless", ())):
        return
    if any(_at(document.value, pointer) not in values for pointer, values in way.get("where", {}).items()):
        return
    point = way.get("point", "").removeprefix("=")
    if point.startswith("/"):
        point = str(_at(document.value, point))
    if "each" in way:
        listed = _at(document.value, way["each"])
        for key in listed if isinstance(listed, dict) else ():
            place = f"{way['each']}/{key.replace('~', '~0').replace('/', '~1')}"
            evidence = artifact.at(document.excerpt(place), **document.place(place))
            yield Fact(way["states"], mechanism, key, point, (evidence,), strength_of(way))
        return
    given = [_of_place(artifact, each) or _at(document.value, each) for each in way["name"]]
    name = ".".join(part for part in given if isinstance(part, str) and part)
    place = next((each for each in reversed(way["name"]) if each.startswith("/")), "")
    yield Fact(
        way["states"],
        mechanism,
        name,
        point,
        (artifact.at(document.excerpt(place), **document.place(place)),),
        strength_of(way),
        is_documented(str(_at(document.value, "/description") or ""), name),
    )


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())


def _at(value: Any, pointer: str) -> Any:
    for token in tokens(pointer) if pointer.startswith("/") else ():
        if not isinstance(value, dict) or token not in value:
            return None
        value = value[token]
    return value


# -- texts by lines


def _text(content: Content) -> str:
    return decode(bytes(content.whole()[:_TEXT_BYTES]))


def _of_place(artifact: Artifact, spec: str) -> str:
    """What a place of the rules takes from the path: `@file` without its ending, `@folder`."""
    match spec:
        case "@file":
            return artifact.name.partition(".")[0]
        case "@folder":
            return artifact.path.rpartition("/")[0].rpartition("/")[2].removesuffix("!")
        case _:
            return ""


def _headers(mechanism: str, way: Way, artifact: Artifact, content: Content, _: Context) -> Iterator[Fact]:
    headers = read_headers(_text(content))
    found = headers.get(way["header"].lower())
    if found is None or any(name.lower() not in headers for name in _listed(way.get("requires"))):
        return
    if name := found.value.partition(";")[0].strip():
        place = artifact.at(f"{way['header']}: {name}", line=found.line)
        yield Fact(way["states"], mechanism, name, way["point"][1:], (place,), strength_of(way))


def _lines_of(text: str) -> Iterator[tuple[int, str, str]]:
    """Number, section and line of an INI or TOML file, comments and blank lines left out."""
    section = ""
    for number, line in enumerate(text.splitlines()[:MOST_LINES], 1):
        bare = line.strip()
        if not bare or bare[0] in "#;!":
            continue
        if bare[0] == "[" and bare[-1] == "]":
            section = bare.strip("[]").strip()
        else:
            yield number, section, bare


def _settings(mechanism: str, way: Way, artifact: Artifact, content: Content, _: Context) -> Iterator[Fact]:
    separator, values = way.get("separator", "="), dict[str, tuple[str, int]]()
    for number, section, line in _lines_of(_text(content)):
        key, value = [part.strip() for part in line.partition(separator)[::2]]
        if section == way["section"]:
            values.setdefault(key, (value.strip("\"'"), number))
    if way["key"] in values and way.get("requires", way["key"]) in values:
        said, number = values[way["key"]]
        name = next((found for each in way.get("name", ()) if (found := _of_place(artifact, each))), said)
        place = artifact.at(f"{way['key']}{separator}{said}", line=number)
        yield Fact(way["states"], mechanism, name, way["point"][1:], (place,), strength_of(way))


def _entries(mechanism: str, way: Way, artifact: Artifact, content: Content, _: Context) -> Iterator[Fact]:
    for number, section, line in _lines_of(_text(content)):
        key, equals, value = line.partition("=")
        if section and equals and value and section not in way["leave"]:
            place = artifact.at(f"[{section}] {line}", line=number)
            yield Fact(way["states"], mechanism, key.strip(), section, (place,), strength_of(way))


def _services(mechanism: str, way: Way, artifact: Artifact, content: Content, _: Context) -> Iterator[Fact]:
    if "." not in artifact.name:  # an interface has a package; Groovy and others keep other things here
        return
    for number, line in enumerate(_text(content).splitlines()[:MOST_LINES], 1):
        name = line.partition("#")[0].strip()
        if name and all(part.isidentifier() for part in name.replace("$", ".").split(".") if part):
            place = artifact.at(name, line=number)
            yield Fact(way["states"], mechanism, name, artifact.name, (place,), strength_of(way))


def _listing(mechanism: str, way: Way, artifact: Artifact, content: Content, _: Context) -> Iterator[Fact]:
    """A list, one use on each line: words by their number."""
    for number, _section, line in _lines_of(_text(content)):
        words = line.split()
        if len(words) < way["words_on_line"]:
            continue
        point = words[way["point_at"]] if "point_at" in way else way["point"][1:]
        place = artifact.at(line, line=number)
        yield Fact(way["states"], mechanism, words[way["name"][0]], point, (place,), strength_of(way))


def _matching(mechanism: str, way: Way, artifact: Artifact, content: Content, _: Context) -> Iterator[Fact]:
    """Places that a pattern finds, comments of C left out where the way says so; its one group is the name."""
    wanted = way.get("containing", ())
    if wanted and not (any if way.get("any") else all)(_mentions(content, word) for word in wanted):
        return
    text = _text(content)
    lines: list[str] = []
    if way.get("comments") == "c":
        lines = text.split("\n") if way["states"] == "point" else []
        text = without_remarks(text)
    line = at = 0
    for found in compile_pattern(way["pattern"], text=True).finditer(text):
        line, at = line + text.count("\n", at, found.start()), found.start()
        place = artifact.at(found.group(), line=line + 1)
        name = next((named for each in way.get("name", ()) if (named := _of_place(artifact, each))), found.group(1))
        described = bool(lines) and is_documented(comment_above(lines, line), name)
        yield Fact(way["states"], mechanism, name, way.get("point", "")[1:], (place,), strength_of(way), described)
        if way.get("scope") == "file":
            return


def _idl(mechanism: str, way: Way, artifact: Artifact, content: Content, _: Context) -> Iterator[Fact]:
    path = artifact.path.removesuffix(".idl").replace("/", ".")
    name = next((value for value in way["values"] if path.endswith(f".{value}") or path == value), "")
    simple = name.rpartition(".")[2]
    if not name:
        return
    comment: list[str] = []
    for number, line in enumerate(_text(content).splitlines()[:MOST_LINES], 1):
        bare = line.strip()
        words = bare.split()
        if bare.startswith("/**"):
            comment = []
        if bare.startswith(("/**", "*")):
            comment.append(bare.strip("/*"))
        elif "service" in words and any(word.rstrip(":;{") == simple for word in words):
            described = is_documented(" ".join(comment), name)
            yield Fact(
                way["states"], mechanism, name, "", (artifact.at(bare, line=number),), strength_of(way), described
            )
            return


def _holding(mechanism: str, way: Way, artifact: Artifact, content: Content, _: Context) -> Iterator[Fact]:
    data = content.whole()
    places = [data.find(word.encode()) for word in way["containing"]]
    if all(place >= 0 for place in places):
        first = way["containing"][0]
        place = artifact.at(first, bytes=(places[0], len(first.encode())))
        point = way.get("point", "").removeprefix("=")
        name = _of_place(artifact, way["name"][0]) or str(way["name"][0])[1:]
        yield Fact(way["states"], mechanism, name, point, (place,), strength_of(way))


Reader = Callable[[str, Way, Artifact, Content, Context], Iterator[Fact]]
_READERS: dict[str, Reader] = {
    "xml": _xml,
    "json": _json,
    "yaml": _json,
    "lines": _listing,
    "pattern": _matching,
    "headers": _headers,
    "settings": _settings,
    "entries": _entries,
    "services": _services,
    "idl": _idl,
    "text": _holding,
}
