"""The verb of this part: a chart drawn, and the figure that comes out of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from consortflow.diagrams.dot import confirm, to_dot
from consortflow.diagrams.errors import PictureError
from consortflow.diagrams.place import place
from consortflow.diagrams.scene import Scene, faults
from consortflow.diagrams.svg import to_svg
from consortflow.diagrams.theme import POINTS_PER_MM, Theme, load_theme
from consortflow.schemas.collecting import undisturbed
from consortflow.schemas.files import write_atomically

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Collection, Mapping

    from consortflow.diagrams.chart import Chart

__all__ = ["FORMATS", "Figure", "draw_chart"]

FORMATS: Mapping[str, Callable[[Scene], bytes]] = {
    "svg": lambda scene: to_svg(scene).encode("utf-8"),
    "dot": lambda scene: to_dot(scene).encode("utf-8"),
}
"""Every format a figure can be written in, and its writer."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawn chart; notebooks show it as it is."""

    chart: Chart
    scene: Scene

    def svg(self, prefix: str = "") -> str:
        """Return the figure as an SVG document; ids start with `prefix` or one made from the content."""
        return to_svg(self.scene, prefix)

    def dot(self) -> str:
        """Return the figure as DOT with all positions, for `dot -Kneato -n2`."""
        return to_dot(self.scene)

    def to_bytes(self, format: str) -> bytes:  # noqa: A002 - the word every caller expects
        """Return the figure in one of FORMATS; `ValueError` names them where it is none of these."""
        if format not in FORMATS:
            raise ValueError(f"no writer for {format!r}; there are {', '.join(FORMATS)}")
        return FORMATS[format](self.scene)

    def save(self, path: str | os.PathLike[str], format: str | None = None) -> None:  # noqa: A002 - as above
        """Write the figure to a file, whole or not at all, in `format` or the one the file's ending names.

        Raises ValueError where that is none of FORMATS, FileError where the file cannot be written.
        """
        write_atomically(path, self.to_bytes(format or Path(path).suffix.lower().removeprefix(".")))

    def _repr_svg_(self) -> str:
        return self.svg()

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        """Picture and words for notebooks, restricted to what they ask for."""
        bundle = {"image/svg+xml": self.svg(), "text/plain": self.chart.description}
        return {
            kind: data
            for kind, data in bundle.items()
            if (not include or kind in include) and not (exclude and kind in exclude)
        }


@undisturbed()
def draw_chart(chart: Chart, theme: str | Theme = "consort", width_mm: float | None = None) -> Figure:
    """Draw a chart.

    `width_mm` makes the figure exactly that wide without changing its type. Raises `ThemeError` for an
    unknown theme, `WidthError` for a width the words do not fit, `GraphvizError` when Graphviz cannot be
    run, and `PictureError` when the figure fails its own check.
    """
    look = load_theme(theme) if isinstance(theme, str) else theme
    scene = place(chart, look, None if width_mm is None else width_mm * POINTS_PER_MM)
    if found := faults(scene):
        raise PictureError(found)
    confirm(scene)
    return Figure(chart, scene)
