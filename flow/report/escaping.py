"""Text that means nothing but its letters, in Markdown and in LaTeX."""

from __future__ import annotations

import re

__all__ = ["in_latex", "in_markdown"]

_MARKDOWN = str.maketrans({char: f"\\{char}" for char in "\\`*_{}[]<>#|!~^$@"})
_LIST = re.compile(r"^(\d{1,9})([.)])(?=\s|$)|^([-+=])")
"""What starts a list, or underlines a heading, at the start of a line."""
_ENTITY = re.compile(r"&(?=#?\w+;)")
_DASH = re.compile(r"(?<=-)-")
_ADDRESS = re.compile(r"(?<=[A-Za-z]):(?=//)|(?<=\bwww)\.")
_BEYOND = re.compile(r"\\consortflowunicode\{([^}]*)\}")


def in_markdown(text: str) -> str:
    r"""Return a text for Markdown, of GitHub and of Pandoc, on one line.

    >>> print(in_markdown("1. <b> & *more* &lt;"))
    1\. \<b\> & \*more\* \&lt;
    """
    escaped = _ENTITY.sub(r"\\&", " ".join(text.split()).translate(_MARKDOWN))
    escaped = _DASH.sub(r"\\-", escaped)
    return _ADDRESS.sub(r"\\\g<0>", _LIST.sub(lambda found: rf"{found[1] or ''}\{found[2] or found[3]}", escaped))


def in_latex(text: str) -> str:
    r"""Return a text for LaTeX, whatever its font encoding; letters beyond Latin and Greek need XeLaTeX or LuaLaTeX.

    >>> print(in_latex("R&D, 5%: n ≥ 7"))
    R\&D, 5\%: n \ensuremath{\geq} 7
    """
    from consortflow.diagrams.tex import escape

    return _BEYOND.sub(r"\1", escape(text)).replace(r"\textquotedbl{}", r"\symbol{34}")
