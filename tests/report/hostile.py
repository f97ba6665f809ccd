"""Text that a hostile tree could carry into a report, and a report that is full of it."""

from typing import Any

from cpo_scan.model import Reason, Strength
from cpo_scan.model.report import Exclusion, Facts, Identity, Layers, ProbeRow, Product, Run, Tool
from cpo_scan.model.words import ProbeStatus
from tests.report.product import assessment, row

SCRIPT = "<script>window.owned=1</script>"
IMAGE = '"><img src=x onerror="window.owned=1">'
STYLE = "</style><style>*{display:none}"
TEMPLATE = "{{ 7 * 7 }}{% raw %}"
BIDI = "invoice\u202efdp.exe"
ESCAPE = "\x1b]0;owned\x07\x1b[2J\x9b31m"
MARKDOWN = "](https://evil.example) ![x](https://evil.example/x.png) @octocat #1 `code` | **bold** https://evil.example"
LINES = "one\r\ntwo\u2028three\x00four"
ALL = " ".join((SCRIPT, IMAGE, STYLE, TEMPLATE, BIDI, ESCAPE, MARKDOWN, LINES))


def rows() -> list[dict[str, Any]]:
    """Findings with hostile text in every place that the tree controls."""
    path = f"server/{ALL}.yaml".replace("\x00", "")
    return [
        row("api.description", path, {
            "family": "openapi", "title": ALL, "version": ALL, "operations": 3, "documented_operations": 1,
            "valid": False, "problems": [ALL], "api_version": ALL,
        }, excerpt=ALL[:240], pointer=ALL, line=3),
        row("exchange.capability", path, {"standard": ALL, "direction": "import", "via": "library", "name": ALL},
            Strength.REGISTERED, excerpt=ALL[:240], symbol=ALL),
        row("docs.set", path, {"format": ALL, "root": ALL, "documents": 1, "topics": [ALL]}),
        row("extension.point", path, {"mechanism": ALL, "name": ALL, ALL: ALL}),
    ]  # fmt: skip


def known() -> Facts:
    """Facts of a product whose description is hostile as well."""
    return Facts(
        tool=Tool(version="0.1.0", libraries={"lxml": ALL}),
        options={ALL: ALL},
        product=Product(name=ALL, version=ALL, vendor=ALL, edition=ALL, exclusions=(Exclusion(path=ALL, reason=ALL),),
                        identity=(Identity(source=ALL, name=ALL, version=ALL),)),
        probes=(ProbeRow(id="test.probe", version=1, status=ProbeStatus.FAILED, problems=(Reason(ALL, {ALL: ALL}),),
                         limitations=(ALL,)),),
    )  # fmt: skip


def judged() -> dict[str, Any]:
    """An assessment by an imported catalogue with hostile words."""
    whole = assessment(rows())
    first = whole["criteria"][0]
    said = {"en": ALL, "de": ALL}
    first.update(id=ALL, category=ALL, official_id=ALL, title=said, remediation=said, outcome="contradicted")
    first.update(rationale=[{"code": ALL, "params": {ALL: ALL}}], questions={"en": [ALL], "de": [ALL]})
    first.update(mapped_to=[{"scheme": ALL, "version": ALL, "id": ALL, "relation": ALL}])
    return whole


def parts() -> dict[str, Any]:
    """The rest of the report, by people who could be hostile as well."""
    said = {"criterion": "P-2.4-01", "text": ALL, "by": ALL}
    return {
        "judged": judged(),
        "layers": Layers(claims=(said,), responses=(said,), determinations=(said,), waivers=(said,)),
        "run": Run(host=ALL, user=ALL, finished=ALL),
    }
