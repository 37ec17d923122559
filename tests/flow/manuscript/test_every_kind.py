"""What holds for a manuscript of every kind that is text."""

import re

import pytest
from manuscripts import BEFORE, IMAGES, LATER, STUDY, embedded, folder

import consortflow as cf
from consortflow.manuscript.forms import form_of

KINDS = sorted(BEFORE)
ENDS = {"tex": "% /consortflow: trial", "typ": "// /consortflow: trial", "xml": "<?consortflow-end trial?>"}


def end_of(kind):
    return ENDS.get(kind, "<!-- /consortflow: trial -->")


def around(kind, text):
    """Return what stands before and after the figure, its marker and its end included."""
    marker = form_of(f"a.{kind}").markup.opening("trial")
    before, _, rest = text.partition(marker)
    after = rest.partition(end_of(kind))[2] if end_of(kind) in rest else rest
    return before, after


@pytest.mark.parametrize("kind", KINDS)
def test_a_figure_is_put_behind_its_marker_and_all_else_stays(tmp_path, kind):
    text = embedded(tmp_path, kind)
    assert around(kind, text) == around(kind, BEFORE[kind])
    assert text.count(end_of(kind)) == 1
    inside = text[len(around(kind, text)[0]) : len(text) - len(around(kind, text)[1])]
    assert "67" in inside
    files = {"trial.consort.yaml", f"paper.{kind}"} | ({f"trial-flow.{IMAGES[kind]}"} if kind in IMAGES else set())
    assert {path.name for path in tmp_path.iterdir()} == files
    if kind in IMAGES:
        assert f"trial-flow.{IMAGES[kind]}" in inside


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_run_changes_nothing_and_writes_nothing(tmp_path, kind):
    study, manuscript = folder(tmp_path, kind)
    assert not cf.embed(study, manuscript).current
    stamps = {path: (path.stat().st_mtime_ns, path.stat().st_ino, path.read_bytes()) for path in tmp_path.iterdir()}
    again = cf.embed(study, manuscript)
    assert again.current
    assert again.changes == ()
    assert stamps == {p: (p.stat().st_mtime_ns, p.stat().st_ino, p.read_bytes()) for p in tmp_path.iterdir()}


@pytest.mark.parametrize("kind", KINDS)
def test_new_counts_refresh_picture_legend_and_words_and_nothing_else(tmp_path, kind):
    study, manuscript = folder(tmp_path, kind)
    cf.embed(study, manuscript)
    old = manuscript.read_text()
    study.write_text(LATER)
    done = cf.embed(study, manuscript)
    new = manuscript.read_text()
    assert around(kind, new) == around(kind, old) == around(kind, BEFORE[kind])
    inside = new[len(around(kind, new)[0]) : len(new) - len(around(kind, new)[1])]
    assert re.search(r"\bOf 68 patients\b", inside)
    assert not re.search(r"\bOf 67 |\bn\W{1,4}67\b", inside)
    parts = {change.path: set(change.parts) for change in done.changes}
    assert parts[str(manuscript)] == {"picture", "legend"}
    assert cf.embed(study, manuscript).current
    (tmp_path / "fresh").mkdir()
    fresh = folder(tmp_path / "fresh", kind, study=LATER)
    cf.embed(*fresh)
    assert fresh[1].read_text() == new


