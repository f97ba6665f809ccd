"""Which faces a report has: `-o FORMAT=PATH`, repeatable, for `scan` and `render` alike."""

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import BinaryIO

import msgspec

from cpo_scan.report.audience import View, seen_by
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
    views: bool = False  # does it say on itself for whom it is, and what was left out?
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


def _sarif(report: Report, texts: Texts, lang: str, stream: BinaryIO) -> None:
    from cpo_scan.report.sarif import write_sarif

    write_sarif(report, texts, lang, stream)


def _openacr(report: Report, texts: Texts, lang: str, stream: BinaryIO) -> None:
    from cpo_scan.report.openacr import write_openacr

    write_openacr(report, texts, lang, stream)


def _pdf(report: Report, texts: Texts, lang: str, stream: BinaryIO) -> None:
    from cpo_scan.report.pdf import write_pdf

    write_pdf(report, texts, lang, stream)


def _parquet(report: Report, _texts: Texts, _lang: str, stream: BinaryIO) -> None:
    from cpo_scan.report.parquet import write_parquet

    write_parquet(report, stream)


def _oscal(report: Report, texts: Texts, lang: str, stream: BinaryIO) -> None:
    from cpo_scan.report.oscal import write_oscal

    write_oscal(report, texts, lang, stream)


def _cyclonedx(report: Report, texts: Texts, lang: str, stream: BinaryIO) -> None:
    from cpo_scan.report.cyclonedx import write_cyclonedx

    write_cyclonedx(report, texts, lang, stream)


def _intoto(report: Report, texts: Texts, lang: str, stream: BinaryIO) -> None:
    from cpo_scan.report.intoto import write_intoto

    write_intoto(report, texts, lang, stream)


FACES: dict[str, Face] = {
    "json": Face(purpose="the whole report, for machines and for `render`", write=_json),
    "html": Face(purpose="one page for people, offline, English and German", write=_html, views=True),
    "markdown": Face(purpose="a summary for pull requests", write=_markdown, views=True),
    "sarif": Face(purpose="criteria that are not met, for code scanning", write=_sarif),
    "junit": Face(purpose="criteria as test cases, for build servers", write=_junit),
    "oscal": Face(purpose="OSCAL assessment results, with catalogue and plan, for GRC systems", write=_oscal),
    "cyclonedx": Face(purpose="CycloneDX declarations on the criteria, with the components", write=_cyclonedx),
    "intoto": Face(purpose="an in-toto statement on the deliverables, unsigned, to be signed by others", write=_intoto),
    "openacr": Face(purpose="the criteria in the form of an OpenACR, for procurement", write=_openacr),
    "csv": Face(purpose="the auditor's worksheet, one row per criterion", write=_csv),
    "xlsx": Face(purpose="the same as a spreadsheet", write=_xlsx, needs="openpyxl", install="cpo-scan[xlsx]"),
    "pdf": Face(purpose="the report on paper", write=_pdf, views=True, needs="reportlab", install="cpo-scan[pdf]"),
    "sqlite": Face(purpose="all findings as a database, for people who ask with SQL", write=_sqlite),
    "parquet": Face(
        purpose="all findings as a table, for many reports at once",
        write=_parquet,
        needs="pyarrow",
        install="cpo-scan[parquet]",
    ),
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


def check_outputs(outputs: Sequence[Output], *, manifest: bool, view: View = View.AUDITOR) -> None:
    """Complain before the work and not after it: two outputs on one path, a manifest where there is no scan, or a
    format that would show more than the view."""
    seen: set[str] = set()
    for item in outputs:
        if item.path in seen:
            raise UnknownFormat(f"-o {item.format}={item.path}: two outputs go to {item.path}")
        seen.add(item.path)
        face = FACES.get(item.format)
        if face is not None and face.needs and find_spec(face.needs) is None:
            raise UnknownFormat(f"-o {item.format}={item.path}: needs {face.needs}: pip install '{face.install}'")
        if view is not View.AUDITOR and not (face and face.views):
            able = ", ".join(name for name, one in FACES.items() if one.views)
            raise UnknownFormat(f"-o {item.format}={item.path}: holds the whole report; --view {view} is for {able}")
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
    view: View = View.AUDITOR,
) -> None:
    """Write every output, each whole or not at all. `manifest` writes that one (`Manifest.write`).

    Raises UnknownFormat and OutputError.
    """
    check_outputs(outputs, manifest=manifest is not None, view=view)
    report = seen_by(report, view)
    for item in outputs:
        with output(item.path) as stream:
            if item.format == MANIFEST and manifest is not None:
                manifest(stream)
            else:
                FACES[item.format].write(report, texts, lang, stream)
