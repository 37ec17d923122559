import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from consortflow.schemas.errors import ConsortflowError, FileError
from consortflow.schemas.files import read_text, write_atomically

AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


def problem(path, **more):
    with pytest.raises(FileError) as caught:
        read_text(path, **more)
    assert isinstance(caught.value, ConsortflowError)
    assert isinstance(caught.value, OSError)
    assert "\n" not in str(caught.value)
    return caught.value.problem


def test_a_missing_file_is_a_file_error(tmp_path):
    assert problem(tmp_path / "none.yaml") == "no such file or folder"


def test_a_folder_is_no_file(tmp_path):
    assert problem(tmp_path) == "is a folder, not a file"


@pytest.mark.skipif(AS_ROOT, reason="root may read everything")
def test_a_file_without_permission_is_a_file_error(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("a: 1")
    path.chmod(0)
    assert problem(path) == "no permission"


def test_a_file_over_the_cap_is_refused_and_one_at_the_cap_read(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_bytes(b"x" * 100)
    assert len(read_text(path, max_bytes=100)) == 100
    assert "larger than" in problem(path, max_bytes=99)


def test_a_pipe_over_the_cap_is_refused():
    tail, head = os.pipe()
    os.write(head, b"x" * 200)
    os.close(head)
    try:
        assert "larger than" in problem(f"/dev/fd/{tail}", max_bytes=100)
    finally:
        os.close(tail)


@pytest.mark.parametrize(("encoding", "named"), [("utf-16", "UTF-16"), ("utf-16-be", None), ("latin-1", "byte 9")])
def test_a_file_that_is_not_utf_8_says_so(tmp_path, encoding, named):
    path = tmp_path / "a.yaml"
    path.write_bytes("label: Größe".encode(encoding))
    said = problem(path)
    assert said.startswith("not UTF-8")
    assert named is None or named in said


def test_a_byte_order_mark_is_taken_off(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1")
    assert read_text(path) == "a: 1"


def test_line_ends_are_left_as_they_are(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_bytes(b"a: 1\r\nb: 2\r\n")
    assert read_text(path) == "a: 1\r\nb: 2\r\n"


def test_a_name_with_a_nul_is_no_file_name():
    assert problem("a\0b") == "not a file name"
    with pytest.raises(FileError, match="not a file name"):
        write_atomically("a\0b", b"")


def test_writing_replaces_the_whole_file_and_leaves_nothing_beside_it(tmp_path):
    path = tmp_path / "a.svg"
    write_atomically(path, b"one")
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert [p.name for p in tmp_path.iterdir()] == ["a.svg"]


def test_an_existing_file_keeps_its_permissions(tmp_path):
    path = tmp_path / "a.svg"
    path.write_bytes(b"old")
    path.chmod(0o640)
    write_atomically(path, b"new")
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_new_file_has_the_permissions_of_the_umask(tmp_path):
    mask = os.umask(0o027)
    try:
        write_atomically(tmp_path / "a.svg", b"new")
    finally:
        os.umask(mask)
    assert (tmp_path / "a.svg").stat().st_mode & 0o777 == 0o640


def test_a_symbolic_link_is_followed_and_stays_a_link(tmp_path):
    (tmp_path / "there").mkdir()
    target, link = tmp_path / "there" / "a.svg", tmp_path / "link.svg"
    target.write_bytes(b"old")
    link.symlink_to(target)
    write_atomically(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_a_device_is_written_to():
    write_atomically("/dev/null", b"x")
    assert not Path("/dev/null").is_file()


def test_a_folder_is_not_written_over(tmp_path):
    with pytest.raises(FileError, match="is a folder"):
        write_atomically(tmp_path, b"x")
    with pytest.raises(FileError, match="no such file or folder"):
        write_atomically(tmp_path / "none" / "a.svg", b"x")


@pytest.mark.skipif(AS_ROOT, reason="root may write everything")
def test_a_file_that_is_read_only_is_not_replaced(tmp_path):
    path = tmp_path / "a.svg"
    path.write_bytes(b"old")
    path.chmod(0o444)
    with pytest.raises(FileError, match="no permission"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"


@pytest.mark.parametrize("call", ["fsync", "fdopen"])
def test_a_full_disk_leaves_the_old_file_and_no_temporary(tmp_path, monkeypatch, call):
    path = tmp_path / "a.svg"
    path.write_bytes(b"old")

    def full(*_args, **_more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, call, full)
    with pytest.raises(FileError, match="no space left"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.svg"]


def test_an_interrupt_leaves_no_temporary(tmp_path, monkeypatch):
    def stop(*_args):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", stop)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "a.svg", b"new")
    assert list(tmp_path.iterdir()) == []


def test_a_temporary_that_a_killed_run_left_is_swept_once_it_is_old(tmp_path):
    old, young = tmp_path / ".consortflow-old", tmp_path / ".consortflow-young"
    old.write_bytes(b"x")
    young.write_bytes(b"x")
    os.utime(old, (0, 0))
    write_atomically(tmp_path / "a.svg", b"new")
    assert sorted(p.name for p in tmp_path.iterdir()) == [".consortflow-young", "a.svg"]


KILLED = """
import itertools, sys
from consortflow.schemas.files import write_atomically
print("ready", flush=True)
for turn in itertools.count():
    write_atomically(sys.argv[1], bytes([65 + turn % 26]) * 300_000)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
@pytest.mark.parametrize("turn", range(4))
def test_a_killed_writer_leaves_a_whole_file(tmp_path, turn):
    path = tmp_path / "a.svg"
    path.write_bytes(b"A" * 300_000)
    with subprocess.Popen([sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE) as process:  # noqa: S603
        assert process.stdout.readline() == b"ready\n"
        seen = set()
        while len(seen) < 2 + turn:  # until it has written a few times
            seen.add(path.read_bytes()[:1])
        process.send_signal(signal.SIGKILL)
    data = path.read_bytes()
    assert len(data) == 300_000
    assert len(set(data)) == 1
