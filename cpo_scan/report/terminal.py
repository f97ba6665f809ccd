"""The summary on the terminal: what a person wants to know after a scan, on one screen."""

import os
import shutil
import unicodedata
from typing import Any, TextIO

from cpo_scan.report import phrases, said, view
from cpo_scan.report.inert import visible
from cpo_scan.report.read import Report
from cpo_scan.report.texts import Texts

# a sign beside every colour: the summary reads the same without it; SGR codes are those of ECMA-48 §8.3.117
_LOOKS = {
    "evidenced": ("+", "32"),
    "inconclusive": ("~", "33"),
    "no_evidence": ("o", "35"),
    "contradicted": ("x", "31"),
    "not_examined": ("/", "90"),
    "needs_human": ("?", "34"),
    "not_applicable": ("-", "90"),
}
_GAPS = 5
_LEAST, _MOST = 60, 110  # columns


def wants_colour(stream: TextIO) -> bool:
    """Colour only on a terminal, and never against NO_COLOR or TERM=dumb."""
    return stream.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def print_summary(report: Report, texts: Texts, lang: str, stream: TextIO, *, width: int | None = None) -> None:
    """Write the summary to a stream; its encoding may be poor, then signs that it lacks become `?`."""
    columns = width or shutil.get_terminal_size((96, 40)).columns
    text = summary(report, texts, lang, width=columns, colour=wants_colour(stream))
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "replace").decode(encoding))


def summary(report: Report, texts: Texts, lang: str, *, width: int = 96, colour: bool = False) -> str:
    """The summary as text: head, counts per obligation, the five gaps that matter most, what was not read."""
    page = _Page(report, texts, lang, min(max(width, _LEAST), _MOST), colour)
    return "\n".join([*page.head(), "", *page.counts(), "", *page.gaps(), "", *page.foot()]) + "\n"


