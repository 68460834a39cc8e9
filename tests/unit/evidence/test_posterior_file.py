"""Draws of others: whatever a Parquet file holds, they are parameters or refused by column."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from maxpressure import InputError
from maxpressure.base.paths import folder
from maxpressure.evidence.parameters import limits, named_numbers, parameter_names
from maxpressure.evidence.posterior import KIND, POSTERIOR, PROVENANCE, choose, read_draws
from maxpressure.evidence.priors import load_priors

SHIPPED = pq.read_table(folder("calibration") / POSTERIOR).slice(0, 3)


def file(place: Path, table: pa.Table, about: object = None) -> Path:
    """The table as a posterior, with what it says about itself."""
    said = {"kind": KIND, "method": "made up"} if about is None else about
    content = said if isinstance(said, bytes) else json.dumps(said).encode()
    path = place / "mine.parquet"
    pq.write_table(table.replace_schema_metadata({PROVENANCE: content}), path)
    return path


def with_column(name: str, cells: Any) -> pa.Table:
    index = SHIPPED.column_names.index(name)
    return SHIPPED.set_column(index, name, cells)


def refusal(path: Path) -> InputError:
    with pytest.raises(InputError) as refused:
        read_draws(path)
    assert refused.value.file == str(path)
    return refused.value


def test_three_draws_of_ours_are_read(tmp_path):
    draws, about = read_draws(file(tmp_path, SHIPPED))
    assert (len(draws), about["method"]) == (3, "made up")


COLUMNS = {
    "text": pa.array(["1", "2", "3"]),
    "switches": pa.array([True, False, True]),
    "lists": pa.array([[1.0], [2.0], [3.0]]),
    "structures": pa.array([{"a": 1.0}] * 3),
    "bytes": pa.array([b"1", b"2", b"3"]),
    "days": pa.array([1, 2, 3], pa.int32()).cast(pa.date32()),
    "decimals": pa.array([1, 2, 3]).cast(pa.decimal128(22, 2)),
    "words": pa.array(["1", "2", "3"]).dictionary_encode(),
    "nothing": pa.nulls(3),
    "a blank": pa.array([0.5, None, 0.5]),
    "a blank whole number": pa.array([1, None, 1]),
    "not a number": pa.array([0.5, float("nan"), 0.5]),
    "without end": pa.array([0.5, float("inf"), 0.5]),
    "minus without end": pa.array([0.5, -float("inf"), 0.5]),
    "beyond a share": pa.array([0.5, 1.5, 0.5]),
    "below a share": pa.array([0.5, -15.0, 0.5]),
    "a large number": pa.array([0.5, 1e308, 0.5]),
    "a large whole number": pa.array([0, 2**62, 0]),
}


@pytest.mark.parametrize("cells", COLUMNS.values(), ids=COLUMNS.keys())
def test_a_column_that_holds_no_parameter_is_refused_by_its_name(tmp_path, cells):
    assert "chi" in refusal(file(tmp_path, with_column("chi", cells))).key


@pytest.mark.parametrize("name", ["sigma", "alpha.trade", "tau_peer", "beta_shock"])
@pytest.mark.parametrize("number", [-1e4, 1e4, -1e308, 1e308])
def test_a_number_out_of_its_range_is_refused(tmp_path, name, number):
    assert refusal(file(tmp_path, with_column(name, pa.array([number, 1.0, 1.0])))).key == name


def test_whole_numbers_and_short_floats_are_numbers(tmp_path):
    table = with_column("tau_peer", pa.array([2, 4, 8]))
    table = table.set_column(table.column_names.index("sigma"), "sigma", pa.array(np.float32([0, 0.5, 1])))
    draws, _ = read_draws(file(tmp_path, table))
    assert [(one.tau_peer, one.sigma) for one in draws] == [(2.0, 0.0), (4.0, 0.5), (8.0, 1.0)]


@pytest.mark.parametrize(
    ("table", "key"),
    [
        (SHIPPED.drop_columns(["chi"]), "chi"),
        (SHIPPED.append_column("chi", pa.array([0.1, 0.1, 0.1])), "chi"),
        (SHIPPED.slice(0, 0), "file"),
        (pa.table({}), "alpha.diplomatic"),
    ],
    ids=["no column", "a column twice", "no row", "nothing"],
)
def test_columns_and_rows_must_be_there(tmp_path, table, key):
    assert refusal(file(tmp_path, table)).key == key


@pytest.mark.parametrize(
    ("about", "key"),
    [
        (b"", "kind"),
        (b"\xff", "kind"),
        (b"[" * 100_000, "kind"),
        ([], "kind"),
        ({"kind": "another"}, "kind"),
        ({"kind": KIND, "method": ["a"]}, "method"),
        ({"kind": KIND, "method": "\x1b[31m"}, "method"),
        ({"kind": KIND, "method": "\u202e"}, "method"),
    ],
)
def test_what_a_file_says_about_itself_is_checked(tmp_path, about, key):
    assert refusal(file(tmp_path, SHIPPED, about)).key == key


def test_what_is_no_parquet_file_is_refused(tmp_path):
    whole = file(tmp_path, SHIPPED).read_bytes()
    for content in (b"", b"PAR1", b"PAR1PAR1", whole[:-9], whole[:500] + whole[600:], b"a,b\n1,2\n"):
        path = tmp_path / "broken.parquet"
        path.write_bytes(content)
        assert refusal(path).key == "file"
    assert refusal(tmp_path / "none.parquet").given == "is not there"
    assert refusal(tmp_path).key == "file"


def test_a_flipped_byte_anywhere_gives_draws_or_a_refusal(tmp_path):
    whole, path = bytearray(file(tmp_path, SHIPPED).read_bytes()), tmp_path / "flipped.parquet"
    for at in np.random.default_rng(1).integers(len(whole), size=150).tolist():
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        with suppress(InputError):
            read_draws(path)


# ---- priors


PRIOR = '[{name}]\nfamily = "{family}"\n{numbers}\nstanding = "{standing}"\nreason = "Made up for a test."\n'


def priors_with(place: Path, name: str, family: str, numbers: str, standing: str) -> Path:
    """The priors that ship, but for one."""
    text = (folder("calibration") / "priors.toml").read_text(encoding="utf-8")
    before, _, after = text.partition(f"[{name}]\n")
    own = PRIOR.format(name=name, family=family, numbers=numbers, standing=standing)
    path = place / "priors.toml"
    path.write_text(before + own + "\n[" + after.partition("\n[")[2], encoding="utf-8")
    return path


PRIORS_REFUSED = {
    "a share beyond one": ("chi", "normal", "mean = 1.0\nsd = 5.0", "assumed", "chi.family"),
    "a share in the likelihood": ("chi", "beta", "a = 1.0\nb = 1.0", "estimated", "chi.standing"),
    "a share that is no beta": ("psi.trade", "grid", "values = [0.5]", "exact", "psi.trade.family"),
    "another share beyond one": ("enforcement", "normal", "mean = 1\nsd = 0.5", "assumed", "enforcement.family"),
    "a share on a grid": ("enforcement", "grid", "values = [0.5, 1.5]", "assumed", "enforcement.family"),
    "a deviation below zero": ("sigma", "normal", "mean = 0.0\nsd = 1.0", "assumed", "sigma.family"),
    "a memory below zero": ("tau_shock", "normal", "mean = 4.0\nsd = 4.0", "assumed", "tau_shock.family"),
    "a memory of no time": ("tau_shock", "grid", "values = [0.01]", "estimated", "tau_shock.family"),
    "a wide one": ("rho", "normal", "mean = 0.0\nsd = 999.0", "assumed", "rho.family"),
    "wider by logarithm": ("beta_thaw", "log-normal", "median = 1.0\nsd = 10.0", "assumed", "beta_thaw.family"),
    "a beta in the likelihood": ("sigma", "beta", "a = 1.0\nb = 1.0", "estimated", "sigma.family"),
    "an exact one that is none": ("sigma", "half-normal", "sd = 1.0", "exact", "sigma.standing"),
    "a mean without end": ("rho", "normal", "mean = inf\nsd = 1.0", "assumed", "rho.mean"),
    "a mean that is none": ("rho", "normal", "mean = nan\nsd = 1.0", "assumed", "rho.mean"),
    "a vast mean": ("rho", "normal", "mean = 1e308\nsd = 1.0", "assumed", "rho.mean"),
    "a vast whole mean": ("rho", "normal", "mean = 1" + 320 * "0" + "\nsd = 1.0", "assumed", "rho.mean"),
    "no spread": ("rho", "normal", "mean = 0.0\nsd = 0.0", "assumed", "rho.sd"),
    "a spread next to none": ("rho", "normal", "mean = 0.0\nsd = 1e-300", "assumed", "rho.sd"),
    "a vast spread": ("rho", "normal", "mean = 0.0\nsd = 1e300", "assumed", "rho.sd"),
    "a switch": ("rho", "normal", "mean = true\nsd = 1.0", "assumed", "rho.mean"),
    "no value": ("tau_shock", "grid", "values = []", "estimated", "tau_shock.values"),
    "a value without end": ("tau_shock", "grid", "values = [4.0, inf]", "estimated", "tau_shock.values[1]"),
    "a vast count": ("enforcement", "beta", "a = 1e300\nb = 1.0", "assumed", "enforcement.a"),
}  # fmt: skip


@pytest.mark.parametrize("prior", PRIORS_REFUSED.values(), ids=PRIORS_REFUSED.keys())
def test_a_prior_of_numbers_that_its_parameter_cannot_be_is_refused(tmp_path, prior):
    *given, key = prior
    path = priors_with(tmp_path, *given)
    with pytest.raises(InputError) as refused:
        load_priors(path)
    assert (refused.value.file, refused.value.key) == (str(path), key)


PRIORS_TAKEN = [
    ("beta_thaw", "normal", "mean = 1.0\nsd = 0.2", "assumed"),
    ("sigma", "log-normal", "median = 0.5\nsd = 1.0", "estimated"),
    ("chi", "beta", "a = 0.001\nb = 1000.0", "assumed"),
    ("attrition", "beta", "a = 1e-6\nb = 1.0", "assumed"),
    ("enforcement", "normal", "mean = 0.5\nsd = 0.1", "assumed"),
    ("rho", "normal", "mean = -500.0\nsd = 100.0", "assumed"),
    ("tau_shock", "grid", "values = [0.1, 1000]", "estimated"),
]


@pytest.mark.parametrize("prior", PRIORS_TAKEN, ids=[prior[0] for prior in PRIORS_TAKEN])
def test_every_draw_of_a_prior_is_a_number_that_its_parameter_can_be(tmp_path, prior):
    name, (low, high) = prior[0], limits(prior[0])
    drawn = load_priors(priors_with(tmp_path, *prior)).draw((name,), 100_000, np.random.default_rng(5))
    assert low <= drawn.min() <= drawn.max() <= high


def test_every_draw_of_the_priors_that_ship_passes_the_check_of_the_parameters():
    rows = np.array([[number for _, number in named_numbers(draw)] for draw in choose("prior").draws])
    assert rows.shape == (2000, len(parameter_names()))
    for name, low, high in zip(parameter_names(), rows.min(axis=0), rows.max(axis=0), strict=True):
        assert limits(name)[0] <= low <= high <= limits(name)[1]
