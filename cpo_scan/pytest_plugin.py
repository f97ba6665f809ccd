"""Fixtures for those who test their own probes with pytest: `run_probe` and the checks of the test kit.

pytest loads this module in every environment where cpo-scan is installed, so it imports nothing of ours until a test
asks for a fixture.
"""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from cpo_scan.probe.testing import Result


@pytest.fixture(scope="session")
def run_probe() -> "Callable[..., Result]":
    """`run_probe(probe, {"path": b"bytes"})`: run a probe over a tree in memory."""
    from cpo_scan.probe.testing import run_probe

    return run_probe


@pytest.fixture(scope="session")
def check_metadata() -> "Callable[..., None]":
    """`check_metadata(probe)`: is all there that people and the engine need to know?"""
    from cpo_scan.probe.testing import check_metadata

    return check_metadata


@pytest.fixture(scope="session")
def check_determinism() -> "Callable[..., Result]":
    """`check_determinism(probe, files)`: the same findings in any order of the files."""
    from cpo_scan.probe.testing import check_determinism

    return check_determinism


@pytest.fixture(scope="session")
def check_hostile() -> "Callable[..., int]":
    """`check_hostile(probe, files)`: damaged files never raise anything but `Unreadable`."""
    from cpo_scan.probe.testing import check_hostile

    return check_hostile
