"""`cpo-scan assess`: the facts of an old report, judged again."""

import sys
from typing import Any

import click

from cpo_scan.cli.judging import judging_options
from cpo_scan.cli.outputs import WithFormats, output_option


@click.command(cls=WithFormats)
@click.argument("report")
@output_option()
@judging_options
def assess(report: str, outputs: tuple[str, ...], lang: str, quiet: bool, **judging: Any) -> int:
    """Judge the facts of REPORT again: by another profile or catalogue, with a statement, determinations or waivers.

    Nothing is scanned: the facts stay as they are. Claims, responses and determinations that REPORT carries stay too,
    unless such a file is given; only what is given now counts for --require-determinations and for the gate.
    Without -o the summary is shown and nothing is written.
    """
    from cpo_scan.judging import Judging
    from cpo_scan.report.formats import check_outputs, parse_output, write_outputs
    from cpo_scan.report.terminal import print_summary
    from cpo_scan.run import assessed

    wanted = [parse_output(text) for text in outputs]
    check_outputs(wanted, manifest=False)
    with assessed(report, Judging(**judging)) as done:
        write_outputs(done.report, wanted, done.texts, lang)
        if not quiet:
            stream = sys.stderr if any(item.path == "-" for item in wanted) else sys.stdout
            print_summary(done.report, done.texts, lang, stream)
        return done.exit_code
