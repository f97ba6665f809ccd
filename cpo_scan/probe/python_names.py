"""Python sources and stubs: the functions, classes and methods that they define for others, and their docstrings.

A scanner of lines and no parser, so that wrappers of many megabytes, which tools generate, are read too. Literals and
comments are found first, then the lines that begin a definition or a block (Python language reference, 2.1 and 8).
"""

import re

import msgspec

_LONGEST_IMPORT = 64 * 2**10  # characters of one statement, over many lines in brackets
_NOISE = re.compile(
    r'''
      \#[^\n]*+
    | [A-Za-z]{0,2}(?:"""(?:[^"\\]++|\\.|"(?!""))*+(?:"""|\Z) | \'\'\'(?:[^'\\]++|\\.|'(?!''))*+(?:\'\'\'|\Z)
                    | "(?:[^"\\\n]++|\\.)*+"? | '(?:[^'\\\n]++|\\.)*+'?)
    ''',
    re.DOTALL | re.VERBOSE,
)
_LINE = re.compile(
    r"^([ \t]*+)(?:(async[ \t]++def|def|class)[ \t]++([^\W\d]\w*+)"
    r"|(?:if|elif|else|try|except|finally|with|for|while|match|case|async)\b|[^\W\d])",
    re.MULTILINE,
)
_SIGN = re.compile(r"[()\[\]{}:]")
_IMPORT = re.compile(
    r"^[ \t]*+(?:import[ \t]++((?:[^\n;\\]|\\\r?\n)++)"
    r"|from[ \t]++(\.*+)(?:[ \t]*+(?!import\b)([\w.]++))?[ \t]*+import\b[ \t]*+"
    r"(?:\(([^()]*+)\)|((?:[^\n;\\]|\\\r?\n)++)))",
    re.MULTILINE,
)
_DOTTED = re.compile(r"[^\W\d]\w*+(?:\.[^\W\d]\w*+)*+\Z")
_ALL = re.compile(r"^__all__[ \t]*+(?::[^=\n]{0,80})?(\+?=|\.extend\(|\.append\()[ \t]*+", re.MULTILINE)
_ITEM = re.compile(r"""["']([^"'\\\n]{1,200})["']""")
_SIGNATURE_LINE = re.compile(r"^[ \t]*+[\w.]++[ \t]*+\([^\n]*\)[ \t]*+(?:->[^\n]*)?:?[ \t]*+$", re.MULTILINE)
_TAB = 8  # a tab leads to the next multiple of eight (language reference 2.1.8)
_LONGEST_DOC = 1_000  # characters of a docstring that are kept


class Defined(msgspec.Struct, frozen=True):
    """A definition: `name` is qualified within the module (`Class.method`), `doc` the beginning of its docstring."""

    kind: str  # class, function, method
    name: str
    doc: str
    line: int


class Module(msgspec.Struct, frozen=True):
    """What a module defines for others, in its order, each name once. `everything`: the names of `__all__`, if it has
    one that can be read; `doc` is the docstring of the module."""

    doc: str
    definitions: tuple[Defined, ...]
    everything: tuple[str, ...] | None = None


def read_module(text: str) -> Module:
    """Read a source. Never raises: what is no definition is passed over.

    Names that begin with an underscore are not for others, nor is what is defined in a function. With an `__all__` the
    names of the module are those that stand in it.
    """
    scanner = _Scanner(text)
    definitions = scanner.definitions()
    everything = scanner.everything()
    if everything is not None:
        listed = frozenset(everything)
        definitions = [found for found in definitions if found.name.partition(".")[0] in listed]
    return Module(scanner.docstring(0), tuple(definitions), everything)


class Import(msgspec.Struct, frozen=True):
    """A module that a source imports, wherever it does. `level` as in the language: dots before the name; `names` are
    what it takes from it."""

    module: str
    level: int = 0
    names: tuple[str, ...] = ()
    line: int = 0


def read_imports(text: str) -> tuple[Import, ...]:
    """The imports of a source, in its order. Never raises; what is in a comment or a literal is none."""
    last = text.rfind("import")
    if last < 0:
        return ()
    code = _Scanner(text[: last + _LONGEST_IMPORT]).code  # mostly they stand at the top of a long file
    found = []
    line, counted = 1, 0
    for match in _IMPORT.finditer(code):
        line += text.count("\n", counted, match.start())
        counted = match.start()
        plain, dots, module, inside, behind = match.groups()
        if plain is not None:
            found += [Import(name, line=line) for name in _listed(plain) if _DOTTED.match(name)]
        elif module is None or _DOTTED.match(module):
            found.append(Import(module or "", len(dots), tuple(_listed(inside or behind or "")), line))
    return tuple(found)


