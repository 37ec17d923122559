"""Long work shows a sign of life on a terminal, and nowhere else."""

import io
import time

import pytest

from consortflow.cli import waiting as module
from consortflow.cli.waiting import waiting
from consortflow.participants.progress import share_done
from consortflow.participants.tables import connect


class Terminal(io.StringIO):
    def isatty(self):
        return True


def on_terminal(monkeypatch, patience=0.05):
    """Make standard error a terminal; in the test itself, since pytest puts its own there between setup and call."""
    made = Terminal()
    monkeypatch.setattr("sys.stderr", made)
    monkeypatch.setattr(module, "PATIENCE", patience)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    return made


def wait_for(terminal, text):
    until = time.monotonic() + 20
    while text not in terminal.getvalue() and time.monotonic() < until:
        time.sleep(0.05)


def test_long_work_says_what_it_is_on_a_terminal_and_takes_it_back(monkeypatch):
    terminal = on_terminal(monkeypatch)
    shares = iter([None, 10.0, *[50.0] * 1000])
    with waiting("counting records", lambda: next(shares)):
        wait_for(terminal, "counting records")
    said = terminal.getvalue()
    assert "counting records" in said
    assert "\x1b[2K" in said  # the line is erased
    assert "\x1b[?25h" in said  # the cursor is shown again


def test_short_work_shows_nothing(monkeypatch):
    terminal = on_terminal(monkeypatch, patience=60)
    with waiting("counting records", lambda: None):
        pass
    assert terminal.getvalue() == ""


def test_nothing_is_shown_where_there_is_no_terminal(monkeypatch):
    for stream, term in ((io.StringIO(), "xterm"), (Terminal(), "dumb")):
        monkeypatch.setattr("sys.stderr", stream)
        monkeypatch.setenv("TERM", term)
        monkeypatch.setattr(module, "PATIENCE", 0)
        with waiting("counting records", lambda: None):
            time.sleep(0.1)
        assert stream.getvalue() == ""


def test_an_error_ends_the_waiting_and_passes(monkeypatch):
    terminal = on_terminal(monkeypatch)

    def fail():
        with waiting("counting records", lambda: None):
            wait_for(terminal, "counting records")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert "\x1b[?25h" in terminal.getvalue()


def test_a_running_query_says_how_far_it_is_and_prints_nothing(capfd):
    from threading import Thread

    connection = connect()
    seen = []
    query = "SELECT count(DISTINCT hash(i)) FROM range(20000000) t(i)"
    work = Thread(target=lambda: connection.execute(query).fetchall())
    work.start()
    while work.is_alive():
        seen.append(share_done())
        time.sleep(0.02)
    work.join()
    assert any(share is not None and 0 <= share <= 100 for share in seen)
    assert capfd.readouterr() == ("", "")
