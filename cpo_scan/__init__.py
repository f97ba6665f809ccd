"""cpo-scan: machine-collected evidence on the openness of software products."""

__version__ = "0.1.0"
