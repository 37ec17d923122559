import pytest

from consortflow.diagrams.errors import ThemeError
from consortflow.diagrams.theme import load_theme, theme_names


def test_every_theme_loads_and_keeps_its_type_legible():
    for name in theme_names():
        theme = load_theme(name)
        assert theme.name == name
        assert theme.size >= theme.min_size >= 6


def test_a_theme_inherits_from_its_base():
    assert load_theme("consort").bars
    assert not load_theme("plain").bars
    assert load_theme("plain").fonts == load_theme("consort").fonts
    assert load_theme("monochrome").bar_fill == "#ffffff"


def test_an_unknown_theme_is_met_with_a_suggestion():
    with pytest.raises(ThemeError, match="did you mean 'monochrome'") as caught:
        load_theme("monocrome")
    assert isinstance(caught.value, ValueError)
    assert caught.value.name == "monocrome"
    assert "consort" in caught.value.known