@pytest.mark.parametrize("kind", KINDS)
def test_a_check_writes_nothing_and_says_what_is_out_of_date(tmp_path, kind):
    study, manuscript = folder(tmp_path, kind)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    done = cf.embed(study, manuscript, check=True)
    assert not done.current
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    cf.embed(study, manuscript)
    assert cf.embed(study, manuscript, check=True).current
    if kind in IMAGES:
        (tmp_path / f"trial-flow.{IMAGES[kind]}").unlink()
        assert [change.parts for change in cf.embed(study, manuscript, check=True).changes] == [("figure",)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("eol", ["\r\n", "\r", "\n"])
@pytest.mark.parametrize("last", [True, False])
def test_line_ends_and_a_missing_last_one_are_kept(tmp_path, kind, eol, last):
    text = BEFORE[kind].replace("\n", eol)
    text = text if last else text.removesuffix(eol)
    new = embedded(tmp_path, kind, text)
    assert around(kind, new) == around(kind, text)
    assert re.sub("\r\n|\n|\r", "", new.replace(eol, "")) == new.replace(eol, "")


@pytest.mark.parametrize("kind", KINDS)
def test_a_marker_at_the_very_end_needs_no_last_line_end(tmp_path, kind):
    marker = form_of(f"a.{kind}").markup.opening("trial")
    if kind == "xml":
        pytest.skip("a document goes on behind every place where a figure may stand")
    head = BEFORE[kind].partition(marker)[0]
    assert embedded(tmp_path, kind, head + marker).endswith(end_of(kind))
    assert cf.embed(tmp_path / "trial.consort.yaml", tmp_path / f"paper.{kind}").current


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_and_the_encoding_are_kept(tmp_path, kind, codec):
    text = BEFORE[kind].replace("More", "Größe ≥ 3 \U0001f600").replace("End", "Größe")
    if kind == "xml":
        text = text.replace('encoding="UTF-8"', f'encoding="{"UTF-8" if codec == "utf-8-sig" else "UTF-16"}"')
    data = text.encode(codec)
    study, manuscript = folder(tmp_path, kind, data)
    cf.embed(study, manuscript)
    new = manuscript.read_bytes()
    assert new[:2] == data[:2]
    assert new.decode(codec)[0] != "\ufeff"
    assert around(kind, new.decode(codec)) == around(kind, text)
    assert cf.embed(study, manuscript).current


@pytest.mark.parametrize("kind", ["md", "qmd", "html", "xml"])
def test_a_manuscript_that_is_not_utf_8_keeps_its_bytes_and_gets_references(tmp_path, kind):
    data = BEFORE[kind].replace("More", "Größe").replace("T<", "Größe<").encode("latin-1")
    data = data.replace(b"UTF-8", b"ISO-8859-1").replace(b'charset="utf-8"', b'charset="iso-8859-1"')
    data = data if b"\xf6" in data else data + b"Gr\xf6\xdfe\n"
    study, manuscript = folder(
        tmp_path,
        kind,
        data,
        STUDY.replace("Got", "Gr\N{LATIN SMALL LETTER O WITH DIAERESIS}\N{GREATER-THAN OR EQUAL TO}t"),
    )
    cf.embed(study, manuscript)
    new = manuscript.read_bytes().decode("latin-1")
    assert around(kind, new) == around(kind, data.decode("latin-1"))
    inside = new[len(around(kind, new)[0]) : len(new) - len(around(kind, new)[1])]
    assert inside.isascii()
    assert "&#8805;" in inside
    assert cf.embed(study, manuscript).current


@pytest.mark.parametrize("kind", ["tex", "typ"])
def test_a_letter_that_the_encoding_does_not_have_is_refused(tmp_path, kind):
    data = BEFORE[kind].replace("More", "Größe").encode("latin-1")
    study, manuscript = folder(tmp_path, kind, data, STUDY.replace("Got", "Жизнь"))
    with pytest.raises(cf.InvalidManuscriptError, match="M107") as caught:
        cf.embed(study, manuscript)
    assert caught.value.diagnostics[0].span.line > 1
    assert manuscript.read_bytes() == data
    assert sorted(path.suffix for path in tmp_path.iterdir()) == sorted([f".{kind}", ".yaml"])
    study.write_text(STUDY)
    cf.embed(study, manuscript)
    assert around(kind, manuscript.read_bytes().decode("latin-1")) == around(kind, data.decode("latin-1"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_caption_of_the_author_s_own_is_kept_where_no_legend_is_asked_for(tmp_path, kind):
    study, manuscript = folder(tmp_path, kind)
    cf.embed(study, manuscript)
    legend = cf.embed(study, manuscript)  # the legend as it stands in the text is whatever refreshing would replace
    assert legend.current
    old = manuscript.read_text()
    own = re.sub(r"Participant flow: Sleep (&amp;|\\&|&) light", "My own words", old, count=1)
    assert own != old
    manuscript.write_text(own)
    study.write_text(LATER)
    done = cf.embed(study, manuscript, legend=False)
    assert "My own words" in manuscript.read_text()
    assert all("legend" not in change.parts for change in done.changes)
    assert "68" in manuscript.read_text()
    cf.embed(study, manuscript)
    assert "My own words" not in manuscript.read_text()


@pytest.mark.parametrize("kind", KINDS)
def test_a_marker_s_options_stay_with_it(tmp_path, kind):
    marker = form_of(f"a.{kind}").markup.opening
    image = f", image: figs/one.{IMAGES[kind]}" if kind in IMAGES else ""
    text = BEFORE[kind].replace(marker("trial"), marker(f"trial, width: 120mm, theme: plain, legend: keep{image}"))
    (tmp_path / "figs").mkdir()
    new = embedded(tmp_path, kind, text)
    assert marker(f"trial, width: 120mm, theme: plain, legend: keep{image}") in new
    assert "Of 67 patients" not in new
    study = tmp_path / "trial.consort.yaml"
    assert cf.embed(study, tmp_path / f"paper.{kind}").current
    if kind in ("md", "qmd", "rmd", "typ", "xml"):
        assert (tmp_path / "figs" / "one.svg").read_text() == cf.draw(study, theme="plain", width="120mm").svg()
        assert "figs/one.svg" in new


@pytest.mark.parametrize("kind", KINDS)
def test_a_masked_figure_tells_no_small_count(tmp_path, kind):
    _, manuscript = folder(tmp_path, kind, study=(
        "stages:\n  - {kind: enrollment, n: 90417, exits: [{label: Died, n: 3791}]}\n  - {kind: treatment, n: 86626}\n"
    ))  # fmt: skip
    study = tmp_path / "trial.consort.yaml"
    cf.embed(study, manuscript, disclosure=cf.Disclosure("mask", 5000))
    said = manuscript.read_text(encoding="utf-8")
    image = (tmp_path / f"trial-flow.{IMAGES[kind]}").read_bytes() if kind in IMAGES else b""
    for text in (said, image.decode("latin-1")):
        assert "3791" not in text
        assert "86626" not in text
        assert "86,626" not in text
    assert "90" in said
    assert "5000" in said
    assert cf.embed(study, manuscript, disclosure=cf.Disclosure("mask", 5000)).current
    assert not cf.embed(study, manuscript, check=True).current
