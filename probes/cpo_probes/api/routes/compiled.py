"""Routes of .NET assemblies: the attributes on public types and their methods, as the metadata hold them (ECMA-335)."""

from cpo_probes.api.annotated import Annotation, Class, Method
from cpo_scan.probe.dotnet import Assembly, Attribute

_SUFFIX = "Attribute"  # which sources leave out


def annotated_types(assembly: Assembly) -> list[Class]:
    """The public types with their attributes by full name; of their values the first is known, where it is a text."""
    return [
        Class(
            kind.name.replace("+", "."),
            tuple(map(_annotation, kind.attributes)),
            tuple(
                Method(tuple(map(_annotation, method.attributes)))
                for method in kind.methods
                if method.visibility == "public" and method.attributes
            ),
        )
        for kind in assembly.types
        if kind.visibility == "public"
    ]


def _annotation(attribute: Attribute) -> Annotation:
    name = attribute.type.removesuffix(_SUFFIX)
    values: dict[str, tuple[str, ...]] = {"": (attribute.text,)} if attribute.text else {}
    shown = f'[{name.rpartition(".")[2]}("{attribute.text}")]' if attribute.text else f"[{name.rpartition('.')[2]}]"
    return Annotation(name, values, excerpt=shown[:240])