class _Page:
    def __init__(self, report: Report, texts: Texts, lang: str, width: int, colour: bool) -> None:
        self.report = report
        self.texts = texts
        self.lang = lang
        self.width = width
        self.colour = colour

    def head(self) -> list[str]:
        product, coverage = self.report.product, self.report.coverage
        name = visible(str(product.get("name") or self.label("report.unnamed")))
        title = " ".join(visible(str(part)) for part in (name, product.get("version")) if part)
        vendor = f" · {visible(str(product['vendor']))}" if product.get("vendor") else ""
        parts = product.get("deliverables") or ()
        scope = (
            self.label("report.scope.deliverables", supplied=sum(one["supplied"] for one in parts), all=len(parts))
            if product.get("name")
            else self.label("report.scope.files")
        )
        sizes = " · ".join([
            f"{self.number(coverage['files'])} {self.label('report.files')}",
            f"{self.number(coverage['members'])} {self.label('report.members')}",
            phrases.size(coverage["bytes"], self.lang),
            f"{self.number(self.report.finding_count)} {self.label('report.findings')}",
        ])  # fmt: skip
        return [self.paint(self.cut(title + vendor), "1"), self.cut(f"{scope} · {sizes}")]

    def counts(self) -> list[str]:
        matrix = view.matrix(self.report)
        names = []
        for obligation, basis in matrix.columns:
            words = [self.label(f"report.obligation.{obligation}")]
            words += [self.label(f"report.basis.{basis}")] if basis else []
            names.append(visible(", ".join(words)))
        wide = max((_columns(name) for name in names), default=0)
        lines = []
        for name, column in zip(names, matrix.columns, strict=True):
            rows = [row for category in matrix.categories for row in matrix.cell(category, column)]
            room = max(10, self.width - wide - 8)
            bar = "".join(
                self.paint(_LOOKS[outcome][0] * count, _LOOKS[outcome][1])
                for outcome, count in _fitted(view.outcome_counts(rows), len(rows), room).items()
            )
            lines.append(f"  {_pad(name, wide)}  {len(rows):>3} {bar}")
        legend = [
            f"{self.paint(_LOOKS[outcome][0], _LOOKS[outcome][1])} {self.label(f'report.outcome.{outcome}')} {count}"
            for outcome, count in view.outcome_counts(self.report.assessment["criteria"]).items()
            if count
        ]
        return [*lines, "", *self.wrap(legend)]

    def gaps(self) -> list[str]:
        gaps = view.gaps(self.report)
        if not gaps:
            return [self.cut(self.label("report.gaps.none"))]
        lines = [self.paint(self.label("report.gaps"), "1")]
        for row in gaps[:_GAPS]:
            sign, look = _LOOKS[row["outcome"]]
            level = self.label(f"report.obligation.{row['obligation']}")
            basis = self.label(f"report.basis.{row['obligation_basis']}") if row["obligation_basis"] else ""
            what = f"{row['id']} {self.texts.title(row, self.lang)} ({', '.join(p for p in (level, basis) if p)})"
            lines.append(f"  {self.paint(sign, look)} {self.cut(visible(what), 4)}")
            outcome = self.label(f"report.outcome.{row['outcome']}")
            why = phrases.in_short(row, self.report, self.texts, self.lang)
            lines.append(f"    {self.cut(visible(f'{outcome}: {why}' if why else outcome), 4)}")
        if len(gaps) > _GAPS:
            lines.append("    " + self.cut(self.label("report.gaps.more", count=len(gaps) - _GAPS), 4))
        return lines

    def foot(self) -> list[str]:
        lines = []
        lost = sum(row["severity"] == "lost" for row in view.coverage_rows(self.report))
        if lost:
            lines.append(self.paint(self.cut("! " + self.label("report.progress.lost", count=lost)), "31"))
        for probe in self.report.probes:
            if probe["status"] == "failed":
                why = self.texts.message(probe["problems"][:1], self.lang)
                words = f"! {probe['id']}: {self.label('report.status.failed')} {why}"
                lines.append(self.paint(self.cut(visible(words)), "31"))
        for line in said.tally(self.report, self.texts, self.lang):
            lines += self.wrap(line.split(" "), " ", "")
        if taken := phrases.from_cache(self.report, self.texts, self.lang):
            lines += self.wrap(visible(taken).split(" "), " ", "")
        gate = self.report.gate
        if gate.get("met") is not None:
            lines.append(
                self.paint(
                    self.cut(visible(phrases.gate(gate, self.texts, self.lang))), "32;1" if gate["met"] else "31;1"
                )
            )
        else:
            done, still, every = view.decided(self.report)
            lines.append(self.cut(self.label("report.decided", decided=done, open=still, all=every)))
        caution = self.label("report.not_certificate")
        if any(rule.get("provisional") for rule in self.report.assessment["rules"]):
            caution += " " + self.label("report.provisional")
        return [*lines, *self.wrap(caution.split(), " ", "")]

    def label(self, code: str, **params: Any) -> str:
        return self.texts.label(code, self.lang, **params)

    def number(self, value: int) -> str:
        return phrases.number(value, self.lang)

    def paint(self, text: str, look: str) -> str:
        return f"\x1b[{look}m{text}\x1b[0m" if self.colour and text else text

    def cut(self, text: str, indent: int = 0) -> str:
        room = self.width - indent
        if _columns(text) <= room:
            return text
        while _columns(text) > room - 1:
            text = text[:-1]
        return text.rstrip() + "…"

    def wrap(self, words: list[str], glue: str = "   ", indent: str = "  ") -> list[str]:
        lines: list[str] = []
        line = ""
        for word in words:
            longer = f"{line}{glue}{word}" if line else indent + word
            if line and _columns(longer) > self.width:
                lines.append(line)
                longer = indent + word
            line = longer
        return [*lines, line] if line else lines


def _fitted(counts: dict[str, int], total: int, room: int) -> dict[str, int]:
    """One sign a criterion where that fits, else in proportion; what there is keeps at least one sign."""
    if total <= room:
        return counts
    return {name: max(1, count * room // total) if count else 0 for name, count in counts.items()}


def _columns(text: str) -> int:
    """Columns that a text takes on a terminal (UAX #11: wide and fullwidth take two), colour codes none."""
    plain = text
    while "\x1b[" in plain:
        head, _, rest = plain.partition("\x1b[")
        plain = head + rest.partition("m")[2]
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in plain
    )


def _pad(text: str, width: int) -> str:
    return text + " " * max(0, width - _columns(text))
