"""The verb of this part: a chart drawn, and the figure that comes out of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from consortflow.diagrams.dot import confirm, to_dot
from consortflow.diagrams.errors import PictureError
from consortflow.diagrams.pages import pages_of
from consortflow.diagrams.place import place
from consortflow.diagrams.scene import Scene, faults
from consortflow.diagrams.theme import POINTS_PER_MM, Theme, load_theme
from consortflow.diagrams.width import PAGE_HEIGHT_MM
from consortflow.diagrams.writers import FORMATS, Fonts, Wishes, write
from consortflow.schemas.collecting import undisturbed
from consortflow.schemas.files import write_atomically

if TYPE_CHECKING:
    import os
    from collections.abc import Collection

    from consortflow.diagrams.chart import Chart

__all__ = ["FORMATS", "Figure", "draw_chart"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawn chart; notebooks show it as it is."""

    chart: Chart
    scene: Scene
    remarks: tuple[str, ...] = ()
    """What its reader should know of the way it was made to fit, and where it does not: a sentence each."""

    @property
    def width_mm(self) -> float:
        """The width in millimetres."""
        return self.scene.width / POINTS_PER_MM

    @property
    def height_mm(self) -> float:
        """The height in millimetres."""
        return self.scene.height / POINTS_PER_MM

    def pages(self, height_mm: float = PAGE_HEIGHT_MM) -> tuple[Figure, ...]:
        """Return the figure on pages of at most `height_mm`, top to bottom; lines go on at marks with the same letter.

        Raises as `draw_chart` does; `ValueError` where a page has no height.
        """
        if not height_mm > 0:
            raise ValueError(f"a page of {height_mm:g} mm holds nothing")
        cut = pages_of(self.scene, height_mm * POINTS_PER_MM)
        if len(cut) == 1:
            return (self,)
        return tuple(Figure(self.chart, _checked(scene), _tall(scene, height_mm)) for scene in cut)

    def svg(self, prefix: str = "", *, fonts: Fonts = "stack") -> str:
        """Return the figure as an SVG document; ids start with `prefix` or one made from the content."""
        return write(self.scene, "svg", Wishes(prefix=prefix, fonts=fonts)).decode("utf-8")

    def dot(self) -> str:
        """Return the figure as DOT with all positions, for `dot -Kneato -n2`."""
        return to_dot(self.scene)

    def to_bytes(self, format: str, *, dpi: int = 300, fonts: Fonts = "stack") -> bytes:  # noqa: A002 - the word every caller expects
        """Return the figure in one of FORMATS.

        `dpi` is for formats made of dots, `fonts` for SVG ("stack" names fonts, "embed" brings them, "outline" draws
        the letters). Raises ValueError where there is no such format, and `MissingExtraError` (an ImportError) where
        the library it needs is not installed.
        """
        return write(self.scene, format, Wishes(dpi=dpi, fonts=fonts))

    def save(
        self,
        path: str | os.PathLike[str],
        format: str | None = None,  # noqa: A002 - as above
        *,
        dpi: int = 300,
        fonts: Fonts = "stack",
    ) -> None:
        """Write the figure to a file, whole or not at all, in `format` or the one the file's ending names.

        Raises as `to_bytes` does, and FileError where the file cannot be written.
        """
        name = format or Path(path).suffix.lower().removeprefix(".")
        write_atomically(path, self.to_bytes(name, dpi=dpi, fonts=fonts))

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
def draw_chart(
    chart: Chart, theme: str | Theme = "consort", width_mm: float | None = None, height_mm: float | None = None
) -> Figure:
    """Draw a chart.

    `width_mm` makes the figure exactly that wide, with smaller type where nothing else helps; `height_mm` makes it no
    taller than that where it can be, and its remarks say where it cannot. Raises `ThemeError` for an unknown theme,
    `WidthError` for a width the words do not fit, `GraphvizError` when Graphviz cannot be run, and `PictureError` when
    the figure fails its own check.
    """
    look = load_theme(theme) if isinstance(theme, str) else theme
    width, height = (None if mm is None else mm * POINTS_PER_MM for mm in (width_mm, height_mm))
    scene = _checked(place(chart, look, width, height))
    return Figure(chart, scene, _remarks(scene, look, PAGE_HEIGHT_MM if height_mm is None else height_mm))


def _checked(scene: Scene) -> Scene:
    if found := faults(scene):
        raise PictureError(found)
    confirm(scene)
    return scene


def _remarks(scene: Scene, asked: Theme, most_mm: float) -> tuple[str, ...]:
    smaller = f"the type is {scene.theme.size:g} pt, not {asked.size:g} pt, to fit {scene.width / POINTS_PER_MM:.4g} mm"
    return (*((smaller,) if scene.theme.size < asked.size else ()), *_tall(scene, most_mm))


def _tall(scene: Scene, most_mm: float) -> tuple[str, ...]:
    height_mm = scene.height / POINTS_PER_MM
    if height_mm <= most_mm:
        return ()
    tall = f"the figure is {height_mm:.0f} mm tall, and a page holds {most_mm:g} mm"
    return (f"{tall}: give it more width, or cut it into pages",)
