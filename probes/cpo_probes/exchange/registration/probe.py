"""Capabilities that a product registers in its sources (FreeCAD, Blender add-ons, file dialogs, …)."""

from collections.abc import Iterator
from typing import Any

from cpo_probes.exchange.capability import KIND, Claim, findings, too_large
from cpo_probes.exchange.handlers import Handlers
from cpo_probes.exchange.names.naming import Naming, naming
from cpo_probes.exchange.registration.python_calls import NEVER, Module, Registration, registrations
from cpo_probes.exchange.registration.python_chosen import chosen
from cpo_probes.exchange.registration.python_commands import commanded
from cpo_probes.exchange.registration.python_described import described
from cpo_probes.exchange.registration.python_tables import Entry, entries
from cpo_probes.exchange.registration.script_calls import LANGUAGES, Offer, Scripts
from cpo_probes.exchange.registration.script_chosen import LANGUAGES as TESTING
from cpo_probes.exchange.registration.script_chosen import chosen as chosen_in
from cpo_probes.exchange.registration.script_roles import LISTS, MARKS
from cpo_scan.probe import Artifact, Context, Finding, Probe, Strength, formats, holds
from cpo_scan.probe.bytecode import read_code
from cpo_scan.probe.patterns import compile as compile_pattern

# Names of tables of readers and writers, and of entries in a plug-in's own description.
_TABLES = tuple(
    word
    for stem in (b"loader", b"reader", b"importer", b"parser", b"writer", b"exporter", b"saver")
    for word in (stem + b"s", stem.title() + b"s", stem.upper() + b"S", b"_" + stem + b'"', b"_" + stem + b"'")
)
# Known calls and classes; what names suffixes; what offers choices.
_PYTHON = (
    *(b"addImportType", b"addExportType", b"ImportHelper", b"ExportHelper", b"FileHandler", b"OpenFileName"),
    *(b"SaveFileName", b"askopenfile", b"asksaveasfile", b"FileUrl", b"FileDialog", b"bl_idname", b"register_format"),
    *(
        b"selectFile",
        b"OpenFileName",
        b"SaveFileName",
        b"file_uploader",
        b"file_types",
        b"FileAllowed",
        b"FileExtensionValidator",
    ),
    *(b"QgsProcessingParameterFile", b"EXTENSIONS", b"file_extensions", *_TABLES),
)
_PERHAPS = (
    r"""(?:xtension|XTENSION|uffix|UFFIX)(?:s|es|S|ES)?(?:['"]?\s*[:=]|\(self)|choices\s*=|Choice\(|add_(?:command|parser)\("""
    r"""|\.command\(|(?:ormat|ilter|ORMAT|ILTER)[sS]\s*[:=]|(?:ext|suffix|fmt|ormat|file_?type)\s+(?:==|in)\s"""
    r"""|register_(?:import|export|read|writ|load|sav|pars|in|out)|['"]\*?\.([A-Za-z]\w{1,9})['"]"""
)
# Classes of a product's own that are called like filters of file dialogs, and what shows these in Swing.
_OWN_FILTERS = ("FileFilter", "FileNameFilter", "FileExtensionFilter", "ExtensionFilter")
_OWN_FILTER: dict[str, Any] = {"id": "file-dialog", "calls": {"showOpenDialog": "import", "showSaveDialog": "export"}}


class _Filters(dict[str, dict[str, Any]]):
    """The rows of the rules by class, and one row for all others that are called so."""

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or (isinstance(name, str) and name.endswith(_OWN_FILTERS))

    def __missing__(self, name: str) -> dict[str, Any]:
        return _OWN_FILTER


