"""A cache changes how long a scan takes and nothing else: warm and cold bodies are the same, whatever was edited."""

import functools
import os
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpo_scan.model import Artifact, Finding, Severity
from cpo_scan.probe import (
    CombiningProbe,
    Context,
    Index,
    Note,
    Probe,
    ProductContext,
    ProductProbe,
    formats,
    names,
)
from cpo_scan.probe.registry import Registered, Registry, of_classes
from cpo_scan.probe.remembering import remembered
from cpo_scan.scan import cache_key, engine, examine, pool, worker
from cpo_scan.scan.cache import FILE, CacheStore, CacheUnusable, clear
from cpo_scan.scan.engine import Options
from cpo_scan.scan.plan import batches
from cpo_scan.scan.whose import Overrides
from cpo_scan.targets import walk
from cpo_scan.targets.content import Content
from cpo_scan.targets.limits import Limits
from cpo_scan.targets.product import ExclusionRule
from cpo_scan.targets.walk import Entry
from tests.scan.made_products import ARCHIVES, CONTENTS, Made, look, probes, rules, zipped

PATHS = sorted(CONTENTS)
EVERYTHING = Made(dict.fromkeys(PATHS, 0), {}, {})
Edit = tuple[str, str, object]

path = st.sampled_from(PATHS)
edits = st.one_of(
    st.tuples(st.just("change"), path, st.integers(0, 2)),
    st.tuples(st.just("remove"), path, st.just("")),
    st.tuples(st.just("pack"), path, st.sampled_from(ARCHIVES)),
    st.tuples(st.just("unpack"), path, st.just("")),
    st.tuples(st.just("move"), path, st.sampled_from(["elsewhere/", "api/", "docs/", "vendor/made/"])),
    st.tuples(st.just("schemas"), path, st.just("")),
)


@pytest.fixture(autouse=True, scope="module")
def same_program() -> Iterator[None]:
    """Code and rules are digested once for all tests of this file: what they are part of is tested by itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cache_key, "_rules", functools.cache(cache_key._rules))
        patch.setattr(cache_key, "_code", functools.cache(cache_key._code))
        patch.setattr(Registered, "digest", "of this test")
        patch.setattr(examine, "_WORTH", 0.0)  # files are steps however quick they are
        yield


def edited(product: Made, edit: Edit) -> Made:
    files, packed, moved = dict(product.files), dict(product.packed), dict(product.moved)
    match edit:
        case ("change", name, number):
            files[name] = int(str(number))
        case ("remove", name, _):
            files.pop(name, None)
        case ("pack", name, archive):
            packed[name] = str(archive)
        case ("unpack", name, _):
            packed.pop(name, None)
        case ("move", name, folder):
            moved[name] = str(folder) + name.rpartition("/")[2]
    return Made(files, packed, moved)


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("schemas")
    (folder / "list.xsd").write_bytes(CONTENTS["data/list.xsd"][0])
    return folder


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A product with all that there is, in a folder."""
    EVERYTHING.write(tmp_path / "made")
    return tmp_path / "made"


@settings(max_examples=4)
@given(
    removed=st.sets(path, max_size=6), steps=st.lists(st.lists(edits, min_size=1, max_size=4), min_size=1, max_size=3)
)
def test_a_warm_scan_says_what_a_cold_one_says_however_the_product_was_edited(
    tmp_path_factory: pytest.TempPathFactory, schemas: Path, removed: set[str], steps: list[list[Edit]]
) -> None:
    folder = tmp_path_factory.mktemp("made")
    target, cache = folder / "target", folder / "cache"
    product = Made({name: 0 for name in PATHS if name not in removed}, {}, {})
    at_hand: Path | None = None
    for step in [[], *steps]:
        for edit in step:
            product = edited(product, edit)
            if edit[0] == "schemas":
                at_hand = None if at_hand else schemas
        product.write(target)
        cold, warm = look(target, schemas=at_hand), look(target, cache, schemas=at_hand)
        assert warm.body == cold.body
        assert warm.inventory == cold.inventory
        assert warm.cache is not None and warm.cache.problem is None
    again = look(target, cache, schemas=at_hand)
    assert again.body == cold.body
    assert again.cache is not None and again.cache.reused > again.cache.kept == 0


