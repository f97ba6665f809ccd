"""The report on paper, by reportlab: what an auditor prints, signs under, and files.

It holds every criterion with its why, its measures and first places of evidence, and bounded tables of the rest; the
JSON report has the whole. Every page says that it is no certificate, and of which scan it is. The bytes depend on the
report, the language and the version of reportlab, and on no clock.
"""

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from reportlab.platypus import Flowable

from cpo_scan.report import exported, phrases, said, view
from cpo_scan.report.pdf_paper import Paper
from cpo_scan.report.pdf_people import people
from cpo_scan.report.read import Report
from cpo_scan.report.texts import Texts

Row = dict[str, Any]

_GAPS = 10
_PLACES = 5  # places of evidence that a criterion shows
_ROWS = 200  # rows of a table; the JSON report has all
_MEASURES = 12  # measures that a criterion shows


def write_pdf(report: Report, texts: Texts, lang: str, stream: BinaryIO) -> None:
    """The document's bytes."""
    face = _Pdf(report, texts, lang)
    paper = face.paper
    asked = people(paper, report, texts, lang)
    story = [*face.first(), *face.gaps(), *asked, *face.criteria(), *face.tables(), *face.not_read(), *face.again()]
    title = f"{texts.label('report.title', lang)} – {exported.product_name(report, texts, lang)}"

    def foot(page: int) -> tuple[str, str]:
        certificate = texts.label("report.not_certificate", lang)
        version, digest = report.tool["version"], report.scan_digest[:16]
        short = title if len(title) <= 70 else f"{title[:69]}…"
        left = texts.label("pdf.foot", lang, title=short, certificate=certificate, version=version, digest=digest)
        return left, texts.label("pdf.page", lang, page=page)

    paper.write(
        story,
        stream,
        title=title,
        subject=texts.label("report.not_certificate", lang),
        lang=lang,
        moment=exported.finished(report),
        foot=foot,
    )