class RegistrationProbe(Probe):
    """Import and export formats that the product registers in its sources."""

    id = "exchange.registration"
    version = 5
    examines = (
        formats("python")
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
        | formats(*TESTING).containing(
            *(b"xtension", b"uffix", b"extname", b"ndsWith", b"end_with?", b"ormat", b"case '.", b'case ".', b"ext ="),
            *LISTS,
        )
        | formats("java-class").containing(b"FileFilter", b"ExtensionFilter")
    )
    states = (KIND,)
    uses_index = True
    limitations = (
        "Registrations whose label is computed at run time are not seen.",
        "A condition is quoted and not evaluated; in other languages than Python it is not looked for.",
        "In C, C++, C#, Java, JavaScript, Lua, Ruby and Tcl the calls of known file dialogs are seen, by tokens, not "
        "by types, and calls and tables whose own names say that they register importers or list what can be exported.",
        "A suffix that a source tests for is recognised where the name of the function around (Python), or of what is "
        "called for it (C#, Java, JavaScript, Lua, Ruby), says which way; that the code is reached is not shown.",
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
        for offer in scripts.offers(source, names) if scripts.may_hold(source) else ():
            yield from _offered(offer, source, names, artifact)
        for offer in chosen_in(source, language, names):
            yield from _offered(offer, source, names, artifact)

    def _claims(self, artifact: Artifact, context: Context) -> Iterator[Claim]:
        rules, names = context.data("registrations"), naming(context)
        if not _may_hold(bytes(context.bytes(artifact)), artifact, names):
            return
        tree = context.source(artifact, "python")
        module, called = Module(tree), artifact.name.removesuffix(".py")
        handlers = Handlers(context, rules["processes"])
        for found in registrations(module, rules["calls"], rules["classes"]):
            more = _more(found, handlers)
            if tree.root_node.has_error:
                more["syntax_errors"] = True
            yield from _claim(found, more, names, artifact)
        told = (
            entries(module, names, called),
            described(module, names, rules["suffix_calls"]),
            chosen(module, names),
            commanded(module, names, called),
        )
        for entry in (entry for listed in told for entry in listed):
            if entry.condition != NEVER:
                yield from _entry(entry, names, artifact)


def _may_hold(source: bytes, artifact: Artifact, names: Naming) -> bool:
    """Is there anything in a Python source that may register or offer a format? Cheap; the syntax tree knows it."""
    if artifact.name.removesuffix(".py").lower() in names.places.roles or holds(source, _PYTHON):
        return True
    for match in compile_pattern(_PERHAPS).finditer(source):
        suffix = match.group(1)
        if suffix is None or names.by_suffix(suffix.decode("ascii", "replace")) - names.wrappers:
            return True
    return False


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
    found = {mime} - names.wrappers if mime else _of_key(entry, names)
    for standard in sorted(each for each in found if each):
        more: dict[str, Any] = {"mechanism": entry.mechanism, "table": entry.table}
        if entry.condition:
            more["condition"] = entry.condition
        place = artifact.at(entry.excerpt, line=entry.line)
        strength = Strength.REGISTERED if entry.registers else _weighed(Strength.RECOGNISED, standard, names)
        if entry.mechanism == "suffix-test" and standard in names.resources:
            strength = Strength.MENTIONED
        yield Claim(standard, entry.direction, "registration", entry.key, (place,), strength, more)


def _of_key(entry: Entry, names: Naming) -> set[str]:
    """What a suffix means, or the name of a format; a suffix of others too as far as the words beside it name one."""
    if "*." in entry.key.lstrip("*."):
        return set(names.in_label(entry.key))
    key = entry.key.lstrip("*.").lower()
    if key in names.lone:
        return set(names.by_suffix(key) & names.in_words(f"{entry.label} {entry.made}"))
    found = set(names.in_label("", [key])) or set(names.in_label(entry.label, [key]))
    found = found or set(names.in_label(entry.made, [key])) - names.wrappers
    is_name = not found and entry.key[:1] not in "*." and not names.by_suffix(key) and entry.mechanism != "suffix-test"
    whole = names.whole(entry.key, meant=True) if is_name else None
    return {whole} if whole is not None else found


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
        is_resource = offer.row["id"] == "suffix-test" and standard in names.resources
        weighed = Strength.MENTIONED if is_resource else _weighed(strength, standard, names)
        yield Claim(standard, offer.direction, "registration", name.strip(), (place,), weighed, more)


def _in_class(artifact: Artifact, context: Context) -> Iterator[Claim]:
    """Filters of dialogs that a compiled class makes; which way they go say the dialogs that it shows.

    Those that the rules know, and others that are called so: `new MeshFileFilter(".stl", "STL")`.
    """
    names = naming(context)
    rows = _Filters({row["class"]: row for row in context.data("registrations")["class_filters"]})
    code = read_code(context.content(artifact).whole(), rows)
    for built in code.built:
        row = rows[built.kind]
        ways = {way for call, way in row["calls"].items() if call in code.called}
        direction = "both" if len(ways) == 2 else next(iter(ways), "unknown")
        if row is _OWN_FILTER:
            given = [text for text in built.texts if text.startswith((".", "*."))]
            label = next((text for text in built.texts if text not in given), "")
        else:
            given, label = list(built.texts[row.get("bare", 1) :]), built.texts[0] if built.texts else ""
        suffixes = [text.lstrip("*.").lower() for text in given]
        place = artifact.at(", ".join(built.texts), symbol=f"{artifact.name.removesuffix('.class')}.{built.method}")
        strength = Strength.RECOGNISED if ways else Strength.NAMED
        for standard in names.in_label(label, suffixes) if suffixes else ():
            weighed = _weighed(strength, standard, names)
            name = label or ", ".join(given)
            yield Claim(standard, direction, "registration", name, (place,), weighed, {"mechanism": row["id"]})


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
