"""The MkDocs plugin `consortflow`: a fence that draws a study file, or the study written in it.

    ```consortflow width="170mm"
    trial.consort.yaml
    ```

The file's path is relative to the page. A study with errors is a warning for each, with its place: `mkdocs build
--strict` fails. Needs PyMdown's superfences, which the plugin switches on.
"""

from __future__ import annotations

import logging
import os
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mkdocs.config.base import Config
from mkdocs.plugins import BasePlugin, get_plugin_logger

from consortflow.manuscript import html
from consortflow.manuscript.embedding import name_of
from consortflow.manuscript.page import Problem, drawn, drawn_text
from consortflow.manuscript.piece import Piece, slug

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.livereload import LiveReloadServer
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

__all__ = ["FlowPlugin"]

_FENCES = "pymdownx.superfences"
_OPTIONS = ("theme", "width", "legend")
_log: logging.LoggerAdapter[logging.Logger] = get_plugin_logger("consortflow")


class _Options(Config):  # type: ignore[no-untyped-call] # MkDocs leaves it so
    """The plugin has none: each fence has its own."""


class FlowPlugin(BasePlugin[_Options]):  # type: ignore[no-untyped-call] # as above
    """`plugins: [consortflow]` in mkdocs.yml."""

    def __init__(self) -> None:
        self.page = ""
        """The page being read, as the file it comes from."""
        self.figures = 0
        self.studies: set[str] = set()

    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        """Switch the fence on, beside those the author has."""
        if _FENCES not in config.markdown_extensions:
            config.markdown_extensions.append(_FENCES)
        fences = config.mdx_configs.setdefault(_FENCES, {}).setdefault("custom_fences", [])
        fences.append({"name": "consortflow", "class": "consortflow", "format": self.fence, "validator": self.validate})
        return config

    def on_page_markdown(self, markdown: str, /, *, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG002 - MkDocs' signature
        """Remember which page the fences stand on: Markdown does not tell them."""
        self.page, self.figures = page.file.abs_src_path or "", 0
        return markdown

    def on_serve(self, server: LiveReloadServer, /, *, config: MkDocsConfig, builder: Any) -> LiveReloadServer:  # noqa: ARG002 - as above
        """Build again when a study changes."""
        for path in sorted(self.studies):
            server.watch(path)
        return server

    @staticmethod
    def validate(
        _language: str, inputs: dict[str, str], options: dict[str, Any], attrs: dict[str, Any], _md: Any
    ) -> bool:
        """Take the fence's options; what it does not know makes it an ordinary block of code, as superfences has it."""
        for key, value in inputs.items():
            if key in _OPTIONS:
                options[key] = value
            else:
                attrs[key] = value
        return True

    def fence(
        self,
        source: str,
        _language: str,
        _css_class: str,
        options: dict[str, Any],
        _md: Any,
        id_value: str = "",
        **_more: Any,
    ) -> str:
        """Return a fence's figure as HTML; problems are logged, and stand in its place."""
        self.figures += 1
        piece, problems, name = self._drawn(source, options)
        where = os.path.relpath(name)
        for problem in problems:
            place = f"{where}:{problem.line}" if problem.line else where
            _log.warning("%s: %s", place, problem.message)
        if piece is None:
            said = "\n".join(problem.message for problem in problems)
            return f'<pre class="consortflow-problem">{escape(said)}</pre>'
        made = html.block(piece, "").strip()
        return made.replace(f'id="fig-{piece.identifier}"', f'id="{escape(id_value)}"', 1) if id_value else made

    def _drawn(self, source: str, options: dict[str, Any]) -> tuple[Piece | None, tuple[Problem, ...], str]:
        wishes = {key: options[key] for key in ("theme", "width") if key in options}
        legend = options.get("legend", "yes") != "no"
        stated = source.strip()
        if "\n" in stated or not stated.lower().endswith((".yaml", ".yml")):
            name = f"{slug(Path(self.page).stem)}-{self.figures}"
            return *drawn_text(source, self.page, name, **wishes, legend=legend), self.page
        path = os.path.normpath(os.path.join(os.path.dirname(self.page), stated))  # noqa: PTH118, PTH120 - "" stays ""
        self.studies.add(path)
        return *drawn(path, f"{slug(name_of(path))}-{self.figures}", **wishes, legend=legend), path