def test_a_registration_is_refuted_once_its_handler_is_gone(made: Path, tmp_path: Path) -> None:
    before = look(made, tmp_path / "cache").body
    (made / "Mod/Made/importMade.py").unlink()
    after = look(made, tmp_path / "cache").body
    assert b'"refuted"' not in before
    assert b'"refuted"' in after
    assert after == look(made).body


def test_what_a_description_refers_to_is_looked_at_again(made: Path, tmp_path: Path) -> None:
    look(made, tmp_path / "cache")
    (made / "api/parts.yaml").write_bytes(b"other: {description: done}\n")
    assert look(made, tmp_path / "cache").body == look(made).body
    (made / "api/parts.yaml").unlink()
    assert look(made, tmp_path / "cache").body == look(made).body


def test_processes_that_share_the_work_keep_what_one_would(made: Path, tmp_path: Path) -> None:
    cold = look(made)
    assert look(made, tmp_path / "cache", workers=2).body == cold.body
    assert look(made, tmp_path / "cache", workers=1).body == cold.body
    assert look(made, tmp_path / "cache", workers=0).body == cold.body


@pytest.mark.parametrize("inner", ["", "lib/"])
def test_an_archive_that_is_a_target_gives_the_same_warm(tmp_path: Path, inner: str) -> None:
    members = {f"{inner}{name}": contents[0] for name, contents in CONTENTS.items()}
    target = tmp_path / "made.zip"
    target.write_bytes(zipped({"in.jar": zipped(members), **members}))
    cold = look(target)
    first, warm = look(target, tmp_path / "cache"), look(target, tmp_path / "cache")
    assert first.body == warm.body == cold.body
    assert first.inventory == warm.inventory == cold.inventory
    assert warm.cache is not None and warm.cache.reused
    target.write_bytes(zipped({"in.jar": zipped(members), **members, "note.txt": b"changed"}))
    assert look(target, tmp_path / "cache").body == look(target).body


@pytest.mark.parametrize("most", ["container_bytes", "container_members", "target_bytes"])
def test_limits_are_hit_where_they_would_be_without_a_cache(tmp_path: Path, most: str) -> None:
    members = {name: CONTENTS[name][0] for name in PATHS if name.startswith(("api/", "Mod/", "data/"))}
    packed = {"deep.zip": zipped(members), "more.zip": zipped({**members, "more": b""})}
    few = Registry(one for one in probes() if one.id in ("api.openapi", "api.protobuf", "exchange.registration"))
    target, cache = tmp_path / "made", tmp_path / "cache"
    target.mkdir()
    for number in range(3):
        (target / f"{number}.zip").write_bytes(zipped({**packed, "number": b"%d" % number}))
    largest = 2 * len(members) if most == "container_members" else 2 * sum(map(len, members.values()))
    for limit in (largest - 5, largest + 5, 3 * largest):
        limits = Limits(**{most: limit})
        cold = look(target, limits=limits, registry=few)
        assert look(target, cache, limits=limits, registry=few).body == cold.body
        assert look(target, cache, limits=limits, registry=few).body == cold.body


@pytest.mark.parametrize("most", ["container_bytes", "container_members"])
def test_a_member_that_was_within_a_limit_is_opened_again_where_the_limit_is_near(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: str
) -> None:
    monkeypatch.setattr(examine, "_WORTH_INSIDE", 0.0)  # members are steps however quick they are
    members = {name: CONTENTS[name][0] for name in PATHS if name.startswith("Mod/")}
    deep, few = zipped(members), Registry([probes()["exchange.registration"]])
    size = len(members) if most == "container_members" else sum(map(len, members.values()))
    target, cache = tmp_path / "made", tmp_path / "cache"
    target.mkdir()
    limits = Limits(**{most: 3 * size + (1 if most == "container_members" else len(deep))})
    hits = []
    for before in (0, 1, 3):
        first = {f"{number}": b"x" * size for number in range(before * (size if most == "container_members" else 1))}
        (target / "outer.zip").write_bytes(zipped({**first, "deep.zip": deep}))
        cold = look(target, limits=limits, registry=few)
        hits.append(b'"limits_hit":[]' not in cold.body)
        assert look(target, cache, limits=limits, registry=few).body == cold.body
    assert hits == [False, False, True]


