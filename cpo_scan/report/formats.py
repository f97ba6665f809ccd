"""Which faces a report has: `-o FORMAT=PATH`, repeatable, for `scan` and `render` alike."""

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import BinaryIO

import msgspec

from cpo_scan.report.read import Report
from cpo_scan.report.texts import Texts
from cpo_scan.report.write import output, write_report


class UnknownFormat(ValueError):
    """A `-o` that says nothing we can do. The message is one line, with what there is."""


class Output(msgspec.Struct, frozen=True):
    """One `-o FORMAT=PATH`; the path `-` is standard output."""

    format: str
    path: str


class Face(msgspec.Struct, frozen=True, kw_only=True):
    """A format: what it is for, and how a report becomes it."""

    purpose: str
    write: Callable[[Report, Texts, str, BinaryIO], None]
    needs: str = ""  # a module beyond the core
    install: str = ""  # the extra that brings it


def _html(report: Report, texts: Texts, lang: str, stream: BinaryIO) -> None:
    from cpo_scan.report.html import render_html

    stream.write(render_html(report, texts, lang))


def _markdown(report: Report, texts: Texts, lang: str, stream: BinaryIO) -> None:
    from cpo_scan.report.markdown import render_markdown

    stream.write(render_markdown(report, texts, lang).encode())


def _json(report: Report, _texts: Texts, _lang: str, stream: BinaryIO) -> None:
    write_report(report, stream)


def _csv(report: Report, texts: Texts, lang: str, stream: BinaryIO) -> None:
    from cpo_scan.report.worksheet import render_csv

    stream.write(render_csv(report, texts, lang))


def _xlsx(report: Report, texts: Texts, lang: str, stream: BinaryIO) -> None:
    from cpo_scan.report.worksheet import write_xlsx

    write_xlsx(report, texts, lang, stream)


def _junit(report: Report, texts: Texts, lang: str, stream: BinaryIO) -> None:
    from cpo_scan.report.junit import render_junit

    stream.write(render_junit(report, texts, lang))


def _sqlite(report: Report, _texts: Texts, _lang: str, stream: BinaryIO) -> None:
    from cpo_scan.report.sqlite import write_sqlite

    write_sqlite(report, stream)


FACES: dict[str, Face] = {
    "json": Face(purpose="the whole report, for machines and for `render`", write=_json),
    "html": Face(purpose="one page for people, offline, English and German", write=_html),
    "markdown": Face(purpose="a summary for pull requests", write=_markdown),
    "junit": Face(purpose="criteria as test cases, for build servers", write=_junit),
    "csv": Face(purpose="the auditor's worksheet, one row per criterion", write=_csv),
    "xlsx": Face(purpose="the same as a spreadsheet", write=_xlsx, needs="openpyxl", install="cpo-scan[xlsx]"),
    "sqlite": Face(purpose="all findings as a database, for people who ask with SQL", write=_sqlite),
}
MANIFEST = "manifest"
_MANIFEST_PURPOSE = "SHA-256 and path of every file, as `sha256sum -c` reads it (by `scan` only)"


def output_formats() -> dict[str, str]:
    """Every FORMAT with its purpose."""
    return {**{name: face.purpose for name, face in FACES.items()}, MANIFEST: _MANIFEST_PURPOSE}


def parse_output(text: str) -> Output:
    """`FORMAT=PATH` from the command line. Raises UnknownFormat."""
    form, equals, path = text.partition("=")
    if not equals or not path:
        raise UnknownFormat(f"-o {text}: FORMAT=PATH is needed, such as html=report.html")
    if form not in output_formats():
        raise UnknownFormat(f"-o {text}: no format {form!r}; there are {', '.join(output_formats())}")
    return Output(form, path)


def check_outputs(outputs: Sequence[Output], *, manifest: bool) -> None:
    """Complain before the work and not after it: two outputs on one path, or a manifest where there is no scan."""
    seen: set[str] = set()
    for item in outputs:
        if item.path in seen:
            raise UnknownFormat(f"-o {item.format}={item.path}: two outputs go to {item.path}")
        seen.add(item.path)
        face = FACES.get(item.format)
        if face is not None and face.needs and find_spec(face.needs) is None:
            raise UnknownFormat(f"-o {item.format}={item.path}: needs {face.needs}: pip install '{face.install}'")
        if item.format == MANIFEST and not manifest:
            raise UnknownFormat(
                f"-o {item.format}={item.path}: a manifest is made by `scan`, a report does not hold it"
            )


def write_outputs(
    report: Report,
    outputs: Sequence[Output],
    texts: Texts,
    lang: str,
    *,
    manifest: Callable[[BinaryIO], object] | None = None,
) -> None:
    """Write every output, each whole or not at all. `manifest` writes that one (`Manifest.write`).

    Raises UnknownFormat and OutputError.
    """
    check_outputs(outputs, manifest=manifest is not None)
    for item in outputs:
        with output(item.path) as stream:
            if item.format == MANIFEST and manifest is not None:
                manifest(stream)
            else:
                FACES[item.format].write(report, texts, lang, stream)
