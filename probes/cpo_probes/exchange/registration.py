"""Capabilities that a product registers in its sources (FreeCAD, Blender add-ons, file dialogs, …)."""

from collections.abc import Iterator
from typing import Any

from cpo_probes.exchange.capability import KIND, Claim, findings, too_large
from cpo_probes.exchange.handlers import Handlers
from cpo_probes.exchange.naming import Naming, naming
from cpo_probes.exchange.python_calls import Registration, registrations
from cpo_probes.exchange.python_tables import Entry, entries
from cpo_probes.exchange.script_calls import LANGUAGES, Offer, Scripts
from cpo_probes.exchange.script_roles import MARKS
from cpo_scan.probe import Artifact, Context, Finding, Probe, Strength, formats
from cpo_scan.probe import names as files_named
from cpo_scan.probe.bytecode import read_code

# Names of tables of readers and writers, and of entries in a plug-in's own description.
_TABLES = tuple(
    word
    for stem in (b"loader", b"reader", b"importer", b"parser", b"writer", b"exporter", b"saver")
    for word in (stem + b"s", stem.title() + b"s", stem.upper() + b"S", b"_" + stem + b'"', b"_" + stem + b"'")
)
# Modules of readers or of writers, in which a table of formats is one of theirs.
_MODULES = tuple(
    f"{stem}{end}.py" for stem in ("export", "import", "load", "pars", "read", "writ") for end in ("er", "ers")
)


class RegistrationProbe(Probe):
    """Import and export formats that the product registers in its sources."""

    id = "exchange.registration"
    version = 4
    examines = (
        formats("python").containing(
            b"addImportType",
            b"addExportType",
            b"ImportHelper",
            b"ExportHelper",
            b"FileHandler",
            b"OpenFileName",
            b"SaveFileName",
            b"askopenfile",
            b"asksaveasfile",
            b"FileUrl",
            b"FileDialog",
            b"bl_idname",
            b"register_format",
            b"QgsProcessingParameterFile",
            b"EXTENSIONS",
            b"file_extensions",
            *_TABLES,
        )
        | formats(*LANGUAGES).containing(
            b"OpenDialog",
            b"SaveDialog",
            b"OpenFile",
            b"SaveFile",
            b"FilePicker",
            b"accept",
            b"ExtensionFilter",
            b"Filter",
            b"panel",
            b"FileDialog",
            b"filedlg",
            b"Importer",
            b"FileSelector",
            b"file_filter",
            *MARKS,
        )
        | formats("java-class").containing(b"FileNameExtensionFilter", b"FileChooser$ExtensionFilter")
        | files_named(*_MODULES)
    )
    states = (KIND,)
    uses_index = True
    limitations = (
        "Registrations whose label is computed at run time are not seen.",
        "A condition is quoted and not evaluated; in other languages than Python it is not looked for.",
        "In C, C++, C#, Java, JavaScript, Lua, Ruby and Tcl the calls of known file dialogs are seen, by tokens, not "
        "by types, and calls and tables whose own names say that they register importers or list what can be exported.",
        "A handler counts as shipped when a module, extension or package of its name is in the product.",
    )
    references = ("https://wiki.freecad.org/Workbench_creation", "https://docs.blender.org/api/current/")
    remediation = "Register each format with its suffixes, one call each way, and ship the handler that it names."

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        if artifact.format == "java-class":
            yield from findings(_in_class(artifact, context), artifact, context)
        elif not too_large(artifact, context):
            claims = self._claims if artifact.format == "python" else self._offers
            yield from findings(claims(artifact, context), artifact, context)

    def _offers(self, artifact: Artifact, context: Context) -> Iterator[Claim]:
        rules, names, language = context.data("registrations"), naming(context), artifact.format or ""
        scripts, source = Scripts(rules, language), context.text(artifact)
        if not scripts.may_hold(source):
            return
        for offer in scripts.offers(source, names):
            yield from _offered(offer, source, names, artifact)

    def _claims(self, artifact: Artifact, context: Context) -> Iterator[Claim]:
        rules, names = context.data("registrations"), naming(context)
        tree = context.source(artifact, "python")
        handlers = Handlers(context, rules["processes"])
        for found in registrations(tree, rules["calls"], rules["classes"]):
            more = _more(found, handlers)
            if tree.root_node.has_error:
                more["syntax_errors"] = True
            yield from _claim(found, more, names, artifact)
        for entry in entries(tree, names, artifact.name.removesuffix(".py")):
            yield from _entry(entry, names, artifact)


