"""Does a value fit a type of a GraphQL schema? The coercion rules for constants (GraphQL, September 2025, clause 3)."""

from cpo_probes.api.graphql.schema import Constant, Schema, Type

_INT = 2**31  # §3.5.1: 32 bits with a sign
# Kinds of constants that the built-in scalars take (§3.5.1 to §3.5.5).
_SCALARS = {
    "Int": ("int",),
    "Float": ("int", "float"),
    "String": ("string",),
    "Boolean": ("boolean",),
    "ID": ("string", "int"),
}


def fits(schema: Schema, kind: Type, value: Constant) -> bool:
    """True also where the type is unknown or takes no values at all: other rules speak of that."""
    todo = [(kind.wrappers, 0, kind.name, value)]  # wrappers from an index on
    while todo:
        wrappers, at, name, value = todo.pop()
        if value.kind == "null":
            if wrappers.startswith("!", at):
                return False
            continue
        at += wrappers.startswith("!", at)
        if wrappers.startswith("[", at):  # §3.11: a value that is no list stands for a list of one
            items = value.content if value.kind == "list" else (value,)
            todo += [(wrappers, at + 1, name, item) for item in items]
        elif name in _SCALARS and name not in schema.merged:
            if value.kind not in _SCALARS[name] or (name == "Int" and not _is_int(value.content)):
                return False
        elif schema.kinds.get(name) == "enum" and name in schema.merged:
            if value.kind != "name" or value.content not in schema.merged[name].values:
                return False
        elif schema.kinds.get(name) == "input":
            fields = schema.merged[name].inputs
            if value.kind != "object" or not value.content.keys() <= fields.keys():
                return False
            if any(field.demanded and field.name not in value.content for field in fields.values()):
                return False
            for key, item in value.content.items():
                inner_type = fields[key].type
                if inner_type is not None:
                    todo.append((inner_type.wrappers, 0, inner_type.name, item))
    return True


def _is_int(text: str) -> bool:
    return len(text) <= 11 and -_INT <= int(text) < _INT
