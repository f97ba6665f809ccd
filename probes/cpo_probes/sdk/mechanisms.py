"""The probe `sdk.extensions`: where can strangers hook in, and which extensions does the vendor ship himself?"""

from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from cpo_probes.sdk.described import Words
from cpo_probes.sdk.facts import Fact, merged, usable
from cpo_probes.sdk.manifests import Way, read_manifest
from cpo_probes.sdk.plugin_types import dotnet_facts, dotnet_words, java_facts
from cpo_probes.sdk.python_ways import Rows, literals, python_facts
from cpo_scan.probe import Artifact, CombiningProbe, Context, Finding, Note, ProductContext, formats, names
from cpo_scan.probe.dotnet import is_assembly
from cpo_scan.probe.jar_manifest import SERVICE_FILES

PYTHON_WORDS = (
    b"ActionPlugin", b"AirflowPlugin", b"FileTypePlugin", b"InterfaceActionBase", b"MetadataReaderPlugin",
    b"MetadataWriterPlugin", b"InputFormatPlugin", b"OutputFormatPlugin", b"smproxy",
    b"DriverManager", b"EnabledExtensionManager", b"ExtensionManager", b"FastMCP", b"FilePlugin",
    b"FootprintWizard", b"HelpfulFootprintWizardPlugin", b"HookManager", b"LanguageServer", b"NamedExtensionManager",
    b"PlugIn", b"addImplementation", b"addWorkbench", b"bl_info", b"entry_points", b"get_entry_map",
    b"get_group_all", b"gimpfu", b"hook_impl", b"hook_spec", b"hookimpl", b"hookspec",
    b"load_setuptools_entrypoints", b"sphinx", b"trac.core",
)  # fmt: skip
"""What must stand in a Python source for one of the ways of rules/data/mechanisms.yaml to find something there."""


class ExtensionProbe(CombiningProbe):
    """Extension points that the product offers, and extensions that it ships"""

    id = "sdk.extensions"
    version = 3
    examines = (
        formats("eclipse-plugin", "osgi-manifest", "java-manifest", "package-json", "protk")
        | formats("uno-components", "uno-registry")
        | formats("python").containing(*PYTHON_WORDS)
        | formats("pe").containing(b"BSJB")  # ECMA-335 II.24.2.1: metadata begin so
        | formats("elf", "pe", "mach-o").containing(b"addWorkbench")
        | formats("xml").containing(b"OSGI-INF", b"www.osgi.org/xmlns/", b"idea-plugin", b"OfficeApp")
        | names(
            "*.addin", "*.addin.xml", "*.idl", "*.inx", "*.vsixmanifest", "PackageContents.xml", "__manifest__.py",
            "__openerp__.py", "atlassian-plugin.xml", "blender_manifest.toml", "description.xml", "entry_points.txt",
            "manifest.json", "metadata.txt", "package.json", "plugin.rb", "plugin.xml", "server.json",
            "plugin.properties", "extensions.idx", "kernel.json", "tryton.cfg", "plugin.json", "*.info.yml",
            "galaxy.yml", "config.daml", "*.manifest", "*.uplugin", "*.reg", "*.rgs", "*.dico", "*.plugin",
            "*.desktop", "addon.xml", "*.lym", "*.scm", "init.rb", "module-info.class", "composer.json", "*.nse",
            "rubygems_plugin.rb", "keycloak-themes.json", "keycloak-scripts.json", "manifest.ttl",
        )
        | names("*.properties").containing(b"implementation-class")
        | formats("openapi-3").containing(b"webhooks")
        | formats("c-header").containing(b"Q_DECLARE_INTERFACE")
        | formats("javascript").containing(b"RED.nodes.registerType")
        | formats("javascript", "typescript").containing(b"@modelcontextprotocol/sdk", b"vscode-languageserver")
        | formats("go").containing(b"modelcontextprotocol/go-sdk", b"mcp-go/server")
        | formats("php").containing(b"do_action", b"apply_filters", b"Plugin Name:", b"oduleHandler")
        | formats("ruby").containing(b"Gem.find_", b"Fluent::Plugin", b"Liquid::Template", b"Asciidoctor::Extensions")
        | formats("lua").containing(b"DissectorTable", b"vlc.", b"obslua", b"darktable")
        | formats("yaml").containing(b"CustomResourceDefinition", b"WebhookConfiguration")
        | names("*plugin*.class", "*addin*.class", "*addon*.class", "*extension*.class")
        | names(*SERVICE_FILES)
    )  # fmt: skip
    states = ("extension.point", "extension.use")
    limitations = (
        "Mechanisms are those of rules/data/mechanisms.yaml; a mechanism of the product's own is seen only where a "
        "public abstract type or interface is called plug-in, add-in, add-on or extension.",
        "Calls whose name is computed at run time are not seen.",
        "A point counts as documented where its own description says more than its name, or a page of the "
        "documentation names it; whether the page explains it is for a reader to judge.",
        "Service providers that are looked up by code alone are not seen.",
    )
    references = (
        "Eclipse platform plug-in manifest",
        "OSGi Core 8",
        "Python packaging: entry points",
        "ECMA-335",
        "Java Virtual Machine Specification, chapter 4",
    )
    remediation = "Describe each extension point in the documentation by its name, and ship a sample that uses it."

    def __init__(self) -> None:
        self._known: tuple[Any, Rows] | None = None

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Note]:
        table = context.data("mechanisms")
        for fact in self._facts(artifact, context, table):
            if usable(fact.name):
                yield Note(fact)

    def combine(self, context: ProductContext) -> Iterator[Finding]:
        table = context.data("mechanisms")
        facts = merged(fact for _, fact in context.notes(Fact))
        facts += _provided(facts, context)
        words = Words(context, table)
        uses, shown = _used(facts, words)
        for fact in facts:
            context.checkpoint()
            if fact.states == "use":
                yield _use(fact)
            else:
                keys = [(fact.mechanism, name) for name in (fact.name, fact.name.rpartition(".")[2])]
                yield _point(fact, words, max(uses[key] for key in keys), max(shown[key] for key in keys))

    def _facts(self, artifact: Artifact, context: Context, table: dict[str, Any]) -> Iterator[Fact]:
        content = context.content(artifact)
        python: Rows = []
        for mechanism, way in self._ways(table):
            if _fits(way, artifact):
                if way["read"] == "python":
                    python.append((mechanism, way))
                else:
                    yield from read_manifest(mechanism, way, artifact, content, context)
        if python and artifact.size <= context.limits.source_bytes:
            yield from _python(python, artifact, bytes(content.whole()), context)
        types = table["types"]
        if artifact.format == "java-class":
            yield from java_facts(types, artifact, content)
        elif artifact.format == "pe":
            data = content.whole()
            if is_assembly(data) and any(data.find(word) >= 0 for word in dotnet_words(types)):
                yield from dotnet_facts(types, artifact, content)

    def _ways(self, table: dict[str, Any]) -> Rows:
        """The ways with their mechanisms, and the lists that they name put in."""
        if self._known is None or self._known[0] is not table:
            lists = table["lists"]
            rows = [
                (row["id"], {**way, "values": lists[way["values"]]} if isinstance(way.get("values"), str) else way)
                for row in table["mechanisms"]
                for way in row["ways"]
            ]
            self._known = (table, rows)
        return self._known[1]


