"""From findings to a report that people and machines read.

The engine's way through it, in a few calls:

    outputs = [parse_output("html=report.html")]; check_outputs(outputs, manifest=True)    # before the work
    body = write_body(store, facts)                      # -> SealedBody, with its scan_digest; `store` is the spool
    report = make_report(body, assessment=assessment, layers=layers, gate=gate, run=run)
    texts = rule_texts(book.messages, book.catalogue, book.measures)
    write_outputs(report, outputs, texts, "en", manifest=manifest.write); print_summary(report, texts, "en", sys.stdout)

The report lives in the store's private folder until it is written; all faces take a `Report`, and `read_report` gives
the same for a file, so that `scan` and `render` go one way. `Report.sealed` gives the body of a read report, to put
another assessment around it. Rows of a report are plain data in the shape of `rules/schemas/report-1.json`.
"""

from cpo_scan.report.body import SealedBody, Spool, write_body
from cpo_scan.report.formats import Output, UnknownFormat, check_outputs, output_formats, parse_output, write_outputs
from cpo_scan.report.read import Report, ReportError, read_report
from cpo_scan.report.terminal import print_summary
from cpo_scan.report.texts import Texts, rule_texts
from cpo_scan.report.write import OutputError, make_report, output, write_report

__all__ = [
    "Output",
    "OutputError",
    "Report",
    "ReportError",
    "SealedBody",
    "Spool",
    "Texts",
    "UnknownFormat",
    "check_outputs",
    "make_report",
    "output",
    "output_formats",
    "parse_output",
    "print_summary",
    "read_report",
    "rule_texts",
    "write_body",
    "write_outputs",
    "write_report",
]
