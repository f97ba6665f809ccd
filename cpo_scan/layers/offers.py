"""Claims on standards and interfaces, held against the findings: is it seen that the product reads, writes, offers it?

A registration, or what is stronger, of the vendor's own shows a capability; a library that is linked, a file that lies
there or a text that names a standard does not. Findings are kept as sums and their first ids.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from cpo_scan.layers.holding import CITED, Holding, Result, scope_reasons
from cpo_scan.layers.scene import Row, Scene
from cpo_scan.layers.statement import Claim, Word
from cpo_scan.model import Offered, Origin, Reason, Role, Strength

_CAPABILITY, _INTERFACE = "exchange.capability", "api.description"
_TRACES = ("exchange.file", "exchange.schema", "standard.mention")
_OTHERS = (Origin.COMPONENT, Origin.SAMPLE, Origin.TEST, Origin.GENERATED)
_ROLES = tuple(role for role in Role if role is not Role.TERMS)  # a contract registers and describes nothing
FAMILIES = frozenset(
    ("openapi", "asyncapi", "graphql", "wsdl", "wadl", "odata", "protobuf", "idl", "raml", "typelib", "jsonrpc")
)
"""Standards that are description languages of interfaces: a product offers them by its interfaces (report contract)."""
_API = "api "  # before the family, where an interface and not a standard is kept
_DIRECTIONS = ("import", "export")
# shown: the vendor's own and registered, or offered by him; shipped: his own, and nothing says that he offers it;
# weak: of unknown origin, or less than registered; in_code: endpoints in code and no description; refuted: by the
# files; elsewhere: of others, or internal.
_SORTS = ("shown", "shipped", "weak", "in_code", "refuted", "elsewhere")


class Seen(msgspec.Struct):
    """Findings of one sort: how many, the first ids, and the greatest strength."""

    total: int = 0
    ids: list[str] = []
    strength: Strength = Strength.MENTIONED

    def joined(self, *others: "Seen") -> "Seen":
        """This and others, as one."""
        every = (self, *others)
        return Seen(
            total=sum(one.total for one in every),
            ids=[identity for one in every for identity in one.ids][:CITED],
            strength=max((one.strength for one in every), key=lambda strength: strength.rank),
        )

    def add(self, row: Row) -> None:
        """Take one more."""
        self.total += 1
        if len(self.ids) < CITED:
            self.ids.append(row["id"])
        strength = Strength(row["strength"])
        if strength.rank > self.strength.rank:
            self.strength = strength


class Offers:
    """What one scan saw of standards (by direction) and interfaces (by family and title): shown, weak or refuted."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._seen: dict[tuple[str, str], dict[str, Seen]] = {}  # (thing, one of _SORTS) -> direction or title -> seen
        self._traces: dict[str, Seen] = {}
        for row in scene.findings(_CAPABILITY):
            self._capability(row)
        for kind in _TRACES:
            for row in scene.findings(kind):
                if standard := row["attributes"].get("standard"):
                    self._traces.setdefault(str(standard), Seen()).add(row)
        for row in scene.findings(_INTERFACE):
            title = str(row["attributes"].get("title") or "")
            self._add(f"{_API}{row['attributes']['family']}", title.casefold(), _offered(row), row)

    def hold(self, claim: Claim) -> Holding:
        """Hold one claim on a standard or an interface."""
        if claim.standard is not None:
            return self._hold(claim, _CAPABILITY, claim.standard, "standard", _keys(_directions(claim)))
        named = () if claim.title is None else (claim.title.casefold(),)
        return self._hold(claim, _INTERFACE, f"{_API}{claim.family}", "interface", named)

    def editions(self, claim: Claim) -> set[str]:
        """The editions that the findings name which show what a claim is on, in its direction."""
        if claim.standard is None:
            rows = (
                row
                for row in self._scene.findings(_INTERFACE)
                if row["attributes"]["family"] == claim.family and _offered(row) == "shown"
            )
        else:
            wanted = _keys(_directions(claim))
            rows = (
                row
                for row in self._scene.findings(_CAPABILITY)
                if row["attributes"]["standard"] == claim.standard
                and (not wanted or row["attributes"]["direction"] in wanted)
                and _shown(row) == "shown"
            )
        return {str(row["attributes"]["version"]) for row in rows if row["attributes"].get("version")}

    def unclaimed(self, claims: Iterable[Claim]) -> list[dict[str, Any]]:
        """Rows for what is shown and not spoken of: standards by direction, interfaces by family."""
        spoken: dict[str, set[str]] = {}
        for claim in claims:
            if claim.standard is not None:
                spoken.setdefault(claim.standard, set()).update(_directions(claim) or (*_DIRECTIONS, "unknown"))
            elif claim.family is not None:
                spoken.setdefault(f"{_API}{claim.family}", set())
        rows = []
        things = {thing for thing, sort in self._seen if sort == "shown"}
        for thing in sorted(things, key=lambda thing: (thing.startswith(_API), thing)):
            if thing.startswith(_API):
                if thing not in spoken:
                    seen = self._sum(thing, "shown", ())
                    rows.append(_unclaimed({"family": thing.removeprefix(_API)}, "claim.unclaimed_interface", seen))
                continue
            for direction in (*_DIRECTIONS, "unknown"):
                seen = self._sum(thing, "shown", _keys((direction,)))
                if seen.total and direction not in spoken.get(thing, ()):
                    extra = {"standard": thing, "direction": direction}
                    rows.append(_unclaimed(extra, f"claim.unclaimed_{direction}", seen))
        return rows

    def _hold(self, claim: Claim, kind: str, thing: str, what: str, wanted: tuple[str, ...]) -> Holding:
        scope = self._scene.search((kind,), _ROLES)
        shown, shipped, weak, in_code, refuted, others = (self._sum(thing, sort, wanted) for sort in _SORTS)
        if wanted and claim.standard is not None:  # a direction that nobody states is no evidence of this one
            weak = weak.joined(*(self._sum(thing, sort, ("unknown",)) for sort in ("shown", "weak")))
        whole = all(self._sum(thing, "shown", _keys((one,))).total for one in _directions(claim)) and shown.total > 0

        def answer(result: Result, code: str, seen: Seen, *more: Reason, not_seen: bool = False) -> Holding:
            return Holding(
                result=result,
                reasons=(Reason(code, {"amount": seen.total} if seen.total else {}), *more),
                findings=tuple(seen.ids),
                findings_total=seen.total,
                search_scope=scope,
                not_seen=not_seen,
            )

        def how(seen: Seen) -> list[Reason]:
            return _how(seen) if claim.standard is not None else []

        searched = scope_reasons(scope)
        traces = self._traces.get(thing) if claim.standard is not None else None
        more = [Reason("claim.standard_traces", {"amount": traces.total})] if traces else []
        if claim.claim is Word.NO:
            if (there := shown.joined(shipped)).total:
                return answer(Result.CONTRADICTED, f"claim.{what}_denied_seen", there, *how(there))
            if weak.total:
                return answer(Result.OPEN, f"claim.{what}_denied_weak", weak)
            if in_code.total:
                return answer(Result.OPEN, "claim.interface_denied_in_code", in_code)
            if others.total:
                return answer(Result.OPEN, f"claim.{what}_denied_elsewhere", others)
            if scope.complete:
                return answer(Result.SUPPORTED, f"claim.{what}_denied_agrees", Seen(), *more, *searched)
            return answer(Result.OPEN, "claim.denied_not_examined", Seen(), *more, *searched)
        if whole:
            return answer(Result.SUPPORTED, f"claim.{what}_seen", shown, *how(shown))
        if shipped.total:
            return answer(Result.OPEN, "claim.interface_shipped", shipped, *searched)
        if shown.total:
            return answer(Result.OPEN, "claim.standard_one_direction", shown, *searched)
        if refuted.total and not weak.total and scope.complete:
            return answer(Result.CONTRADICTED, f"claim.{what}_refuted", refuted)
        if weak.total or refuted.total:
            return answer(Result.OPEN, f"claim.{what}_weak", weak if weak.total else refuted, *searched)
        if in_code.total:
            return answer(Result.OPEN, "claim.interface_in_code", in_code, *searched)
        if others.total:
            return answer(Result.OPEN, f"claim.{what}_elsewhere", others, *searched)
        code = "claim.not_seen" if scope.complete else "claim.not_seen_incomplete"
        holding = answer(Result.OPEN, code, Seen(), *more, *searched, not_seen=True)
        if traces:
            return msgspec.structs.replace(holding, findings=tuple(traces.ids), findings_total=traces.total)
        return holding

    def _sum(self, thing: str, sort: str, keys: tuple[str, ...]) -> Seen:
        """What was seen of a thing in one sort, under these directions or titles (none: under all)."""
        kept = self._seen.get((thing, sort), {})
        return Seen().joined(*(kept[key] for key in keys if key in kept) if keys else kept.values())

    def _capability(self, row: Row) -> None:
        attributes = row["attributes"]
        self._add(attributes["standard"], attributes["direction"], _shown(row), row)

    def _add(self, thing: str, key: str, sort: str, row: Row) -> None:
        self._seen.setdefault((thing, sort), {}).setdefault(key, Seen()).add(row)