class Careless(Probe):
    """Loses something each time, in the ways that there are."""

    id = "made.careless"
    examines = names("*.txt")
    states = ("standard.mention",)
    ways = ("crash", "lost", "bounded", "time")
    way = "lost"
    runs = 0

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        Careless.runs += 1
        match Careless.way:
            case "crash":
                raise ZeroDivisionError
            case "time":
                context._deadline = 0
                context.checkpoint()
            case way:
                context.partly(artifact, "json.malformed", severity=Severity(way), line=1, column=1)
        yield Finding("standard.mention", {"standard": "step"}, evidence=(artifact.at("step"),))


@pytest.mark.parametrize(("way", "runs"), [("crash", 2), ("lost", 2), ("time", 2), ("bounded", 1)])
def test_what_lost_anything_is_looked_at_again(tmp_path: Path, way: str, runs: int) -> None:
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "note.txt").write_text("step")
    Careless.way, Careless.runs = way, 0
    bodies = {look(tmp_path / "made", tmp_path / "cache", registry=of_classes(Careless)).body for _ in range(2)}
    assert (len(bodies), Careless.runs) == (1, runs)


class Counting(Probe):
    """Counts how often it ran, and states whether a neighbour is there."""

    id = "made.counting"
    examines = names("*.main")
    states = ("standard.mention",)
    seen: list[str] = []  # noqa: RUF012

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        Counting.seen.append(artifact.path)
        beside = context.related(artifact, "beside.txt")
        text = context.text(beside) if beside else "nothing"
        yield Finding("standard.mention", {"standard": text}, evidence=(artifact.at(text),))


def ran(target: Path, cache: Path, **more: object) -> list[str]:
    """The artifacts that `Counting` had to look at; the body is what it would be without a cache."""
    registry = of_classes(Counting)
    Counting.seen = []
    warm = look(target, cache, registry=registry, **more)  # type: ignore[arg-type]
    seen, Counting.seen = Counting.seen, []
    assert warm.body == look(target, registry=registry, **more).body  # type: ignore[arg-type]
    return sorted(seen)


def test_only_what_changed_and_what_reads_it_is_examined_again(tmp_path: Path) -> None:
    target, cache = tmp_path / "made", tmp_path / "cache"
    for folder in ("a", "b"):
        (target / folder).mkdir(parents=True)
        (target / folder / "one.main").write_text(folder)
    assert ran(target, cache) == ["a/one.main", "b/one.main"]
    assert ran(target, cache) == []
    (target / "a" / "beside.txt").write_text("igs")
    assert ran(target, cache) == ["a/one.main"]
    (target / "a" / "beside.txt").write_text("stl")
    (target / "b" / "other.txt").write_text("of no matter")
    assert ran(target, cache) == ["a/one.main"]
    (target / "a" / "beside.txt").unlink()
    (target / "b" / "one.main").write_text("changed")
    assert ran(target, cache) == ["a/one.main", "b/one.main"]
    (target / "b" / "one.main").rename(target / "b" / "two.main")
    assert ran(target, cache) == ["b/two.main"]
    assert ran(target, cache, limits=Limits(xml_depth=9)) == ["a/one.main", "b/two.main"]
    out = Overrides(exclusions=(ExclusionRule(path="b", reason="not ours"),))
    assert ran(target, cache, overrides=out) == ["a/one.main"]


def test_a_target_may_lie_elsewhere_next_time(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "one.main").write_text("a")
    assert ran(tmp_path / "here", tmp_path / "cache") == ["one.main"]
    (tmp_path / "here").rename(tmp_path / "there")
    assert ran(tmp_path / "there", tmp_path / "cache") == []


class Remembering(Probe):
    """Works something out of the inventory once, for all artifacts."""

    id = "made.remembering"
    examines = names("*.main")
    states = ("standard.mention",)
    uses_index = True
    asked = 0

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        def count(index: Index) -> int:
            Remembering.asked += 1
            return index.count(names=("*.wanted",))

        wanted = remembered(context.index, "made.wanted", count)
        yield Finding("standard.mention", {"standard": f"{wanted}"}, evidence=(artifact.at(),))


