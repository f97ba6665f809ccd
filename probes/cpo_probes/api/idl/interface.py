"""An IDL file as an interface that can be compared: operations, attributes, data types, constants (OMG, UNO).

Microsoft's IDL is read by `idl_microsoft_interface`, as the type library that is made of it.

As with .proto files each thing is compared where it is declared, and others refer to it by name. A parameter is known
by its place, an exception and a base by its name.
"""

from collections.abc import Iterator

from cpo_probes.api.idl.microsoft import MicrosoftReader
from cpo_probes.api.idl.microsoft_interface import read_microsoft
from cpo_probes.api.idl.names import LARGEST
from cpo_probes.api.idl.probe import read_idl
from cpo_probes.api.idl.reader import IdlReader, Item
from cpo_probes.api.idl.tokens import matching, split
from cpo_probes.api.type_table import TypeTable
from cpo_scan.probe import Artifact, Context
from cpo_scan.probe.interface import Interface, Operation, Slot, Type

_WAYS = ("in", "out", "inout")
_DATA = frozenset({"struct", "exception", "union", "valuetype", "eventtype"})
_WHOLE = frozenset({"typedef", "constant", "native"})
_NAMED = frozenset({"interface", "service", "singleton", "constants", "component", "home"})


def read_interface_definitions(artifact: Artifact, context: Context) -> Interface | None:
    """What an IDL file declares; None where it does not parse. Raises as the readers do."""
    idl = read_idl(context.text(artifact, LARGEST))
    context.checkpoint()
    if idl.syntax_faults or not idl.items:
        return None
    return read_microsoft(idl) if isinstance(idl, MicrosoftReader) else _Reading(idl).interface()


