"""What all tests share: where the samples are."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# No test checks a time: a property may take as long as the machine needs. All else is as hypothesis has it, which is
# derandomised where CI is set.
settings.register_profile(
    "timeless", parent=settings.default, deadline=None, suppress_health_check=(HealthCheck.too_slow,)
)
settings.load_profile("timeless")

SAMPLES = Path(__file__).resolve().parent.parent / "samples"


@pytest.fixture
def samples() -> Path:
    """The folder of the sample products."""
    return SAMPLES
