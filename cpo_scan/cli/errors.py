"""What users see when something goes wrong: one line and an exit code, never a traceback."""

import sys

import click

USAGE, INTERNAL, INTERRUPTED = 2, 4, 130


def guarded(program: click.Command) -> int:
    """Run the program; gives its exit code."""
    try:
        code = program.main(standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        error.show()
        return USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("cpo-scan: interrupted; nothing was written", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has enough of it.
        sys.stderr.close()
        return 0
    except Exception as error:
        return _explained(error)


def _explained(error: Exception) -> int:
    from cpo_scan.probe.registry import UnknownProbe
    from cpo_scan.probe.running import raised_at
    from cpo_scan.report.formats import UnknownFormat
    from cpo_scan.report.read import ReportError
    from cpo_scan.report.write import OutputError
    from cpo_scan.rulebook.load import RuleError
    from cpo_scan.scan.cache import CacheUnusable
    from cpo_scan.targets.errors import TargetError

    if isinstance(error, CacheUnusable):
        from cpo_scan.rulebook.messages import load_messages

        click.echo(f"cpo-scan: the cache: {load_messages().render(error.reason)}", err=True)
        return USAGE

    if isinstance(error, TargetError | RuleError | OutputError | ReportError | UnknownProbe | UnknownFormat):
        click.echo(f"cpo-scan: {error}", err=True)
        return USAGE
    click.echo(
        f"cpo-scan: internal error {type(error).__name__} at {raised_at(error)}: {error}. Please report it.", err=True
    )
    return INTERNAL