def _listed(names: str) -> list[str]:
    """Names with commas between, their aliases left out."""
    return [words[0] for part in names.replace("\\", " ").split(",") if (words := part.split())]


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.literals: dict[int, int] = {}
        parts: list[str] = []
        at = 0
        for noise in _NOISE.finditer(text):
            start, end = noise.span()
            parts += (text[at:start], " " * (end - start))
            at = end
            if text[start] != "#":
                self.literals[start] = end
        parts.append(text[at:])
        self.code = "".join(parts)

    def definitions(self) -> list[Defined]:
        code = self.code
        found: dict[str, Defined] = {}
        stack: list[tuple[int, str, str | None]] = []  # indent, what, qualified name (None: nobody can reach it)
        line, counted = 1, 0
        inside = 0  # of brackets that reach to here: their lines begin nothing
        for match in _LINE.finditer(code):
            if match.start() < inside:
                continue
            indent = _width(match[1])
            while stack and stack[-1][0] >= indent:
                stack.pop()
            if match[3] is None:
                inside = self._past_brackets(match.end())
                continue
            what, name = match[2], match[3]
            outer = stack[-1] if stack else None
            reachable = (outer is None or (outer[1] == "class" and outer[2] is not None)) and not name.startswith("_")
            full = f"{outer[2]}.{name}" if outer is not None and reachable else name
            stack.append((indent, what, full if reachable else None))
            begins = self._past_head(match.end())
            inside = begins
            if not reachable:
                continue
            line += self.text.count("\n", counted, match.start())
            counted = match.start()
            kind = "class" if what == "class" else "method" if outer is not None else "function"
            known = found.get(full)
            doc = self.docstring(begins)
            if known is None or (doc and not known.doc):
                found[full] = Defined(kind, full, doc, line)
        return list(found.values())

    def everything(self) -> tuple[str, ...] | None:
        """The names of `__all__`, as far as they are literals; None without one or where it is computed."""
        names: list[str] = []
        seen = False
        for match in _ALL.finditer(self.code):
            said = self.text[match.end() : max(self._past_brackets(match.end()), match.end())]
            if match[1] == "=" and said[:1] not in ("[", "("):
                return None
            seen = True
            names += _ITEM.findall(said)
        return tuple(names) if seen else None

    def docstring(self, at: int) -> str:
        """The literal that is the first statement at this place, without lines that only repeat a signature."""
        text, code = self.text, self.code
        while at < len(text):
            sign = text[at]
            if sign == "#":
                line_end = text.find("\n", at)
                at = len(text) if line_end < 0 else line_end
            elif sign in " \t\r\n\\\ufeff":
                at += 1
            else:
                break
        end = self.literals.get(at)
        if end is None or code[at:end].strip():
            return ""
        said = text[at : min(end, at + 4 * _LONGEST_DOC)].lstrip("rRuUbB").strip("\"'")
        return _SIGNATURE_LINE.sub("", said).strip()[:_LONGEST_DOC]

    def _past_head(self, at: int) -> int:
        """Behind the colon that ends the head of a definition."""
        depth = 0
        for sign in _SIGN.finditer(self.code, at):
            if sign[0] in "([{":
                depth += 1
            elif sign[0] in ")]}":
                depth -= 1
            elif depth <= 0:
                return sign.end()
        return len(self.code)

    def _past_brackets(self, at: int) -> int:
        """The end of this line, or of the last of those that its brackets join (language reference 2.1.6)."""
        depth = 0
        for sign in _BRACKET.finditer(self.code, at):
            if sign[0] == "\n":
                if depth <= 0:
                    return sign.start()
            elif sign[0] in "([{":
                depth += 1
            else:
                depth -= 1
        return len(self.code)


_BRACKET = re.compile(r"[()\[\]{}\n]")


def _width(indent: str) -> int:
    if "\t" not in indent:
        return len(indent)
    width = 0
    for sign in indent:
        width = width + 1 if sign == " " else (width // _TAB + 1) * _TAB
    return width
