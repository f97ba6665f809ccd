"""Closed sets of words, spelled as they stand in the report."""

from enum import StrEnum


class Strength(StrEnum):
    """How directly the evidence shows the fact. Compare with `reaches`, and only within one kind and subject."""

    MENTIONED = "mentioned"  # a text names it
    NAMED = "named"  # a file name or extension says it
    RECOGNISED = "recognised"  # magic bytes, namespace, schema name, symbol
    REGISTERED = "registered"  # the product declares it as its own capability
    VALIDATED = "validated"  # parsed and checked against the schema of the standard
    EXERCISED = "exercised"  # a round trip or a sample was run
    ATTESTED = "attested"  # a third-party certificate was checked

    @property
    def rank(self) -> int:
        """Place on the ladder, 0 for `mentioned`."""
        return _LADDER.index(self)

    def reaches(self, least: "Strength") -> bool:
        """Is this at least as strong as `least`?"""
        return self.rank >= least.rank


_LADDER = tuple(Strength)


class Origin(StrEnum):
    """Where the thing that a finding is about comes from."""

    VENDOR = "vendor"
    COMPONENT = "component"  # third-party software inside the product
    SAMPLE = "sample"
    TEST = "test"
    GENERATED = "generated"
    UNKNOWN = "unknown"


class Offered(StrEnum):
    """Does the vendor offer the thing to its customers?"""

    DECLARED = "declared"  # by the product's own description
    PUBLISHED = "published"  # shipped where customers are meant to find it
    INTERNAL = "internal"  # marked private
    UNKNOWN = "unknown"


class Role(StrEnum):
    """What a deliverable is for."""

    SERVER = "server"
    CLIENT = "client"
    SDK = "sdk"
    DOCS = "docs"
    TERMS = "terms"
    CAPTURE = "capture"  # documents captured from a portal or a hosted API


class Obligation(StrEnum):
    """How binding a criterion is: shall, should, may."""

    MANDATORY = "mandatory"
    DESIRED = "desired"
    OPTIONAL = "optional"


class Mode(StrEnum):
    """A way in which a criterion can be evidenced."""

    MACHINE = "machine"
    TEST = "test"
    DECLARATION = "declaration"
    INTERVIEW = "interview"


class Outcome(StrEnum):
    """The machine's answer on one criterion. It never says that a product conforms."""

    NOT_APPLICABLE = "not_applicable"
    CONTRADICTED = "contradicted"
    EVIDENCED = "evidenced"
    NOT_EXAMINED = "not_examined"
    INCONCLUSIVE = "inconclusive"
    NO_EVIDENCE = "no_evidence"
    NEEDS_HUMAN = "needs_human"


class ProbeStatus(StrEnum):
    """What became of a probe in a scan. Every installed probe has one in every report."""

    OK = "ok"
    PARTIAL = "partial"  # it left something unread; coverage says what
    FAILED = "failed"  # it could not be loaded, or it broke on everything it examined
    NOT_RUN = "not_run"  # switched off


class Openness(StrEnum):
    """What a stranger can know about a format."""

    OPEN = "open"  # specified by a standards body or consortium, open to all
    PUBLISHED = "published"  # specified in public, kept by one owner
    PROPRIETARY = "proprietary"
