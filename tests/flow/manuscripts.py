"""What the tests of manuscripts share: a study in two states, manuscripts of every kind, and a run of the command."""

import io
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import consortflow as cf

STUDY = """\
study: {title: Sleep & light, unit: patients}
stages:
  - {kind: enrollment, n: 67, exits: [{label: "Died [any cause] <30 d, 50% of_them", n: 12}]}
  - {kind: treatment, label: "Got &1 $5 {a~b} @ward ^x #2", n: 55}
"""
LATER = STUDY.replace("67", "68").replace("n: 12", "n: 13")
"""The same study at the next data cut."""

BEFORE = {
    "md": "# Title\n\nSome text with a [link](x.md).\n\n<!-- consortflow: trial -->\n\nMore *text*.\n",
    "qmd": "---\ntitle: T\n---\n\nSee @fig-trial.\n\n<!-- consortflow: trial -->\n\n```{r}\n1 + 1\n```\n",
    "rmd": "---\ntitle: T\n---\n\n<!-- consortflow: trial -->\n\nEnd.\n",
    "tex": (
        "\\documentclass{article}\n\\usepackage{graphicx}\n\\begin{document}\nSee Figure~\\ref{fig:trial}.\n"
        "% consortflow: trial\nMore.\n\\end{document}\n"
    ),
    "html": (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>T</title></head>\n<body>\n<p>Text.</p>\n'
        "<!-- consortflow: trial -->\n<p>More.</p>\n</body></html>\n"
    ),
    "typ": "= Title\n\nSee @fig-trial.\n\n// consortflow: trial\n\nMore.\n",
    "xml": (
        '<?xml version="1.0" encoding="UTF-8"?>\n<article xmlns:xlink="http://www.w3.org/1999/xlink">\n<front/>\n<body>\n'
        "<sec><title>Results</title>\n<p>Text.</p>\n<?consortflow trial?>\n<p>More.</p></sec>\n</body>\n</article>\n"
    ),
}
"""A manuscript of each kind that is text, with its marker."""
IMAGES = {"md": "svg", "qmd": "svg", "rmd": "svg", "tex": "pdf", "typ": "svg", "xml": "svg"}
"""The ending of the image file beside each; HTML holds its picture."""


def folder(path, ending, text=None, study=STUDY):
    """Put a study and a manuscript into a folder, and return their paths."""
    (path / "trial.consort.yaml").write_text(study)
    manuscript = path / f"paper.{ending}"
    data = BEFORE[ending] if text is None else text
    manuscript.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path / "trial.consort.yaml", manuscript


def embedded(path, ending, text=None, **wishes):
    """Return the text of a manuscript once the figure is in it."""
    study, manuscript = folder(path, ending, text)
    cf.embed(study, manuscript, **wishes)
    return manuscript.read_bytes().decode()


def run(monkeypatch, capsys, *args):
    """Run the command line, and return its exit code and what it printed."""
    from consortflow.cli import run as command

    monkeypatch.setattr(sys, "argv", ["consortflow", *map(str, args)])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    code = command()
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, out, err


def program(name):
    """Return a program's path, or skip the test where it is not on this machine."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def ran(*command, cwd, **more):
    """Run a program to its end and return what it printed; it must succeed."""
    done = subprocess.run(  # noqa: S603 - programs that the tests name
        list(map(str, command)), cwd=cwd, capture_output=True, check=False, timeout=240, **more
    )
    assert done.returncode == 0, (done.stdout + done.stderr).decode(errors="replace")[-2000:]
    return (done.stdout + done.stderr).decode(errors="replace")


def command_on_path(monkeypatch):
    """Make the command `consortflow` of this environment the one that other programs find."""
    import os

    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
