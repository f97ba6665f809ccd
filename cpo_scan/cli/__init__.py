"""The command line: arguments and printing, nothing else."""


def main() -> None:
    """Entry point of `cpo-scan`."""
    raise SystemExit(2)
