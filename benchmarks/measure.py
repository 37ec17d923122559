"""CPU time of processes and of functions, the least of several runs."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

__all__ = ["BARE_IMPORTS", "cpu_of_call", "cpu_of_process", "imports"]

BARE_IMPORTS = "import pydantic, networkx, yaml, typer"


def cpu_of_process(command: Sequence[str], runs: int = 9) -> float:
    """Return the least CPU time, in seconds, of a process and its children; it must succeed."""
    least = float("inf")
    for _ in range(runs):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        least = min(least, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return least


def cpu_of_call(call: Callable[[], object], runs: int = 1) -> float:
    """Return the least CPU time, in seconds, of a call, the processes it starts included."""
    least = float("inf")
    for _ in range(runs):
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.process_time()
        call()
        own = time.process_time() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        started = after.ru_utime + after.ru_stime - children.ru_utime - children.ru_stime
        least = min(least, own + started)
    return least


def imports(runs: int = 9) -> float:
    """Return I: the CPU time of a process that only imports what every start needs."""
    return cpu_of_process([sys.executable, "-c", BARE_IMPORTS], runs)
