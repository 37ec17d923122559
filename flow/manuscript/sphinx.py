"""The Sphinx extension `consortflow.manuscript.sphinx`: a directive that draws a study file.

    .. consortflow:: trial.consort.yaml
       :name: fig-flow
       :width: 170mm

HTML gets the SVG in the page, LaTeX a PDF, every other builder the flow in words. The directive's content is the
caption; without it the legend is. A study with errors is a warning for each, with its place: `sphinx-build -W` fails.
"""

from __future__ import annotations

import os
import posixpath
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from consortflow._version import __version__
from consortflow.manuscript import html
from consortflow.manuscript.embedding import name_of
from consortflow.manuscript.page import drawn
from consortflow.manuscript.piece import slug
from consortflow.schemas.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable

    from sphinx.application import Sphinx

__all__ = ["FlowDirective", "flow", "setup"]

_log = logging.getLogger(__name__)


class flow(nodes.General, nodes.Element):  # noqa: N801 - docutils names nodes so, and asks for visit_flow by it
    """A figure of a study file: its `path`, and how it is drawn."""


class FlowDirective(SphinxDirective):
    """`.. consortflow:: FILE`."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec: ClassVar[dict[str, Callable[[str], Any]] | None] = {
        "theme": directives.unchanged_required,
        "width": directives.unchanged_required,
        "name": directives.unchanged,
        "class": directives.class_option,
        "no-legend": directives.flag,
    }

    def run(self) -> list[nodes.Node]:
        """Return the figure, or nothing where the study has errors; each is a warning."""
        path = self.path_of(self.arguments[0])
        self.env.note_dependency(path)
        name = f"{slug(name_of(path))}-{self.env.new_serialno('consortflow')}"
        options = {key: self.options[key] for key in ("theme", "width") if key in self.options}
        legend = "no-legend" not in self.options
        piece, problems = drawn(path, name, **options, legend=legend)
        for problem in problems:
            if problem.line:
                _log.warning(problem.message, location=f"{path}:{problem.line}", type="consortflow")
            else:
                _log.warning(
                    "%s: %s", self.arguments[0], problem.message, location=self.get_location(), type="consortflow"
                )
        if piece is None:
            self.env.note_reread()  # or the next build would not mention it
            return []
        node = flow("", path=path, stem=name, options=options, svg=html.picture(piece), alt=piece.alternative)
        figure = nodes.figure("", node, classes=["consortflow", *self.options.get("class", [])])
        self.set_source_info(figure)
        if self.content:
            figure += self.parse_content_to_caption()
        elif piece.legend:
            title = nodes.strong(piece.legend.title, piece.legend.title)
            figure += nodes.caption(str(piece.legend), "", title, nodes.Text(f" {piece.legend.text}"))
        self.add_name(figure)
        return [figure]

    def path_of(self, file: str) -> str:
        """Return a file's path: relative to the page, or, after a slash, to the folder of the sources."""
        folder = self.env.srcdir if file.startswith("/") else Path(self.env.doc2path(self.env.docname)).parent
        return os.path.normpath(Path(folder, file.lstrip("/")))

    def parse_content_to_caption(self) -> list[nodes.Node]:
        """Return the directive's content: its first paragraph as the caption, the others below as the legend."""
        parsed = self.parse_content_to_nodes()
        if not parsed or not isinstance(parsed[0], nodes.paragraph):
            return parsed
        caption = nodes.caption(parsed[0].rawsource, "", *parsed[0].children)
        more = parsed[1:]
        return [caption, nodes.legend("", *more)] if more else [caption]


def _html(translator: Any, node: flow) -> None:
    translator.body.append(node["svg"])
    raise nodes.SkipNode


def _latex(translator: Any, node: flow) -> None:
    from consortflow.drawing import draw

    name = f"consortflow-{node['stem']}.pdf"
    write_atomically(
        posixpath.join(str(translator.builder.outdir), name), draw(node["path"], **node["options"]).to_bytes("pdf")
    )
    translator.body.append(f"\\noindent\\sphinxincludegraphics{{{name}}}")
    raise nodes.SkipNode


def _words(translator: Any, node: flow) -> None:
    paragraph = nodes.paragraph(node["alt"], node["alt"])
    paragraph.parent = node.parent
    if node.document is not None:
        paragraph.document = node.document
    paragraph.walkabout(translator)
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    """Add the directive to Sphinx."""
    words = (_words, None)
    app.add_node(flow, html=(_html, None), latex=(_latex, None), text=words, man=words, texinfo=words)
    app.add_directive("consortflow", FlowDirective)
    return {"version": __version__, "parallel_read_safe": True, "parallel_write_safe": True}
