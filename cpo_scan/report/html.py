"""The HTML page: one file, no request, both languages inside, hostile text inert.

Everything passes Jinja's autoescape; what is Markup here is built from escaped pieces. The content security policy
names the hashes of our own style and script, so that nothing else could run even if a text got out of its place.
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import msgspec
from jinja2 import Environment, PackageLoader, Undefined, select_autoescape
from markupsafe import Markup, escape

from cpo_scan.report import exits, listing, nonconformities, phrases, requirements, said, view
from cpo_scan.report.candidates import candidate
from cpo_scan.report.inert import visible
from cpo_scan.report.read import Report
from cpo_scan.report.texts import LANGUAGES, Texts

_MENDED = ("measure.not_met", "measure.refuted", "measure.too_weak", "measure.not_stated", "measure.offer_unknown")
"""Why a measure did not count a finding, where the vendor can do something about it."""
_LACKING = 5  # things that a vendor reads of a gap, first of all


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What a page shows of long lists; the number of what it leaves out stands beside each."""

    findings: int = 12  # of a criterion
    pieces: int = 3  # of evidence of a finding
    entries: int = 40  # of a measure's lists
    table: int = 500  # rows of a table of findings
    coverage: int = 300  # rows of a severity
    artifacts: int = 1_000
    listed: int = 2_000  # findings in the list that can be searched


def render_html(report: Report, texts: Texts, lang: str, limits: Limits | None = None) -> bytes:
    """The page as UTF-8; `lang` is the language that it opens in."""
    page = _Page(report, texts, lang, limits or Limits())
    return page.render().encode("utf-8", "replace")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("cpo_scan.report", "templates"),
        autoescape=select_autoescape(("html",), default=True),
        trim_blocks=True,
    )
    environment.filters.update(
        visible=lambda value: "" if isinstance(value, Undefined) else visible(str(value)),
        named=phrases.named,
        attribute=_attribute,
        anchor=anchor,
    )
    return environment


@cache
def _static(name: str) -> Markup:
    """A part of the page that is the same in every report. It holds no text of a target."""
    template = _environment().get_template(name)
    return Markup(str(template.render(outcomes=view.OUTCOMES)).strip())


