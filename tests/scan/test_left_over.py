"""Descriptions that lie in the product and that no probe looks at are said to be so."""

from collections.abc import Iterator
from typing import ClassVar

import pytest

from cpo_scan.model import Artifact, Finding, Recognition
from cpo_scan.probe import Context, Probe, Selector, formats, parts
from cpo_scan.scan.left_over import left_over


class OpenApi(Probe):
    """Reads OpenAPI only."""

    id = "t.openapi"
    examines: ClassVar[Selector] = formats("openapi-3")
    states = ("api.description",)

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:  # noqa: ARG002
        yield from ()


class Files(Probe):
    """Reads every exchange file."""

    id = "t.files"
    examines: ClassVar[Selector] = parts("file")
    states = ("exchange.file",)

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:  # noqa: ARG002
        yield from ()


def recognised(form: str, part: str, *, carrier: bool = False) -> Recognition:
    return Recognition(format=form, standard=form, part=part, carrier=carrier)


@pytest.mark.parametrize(
    ("recognition", "kind"),
    [
        (recognised("wsdl", "description"), "api.description"),
        (recognised("openapi-3", "description"), None),
        (recognised("step", "file"), None),
        (recognised("step", "schema"), None),  # nobody states exchange.schema: a gap of the whole kind
        (recognised("json", "description", carrier=True), None),
        (None, None),
    ],
)
def test_what_nobody_examines_is_named(recognition: Recognition | None, kind: str | None) -> None:
    row = left_over("a/b", recognition, [OpenApi(), Files()])
    assert (row.affects if row else ()) == ((kind,) if kind else ())
