"""What all tests share: where the samples are."""

from pathlib import Path

import pytest

SAMPLES = Path(__file__).resolve().parent.parent / "samples"


@pytest.fixture
def samples() -> Path:
    """The folder of the sample products."""
    return SAMPLES