def test_what_was_worked_out_for_another_artifact_counts_for_each(tmp_path: Path) -> None:
    target, cache = tmp_path / "made", tmp_path / "cache"
    target.mkdir()
    for name in ("one.main", "two.main", "three.main"):
        (target / name).write_text(name)
    registry = of_classes(Remembering)
    for _ in range(3):
        Remembering.asked = 0
        assert look(target, cache, registry=registry).body == look(target, registry=registry).body
        assert Remembering.asked == 2  # by the scan with a cache and by the other, each once
        (target / f"{len(list(target.iterdir()))}.wanted").write_text("")


class Gathering(CombiningProbe):
    """Notes every file, and asks the inventory for more once all are there."""

    id = "made.gathering"
    examines = names("*.main")
    states = ("docs.set",)
    combined = 0

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Note]:
        yield Note(context.text(artifact))

    def combine(self, context: ProductContext) -> Iterator[Finding]:
        Gathering.combined += 1
        noted = sorted(context.notes(str))
        wanted = context.index.count(names=("*.wanted",))
        listed = [artifact.path for artifact in context.index.select(formats=("pdf",))]
        for name, _ in noted[:1]:
            artifact = context.index.get(name)
            assert artifact is not None
            attributes = {"format": "text", "noted": noted, "wanted": wanted, "listed": listed}
            yield Finding("docs.set", attributes, evidence=(artifact.at(""),))


def test_what_combines_runs_again_where_its_notes_or_its_answers_changed(tmp_path: Path) -> None:
    target, cache = tmp_path / "made", tmp_path / "cache"
    target.mkdir()
    (target / "one.main").write_text("a")

    def combined() -> int:
        Gathering.combined = 0
        warm = look(target, cache, registry=of_classes(Gathering))
        count = Gathering.combined
        assert warm.body == look(target, registry=of_classes(Gathering)).body
        return count

    assert (combined(), combined()) == (1, 0)
    (target / "of no matter.txt").write_text("b")
    assert combined() == 0
    (target / "x.wanted").write_text("c")
    assert combined() == 1
    (target / "manual.pdf").write_bytes(b"%PDF-1.4\n")
    assert combined() == 1
    (target / "one.main").write_text("b")
    assert combined() == 1


class Overseeing(ProductProbe):
    """Sees what the others found."""

    id = "made.overseeing"
    examines = formats("text")
    states = ("docs.set",)

    def examine(self, context: ProductContext) -> Iterator[Finding]:
        found = list(context.findings("standard.mention"))
        links = list(context.links())
        for artifact in list(context.index.select())[:1]:
            attributes = {"format": "text", "found": len(found), "links": links}
            yield Finding("docs.set", attributes, evidence=(artifact.at(""),))


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_what_sees_the_findings_of_others_and_the_links_sees_those_of_this_scan(tmp_path: Path) -> None:
    target, cache = tmp_path / "made", tmp_path / "cache"
    target.mkdir()
    (target / "one.main").write_text("a")
    registry = of_classes(Counting, Overseeing)
    for step in range(3):
        assert look(target, cache, registry=registry).body == look(target, registry=registry).body
        (target / f"link{step}").symlink_to("one.main")
        (target / f"{step}.main").write_text("b")


def test_code_rules_and_options_are_what_all_results_rest_on(monkeypatch: pytest.MonkeyPatch) -> None:
    running = list(probes())[:5]
    whole = cache_key.ground(running, rules(), Overrides(), Options())
    assert whole == cache_key.ground(running, rules(), Overrides(), Options(workers=3, cache="elsewhere"))
    others = [
        cache_key.ground(running[1:], rules(), Overrides(), Options()),
        cache_key.ground(running, rules() + b"\0", Overrides(), Options()),
        cache_key.ground(running, rules(), Overrides(exclusions=(ExclusionRule(path="a", reason="b"),)), Options()),
        cache_key.ground(running, rules(), Overrides(), Options(excerpts="none")),
        cache_key.ground(running, rules(), Overrides(), Options(limits=Limits(depth=3))),
    ]
    for what in ("_rules", "_native", "_installed", "_code"):
        with monkeypatch.context() as patch:
            patch.setattr(cache_key, what, lambda *_: ["other"])
            others.append(cache_key.ground(running, rules(), Overrides(), Options()))
    assert len({whole, *others}) == 1 + len(others)


