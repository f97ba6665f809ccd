"""The summary on the terminal: on one screen, in plain words, without a code that the tree could give."""

import io
from collections.abc import Callable

import pytest

from cpo_scan.report import Report
from cpo_scan.report.terminal import print_summary, summary
from cpo_scan.report.texts import Texts
from tests.report import hostile

Make = Callable[..., Report]


@pytest.mark.parametrize("lang", ["en", "de"])
@pytest.mark.parametrize("width", [40, 80, 200])
def test_summary_fits_a_screen(make: Make, texts: Texts, lang: str, width: int) -> None:
    lines = summary(make(), texts, lang, width=width).splitlines()
    assert len(lines) <= 32
    assert max(len(line) for line in lines) <= max(60, min(width, 110))


def test_summary_says_what_it_is_about(make: Make, texts: Texts) -> None:
    text = summary(make(), texts, "en")
    for said in ("Open PLM 7.2.1", "scope: 2 of 3 deliverables", "mandatory, reported", "contradicted 1",
                 "P-2.4-01 Offered interfaces", "Places that could not be read: 1", "Not a certificate",
                 "3 of 10 mandatory"):  # fmt: skip
        assert said in text


def test_colour_is_only_for_terminals(make: Make, texts: Texts, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    report = make()
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    pipe, terminal, plain = io.StringIO(), Terminal(), Terminal()
    print_summary(report, texts, "en", pipe)
    print_summary(report, texts, "en", terminal)
    monkeypatch.setenv("NO_COLOR", "1")
    print_summary(report, texts, "en", plain)
    assert "\x1b[" not in pipe.getvalue()
    assert "\x1b[1m" in terminal.getvalue()
    assert "\x1b[" not in plain.getvalue()


def test_hostile_text_steers_no_terminal(make: Make, texts: Texts) -> None:
    report = make(hostile.rows(), hostile.known(), **hostile.parts())
    text = summary(report, texts, "en")
    assert text.replace("\n", "").isprintable()


def test_a_poor_encoding_breaks_nothing(make: Make, texts: Texts) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    print_summary(make(), texts, "de", stream)
    stream.flush()
    assert b"Open PLM" in raw.getvalue()
