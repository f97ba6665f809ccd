#!/usr/bin/env python3
"""The OpenAPI probe by itself on one file, so that it can be timed: parse with positions, validate, count."""

import sys
from pathlib import Path

from cpo_probes.api.openapi.probe import OpenApiProbe
from cpo_scan.probe import Artifact, Context
from cpo_scan.rulebook.data import Tables
from cpo_scan.targets.content import BytesContent, Content
from cpo_scan.targets.limits import Limits


class OneFile:
    """A product of one file."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def content(self, _: Artifact) -> Content:
        """The file."""
        return BytesContent(self._data)

    def related(self, *_: object) -> None:
        """There is nothing beside it."""


file = Path(sys.argv[1])
artifact = Artifact(path=file.name, size=file.stat().st_size, sha256=None)
context = Context(OneFile(file.read_bytes()), Limits(), None, Tables())
for finding in OpenApiProbe().examine(artifact, context):
    print(finding.attributes["operations"], finding.attributes["valid"])
