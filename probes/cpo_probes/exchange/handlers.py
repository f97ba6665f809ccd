"""Is the module that a registration names shipped, and does it do the work itself?"""

from glob import escape

from cpo_probes.exchange.registration.python_calls import IMPORTS, Names, fits
from cpo_scan.probe import Artifact, Context, Unreadable
from cpo_scan.probe.sources import find, text

_SUFFIXES = (".py", ".pyc", ".so", ".pyd", ".dll", ".dylib", ".abi3.so", ".cpython-*.so", ".cp3*.pyd")


class Handlers:
    """Handlers of one artifact's registrations, each looked up once."""

    def __init__(self, context: Context, processes: dict[str, list[str]]) -> None:
        self._context, self._processes = context, processes
        self._found: dict[str, Artifact | None] = {}
        self._helped: dict[str, str | None] = {}

    def find(self, module: str) -> Artifact | None:
        """The artifact that is the module `feminout.importPyMesh`: a source, an extension or a package, anywhere."""
        if module not in self._found:
            self._found[module] = self._search(module)
        return self._found[module]

    def is_module(self, module: str) -> bool:
        """Is it written like the name of a module, so that it can be looked for at all?"""
        return len(module) < 200 and all(part.isidentifier() for part in module.split("."))

    def _search(self, module: str) -> Artifact | None:
        *packages, leaf = module.split(".")
        names = [f"{escape(leaf)}{suffix}" for suffix in _SUFFIXES] + [f"lib{escape(leaf)}.*"]
        for found in self._context.index.select(names=names):
            stem = found.name.partition(".")[0]
            if stem.removeprefix("lib") == leaf.removeprefix("lib") and self._inside(found, packages):
                return self._read(found)
        for found in self._context.index.select(names=["__init__.py", "__init__.pyc"]):
            if self._inside(found, [*packages, leaf]):
                return self._read(found)
        return None

    @staticmethod
    def _inside(found: Artifact, packages: list[str]) -> bool:
        folders = found.path.split("/")[:-1]
        return not packages or folders[-len(packages) :] == packages

    def _read(self, found: Artifact) -> Artifact:
        self._context.reads[found.path] = found.sha256
        return found

    def requires(self, module: str) -> str | None:
        """The other program that does the work: the handler starts processes and names that program's file."""
        if module not in self._helped:
            found = self.find(module)
            self._helped[module] = self._program(found) if found is not None else None
        return self._helped[module]

    def _program(self, handler: Artifact) -> str | None:
        if not handler.name.endswith(".py") or handler.size > self._context.limits.source_bytes:
            return None
        try:
            tree = self._context.source(handler, "python")
        except Unreadable:
            return None  # it is shipped all the same; that it can't be read is said where it is examined
        nodes = find(tree, "call", "string_content", *IMPORTS)
        names = Names(tree, nodes)
        called = {names.of(call.child_by_field_name("function")) or "" for call in nodes["call"]}
        if not any(fits(name, start) for name in called for start in self._processes["python"]):
            return None
        return next((program for literal in nodes["string_content"] if (program := program_in(text(literal)))), None)


def program_in(literal: str) -> str | None:
    """The program that a path in a literal means: `/usr/bin/ODAFileConverter`, `ODAFileConverter.exe`."""
    if len(literal) > 200 or any(character in literal for character in "\n*%"):
        return None
    folder, _, name = literal.replace("\\", "/").rpartition("/")
    if name.lower().endswith(".exe"):
        return name[:-4]
    return name if folder.endswith("/bin") and name else None


_HOSTS = ("java.", "javax.", "jakarta.", "org.eclipse.", "org.netbeans.", "org.openide.", "com.intellij.")
_JAVA = (".class", ".java", ".kt", ".groovy", ".scala")


def missing_class(name: str, context: Context) -> bool:
    """Is a Java class neither shipped, compiled or as a source, nor one of the hosts' own?

    `name` as in a manifest: `org.acme.StepWizard`, `org.acme.Outer$Inner`; what stands behind a colon is data for it.
    """
    full = name.partition(":")[0].strip().partition("$")[0]
    parts = full.split(".")
    if full.startswith(_HOSTS) or len(parts) < 2 or not all(part.isidentifier() for part in parts):
        return False
    globs = [f"{escape(parts[-1])}{suffix}" for suffix in _JAVA]
    for found in context.index.select(names=globs):
        stem = found.path.replace("!/", "/").rpartition(".")[0]
        if f"/{stem}".endswith("/" + "/".join(parts)):
            context.reads[found.path] = found.sha256
            return False
    return True
