"""What happens to a batch when something goes wrong: it is refused or mended, and nothing finished is lost."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock
from typer.testing import CliRunner

import maxpressure.experiments.manifest
from batches import (
    chunks_of,
    digests,
    experiment,
    finished,
    parts,
    short,
    started,
    wait_for,
    write_experiment,
)
from failing_states import MENDED, Doomed
from maxpressure.api import run
from maxpressure.base.errors import InputError
from maxpressure.cli.main import app
from maxpressure.experiments.batch import run_batch
from maxpressure.experiments.experiment import Experiment
from maxpressure.experiments.finished import receipts
from maxpressure.experiments.lock import LOCK
from maxpressure.experiments.manifest import read_manifest
from maxpressure.experiments.store import LocalStore
from maxpressure.model.case import Case
from maxpressure.results.results import load

WORLDS = 40
CHUNK = 10


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    chunks_of(monkeypatch, CHUNK)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory, case: Case) -> dict[str, str]:
    """What the batch holds where nothing goes wrong."""
    place = tmp_path_factory.mktemp("sound") / "batch"
    run_batch(experiment(case, WORLDS), place, workers=1, progress=False)
    return digests(place)


def simulate(case: Case, place: Path, worlds: int = WORLDS, **how: object) -> None:
    run_batch(experiment(case, worlds), place, workers=1, progress=False, **how)


def whole_chunks(place: Path) -> int:
    """How many chunks have a receipt; each of their parts must be there, byte for byte."""
    store = LocalStore(place)
    done = receipts(store, read_manifest(store))
    results = load(place)
    results.check()
    return len(done)


# ---- something is refused, and the folder stays as it was


def another_scenario(given: Experiment, _: Path) -> Experiment:
    return replace(given, scenarios=(short(without=["UNSCR 2375"]), given.scenarios[1]))


def another_evidence(given: Experiment, _: Path) -> Experiment:
    evidence = replace(given.case.evidence, digest="0" * 64)
    return replace(given, case=replace(given.case, evidence=evidence))


def another_seed(given: Experiment, _: Path) -> Experiment:
    return replace(given, seed=8)


def other_draws(given: Experiment, _: Path) -> Experiment:
    drawn = given.parameters.values._replace(beta_peer=0.0)
    return replace(given, draws=(given.parameters.values, drawn))


def fewer_attributions(given: Experiment, _: Path) -> Experiment:
    return replace(given, keep=given.keep._replace(attributions=0))


def one_scenario_less(given: Experiment, _: Path) -> Experiment:
    return replace(given, scenarios=given.scenarios[:1])


def damaged_receipt(given: Experiment, place: Path) -> Experiment:
    (place / "receipts" / "short-0000000000-0000000009.json").write_text('{"scenario": "short"')
    return given


def damaged_manifest(given: Experiment, place: Path) -> Experiment:
    (place / "manifest.json").write_text("{")
    return given


REFUSED: dict[Callable[[Experiment, Path], Experiment], str] = {
    another_scenario: "the text of short differs",
    another_evidence: "evidence differs",
    another_seed: "seed was 7, now 8",
    other_draws: "draws was 1, now 2",
    fewer_attributions: "keep_attributions was 30, now 0",
    one_scenario_less: "scenarios was short, quiet, now short",
    damaged_receipt: "receipts/short-0000000000-0000000009.json cannot be read",
    damaged_manifest: "manifest.json cannot be read",
}


@pytest.mark.parametrize("change", REFUSED, ids=lambda change: change.__name__)
def test_what_is_not_the_same_batch_is_refused_by_name(
    case: Case, tmp_path: Path, change: Callable[[Experiment, Path], Experiment]
) -> None:
    place = tmp_path / "batch"
    simulate(case, place, 20)
    changed = change(experiment(case, WORLDS), place)
    before, manifest = parts(place), (place / "manifest.json").read_bytes()
    with pytest.raises(InputError) as refusal:
        run_batch(changed, place, workers=1, progress=False)
    assert REFUSED[change] in str(refusal.value)
    assert str(place) in str(refusal.value)
    assert parts(place) == before
    assert (place / "manifest.json").read_bytes() == manifest


def test_a_scenario_file_changed_between_two_runs_is_refused_by_its_name(tmp_path: Path) -> None:
    path, place = write_experiment(tmp_path / "files", 20), tmp_path / "batch"
    call = ["batch", str(path), "--out", str(place), "--workers", "1", "--quiet"]
    assert CliRunner().invoke(app, call).exit_code == 0
    before = parts(place)
    scenario = path.with_name("short.toml")
    scenario.write_text(scenario.read_text().replace("weeks = 12", "weeks = 13"))
    refused = CliRunner().invoke(app, call)
    assert refused.exit_code == 2
    assert "the text of short differs" in refused.stderr
    assert "--out" in refused.stderr
    assert parts(place) == before


def foreign_folder(place: Path, _: Case) -> str:
    place.mkdir()
    (place / "letters.txt").write_text("not ours")
    return "a folder with 'letters.txt' in it"


def a_folder_of_run(place: Path, _: Case) -> str:
    run(short(), worlds=2, workers=1, out=place, progress=False)
    return "scenarios was short, now short, quiet"


def the_same_run(place: Path, case: Case) -> str:
    given = experiment(case, 1)
    run(list(given.scenarios), worlds=2, seed=7, workers=1, out=place, progress=False)
    return "holds another experiment"


def a_file(place: Path, _: Case) -> str:
    place.write_text("a file")
    return "batch, which is no folder"


def below_a_file(place: Path, _: Case) -> str:
    place.parent.mkdir()
    place.parent.rmdir()
    place.parent.write_text("a file")
    return "below, which is no folder"


@pytest.mark.parametrize("made", [foreign_folder, a_folder_of_run, the_same_run, a_file, below_a_file])
def test_a_place_that_is_not_ours_is_refused_and_stays_as_it_was(
    case: Case, tmp_path: Path, made: Callable[[Path, Case], str]
) -> None:
    place = tmp_path / "below" / "batch" if made is below_a_file else tmp_path / "batch"
    words = made(place, case)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(InputError) as refusal:
        simulate(case, place)
    assert words in str(refusal.value)
    assert str(place) in str(refusal.value)
    after = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path.name != LOCK}
    assert after == before


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to_is_refused(case: Case, tmp_path: Path) -> None:
    place = tmp_path / "locked"
    place.mkdir(mode=0o500)
    with pytest.raises(InputError, match="Permission denied"):
        simulate(case, place)


@pytest.mark.parametrize("fault", [errno.EACCES, errno.EROFS])
def test_a_folder_that_turns_out_read_only_is_refused(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: int
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(fault, os.strerror(fault))

    monkeypatch.setattr("maxpressure.experiments.lock.FileLock.acquire", refuse)
    with pytest.raises(InputError) as refusal:
        simulate(case, tmp_path / "batch")
    assert os.strerror(fault) in str(refusal.value)
    assert "a folder that can be written to" in str(refusal.value)


def test_of_two_batches_in_one_folder_the_second_is_refused(case: Case, tmp_path: Path) -> None:
    place = tmp_path / "batch"
    simulate(case, place, 20)
    before = parts(place)
    with FileLock(place / LOCK), pytest.raises(InputError) as refusal:
        simulate(case, place)
    assert "is at work" in str(refusal.value)
    assert "wait until it is done, or another folder" in str(refusal.value)
    assert parts(place) == before
    simulate(case, place)
    assert finished(place) == 2 * WORLDS // CHUNK


SLOWLY = """import sys
import pytest
from batches import chunks_of, experiment
from failing_states import Slow
from maxpressure.experiments.batch import run_batch
from maxpressure.model.case import load_case
chunks_of(pytest.MonkeyPatch(), 2)
how = {"workers": int(sys.argv[2]), "progress": False}
run_batch(experiment(load_case(), 20, state_class=Slow), sys.argv[1], **how)
"""


INTERRUPTED = (
    "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
    + SLOWLY.replace("run_batch(", "try:\n    run_batch(", 1)
    + """except KeyboardInterrupt:
    sys.exit(130)
