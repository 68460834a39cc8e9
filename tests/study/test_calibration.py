"""The posterior that ships, how it is made, and what a run takes from it."""

from __future__ import annotations

import json
import math
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import combinations
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from maxpressure.base.errors import InputError
from maxpressure.base.paths import folder
from maxpressure.cli.main import app
from maxpressure.evidence.parameters import Parameters, load_parameters, parameter_names
from maxpressure.evidence.posterior import POSTERIOR, choose, read_draws, spread, write_draws
from maxpressure.evidence.priors import Priors, load_priors
from maxpressure.evidence.requests import FAILED, FOLLOWED
from maxpressure.evidence.schema import RecordName
from maxpressure.inference import calibrate as calibration
from maxpressure.inference.calibrate import Plan, calibrate, record_problem
from maxpressure.inference.checks.contagion import log_ways, slope, stratified, stratified_slope
from maxpressure.inference.checks.report import make
from maxpressure.inference.checks.variants import (
    high_confidence,
    not_failed,
    not_followed,
    posed,
    small_steps,
    variants,
    visible,
)
from maxpressure.inference.forecast import Forecast, paired
from maxpressure.inference.likelihood import Likelihood, record_situation
from maxpressure.inference.moves import Seen, acted, attention, exposure
from maxpressure.inference.posterior import Problem, best_fit, fits, marks, updated
from maxpressure.inference.rates import bass, forecast_at
from maxpressure.inference.sampling import convergence, sample
from maxpressure.model.case import Case, load_case

SHIPPED = folder("calibration") / POSTERIOR


def provenance() -> dict[str, object]:
    return read_draws(SHIPPED)[1]


# ---- what ships


@pytest.mark.parametrize(
    ("record", "counts", "same_day"),
    [
        ("strict", (43, 17, 15, 2), ["UGA", "SDN"]),
        ("broad", (59, 12, 0, 6), ["UGA", "THA", "EGY", "SDN", "THA"]),
    ],
)
def test_the_page_counts_the_record_right(
    case: Case, record: RecordName, counts: tuple[int, ...], same_day: list[str]
) -> None:
    """Acts, those without an exact day, those of an interval or a month; those on the day of a request to the state."""
    acts = record_situation(case, record=record).record.acts
    precision = {row.event_id: row.date_precision for row in case.evidence.events_of(record)}
    known = [{precision[number] for cut in act.cuts for number in cut.event_ids} - {"day"} for act in acts]
    of_kind = [sum(kind in kinds for kinds in known) for kind in ("interval", "month")]
    assert (len(acts), sum(map(bool, known)), *of_kind) == counts
    asked = {(row.iso3, row.date) for row in case.evidence.requests if row.strength > 0.0}
    assert [act.iso3 for act in acts if any((act.iso3, cut.date) in asked for cut in act.cuts)] == same_day
    if record == case.record().record:
        page = " ".join((folder("calibration") / "README.md").read_text(encoding="utf-8").split())
        every, inexact, interval, month = counts
        assert f"For {inexact} of the {every} acts the day is not known" in page
        assert f"{interval} are dated to an interval and {month} to the month" in page


def test_the_shipped_posterior_was_made_from_the_tables_and_priors_that_ship(case: Case) -> None:
    made_from = provenance()
    for name, digest in calibration.inputs(case, load_priors()).items():
        assert made_from[name] == digest, f"{name} changed: run `maxpressure calibrate`"


def test_the_shipped_posterior_converged() -> None:
    made_from = provenance()
    assert made_from["largest_r_hat"] <= 1.01
    assert made_from["smallest_ess_bulk"] >= 1000
    assert made_from["smallest_ess_tail"] >= 1000


def test_the_shipped_draws_are_two_thousand_of_twenty_imputations_alike() -> None:
    imputation = pq.read_table(SHIPPED)["imputation"].to_numpy()
    assert [int((imputation == number).sum()) for number in range(1, 21)] == [100] * 20


def test_the_shipped_mode_is_the_mode(case: Case) -> None:
    mode = best_fit(record_problem(case, load_priors())).parameters
    shipped = load_parameters().values
    for here, there in zip(mode, shipped, strict=True):
        assert here == pytest.approx(there, abs=0.01)


# ---- draws as files


def numbers(draw: Parameters) -> Iterator[float]:
    """The single numbers of a set, in the order of their names."""
    for entry in draw:
        yield from entry if isinstance(entry, tuple) else (entry,)


