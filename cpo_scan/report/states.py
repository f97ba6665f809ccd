"""What machine formats can say of an outcome: one table per format, used by the export and printed by docs/exports.md.

No format has a word for all seven outcomes. Where one has none, the export says the outcome in another place and no
state is claimed; the machine calls nothing satisfied or claimed that is not `evidenced`.
"""

from collections.abc import Mapping

import msgspec

from cpo_scan.model import Outcome


class State(msgspec.Struct, frozen=True):
    """The format's own word for an outcome (None: it has none), where the outcome stands, and what gets lost."""

    word: str | None
    place: str
    lost: str = ""


_OBSERVATION = "an observation on the criterion, and no finding"
OSCAL: Mapping[Outcome, State] = {
    Outcome.EVIDENCED: State(
        "satisfied",
        "a finding on the objective of the criterion (`objective-id`), by the tool",
        "whether optional parts for people are open; that stands in the observation on the criterion",
    ),
    Outcome.CONTRADICTED: State(
        "not-satisfied", "a finding on the objective of the criterion (`objective-id`), by the tool"
    ),
    Outcome.INCONCLUSIVE: State(None, _OBSERVATION, "a state between the two that OSCAL has"),
    Outcome.NO_EVIDENCE: State(None, _OBSERVATION, "a state for absence, which is no evidence against"),
    Outcome.NEEDS_HUMAN: State(None, _OBSERVATION, "a state for a question that files can't answer"),
    Outcome.NOT_APPLICABLE: State(None, _OBSERVATION, "a state for a criterion that does not apply"),
    Outcome.NOT_EXAMINED: State(None, _OBSERVATION, "a state for what was not looked at"),
}

_OUTCOME_ONLY = "evidence `outcome:…`, mapped to no claim"
CYCLONEDX: Mapping[Outcome, State] = {
    Outcome.EVIDENCED: State(
        "claims",
        "a claim with its evidence, in the attestation that has no assessor",
        "`conformance` and `confidence` are left out: both are scores, and the tool gives none",
    ),
    Outcome.CONTRADICTED: State(
        "counterClaims", "a counter-claim with its evidence, in the attestation that has no assessor"
    ),
    Outcome.INCONCLUSIVE: State(None, _OUTCOME_ONLY, "a place for what is neither claimed nor counter-claimed"),
    Outcome.NO_EVIDENCE: State(None, _OUTCOME_ONLY, "a place for absence, which is no counter-claim"),
    Outcome.NEEDS_HUMAN: State(None, _OUTCOME_ONLY, "a place for open questions"),
    Outcome.NOT_APPLICABLE: State(None, _OUTCOME_ONLY, "a place for criteria that do not apply"),
    Outcome.NOT_EXAMINED: State(None, _OUTCOME_ONLY, "a place for what was not looked at"),
}

INTOTO: Mapping[Outcome, State] = {
    outcome: State(outcome.value, "`predicate.criteria[].outcome`, word for word") for outcome in Outcome
}

_RESULT = "a result for each subject that speaks against it, else one for the criterion"
SARIF: Mapping[Outcome, State] = {
    Outcome.CONTRADICTED: State("fail", f"{_RESULT}; `level` by the obligation"),
    Outcome.NO_EVIDENCE: State(
        "fail",
        f"{_RESULT}, at the deliverables that were searched; `level` by the obligation",
        "that absence is no evidence against: the message says it",
    ),
    Outcome.INCONCLUSIVE: State(
        "open", f"{_RESULT}, without `level` (§3.27.10); no result where only people's parts are open"
    ),
    Outcome.NOT_EXAMINED: State(
        None,
        "a notification of the invocation; if the criterion fails the gate, a result of kind `open`",
        "a kind for what was not looked at",
    ),
    Outcome.EVIDENCED: State(None, "nowhere; the criterion is among the rules", "what was found"),
    Outcome.NEEDS_HUMAN: State(None, "nowhere; the criterion is among the rules", "that people have to answer"),
    Outcome.NOT_APPLICABLE: State(None, "nowhere; the criterion is among the rules", "that it does not apply, and why"),
}

