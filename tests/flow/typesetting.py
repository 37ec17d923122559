"""LaTeX compiled by pdflatex, for tests of what labels become there."""

import shutil
import subprocess

import pytest

needs_pdflatex = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")


def typeset(folder, body):
    """Return the text of a document with a body, as its PDF shows it; empty without pdftotext."""
    document = f"\\documentclass{{article}}\\begin{{document}}{body}\\end{{document}}"
    (folder / "t.tex").write_text(document, encoding="utf-8")
    ran = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "t.tex"],  # noqa: S607
        cwd=folder, capture_output=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout.decode(errors="replace")[-900:]
    if shutil.which("pdftotext") is None:
        return ""
    asked = ["pdftotext", "-raw", "t.pdf", "-"]
    shown = subprocess.run(asked, cwd=folder, capture_output=True, check=True)  # noqa: S603 - as above
    return shown.stdout.decode()
