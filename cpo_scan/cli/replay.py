"""`cpo-scan replay`: the scan of a report, done again."""

import click

from cpo_scan.cli.again import again_arguments
from cpo_scan.cli.outputs import WithFormats, output_option


@click.command(
    cls=WithFormats,
    epilog="Exit codes: 0 the same facts · 1 others · 2 usage, or no whole report · 3 one of the scans is incomplete.",
)
@again_arguments
@output_option()
@click.option("--schemas", metavar="DIR", help="The schemas that the scan was given.")
@click.option("--previous", metavar="TARGET", help="The earlier release that the scan was given.")
def replay(
    report: str,
    targets: tuple[str, ...],
    product: str | None,
    workers: int | None,
    lang: str,
    quiet: bool,
    outputs: tuple[str, ...],
    schemas: str | None,
    previous: str | None,
) -> int:
    """Scan TARGET again with the probes, limits and excerpts of REPORT, and see whether the same facts are found.

    The same files, rules, probes and options give the same scan digest, byte for byte. Where they do not, it is said
    what differs; -o keeps the new report, and `cpo-scan compare` holds both beside each other. The judgement is that of
    the default profile: `cpo-scan assess` judges by others.
    """
    from cpo_scan.cli.progress import Progress
    from cpo_scan.gate.exits import Exit
    from cpo_scan.report.formats import check_outputs, parse_output, write_outputs
    from cpo_scan.report.inert import visible
    from cpo_scan.report.read import read_report
    from cpo_scan.run import Request, as_scanned, default_workers, scanned
    from cpo_scan.scan.engine import Options
    from cpo_scan.trail.replay import differences, hangs_on_the_clock

    wanted = [parse_output(text) for text in outputs]
    check_outputs(wanted, manifest=True)
    old = read_report(report)
    request = Request(
        targets=targets,
        product=product,
        schemas=schemas,
        previous=previous,
        options=Options(workers=default_workers() if workers is None else workers),
    )
    progress = Progress(quiet)
    try:
        with scanned(as_scanned(old, request), progress) as done:
            progress.close()
            write_outputs(done.report, wanted, done.texts, lang, manifest=done.manifest)
            new, texts = done.report, done.texts
            if new.scan_digest == old.scan_digest:
                lines = [texts.label("replay.same", lang, digest=new.scan_digest)]
            else:
                lines = [texts.label("replay.other", lang, old=old.scan_digest, new=new.scan_digest)]
                lines += [f"  {texts.message(reason, lang)}" for reason in differences(old, new)]
            loose = hangs_on_the_clock(old.coverage) or hangs_on_the_clock(new.coverage)
            if loose and new.scan_digest != old.scan_digest:
                lines.append("  " + texts.label("replay.nondeterministic", lang))
            if not quiet:
                click.echo("\n".join(visible(line) for line in lines), err=any(item.path == "-" for item in wanted))
            if loose or done.exit_code == Exit.INCOMPLETE:
                return Exit.INCOMPLETE
            return Exit.MET if new.scan_digest == old.scan_digest else Exit.NOT_MET
    finally:
        progress.close()