class _Pdf:
    def __init__(self, report: Report, texts: Texts, lang: str) -> None:
        self.paper = Paper()
        self._report, self._texts, self._lang = report, texts, lang
        self._seen = view.survey(report, _ROWS)

    def _label(self, code: str, **params: Any) -> str:
        return self._texts.label(code, self._lang, **params)

    def _lead(self, code: str, **params: Any) -> str:
        return f"{self._label(code, **params).removesuffix(':')}:"

    def _level(self, row: Row) -> str:
        codes = [f"report.obligation.{row['obligation']}"]
        codes += [f"report.basis.{row['obligation_basis']}"] if row["obligation_basis"] else []
        return ", ".join(self._label(code) for code in codes)

    def _outcome(self, row: Row) -> str:
        return self._label(f"report.outcome.{row['outcome']}")

    def _head(self, *codes: str) -> list[str]:
        return [self._label(code) for code in codes]

    # -- the first page ------------------------------------------------------------------------------------------------

    def first(self) -> Iterator[Flowable]:
        report, paper = self._report, self.paper
        yield paper.heading(self._label("report.title"), 0)
        yield paper.text(exported.product_name(report, self._texts, self._lang), "strong")
        for line in exported.notice(report, self._texts, self._lang):
            yield paper.text(line)
        if report.view != "auditor":
            yield paper.text(self._label("report.view.title", view=self._label(f"report.view.{report.view}")), "strong")
            left_out = "; ".join(self._texts.message(one, self._lang) for one in report.left_out)
            yield paper.text(left_out, before=self._lead("report.view.left_out"))
        done, still, every = view.decided(report)
        yield paper.text(self._label("report.decided", decided=done, open=still, all=every), "strong")
        if report.gate.get("met") is not None:
            yield paper.text(phrases.gate(report.gate, self._texts, self._lang), before=self._lead("report.gate"))
        lost = sum(row["severity"] == "lost" for row in view.coverage_rows(report))
        if lost:
            yield paper.text(self._label("report.progress.lost", count=lost), "strong")
        yield paper.gap()
        yield paper.table([], list(self._facts()), (1, 3))
        yield from self._deliverables()
        yield from self._counts()

    def _facts(self) -> Iterator[Sequence[str]]:
        report, unknown = self._report, self._label("report.unknown")
        product, run, coverage = report.product, report.run, report.coverage
        who = " @ ".join(str(run[key]) for key in ("user", "host") if run.get(key))
        yield self._label("report.vendor"), str(product.get("vendor") or unknown)
        yield self._label("report.version"), str(product.get("version") or unknown)
        yield self._label("report.edition"), str(product.get("edition") or unknown)
        for one in product.get("identity") or ():
            words = " ".join(str(one[key]) for key in ("name", "version", "build") if one.get(key))
            yield self._label("report.identity"), f"{words} ({one['source']})"
        yield self._label("report.date"), str(run.get("finished") or unknown)
        yield self._label("report.who"), who or unknown
        if taken := phrases.from_cache(report, self._texts, self._lang):
            yield self._label("report.cache"), taken
        counts = ((coverage["files"], "report.files"), (coverage["members"], "report.members"))
        examined = [f"{phrases.number(count, self._lang)} {self._label(code)}" for count, code in counts]
        examined.append(f"{phrases.size(coverage['bytes'], self._lang)} {self._label('report.bytes')}")
        examined.append(f"{phrases.number(report.finding_count, self._lang)} {self._label('report.findings')}")
        yield self._label("report.examined"), ", ".join(examined)
        yield self._label("report.seal"), report.scan_digest
        yield self._label("report.assessment_digest"), report.assessment_digest

    def _deliverables(self) -> Iterator[Flowable]:
        rows = []
        for one in self._report.product.get("deliverables") or ():
            tree = one.get("tree")
            state = self._label("report.deliverable.missing")
            if one["supplied"] and tree:
                state = f"{phrases.number(tree['files'], self._lang)} {self._label('report.files')}, {tree['digest']}"
            rows.append((one["id"], str(one.get("role") or "–"), state))
        if rows:
            yield self.paper.heading(self._label("report.deliverables"), 1)
            yield self.paper.table([], rows[:_ROWS], (2, 1, 5))
        for one in (self._report.product.get("exclusions") or ())[:_ROWS]:
            yield self.paper.text(f"{one['path']}: {one['reason']}", before=self._lead("report.exclusions"))

    def _counts(self) -> Iterator[Flowable]:
        report, paper = self._report, self.paper
        present = [name for name, count in view.outcome_counts(report.assessment["criteria"]).items() if count]
        matrix = view.matrix(report)
        groups: list[tuple[str, list[Row]]] = []
        for obligation, basis in matrix.columns:
            rows = [row for category in matrix.categories for row in matrix.cell(category, (obligation, basis))]
            groups.append((self._level({"obligation": obligation, "obligation_basis": basis}), rows))
        for category in matrix.categories:
            rows = [row for row in report.assessment["criteria"] if row["category"] == category]
            groups.append((self._texts.category(category, self._lang), rows))
        head = [self._label("report.category"), *(self._label(f"report.outcome.{name}") for name in present)]
        table = [[name, *(str(view.outcome_counts(rows)[one] or "–") for one in present)] for name, rows in groups]
        yield paper.heading(self._label("report.overview"), 1)
        yield paper.table(head, table, (3, *(1.2 for _ in present)))

    def gaps(self) -> Iterator[Flowable]:
        paper, found = self.paper, view.gaps(self._report)
        yield paper.heading(self._label("report.gaps"), 1)
        if not found:
            yield paper.text(self._label("report.gaps.none"))
            return
        rows = []
        for row in found[:_GAPS]:
            todo = phrases.to_do(row, self._texts, self._lang)
            why = phrases.in_short(row, self._report, self._texts, self._lang)
            title = f"{row['id']} {self._texts.title(row, self._lang)}"
            rows.append((title, f"{self._outcome(row)} ({self._level(row)})", why, todo))
        head = (self._label("report.criteria"), "", self._label("report.why"), self._label("report.what_to_do"))
        yield paper.table(head, rows, (3, 2, 4, 4))
        if len(found) > _GAPS:
            yield paper.text(self._label("report.gaps.more", count=len(found) - _GAPS))
        yield paper.text(self._label("report.gaps.order"), "small")

    # -- criteria ------------------------------------------------------------------------------------------------------

    def criteria(self) -> Iterator[Flowable]:
        category = None
        yield self.paper.heading(self._label("report.criteria"), 1)
        for row in self._report.assessment["criteria"]:
            if row["category"] != category:
                category = row["category"]
                yield self.paper.heading(self._texts.category(category, self._lang), 1)
            yield from self._criterion(row)

    def _criterion(self, row: Row) -> Iterator[Flowable]:
        paper, texts, lang = self.paper, self._texts, self._lang
        yield paper.heading(f"{row['id']} {texts.title(row, lang)}", 2)
        yield paper.text(f"({self._level(row)})", before=f"{self._outcome(row)}:")
        if text := texts.text(row["id"], lang):
            yield paper.text(text)
        parts = [
            f"{self._label('report.mode.' + part['mode'])}: {self._label('report.outcome.' + part['outcome'])}"
            for part in row["parts"]
        ]
        if len(parts) > 1:
            yield paper.text("; ".join(parts), before=self._lead("report.parts"))
        yield paper.text("; ".join(phrases.reasons(row, self._report, texts, lang)), before=self._lead("report.why"))
        if measures := list(self._measures(row)):
            yield paper.text("; ".join(measures), before=self._lead("report.measures"))
        if places := list(self._places(row)):
            yield paper.text(self._label("report.evidence"), "strong")
            for place in places:
                yield paper.text(place, "small")
        if todo := phrases.to_do(row, texts, lang):
            yield paper.text(todo, before=self._lead("report.what_to_do"))
        questions = row.get("questions") or {}
        if asked := questions.get(lang) or questions.get("en") or next(iter(questions.values()), ()):
            yield paper.text(" ".join(asked), before=self._lead("report.ask"))
        for layer, words in said.beside(self._report, row["id"]):
            head = [said.head(layer, words, texts, lang), said.state(words, texts, lang)]
            lines = [*(one for one in head if one), *said.lines(layer, words, texts, lang)]
            yield paper.text(". ".join(lines), before=self._lead(f"report.layers.{layer}"))

    def _measures(self, row: Row) -> Iterator[str]:
        known = [self._report.measures[name] for name in row["measures"] if name in self._report.measures]
        for measure in known[:_MEASURES]:
            title = self._texts.measure(measure, self._lang)
            yield f"{title} ({measure['id']}) {phrases.measured(measure, self._lang)}"
        if len(known) > _MEASURES:
            yield self._label("report.more", count=len(known) - _MEASURES)

    def _places(self, row: Row) -> Iterator[str]:
        shown = 0
        for identity in row["findings"][:_PLACES]:
            found = self._report.finding(identity)
            if found is None or not found["evidence"]:
                continue
            shown += 1
            piece = found["evidence"][0]
            where = phrases.place(piece.get("locator") or {}, self._texts, self._lang)
            strength = self._label(f"report.strength.{found['strength']}")
            words = f"{phrases.named(found)} ({strength}): {piece['artifact']}" + (f", {where}" if where else "")
            yield words + (f" – {piece['excerpt']}" if piece.get("excerpt") else "")
        whole = (row.get("findings_whole") or {}).get("total", len(row["findings"]))
        if whole > shown:
            yield self._label("report.more", count=whole - shown)

    # -- what was seen -------------------------------------------------------------------------------------------------

    def tables(self) -> Iterator[Flowable]:
        yield from self._exchange()
        paper, seen = self.paper, self._seen
        yield paper.heading(self._label("report.interfaces"), 1)
        rows = [self._interface(row) for row in seen.interfaces]
        codes: tuple[str, ...] = (
            "report.interface",
            "report.family",
            "report.described",
            "report.valid",
            "report.whose",
            "report.where",
        )
        yield from self._listed(codes, rows, (3, 1.6, 2, 1.5, 2, 3), "report.interfaces.none", ("api.description",))
        if seen.declared:
            words = self._label("report.interfaces.declared", count=seen.declared, undescribed=seen.undescribed)
            yield paper.text(words, "small")
        yield paper.heading(self._label("report.extensions"), 1)
        extensions = [*seen.points, *seen.surfaces, *seen.parts][:_ROWS]
        named = [
            (self._texts.kind(row["kind"], self._lang), phrases.named(row), *self._whose(row)) for row in extensions
        ]
        codes = ("report.kind", "report.name", "report.whose", "report.where")
        kinds = ("extension.point", "sdk.surface", "sdk.part")
        yield from self._listed(codes, named, (1.5, 3, 2, 4), "report.extensions.none", kinds)
        yield paper.heading(self._label("report.documents"), 1)
        sets = [
            (
                str(row["attributes"].get("root") or row["evidence"][0]["artifact"]),
                str(row["attributes"].get("format")),
                phrases.attribute(row["attributes"].get("documents")),
                phrases.topics(row["attributes"].get("topics"), self._texts, self._lang),
            )
            for row in seen.documents
        ]
        codes = ("report.root", "report.format", "report.documents.count", "report.topics")
        yield from self._listed(codes, sets, (3, 1, 1, 4), "report.documents.none", ("docs.set",))

    def _exchange(self) -> Iterator[Flowable]:
        paper, found = self.paper, self._seen.exchange
        yield paper.heading(self._label("report.exchange"), 1)
        if not found:
            yield paper.text(self._label("report.exchange.none"))
            return
        rows = []
        for standard, cells in list(found.items())[:_ROWS]:
            row = [self._texts.standard(standard).name]
            for column in view.DIRECTIONS:
                cell = cells.get(column)
                words = self._label(f"report.strength.{cell.strength}") if cell else "–"
                row.append(f"{words} *" if cell and cell.elsewhere else words)
            rows.append(row)
        head = self._head("report.standard", *(f"report.column.{column}" for column in view.DIRECTIONS))
        yield paper.table(head, rows, (3, *(1.4 for _ in view.DIRECTIONS)))
        if len(found) > _ROWS:
            yield paper.text(self._label("report.more", count=len(found) - _ROWS))
        yield paper.text(f"* {self._label('report.elsewhere')}", "small")

    def _interface(self, row: Row) -> Sequence[str]:
        attributes = row["attributes"]
        top, bottom = attributes.get("documented_operations"), attributes.get("operations")
        valid = {True: "true", False: "false"}.get(attributes.get("valid"), "null")
        return (
            phrases.named(row),
            f"{attributes.get('family', '')} {attributes.get('version', '')}",
            f"{phrases.attribute(top)} / {phrases.attribute(bottom)}",
            self._label(f"report.valid.{valid}"),
            *self._whose(row),
        )

    def _whose(self, row: Row) -> tuple[str, str]:
        words = self._head(f"report.origin.{row['origin']}", f"report.offered.{row['offered']}")
        return ", ".join(words), str(row["evidence"][0]["artifact"]) if row["evidence"] else "–"

    def _listed(
        self,
        codes: Sequence[str],
        rows: Sequence[Sequence[str]],
        shares: Sequence[float],
        none: str,
        kinds: Sequence[str],
    ) -> Iterator[Flowable]:
        """A table of findings, or that there are none; and how many are not shown."""
        if not rows:
            yield self.paper.text(self._label(none))
            return
        yield self.paper.table(self._head(*codes), rows[:_ROWS], shares)
        whole = sum(self._seen.totals[kind] for kind in kinds)
        if whole > min(len(rows), _ROWS):
            yield self.paper.text(self._label("report.more", count=whole - min(len(rows), _ROWS)))

    # -- what was not seen, and how to do it again ---------------------------------------------------------------------

    def not_read(self) -> Iterator[Flowable]:
        paper, found = self.paper, view.coverage_rows(self._report)
        yield paper.heading(self._label("report.coverage"), 1)
        if not found:
            yield paper.text(self._label("report.coverage.none"))
            return
        rows = [
            (
                row["artifact"],
                self._label(f"report.severity.{row['severity']}"),
                self._texts.message(row["reason"], self._lang),
                ", ".join(row.get("affects") or ()),
            )
            for row in found[:_ROWS]
        ]
        head = self._head("report.artifact", "report.status", "report.reason", "report.affects")
        yield paper.table(head, rows, (4, 1.5, 4, 2))
        if len(found) > _ROWS:
            yield paper.text(self._label("report.more", count=len(found) - _ROWS))

    def again(self) -> Iterator[Flowable]:
        report, paper = self._report, self.paper
        yield paper.heading(self._label("report.probes"), 1)
        yield paper.text(self._label("report.probes.how"))
        rows = [
            (
                f"{row['id']} {row['version']}",
                self._label(f"report.status.{row['status']}"),
                "; ".join([*(self._texts.message(one, self._lang) for one in row["problems"]), *row["limitations"]]),
            )
            for row in report.probes
        ]
        yield paper.table(self._head("report.probe", "report.status", "report.limitations"), rows, (2, 1, 5))
        yield paper.heading(self._label("report.again"), 1)
        yield paper.text(self._label("report.again.how"))
        files = [*report.assessment["rules"], *report.rules]
        digests = [(f"{row['kind']}: {row['id']} {row['version']}", row["sha256"]) for row in files]
        yield paper.table(self._head("report.rules", "pdf.sha256"), digests, (2, 4))
        libraries = ", ".join(f"{name} {version}" for name, version in sorted(report.tool["libraries"].items()))
        yield paper.text(libraries, before=self._lead("report.libraries"))
        yield paper.text(phrases.attribute(report.options), before=self._lead("report.options"))
        yield paper.gap(8)
        yield paper.text(self._label("pdf.cut"), "small")
        if paper.escaped:
            yield paper.text(self._label("pdf.escaped"), "small")
