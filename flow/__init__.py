"""Participant flow diagrams from a study file: every count solved, proven and drawn.

    import consortflow as cf
    study = cf.read("trial.consort.yaml")
    cf.check(study)                       # findings, each with its place
    cf.solve(study).n("enrollment")       # 67
    cf.draw(study).save("figure1.svg")
    cf.legend(study)                      # its legend, as prose

Names are handed out when they are first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from consortflow._version import __version__

if TYPE_CHECKING:
    from consortflow.attrition import AttritionTable, Step, table
    from consortflow.checking import check
    from consortflow.comparing import Change, Comparison, compare
    from consortflow.counting import Row, counts
    from consortflow.diagrams.figure import Figure
    from consortflow.disclosure import Disclosure, publish
    from consortflow.drawing import draw
    from consortflow.legends import legend
    from consortflow.manuscript.embedding import Embedding, embed
    from consortflow.manuscript.findings import InvalidManuscriptError
    from consortflow.participants.from_records import count
    from consortflow.registries.verbs import compare_record, import_record, propose
    from consortflow.schemas.diagnostics import Diagnostic, Diagnostics, Severity
    from consortflow.schemas.errors import ConsortflowError, DisclosureError, FileError, InvalidStudyError
    from consortflow.schemas.read import loads, read
    from consortflow.schemas.study import Study
    from consortflow.schemas.write import dumps
    from consortflow.solving import Interval, Solution, solve

__all__ = [
    "AttritionTable",
    "Change",
    "Comparison",
    "ConsortflowError",
    "Diagnostic",
    "Diagnostics",
    "Disclosure",
    "DisclosureError",
    "Embedding",
    "Figure",
    "FileError",
    "Interval",
    "InvalidManuscriptError",
    "InvalidStudyError",
    "Row",
    "Severity",
    "Solution",
    "Step",
    "Study",
    "__version__",
    "check",
    "compare",
    "compare_record",
    "count",
    "counts",
    "draw",
    "dumps",
    "embed",
    "import_record",
    "legend",
    "loads",
    "propose",
    "publish",
    "read",
    "solve",
    "table",
]

_HOMES = {
    "AttritionTable": "attrition",
    "Step": "attrition",
    "table": "attrition",
    "check": "checking",
    "Change": "comparing",
    "Comparison": "comparing",
    "compare": "comparing",
    "count": "participants.from_records",
    "counts": "counting",
    "Row": "counting",
    "Disclosure": "disclosure",
    "DisclosureError": "schemas.errors",
    "publish": "disclosure",
    "draw": "drawing",
    "legend": "legends",
    "Figure": "diagrams.figure",
    "Embedding": "manuscript.embedding",
    "embed": "manuscript.embedding",
    "InvalidManuscriptError": "manuscript.findings",
    "compare_record": "registries.verbs",
    "import_record": "registries.verbs",
    "propose": "registries.verbs",
    "Diagnostic": "schemas.diagnostics",
    "Diagnostics": "schemas.diagnostics",
    "Severity": "schemas.diagnostics",
    "ConsortflowError": "schemas.errors",
    "FileError": "schemas.errors",
    "InvalidStudyError": "schemas.errors",
    "loads": "schemas.read",
    "read": "schemas.read",
    "Study": "schemas.study",
    "dumps": "schemas.write",
    "Interval": "solving",
    "Solution": "solving",
    "solve": "solving",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from importlib import import_module

    # no submodule has the name of a verb: importing one would put it in the verb's place
    globals()[name] = found = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
