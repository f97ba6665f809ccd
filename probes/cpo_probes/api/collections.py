"""The probe for collections of requests (Postman, Insomnia, Bruno): samples of how an interface is used."""

from collections.abc import Iterator
from typing import Any

from cpo_probes.api.description import (
    Operation,
    Verdict,
    counted,
    evidence_of_gaps,
    listed,
    mapping,
    opened,
    text_of,
    words,
)
from cpo_scan.probe import Artifact, Context, Finding, Origin, Probe, Reason, Unreadable, formats
from cpo_scan.probe.documents import Document, pointer_to, without_collection

_STEPS = 1_000_000  # folders and requests of one collection
_BRUNO_FILES = 10_000
_METHODS = ("get", "post", "put", "delete", "patch", "options", "head", "trace", "connect")
_KINDS = frozenset(("request", "grpc_request", "websocket_request", "graphql_request"))  # of Insomnia


class CollectionProbe(Probe):
    """What the shipped collections of requests (Postman, Insomnia, Bruno) call.

    A collection is a sample of a client and no description of an interface: its finding says `collection` and has the
    origin `sample`, so that no measure counts it for a description.
    """

    id = "api.collections"
    version = 1
    examines = formats("postman", "insomnia", "bruno")
    states = ("api.description",)
    uses_index = True
    limitations = ("variables in addresses are not replaced", "scripts and tests of a collection are not read")
    references = ("https://schema.postman.com/", "https://docs.usebruno.com/bru-lang/overview")
    remediation = "Ship a description of the interface beside the collection."

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        family = artifact.format or ""
        document = opened(artifact, context, family, context.yaml)
        if isinstance(document, Finding):
            yield document
            return
        with without_collection():
            requests = {"postman": _postman, "insomnia": _insomnia}.get(family)
            found = list(requests(document) if requests else _bruno(artifact, context))
        value = mapping(document.value)
        info = mapping(value.get("info"))
        counts, gaps = counted(_different(found))
        verdict = Verdict()
        verdict.lacks("collection.sample")
        yield Finding(
            "api.description",
            {
                "family": family,
                "collection": True,
                "version": artifact.version,
                "title": text_of(info.get("name")) or text_of(value.get("name")) or _workspace(value),
                "requests": len(found),
                **counts,
                **verdict.attributes(),
            },
            evidence=(
                artifact.at(document.excerpt(""), **document.place("")),
                *evidence_of_gaps(artifact, gaps, document),
            ),
            origin=Origin.SAMPLE,
            origin_reason=Reason("collection.sample"),
        )


def _different(requests: list[Operation]) -> list[Operation]:
    """One for each method and address; of several requests the one that says most."""
    best: dict[str, Operation] = {}
    for request in requests:
        if request.name not in best or len(request.text) > len(best[request.name].text):
            best[request.name] = request
    return list(best.values())


def _request(
    method: Any, url: Any, name: Any, text: str, place: dict[str, Any], artifact: Artifact | None = None
) -> Operation:
    verb = str(method or "GET").upper()[:20]
    address = str(url or "").split("?", 1)[0][:260]
    title = name if isinstance(name, str) else ""
    return Operation(f"{verb} {address}", f"{title}\n{text}", (verb, address), place, artifact=artifact)


def _said(value: Any) -> str:
    """A description, which Postman also keeps as `{content, type}`."""
    found = value.get("content") if isinstance(value, dict) else value
    return found if isinstance(found, str) else ""


def _postman(document: Document) -> Iterator[Operation]:
    """Postman Collection 2.0 and 2.1: folders and requests below `item`."""
    todo = [(mapping(document.value), "")]
    for _ in range(_STEPS):
        if not todo:
            return
        node, pointer = todo.pop()
        request = node.get("request")
        if isinstance(request, str | dict):
            value = request if isinstance(request, dict) else {"url": request}
            url = value.get("url")
            text = "\n".join((_said(value.get("description")), _said(node.get("description"))))
            address = url.get("raw") if isinstance(url, dict) else url
            yield _request(value.get("method"), address, node.get("name"), text, {"pointer": pointer})
        items = listed(node.get("item"))
        todo += [
            (item, f"{pointer}/item/{at}") for at, item in reversed(list(enumerate(items))) if isinstance(item, dict)
        ]


def _insomnia(document: Document) -> Iterator[Operation]:
    """Insomnia: version 4 is a flat list of resources, version 5 a tree."""
    value = mapping(document.value)
    for at, item in enumerate(map(mapping, listed(value.get("resources")))):
        if item.get("_type") in _KINDS:
            text, place = words(item, "description"), {"pointer": pointer_to("resources", at)}
            yield _request(item.get("method"), item.get("url"), item.get("name"), text, place)
    todo = [(item, pointer_to("collection", at)) for at, item in enumerate(listed(value.get("collection")))][::-1]
    for _ in range(_STEPS):
        if not todo:
            return
        node, pointer = todo.pop()
        if not isinstance(node, dict):
            continue
        if isinstance(node.get("url"), str):
            text = words(mapping(node.get("meta")), "description")
            yield _request(node.get("method"), node["url"], node.get("name"), text, {"pointer": pointer})
        children = list(enumerate(listed(node.get("children"))))
        todo += [(child, f"{pointer}/children/{at}") for at, child in reversed(children)]


def _bruno(artifact: Artifact, context: Context) -> Iterator[Operation]:
    """Bruno: each request is a file of its own beside `bruno.json` or below it."""
    folder = artifact.path[: -len(artifact.name)].rstrip("/")
    files = context.index.select(formats=("bruno-request",), under=folder.removesuffix("!"))
    for number, file in enumerate(files):
        if number == _BRUNO_FILES:
            context.partly(artifact, "limit.description_files", limit=_BRUNO_FILES)
            return
        context.checkpoint()
        related = context.related(artifact, file.path[len(folder) + 1 :] if folder else file.path)
        if related is None:
            continue
        try:
            blocks = _blocks(context.text(related))
        except Unreadable as error:
            context.unreadable(related, error)
            continue
        method = next((name for name in _METHODS if name in blocks), None)
        if method is not None:
            url = next(
                (line.partition(":")[2].strip() for line in blocks[method] if line.strip().startswith("url:")), ""
            )
            name = next(
                (line.partition(":")[2].strip() for line in blocks.get("meta", ()) if line.strip().startswith("name:")),
                "",
            )
            yield _request(method, url, name, "\n".join(blocks.get("docs", ())), {"line": 1}, related)


def _blocks(text: str) -> dict[str, list[str]]:
    """The blocks of a request in the Bru language: name, and the lines up to the brace that closes it."""
    blocks: dict[str, list[str]] = {}
    lines: list[str] | None = None
    for line in text.splitlines()[:100_000]:
        if lines is None:
            if line.endswith("{") and not line.startswith((" ", "\t")):
                lines = blocks.setdefault(line[:-1].strip(), [])
        elif line.startswith("}"):
            lines = None
        else:
            lines.append(line)
    return blocks


def _workspace(value: dict[str, Any]) -> str | None:
    """The name of the workspace that Insomnia exported."""
    names = (
        item.get("name") for item in map(mapping, listed(value.get("resources"))) if item.get("_type") == "workspace"
    )
    return next((name for item in names if (name := text_of(item))), None)