"""
)


def test_a_second_process_is_refused_while_the_first_is_at_work(case: Case, tmp_path: Path) -> None:
    place = tmp_path / "batch"
    with started(str(place), "1", program=SLOWLY) as running:
        wait_for(lambda: finished(place) > 0 or running.poll() is not None)
        with pytest.raises(InputError, match="is at work"):
            simulate(case, place)
        assert running.poll() is None


# ---- damage


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("table", ["worlds", "weeks", "acts", "tallies"])
@pytest.mark.parametrize("damage", [flip_a_bit, Path.unlink, lambda path: path.write_bytes(b"")])
def test_a_damaged_part_is_named_and_repaired(
    case: Case, tmp_path: Path, expected: dict[str, str], table: str, damage: Callable[[Path], None]
) -> None:
    place = tmp_path / "batch"
    simulate(case, place)
    before = parts(place)
    name = f"{table}.parquet/short-0000000010-0000000019.parquet"
    damage(place / name)
    with pytest.raises(InputError) as refusal:
        load(place).table(table)
    assert str(place / name) in str(refusal.value)
    assert "--repair" in str(refusal.value)
    with pytest.raises(InputError):
        digests(place)
    done = run_batch(experiment(case, WORLDS), place, workers=1, progress=False, repair=True)
    assert (done.simulated, done.kept) == (CHUNK, 2 * WORLDS - CHUNK)
    assert parts(place) == before
    assert digests(place) == expected


@pytest.mark.parametrize("damage", [flip_a_bit, lambda path: path.write_bytes(b"")])
def test_a_damaged_receipt_is_named_and_repaired(
    case: Case, tmp_path: Path, expected: dict[str, str], damage: Callable[[Path], None]
) -> None:
    place = tmp_path / "batch"
    simulate(case, place)
    before = parts(place)
    name = "receipts/short-0000000010-0000000019.json"
    damage(place / name)
    with pytest.raises(InputError) as refusal:
        simulate(case, place)
    assert refusal.value.file == str(place / name)
    assert "--repair" in refusal.value.allowed
    done = run_batch(experiment(case, WORLDS), place, workers=1, progress=False, repair=True)
    assert (done.simulated, done.kept) == (CHUNK, 2 * WORLDS - CHUNK)
    assert parts(place) == before
    assert digests(place) == expected


@pytest.mark.parametrize("name", ["receipts/letter.txt", "receipts/other-0000000010-0000000019.json"])
def test_repair_removes_no_file_that_the_batch_did_not_write(case: Case, tmp_path: Path, name: str) -> None:
    simulate(case, tmp_path)
    (tmp_path / name).write_bytes(b"mine")
    with pytest.raises(InputError) as refusal:
        run_batch(experiment(case, WORLDS), tmp_path, workers=1, progress=False, repair=True)
    assert refusal.value.file == str(tmp_path / name)
    assert (tmp_path / name).read_bytes() == b"mine"


def test_repair_of_a_sound_batch_does_nothing(case: Case, tmp_path: Path) -> None:
    simulate(case, tmp_path)
    done = run_batch(experiment(case, WORLDS), tmp_path, workers=1, progress=False, repair=True)
    assert done.simulated == 0


# ---- the disk is full


@pytest.mark.parametrize("puts", [0, 1, 2, 4, 9, 13])
def test_a_full_disk_loses_at_most_the_chunk_in_flight(
    case: Case, tmp_path: Path, expected: dict[str, str], monkeypatch: pytest.MonkeyPatch, puts: int
) -> None:
    place, put, written = tmp_path / "batch", LocalStore.put, []

    def put_until_full(self: LocalStore, name: str, content: bytes) -> None:
        if len(written) == puts:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        put(self, name, content)
        written.append(name)

    with monkeypatch.context() as full:
        full.setattr(LocalStore, "put", put_until_full)
        with pytest.raises(OSError, match="No space left"):
            simulate(case, place)
    done = [name for name in written if name.startswith("receipts/")]
    assert (
        finished(place) == len(done) == max(0, puts - 1) // 5
    )  # the manifest, then four parts and a receipt
    if puts:
        assert whole_chunks(place) == len(done)
    kept = run_batch(experiment(case, WORLDS), place, workers=1, progress=False).kept
    assert kept == CHUNK * len(done)
    assert digests(place) == expected


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 160 kB, where this process may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=160k", "tmpfs", str(place)]
    mounted = shutil.which("mount") and subprocess.run(mount, check=False, capture_output=True)
    if not mounted or mounted.returncode != 0:
        pytest.skip("no disk can be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_disk_that_is_really_full_keeps_what_was_finished(
    case: Case, small_disk: Path, tmp_path: Path, expected: dict[str, str]
) -> None:
    place = small_disk / "batch"
    with pytest.raises(OSError, match="No space left"):
        simulate(case, place)
    done = whole_chunks(place)
    assert 0 < done < 2 * WORLDS // CHUNK
    shutil.copytree(place, tmp_path / "larger")
    more = run_batch(experiment(case, WORLDS), tmp_path / "larger", workers=1, progress=False)
    assert more.kept == CHUNK * done
    assert digests(tmp_path / "larger") == expected


def test_the_command_says_that_the_disk_is_full_and_what_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, place = write_experiment(tmp_path / "files", 20), tmp_path / "batch"

    def full(_: LocalStore, name: str, __: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), name)

    monkeypatch.setattr(LocalStore, "put", full)
    said = CliRunner().invoke(app, ["batch", str(path), "--out", str(place)])
    assert said.exit_code == 1
    assert "No space left on device" in said.stderr
    assert "What is finished is kept" in said.stderr


def test_a_file_that_does_not_fit_leaves_nothing_of_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    store = LocalStore(tmp_path)
    store.put("a/part", b"before")
    monkeypatch.setattr("maxpressure.experiments.store.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        store.put("a/part", b"after")
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["part"]
    assert store.get("a/part") == b"before"


# ---- the clock


def test_a_clock_moved_back_changes_nothing(
    case: Case, tmp_path: Path, expected: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "batch"
    simulate(case, place, 20)
    before, now = parts(place), maxpressure.experiments.manifest.utc_now()
    for path in (path for path in place.rglob("*") if path.is_file()):
        os.utime(path, (time.time() + 1e6, time.time() + 1e6))
    for module in ("maxpressure.experiments.manifest", "maxpressure.experiments.experiment"):
        monkeypatch.setattr(f"{module}.utc_now", lambda: now.replace(year=1999))
    done = run_batch(experiment(case, WORLDS), place, workers=1, progress=False)
    assert (done.kept, done.simulated) == (40, 40)
    assert before.items() <= parts(place).items()
    assert digests(place) == expected


# ---- workers and parents that die


def test_chunks_of_killed_processes_are_simulated_again_until_one_kills_them_again_and_again(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunks_of(monkeypatch, 1)
    doomed, place = tmp_path / "doomed", tmp_path / "batch"
    monkeypatch.setenv("MAXPRESSURE_TEST_DOOM", str(doomed))
    given = experiment(case, 5, state_class=Doomed, scenarios=(short(),))
    with pytest.raises(OSError, match="from short-0000000004-0000000004 on died 3 times in a row"):
        run_batch(given, place, workers=2, progress=False)
    assert doomed.exists()
    assert whole_chunks(place) == 4
    kept = parts(place)
    monkeypatch.setenv(MENDED, "yes")
    done = run_batch(given, place, workers=1, progress=False)
    assert (done.kept, done.simulated, done.failed) == (4, 1, {})
    assert kept.items() <= parts(place).items()
    run_batch(experiment(case, 5, scenarios=(short(),)), tmp_path / "sound", workers=1, progress=False)
    assert digests(place) == digests(tmp_path / "sound")


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="children are looked up in /proc")
def test_a_killed_parent_loses_no_finished_chunk_and_leaves_no_process(tmp_path: Path) -> None:
    place = tmp_path / "batch"
    with started(str(place), "2", program=SLOWLY) as running:
        wait_for(lambda: finished(place) > 0 or running.poll() is not None)
        children = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
        os.kill(running.pid, signal.SIGKILL)
        running.wait()
    done = whole_chunks(place)
    assert done > 0
    assert children
    wait_for(lambda: not any(alive(int(child)) for child in children), seconds=20)


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="children are looked up in /proc")
@pytest.mark.parametrize("at_once", [False, True], ids=["while worlds run", "while processes start"])
def test_an_interrupt_ends_all_processes_within_seconds_and_without_a_word(
    tmp_path: Path, *, at_once: bool
) -> None:
    place = tmp_path / "batch"
    with started(str(place), "2", program=INTERRUPTED) as running:
        children = f"/proc/{running.pid}/task/{running.pid}/children"
        wait_for(lambda: len(Path(children).read_text().split()) >= 4 if at_once else finished(place) > 0)
        processes = Path(children).read_text().split()
        began = time.monotonic()
        os.killpg(running.pid, signal.SIGINT)
        _, words = running.communicate(timeout=60)
        took = time.monotonic() - began
    assert running.returncode == 130
    assert not words
    assert took < 15
    wait_for(lambda: not any(alive(int(child)) for child in processes), seconds=5)
    if not at_once:
        assert whole_chunks(place) > 0


def alive(process: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return False
