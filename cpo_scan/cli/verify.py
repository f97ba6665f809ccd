"""`cpo-scan verify`: is a report whole, and are the files at hand those that it speaks of?"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from cpo_scan.cli.again import again_arguments

if TYPE_CHECKING:
    from cpo_scan.report.texts import Texts
    from cpo_scan.trail.verify import Verification

_SHOWN = 20  # differences that are listed


@click.command(epilog="Exit codes: 0 as the report says · 1 not so · 2 usage, or no whole report · 3 not all was read.")
@again_arguments
def verify(
    report: str, targets: tuple[str, ...], product: str | None, workers: int | None, lang: str, quiet: bool
) -> int:
    """Check the digests of REPORT, and each file that its findings rest on against what lies in TARGET now.

    No probe runs: bytes are compared, by SHA-256, inside of archives too, and any release of cpo-scan can do it.
    Whether the same facts are found again is what `cpo-scan replay` tells.
    """
    from cpo_scan.cli.progress import Progress
    from cpo_scan.gate.exits import Exit
    from cpo_scan.report.inert import visible
    from cpo_scan.report.read import read_report
    from cpo_scan.report.texts import rule_texts
    from cpo_scan.rulebook.messages import load_messages
    from cpo_scan.run import Request, default_workers, verified
    from cpo_scan.scan.engine import Options

    texts = rule_texts(load_messages())
    read = read_report(report)
    lines = [texts.label("verify.digests", lang, file=report, scan=read.scan_digest, assessment=read.assessment_digest)]
    code = Exit.MET
    if targets or product:
        options = Options(workers=default_workers() if workers is None else workers)
        progress = Progress(quiet)
        try:
            found = verified(read, Request(targets=targets, product=product, options=options), progress)
        finally:
            progress.close()
        lines += _lines(found, texts, lang)
        code = Exit.NOT_MET if not found.same else Exit.MET
        code = code if found.whole else Exit.INCOMPLETE
    else:
        lines.append(texts.label("verify.no_files", lang))
    if not quiet:
        click.echo("\n".join(visible(line) for line in lines))
    return code


def _lines(found: "Verification", texts: "Texts", lang: str) -> Iterator[str]:
    for tree in found.trees:
        if tree.now is None:
            yield texts.label("verify.tree_not_given", lang, id=tree.id)
        elif tree.same:
            yield texts.label("verify.tree_same", lang, id=tree.id, files=tree.then.files, digest=tree.then.digest)
        else:
            then, now = tree.then, tree.now
            yield texts.label(
                "verify.tree_other",
                lang,
                id=tree.id,
                then=then.files,
                then_bytes=then.bytes,
                now=now.files,
                now_bytes=now.bytes,
            )
    yield texts.label("verify.cited", lang, same=found.cited - len(found.differences), cited=found.cited)
    if found.not_given:
        yield texts.label("verify.cited_not_given", lang, count=found.not_given)
    for row in found.differences[:_SHOWN]:
        yield "  " + texts.label(f"verify.{row.state}", lang, path=row.path)
    if len(found.differences) > _SHOWN:
        yield "  " + texts.label("verify.more", lang, count=len(found.differences) - _SHOWN)
