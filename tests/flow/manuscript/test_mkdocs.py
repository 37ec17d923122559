"""The MkDocs plugin, in a site that MkDocs builds."""

import logging

import pytest
from manuscripts import LATER, STUDY

pytest.importorskip("mkdocs", reason="MkDocs comes with the extra [mkdocs]")
pytest.importorskip("pymdownx", reason="PyMdown comes with the extra [mkdocs]")
from mkdocs.commands.build import build as build_site
from mkdocs.config import load_config
from mkdocs.exceptions import Abort

CONFIG = """\
site_name: T
plugins: [consortflow]
markdown_extensions:
  - pymdownx.superfences:
      custom_fences:
        - {name: other, class: other, format: !!python/name:pymdownx.superfences.fence_div_format }
"""
PAGE = """\
# T

```consortflow width="120mm"
../trial.consort.yaml
```

```consortflow {theme="plain" legend="no"}
../trial.consort.yaml
```

```consortflow
stages:
  - {kind: enrollment, n: 9}
```

```other
x
```

```yaml
a: 1
```
"""
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def build(tmp_path, caplog):
    """Build a site and return its page; warnings are in the log, and end a strict build."""
    (tmp_path / "docs" / "sub").mkdir(parents=True)
    (tmp_path / "docs" / "index.md").write_text("# Home\n")
    (tmp_path / "mkdocs.yml").write_text(CONFIG)

    def run(page=PAGE, study=STUDY, *, strict=True):
        (tmp_path / "docs" / "sub" / "page.md").write_text(page)
        (tmp_path / "docs" / "trial.consort.yaml").write_text(study)
        caplog.clear()
        config = load_config(str(tmp_path / "mkdocs.yml"), strict=strict)
        config.plugins.on_startup(command="build", dirty=False)
        with caplog.at_level(logging.WARNING, "mkdocs"):
            build_site(config)
        run.config = config
        return (tmp_path / "site" / "sub" / "page" / "index.html").read_text()

    return run


def test_a_fence_is_the_figure_with_its_legend(build, caplog):
    page = build()
    assert page.count("<svg ") == 3
    assert page.count("<figcaption>") == 2
    assert "<strong>Participant flow: Sleep &amp; light.</strong> Of 67 patients" in page
    assert len({*__import__("re").findall(r'id="(fig-[^"]*)"', page)}) == 3
    assert '<div class="other">x</div>' in page
    assert "language-yaml" in page or "highlight" in page
    assert caplog.records == []


def test_new_counts_are_in_the_next_build(build):
    build()
    assert "Of 68 patients" in build(study=LATER)


def test_a_study_with_errors_fails_a_strict_build_and_says_where(build, caplog):
    page = build(study=STUDY.replace("55", "54"), strict=False)
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 2
    assert all("trial.consort.yaml:4: error[B301]" in message for message in said)
    assert page.count('<pre class="consortflow-problem">') == 2
    with pytest.raises(Abort):
        build(study=STUDY.replace("55", "54"))


@pytest.mark.parametrize(
    ("fence", "said"),
    [
        ("```consortflow\nnone.yaml\n```", "none.yaml: no such file or folder"),
        ('```consortflow theme="plian"\n../trial.consort.yaml\n```', "plain"),
        ('```consortflow width="11mm"\n../trial.consort.yaml\n```', "needs at least"),
        ("```consortflow\nstages: 3\n```", "page.md:1: error[S"),
    ],
)
def test_what_cannot_be_drawn_is_a_warning(build, caplog, fence, said):
    build(page=f"# T\n\n{fence}\n", strict=False)
    (record,) = caplog.records
    assert said in record.getMessage()


def test_studies_are_watched_while_the_site_is_served(build, tmp_path):
    class Server:
        def __init__(self):
            self.watched = []

        def watch(self, path):
            self.watched.append(path)

    build()
    run = build.config.plugins["consortflow"]
    served = run.on_serve(Server(), config=build.config, builder=None)
    assert served.watched == [str(tmp_path / "docs" / "trial.consort.yaml")]
