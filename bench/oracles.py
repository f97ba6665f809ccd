#!/usr/bin/env python3
"""Verdicts of independent OpenAPI validators on one file after the other: oracles.py openapi-spec-validator, paths on
standard input, one line of JSON each on standard output. Nothing is fetched: an address outside of the file is an error
named `external`."""

import json
import sys
from pathlib import Path
from typing import Any


class External(Exception):
    """A reference leads out of the file."""


def denied(address: str) -> Any:
    raise External(address)


def load(path: str) -> Any:
    text = Path(path).read_bytes()
    if text.lstrip()[:1] == b"{":
        return json.loads(text)
    import yaml

    return yaml.load(text, Loader=yaml.CSafeLoader)


def openapi_spec_validator(path: str) -> dict[str, Any]:
    """The first problem that the validator of the document's own version names."""
    from jsonschema_path import SchemaPath
    from jsonschema_path.handlers import default_handlers
    from openapi_spec_validator.shortcuts import get_validator_cls

    handlers = dict.fromkeys({*default_handlers, "http", "https", "file", "ftp", ""}, denied)
    document = load(path)
    validator = get_validator_cls(document)(SchemaPath.from_dict(document, handlers=handlers))
    for error in validator.iter_errors():
        place = "/".join(str(part) for part in getattr(error, "absolute_path", ()))
        return {"valid": False, "kind": type(error).__name__, "text": f"{place}: {error.message}"[:20_000]}
    return {"valid": True}


ORACLES = {"openapi-spec-validator": openapi_spec_validator}


def main() -> None:
    oracle = ORACLES[sys.argv[1]]
    for line in sys.stdin:
        path = line.rstrip("\n")
        try:
            verdict = oracle(path)
        except Exception as error:  # whatever a foreign validator throws is its verdict
            cause: BaseException | None = error
            while cause is not None and not isinstance(cause, External):
                cause = cause.__cause__ or cause.__context__
            kind = "external" if cause is not None else type(error).__name__
            verdict = {"valid": None if cause is not None else False, "kind": kind, "text": str(error)[:20_000]}
        print(json.dumps(verdict), flush=True)


if __name__ == "__main__":
    sys.setrecursionlimit(5_000)
    main()
