"""A crash-isolating pool of worker processes.

One task is a batch of files. Before each step a worker announces in shared memory what it is about to touch, so that
a death or a time-out costs the culprit one coverage row; the rest of its task goes back into the queue. The standard
library's pool loses everything that was in flight when one worker dies, and knows no time limit per task.
"""

import contextlib
import ctypes
import multiprocessing
import os
import pickle
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from multiprocessing.connection import Connection, wait
from pathlib import Path
from time import monotonic
from typing import Any

import msgspec

from cpo_scan.probe.running import raised_at

_CONTEXT = multiprocessing.get_context(
    "spawn"
)  # the only start method that is safe with threads and the same on all platforms
_PATH_ROOM = 4096  # bytes of an announced path; longer ones are cut, and then cost their whole file
_BEAT = 0.5  # seconds between looks at the clock
_START = -1  # the number under which a worker says that it can't even start


class Culprit(msgspec.Struct, frozen=True):
    """What a worker was doing when it died or was stopped: the artifact's path, and the probe (None: opening it)."""

    path: str
    probe: str | None
    code: str  # worker.died, worker.killed, worker.broke, limit.memory, limit.seconds
    nondeterministic: bool
    params: dict[str, str] = {}


class Broken(msgspec.Struct, frozen=True):
    """What a worker answers when its own code raised: the error's type, and module and line."""

    error: str
    at: str

    @classmethod
    def by(cls, error: Exception) -> "Broken":
        return cls(type(error).__name__, raised_at(error))


class Announcer:
    """The worker's side of the shared memory: a counter, and the path and probe of the current step."""

    def __init__(self, counter: Any, room: Any) -> None:
        self._counter, self._room = counter, memoryview(room).cast("B")

    def __call__(self, path: str, probe: str | None) -> None:
        step = f"{probe or ''}\0{path}\0".encode()[:_PATH_ROOM]
        self._room[: len(step)] = step
        self._counter.value += 1


def _quiet(path: str, probe: str | None) -> None:
    """Nobody listens."""


Announce = Callable[[str, str | None], None]
Work = Callable[[Any, Announce], Any]
Prepare = Callable[[Any], Work]


def _serve(prepare: Prepare, setup: str, connection: Connection, counter: Any, room: Any) -> None:
    """The life of a worker: one task after the other until the pipe closes. An error of its own is an answer too.
    `setup` is the file with what it needs once."""
    announce = Announcer(counter, room)
    with contextlib.suppress(EOFError, KeyboardInterrupt, BrokenPipeError):
        try:
            with Path(setup).open("rb") as stream:
                work = prepare(pickle.load(stream))
        except Exception as error:
            return connection.send((_START, Broken.by(error)))
        while True:
            number, task = connection.recv()
            announce("", None)
            try:
                answer = work(task, announce)
            except Exception as error:
                answer = Broken.by(error)
            connection.send((number, answer))


class _Worker:
    def __init__(self, prepare: Prepare, setup: str) -> None:
        self.connection, theirs = _CONTEXT.Pipe()
        self._counter = _CONTEXT.RawValue(ctypes.c_uint64, 0)
        self._room = _CONTEXT.RawArray(ctypes.c_char, _PATH_ROOM)
        self.process = _CONTEXT.Process(
            target=_serve, args=(prepare, setup, theirs, self._counter, self._room), daemon=True
        )
        self.process.start()
        theirs.close()
        self.task: tuple[int, Any] | None = None
        self._seen = (0, monotonic())

    def give(self, number: int, task: Any) -> None:
        self.task = (number, task)
        self._seen = (self._counter.value, monotonic())
        with contextlib.suppress(OSError):  # it died while it was idle: it will be buried like any other
            self.connection.send((number, task))

    def stuck(self, seconds: Callable[[Any], float]) -> bool:
        """Has it been at one step for longer than its task allows?"""
        count, since = self._seen
        if self._counter.value != count:
            self._seen = (self._counter.value, monotonic())
            return False
        return self.task is not None and monotonic() - since > seconds(self.task[1])

    def doing(self) -> tuple[str, str | None]:
        probe, path, *_ = self._room.raw.split(b"\0", 2)
        return path.decode(errors="replace"), probe.decode(errors="replace") or None

    def stop(self) -> None:
        self.connection.close()
        if self.process.is_alive():
            self.process.kill()
        self.process.join()


