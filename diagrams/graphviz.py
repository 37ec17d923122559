"""The one door to Graphviz: finds the engine, runs it within limits, and says what went wrong."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path

from consortflow.diagrams.errors import GraphvizError

__all__ = ["engine_path", "run"]

OVERRIDE = "CONSORTFLOW_DOT"
LARGEST = 64 * 1024 * 1024
"""Bytes of DOT the door takes, and that it takes back tenfold."""
TIME_OUT = 60.0


def engine_path() -> str:
    """Return the Graphviz to run: the one CONSORTFLOW_DOT names, the graphviz-pure wheel's, the system's.

    `GraphvizError` with code "missing" where there is none.
    """
    named = os.environ.get(OVERRIDE)
    if named:
        if not Path(named).is_file():
            raise GraphvizError("missing", f"{OVERRIDE} names {named!r}, which is not a file", named)
        return named
    found = _wheel_engine() or _system_engine()
    if found is None:
        raise GraphvizError("missing", "no Graphviz found: install graphviz-pure (pip) or Graphviz itself")
    return found


@cache
def _wheel_engine() -> str | None:
    """Return the program of the graphviz-pure wheel, from the RECORD beside its metadata.

    This is what `importlib.metadata.files` reads; importing that costs a cold start more than Graphviz
    itself.
    """
    for place in sys.path:
        for record in sorted(Path(place or ".").glob("graphviz_pure-*.dist-info/RECORD")):
            for line in record.read_text(encoding="utf-8").splitlines():
                listed = line.rsplit(",", 2)[0].strip('"')
                if listed.rsplit("/", 1)[-1] in {"graphviz-pure", "graphviz-pure.exe"}:
                    program = record.parent.parent / listed
                    if program.is_file():
                        return str(program.resolve())
    return None


def _system_engine() -> str | None:
    from shutil import which

    return which("dot")


def run(source: str, *, form: str = "json0", engine: str = "neato", timeout: float = TIME_OUT) -> bytes:
    """Lay out DOT and return what Graphviz writes, in the format `form`.

    With the engine "neato", positions given in the source are kept (`-n2`). `GraphvizError` names the cause:
    missing, too-large, time-out, crash or garbage.
    """
    import subprocess

    data = source.encode("utf-8")
    if len(data) > LARGEST:
        raise GraphvizError("too-large", f"the figure is {len(data):,} bytes of DOT; {LARGEST:,} are allowed")
    program = engine_path()
    command = [program, f"-K{engine}", *(["-n2"] if engine == "neato" else []), f"-T{form}"]
    try:
        # the engine's path is found above and nothing of the figure is on the command line
        done = subprocess.run(command, input=data, capture_output=True, timeout=timeout, check=False)  # noqa: S603 - see above
    except subprocess.TimeoutExpired:
        raise GraphvizError("time-out", f"Graphviz gave no answer in {timeout:g} s", program) from None
    except OSError as error:
        raise GraphvizError("missing", f"Graphviz cannot be started: {error}", program) from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()[:400] or "nothing"
        raise GraphvizError("crash", f"Graphviz ended with code {done.returncode} and said: {said}", program)
    if not done.stdout or len(done.stdout) > 10 * LARGEST:
        raise GraphvizError("garbage", f"Graphviz answered with {len(done.stdout):,} bytes", program)
    return done.stdout
