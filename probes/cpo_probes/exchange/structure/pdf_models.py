"""Three-dimensional models inside of PDF documents: U3D and PRC (ISO 32000-2, 13.6.3)."""

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import msgspec

from cpo_probes.exchange.structure.binary import u3d
from cpo_probes.exchange.structure.found import MOST, UNCHECKED, Found, Octets, expected
from cpo_scan.probe import Artifact, Context, Evidence, Finding, Probe, Strength, formats, patterns
from cpo_scan.probe.compressed import unpacked

_CLAUSE = "ISO 32000-2, 13.6.3"
_MARKS = {"u3d": (b"U3D\0",), "prc": (b"PRC",)}  # ECMA-363 9.4.1; ISO 14739-1
_KIND = r"/Subtype\s*+/(U3D|PRC)\b"
_MODEL = r"/Type\s*+/3D\b"
_LENGTH = r"/Length\s++([0-9]{1,12})(?:\s++[0-9]++\s++R)?+"
_FILTER = r"/Filter[\s\[]*/([A-Za-z0-9]++)((?:\s*/[A-Za-z0-9]+Decode)?)"
_BEGINS = r"stream\r?\n"
_AROUND = 4096  # octets of a dictionary, before and behind its subtype
_MODELS = 200  # models of a document that are looked at
_LARGEST = 64 * 2**20  # octets of a model that are read


class _Model(msgspec.Struct, frozen=True):
    standard: str
    at: int
    found: Found | None
    """None where its data was not read."""


class PdfModelsProbe(Probe):
    """PDF documents that hold three-dimensional models: which format these are of, and are they whole?"""

    id = "exchange.pdf-models"
    version = 1
    examines = formats("pdf")
    states = ("exchange.file",)
    limitations: ClassVar[tuple[str, ...]] = (
        "blocks of U3D are walked, which can refuse a model and never makes one valid; of PRC the mark is looked at",
        "models of encrypted documents, and packed by another method than Flate, are told and not read",
        "models of more than 64 MiB are not read; annotations and views of a model are not looked at",
    )
    references: ClassVar[tuple[str, ...]] = (_CLAUSE, "ECMA-363 (U3D)", "ISO 14739-1 (PRC)")
    remediation = "export the document again, with the model in U3D or PRC"

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        data = context.content(artifact).whole()
        if data.find(b"/U3D") < 0 and data.find(b"/PRC") < 0:
            return
        models = list(_models(data, context))
        for standard in _MARKS:
            own = [model for model in models if model.standard == standard]
            if own:
                yield _finding(artifact, standard, own)


def _finding(artifact: Artifact, standard: str, models: list[_Model]) -> Finding:
    problems: list[dict[str, Any]] = []
    for model in models:
        for problem in model.found.problems if model.found is not None else ():
            row = problem.row()
            problems.append(row | {"params": row.get("params", {}) | {"model": model.at}})
    unread = sum(1 for model in models if model.found is None)
    open_ended = [{"code": "pdf.model_unread", "params": {"count": unread}}] if unread else [{"code": UNCHECKED}]
    attributes: dict[str, Any] = {
        "standard": standard,
        "version": None,
        "format": "pdf",
        "carrier": "pdf",
        "models": len(models),
        "valid": False if problems else None,
        "checked": "structure" if unread < len(models) else None,
        "problems": problems[:MOST] or open_ended,
    }
    return Finding("exchange.file", attributes, Strength.RECOGNISED, evidence=tuple(_evidence(artifact, models)))


def _evidence(artifact: Artifact, models: list[_Model]) -> Iterator[Evidence]:
    for model in models:
        yield artifact.at(f"/Subtype /{model.standard.upper()}", bytes=(model.at, 1))


def _models(data: Octets, context: Context) -> Iterator[_Model]:
    """The streams of type 3D. Their dictionaries stand in the clear, whatever else a document packs (7.3.8.1)."""
    kind, model = patterns.standard(_KIND), patterns.standard(_MODEL)
    encrypted = data.find(b"/Encrypt") >= 0
    count = 0
    for match in kind.finditer(data):
        context.checkpoint()
        at = match.start()
        opened = bytes(data[max(0, at - _AROUND) : at]).rfind(b"obj")
        if opened < 0:
            continue
        start = max(0, at - _AROUND) + opened
        begins = patterns.standard(_BEGINS).search(bytes(data[at : at + _AROUND]))
        if begins is None:
            continue
        dictionary = bytes(data[start : at + begins.start()])
        if model.search(dictionary) is None:
            continue
        standard = match.group(1).decode("ascii").lower()
        body = None if encrypted else _body(data, at + begins.end(), dictionary, context.checkpoint)
        yield _Model(standard, at, _checked(standard, body, context) if body is not None else None)
        count += 1
        if count == _MODELS:
            return


def _body(data: Octets, start: int, dictionary: bytes, checkpoint: Callable[[], None]) -> bytes | None:
    """The data of a stream, unpacked; None where it is packed by another method, or too large."""
    length = patterns.standard(_LENGTH).search(dictionary)
    stated = int(length.group(1)) if length is not None and b"R" not in length.group(0) else -1
    end = start + stated if stated >= 0 else data.find(b"endstream", start)
    if end < 0 or end - start > _LARGEST:
        return None
    packed = bytes(data[start:end])
    method = patterns.standard(_FILTER).search(dictionary)
    if method is None:
        return packed
    if method.group(1) != b"FlateDecode" or method.group(2) or b"/DecodeParms" in dictionary:
        return None
    body = unpacked(packed, "zlib", keep=_LARGEST, most=_LARGEST, checkpoint=checkpoint)
    return None if body.fault == "large" else body.kept


def _checked(standard: str, body: bytes, context: Context) -> Found:
    """What is wrong with the data of a model; places count from its first octet."""
    if not body.startswith(_MARKS[standard]):
        return Found(problems=(expected(standard.upper(), 0, _CLAUSE),))
    return u3d(body, context.checkpoint) if standard == "u3d" else Found(open_because=UNCHECKED)
