"""Capabilities that a product registers in its sources (FreeCAD, Blender add-ons, file dialogs, …)."""

from collections.abc import Iterator
from typing import Any

from cpo_probes.exchange.capability import KIND, Claim, findings, too_large
from cpo_probes.exchange.handlers import Handlers
from cpo_probes.exchange.naming import Naming, naming
from cpo_probes.exchange.python_calls import Registration, registrations
from cpo_scan.probe import Artifact, Context, Finding, Probe, Strength, formats


class RegistrationProbe(Probe):
    """Import and export formats that the product registers in its sources."""

    id = "exchange.registration"
    version = 1
    examines = formats("python").containing(
        b"addImportType",
        b"addExportType",
        b"ImportHelper",
        b"ExportHelper",
        b"FileHandler",
        b"OpenFileName",
        b"SaveFileName",
        b"askopenfile",
        b"asksaveasfile",
    )
    states = (KIND,)
    uses_index = True
    limitations = (
        "Registrations whose label is computed at run time are not seen.",
        "A condition is quoted and not evaluated.",
        "A handler counts as shipped when a module, extension or package of its name is in the product.",
    )
    references = ("https://wiki.freecad.org/Workbench_creation", "https://docs.blender.org/api/current/")
    remediation = "Register each format with its suffixes, one call each way, and ship the handler that it names."

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        if not too_large(artifact, context):
            yield from findings(self._claims(artifact, context), artifact, context)

    def _claims(self, artifact: Artifact, context: Context) -> Iterator[Claim]:
        rules, names = context.data("registrations"), naming(context)
        tree = context.source(artifact, "python")
        handlers = Handlers(context, rules["processes"])
        for found in registrations(tree, rules["calls"], rules["classes"]):
            more = _more(found, handlers)
            if tree.root_node.has_error:
                more["syntax_errors"] = True
            yield from _claim(found, more, names, artifact)


def _claim(found: Registration, more: dict[str, Any], names: Naming, artifact: Artifact) -> Iterator[Claim]:
    strength = Strength.MENTIONED if "refuted" in more else Strength(found.row["strength"])
    for label in found.label.split(";;"):
        for standard in names.in_label(label, found.suffixes):
            yield Claim(
                standard=standard,
                direction=found.row["direction"],
                via="registration",
                name=label.strip(),
                evidence=(artifact.at(found.excerpt, line=found.line),),
                strength=strength,
                more=more,
            )


def _more(found: Registration, handlers: Handlers) -> dict[str, Any]:
    more: dict[str, Any] = {"mechanism": found.row["id"]}
    if found.condition and found.row["strength"] == Strength.REGISTERED:  # a dialog opens when it is asked for
        more["condition"] = found.condition
    if found.handler:
        more["handler"] = found.handler
        if found.row.get("resolve") == "python-module" and handlers.is_module(found.handler):
            if handlers.find(found.handler) is None:
                more["refuted"] = {"reason": "capability.handler_missing", "missing": found.handler}
            elif program := handlers.requires(found.handler):
                more["requires"] = program
    return more
