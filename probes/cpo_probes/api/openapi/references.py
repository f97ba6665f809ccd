"""What the references of an OpenAPI description lead to: nothing, or no such part as they stand for."""

from collections.abc import Iterator

from cpo_probes.api.openapi.walk import Survey, part_at, pointer_of
from cpo_probes.api.references import Place, References, dangling, in_file
from cpo_scan.probe.documents import Problem, tokens
from cpo_scan.probe.schemas import NoSchema, check

_OTHER_KIND = "openapi.reference_other_kind"


def reference_problems(references: References, survey: Survey, version: str, dialect: str | None) -> Iterator[Problem]:
    """Walk the description and every part of it in other files; yield what leads nowhere and what is no such part.

    `survey` is filled on the way. Order: that of the walk, which is that of the documents.
    """
    root = references.root
    assert root.document is not None
    survey.walk(root.document.value, "", references.context.checkpoint)
    names = survey.names
    todo = [(root, "", reference, *rest) for reference, rest in sorted(survey.references.items())]
    seen: set[tuple[str, str, str]] = set()
    while todo:
        file, base, reference, part, trail = todo.pop(0)
        if reference in names or reference.partition("#")[0] in names:
            continue
        place = references.resolve(reference, file)
        if isinstance(place, str):
            if place:
                yield dangling(place, reference, file, base + pointer_of(trail) + "/$ref", references)
            continue
        key = (place.file.artifact.path, place.pointer, part)
        if key in seen:
            continue
        seen.add(key)
        if place.file is root:
            # What is such a part where it stands was checked with the rest.
            if part and part_at(root.document.value, tokens(place.pointer)) != part:
                references.context.checkpoint()
                if any(_part_problems(place, part, version, dialect)):
                    yield dangling(_OTHER_KIND, reference, file, base + pointer_of(trail) + "/$ref", references)
            continue
        references.context.checkpoint()
        inner = Survey()
        inner.names = names
        inner.walk(place.value, part, references.context.checkpoint)
        survey.add(inner)
        todo += [(place.file, place.pointer, more, *rest) for more, rest in sorted(inner.references.items())]
        yield from _part_problems(place, part, version, dialect)


def _part_problems(place: Place, part: str, version: str, dialect: str | None) -> Iterator[Problem]:
    """Is what stands in another file such a part as the reference takes it for?"""
    document = place.file.document
    if document is None or not part or (isinstance(place.value, dict) and "$ref" in place.value):
        return
    try:
        checked = check(document, "openapi", version, part=part, pointer=place.pointer, dialect=dialect)
    except NoSchema:
        return
    for problem in checked.problems:
        yield in_file(problem, place.file)
