"""How tests run on a mutant: the same on every run, stopped by the time they use and not by the clock."""

import os
import resource
from time import process_time

from hypothesis import Phase, settings

SECONDS = 20
"""What all tests together take of a processor is less than half of this."""

# a failing example is not made smaller: that it fails is all that is asked
settings.register_profile("mutation", deadline=None, derandomize=True, database=None, phases=[Phase.generate])
settings.load_profile("mutation")


def pytest_sessionstart():
    """Limit what a mutant may use; mutmut starts a process for each."""
    if "__mutmut_" in os.environ.get("MUTANT_UNDER_TEST", ""):
        most = int(process_time()) + SECONDS
        resource.setrlimit(resource.RLIMIT_CPU, (most, most + 1))
