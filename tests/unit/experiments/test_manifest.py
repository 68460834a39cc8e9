"""The command that makes results again is one that can be typed."""

from __future__ import annotations

import pytest

from maxpressure.experiments.manifest import Manifest, again
from maxpressure.model.case import Case
from part_folders import laid_out, planned


@pytest.fixture(scope="module")
def manifest(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    return laid_out(planned(case, worlds=2), tmp_path_factory.mktemp("again") / "a").manifest


RUN = "maxpressure run no-campaign --seed 7"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (RUN, f"{RUN} --worlds 900"),
        ("__main__.py run no-campaign --seed 7", f"{RUN} --worlds 900"),
        (f"{RUN} --worlds 20 --force", f"{RUN} --worlds 900"),
        (f"{RUN} --worlds=20 --out 'my results'", f"{RUN} --out 'my results' --worlds 900"),
        ("maxpressure batch class --worlds 5", "maxpressure batch class --worlds 900"),
    ],
)
def test_more_worlds_are_had_by_the_same_command(manifest: Manifest, command: str, expected: str) -> None:
    assert again(manifest.model_copy(update={"command": command}), "a", worlds=900) == expected


def test_the_same_worlds_are_made_anew_only_by_force(manifest: Manifest) -> None:
    run = manifest.model_copy(update={"command": f"{RUN} --worlds 2"})
    assert again(run, "a", worlds=2) == f"{RUN} --force --worlds 2"
    assert again(run, "a", worlds=60, draws=6) == f"{RUN} --force --worlds 60 --draws 6"


def test_other_draws_go_to_another_folder(manifest: Manifest) -> None:
    run = manifest.model_copy(update={"command": f"{RUN} --parameters map --out a --draws=3", "draws": 1})
    assert again(run, "a", worlds=60, draws=6, out="b") == f"{RUN} --worlds 60 --draws 6 --out b"


def test_a_set_of_draws_of_ones_own_is_kept(manifest: Manifest) -> None:
    run = manifest.model_copy(update={"command": f"{RUN} --parameters my.parquet", "draws": 9})
    assert again(run, "a", worlds=60, draws=6, out="b") == (
        f"{RUN} --parameters my.parquet --worlds 60 --draws 6 --out b"
    )


def test_results_made_by_the_library_are_made_again_by_the_library(manifest: Manifest) -> None:
    notebook = manifest.model_copy(update={"command": "ipykernel_launcher.py -f kernel.json"})
    assert again(notebook, "a", worlds=60) == (
        "maxpressure.run(['max-pressure-2017', 'no-campaign'], worlds=60, seed=11, out='a')"
    )
    assert again(notebook, "a", worlds=60, draws=6, out="b").endswith("worlds=60, seed=11, draws=6, out='b')")
    assert again(notebook.model_copy(update={"command": ""}), "a", worlds=1).startswith("maxpressure.run(")