class Pool:
    """Runs tasks in `workers` processes. `prepare(setup)` is called once in each and gives the function that works; the
    setup goes through a file in `folder`.

    `seconds(task)` is the time that one step of a task may take. Results come as they are done; the caller sorts.
    `recover(task, culprit)` turns a task that cost a worker into the task that is left of it, or None.
    """

    def __init__(
        self,
        prepare: Prepare,
        setup: Any,
        workers: int,
        seconds: Callable[[Any], float],
        recover: Callable[[Any, Culprit], Any | None],
        folder: Path | None = None,
    ) -> None:
        self._prepare, self._setup = prepare, setup
        self._file, self._folder = "", folder
        self._count, self._seconds, self._recover = max(1, workers), seconds, recover
        self._workers: list[_Worker] = []

    def __enter__(self) -> "Pool":
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.stop()
        self._workers = []
        if self._file:
            Path(self._file).unlink(missing_ok=True)
            self._file = ""

    def run(self, tasks: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
        """All tasks with their results, in the order in which they are done. Takes one task more than workers are free,
        so that a worker that is done gets the next one before its result is kept."""
        source = enumerate(tasks)
        waiting: deque[tuple[int, Any]] = deque()
        if not self._workers:
            self._hire()  # it starts while the first task is looked for
        while True:
            if not waiting:
                waiting.extend(islice(source, 1))
            while waiting and ((worker := self._idle()) is not None or len(self._workers) < self._count):
                (worker or self._hire()).give(*waiting.popleft())
                if not waiting:
                    waiting.extend(islice(source, 1))
            busy = [worker for worker in self._workers if worker.task is not None]
            if not busy:
                return
            ready = wait([item for worker in busy for item in (worker.connection, worker.process.sentinel)], _BEAT)
            for worker in busy:
                assert worker.task is not None
                if worker.connection in ready or worker.process.sentinel in ready:
                    answer = self._receive(worker)
                    if answer is not None and isinstance(answer[1], Broken):
                        self._mend(worker, waiting, *answer)
                        continue
                    if answer is not None:
                        task, worker.task = worker.task[1], None
                        if waiting:
                            worker.give(*waiting.popleft())
                        yield task, answer[1]
                        continue
                    self._bury(worker, waiting)
                elif worker.stuck(self._seconds):
                    worker.process.kill()
                    worker.process.join()
                    self._bury(worker, waiting, "limit.seconds")

    def _idle(self) -> _Worker | None:
        return next((worker for worker in self._workers if worker.task is None), None)

    def _hire(self) -> _Worker:
        if not self._file:
            import tempfile

            # In a file, and not in what is handed to a process at its start: that the system takes all at once only if
            # it is short. Else the next worker would wait for this one, and we for ever if it dies before it has read.
            descriptor, self._file = tempfile.mkstemp(prefix="cpo-scan-", dir=self._folder)
            with os.fdopen(descriptor, "wb") as stream:
                pickle.dump(self._setup, stream, pickle.HIGHEST_PROTOCOL)
        worker = _Worker(self._prepare, self._file)
        self._workers.append(worker)
        return worker

    @staticmethod
    def _receive(worker: _Worker) -> Any | None:
        try:
            return worker.connection.recv() if worker.connection.poll() else None
        except (EOFError, OSError):
            return None

    def _bury(self, worker: _Worker, waiting: "deque[tuple[int, Any]]", code: str | None = None) -> None:
        """Replace a dead worker; what is left of its task is done again."""
        worker.process.join()
        assert worker.task is not None
        number, task = worker.task
        path, probe = worker.doing()
        worker.stop()
        self._workers.remove(worker)
        exit_code = worker.process.exitcode or 0
        if not path and probe is None and code is None and exit_code > 0:
            raise WorkerLost(f"a worker process ended with status {exit_code} before it did anything")
        killed = exit_code == -9 and code is None  # SIGKILL from outside: most likely the system ran out of memory
        culprit = Culprit(path, probe, code or ("worker.killed" if killed else "worker.died"), killed or bool(code))
        self._again(number, task, culprit, waiting)

    def _mend(self, worker: _Worker, waiting: "deque[tuple[int, Any]]", number: int, broken: Broken) -> None:
        """A worker's own code raised: the worker lives, what is left of its task is done again."""
        if number == _START:
            raise WorkerLost(f"a worker process can't start: {broken.error} at {broken.at}")
        assert worker.task is not None
        (_, task), worker.task = worker.task, None
        if broken.error == MemoryError.__name__:
            culprit = Culprit(*worker.doing(), "limit.memory", nondeterministic=True)
        else:
            params = {"error": broken.error, "at": broken.at}
            culprit = Culprit(*worker.doing(), "worker.broke", nondeterministic=False, params=params)
        self._again(number, task, culprit, waiting)

    def _again(self, number: int, task: Any, culprit: Culprit, waiting: "deque[tuple[int, Any]]") -> None:
        if (rest := self._recover(task, culprit)) is not None:
            waiting.appendleft((number, rest))


class WorkerLost(RuntimeError):
    """A worker can't even start; no coverage row could say what was lost."""


class Inline:
    """The same face without processes: for tests and debuggers. A crash here is a crash."""

    def __init__(self, prepare: Prepare, setup: Any) -> None:
        self._work = prepare(setup)

    def __enter__(self) -> "Inline":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def run(self, tasks: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
        """All tasks with their results, in their order."""
        for task in tasks:
            yield task, self._work(task, _quiet)


def limit_memory(most: int) -> None:
    """Bound the private memory of this process where the system can (RLIMIT_DATA on Linux counts mappings too)."""
    if sys.platform == "linux":
        import resource

        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        resource.setrlimit(resource.RLIMIT_DATA, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
