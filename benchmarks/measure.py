"""CPU time of processes and of functions, the least of several runs."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence

__all__ = ["BARE_IMPORTS", "cpu_of_call", "cpu_of_processes", "imports"]

BARE_IMPORTS = "import pydantic, networkx, yaml, typer"


def cpu_of_processes(commands: Mapping[str, Sequence[str]], runs: int = 9) -> dict[str, float]:
    """Return the least CPU time, in seconds, of each process and its children; each must succeed.

    They take turns, so that a busy machine is as unkind to one as to another.
    """
    least = dict.fromkeys(commands, float("inf"))
    for _ in range(runs):
        for name, command in commands.items():
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run(command, check=True, capture_output=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            least[name] = min(least[name], spent)
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
    return cpu_of_processes({"imports": [sys.executable, "-c", BARE_IMPORTS]}, runs)["imports"]
