"""Makes the records of this folder importable by its tests, as in the folder above, and runs the command line."""

import io
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))


@pytest.fixture
def cli(monkeypatch, capsys, tmp_path):
    """Run the command line in a folder of its own; return its exit code and what it printed."""
    monkeypatch.chdir(tmp_path)

    def call(*args, stdin=None):
        from consortflow.cli import run

        monkeypatch.setattr(sys, "argv", ["consortflow", *map(str, args)])
        if stdin is not None:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = run()
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return code, out, err

    return call
