"""Dividing the work: nothing is left out, nothing is done twice, and what takes longest goes first."""

import random
from collections.abc import Iterable

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from cpo_scan.scan import plan
from cpo_scan.scan.messages import Batch
from cpo_scan.scan.plan import Want, batches, largest_first, revisits, size_of
from cpo_scan.targets.walk import Entry

MiB = 2**20


def files(sizes: Iterable[int]) -> list[Entry]:
    return [Entry(f"{number:06}", f"{number:06}", "file", size) for number, size in enumerate(sizes)]


@given(st.lists(st.integers(0, 20 * MiB), max_size=600))
def test_every_file_is_in_one_batch_and_large_ones_are_alone(sizes: list[int]) -> None:
    found = files(sizes)
    made = list(batches(0, found))
    assert sorted((file for batch in made for file in batch.files), key=lambda file: file.path) == found
    for batch in made:
        assert len(batch.files) <= plan.BATCH_FILES
        assert len(batch.files) == 1 or all(file.size < plan.ALONE for file in batch.files)


@given(st.lists(st.integers(0, 9), max_size=200))
def test_of_the_batches_ahead_the_largest_goes_first_and_none_is_lost(sizes: list[int]) -> None:
    made = [Batch(root=0, number=number, files=tuple(files([size]))) for number, size in enumerate(sizes)]
    dealt = list(largest_first(made))
    assert sorted(batch.number for batch in dealt) == list(range(len(made)))
    for place, batch in enumerate(dealt):
        ahead = [other for other in dealt[place:] if other.number <= place + plan.AHEAD]
        assert size_of(batch) == max(map(size_of, ahead))


@given(st.lists(st.integers(0, 2 * MiB), max_size=400))  # fewer batches than the walk is ahead
def test_what_is_left_at_the_end_goes_in_pieces_that_keep_their_place_in_the_walk(sizes: list[int]) -> None:
    found, made = files(sizes), []
    for batch in batches(0, found):
        made.append(msgspec.structs.replace(batch, number=found.index(batch.files[0])))
    dealt = sorted(largest_first(made), key=lambda piece: piece.number)
    assert sorted((file for piece in dealt for file in piece.files), key=lambda file: file.path) == found
    for piece in dealt:
        assert piece.files[0] == found[piece.number]
        assert len(piece.files) <= plan.PIECE_FILES
        assert size_of(piece) < plan.PIECE_BYTES + piece.files[-1].size


def test_the_walk_is_only_so_far_ahead_of_the_work() -> None:
    taken = 0

    def found() -> Iterable[Batch]:
        nonlocal taken
        for number in range(1_000):
            taken += 1
            yield Batch(root=0, number=number, files=())

    dealt = iter(largest_first(found()))
    next(dealt)
    assert taken == plan.AHEAD + 1


_PATHS = st.builds("{}{}".format, st.sampled_from(["a", "b", "c.jar", "d.zip"]), st.sampled_from(["", "!/x", "!/y"]))
_WANTS = st.lists(st.builds(Want, st.integers(0, 1), _PATHS, st.just(("p.q",)), st.integers(0, 2 * MiB)), max_size=100)


@given(_WANTS, st.randoms())
def test_what_is_seen_again_is_seen_once_each_container_in_one_batch_and_in_no_order_of_its_own(
    wants: list[Want], chance: random.Random
) -> None:
    made = revisits(wants)
    assert sorted((batch.root, *want) for batch in made for want in batch.wants) == sorted(want[:3] for want in wants)
    outermost = [{(batch.root, path.partition("!/")[0]) for path, _ in batch.wants} for batch in made]
    assert sum(map(len, outermost)) == len(set().union(*outermost))
    shuffled = list(wants)
    chance.shuffle(shuffled)
    assert revisits(shuffled) == made


def test_what_is_largest_is_seen_again_first() -> None:
    wants = [Want(0, f"{number:02}", ("p.q",), number * MiB) for number in range(20)]
    assert [batch.wants[0][0] for batch in revisits(wants)][:2] == ["19", "18"]