def test_draws_come_back_as_they_were_written(tmp_path: Path) -> None:
    draws, made_from = read_draws(SHIPPED)
    rows = np.array([list(numbers(draw)) for draw in draws[:5]])
    write_draws(tmp_path / "some.parquet", rows, [1, 1, 2, 2, 3], {"method": "copied"})
    again, mine = read_draws(tmp_path / "some.parquet")
    assert again == draws[:5]
    assert mine["method"] == "copied"
    assert made_from["kind"] == mine["kind"]


def test_a_run_takes_the_posterior_its_mode_or_a_file() -> None:
    drawn, mode = choose("posterior"), choose("map")
    assert len(drawn.draws) == 2000
    assert drawn.parameters.status == "posterior"
    assert mode.draws == (load_parameters().values,)
    assert choose(folder("calibration") / "map.toml") == mode
    assert choose(SHIPPED).draws == drawn.draws


def test_a_misspelt_name_of_parameters_is_refused_with_the_nearest() -> None:
    with pytest.raises(
        InputError, match="one of posterior, prior, map, dprk-posterior, or the path"
    ) as refusal:
        choose("posterio")
    assert refusal.value.nearest == "posterior"


def test_what_is_no_posterior_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.parquet"
    with pytest.raises(InputError, match=r"mine\.parquet is not there"):
        choose(path)
    path.write_bytes(b"PAR1 and then nothing")
    with pytest.raises(InputError) as refused:
        choose(path)
    assert (refused.value.file, refused.value.key) == (str(path), "file")
    table = pq.read_table(SHIPPED)
    pq.write_table(table.replace_schema_metadata(None), path)
    with pytest.raises(InputError, match=r"mine\.parquet is another program's file"):
        choose(path)
    pq.write_table(table.drop_columns(["chi"]), path)
    with pytest.raises(InputError, match="chi is missing"):
        choose(path)
    place = table.column_names.index("chi")
    spoilt = table["chi"].to_numpy().copy()
    spoilt[7] = np.nan
    pq.write_table(table.set_column(place, "chi", [spoilt]), path)
    with pytest.raises(InputError, match="row 7, column chi is nan"):
        choose(path)
    spoilt[7] = 1.5
    pq.write_table(table.set_column(place, "chi", [spoilt]), path)
    with pytest.raises(InputError, match=r"chi is 1\.5. Allowed is a number from 0 to 1"):
        choose(path)
    pq.write_table(table.slice(0, 0), path)
    with pytest.raises(InputError) as refusal:
        choose(path)
    assert (refusal.value.file, refusal.value.key, refusal.value.given) == (str(path), "file", "has 0 rows")


# ---- how it is made