class _Reading:
    def __init__(self, idl: IdlReader) -> None:
        self._idl = idl
        self._table = TypeTable()

    def interface(self) -> Interface:
        operations: dict[str, Operation] = {}
        for name, operation in self._operations():
            operations.setdefault(name[:500], operation)
        return Interface(
            family="idl",
            title=self._idl.modules[0][:240] if len(self._idl.modules) == 1 else "",
            files=len(self._idl.includes),
            operations=operations,
            types=self._table.types,
        )

    def _operations(self) -> Iterator[tuple[str, Operation]]:
        members: dict[str, dict[str, Slot]] = {}
        for item in self._idl.items:
            if item.kind in ("member", "value"):
                members.setdefault(item.scope, {}).update(self._members(item))
        for item in self._idl.items:
            deprecated = item.deprecated or "@deprecated" in self._idl.tokens.comment(item.first, item.last)
            facts: dict[str, str] = {}
            inputs: dict[str, Slot] = {}
            outputs: dict[str, Slot] = {}
            failures = frozenset[str]()
            if item.kind in ("operation", "constructor"):
                facts, inputs, outputs = self._call(item)
                failures = frozenset(key for key in outputs if key.startswith("raises "))
            elif item.kind in ("attribute", "property"):
                inputs, outputs = self._attribute(item)
            elif item.kind in _DATA or item.kind == "enum":
                inputs = {"value": Slot(type=self._data(item, members.get(item.full, {})), at=item.full)}
            elif item.kind in _WHOLE:
                facts = {"definition": self._text(self._own(item), item)}
            elif item.kind not in _NAMED:
                continue
            bases = {f"base {_plain(name)}": Slot(at=item.full) for name in self._idl.bases.get(item.full, ())}
            yield (
                item.full if item.kind in ("operation", "constructor", "attribute") else f"{item.kind} {item.full}",
                Operation(inputs, outputs | bases, failures, facts=facts, deprecated=deprecated, at=item.full),
            )

    def _data(self, item: Item, members: dict[str, Slot]) -> int:
        return self._table.add(
            Type(name=item.full[:500], bases=(item.kind,), members=dict(sorted(members.items())), at=item.full)
        )

    def _members(self, item: Item) -> Iterator[tuple[str, Slot]]:
        """`type a, b[3]` of a structure; `NAME = 3` of an enumeration."""
        texts = self._own(item)
        if item.kind == "value":
            stated = {"value": "".join(texts[texts.index("=") + 1 :])[:200]} if "=" in texts else {}
            yield item.name, Slot(facts=stated, at=item.full)
            return
        parts = split(texts)
        first = next((at for at, text in enumerate(parts[0]) if text == "["), len(parts[0])) - 1
        base = self._text(parts[0][:first], item)
        for declared in (parts[0][first:], *parts[1:]):
            # All members of a structure go over the wire: a new one breaks whoever knows the old structure.
            if declared:
                number = self._table.leaf(base + "".join(declared[1:]))
                yield declared[0], Slot(type=number, required=True, at=f"{item.scope}::{declared[0]}")

    def _call(self, item: Item) -> tuple[dict[str, str], dict[str, Slot], dict[str, Slot]]:
        texts = self._own(item)
        start = next(
            (at for at, text in enumerate(texts) if text == "(" and texts[at - 1].lstrip("_") == item.name), -1
        )
        if start < 1:
            return {"definition": "".join(texts)[:500]}, {}, {}
        end = matching(texts, start)
        result = [text for text in texts[: start - 1] if text != "oneway"]
        facts = {"oneway": "yes"} if "oneway" in texts[:start] or "oneway" in self._flags(item) else {}
        inputs, outputs = {}, {}
        for number, part in enumerate(split(texts[start + 1 : end]), 1):
            words = [text for text in part if text not in "[]"] if self._idl.dialect == "uno" else part
            way = next((word for word in words if word in _WAYS), "in")
            words = words[words.index(way) + 1 :] if way in words else words
            slot = Slot(
                type=self._leaf(words[:-1], item), required=True, facts={"way": way}, at=f"{item.full}({number})"
            )
            if way != "out":
                inputs[f"parameter {number}"] = slot
            if way != "in":
                outputs[f"parameter {number}"] = slot
        if result and result != ["void"]:
            outputs["result"] = Slot(type=self._leaf(result, item), at=item.full)
        if "raises" in texts[end:]:
            begin = texts.index("(", texts.index("raises", end))
            for part in split(texts[begin + 1 : matching(texts, begin)]):
                outputs[f"raises {self._text(part, item)}"] = Slot(at=item.full)
        return facts, inputs, outputs

    def _attribute(self, item: Item) -> tuple[dict[str, Slot], dict[str, Slot]]:
        texts = self._own(item)
        fixed = "readonly" in texts or "readonly" in self._flags(item)
        words = [text for text in texts if text not in ("readonly", "attribute")]
        end = words.index(item.name) if item.name in words else len(words)
        slot = Slot(type=self._leaf(words[:end], item), at=item.full)
        return {} if fixed else {"value": slot}, {"value": slot}

    # -- tokens

    def _own(self, item: Item) -> list[str]:
        """The tokens of a declaration without what stands in front of it in brackets or as an annotation."""
        texts = self._idl.texts[item.first : item.last + 1]
        while texts[:1] == ["@"] or (texts[:1] == ["["]):
            if texts[0] == "[":
                texts = texts[matching(texts, 0) + 1 :]
                continue
            end = 2
            while texts[end : end + 1] == ["::"]:
                end += 2
            texts = texts[matching(texts, end) + 1 :] if texts[end : end + 1] == ["("] else texts[end:]
        return texts[:-1] if texts[-1:] == [";"] else texts

    def _flags(self, item: Item) -> list[str]:
        """UNO: `[readonly, property]` in front of a declaration."""
        texts = self._idl.texts[item.first : item.last + 1]
        return texts[: matching(texts, 0)] if texts[:1] == ["["] else []

    def _leaf(self, texts: list[str], item: Item) -> int:
        return self._table.leaf(self._text(texts, item))

    def _text(self, texts: list[str], item: Item) -> str:
        """A type as it is written, with the names of this file in full."""
        words: list[str] = []
        name = ""
        for text in texts:
            if text == "::" or name.endswith("::"):
                name += text
                continue
            if name:
                words.append(self._full(name, item.scope))
            name = text if _is_name(text) else ""
            if not name:
                words.append(text)
        if name:
            words.append(self._full(name, item.scope))
        return " ".join(words)[:500]

    def _full(self, name: str, scope: str) -> str:
        if name.startswith("::"):
            return name[2:]
        while True:
            full = f"{scope}::{name}" if scope else name
            if full in self._idl.symbols:
                return full
            if not scope:
                return name
            scope = scope.rpartition("::")[0]


def _plain(name: str) -> str:
    return name.removeprefix("::")


def _is_name(text: str) -> bool:
    return text[0].isalpha() or text[0] == "_"
