"""OSCAL catalogues (OSCAL 1.x catalog model): groups of controls, whose props and parts become columns by their names.

JSON and YAML are read here; `oscal_xml` brings XML into the same shape.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from cpo_scan.catalogues.given import Entry, Given, Group, LeftOut, Said
from cpo_scan.catalogues.languages import LANGUAGES
from cpo_scan.catalogues.markup import tidy, unmarked
from cpo_scan.model.canonical import digest
from cpo_scan.rulebook.load import RuleError, parse_rules

Data = dict[str, Any]
_SCHEMA = "oscal-catalog"
_SIZE_LIMIT = 32 * 2**20
_INSERT = re.compile(r"\{\{\s{0,9}insert:\s{0,9}param,\s{0,9}([^\s{}]{1,200})\s{0,9}\}\}")
_ESCAPE = re.compile(rb"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|u[0-9a-fA-F]{4}|.)")
_ID = re.compile(r"""\bid["']?\s{0,9}:\s{0,9}["']?([^"',\s}\]]{1,200})""")
_MARKED = ("title", "prose", "label")
_LANGUAGE_PROPS = frozenset({"lang", "language", "xml:lang"})


def is_oscal(content: bytes) -> bool:
    """Is it an OSCAL catalogue in JSON or YAML? Told by its one key `catalog`, near the beginning."""
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return (
            re.match(rb'[\xef\xbb\xbf\s]*\{\s*(?:"\$schema"\s*:\s*"[^"]*"\s*,\s*)?"catalog"\s*:', content[:4096])
            is not None
        )
    lines = [
        line
        for line in content[:4096].splitlines()
        if line.strip() and not line.lstrip().startswith((b"#", b"-", b"%"))
    ]
    return bool(lines) and re.match(rb'["\']?catalog["\']?\s*:', lines[0]) is not None


def read_oscal_data(name: str, content: bytes) -> Given:
    """The controls of a catalogue in JSON or YAML. Raises RuleError with file and line."""
    text = content
    if Path(name).suffix.lower() == ".json" or content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        _check_json(name, content)
        text = _ESCAPE.sub(_joined, content)  # the YAML reader, which knows the lines, takes no pairs of surrogates
    file = parse_rules(name, text, _SCHEMA, _SIZE_LIMIT)

    lines: dict[str, int] = {}
    for number, row in enumerate(text.decode("utf-8", "replace").splitlines(), 1):
        for match in _ID.finditer(row):
            lines.setdefault(match[1], number)
    return given_of(name, content, _unmarked(file.data["catalog"]), lambda identity: lines.get(identity, 1))


def given_of(name: str, content: bytes, data: Data, line: Callable[[str], int]) -> Given:
    """What a catalogue in the shape of the JSON form states; `line` tells where the control of an id begins."""
    reader = _Reader(name, line)
    entries = tuple(reader.controls(data, (), {}))
    if not entries:
        raise RuleError(f"{name}:1: the catalogue holds no controls")
    left_out = list(reader.left_out)
    if "back-matter" in data:
        left_out.append(LeftOut("back matter", "catalogue.out.resources"))
    metadata = data.get("metadata") or {}
    return Given(
        name=name,
        sha256=digest(content),
        form="oscal",
        entries=entries,
        title={"": _line_of_text(metadata["title"])} if metadata.get("title") else {},
        version=str(metadata["version"]) if metadata.get("version") else None,
        left_out=tuple(left_out),
    )


def _unmarked(data: Any) -> Any:
    """The catalogue with the escapes of Markdown undone, where the model has marked-up text (OSCAL 1.1: `markup-line`,
    `markup-multiline`). The depth of the document was limited when it was read."""
    if isinstance(data, list):
        return [_unmarked(item) for item in data]
    if not isinstance(data, dict):
        return data
    marked = {name: data[name] for name in _MARKED if isinstance(data.get(name), str)}
    plain: Data = {name: _unmarked(value) for name, value in data.items()}
    plain |= {name: unmarked(text) for name, text in marked.items()}
    if isinstance(choices := data.get("choice"), list):
        plain["choice"] = [unmarked(item) if isinstance(item, str) else item for item in choices]
    return plain


class _Reader:
    def __init__(self, name: str, line: Callable[[str], int]) -> None:
        self._name, self._line = name, line
        self._seen: set[str] = set()
        self.left_out: list[LeftOut] = []

    def controls(self, data: Data, groups: tuple[Group, ...], params: dict[str, str]) -> Iterator[Entry]:
        """All controls at a level and below it, in the order of the file: those of the level first."""
        params = params | _params(data)
        for control in data.get("controls") or ():
            yield from self._control(control, groups, params, None)
        for number, group in enumerate(data.get("groups") or (), 1):
            title = _line_of_text(group.get("title") or "")
            identity = group.get("id") or title or f"{groups[-1].id}.{number}" if groups else group.get("id") or title
            if not identity:
                raise RuleError(f"{self._name}:1: group {number} has neither an id nor a title")
            if group.get("parts"):
                self.left_out.append(LeftOut(f"group {identity}", "catalogue.out.group_text"))
            said = {"": title} if title else {}
            said |= {
                name.removeprefix("title-"): prop["value"]
                for prop in group.get("props") or ()
                if (name := prop["name"]).startswith("title-") and name[6:] in LANGUAGES
            }
            yield from self.controls(group, (*groups, Group(_label(group) or identity, said)), params)

    def _control(
        self, control: Data, groups: tuple[Group, ...], params: dict[str, str], parent: str | None
    ) -> Iterator[Entry]:
        identity = control["id"]
        if identity in self._seen:
            raise RuleError(f"{self._name}:{self._line(identity)}: the control {identity} stands here twice")
        self._seen.add(identity)
        params = params | _params(control)
        if any(
            prop["name"] == "status" and prop["value"].lower() == "withdrawn" for prop in control.get("props") or ()
        ):
            self.left_out.append(LeftOut(f"control {identity}", "catalogue.out.withdrawn"))
        else:
            columns = _columns(control, params, parent)
            open_ones = {name for said in columns.values() for text in said.values() for name in _INSERT.findall(text)}
            self.left_out += [LeftOut(f"{identity}: {name}", "catalogue.out.parameter") for name in sorted(open_ones)]
            yield Entry(line=self._line(identity), identity=identity, groups=groups, columns=columns)
        for inner in control.get("controls") or ():
            yield from self._control(inner, groups, params, identity)


def _columns(control: Data, params: dict[str, str], parent: str | None) -> dict[str, Said]:
    columns: dict[str, Said] = {"id": {"": control["id"]}}
    if control.get("title"):
        columns["title"] = {"": _line_of_text(_filled(control["title"], params))}
    if control.get("class"):
        columns["class"] = {"": control["class"]}
    if parent is not None:
        columns["parent control"] = {"": parent}
    own = frozenset(columns)
    for prop in control.get("props") or ():
        name = f"prop {prop['name']}" if prop["name"] in own else prop["name"]
        if name in columns and prop.get("class"):
            name = f"{name} [{prop['class']}]"  # the same name for another audience
        _add(columns, name, "", prop["value"], "; ")
    for part in control.get("parts") or ():
        name = f"part {part['name']}" if part["name"] in own else part["name"]
        _add(columns, name, _language(part), _filled(_text(part), params), "\n\n")
        for prop in part.get("props") or ():  # some catalogues state the level with the sentence that it is about
            if prop["name"] not in _LANGUAGE_PROPS and prop["name"] != "label":
                _add_once(columns, f"{name} {prop['name']}", prop["value"])
    for link in control.get("links") or ():
        _add(columns, f"link {link.get('rel', '')}".strip(), "", link["href"], "; ")
    return columns


def _add(columns: dict[str, Said], name: str, lang: str, text: str, between: str) -> None:
    if text:
        said = columns.setdefault(name, {})
        said[lang] = f"{said[lang]}{between}{text}" if lang in said else text


def _add_once(columns: dict[str, Said], name: str, value: str) -> None:
    """Add a value of a part's property; parts of one name say the same more often than not."""
    if value not in columns.get(name, {}).get("", "").split("; "):
        _add(columns, name, "", value, "; ")


