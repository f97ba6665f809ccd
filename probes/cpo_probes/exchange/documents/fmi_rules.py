"""Rules of FMI 2.0 and 3.0 that the schemas of the model description can't express: attributes and references that fit.

Sources: FMI 2.0.4 clauses 2.2.2 (units), 2.2.7 (variables), 2.2.8 (structure); FMI 3.0.1 clauses 2.4.3, 2.4.7, 2.4.8.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from cpo_probes.exchange.verdict import MOST, problem
from cpo_scan.probe import Content, Context, LimitHit
from cpo_scan.probe.xml import End, Start, walk_xml

_MOST_VARIABLES = 500_000
_REALS = frozenset({"Real", "Float32", "Float64"})
_TYPES_2 = frozenset({"Real", "Integer", "Boolean", "String", "Enumeration"})
_PARAMETERS = frozenset({"parameter", "calculatedParameter", "structuralParameter"})
_STARTS_INSIDE = frozenset({"Binary", "String"})  # FMI 3.0: their start values are elements
# What `initial` may be for each variability and causality; the first is the default. None: it must not be given.
_EXACT = ("exact",)
_CALCULATED = ("calculated", "approx")
_ANY = ("calculated", "exact", "approx")
_INITIAL: dict[tuple[str, str], tuple[str | None, ...]] = {
    ("constant", "output"): _EXACT,
    ("constant", "local"): _EXACT,
    **{(kind, "structuralParameter"): _EXACT for kind in ("fixed", "tunable")},
    **{(kind, "parameter"): _EXACT for kind in ("fixed", "tunable")},
    **{(kind, "calculatedParameter"): _CALCULATED for kind in ("fixed", "tunable")},
    **{(kind, "local"): _CALCULATED for kind in ("fixed", "tunable")},
    **{(kind, causality): _ANY for kind in ("discrete", "continuous") for causality in ("output", "local")},
    **{(kind, "input"): (None,) for kind in ("discrete", "continuous")},
    ("continuous", "independent"): (None,),
}
_STRUCTURE = {  # elements of the structure, and what they list
    "Output": "outputs",
    "ContinuousStateDerivative": "derivatives",
    "InitialUnknown": "initial",
    "ClockedState": "clocked",
    "EventIndicator": "events",
}


class _Variable(msgspec.Struct):
    name: str
    line: int
    causality: str
    variability: str
    initial: str | None
    reference: str
    type: str = ""
    start: bool = False
    unit: str | None = None
    display_unit: str | None = None
    declared_type: str | None = None
    derivative: str | None = None
    clocked: bool = False
    aliases: list[str] = []


class _Description:
    """What of a model description the rules are about."""

    def __init__(self) -> None:
        self.version = ""
        self.three = False
        self.variables: list[_Variable] = []
        self.units: dict[str, set[str]] = {}
        self.types: dict[str, str | None] = {}  # the unit of each declared type
        self.listed: dict[str, list[Start]] = {name: [] for name in _STRUCTURE.values()}


def broken(content: Content, context: Context) -> list[dict[str, Any]]:
    """Problems of a model description that its schema accepts, at most as many as are listed. Raises Unreadable."""
    description = _read(content, context)
    found = []
    for item in _rules(description) if description.version in ("2", "3") else ():
        found.append(item)
        if len(found) == MOST:
            break
    return found


def _read(content: Content, context: Context) -> _Description:
    description = _Description()
    path: list[str] = []
    for event in walk_xml(content, context.limits):
        if isinstance(event, End):
            path.pop()
            continue
        _element(description, path, event)
        path.append(event.tag)
        if len(description.variables) > _MOST_VARIABLES:
            raise LimitHit("fmi.too_many_variables", limit=_MOST_VARIABLES)
    return description


def _element(description: _Description, path: list[str], event: Start) -> None:
    attributes = event.attributes
    match path[1:]:
        case [] if not path:
            description.version = attributes.get("fmiVersion", "").partition(".")[0]
            description.three = description.version == "3"
        case ["UnitDefinitions"] if event.tag == "Unit":
            description.units.setdefault(attributes.get("name", ""), set())
        case ["UnitDefinitions", "Unit"] if event.tag == "DisplayUnit" and description.units:
            next(reversed(description.units.values())).add(attributes.get("name", ""))
        case ["TypeDefinitions"]:
            description.types[attributes.get("name", "")] = attributes.get("unit")
        case ["TypeDefinitions", "SimpleType"] if description.types:
            description.types[next(reversed(description.types))] = attributes.get("unit")
        case ["ModelVariables"]:
            description.variables.append(_variable(event, description.three))
        case ["ModelVariables", _] if description.variables:
            _inside(description.variables[-1], event, description.three)
        case ["ModelStructure"] if description.three and event.tag in _STRUCTURE:
            description.listed[_STRUCTURE[event.tag]].append(event)
        case ["ModelStructure", kind] if event.tag == "Unknown":
            name = {"Outputs": "outputs", "Derivatives": "derivatives", "InitialUnknowns": "initial"}.get(kind)
            if name is not None:
                description.listed[name].append(event)
        case _:
            pass


def _variable(event: Start, three: bool) -> _Variable:
    attributes = event.attributes
    causality = attributes.get("causality", "local")
    default = "continuous"
    if three:
        default = "fixed" if causality in _PARAMETERS else "continuous" if event.tag in _REALS else "discrete"
    found = _Variable(
        name=attributes.get("name", ""),
        line=event.line,
        causality=causality,
        variability=attributes.get("variability", default),
        initial=attributes.get("initial"),
        reference=attributes.get("valueReference", ""),
    )
    if three:
        _typed(found, event)
        found.clocked = "clocks" in attributes
    return found


def _typed(variable: _Variable, event: Start) -> None:
    attributes = event.attributes
    variable.type = event.tag
    variable.start = "start" in attributes
    variable.unit, variable.display_unit = attributes.get("unit"), attributes.get("displayUnit")
    variable.declared_type, variable.derivative = attributes.get("declaredType"), attributes.get("derivative")


def _inside(variable: _Variable, event: Start, three: bool) -> None:
    if not three and event.tag in _TYPES_2:
        _typed(variable, event)
    elif event.tag == "Start" and variable.type in _STARTS_INSIDE:
        variable.start = True
    elif event.tag == "Alias":
        variable.aliases = [*variable.aliases, event.attributes.get("name", "")]


def _rules(description: _Description) -> Iterator[dict[str, Any]]:
    seen: set[str] = set()
    for variable in description.variables:
        for name in (variable.name, *variable.aliases):
            if name in seen:
                yield problem("fmi.name", name=name[:100], line=variable.line)
            seen.add(name)
        yield from _attributes(variable, description.three)
        yield from _units(variable, description)
    yield from _structure(description)


def _attributes(variable: _Variable, three: bool) -> Iterator[dict[str, Any]]:
    """FMI 2.0.4, 2.2.7, and 3.0.1, 2.4.7.4: causality, variability and initial belong together, and ask for a start."""
    told = {"name": variable.name[:100], "line": variable.line}
    kinds = f"{variable.causality}, {variable.variability}"
    if variable.variability == "continuous" and variable.type not in _REALS:
        yield problem("fmi.continuous", type=variable.type, **told)
    if variable.type == "Clock":
        return
    allowed = _INITIAL.get((variable.variability, variable.causality))
    if allowed is None:
        yield problem("fmi.kinds", kinds=kinds, **told)
        return
    given_exact = three and variable.causality == "input" and variable.initial == "exact"
    if variable.initial is not None and variable.initial not in allowed and not given_exact:
        yield problem("fmi.initial", kinds=kinds, initial=variable.initial[:40], **told)
        return
    initial = variable.initial or allowed[0]
    if (initial in ("exact", "approx") or variable.causality == "input") and not variable.start:
        yield problem("fmi.start_missing", **told)
    if (initial == "calculated" or variable.causality == "independent") and variable.start:
        yield problem("fmi.start_given", kinds=kinds, **told)


def _units(variable: _Variable, description: _Description) -> Iterator[dict[str, Any]]:
    """FMI 2.0.4, 2.2.2: a unit is one of the definitions, a display unit one of its unit."""
    told = {"name": variable.name[:100], "line": variable.line}
    unit = variable.unit or description.types.get(variable.declared_type or "")
    if unit is not None and unit not in description.units:
        yield problem("fmi.unit", unit=unit[:40], **told)
    elif unit and variable.display_unit and variable.display_unit not in description.units[unit]:
        yield problem("fmi.unit", unit=variable.display_unit[:40], **told)


def _structure(description: _Description) -> Iterator[dict[str, Any]]:
    """FMI 2.0.4, 2.2.8, and 3.0.1, 2.4.8: what is listed is there, and the outputs are listed, each once."""
    variables = description.variables
    if description.three:
        known = {variable.reference: variable for variable in variables}
    else:
        known = {str(number): variable for number, variable in enumerate(variables, 1)}
    outputs: list[str] = []
    for kind, listed in description.listed.items():
        for event in listed:
            target = event.attributes.get("valueReference" if description.three else "index", "")
            variable = known.get(target)
            if variable is None:
                yield problem("fmi.lost", reference=target[:40], line=event.line)
            elif kind == "derivatives" and variable.derivative is None:
                yield problem("fmi.no_derivative", name=variable.name[:100], line=event.line)
            elif kind == "outputs":
                outputs.append(target)
            kinds = event.attributes.get("dependenciesKind")
            if kinds is not None and len(kinds.split()) != len(event.attributes.get("dependencies", "").split()):
                yield problem("fmi.dependencies", line=event.line)
    expected = {target for target, variable in known.items() if variable.causality == "output"}
    if set(outputs) != expected or len(outputs) != len(expected):
        yield problem("fmi.outputs", listed=len(outputs), there=len(expected))
