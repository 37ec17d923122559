"""Text as TeX: nothing in a label is a command."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consortflow.diagrams.tex import escape


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("50% of {x} & $y_1$ #2", r"50\% of \{x\} \& \$y\_1\$ \#2"),
        (r"\input{x}", r"\textbackslash{}input\{x\}"),
        ("a~b^^M", r"a\textasciitilde{}b\textasciicircum{}\textasciicircum{}M"),
        ("n\u00a0=\u00a03", "n~=~3"),
        ("<5%", r"\textless{}5\%"),
        ("\u226564 \u2013 70", r"\ensuremath{\geq}64 \textendash{} 70"),
        ("naïve Ålesund Łódź", r"na\"{i}ve \r{A}lesund \L{}\'{o}d\'{z}"),
        ("cafe\u0301", r"caf\'{e}"),
        ("ệ", r"\d{\^{e}}"),
        ("Ωά", r"\ensuremath{\Omega}\ensuremath{\acute{\alpha}}"),
        ("10⁻⁶ CO₂ ℃", r"10\textsuperscript{\textminus{}}\textsuperscript{6} CO\textsubscript{2} {\textdegree{}C}"),
        ("a--b,,c", "a-{}-b,{},c"),
        ("\ufb01", "{fi}"),
        ("a\u200bb\u202ec", "abc"),
        ("患者 (n = 3)", r"\consortflowunicode{患者} (n = 3)"),
    ],
)
def test_signs_become_what_latex_knows(text, wanted):
    assert escape(text) == wanted


@given(st.text(st.characters(max_codepoint=0x2FF)))
def test_braces_balance_and_no_special_sign_is_left_bare(text):
    tex = escape(text)
    bare = tex.replace("\\\\", "").replace(r"\{", "").replace(r"\}", "")
    depth = 0
    for sign in bare:
        depth += {"{": 1, "}": -1}.get(sign, 0)
        assert depth >= 0
    assert depth == 0
    for sign in "%#&$_":
        assert bare.replace(f"\\{sign}", "").count(sign) == 0
    assert "^^" not in tex
