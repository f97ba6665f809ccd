"""`python -m cpo_scan` is the program `cpo-scan`."""

from cpo_scan.cli import main

if __name__ == "__main__":
    main()
