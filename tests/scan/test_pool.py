"""The pool: a death costs the culprit a row, and the rest of its task is done."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cpo_scan.scan.pool import Culprit, Inline, Pool, WorkerLost
from tests.scan.workers import prepare, refuse, stumble


class Recovery:
    """Takes the culprit's step out of the task, and remembers it."""

    def __init__(self) -> None:
        self.culprits: list[Culprit] = []

    def __call__(self, task: dict[str, Any], culprit: Culprit) -> dict[str, Any] | None:
        self.culprits.append(culprit)
        return {**task, "skip": [*task["skip"], culprit.path]}


def task(*steps: str) -> dict[str, Any]:
    return {"steps": list(steps), "skip": []}


def _long(_: object) -> float:
    return 30.0


def run(tasks: list[dict[str, Any]], workers: int = 2, seconds: float = 30.0) -> tuple[list[list[str]], Recovery]:
    recovery = Recovery()
    with Pool(prepare, None, workers, lambda _: seconds, recovery) as pool:
        return sorted(result for _, result in pool.run(tasks)), recovery


def test_all_tasks_are_done_by_any_number_of_workers() -> None:
    tasks = [task(f"a{number}", f"b{number}") for number in range(20)]
    expected = sorted([f"a{number}", f"b{number}"] for number in range(20))
    assert run(tasks, workers=1)[0] == run(tasks, workers=3)[0] == expected


@pytest.mark.parametrize("way", ["die", "exit"])
def test_a_death_costs_the_culprit_and_nothing_else(way: str) -> None:
    results, recovery = run([task("a", f"{way}-1", "b"), task("c"), task("d", f"{way}-2")])
    assert results == [["a", "b"], ["c"], ["d"]]
    assert sorted(culprit.path for culprit in recovery.culprits) == [f"{way}-1", f"{way}-2"]
    assert {culprit.probe for culprit in recovery.culprits} == {"probe"}
    assert {culprit.code for culprit in recovery.culprits} == {"worker.died"}


def test_an_error_of_the_worker_itself_costs_the_culprit_and_says_where(capfd: pytest.CaptureFixture[str]) -> None:
    results, recovery = run([task("a", "raise", "b"), task("c")], workers=1)
    assert results == [["a", "b"], ["c"]]
    (culprit,) = recovery.culprits
    assert (culprit.path, culprit.code, culprit.nondeterministic) == ("raise", "worker.broke", False)
    assert culprit.params["error"] == "LookupError"
    assert culprit.params["at"].startswith("tests.scan.workers:")
    assert capfd.readouterr().err == ""


def test_a_death_over_the_whole_product_is_no_failure_to_start() -> None:
    results, recovery = run([task("whole"), task("a")], workers=1)
    assert results == [["a"], ["whole"]]
    assert recovery.culprits == [Culprit("", "probe", "worker.died", False)]


def test_a_step_that_asks_for_more_memory_than_there_is_says_so() -> None:
    results, recovery = run([task("a", "starve", "b")], workers=1)
    assert results == [["a", "b"]]
    assert recovery.culprits == [Culprit("starve", "probe", "limit.memory", True)]


def test_a_step_that_hangs_is_stopped_and_said_to_depend_on_the_clock() -> None:
    results, recovery = run([task("a", "hang", "b")], workers=1, seconds=1.0)
    assert results == [["a", "b"]]
    assert recovery.culprits == [Culprit("hang", "probe", "limit.seconds", True)]


def test_a_worker_that_cannot_start_is_an_error_of_ours_and_no_endless_loop() -> None:
    with pytest.raises(WorkerLost), Pool(refuse, None, 1, _long, Recovery()) as pool:
        list(pool.run([task("a")]))


def test_a_worker_whose_start_raises_says_why_in_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    with (
        pytest.raises(WorkerLost, match=r"LookupError at tests\.scan\.workers:"),
        Pool(stumble, None, 1, _long, Recovery()) as pool,
    ):
        list(pool.run([task("a")]))
    assert capfd.readouterr().err == ""


def test_a_pool_that_is_left_early_leaves_no_process_behind() -> None:
    with Pool(prepare, None, 2, _long, Recovery()) as pool:
        next(pool.run([task("a"), task("b"), task("hang")]))
        processes = [worker.process for worker in pool._workers]
    assert not any(process.is_alive() for process in processes)


def test_inline_gives_the_same_results() -> None:
    with Inline(prepare, None) as inline:
        assert [result for _, result in inline.run([task("a"), task("b", "c")])] == [["a"], ["b", "c"]]


def test_announced_paths_of_any_length_do_not_break_the_pool() -> None:
    long = "x" * 10_000
    results, recovery = run([task(long, "b")], workers=1)
    assert results == [[long, "b"]]
    assert not recovery.culprits


def test_a_worker_that_dies_before_it_has_read_what_it_needs_is_an_error_and_no_endless_wait(tmp_path: Path) -> None:
    """A program that calls us without asking for its `__main__` is run again in each worker, and refused there."""
    program = tmp_path / "careless.py"
    program.write_text(
        "from cpo_scan.scan.pool import Pool\n"
        "with Pool(len, bytes(2**20), 1, lambda task: 30.0, lambda task, culprit: None) as pool:\n"
        "    list(pool.run([None]))\n"
    )
    done = subprocess.run([sys.executable, str(program)], check=False, capture_output=True, text=True, timeout=100)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("cpo_scan.scan.pool.WorkerLost: ")


def test_what_workers_need_lies_in_one_file_that_goes_with_the_pool(tmp_path: Path) -> None:
    with Pool(prepare, bytes(2**20), 2, _long, Recovery(), tmp_path) as pool:
        assert len(list(pool.run([task("a"), task("b"), task("c")]))) == 3
        assert len(list(tmp_path.iterdir())) == 1
    assert list(tmp_path.iterdir()) == []