def test_a_calibration_gives_the_same_bytes_twice_and_continues_where_it_was(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = Plan(seed=3, imputations=2, steps=4, draws=10)
    grids = {"tau_shock": [8.0], "delay_shock": [0.0, 1.0]}  # two cells of four: each is fitted for itself
    by_name = load_priors().by_name
    few = {name: by_name[name].model_copy(update={"values": values}) for name, values in grids.items()}
    how = {"workers": 1, "progress": False, "priors": Priors({**by_name, **few})}
    sampled = partial(calibration.sample, warm_up=20)
    monkeypatch.setattr(calibration, "sample", sampled)
    calibrate(case, tmp_path / "a", plan, **how)
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["map.toml", POSTERIOR]
    written = (tmp_path / "a" / POSTERIOR).read_bytes()

    def breaks_off(problem, modes, *, steps, seed):
        if seed[1] == 2:
            raise KeyboardInterrupt
        return sampled(problem, modes, steps=steps, seed=seed)

    monkeypatch.setattr(calibration, "sample", breaks_off)
    with pytest.raises(KeyboardInterrupt):
        calibrate(case, tmp_path / "b", plan, **how)
    numbers = []

    def counted(problem, modes, *, steps, seed):
        numbers.append(seed[1])
        return sampled(problem, modes, steps=steps, seed=seed)

    monkeypatch.setattr(calibration, "sample", counted)
    calibrate(case, tmp_path / "b", plan, **how)
    assert numbers == [2]
    assert (tmp_path / "b" / POSTERIOR).read_bytes() == written


def test_draws_of_the_sampler_are_those_of_the_laplace_approximation_within_its_means(case: Case) -> None:
    problem = record_problem(case, load_priors(), tau_shock=8.0, delay_shock=0.0)
    modes = fits(problem)
    assert len(modes) == 1
    chains = sample(problem, modes, steps=150, seed=[1])
    free = problem.names.index("beta_request")
    assert chains.points[..., free].mean() == pytest.approx(modes[0].mode[free], abs=0.15)
    assert chains.points[..., free].std() == pytest.approx(modes[0].errors[free], rel=0.3)
    table = convergence(problem.shown(chains.points), problem.names)
    assert list(table.columns) == ["r_hat", "ess_bulk", "ess_tail"]
    assert (table["r_hat"] > 0.99).all()


@pytest.mark.parametrize("record", ["strict", "broad"])
@pytest.mark.parametrize("risk_set", ["ex-ante", "with-unlisted"])
def test_exact_posteriors_are_priors_and_counts(case: Case, record: str, risk_set: str) -> None:
    """Companions count in acts on listed ties alone: in all acts where no others are at risk."""
    situation = record_situation(case, record=record, risk_set=risk_set)
    seen = marks(situation, Likelihood(situation).moves)
    acts, index = situation.record.acts, situation.population.iso3.index
    listed = [
        act
        for act in acts
        if not any(situation.population.unlisted[index(act.iso3), cut.tie] for cut in act.cuts)
    ]
    assert (len(listed) < len(acts)) == (risk_set == "with-unlisted")
    assert seen.joined == sum(len(act.cuts) - 1 for act in listed) > 0
    laws = updated(load_priors(), seen)
    assert (laws["chi"].a, laws["chi"].b) == (1.0 + seen.joined, 1.0 + seen.stayed)


def test_a_bad_prior_is_refused_with_its_key(tmp_path: Path) -> None:
    text = (folder("calibration") / "priors.toml").read_text(encoding="utf-8")
    path = tmp_path / "priors.toml"
    for old, new, key in (
        ("[beta_shock]", "[beta_shok]", "beta_shok"),
        ('family = "grid"', 'family = "gird"', "tau_shock.family"),
        ("sd = 0.5\nstanding", "sd = -0.5\nstanding", "doubtful.sd"),
        ('standing = "exact"', 'standing = "sure"', "chi.standing"),
    ):
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(InputError) as refusal:
            load_priors(path)
        assert refusal.value.key == key


# ---- variants, placebos, rivals


def acts_of_variant(case: Case, name: str) -> int:
    """How many acts the problem of a variant explains."""
    variant = next(one for one in variants() if one.name == name)
    return len(posed(case, load_priors(), variant).likelihood.replayed.act_state)


@pytest.mark.parametrize("record", ["strict", "broad"])
def test_codings_change_what_their_names_promise(case: Case, record: RecordName) -> None:
    events = case.evidence.events_of(record)
    assert {row.confidence for row in high_confidence(case.evidence).events_of(record)} == {"high"}
    assert len(visible(case.evidence).events_of(record)) == len(events)
    pairs = [
        (old, new)
        for old, new in zip(
            sorted(events, key=lambda row: row.event_id),
            sorted(visible(case.evidence).events_of(record), key=lambda row: row.event_id),
            strict=True,
        )
    ]
    assert all(new.date >= old.date for old, new in pairs)
    assert any(new.date > old.date for old, new in pairs)
    stepped = small_steps(case.evidence).events_of(record)
    assert not any(row.direction == "down" and row.level_after == row.level_before > 0 for row in stepped)


def test_other_codings_explain_other_acts(case: Case) -> None:
    acts = {
        name: acts_of_variant(case, name)
        for name in (
            "as it ships",
            "the broad record",
            "acts of high confidence only",
            "steps smaller than a level count as one",
            "listed ties alone at risk",
            "dates on which acts became known",
            "trade of quality C taken as none",
        )
    }
    assert list(acts.values()) == [43, 59, 29, 66, 39, 43, 43]
    assert acts["as it ships"] == len(record_situation(case, record="strict").record.acts)


def test_requests_that_a_variant_leaves_out_have_no_strength(case: Case) -> None:
    whole = record_situation(case).timeline.request.sum()
    for edit, answers in ((not_failed, FAILED), (not_followed, FOLLOWED)):
        evidence = edit(case.evidence)
        left_out = [row for row in evidence.requests if row.answer in answers]
        assert left_out
        assert not any(row.strength for row in left_out)
        kept = [row for row in evidence.requests if row.answer not in answers]
        assert kept == [row for row in case.evidence.requests if row.answer not in answers]
        assert 0.0 < record_situation(replace(case, evidence=evidence)).timeline.request.sum() < whole


def test_a_variant_without_a_term_holds_it_at_zero(case: Case) -> None:
    problem = posed(case, load_priors(), next(one for one in variants() if one.name == "without requests"))
    assert "beta_request" not in problem.names
    assert problem.row[parameter_names().index("beta_request")] == 0.0


@pytest.mark.parametrize("more", [(), ("frailty", "own_acts")], ids=["contagion", "with frailty"])
def test_the_exposure_of_the_placebos_is_that_of_the_rule(case: Case, more: tuple[str, ...]) -> None:
    """With the real peers the slope's likelihood at beta is the rule's own with beta_peer = beta."""
    situation = record_situation(case, mechanisms=dict.fromkeys(("contagion", *more), True))
    held = {"beta_peer": 0.0, "tau_peer": 4.0, "tau_shock": 8.0, "delay_shock": 0.0}
    problem = Problem(Likelihood(situation), load_priors(), held=held)
    p, likelihood = best_fit(problem).parameters, problem.likelihood
    weights = attention(likelihood.situation)
    exposed = exposure(weights, acted(likelihood.moves, likelihood.until, len(weights)))
    plain = likelihood.hazards(p)
    pushed = likelihood.hazards(p._replace(beta_peer=0.3))
    assert pushed == pytest.approx(plain * np.exp(0.3 * exposed), rel=1e-9)
    best, error = slope(likelihood, p, exposed)
    around = [likelihood(p._replace(beta_peer=best + step)) for step in (-error, 0.0, error)]
    assert around[1] >= max(around[0], around[2])
    assert around[1] - around[0] == pytest.approx(0.5, abs=0.15)
    lean = Likelihood(record_situation(case))
    assert slope(lean, p._replace(sigma=2.0), exposed) == slope(lean, p._replace(sigma=0.0), exposed)


def test_ways_to_choose_who_acts_are_added_up() -> None:
    odds = np.array([0.5, 2.0, 0.1, 3.0])
    by_hand = sum(math.prod(chosen) for chosen in combinations(odds.tolist(), 2))
    assert log_ways(np.log(odds), 2) == pytest.approx(math.log(by_hand))
    assert log_ways(np.log(odds), 4) == pytest.approx(math.log(math.prod(odds.tolist())))


def test_the_stratified_slope_is_found_again_whatever_is_common_to_a_week() -> None:
    """Acts drawn with a slope of 0.8 under weekly levels that differ by far; an offset common to a week drops out."""
    rng = np.random.default_rng(3)
    exposed, own = rng.normal(size=(2, 400, 60))
    level = rng.normal(-4.0, 1.5, size=(400, 1))
    logits = level + 0.6 * own + 0.8 * exposed
    acting = rng.random(logits.shape) < 1.0 / (1.0 + np.exp(-logits))
    everybody = np.ones(acting.shape, dtype=bool)
    best, error = stratified_slope(0.6 * own, exposed, acting, everybody)
    assert abs(best - 0.8) < 3.0 * error < 0.3
    assert stratified_slope(0.6 * own + level, exposed, acting, everybody) == pytest.approx(
        (best, error), abs=1e-3
    )


@pytest.mark.parametrize(("record", "measured"), [("strict", -0.44), ("broad", -0.05)])
def test_contagion_that_absorbs_the_weeks_is_not_told_from_none(record: str, measured: float) -> None:
    found = stratified(load_case(record=record), load_priors()).set_index("exposure, stratified by week")
    row = found.loc["peers, as they are"]
    assert row["from"] < 0.0 < row["to"]
    assert abs(row["slope"] - measured) < 0.25


def test_bass_rates_rise_with_what_has_fallen(case: Case) -> None:
    levels = np.full((20, 10, 6), 3)
    fell = np.zeros(levels.shape, dtype=bool)
    for week in range(12):
        fell[week, : week // 3, 0] = True
    seen = Seen(levels, fell, np.zeros((10, 6), dtype=bool))
    found = forecast_at(bass(seen, 12, record_situation(case).timeline), seen, 12)
    assert found.ties.shape == (8, 10, 6)
    assert found.ties[0, 0, 0] > fell[:12].sum() / (12 * 60)


def test_a_forecast_gains_nothing_on_itself() -> None:
    chance = np.full((4, 3, 6), 0.1)
    span = Seen(np.full(chance.shape, 2), chance > 0.5, np.zeros((3, 6), dtype=bool))
    forecast = Forecast(chance, np.full(3, 0.2), np.zeros(4))
    assert tuple(paired(forecast, forecast, span)) == (0.0, 0.0, 0.0)


# ---- the page


def test_checks_are_written_between_their_marks_and_others_stay(case: Case, tmp_path: Path) -> None:
    page = (
        "# A page\n\n<!-- posterior -->\nold\n<!-- /posterior -->\n\n<!-- trade -->\nkept\n<!-- /trade -->\n"
    )
    (tmp_path / "README.md").write_text(page, encoding="utf-8")
    options = {"seed": 1, "workers": 1, "release": False, "progress": False}
    lines = list(make(case, tmp_path, checks=["posterior"], **options))
    assert lines[0] == "posterior: done"
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "old" not in text
    assert "| beta_peer | assumed |" in text
    assert "<!-- trade -->\nkept\n<!-- /trade -->" in text
    assert (tmp_path / "figures" / "posterior.png").read_bytes().startswith(b"\x89PNG")
    assert not (tmp_path / ".validate").exists()


def test_an_unknown_check_is_refused_with_the_nearest(case: Case, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Did you mean 'posterior'"):
        list(make(case, tmp_path, checks=["posterio"], seed=1, workers=1, release=False, progress=False))


def test_the_readmes_table_of_rivals_is_that_of_the_study() -> None:
    root = folder("calibration").parent
    readme, study = (
        (root / path).read_text(encoding="utf-8") for path in ("README.md", "calibration/README.md")
    )
    shown = readme.split("<!-- rivals -->")[1].split("<!-- /rivals -->")[0]
    rows = [line for line in shown.splitlines() if line.startswith("| ") and "forecast" not in line]
    assert len(rows) == 7
    assert all(row in study for row in rows)


def test_the_readme_has_the_numbers_of_the_study_for_the_weeks_from_28_august() -> None:
    root = folder("calibration").parent
    readme, study = (
        (root / path).read_text(encoding="utf-8") for path in ("README.md", "calibration/README.md")
    )
    part = study.split("**Weeks from 2017-08-28 to the end of 2017: ")[1]
    came, expected = part.split(" ", 1)[0], part.split("| the rule | ")[1].split(" ")[0]
    shown = re.search(
        r"it expected (\d+) cuts from 28 August on, and (\d+) were observed", " ".join(readme.split())
    )
    assert shown
    assert shown.groups() == (str(round(float(expected))), came)


def test_the_provenance_is_plain_json() -> None:
    assert json.loads(json.dumps(provenance())) == provenance()


# ---- the commands


def test_calibrate_writes_its_files_and_shows_what_converged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibration, "Plan", partial(Plan, imputations=1, steps=4, draws=5))
    monkeypatch.setattr(calibration, "sample", partial(calibration.sample, warm_up=20))
    ran = CliRunner().invoke(app, ["calibrate", "--out", str(tmp_path / "new"), "--workers", "1"])
    assert ran.exit_code == 0, ran.stderr
    assert "largest R-hat" in ran.stdout
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["map.toml", POSTERIOR]
    assert len(choose(tmp_path / "new" / POSTERIOR).draws) == 5


def test_an_unknown_check_ends_with_2(tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["validate", "--check", "posterio", "--out", str(tmp_path)])
    assert ran.exit_code == 2
    assert "Did you mean 'posterior'?" in ran.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_missing_package_is_named_with_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "emcee", None)
    for name in ("calibrate", "sampling"):
        monkeypatch.delitem(sys.modules, f"maxpressure.inference.{name}", raising=False)
    ran = CliRunner().invoke(app, ["calibrate"])
    assert ran.exit_code == 2
    assert "pip install 'maxpressure[calibrate,dev]'" in ran.stderr


def test_the_first_worlds_of_a_run_take_draws_of_every_imputation() -> None:
    """The file lists draws imputation by imputation; a run of few worlds must not see the first of them alone."""
    listed = read_draws(SHIPPED)[0]
    imputation = dict(zip(listed, pq.read_table(SHIPPED)["imputation"].to_pylist(), strict=True))
    drawn = choose("posterior").draws
    assert sorted(drawn) == sorted(listed)
    for worlds in (100, 200, 500):
        counts = Counter(imputation[draw] for draw in drawn[:worlds])
        assert len(counts) == 20
        assert max(counts.values()) - min(counts.values()) <= 5
    assert {imputation[draw] for draw in choose("posterior", 50).draws} == set(imputation.values())
    assert spread(listed[:1]) == listed[:1]