def _shown(row: Row) -> str:
    """How far a capability shows that the vendor offers it; `elsewhere`: it is not his, or is internal."""
    if row["origin"] in _OTHERS or row["offered"] == Offered.INTERNAL:
        return "elsewhere"
    if "refuted" in row["attributes"]:
        return "refuted"
    own = row["origin"] == Origin.VENDOR and "requires" not in row["attributes"]
    return "shown" if own and Strength(row["strength"]).reaches(Strength.REGISTERED) else "weak"


def _offered(row: Row) -> str:
    """The same for the description of an interface."""
    if row["origin"] in _OTHERS or row["offered"] == Offered.INTERNAL:
        return "elsewhere"
    if row["attributes"].get("described") is False or not Strength(row["strength"]).reaches(Strength.RECOGNISED):
        return "in_code"
    if row["origin"] != Origin.VENDOR:
        return "weak"
    return "shown" if row["offered"] in (Offered.DECLARED, Offered.PUBLISHED) else "shipped"


def _directions(claim: Claim) -> tuple[str, ...]:
    """The directions that a claim names; none: any will do."""
    if claim.direction is None:
        return ()
    return _DIRECTIONS if claim.direction == "both" else (claim.direction,)


def _keys(directions: tuple[str, ...]) -> tuple[str, ...]:
    """Under which directions of findings these are found."""
    return (*directions, "both") if directions and directions != ("unknown",) else directions


def _unclaimed(extra: dict[str, Any], code: str, seen: Seen) -> dict[str, Any]:
    holding = Holding(
        result=Result.SEEN_NOT_CLAIMED,
        reasons=(Reason(code, {"amount": seen.total}), *(_how(seen) if "standard" in extra else ())),
        findings=tuple(seen.ids),
        findings_total=seen.total,
    )
    return {"criterion": None, "claim": None, **extra, **msgspec.to_builtins(holding)}


def _how(seen: Seen) -> list[Reason]:
    """A registration is the product's own word."""
    return [Reason("claim.registered_only")] if seen.strength is Strength.REGISTERED else []