# -- sizes and times instead of bytes


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that were just made count as old enough to be trusted."""
    monkeypatch.setattr(engine, "_SETTLED", -3600 * 10**9)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that the workers opened."""
    names: list[str] = []

    def watched(place: str, raw: str) -> Content:
        names.append(raw)
        return walk.open_entry(place, raw)

    monkeypatch.setattr(worker, "open_entry", watched)
    return names


@pytest.mark.usefixtures("settled")
def test_with_trust_in_stamps_unchanged_files_are_not_opened(made: Path, tmp_path: Path, opened: list[str]) -> None:
    (made / "broken.json").unlink()  # what lost something is looked at each time
    first = look(made, tmp_path / "cache", trust=True)
    assert opened
    opened.clear()
    again = look(made, tmp_path / "cache", trust=True)
    assert opened == []
    assert again.body == first.body == look(made).body
    assert again.inventory == first.inventory


@pytest.mark.usefixtures("settled")
def test_a_tree_that_is_as_it_was_starts_no_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target, cache = tmp_path / "made", tmp_path / "cache"
    kept = [name for name in PATHS if name.startswith(("docs/", "include/", "LICENSE", "note"))]
    Made(dict.fromkeys(kept, 0), {}, {}).write(target)
    first = look(target, cache, trust=True)
    with monkeypatch.context() as patch:
        patch.setattr(pool.Pool, "_hire", lambda _: pytest.fail("a worker was started"))
        again = look(target, cache, trust=True, workers=2)
    assert again.body == first.body
    assert again.inventory == first.inventory
    (target / "docs" / "more.html").write_bytes(CONTENTS["docs/api.html"][0])
    assert look(target, cache, trust=True).body == look(target).body


@pytest.mark.usefixtures("settled")
def test_other_bytes_of_the_same_size_are_seen_by_their_time(made: Path, tmp_path: Path, opened: list[str]) -> None:
    file = made / "note.txt"
    look(made, tmp_path / "cache", trust=True)
    before = file.stat()
    file.write_bytes(b"A" * before.st_size)
    if sys.platform != "win32":  # somebody sets the time back: the system's own says that the file was touched
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    opened.clear()
    seen = look(made, tmp_path / "cache", trust=True)
    assert "note.txt" in opened
    assert seen.inventory == look(made).inventory


@pytest.mark.usefixtures("settled")
def test_what_a_trusted_file_refers_to_is_read_all_the_same(made: Path, tmp_path: Path) -> None:
    look(made, tmp_path / "cache", trust=True)
    (made / "api/parts.yaml").write_bytes(b"other: {description: done}\n")
    assert look(made, tmp_path / "cache", trust=True).body == look(made).body


def test_young_files_are_not_trusted(made: Path, tmp_path: Path, opened: list[str]) -> None:
    look(made, tmp_path / "cache", trust=True)
    opened.clear()
    look(made, tmp_path / "cache", trust=True)
    assert opened


def test_a_file_more_or_less_moves_few_batches() -> None:
    files = [Entry(f"folder/{number:05}", f"folder/{number:05}", size=9, stamp=(1, 2, 3)) for number in range(5_000)]
    whole = {batch.files for batch in batches(0, files)}
    for missing in (0, 1_234, 4_999):
        rest = {batch.files for batch in batches(0, files[:missing] + files[missing + 1 :])}
        assert len(whole - rest) <= 2
    assert len(list(batches(0, [Entry("a", "a", stamp=(1, 2, 3))]))) == 1


# -- the store


def test_the_store_is_the_users_alone(made: Path, tmp_path: Path) -> None:
    look(made, tmp_path / "cache")
    if hasattr(os, "getuid"):
        assert (tmp_path / "cache").stat().st_mode & 0o777 == 0o700
        assert (tmp_path / "cache" / FILE).stat().st_mode & 0o777 == 0o600


