"""Text as TeX: in ASCII, with the commands that every LaTeX and every input encoding knows, wherever there are any."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from consortflow.diagrams.text import printable

__all__ = ["BEYOND", "escape"]

BEYOND = r"\consortflowunicode"
"""The macro around letters that TeX has no command for: they stay as they are, in UTF-8."""
SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "'": r"\textquotesingle{}",
    "`": r"\textasciigrave{}",
}
SIGNS = {
    "\u00a0": "~", "\u2002": r"\enspace{}", "\u2003": r"\quad{}", "\u2009": r"\,", "\u200a": r"\,", "\u202f": r"\,",
    "\u2007": r"\phantom{0}", "\u2010": "-", "\u2011": "-", "\u2012": r"\textendash{}", "\u2013": r"\textendash{}",
    "\u2014": r"\textemdash{}", "\u2018": r"\textquoteleft{}", "\u2019": r"\textquoteright{}",
    "\u201a": r"\quotesinglbase{}", "\u201c": r"\textquotedblleft{}", "\u201d": r"\textquotedblright{}",
    "\u201e": r"\quotedblbase{}", "\u2039": r"\guilsinglleft{}", "\u203a": r"\guilsinglright{}",
    "«": r"\guillemotleft{}", "»": r"\guillemotright{}", "\u2020": r"\dag{}", "\u2021": r"\ddag{}",
    "\u2022": r"\textbullet{}", "\u2026": r"\dots{}", "\u2030": r"\textperthousand{}", "\u2116": r"\textnumero{}",
    "\u2122": r"\texttrademark{}", "\u20ac": r"\texteuro{}", "\u2212": r"\textminus{}", "¡": r"\textexclamdown{}",
    "¢": r"\textcent{}", "£": r"\pounds{}", "¥": r"\textyen{}", "§": r"\S{}", "©": r"\copyright{}",
    "ª": r"\textordfeminine{}", "¬": r"\textlnot{}", "®": r"\textregistered{}", "°": r"\textdegree{}",
    "±": r"\textpm{}", "µ": r"\textmu{}", "¶": r"\P{}", "·": r"\textperiodcentered{}",
    "º": r"\textordmasculine{}",
    "¼": r"\textonequarter{}", "½": r"\textonehalf{}", "¾": r"\textthreequarters{}",
    "¿": r"\textquestiondown{}",
    "\u00d7": r"\texttimes{}", "÷": r"\textdiv{}", "ß": r"\ss{}", "Æ": r"\AE{}", "æ": r"\ae{}",
    "Ø": r"\O{}", "ø": r"\o{}", "Œ": r"\OE{}", "œ": r"\oe{}", "Ð": r"\DH{}", "ð": r"\dh{}", "Þ": r"\TH{}",
    "þ": r"\th{}", "Đ": r"\DJ{}", "đ": r"\dj{}", "Ł": r"\L{}", "ł": r"\l{}", "\u0131": r"\i{}",
}  # fmt: skip
MATHS = {
    "\u2190": r"\leftarrow", "\u2191": r"\uparrow", "\u2192": r"\rightarrow", "\u2193": r"\downarrow",
    "\u2194": r"\leftrightarrow", "\u21d2": r"\Rightarrow", "\u2202": r"\partial", "\u2206": r"\Delta",
    "\u2211": r"\sum", "\u221a": r"\surd", "\u221e": r"\infty", "\u2229": r"\cap", "\u222a": r"\cup",
    "\u2245": r"\cong", "\u2248": r"\approx", "\u2260": r"\neq", "\u2261": r"\equiv", "\u2264": r"\leq",
    "\u2265": r"\geq", "\u226a": r"\ll", "\u226b": r"\gg", "\u22c5": r"\cdot", "\u2a7d": r"\leq", "\u2a7e": r"\geq",
    "\u2032": r"{}^{\prime}", "\u2033": r"{}^{\prime\prime}", "\u2153": r"{}^1\!/\!{}_3", "\u2154": r"{}^2\!/\!{}_3",
}  # fmt: skip
ACCENTS = {
    "\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0304": "=", "\u0306": "u", "\u0307": ".",
    "\u0308": '"', "\u030a": "r", "\u030b": "H", "\u030c": "v", "\u0323": "d", "\u0327": "c", "\u0328": "k",
    "\u0331": "b",
}  # fmt: skip
"""Of combining marks: the letter of the command that sets one over or under what it takes."""
ABOVE = 230
"""The combining class of what stands over a letter; what hangs under or from it has less."""
SHIFTED = {"<super>": r"\textsuperscript", "<sub>": r"\textsubscript", "<compat>": "", "<noBreak>": ""}
"""By the kind of a character's decomposition in Unicode."""
LIGATURE = re.compile(r"([-,!?])(?=[-,`'])")
"""What TeX's fonts would draw together with the sign after it."""
GREEK = re.compile("GREEK (SMALL|CAPITAL) LETTER ([A-Z ]+)")
OWN_GREEK = {"LAMDA": "lambda", "EPSILON": "varepsilon", "PHI": "varphi", "FINAL SIGMA": "varsigma"}
"""Where the command is not the letter's name."""
CAPITALS = frozenset({"GAMMA", "DELTA", "THETA", "LAMDA", "XI", "PI", "SIGMA", "UPSILON", "PHI", "PSI", "OMEGA"})
"""Greek capitals with a command; the others look like these of Latin."""
AS_LATIN = {
    "ALPHA": "A", "BETA": "B", "EPSILON": "E", "ZETA": "Z", "ETA": "H", "IOTA": "I", "KAPPA": "K", "MU": "M",
    "NU": "N", "OMICRON": "O", "RHO": "P", "TAU": "T", "CHI": "X",
}  # fmt: skip


