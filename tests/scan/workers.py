"""What the workers of the pool tests do: importable by the processes that the pool starts."""

import os
import signal
from time import sleep
from typing import Any

from cpo_scan.scan.pool import Announce


def prepare(_setup: Any) -> Any:
    """A worker that does the steps of a task: words, or ways to die."""
    return steps


def steps(task: dict[str, Any], announce: Announce) -> list[str]:
    """Do what the steps say; those to be skipped are not done."""
    done = []
    for step in task["steps"]:
        announce(step, "probe")
        if step in task["skip"]:
            continue
        match step.partition("-")[0]:
            case "die":
                os.kill(os.getpid(), signal.SIGSEGV)
            case "exit":
                os._exit(7)
            case "whole":  # what a probe of the whole product does: it has no path
                announce("", "probe")
                if "" not in task["skip"]:
                    os._exit(7)
            case "raise":
                raise LookupError("no such thing")
            case "starve":
                raise MemoryError
            case "hang":
                sleep(600)
        done.append(step)
    return done


def refuse(_setup: Any) -> Any:
    """A worker that can't even start."""
    os._exit(9)


def stumble(_setup: Any) -> Any:
    """A worker whose start raises."""
    raise LookupError("no such thing")