class _Page:
    def __init__(self, report: Report, texts: Texts, lang: str, limits: Limits) -> None:
        self.report = report
        self.texts = texts
        self.lang = lang
        self.limits = limits
        self.seen = view.survey(report, limits.table)
        self.ways_out = exits.exits(report, self.seen.capabilities, texts)
        self.measures = {name: _things_first(row) for name, row in report.measures.items()}
        self.findings = self._cited()

    def render(self) -> str:
        css, js, print_css = _static("page.css"), _static("page.js"), Markup(self._print_css())
        report = self.report
        coverage = self._coverage()
        matrix = view.matrix(report)
        listed = listing.rows(report, self.seen.kinds, self.limits.listed)
        return _environment().get_template("page.html").render(
            report=report, lang=self.lang, css=css, js=js, print_css=print_css, symbols=_static("symbols.svg"),
            policy=_policy(js, css, print_css),
            t=self.label, plain=lambda code: self.texts.label(code, self.lang), labels=self.labels, say=self.say,
            at=lambda locator: self.both(lambda lang: phrases.place(locator, self.texts, lang)),
            size=lambda count: self.both(lambda lang: phrases.size(count, lang)),
            measured=lambda row: self.both(lambda lang: phrases.measured(row, lang)),
            why=lambda reason: self.both(lambda lang: phrases.why(reason, report, self.texts, lang)),
            in_short=lambda row: self.both(lambda lang: phrases.in_short(row, report, self.texts, lang)),
            meaning=lambda row: self.both(lambda lang: phrases.meaning(row, self.texts, lang)),
            is_expression=phrases.is_expression,
            left_out=lambda row: any(reason["code"] == "gap.left_out" for reason in row["rationale"]),
            exhibits=view.exhibits,
            to_do=lambda row: self.both(lambda lang: phrases.to_do(row, self.texts, lang)),
            kind_title=lambda name: self.both(lambda lang: self.texts.kind(name, lang)),
            kind_labels=self._kind_labels, kind_plain=lambda name: visible(self.texts.kind(name, self.lang)),
            minimum=self._minimum, percent=_percent, whole=_whole, rank=view.rank,
            title=lambda row: self.both(lambda lang: self.texts.title(row, lang)),
            wording=lambda row: self.both(lambda lang: self.texts.text(row["id"], lang)),
            questions=_questions,
            measures_of=self._measures_of, deciding=phrases.deciding,
            category_name=lambda name: self.both(lambda lang: self.texts.category(name, lang)),
            measure_title=lambda row: self.both(lambda lang: self.texts.measure(row, lang)),
            standard_text=self.texts.standard, standard_names=self._standard_names,
            data_class=lambda name: self.both(lambda lang: self.texts.data_class(name, lang)),
            role_name=lambda name: self.both(lambda lang: self._word("report.role.", name, lang)),
            topics=lambda names: self.both(lambda lang: phrases.topics(names, self.texts, lang)),
            candidate=self._candidate,
            via=lambda name: self.both(lambda lang: self._word("report.via.", name, lang)), needed=self._needed,
            exits=self.ways_out, classes=exits.data_classes(self.seen.capabilities, self.texts),
            options=exits.options(self.seen.capabilities),
            horizon=exits.horizon(self.seen.interfaces, self.seen.changes), endings=self._endings(),
            unlisted=exits.unlisted(self.seen.interfaces),
            compared=any(probe["id"] == "api.releases" and probe["status"] == "ok" for probe in report.probes),
            kits=listing.kits(self.seen.parts), ladder=view.ladder(self.seen), count=self._count,
            listed=len(listed), listing=listing.embedded(listed, self.texts), lacking_of=self._lacking,
            view_title=self.both(self._view_title),
            described=lambda row: self.both(lambda lang: phrases.measured(_described(row), lang)),
            described_measure=_described,
            layers=lambda name: said.beside(report, name), stale=lambda row: view.stale(report, row),
            **self._asked(),
            claims=said.groups(report), known={row["id"] for row in report.assessment["criteria"]},
            about=lambda row: self.both(lambda lang: said.about(row, self.texts, lang)),
            said_head=lambda layer, row: self.both(lambda lang: said.head(layer, row, self.texts, lang)),
            said_state=lambda row: self.both(lambda lang: said.state(row, self.texts, lang)),
            said_lines=self._said_lines,
            rest=self._rest,
            product_name=self._product_name(self.lang), product_name_rich=self.both(self._product_name),
            scope=self._scope(), date=self._date(), who=_who(report.run),
            from_cache=self.both(lambda lang: phrases.from_cache(report, self.texts, lang)),
            provisional=any(rule.get("provisional") for rule in report.assessment["rules"]),
            gate=self._gate(), decided=self._decided(),
            examined=self._examined(), unexamined=self._unexamined(coverage),
            matrix=matrix, outcomes=view.OUTCOMES, obligations=view.OBLIGATIONS, directions=view.DIRECTIONS,
            counts=view.outcome_counts(report.assessment["criteria"]),
            tallies=[
                (self.both(partial(self.texts.category, name)),
                 view.outcome_counts(self._criteria_of(name)))
                for name in matrix.categories
            ],
            strips=view.strips(matrix), criteria_of=self._criteria_of, gaps=view.gaps(report),
            findings=self.findings, seen=self.seen,
            limits=self.limits, coverage=coverage, coverage_total=sum(total for _, _, total in coverage),
            artifacts=report.artifacts[: self.limits.artifacts],
        )  # fmt: skip

    # -- words

    def both(self, make: Callable[[str], str]) -> Markup:
        """A text in all languages; the style sheet shows the one that the page's language names."""
        made = {lang: visible(make(lang)) for lang in LANGUAGES}
        if len(set(made.values())) == 1:
            return escape(made["en"])
        return Markup("").join(
            Markup('<span class="t" lang="{}">{}</span>').format(lang, text) for lang, text in made.items()
        )

    def label(self, code: str, **params: Any) -> Markup:
        """One of our own texts."""
        return self.both(lambda lang: self.texts.label(code, lang, **params))

    def labels(self, code: str, *, aria: bool = False, prefix: str = "", row: Any = None) -> Markup:
        """Attributes with a text in all languages, for what can't hold elements; the script takes the right one."""

        def text(lang: str) -> str:
            words = self.texts.label(code, lang)
            if row is not None:
                words = f"{row['id']} {self.texts.title(row, lang)}: {words}"
            return visible(prefix + words)

        parts = [Markup('data-label-{}="{}"').format(lang, text(lang)) for lang in LANGUAGES]
        if aria:
            parts.append(Markup('aria-label="{}"').format(text(self.lang)))
        return Markup(" ").join(parts)

    def _kind_labels(self, name: str) -> Markup:
        parts = [Markup('data-label-{}="{}"').format(lang, visible(self.texts.kind(name, lang))) for lang in LANGUAGES]
        return Markup(" ").join(parts)

    def say(self, value: Any) -> Markup:
        """A text of the report, in all languages."""
        if isinstance(value, Undefined) or not value:
            return Markup("")
        return self.both(lambda lang: self.texts.message(value, lang))

    # -- the head

    def _product_name(self, lang: str) -> str:
        return visible(self.report.product.get("name") or self.texts.label("report.unnamed", lang))

    def _scope(self) -> Markup:
        product = self.report.product
        if not product.get("name"):
            return self.label("report.scope.files")
        parts = product.get("deliverables") or ()
        return self.label("report.scope.deliverables", supplied=sum(one["supplied"] for one in parts), all=len(parts))

    def _date(self) -> str:
        when = self.report.run.get("finished") or self.report.run.get("started")
        return visible(str(when)).replace("T", " ")[:16] + " UTC" if when else ""

    def _gate(self) -> Markup:
        gate = self.report.gate
        if gate.get("met") is None:
            return Markup("")
        return self.both(lambda lang: phrases.gate(gate, self.texts, lang))

    def _decided(self) -> Markup:
        done, still, every = view.decided(self.report)
        return self.label("report.decided", decided=done, open=still, all=every)

    def _examined(self) -> list[tuple[Markup, str]]:
        coverage, probes = self.report.coverage, self.report.probes
        whole = sum(probe["status"] == "ok" for probe in probes)
        return [
            (self._count(coverage["files"]), "report.files"),
            (self._count(coverage["members"]), "report.members"),
            (self.both(lambda lang: phrases.size(coverage["bytes"], lang)), "report.bytes"),
            (self._count(len(coverage.get("formats") or ())), "report.recognised"),
            (self._count(self.report.finding_count), "report.findings"),
            (Markup("{} / {}").format(whole, len(probes)), "report.probes.ran"),
        ]

    def _unexamined(self, coverage: list[tuple[str, list[Any], int]]) -> list[tuple[Markup, str, bool]]:
        totals = {severity: total for severity, _, total in coverage}
        criteria = self.report.assessment["criteria"]
        lost = totals.get("lost", 0)
        missing = sum(not one["supplied"] for one in self.report.product.get("deliverables") or ())
        broken = sum(probe["status"] != "ok" for probe in self.report.probes)
        return [
            (self._count(lost), "report.lost", lost > 0),
            (self._count(sum(totals.values()) - lost), "report.left_out", False),
            (self._count(missing), "report.missing_parts", missing > 0),
            (self._count(broken), "report.probes.not_whole", any(p["status"] == "failed" for p in self.report.probes)),
            (self._count(sum(row["outcome"] == "needs_human" for row in criteria)), "report.open_for_people", False),
        ]

    def _count(self, value: int) -> Markup:
        return self.both(lambda lang: phrases.number(value, lang))

    # -- rows

    def _cited(self) -> dict[str, Any]:
        """The findings that the page shows with criteria and measures, by id."""
        wanted: set[str] = set()
        for row in self.report.assessment["criteria"]:
            wanted.update(row["findings"][: self.limits.findings])
        for row in self.measures.values():
            for name in ("counted", "not_counted"):
                wanted.update(entry["finding"] for entry in row[name][: self.limits.entries])
        for claim in self.report.layers.get("claims", ()):
            wanted.update((claim.get("findings") or ())[:3])
        for row in self.report.layers.get("requirements", ()):
            wanted.update(identity for link in row["links"] for identity in link["findings"][:3])
        found = ((name, self.report.finding(name)) for name in wanted)
        return {name: row for name, row in found if row is not None}

    def _said_lines(self, layer: str, row: Any) -> list[Markup]:
        made = [said.lines(layer, row, self.texts, lang) for lang in LANGUAGES]
        return [self.both(dict(zip(LANGUAGES, texts, strict=True)).__getitem__) for texts in zip(*made, strict=True)]

    def _measures_of(self, row: Any) -> list[Any]:
        """The measures of a criterion, those that its rule reads first."""
        first = phrases.deciding(row)
        names = sorted((one for one in row["measures"] if one in self.measures), key=lambda one: one not in first)
        return [self.measures[one] for one in names]

    def _criteria_of(self, category: str) -> list[Any]:
        return [row for row in self.report.assessment["criteria"] if row["category"] == category]

    def _coverage(self) -> list[tuple[str, list[Any], int]]:
        groups: dict[str, list[Any]] = {}
        for row in view.coverage_rows(self.report):
            groups.setdefault(row["severity"], []).append(row)
        return [(severity, rows[: self.limits.coverage], len(rows)) for severity, rows in groups.items()]

    def _candidate(self, row: Any) -> Markup:
        grade = candidate(row, self.report.assessment)
        if not grade:
            return Markup("")
        code = "report.candidate.clarify" if grade == "clarify" else "report.candidate.graded"
        return self.both(lambda lang: self.texts.label(code, lang, grade=grade))

    def _minimum(self, row: Any) -> Markup:
        return self.both(
            lambda lang: self.texts.label(
                "report.minimum", lang, strength=self.texts.label(f"report.strength.{row['minimum_strength']}", lang)
            )
        )

    def _rest(self, kind: str, rows: list[Any]) -> Markup:
        left = self.seen.totals[kind] - len(rows)
        return (
            Markup('<p class="small muted">{}</p>').format(self.label("report.more", count=left))
            if left
            else Markup("")
        )

    # -- ways out, and what ends

    def _word(self, group: str, name: str, lang: str) -> str:
        """A word of ours by its code; what we have no word for, as it is."""
        words = self.texts.label(f"{group}{name}", lang)
        return name if words == f"{group}{name}" else words

    def _needed(self, availability: str) -> Markup:
        option = availability.removeprefix("option:")
        if option != availability:
            return self.both(lambda lang: f"{self.texts.label('report.option', lang)} {option}")
        return self.both(lambda lang: self._word("report.option.", availability, lang))

    def _standard_names(self, standards: tuple[str, ...]) -> str:
        return ", ".join(visible(self.texts.standard(one).name) for one in standards)

    def _endings(self) -> int:
        """All deprecations and changes there are, listed or not."""
        stated = sum(row["attributes"].get("deprecations_total") or 0 for row in self.seen.interfaces)
        return int(stated) + self.seen.totals["release.change"]

    # -- what customers require and auditors raised

    def _asked(self) -> dict[str, Any]:
        report, texts = self.report, self.texts
        required = requirements.groups(report)
        return {
            "requirements": required,
            "requirements_source": self.both(lambda lang: requirements.source(report, texts, lang)) if required else "",
            "informative": requirements.informative(report),
            "requirement_words": requirements.wording,
            "link_name": lambda link: self.both(lambda lang: requirements.link_name(link, report, texts, lang)),
            "link_answer": lambda link: self.both(lambda lang: requirements.link_answer(link, texts, lang)),
            "nonconformities": nonconformities.listed(report),
        }

    def _view_title(self, lang: str) -> str:
        name = self.texts.label(f"report.view.{self.report.view}", lang)
        return self.texts.label("report.view.title", lang, view=name)

    def _lacking(self, row: Any) -> list[Markup]:
        """The first things that a criterion's measures miss or did not count, for whoever mends them."""
        found: dict[str, Markup] = {}
        for measure in (self.measures[one] for one in row["measures"] if one in self.measures):
            for name in (measure.get("missing") or ())[:_LACKING]:
                found[str(name)] = escape(visible(str(name)))
            for entry in measure["not_counted"][: self.limits.entries]:
                if (entry.get("why") or {}).get("code") not in _MENDED:
                    continue
                text = self.say(entry.get("why"))
                finding = self.findings.get(entry["finding"])
                if finding is not None:
                    where = Markup(" <code>{}</code>").format(visible(finding["evidence"][0]["artifact"]))
                    found[entry["finding"]] = Markup("{}: {}{}").format(visible(phrases.named(finding)), text, where)
        return list(found.values())[:_LACKING]

    # -- print: every page carries build, scope, date and "not a certificate"

    def _print_css(self) -> str:
        rules = []
        for lang in LANGUAGES:
            left = f"{self._product_name(lang)} {visible(str(self.report.product.get('version') or ''))}".strip()
            right = self.texts.label("report.not_certificate", lang)
            foot = " · ".join(
                part
                for part in (
                    f"cpo-scan {self.report.tool['version']}", self._date(), _who(self.report.run),
                    self.report.scan_digest[:16],
                )
                if part
            )  # fmt: skip
            rules.append(
                f"@page {lang} {{ margin: 18mm 14mm 20mm; "
                f"@top-left {{ content: {_css_string(left[:120])}; font: 8pt system-ui, sans-serif; color: #556075; }} "
                f"@top-right {{ content: {_css_string(right)}; font: 8pt system-ui, sans-serif; color: #556075; }} "
                f"@bottom-left {{ content: {_css_string(foot)}; font: 8pt system-ui, sans-serif; color: #556075; }} "
                f'@bottom-right {{ content: counter(page) " / " counter(pages); font: 8pt system-ui, sans-serif; '
                f"color: #556075; }} }} "
                f"html[lang={lang}] body {{ page: {lang}; }}"
            )
        return "\n".join(rules)


