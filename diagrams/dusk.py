"""A theme's colours on a dark screen, and on a light one: the same hues, as easy to read."""

from __future__ import annotations

from colorsys import hls_to_rgb, rgb_to_hls
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from consortflow.diagrams.theme import Theme

__all__ = ["Palette", "contrast", "palettes"]

LIGHTEST, DARKEST = 0.93, 0.1
"""Of the colours on a dark screen: neither glaring white nor pitch black."""
READABLE = 4.5
"""The least contrast of text with what it stands on (WCAG 2.2, success criterion 1.4.3)."""


class Palette(NamedTuple):
    """Colours as #rrggbb."""

    paper: str
    ink: str
    bar: str
    fills: tuple[tuple[str, str], ...]
    """By the kind of a box."""


def palettes(theme: Theme) -> tuple[Palette, Palette]:
    """Return a theme's colours on a light screen and on a dark one; one of them is the theme as it is."""
    kinds = ("stage", "exit", "enter", "set", "mark")
    own = Palette(theme.paper, theme.ink, theme.bar_fill, tuple((kind, theme.fill(kind)) for kind in kinds))
    if _luminance(theme.paper) > _luminance(theme.ink):
        return own, _turned(own)
    return _turned(own), own


def _turned(own: Palette) -> Palette:
    ink = _inverted(own.ink)
    fills = tuple((kind, _behind(_inverted(fill), ink)) for kind, fill in own.fills)
    return Palette(_behind(_inverted(own.paper), ink), ink, _behind(_inverted(own.bar), ink), fills)


def _rgb(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _hex(red: float, green: float, blue: float) -> str:
    return "#" + "".join(f"{round(255 * part):02x}" for part in (red, green, blue))


def _inverted(colour: str) -> str:
    """Return a colour of the same hue, as dark as the given one is light."""
    hue, light, saturation = rgb_to_hls(*_rgb(colour))
    return _hex(*hls_to_rgb(hue, LIGHTEST - light * (LIGHTEST - DARKEST), saturation))


def _behind(colour: str, ink: str) -> str:
    """Return a ground that text in `ink` is readable on: the colour, or one further from the ink's lightness."""
    hue, light, saturation = rgb_to_hls(*_rgb(colour))
    step = -0.02 if _luminance(ink) > _luminance(colour) else 0.02
    while contrast(colour, ink) < READABLE and 0.0 < light < 1.0:
        light = min(max(light + step, 0.0), 1.0)
        colour = _hex(*hls_to_rgb(hue, light, saturation))
    return colour


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21 (WCAG 2.2).

    >>> contrast("#000000", "#ffffff")
    21.0
    """
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