_LEVEL = "`adherence.level` of the component of its mode; `notes` say the outcome and why"
_NO_LEVEL = "a level of its own; the notes of the component have the outcome"
OPENACR: Mapping[Outcome, State] = {
    Outcome.EVIDENCED: State("supports", _LEVEL, "that it is the condition of a rule that holds; the notes say which"),
    Outcome.CONTRADICTED: State("does-not-support", _LEVEL),
    Outcome.NOT_APPLICABLE: State("not-applicable", _LEVEL),
    Outcome.INCONCLUSIVE: State("not-evaluated", _LEVEL, _NO_LEVEL),
    Outcome.NO_EVIDENCE: State("not-evaluated", _LEVEL, _NO_LEVEL),
    Outcome.NOT_EXAMINED: State("not-evaluated", _LEVEL, _NO_LEVEL),
    Outcome.NEEDS_HUMAN: State("not-evaluated", _LEVEL, _NO_LEVEL),
}

_CASE = "a test case per criterion; its text says why"
JUNIT: Mapping[Outcome, State] = {
    Outcome.EVIDENCED: State("passed", "a test case without a child"),
    Outcome.CONTRADICTED: State("failure", _CASE),
    Outcome.NO_EVIDENCE: State("failure", _CASE, "that absence is no evidence against; `type` has the outcome"),
    Outcome.INCONCLUSIVE: State("error", _CASE),
    Outcome.NOT_EXAMINED: State("error", _CASE),
    Outcome.NEEDS_HUMAN: State("skipped", _CASE),
    Outcome.NOT_APPLICABLE: State("skipped", _CASE),
}

FORMATS: Mapping[str, Mapping[Outcome, State]] = {
    "oscal": OSCAL,
    "cyclonedx": CYCLONEDX,
    "intoto": INTOTO,
    "sarif": SARIF,
    "openacr": OPENACR,
    "junit": JUNIT,
}

PEOPLE: Mapping[str, Mapping[str, str]] = {
    "oscal": {
        "claims": "`attestations` of the vendor, in his words; how they stand to the evidence, and what is seen and "
        "not claimed, are observations of the tool",
        "responses": "`attestations` of the vendor",
        "determinations": "an observation of the person; if in force and fulfilled or not fulfilled, a finding of the "
        "person on the statement of the criterion (`statement-id`)",
        "waivers": "a risk with its deadline: `deviation-approved` while in force, else `open`",
    },
    "cyclonedx": {
        "claims": "claims in an attestation by the vendor as assessor (`thirdParty` false); a claim that denies is a "
        "counter-claim, one that a criterion does not apply is mapped to none; how they stand to the evidence, and "
        "what is seen and not claimed, is evidence of the tool",
        "responses": "`annotations` of the person",
        "determinations": "if in force, claims (fulfilled) or counter-claims (not fulfilled) in attestations by the "
        "person; all of them `annotations` of the person",
        "waivers": "`annotations` of the owner",
    },
    "intoto": {
        "claims": "their number, and the digest of all layers",
        "responses": "their number, and the digest of all layers",
        "determinations": "their number, and the digest of all layers",
        "waivers": "their number, and the digest of all layers",
    },
    "sarif": {
        "claims": "nowhere",
        "responses": "nowhere",
        "determinations": "the verdict in force: `properties.determination` of a result, which it does not change",
        "waivers": "in force: an accepted entry of `suppressions`, which GitHub ignores: the result stays open there",
    },
    "openacr": {
        "claims": "nowhere",
        "responses": "nowhere",
        "determinations": "the verdict in force: in the notes of the machine's component; it changes no level",
        "waivers": "nowhere: a waiver changes a gate, and there is none here",
    },
    "junit": dict.fromkeys(("claims", "responses", "determinations", "waivers"), "nowhere"),
}


def outcome_table(form: str) -> str:
    """The Markdown table of one format, as docs/exports.md prints it."""
    rows = [f"| `{outcome.value}` | {_word(state)} | {state.place} | {state.lost or '–'} |"
            for outcome, state in FORMATS[form].items()]  # fmt: skip
    return "\n".join(["| outcome | word of the format | where it stands | what is lost |", "|---|---|---|---|", *rows])


def people_table(form: str) -> str:
    """The Markdown table of what people say in one format."""
    rows = [f"| {layer} | {place} |" for layer, place in PEOPLE[form].items()]
    return "\n".join(["| layer | where it stands |", "|---|---|", *rows])


def _word(state: State) -> str:
    return "none" if state.word is None else f"`{state.word}`"
