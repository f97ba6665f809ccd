"""References of a description: inside it, to other files of the product, and outside, which is never fetched."""

from typing import Any
from urllib.parse import unquote

import msgspec

from cpo_scan.probe import Artifact, Context, LimitHit, Unreadable
from cpo_scan.probe.documents import Document, Problem, tokens

MOST_FILES = 1_000  # other files that one description may be made of
_HOPS = 32  # references that lead on to references
_NOTHING = object()


class Place:
    """Something in a file of the description."""

    __slots__ = ("file", "pointer", "value")

    def __init__(self, file: "File", pointer: str, value: Any) -> None:
        self.file, self.pointer, self.value = file, pointer, value


class File:
    """One file that the description is made of; `document` is None where it can't be read."""

    __slots__ = ("artifact", "document", "error", "resolved")

    def __init__(self, artifact: Artifact, document: Document | None, error: Unreadable | None = None) -> None:
        self.artifact, self.document, self.error = artifact, document, error
        self.resolved: dict[str, Place | str] = {}  # where its references lead, once they were followed


class References:
    """Follows references within the product; remembers what could not be followed."""

    def __init__(self, artifact: Artifact, document: Document, context: Context, family: str) -> None:
        self.context = context
        self._family = family  # in front of the reason codes
        self.root = File(artifact, document)
        self._files: dict[str, File] = {artifact.path: self.root}
        self.external: set[str] = set()
        """Addresses outside of the product; recorded, never fetched."""
        self.left_out: list[Problem] = []
        """Why the check could not be a whole one."""

    @property
    def files(self) -> list[Artifact]:
        """The other files that were read, in the order of their paths."""
        return [file.artifact for path, file in sorted(self._files.items()) if file is not self.root]

    def resolve(self, reference: str, file: File) -> Place | str:
        """What a reference in a file leads to, or the reason code why it leads nowhere (empty: to the outside)."""
        place = file.resolved.get(reference)
        if place is None:
            file.resolved[reference] = ""  # while it is being followed
            place = file.resolved[reference] = self._resolve(reference, file)
        return place

    def follow(self, value: Any, file: File) -> tuple[Any, File]:
        """`value`, or what it refers to; None where that can't be had."""
        for _ in range(_HOPS):
            reference = value.get("$ref") if isinstance(value, dict) else None
            if not isinstance(reference, str):
                return value, file
            place = self.resolve(reference, file)
            if isinstance(place, str):
                return None, file
            value, file = place.value, place.file
        return None, file

    def _resolve(self, reference: str, file: File) -> Place | str:
        path, _, fragment = reference.partition("#")
        if path:
            if "://" in path or path.startswith("//") or path.split(":", 1)[0].lower() in ("urn", "data", "mailto"):
                self.external.add(reference)
                return ""
            found = self._open(unquote(path), file)
            if isinstance(found, str):
                return found
            file = found
        if file.document is None:
            if isinstance(file.error, LimitHit):
                self.left_out.append(
                    Problem(
                        code=f"{self._family}.reference_limit",
                        params={"file": file.artifact.path},
                        file=file.artifact.path,
                    )
                )
                return ""
            # Text of another kind, such as a description in Markdown, can be meant as a whole only.
            described = file.artifact.name.lower().endswith((".json", ".yaml", ".yml"))
            return f"{self._family}.reference_unreadable" if described or fragment else ""
        if fragment and not fragment.startswith("/"):
            return f"{self._family}.reference_missing"
        pointer = unquote(fragment, errors="replace")
        value = self._lookup(file.document.value, tokens(pointer), file)
        return f"{self._family}.reference_missing" if value is _NOTHING else Place(file, pointer, value)

    def _open(self, path: str, file: File) -> File | str:
        artifact = self.context.related(file.artifact, path)
        if artifact is None:
            return f"{self._family}.reference_no_file"
        if artifact.path not in self._files:
            if len(self._files) > MOST_FILES:
                raise LimitHit("limit.description_files", limit=MOST_FILES)
            self.context.checkpoint()
            try:
                self._files[artifact.path] = File(artifact, self.context.yaml(artifact))
            except Unreadable as error:
                self._files[artifact.path] = File(artifact, None, error)
        return self._files[artifact.path]

    def _lookup(self, value: Any, path: list[str], file: File) -> Any:
        for token in path:
            if isinstance(value, dict):
                if token not in value and isinstance(value.get("$ref"), str):
                    value, _ = self.follow(value, file)
                    if not isinstance(value, dict):
                        return _NOTHING
                if token not in value:
                    return _NOTHING
                value = value[token]
            elif isinstance(value, list) and token.isascii() and token.isdigit() and int(token[:9]) < len(value):
                value = value[int(token[:9])]
            else:
                return _NOTHING
        return value


def dangling(code: str, reference: str, file: File, pointer: str, references: References) -> Problem:
    """The problem of a reference that leads nowhere; `pointer` is where it stands in `file`."""
    assert file.document is not None
    line, column = file.document.position(pointer)
    return Problem(
        code=code,
        params={"reference": reference[:200]},
        pointer=pointer,
        line=line,
        column=column,
        file="" if file is references.root else file.artifact.path,
    )


def in_file(problem: Problem, file: File) -> Problem:
    """The same problem, in another file than the one examined."""
    return msgspec.structs.replace(problem, file=file.artifact.path)