def unused(made: Path, cache: Path) -> str:
    """Why a cache was not used; the body is what it would be without it."""
    seen = look(made, cache)
    assert seen.cache is not None and seen.cache.problem is not None
    assert seen.cache.reused == 0
    assert seen.body == look(made).body
    return seen.cache.problem.code


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="this system has no owners of files")
def test_a_folder_that_others_may_write_to_is_not_used(made: Path, tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    assert unused(made, tmp_path / "open") == "cache.not_private"
    assert list((tmp_path / "open").iterdir()) == []


def test_a_damaged_foreign_or_newer_store_is_left_alone_and_the_scan_is_cold(made: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    look(made, cache)
    file = cache / FILE
    good = file.read_bytes()
    file.write_bytes(b"no database" * 400)
    assert unused(made, cache) == "cache.damaged"
    file.write_bytes(good[:100] + b"\xff" * (len(good) - 100))
    assert unused(made, cache) == "cache.damaged"
    for pragma, code in (("user_version = 2", "cache.other_version"), ("application_id = 7", "cache.foreign")):
        file.write_bytes(good)
        change(file, f"PRAGMA {pragma}")
        before = file.read_bytes()
        assert unused(made, cache) == code
        assert file.read_bytes() == before
    file.unlink()
    change(file, "CREATE TABLE theirs (a)")
    assert unused(made, cache) == "cache.foreign"


def test_entries_that_were_changed_are_not_believed_and_are_made_anew(made: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    kept = look(made, cache).cache
    assert kept is not None and kept.kept
    for damage in (
        "UPDATE entries SET body = X'00' WHERE id % 3 = 0",
        "UPDATE entries SET key = randomblob(32), sealed = (SELECT sealed FROM entries WHERE id = 1) WHERE id % 4 = 1",
        "UPDATE entries SET body = (SELECT body FROM entries WHERE id = 2), sealed = (SELECT sealed FROM entries"
        " WHERE id = 2) WHERE id % 5 = 3",
        "UPDATE entries SET body = 'text' WHERE id % 3 = 1",
    ):
        change(cache / FILE, damage)
        seen = look(made, cache)
        assert seen.body == look(made).body
        assert seen.cache is not None and seen.cache.kept
        whole = look(made, cache).cache
        assert whole is not None and (whole.kept, whole.problem) == (0, None)


def change(file: Path, statement: str) -> None:
    connection = sqlite3.connect(file)
    with connection:
        connection.execute(statement)
    connection.close()


def test_two_scans_may_write_at_once(tmp_path: Path) -> None:
    first, second = CacheStore(tmp_path), CacheStore(tmp_path)
    first.add([(b"a", b"1"), (b"both", b"1")])
    second.add([(b"b", b"2"), (b"both", b"2")])
    first.finish(reused=0, kept=2)
    second.finish(reused=5, kept=2)
    held = first.status()
    assert (held.entries, held.scans, held.reused, held.kept) == (3, 2, 5, 4)
    assert first.problem is second.problem is None
    first.close()
    second.close()


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path) -> None:
    store = CacheStore(tmp_path)
    store.add([(b"%d" % number, os.urandom(10_000)) for number in range(100)])
    store.finish(reused=0, kept=100)
    change(tmp_path / FILE, "UPDATE entries SET used = used - (100 - id)")
    before = store.status()
    assert (before.entries, before.days) == (100, 99)
    store.add([(b"new", os.urandom(10_000))])
    store.finish(reused=0, kept=1, most=500_000)
    after = store.status()
    assert 20 < after.entries < 50
    assert after.held < 500_000
    assert after.size >= before.size
    assert store.prune(most=100_000, days=10) > 10
    assert store.status().size < 200_000
    store.close()
    connection = sqlite3.connect(tmp_path / FILE)
    assert connection.execute("SELECT count(*) FROM entries WHERE key = 'new' OR key = X'6E6577'").fetchone() == (1,)
    connection.close()


def test_only_a_cache_of_ours_is_deleted(tmp_path: Path) -> None:
    assert not clear(tmp_path / "none")
    (tmp_path / FILE).write_bytes(b"somebody's")
    with pytest.raises(CacheUnusable):
        clear(tmp_path)
    (tmp_path / FILE).unlink()
    CacheStore(tmp_path / "cache").close()
    assert clear(tmp_path / "cache")
    assert not (tmp_path / "cache").exists()
