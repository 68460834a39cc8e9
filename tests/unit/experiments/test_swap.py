"""A result replaces an earlier one: what is left after a kill at each step, a second writer, a full or locked disk."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from batches import environment
from maxpressure.base.errors import InputError
from maxpressure.experiments.folder import OutputFolder, resolved
from maxpressure.experiments.lock import HOLDER, LOCK, alone
from maxpressure.experiments.swap import WORK, is_ours, new_file

FILES = ("mark.json", "a.csv", "b.csv")
OLD = {"mark.json": "1", "a.csv": "old", "explain/note.md": "old"}
NEW = {"mark.json": "2", "b.csv": "new"}

posix = pytest.mark.skipif(os.name == "nt", reason="forks a process, or asks for rights that Windows lacks")
root = pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root mounts")


def notes(place: Path) -> OutputFolder:
    return OutputFolder(place, mark="mark.json", files=FILES, contents="notes")


def put(place: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)


def found(place: Path) -> dict[str, str]:
    files = (path for path in place.rglob("*") if path.is_file())
    return {path.relative_to(place).as_posix(): path.read_text() for path in files}


def replaced(place: Path) -> None:
    with notes(place).new() as partial:
        put(partial, NEW)


def killed_at(step: int, place: Path, work: Callable[[Path], None]) -> bool:
    """Whether a process that is killed at its so many-th change of the disk came so far."""
    child = os.fork()
    if child == 0:
        left = step

        def counted(change: Callable[..., object]) -> Callable[..., object]:
            def one(*given: object, **named: object) -> object:
                nonlocal left
                left -= 1
                if left < 0:
                    os._exit(9)
                return change(*given, **named)

            return one

        for name in ("rename", "replace", "rmdir", "unlink", "mkdir"):
            setattr(os, name, counted(getattr(os, name)))
        work(place)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


@posix
@pytest.mark.parametrize("earlier", [OLD, {}], ids=["replacing", "new"])
def test_a_kill_at_any_step_leaves_the_old_result_or_the_new_one_or_none_that_is_recognised(
    tmp_path: Path, earlier: dict[str, str]
) -> None:
    seen = set()
    for step in range(100):
        place = tmp_path / f"{step}"
        put(place, earlier)
        came = killed_at(step, place, replaced)
        shown = {name: text for name, text in found(place).items() if not is_ours(name.split("/")[0])}
        if shown.get("mark.json") == "1":
            assert shown == OLD
        if shown.get("mark.json") == "2":
            assert shown == NEW
        with notes(place).claimed():
            settled = found(place)
            del settled[LOCK], settled[HOLDER]
        assert settled in (earlier, NEW)
        seen.add(settled == NEW)
        assert not list(place.rglob(".*")) if place.exists() else not earlier
        if not came:
            break
    else:
        pytest.fail("never came to its end")
    assert step > 8
    assert seen == {True, False}


@posix
def test_a_kill_at_any_step_of_bringing_order_loses_nothing(tmp_path: Path) -> None:
    for step in range(100):
        place = tmp_path / f"{step}"
        put(
            place,
            {
                f"{WORK}/placing/mark.json": "2",
                f"{WORK}/old/mark.json": "1",
                f"{WORK}/old/a.csv": "old",
                "b.csv": "new",
            },
        )
        came = killed_at(step, place, lambda place: notes(place).holds_result() or None)
        with notes(place).claimed():
            assert notes(place).holds_result()
        assert found(place) == NEW
        if not came:
            return
    pytest.fail("never came to its end")


@pytest.mark.parametrize("number", range(6))
def test_a_file_that_cannot_be_moved_leaves_the_earlier_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    put(tmp_path / "a", OLD)
    moved, move = 0, Path.replace

    def busy(self: Path, target: Path) -> Path:
        nonlocal moved
        moved += 1
        if moved == number + 1:
            raise PermissionError(errno.EACCES, "in use by another program", str(self))
        return move(self, target)

    monkeypatch.setattr(Path, "replace", busy)
    if number < 5:
        with pytest.raises(PermissionError):
            replaced(tmp_path / "a")
        assert found(tmp_path / "a") == OLD
    else:
        replaced(tmp_path / "a")
        assert found(tmp_path / "a") == NEW


SECOND = """import sys
from maxpressure.experiments.lock import alone
with alone(__import__("pathlib").Path(sys.argv[1])):
    print("alone", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process, at work in the folder ``a``."""
    command = [sys.executable, "-c", SECOND, str(tmp_path / "a")]
    how = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "env": environment()}
    with subprocess.Popen(command, **how) as process:
        assert process.stdout.readline() == "alone\n"
        yield process
        process.kill()


def test_a_second_writer_is_refused_at_once(tmp_path: Path, other: subprocess.Popen[str]) -> None:
    with pytest.raises(InputError) as refusal:
        replaced(tmp_path / "a")
    assert f"process {other.pid} is at work since" in refusal.value.given
    assert refusal.value.key == "out"
    other.kill()
    other.wait()
    assert (tmp_path / "a" / HOLDER).exists()
    replaced(tmp_path / "a")
    assert found(tmp_path / "a") == NEW


@posix
def test_a_lock_file_that_its_holder_removes_meanwhile_is_no_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    flock, removed = fcntl.flock, []

    def late(number: int, how: int) -> None:
        if not removed:
            removed.append((tmp_path / LOCK).unlink())
        flock(number, how)

    monkeypatch.setattr(fcntl, "flock", late)
    with pytest.raises(InputError), alone(tmp_path):
        pass
    assert removed
    with alone(tmp_path):
        assert (tmp_path / LOCK).exists()


def test_a_lock_taken_over_by_another_process_is_noticed(tmp_path: Path) -> None:
    put(tmp_path / "a", OLD)

    def work() -> None:
        with notes(tmp_path / "a").new() as partial:
            put(partial, NEW)
            put(tmp_path / "a", {HOLDER: '{"pid": 1, "since": "now", "command": "maxpressure"}'})

    with pytest.raises(OSError, match="process 1 is at work"):
        work()
    assert found(tmp_path / "a") == OLD


def test_a_folder_removed_meanwhile_is_named(tmp_path: Path) -> None:
    def work() -> None:
        with notes(tmp_path / "a").new() as partial:
            (tmp_path / "a").rename(tmp_path / "b")
            (partial / "a.csv").write_text("new")

    with pytest.raises(OSError, match="was removed while"):
        work()


LEFT = {
    ".partial/new/a.csv": "half",
    ".partial-0123abcd/new.html": "half",
    ".lock": "",
    ".lock.json": "half",
    "compare/.partial/new/compare.csv": "half",
    "compare/.lock": "",
    ".compare.partial-0123abcd/compare.csv": "half",
    ".compare.replaced-0123abcd/compare.csv": "half",
}


@pytest.mark.parametrize("earlier", [OLD, {}])
def test_what_a_dead_process_left_is_recognised_and_removed(tmp_path: Path, earlier: dict[str, str]) -> None:
    put(
        tmp_path / "a",
        earlier | {name: text for name, text in LEFT.items() if earlier or "compare" not in name},
    )
    put(tmp_path, {".a.partial-0123abcd/mark.json": "half"})
    replaced(tmp_path / "a")
    assert found(tmp_path) == {f"a/{name}": text for name, text in NEW.items()}


def test_leftovers_go_though_the_command_is_refused(tmp_path: Path) -> None:
    put(
        tmp_path,
        {".partial/old/mark.json": "1", HOLDER: "", LOCK: "", "mark.json": "2", "letter.txt": "dear"},
    )
    with pytest.raises(InputError):
        replaced(tmp_path)
    assert found(tmp_path) == {"mark.json": "2", "letter.txt": "dear"}


def test_the_result_that_version_0_1_had_put_aside_comes_back(tmp_path: Path) -> None:
    put(tmp_path / ".a.replaced-0123abcd", OLD)
    with notes(tmp_path / "a").claimed():
        pass
    assert found(tmp_path / "a") == OLD
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@posix
def test_links_among_leftovers_are_removed_and_not_followed(tmp_path: Path) -> None:
    put(tmp_path, {"mine/ready/letter.txt": "dear", "mine/letter.txt": "dear", "a/mark.json": "1"})
    for name in (".partial", ".partial-0123abcd", ".x.partial-0123abcd"):
        (tmp_path / "a" / name).symlink_to(tmp_path / "mine")
    replaced(tmp_path / "a")
    assert found(tmp_path / "a") == NEW
    assert found(tmp_path / "mine") == {"ready/letter.txt": "dear", "letter.txt": "dear"}


def test_a_file_is_new_or_as_it_was_and_nothing_stays_beside_it(tmp_path: Path) -> None:
    path = tmp_path / f"{'n' * 250}.html"
    for text in ("one", "two"):
        with new_file(path) as partial:
            partial.write_text(text)

    def interrupted() -> None:
        with new_file(path) as partial:
            partial.write_text("half")
            left.append(partial)
            raise KeyboardInterrupt

    left: list[Path] = []

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert found(tmp_path) == {path.name: "two"}
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    put(left[0].parent, {left[0].name: "half", LOCK: "", HOLDER: "half"})  # as a kill leaves it
    with new_file(path) as partial:
        partial.write_text("three")
    assert found(tmp_path) == {path.name: "three"}
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


ODD = ["~nobody-of-this-name/x", "a\0b", "a\udcff", "a\ud800", "n" * 256, "n/" * 3000]


@pytest.mark.parametrize("given", ODD)
def test_a_path_that_no_file_can_have_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as refusal:
        notes(Path(given))
    assert refusal.value.key == "out"
    assert not list(tmp_path.iterdir())


def test_a_home_directory_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert resolved("~/x", "notes") == tmp_path / "x"


def test_a_folder_of_250_letters_and_the_current_one_take_a_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in (tmp_path / ("n" * 250), tmp_path / "here"):
        place.mkdir()
        monkeypatch.chdir(place)
        replaced(Path())
        assert found(place) == NEW


@pytest.mark.parametrize("below", ["a.txt", "a.txt/b", "loop"])
def test_a_file_or_a_circle_of_links_where_a_folder_is_meant_is_refused(tmp_path: Path, below: str) -> None:
    (tmp_path / "a.txt").write_text("dear")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(InputError):
        replaced(tmp_path / below)
    assert (tmp_path / "a.txt").read_text() == "dear"


@posix
def test_a_link_to_no_folder_yet_is_followed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "there")
    replaced(tmp_path / "link")
    assert found(tmp_path / "there") == NEW


# ---- disks


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte, mounted."""
    place = tmp_path / "disk"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place], check=False).returncode:
        pytest.skip("may not mount")
    yield place
    subprocess.run(["umount", place], check=True)


@root
def test_a_mount_point_takes_a_result(disk: Path) -> None:
    for _ in range(2):
        replaced(disk)
        assert found(disk) == NEW


@root
def test_a_full_disk_leaves_the_earlier_result(disk: Path) -> None:
    put(disk, OLD)
    with pytest.raises(OSError, match="No space left"), notes(disk).new() as partial:
        (partial / "b.csv").write_bytes(bytes(1 << 21))
    assert found(disk) == OLD


@root
def test_a_result_on_a_read_only_disk_is_read_and_not_replaced(disk: Path) -> None:
    put(disk, OLD)
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    with notes(disk).claimed(force=False):
        assert notes(disk).holds_result()
    with pytest.raises(InputError) as refusal:
        replaced(disk)
    assert refusal.value.given == f"cannot be written to: {os.strerror(errno.EROFS)}"
    with pytest.raises(InputError), alone(disk / "below"):
        pass
    assert found(disk) == OLD


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_rights_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir(mode=0o500)
    with pytest.raises(InputError):
        replaced(tmp_path / "a")