def anchor(text: str) -> str:
    """An id for a place in the page: letters, digits, `.`, `_`, `-`; anything else by its code point."""
    safe = re.sub(r"[^A-Za-z0-9._-]", lambda match: f"_{ord(match.group()):x}_", text)
    # ids of our own parts of the page have no dot and begin with a small letter
    return safe if safe[:1].isupper() else f"C-{safe}"


def _policy(js: str, *styles: str) -> str:
    script = _hash(js)
    style = " ".join(_hash(one) for one in styles)
    return f"default-src 'none'; style-src {style}; script-src {script}; base-uri 'none'; form-action 'none'"


def _hash(content: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _css_string(text: str) -> str:
    """A CSS string (CSS Syntax Level 3 §4.3.7): everything but letters, digits and blanks by its code point."""
    return '"' + re.sub(r"[^A-Za-z0-9 ]", lambda match: f"\\{ord(match.group()):x} ", text) + '"'


def _percent(value: Any) -> str:
    return f"{min(max(float(value), 0.0), 1.0) * 100:.2f}"


def _attribute(value: Any) -> str:
    return "–" if isinstance(value, Undefined) else phrases.attribute(value)


def _whole(row: Any, name: str) -> int:
    """The full length of a list that the report holds in part."""
    listing = row.get(f"{name}_whole") or {}
    return int(listing.get("total", len(row[name])))


def _questions(row: Any) -> list[Any]:
    """Questions to a person, each as wording by language."""
    questions = row.get("questions") or {}
    most = max((len(rows) for rows in questions.values()), default=0)
    return [{lang: rows[at] for lang, rows in questions.items() if at < len(rows)} for at in range(most)]


def _described(attributes: Any) -> dict[str, Any]:
    name = "operations" if "operations" in attributes else "symbols"
    top, bottom = attributes.get(f"documented_{name}"), attributes.get(name)
    known = isinstance(top, int) and isinstance(bottom, int) and bottom > 0
    return {"numerator": top, "denominator": bottom, "value": top / bottom if known else None, "bounds": None}


def _who(run: dict[str, Any]) -> str:
    return visible(" @ ".join(str(run[key]) for key in ("user", "host") if run.get(key)))


def _things_first(measure: dict[str, Any]) -> dict[str, Any]:
    """A measure whose things that were not counted, named by a key, stand before single findings."""
    return measure | {"not_counted": sorted(measure["not_counted"], key=lambda entry: entry.get("key") is None)}
