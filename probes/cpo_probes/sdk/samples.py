"""What samples are good for: do they parse, and do they use what is public only?

No sample is compiled or run. Whether one parses is asked for languages without a preprocessor, where a grammar is at
hand; what it uses is told by its includes and imports.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cpo_scan.probe import Artifact, Index, Unreadable
from cpo_scan.probe.kit_roots import Roots
from cpo_scan.probe.patterns import compile as compile_pattern
from cpo_scan.probe.python_names import read_imports
from cpo_scan.probe.sources import parse

_GRAMMARS = {"python": "python", "java-source": "java", "javascript": "javascript", "csharp": "c-sharp"}
_INCLUDE = r'^[ \t]*+#[ \t]*+include[ \t]*+["<]([^">\n]{1,200})[">]'
_JAVA_IMPORT = r"^[ \t]*+import[ \t]++(?:static[ \t]++)?([A-Za-z_][\w.]*+)"
MOST_NAMES = 100  # that a finding lists


class Samples:
    """Judges samples of one kit. `public` are the names of its headers, `tables` those of modules and of surfaces."""

    def __init__(self, public: Iterable[str], index: Index, tables: Mapping[str, Any]) -> None:
        self._public = frozenset(public)
        self._index = index
        self._hidden = frozenset(tables["surface"]["java"]["hidden"])
        self._prefix: str = tables["modules"]["python"]["hidden_prefix"]
        self._headers: dict[str, bool] = {}
        self._roots = Roots.of(tables["surface"])

    def facts(self, texts: Iterable[tuple[Artifact, str]]) -> dict[str, Any]:
        """Attributes: how many were read, how many parse, how many use what is public only, and what else is used."""
        read = parsed = broken = told = public = 0
        private: set[str] = set()
        for artifact, text in texts:
            read += 1
            whole = self._parses(artifact, text)
            parsed += whole is True
            broken += whole is False
            uses = self._uses(artifact, text)
            if uses is not None:
                told += 1
                kept = set(uses)
                public += not kept
                private |= kept
        return {
            "samples_read": read,
            "parsed": parsed if parsed or broken else None,
            "not_parsed": broken if parsed or broken else None,
            "public_only": public if told else None,
            "uses_told": told or None,
            "private_uses": sorted(private)[:MOST_NAMES] or None,
        }

    def _parses(self, artifact: Artifact, text: str) -> bool | None:
        """None: nobody here can tell."""
        grammar = _GRAMMARS.get(artifact.format or "")
        if grammar is None:
            return None
        try:
            return not parse(text.encode("utf-8", "surrogatepass"), grammar).root_node.has_error
        except Unreadable:  # no grammar for the language is installed
            return None

    def _uses(self, artifact: Artifact, text: str) -> Iterator[str] | None:
        """What a sample uses although it is not offered to others; None where it is not told."""
        match artifact.format:
            case "c" | "cpp" | "c-header":
                return self._includes(artifact, text)
            case "python":
                return self._imports(text)
            case "java-source":
                return self._java_imports(text)
            case _:
                return None

    def _includes(self, artifact: Artifact, text: str) -> Iterator[str]:
        """Headers that the product ships outside of what is public, and not with the sample."""
        own = artifact.path.rpartition("/")[0]
        for found in compile_pattern(_INCLUDE, text=True).finditer(text):
            name = found.group(1).rpartition("/")[2]
            if name not in self._public and self._kept(name, own):
                yield found.group(1)

    def _kept(self, name: str, own: str) -> bool:
        if any(sign in name for sign in "*?["):
            return False
        if name not in self._headers:
            self._headers[name] = False
            for header in self._index.select(formats=("c-header",), names=(name,)):
                near = header.path.rpartition("/")[0]
                if self._roots.of_header(near) is not None:  # of another kit
                    self._headers[name] = False
                    break
                if not (near == own or near.startswith(f"{own}/") or own.startswith(f"{near}/")):
                    self._headers[name] = True
        return self._headers[name]

    def _imports(self, text: str) -> Iterator[str]:
        for found in read_imports(text):
            parts = [*found.module.split("."), *found.names]
            if found.level or not found.module:
                continue
            if any(part.startswith(self._prefix) and not part.endswith("__") for part in parts):
                yield found.module

    def _java_imports(self, text: str) -> Iterator[str]:
        for found in compile_pattern(_JAVA_IMPORT, text=True).finditer(text):
            name = found.group(1)
            if not name.startswith("java.") and not self._hidden.isdisjoint(name.lower().split(".")):
                yield name
