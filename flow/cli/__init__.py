"""The command line: the only place that prints, colours or exits. A module for each group of commands."""

from __future__ import annotations

# the order in which --help lists the commands
# isort: off
from consortflow.cli.terminal import app, run
from consortflow.cli.drawing import draw
from consortflow.cli.checking import ReportFormat
from consortflow.cli.counting import TableFormat
from consortflow.cli.starting import Template
# isort: on

__all__ = ["ReportFormat", "TableFormat", "Template", "app", "draw", "run"]
