"""What the README and the documentation promise is what the program does."""

import re
import sys
from pathlib import Path

import pytest
from typer.main import get_command

import consortflow as cf
from consortflow.cli import app, run

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.DOTALL | re.MULTILINE)


def cli(monkeypatch, capsys, *args):
    monkeypatch.setattr(sys, "argv", ["consortflow", *args])
    code = run()
    return code, *capsys.readouterr()


def test_the_two_commands_are_there_word_for_word():
    commands = re.findall(r"^    (\S.*)$", README, re.MULTILINE)
    assert "pip install . && consortflow draw examples/inati-cel.consort.yaml" in commands
    assert "pip install '.[test]' && pytest" in commands


def test_the_study_in_the_readme_is_clean_and_derives_what_it_says():
    (text,) = (block for block in blocks(README, "yaml") if "stages:" in block)
    study = cf.loads(text)
    assert cf.check(study) == ()
    assert "200 is derived" in text
    assert cf.solve(study).n("randomization") == 200
    cf.draw(study)


def test_the_transcript_is_what_the_program_prints(monkeypatch, capsys, tmp_path):
    (transcript,) = blocks(README, "console")
    command, *printed = transcript.rstrip("\n").split("\n")
    lines = {int(number): line for number, line in re.findall(r"^ *(\d+) \| (.*)$", transcript, re.MULTILINE)}
    assert lines == {8: "    n: 56", 4: "    n: 67", 6: "      - {label: Died, n: 12}"}
    text = (
        "study: {unit: patients}\nstages:\n  - kind: enrollment\n    n: 67\n    exits:\n"
        "      - {label: Died, n: 12}\n  - kind: lymphodepletion\n    n: 56\n"
    )
    assert all(text.splitlines()[number - 1] == line for number, line in lines.items())
    (tmp_path / "trial.consort.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)
    assert command.startswith("$ consortflow ")
    code, out, err = cli(monkeypatch, capsys, *command.removeprefix("$ consortflow ").split())
    assert (code, err) == (1, "")
    assert out.rstrip("\n").split("\n") == printed


def test_the_python_in_the_readme_runs(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "trial.consort.yaml").write_bytes((ROOT / "examples" / "inati-cel.consort.yaml").read_bytes())
    codes = [block for block in blocks(README, "python") if "cf.read" in block]
    assert codes
    for code in codes:
        exec(code, {})  # noqa: S102 - the README's own words
    assert (tmp_path / "figure1.svg").exists()
    assert "(n = 67)" not in capsys.readouterr().out


def commands_of(text):
    """Return the words that follow `consortflow` wherever a page shows something to type."""
    typed = re.findall(r"`([^`\n]+)`|^    (\S.*)$|^ +- run: (.*)$|^\$ (.*)$", text, re.MULTILINE)
    return set(re.findall(r"(?:^|&& |\n)consortflow ([a-z]+)\b", "\n".join("".join(found) for found in typed)))


def test_every_command_that_is_named_exists_and_every_one_is_listed():
    known = set(get_command(app).commands)
    table = set(re.findall(r"^\| `([a-z]+)[ `]", README, re.MULTILINE))
    assert table == known
    for page in PAGES:
        assert commands_of(page.read_text(encoding="utf-8")) <= known, page.name
    assert commands_of(README) >= {"draw", "check", "counts", "explain", "init"}


def test_every_option_that_is_named_exists():
    options = {
        name
        for command in get_command(app).commands.values()
        for parameter in command.params
        for name in parameter.opts
    } | {"--help", "--version"}
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README))
    assert "--width" in named
    assert named <= options


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if not link.startswith(("http://", "https://"))]
    for link in links:
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if path == "figure1.svg":  # an example of a manuscript's own
            continue
        assert target.exists(), link
        if anchor and not anchor.startswith("fig-"):
            headings = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", h).lower().replace(" ", "-") for h in headings}, link
    if page.name in ("README.md", "gallery.md"):
        assert links


def test_pictures_have_words_for_those_who_do_not_see_them():
    for page in PAGES:
        for words, _ in re.findall(r"!\[([^]]*)\]\(([^)]*)\)", page.read_text(encoding="utf-8")):
            assert len(words) > 10, page.name


def test_the_yaml_of_the_documentation_is_yaml_the_program_reads():
    """Each block of docs/study-file.md stands where its first key says, in a study of its own."""
    text = (ROOT / "docs" / "study-file.md").read_text(encoding="utf-8")
    seen = 0
    for block in blocks(text, "yaml"):
        if "[...]" in block or re.search(r"^stages: +#", block, re.MULTILINE):
            continue  # an outline
        body = block.rstrip()
        if body.startswith("- kind:"):
            body = "stages:\n" + body
        elif body.startswith(("exits:", "details:")):
            inner = body.replace("\n", "\n    ")
            body = (
                "stages:\n  - kind: screening\n    n: 138\n    " + inner
                if "partition" in body
                else "stages:\n  - kind: screening\n    n: 200\n    " + inner
            )
        elif body.startswith("analysis_sets:"):
            body = "stages:\n  - {kind: infusion, n: 43}\n" + body
        if "[...]" in body:
            continue
        assert [str(f) for f in cf.check(cf.loads(body)).errors] == [], block
        seen += 1
    assert seen >= 3


def test_the_page_about_words_shows_what_the_program_prints(monkeypatch, capsys, tmp_path):
    page = (ROOT / "docs" / "legend.md").read_text(encoding="utf-8")
    (study,) = blocks(page, "yaml")
    assert cf.check(cf.loads(study)).errors == ()
    (tmp_path / "trial.consort.yaml").write_text(study, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    shown = blocks(page, "console")
    assert len(shown) == 2
    for transcript in shown:
        command, printed = transcript.split("\n", 1)
        code, out, err = cli(monkeypatch, capsys, *command.removeprefix("$ consortflow ").split())
        assert (code, out, err) == (0, printed, ""), command


def test_the_python_of_the_page_about_words_runs(monkeypatch, tmp_path):
    pytest.importorskip("pandas")
    page = (ROOT / "docs" / "legend.md").read_text(encoding="utf-8")
    (tmp_path / "trial.consort.yaml").write_text(blocks(page, "yaml")[0], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    (code,) = blocks(page, "python")
    exec(code, {})  # noqa: S102 - the documentation's own words
    assert {path.suffix for path in tmp_path.glob("figure1.*")} == {".html", ".mmd"}
