"""What differs between two interfaces, as single changes with the direction in which the thing goes.

Types are compared pair by pair along the ways on which a caller meets them, each pair once for each direction, so that
neither a loop nor a type that a hundred operations share costs more. What a change means for a caller is not decided
here: `rules/data/breaking-changes.yaml` says it.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from cpo_scan.probe.interface import Interface, Operation, Slot, Type

CHANGES = (
    "operation_removed", "operation_added", "operation_deprecated",
    "access_narrowed", "access_widened", "fact_changed",
    "input_removed", "input_added", "required_input_added", "input_required", "input_optional",
    "output_removed", "output_added", "failure_removed", "failure_added", "output_optional", "output_required",
    "member_removed", "member_added", "required_member_added", "member_required", "member_optional",
    "element_deprecated",
    "type_changed", "type_narrowed", "type_widened", "null_added", "null_removed",
    "value_removed", "value_added", "limit_tightened", "limit_loosened", "rule_changed", "rule_added", "rule_removed",
    "alternative_removed", "alternative_added", "members_closed", "members_opened",
)  # fmt: skip
"""All changes there are. `description_removed` and `description_added` come on top where descriptions are paired."""

INPUT, OUTPUT = "input", "output"


class Difference(NamedTuple):
    """One change. `old` and `new` are places in the two descriptions: the thing, or what held it where it is absent."""

    change: str
    direction: str  # input, output, or empty
    element: str  # `GET /orders › query limit`, `Order.customer`
    old: str
    new: str
    announced: bool  # the thing, or what holds it, was marked as deprecated in the earlier one
    was: str = ""
    now: str = ""


class _Step(NamedTuple):
    """Two types to be compared, and how they were met."""

    old: int
    new: int
    direction: str
    element: str
    announced: bool
    old_at: str
    new_at: str


def differences(old: Interface, new: Interface) -> Iterator[Difference]:
    """All changes from `old` to `new`, in an order that rests on the names alone."""
    return _Comparison(old, new).run()


class _Comparison:
    def __init__(self, old: Interface, new: Interface) -> None:
        self._old, self._new = old, new
        self._todo: deque[_Step] = deque()
        self._seen: set[tuple[int, int, str, str]] = set()

    def run(self) -> Iterator[Difference]:
        old, new = self._old.operations, self._new.operations
        yield from _facts(self._old.facts, self._new.facts, "", "", "", False)
        for name in sorted(old.keys() - new.keys()):
            yield Difference("operation_removed", "", name, old[name].at, "", old[name].deprecated)
        for name in sorted(new.keys() - old.keys()):
            yield Difference("operation_added", "", name, "", new[name].at, False)
        # Those that are not deprecated come first: what they share with the others was not announced for them.
        for name in sorted(old.keys() & new.keys(), key=lambda name: (old[name].deprecated, name)):
            yield from self._operation(name, old[name], new[name])
            while self._todo:
                yield from self._types(self._todo.popleft())

    def _operation(self, name: str, old: Operation, new: Operation) -> Iterator[Difference]:
        told = old.deprecated
        if new.deprecated and not old.deprecated:
            yield Difference("operation_deprecated", "", name, old.at, new.at, False)
        if (lost := old.access - new.access) and "" not in new.access:
            yield Difference("access_narrowed", "", name, old.at, new.at, told, _list(lost), _list(new.access))
        elif gained := new.access - old.access:
            yield Difference("access_widened", "", name, old.at, new.at, told, _list(old.access), _list(gained))
        yield from _facts(old.facts, new.facts, name, old.at, new.at, told)
        for key in sorted(old.inputs.keys() | new.inputs.keys()):
            yield from self._input(f"{name} › {key}", old.inputs.get(key), new.inputs.get(key), old, new)
        for key in sorted(old.outputs.keys() | new.outputs.keys()):
            failure = key in old.failures or key in new.failures
            yield from self._output(f"{name} › {key}", old.outputs.get(key), new.outputs.get(key), old, new, failure)

    def _input(
        self, element: str, was: Slot | None, now: Slot | None, old: Operation, new: Operation
    ) -> Iterator[Difference]:
        if was is None and now is not None:
            change = "required_input_added" if now.required else "input_added"
            yield Difference(change, INPUT, element, old.at, now.at, old.deprecated)
        elif now is None and was is not None:
            yield Difference("input_removed", INPUT, element, was.at, new.at, old.deprecated or was.deprecated)
        elif was is not None and now is not None:
            yield from self._slots(element, was, now, INPUT, old.deprecated, "input")

    def _output(
        self, element: str, was: Slot | None, now: Slot | None, old: Operation, new: Operation, failure: bool
    ) -> Iterator[Difference]:
        what = "failure" if failure else "output"
        if was is None and now is not None:
            yield Difference(f"{what}_added", OUTPUT, element, old.at, now.at, old.deprecated)
        elif now is None and was is not None:
            announced = old.deprecated or was.deprecated
            yield Difference(f"{what}_removed", OUTPUT, element, was.at, new.at, announced)
        elif was is not None and now is not None:
            yield from self._slots(element, was, now, OUTPUT, old.deprecated, "output")

    def _slots(self, element: str, was: Slot, now: Slot, direction: str, told: bool, what: str) -> Iterator[Difference]:
        told = told or was.deprecated
        if now.deprecated and not was.deprecated:
            yield Difference("element_deprecated", direction, element, was.at, now.at, False)
        if was.required != now.required:
            change = f"{what}_{'required' if now.required else 'optional'}"
            yield Difference(change, direction, element, was.at, now.at, told)
        yield from _facts(was.facts, now.facts, element, was.at, now.at, told, direction)
        self._todo.append(_Step(was.type, now.type, direction, element, told, was.at, now.at))

    def _types(self, step: _Step) -> Iterator[Difference]:
        old, new = self._old.types[step.old], self._new.types[step.new]
        # What has neither a name nor members is another thing at each place, though it may have the same number.
        shared = bool(old.name or new.name or old.members or new.members or old.alternatives or new.alternatives)
        key = (step.old, step.new, step.direction, "" if shared else step.element.rstrip("[].*"))
        if key in self._seen:
            return
        self._seen.add(key)
        told = step.announced or old.deprecated
        # A type with a name is the same thing wherever it is met.
        element = old.name if old.name and old.name == new.name else step.element
        step = step._replace(
            element=element, announced=told, old_at=old.at or step.old_at, new_at=new.at or step.new_at
        )
        if old.alternatives or new.alternatives:
            yield from self._alternatives(step, old, new)
            if bool(old.alternatives) != bool(new.alternatives):
                return
        compatible = True
        for change, was, now in _bases(old, new):
            compatible = compatible and change != "type_changed"
            yield _at(step, change, was, now)
        if not compatible:
            return
        if old.nullable != new.nullable:
            yield _at(step, "null_added" if new.nullable else "null_removed")
        yield from _values(step, old, new)
        yield from _limits(step, old, new)
        for name in sorted(old.facts.keys() | new.facts.keys()):
            if old.facts.get(name) != new.facts.get(name):
                known, stays = name in old.facts, name in new.facts
                change = "rule_added" if not known else "rule_changed" if stays else "rule_removed"
                yield _at(step, change, f"{name} {old.facts.get(name, '')}".strip(), new.facts.get(name, ""))
        yield from self._members(step, old, new)

    def _members(self, step: _Step, old: Type, new: Type) -> Iterator[Difference]:
        before, after = _visible(old, step.direction), _visible(new, step.direction)
        for name in sorted(before.keys() | after.keys()):
            was, now, element = before.get(name), after.get(name), f"{step.element}.{name}"
            if was is None and now is not None:
                change = "required_member_added" if now.required else "member_added"
                yield Difference(change, step.direction, element, step.old_at, now.at, step.announced)
            elif now is None and was is not None:
                announced = step.announced or was.deprecated
                yield Difference("member_removed", step.direction, element, was.at, step.new_at, announced)
            elif was is not None and now is not None:
                yield from self._slots(element, was, now, step.direction, step.announced, "member")
        if old.closed != new.closed and ("object" in old.bases or old.members):
            yield _at(step, "members_closed" if new.closed else "members_opened")
        for inner, (was_type, now_type) in {"[]": (old.item, new.item), ".*": (old.rest, new.rest)}.items():
            if was_type is not None and now_type is not None:
                element = f"{step.element}{inner}"
                self._todo.append(step._replace(old=was_type, new=now_type, element=element))

    def _alternatives(self, step: _Step, old: Type, new: Type) -> Iterator[Difference]:
        before, after = list(old.alternatives) or [step.old], list(new.alternatives) or [step.new]
        # By name, else by shape; the same alternative by reference or inline is the same alternative.
        pairs = [*self._matched(before, after, _name), *self._matched(before, after, _shape)]
        if len(before) == len(after) == 1:  # the same in another shape, as far as anybody can tell
            pairs.append((before.pop(), after.pop()))
        lost = sorted(_label(self._old.types[number]) for number in before)
        gained = sorted(_label(self._new.types[number]) for number in after)
        for label in lost:
            yield _at(step, "alternative_removed", was=label)
        for label in gained:
            yield _at(step, "alternative_added", now=label)
        for was, now in pairs:
            if (was, now) != (step.old, step.new):
                self._todo.append(step._replace(old=was, new=now))

    def _matched(self, before: list[int], after: list[int], label: Callable[[Type], str]) -> list[tuple[int, int]]:
        """The pairs that agree in a label, taken out of both lists."""
        waiting: dict[str, list[int]] = {}
        for number in after:
            waiting.setdefault(label(self._new.types[number]), []).append(number)
        pairs = []
        for number in list(before):
            found = waiting.get(told) if (told := label(self._old.types[number])) else None
            if found:
                pairs.append((number, found.pop(0)))
                before.remove(number)
                after.remove(pairs[-1][1])
        return pairs


def _at(step: _Step, change: str, was: str = "", now: str = "") -> Difference:
    return Difference(change, step.direction, step.element, step.old_at, step.new_at, step.announced, was, now)


def _facts(
    old: Mapping[str, str], new: Mapping[str, str], element: str, old_at: str, new_at: str, told: bool, way: str = ""
) -> Iterator[Difference]:
    for name in sorted(old.keys() | new.keys()):
        was, now = old.get(name, ""), new.get(name, "")
        if was != now:
            shown = f"{element} › {name}" if element else name
            yield Difference("fact_changed", way, shown, old_at, new_at, told, was, now)


def _bases(old: Type, new: Type) -> Iterator[tuple[str, str, str]]:
    """Do the base types take less, more, or something else? Every integer is a number (JSON Schema 2020-12 §4.2.3)."""
    was, now = set(old.bases), set(new.bases)
    if was == now:
        return
    shown = _list(was) or "any", _list(now) or "any"
    lost = (was - now) - ({"integer"} if "number" in now else set())
    gained = (now - was) - ({"integer"} if "number" in was else set())
    if not was:
        yield "type_narrowed", *shown
    elif not now:
        yield "type_widened", *shown
    elif lost and gained:
        # `number` to `integer` is less of the same; a string to a number is something else.
        same = lost == {"number"} and gained <= {"integer"}
        yield "type_narrowed" if same else "type_changed", *shown
    elif lost:
        yield "type_narrowed", *shown
    else:
        yield "type_widened", *shown


def _values(step: _Step, old: Type, new: Type) -> Iterator[Difference]:
    if old.values is None and new.values is None:
        return
    if old.values is None or new.values is None:
        change = "rule_added" if old.values is None else "rule_removed"
        yield _at(step, change, "enum" if new.values is None else "", "" if new.values is None else "enum")
        return
    for value in sorted(set(old.values) - set(new.values)):
        yield _at(step._replace(element=f"{step.element} = {value}"), "value_removed", was=value)
    for value in sorted(set(new.values) - set(old.values)):
        yield _at(step._replace(element=f"{step.element} = {value}"), "value_added", now=value)


def _limits(step: _Step, old: Type, new: Type) -> Iterator[Difference]:
    for name in sorted(old.limits.keys() | new.limits.keys()):
        was, now = old.limits.get(name), new.limits.get(name)
        if was == now:
            continue
        shown = (f"{name} {_number(was)}".strip(), f"{name} {_number(now)}".strip())
        upper = name.startswith("max")
        tighter = was is None or (now is not None and ((now < was) if upper else (now > was)))
        yield _at(
            step._replace(element=f"{step.element} › {name}"), f"limit_{'tightened' if tighter else 'loosened'}", *shown
        )


def _visible(type: Type, direction: str) -> dict[str, Slot]:
    return {name: slot for name, slot in type.members.items() if slot.only in ("", direction)}


def _name(type: Type) -> str:
    return type.name


def _shape(type: Type) -> str:
    """What tells alternatives apart that have no name: base types, members, values."""
    return f"{_list(type.bases)} {{{_list(type.members)}}} {_list(type.values or ())}".strip()


def _label(type: Type) -> str:
    return (type.name or _shape(type))[:240]


def _list(words: Iterable[str]) -> str:
    return ", ".join(sorted(words))


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
