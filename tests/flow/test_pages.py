"""The documentation of rules: made from the registry, and current."""

import contextlib
import importlib.util
import re
from pathlib import Path

import pytest

from consortflow.report.explain import explanation
from consortflow.report.pages import FAMILIES, INDEX, pages
from consortflow.rules import all_rules

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "rules"
RULES = all_rules()
with contextlib.chdir(ROOT / "examples" / "records"):  # the tables that examples of rules name
    PAGES = pages(RULES)


def test_the_folder_holds_what_the_registry_makes_and_nothing_else():
    spec = importlib.util.spec_from_file_location("regenerate", ROOT / "tests" / "regenerate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made = {path.relative_to(FOLDER).as_posix(): text for path, text in module.rules().items()}
    assert made == {path.name: path.read_bytes() for path in FOLDER.iterdir()}, "run `python tests/regenerate.py`"


def test_the_index_links_every_page_under_its_family():
    links = re.findall(r"^\| \[(\w+)\]\((\w+)\.md\) \| (\w+) \| (.*) \|$", PAGES[INDEX], re.MULTILINE)
    assert [code for code, page, _, _ in links if code == page] == sorted(
        RULES, key=lambda c: ([*FAMILIES].index(c[0]), c)
    )
    assert {(code, severity, title) for code, _, severity, title in links} == {
        (rule.code, str(rule.severity), rule.title) for rule in RULES.values()
    }
    assert {code[0] for code in RULES} <= set(FAMILIES)


@pytest.mark.parametrize("code", RULES)
def test_a_page_says_what_explain_says_and_shows_the_finding(code):
    page = PAGES[f"{code}.md"]
    rule = RULES[code]
    assert page.startswith(f"# {code}: {rule.title}\n")
    for text in (rule.why, rule.wrong, rule.right):
        assert text in page
        assert " ".join(text.split()) in " ".join(explanation(rule).split())
    assert ("It can be waived" in page) is rule.waivable
    if rule.wrong:
        assert re.search(rf"^study\.consort\.yaml:\d+:\d+: {rule.severity}\[{code}\]: ", page, re.MULTILINE)
