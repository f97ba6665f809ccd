"""A file that is something else than its name says; stated by whichever probe examines the file."""

from collections.abc import Iterator

from cpo_scan.probe import Artifact, Finding


def conflict(artifact: Artifact) -> Iterator[Finding]:
    """The finding, where name and content disagree."""
    recognised = artifact.recognition
    if recognised is not None and recognised.named_as is not None:
        attributes = {"named_as": recognised.named_as, "recognised_as": recognised.format}
        yield Finding("format.conflict", attributes, evidence=(artifact.at(artifact.name),))