def escape(text: str) -> str:
    """Return a text for LaTeX, in which it means nothing but its letters; it takes the T1 encoding.

    Letters that no command stands for, such as those of Chinese and Cyrillic, are left in UTF-8 inside BEYOND.
    """
    out: list[str] = []
    beyond = ""
    for sign in unicodedata.normalize("NFC", printable(text)):
        known = _sign(sign)
        if known is None:
            beyond += sign
            continue
        if beyond:
            out.append(f"{BEYOND}{{{beyond}}}")
            beyond = ""
        out.append(known)
    if beyond:
        out.append(f"{BEYOND}{{{beyond}}}")
    return LIGATURE.sub(r"\1{}", "".join(out))


@cache
def _sign(sign: str) -> str | None:
    """Return the TeX of a character; None where there is none."""
    if sign in SPECIAL:
        return SPECIAL[sign]
    if " " <= sign <= "~":
        return sign
    if sign in SIGNS:
        return SIGNS[sign]
    if sign in MATHS:
        return rf"\ensuremath{{{MATHS[sign]}}}"
    greek = GREEK.fullmatch(unicodedata.name(sign, ""))
    if greek and (command := _greek(greek[2], capital=greek[1] == "CAPITAL")):
        return command
    if unicodedata.category(sign) in {"Cf", "Zl", "Zp", "Cc"} or "\ufe00" <= sign <= "\ufe0f":
        return " " if sign in "\t\n\r\u2028\u2029" else ""
    kind, _, code = unicodedata.decomposition(sign).partition(" ")
    if kind in SHIFTED:
        raised = [_sign(chr(int(part, 16))) for part in code.split()]
        return f"{SHIFTED[kind]}{{{''.join(map(str, raised))}}}" if None not in raised else None
    return _accented(*unicodedata.normalize("NFD", sign))


def _accented(letter: str, *marks: str) -> str | None:
    """Return the TeX of a letter with marks; None where there is none, as for two above one another."""
    above = [mark for mark in marks if mark in ACCENTS and unicodedata.combining(mark) >= ABOVE]
    below = [mark for mark in marks if mark in ACCENTS and mark not in above]
    plain = _sign(letter) if marks else None
    if plain is None or len(above) > 1 or len(above) + len(below) < len(marks):
        return None
    if plain.startswith(r"\ensuremath{"):
        return plain.replace("{", r"{\acute{", 1) + "}" if list(marks) == ["\u0301"] else None
    # what goes below takes a letter with its accent; an accent takes nothing but a letter
    for mark in (*above, *below):
        plain = rf"\{ACCENTS[mark]}{{{plain}}}"
    return plain


def _greek(name: str, *, capital: bool) -> str | None:
    """Return the TeX of a Greek letter by its name; None for one with an accent and for the rare ones."""
    if name == "OMICRON" and not capital:
        return "o"
    if capital and name not in CAPITALS:
        return AS_LATIN.get(name)
    if name not in CAPITALS and name not in AS_LATIN and name != "FINAL SIGMA":
        return None
    command = OWN_GREEK.get(name, name.lower())
    return rf"\ensuremath{{\{name.replace('LAMDA', 'LAMBDA').capitalize() if capital else command}}}"