def _claim(found: Registration, more: dict[str, Any], names: Naming, artifact: Artifact) -> Iterator[Claim]:
    strength = Strength.MENTIONED if "refuted" in more else Strength(found.row["strength"])
    for label in found.label.split(";;"):
        # a format's own name says more than a suffix that others may have too: ("ansys", [".msh"])
        own = names.in_label(label) if "suffixes" in found.row and found.suffixes else []
        for standard in own or names.in_label(label, found.suffixes):
            yield Claim(
                standard=standard,
                direction=found.direction,
                via="registration",
                name=label.strip(),
                evidence=(artifact.at(found.excerpt, line=found.line),),
                strength=_weighed(strength, standard, names),
                more=more,
            )


def _entry(entry: Entry, names: Naming, artifact: Artifact) -> Iterator[Claim]:
    """The standards of a table's entry: by its suffix or MIME type, else by the product's own words."""
    mime = names.by_mime(entry.key) if "/" in entry.key else None
    found = {mime} - names.wrappers if mime else set(names.in_label("", [entry.key.lstrip("*.").lower()]))
    for standard in sorted(each for each in found if each):
        more: dict[str, Any] = {"mechanism": "table" if entry.registers else "class", "table": entry.table}
        if entry.condition:
            more["condition"] = entry.condition
        place = artifact.at(entry.excerpt, line=entry.line)
        strength = Strength.REGISTERED if entry.registers else _weighed(Strength.RECOGNISED, standard, names)
        yield Claim(standard, entry.direction, "registration", entry.key, (place,), strength, more)


def _offered(offer: Offer, source: str, names: Naming, artifact: Artifact) -> Iterator[Claim]:
    """The standards of an offer, each with the label or the suffix that names it."""
    line = source.count("\n", 0, offer.offset) + 1
    place = artifact.at(source[offer.offset : offer.end].strip(), line=line)
    said = [(label, standard) for label in offer.labels for standard in names.in_label(label)]
    for suffix in offer.suffixes:
        mime = names.by_mime(suffix) if "/" in suffix else None
        found = {mime} - names.wrappers if mime else set(names.in_label("", [suffix]))
        said += [(suffix, standard) for standard in sorted(each for each in found if each)]
    strength = Strength(offer.row["strength"]) if offer.direction != "unknown" else Strength.NAMED
    for name, standard in said:
        more = {"mechanism": offer.row["id"]}
        weighed = _weighed(strength, standard, names)
        yield Claim(standard, offer.direction, "registration", name.strip(), (place,), weighed, more)


def _in_class(artifact: Artifact, context: Context) -> Iterator[Claim]:
    """Filters of dialogs that a compiled class makes; which way they go say the dialogs that it shows."""
    names = naming(context)
    rows = {row["class"]: row for row in context.data("registrations")["class_filters"]}
    code = read_code(context.content(artifact).whole(), frozenset(rows))
    for built in code.built:
        row = rows[built.kind]
        ways = {way for call, way in row["calls"].items() if call in code.called}
        direction = "both" if len(ways) == 2 else next(iter(ways), "unknown")
        suffixes = [text.lstrip("*.").lower() for text in built.texts[row.get("bare", 1) :]]
        label = built.texts[0] if built.texts else ""
        place = artifact.at(", ".join(built.texts), symbol=f"{artifact.name.removesuffix('.class')}.{built.method}")
        strength = Strength.RECOGNISED if ways else Strength.NAMED
        for standard in names.in_label(label, suffixes) if suffixes else ():
            weighed = _weighed(strength, standard, names)
            yield Claim(standard, direction, "registration", label, (place,), weighed, {"mechanism": row["id"]})


def _weighed(strength: Strength, standard: str, names: Naming) -> Strength:
    """A wrapper (ZIP, JSON, …) is a capability where it is registered; a dialog that asks for one mentions it."""
    is_weak = standard in names.wrappers & names.carriers and strength is not Strength.REGISTERED
    return Strength.MENTIONED if is_weak else strength


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
