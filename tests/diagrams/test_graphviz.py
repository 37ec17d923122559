import sys

import pytest

from consortflow.diagrams import graphviz
from consortflow.diagrams.errors import GraphvizError

DOT = 'digraph { notranslate=true; a [pos="10,20"] }'


@pytest.fixture
def engine(tmp_path, monkeypatch):
    def make(body):
        script = tmp_path / "engine"
        script.write_text(f"#!{sys.executable}\nimport sys, time\n{body}\n")
        script.chmod(0o755)
        monkeypatch.setenv("CONSORTFLOW_DOT", str(script))

    return make


def code_of(call):
    with pytest.raises(GraphvizError) as caught:
        call()
    assert isinstance(caught.value, RuntimeError)
    return caught.value.code


def test_positions_given_are_kept():
    assert b'"pos": "10,20"' in graphviz.run(DOT)


def test_an_override_that_is_no_file_is_missing(monkeypatch):
    monkeypatch.setenv("CONSORTFLOW_DOT", "/nowhere/dot")
    assert code_of(graphviz.engine_path) == "missing"


def test_without_any_engine_the_error_says_how_to_get_one(monkeypatch):
    monkeypatch.delenv("CONSORTFLOW_DOT", raising=False)
    monkeypatch.setattr(graphviz, "_wheel_engine", lambda: None)
    monkeypatch.setattr(graphviz, "_system_engine", lambda: None)
    with pytest.raises(GraphvizError, match="graphviz-pure"):
        graphviz.run(DOT)


def test_the_wheel_is_found_before_the_system(monkeypatch):
    monkeypatch.delenv("CONSORTFLOW_DOT", raising=False)
    assert "graphviz-pure" in graphviz.engine_path()


def test_a_hanging_engine_is_stopped(engine):
    engine("time.sleep(60)")
    assert code_of(lambda: graphviz.run(DOT, timeout=0.3)) == "time-out"


def test_a_crash_tells_what_was_said(engine):
    engine("sys.stderr.write('out of ink'); sys.exit(3)")
    with pytest.raises(GraphvizError, match="code 3 and said: out of ink"):
        graphviz.run(DOT)


def test_silence_is_garbage(engine):
    engine("pass")
    assert code_of(lambda: graphviz.run(DOT)) == "garbage"


def test_a_file_that_is_no_program_cannot_be_started(tmp_path, monkeypatch):
    plain = tmp_path / "plain"
    plain.write_text("no program")
    monkeypatch.setenv("CONSORTFLOW_DOT", str(plain))
    assert code_of(lambda: graphviz.run(DOT)) == "missing"


def test_too_much_dot_is_refused(monkeypatch):
    monkeypatch.setattr(graphviz, "LARGEST", 10)
    assert code_of(lambda: graphviz.run(DOT)) == "too-large"