def _language(part: Data) -> str:
    for prop in part.get("props") or ():
        if prop["name"] in _LANGUAGE_PROPS and prop["value"].lower() in LANGUAGES:
            return str(prop["value"]).lower()
    named = str(part.get("class", "")).lower()
    return named if named in LANGUAGES else ""


def _text(part: Data) -> str:
    """A part's title, text and parts, each part in lines of its own behind its label."""
    own = [_line_of_text(part["title"])] if part.get("title") else []
    own += [tidy(part["prose"])] if part.get("prose") else []
    for inner in part.get("parts") or ():
        if text := _text(inner):
            label = _label(inner)
            own.append(f"{label} {text}" if label else text)
    return "\n\n".join(own)


def _label(data: Data) -> str:
    return next((str(prop["value"]) for prop in data.get("props") or () if prop["name"] == "label"), "")


def _params(data: Data) -> dict[str, str]:
    """What stands for each parameter: its values, else its choices or its label in square brackets."""
    found = {}
    for param in data.get("params") or ():
        choices = (param.get("select") or {}).get("choice") or ()
        if param.get("values"):
            found[param["id"]] = ", ".join(param["values"])
        elif choices or param.get("label"):
            found[param["id"]] = f"[{'; '.join(choices) or param['label']}]"
    return found


def _filled(text: str, params: dict[str, str]) -> str:
    once = _INSERT.sub(lambda match: params.get(match[1], match[0]), text)
    return _INSERT.sub(lambda match: params.get(match[1], match[0]), once)  # choices may hold a parameter themselves


def _line_of_text(text: str) -> str:
    return " ".join(text.split())


def _check_json(name: str, content: bytes) -> None:
    try:
        msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"), type=msgspec.Raw)
        msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"))
    except RecursionError:
        raise RuleError(f"{name}:1: nested too deeply") from None
    except UnicodeDecodeError as error:
        raise RuleError(f"{name}:{content[: error.start].count(10) + 1}: no UTF-8") from None
    except msgspec.DecodeError as error:
        at = re.search(r"\(byte (\d+)\)", str(error))
        line = content[: int(at[1])].count(b"\n") + 1 if at else content.count(b"\n") + 1
        raise RuleError(f"{name}:{line}: no JSON: {str(error).partition(' (byte')[0]}") from None


def _joined(match: re.Match[bytes]) -> bytes:
    if match[1] is None:
        return match[0]
    return chr(0x10000 + ((int(match[1], 16) - 0xD800) << 10) + (int(match[2], 16) - 0xDC00)).encode()