def _fits(way: Way, artifact: Artifact) -> bool:
    """Is a way about artifacts of this format, name and folder?"""
    if way["read"] == "python" and artifact.format != "python":
        return False
    if "formats" in way and artifact.format not in way["formats"]:
        return False
    name = artifact.name.lower()
    if "names" in way and not any(fnmatchcase(name, glob.lower()) for glob in way["names"]):
        return False
    return "paths" not in way or any(f"/{place}/" in f"/{artifact.path}" for place in way["paths"])


def _python(rows: Rows, artifact: Artifact, data: bytes, context: Context) -> Iterator[Fact]:
    """What a source states in the ways whose words stand in it."""
    wanted = [row for row in rows if row[1].get("literal") or any(word in data for word in literals([row]))]
    if wanted:
        yield from python_facts(wanted, artifact, data, context)


def _provided(facts: list[Fact], context: ProductContext) -> list[Fact]:
    """Interfaces that service files name and that the product itself ships are points of it."""
    named = {
        fact.point: fact for fact in reversed(facts) if fact.states == "use" and fact.mechanism == "service-loader"
    }
    wanted = {f"{name.rpartition('.')[2]}.class": name for name in named}
    shipped: dict[str, Artifact] = {}
    for artifact in context.index.select(formats=("java-class",), names=sorted(wanted)) if wanted else ():
        name = wanted.get(artifact.name, "")
        if name and artifact.path.endswith(f"/{name.replace('.', '/')}.class"):
            shipped.setdefault(name, artifact)
    found = []
    for name, artifact in sorted(shipped.items()):
        evidence = (artifact.at(name, symbol=name), *named[name].evidence)
        found.append(Fact("point", "service-loader", name, "", evidence, more={"languages": ["java"]}))
    return found


def _used(facts: list[Fact], words: Words) -> tuple[Counter[tuple[str, str]], Counter[tuple[str, str]]]:
    """How many of the product's extensions use each point, and how many of these are samples.

    A use may name a point by its last part alone, as a source does that imports it.
    """
    uses: Counter[tuple[str, str]] = Counter()
    shown: Counter[tuple[str, str]] = Counter()
    for fact in facts:
        if fact.states == "use":
            for name in {fact.point, fact.point.rpartition(".")[2]}:
                uses[fact.mechanism, name] += 1
                shown[fact.mechanism, name] += words.in_samples(fact.evidence[0].artifact)
    return uses, shown


def _use(fact: Fact) -> Finding:
    attributes = {"mechanism": fact.mechanism, "point": fact.point or None, "name": fact.name, **fact.more}
    return Finding("extension.use", attributes, fact.strength, fact.evidence)


def _point(fact: Fact, words: Words, uses: int, shown: int) -> Finding:
    pages = words.pages(fact.name)
    attributes = {
        "mechanism": fact.mechanism,
        "name": fact.name,
        "documented": fact.documented or bool(pages),
        "documented_by": "description" if fact.documented else "page" if pages else None,
        "samples": max(words.samples(fact.name), shown),
        "uses": uses,
        **fact.more,
    }
    evidence = (*fact.evidence, *(page.at(fact.name) for page in pages))
    return Finding("extension.point", attributes, fact.strength, evidence)
