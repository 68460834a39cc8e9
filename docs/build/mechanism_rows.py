"""The mechanisms: where each is in the code, and what is switched to measure it.

Rows 1 to 23 are those of the source documents, 24 to 26 terms that the rule has besides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

RECORD: Final = "max-pressure-2017"
MEMBERSHIPS, NO_MEMBERSHIPS = "shared memberships as residual ties", ""
SHIPPED_FIT, STATED_FIT = "fitted to acts", "fitted to acts and statements"

SEOUL: Final = (
    "Park Geun-hye in Iran",
    "Park Geun-hye's Africa tour",
    "Yun Byung-se in Cuba, then Russia and Bulgaria",
    "Seoul's defence outreach in Cambodia and Laos",
    "Yun Byung-se in Germany, Romania and Britain",
    "Seoul asks Egypt",
    "Seoul asks Mongolia",
    "Q002", "Q013", "Q020", "Q022", "Q023",
)  # fmt: skip
"""Seoul's requests of 2016 and 2017: inputs of pressure.csv, and rows of requests.csv that are part of none."""


@dataclass(frozen=True, kw_only=True)
class Side:
    """One side of a contrast: a shipped scenario with further edits, and how the record is coded for it."""

    scenario: str = RECORD
    edits: Mapping[str, Any] = field(default_factory=dict)
    coding: str = NO_MEMBERSHIPS
    draws: str = "posterior"

    @property
    def key(self) -> str:
        """A name that identifies the side."""
        return repr((self.scenario, dict(self.edits), self.coding, self.draws))


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """What is switched, in words; the side where it is and the one that it is compared with.

    ``why`` is the reason where a difference is negligible or its interval includes zero; ``also`` are further
    outcomes that show the mechanism, with their words.
    """

    words: str
    side: Side
    against: Side = Side()
    why: str = ""
    also: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Row:
    """A mechanism: where it is in the code, the scenarios that ask about it, and what is measured."""

    number: int
    mechanism: str
    code: tuple[str, ...]
    scenarios: tuple[str, ...]
    contrasts: tuple[Contrast, ...]


def shipped(name: str, words: str, **more: Any) -> Contrast:
    """A shipped scenario against the record."""
    return Contrast(words=f"`{name}`: {words}", side=Side(scenario=name), **more)


def off(*mechanisms: str) -> Side:
    """The record with terms of the rule switched off."""
    return Side(edits={"mechanisms": dict.fromkeys(mechanisms, False)})


ASSUMED: Final = "(assumed, off by default)"
NEXT_TO_NO_TRADE: Final = "trade: these states had almost none with the target"
WITHOUT_2375: Final = {"without": ["UNSCR 2375"]}
PATRONS_NOT_SEEN: Final = "acts: no term of the rule depends on a patron's course"

ROWS: Final = (
    Row(
        number=1,
        mechanism="a nuclear test is followed by downgrades (Spain, Kuwait, Peru, Mexico)",
        code=("model.rules.climate", "model.timeline.lay_out"),
        scenarios=("no-september-test", "more-tests"),
        contrasts=(
            shipped("no-september-test", "without the sixth test and UNSCR 2375"),
            Contrast(
                words="without the sixth test alone, its resolution kept",
                side=Side(edits={"without": ["Sixth nuclear test"]}),
            ),
            Contrast(words="tests have no weight in any decision", side=off("shocks")),
            shipped("more-tests", "each great test of 2017 repeated four weeks later"),
        ),
    ),
    Row(
        number=2,
        mechanism="several kinds of tie: ambassadors, trade, military, travel, labour, banks",
        code=("base.ties.TIES", "model.rules.tie_base", "model.rules.lead_tie", "model.rules.joins"),
        scenarios=("ambassadors-alone",),
        contrasts=(
            shipped("ambassadors-alone", "only the diplomatic tie can be cut"),
            Contrast(words="no tie joins another's act", side=off("packages")),
        ),
    ),
    Row(
        number=3,
        mechanism="the US asks and states comply (Malaysia, Sudan)",
        code=("model.rules.addressed", "model.rules.sensitivity", "model.inputs.edited_inputs"),
        scenarios=("no-campaign", "un-only", "early-campaign-2016", "requests-to-best-ten"),
        contrasts=(
            shipped("no-campaign", "no requests and no campaign"),
            Contrast(words="requests have no weight in any decision", side=off("requests")),
            Contrast(
                words="requests take effect a week later",
                side=Side(edits={"requests": {"lag_weeks": 1}}),
                why="trade: nearly the same ties are cut, a week later",
            ),
            Contrast(words="the campaign has no weight in any decision", side=off("campaign")),
            shipped("un-only", "pressure by the Council alone"),
            shipped("early-campaign-2016", "the campaign of 2017 a year earlier"),
            shipped("requests-to-best-ten", "the same effort, ten other states"),
        ),
    ),
    Row(
        number=4,
        mechanism="a bilateral incident (Kim Jong Nam and Malaysia)",
        code=("model.rules.addressed", "evidence.assumptions.Incidents"),
        scenarios=("no-killing-in-kuala-lumpur",),
        contrasts=(
            shipped(
                "no-killing-in-kuala-lumpur",
                "without the killing",
                why="trade: Malaysia had less than a thousandth of it",
            ),
        ),
    ),
    Row(
        number=5,
        mechanism="states already cut before 2017 (Canada, Estonia, France, Botswana)",
        code=("evidence.record.starting_levels",),
        scenarios=("override-risk-set",),
        contrasts=(
            shipped(
                "override-risk-set",
                "starting levels as implied by recorded acts (coding)",
                why="trade: ties known only from later acts have no trade figure",
            ),
        ),
    ),
    Row(
        number=6,
        mechanism="commercial withdrawal (Air China)",
        code=("model.rules.attrition_hazard", "model.agents.Patron"),
        scenarios=("no-attrition",),
        contrasts=(
            shipped(
                "no-attrition",
                "no travel route loses a level",
                also={"attritions": "levels lost by attrition"},
                why="attrition leaves slightly less to cut, and travel routes carry no trade",
            ),
        ),
    ),
    Row(
        number=7,
        mechanism="the target courts the last friends (Cuba, Iran)",
        code=("model.economy.courtship", "model.economy.pull", "model.rules.addressed"),
        scenarios=("target-withdrawn", "target-courts"),
        contrasts=(
            shipped("target-withdrawn", "the target makes no visits", why=NEXT_TO_NO_TRADE),
            shipped("target-courts", "the target courts out of need", why=NEXT_TO_NO_TRADE),
        ),
    ),
    Row(
        number=8,
        mechanism="Russia moves closer when China cools, within its means",
        code=("model.economy.taken_up", "model.trade.Ledger"),
        scenarios=("russia-backfill", "patrons-played-off"),
        contrasts=(
            shipped("russia-backfill", "Russia takes up 15 % of the trade of 2016", why=PATRONS_NOT_SEEN),
            Contrast(
                words="Russia takes up nothing",
                side=Side(edits={"russia": {"backfill": 0.0}}),
                why=PATRONS_NOT_SEEN,
            ),
        ),
    ),
    Row(
        number=9,
        mechanism="fewer ties, each weighs more",
        code=("model.economy.concentration", "model.economy.effective_partners", "model.rows.WeekRow"),
        scenarios=("nobody-cuts",),
        contrasts=(
            shipped(
                "nobody-cuts",
                "every tie stays",
                also={"hhi": "concentration of partners (HHI)", "effective_partners": "effective partners"},
            ),
        ),
    ),
    Row(
        number=10,
        mechanism="cross-pressured friends, careful statements (Bulgaria, Pakistan)",
        code=("evidence.record.code_record", "model.rules.standing", "model.rules.sensitivity"),
        scenarios=("with-affinity",),
        contrasts=(
            shipped("with-affinity", f"friends hold back {ASSUMED}"),
            Contrast(
                words="declarations and steps smaller than a level coded as acts, rule fitted again (coding)",
                side=Side(draws=STATED_FIT),
                against=Side(draws=SHIPPED_FIT),
            ),
            Contrast(
                words="pressure has the same effect on all states (no leverage)",
                side=Side(edits={"parameters": {"kappa": {"value": 0.0, "reason": "No leverage."}}}),
            ),
        ),
    ),
    Row(
        number=11,
        mechanism="customers with a private stake (arms, workers, missiles)",
        code=("model.rules.tie_base", "model.population.populate"),
        scenarios=("with-private-stake",),
        contrasts=(shipped("with-private-stake", f"who would lose more cuts later {ASSUMED}"),),
    ),
    Row(
        number=12,
        mechanism="sector bans shrink trade without any state cutting (textiles, coal)",
        code=("model.economy.flows", "model.economy.allowed_share", "model.timeline.lay_out"),
        scenarios=("nobody-cuts", "no-un-mandates"),
        contrasts=(
            Contrast(
                words="the Council forbids nothing; no state can cut a tie",
                side=Side(scenario="nobody-cuts", edits={"mandates": {"scale": 0.0}}),
                against=Side(scenario="nobody-cuts"),
                why="acts: no state can cut a tie on either side",
            ),
            shipped("no-un-mandates", "the Council forbids nothing"),
        ),
    ),
    Row(
        number=13,
        mechanism="a regime with full granaries courts nobody",
        code=("model.economy.need", "model.economy.courtship"),
        scenarios=("full-granaries",),
        contrasts=(
            Contrast(
                words="`full-granaries` against `target-courts`: harvests cover any fall of exports",
                side=Side(scenario="full-granaries"),
                against=Side(scenario="target-courts"),
                why=NEXT_TO_NO_TRADE,
            ),
        ),
    ),
    Row(
        number=14,
        mechanism="the target offends its patron (China)",
        code=("model.timeline.patron_courses", "model.economy.offered_flows"),
        scenarios=("china-offended",),
        contrasts=(
            shipped("china-offended", "China enforces all from the killing on", why=PATRONS_NOT_SEEN),
        ),
    ),
    Row(
        number=15,
        mechanism="playing patrons against each other; loss of a patron (1990)",
        code=("model.timeline.patron_courses", "model.economy.offered_flows", "model.economy.taken_up"),
        scenarios=("patron-collapse", "patrons-played-off"),
        contrasts=(
            shipped("patron-collapse", "China offers a tenth of its trade", why=PATRONS_NOT_SEEN),
            Contrast(
                words="`patrons-played-off` against `patron-collapse`: Russia steps in, the target courts",
                side=Side(scenario="patrons-played-off"),
                against=Side(scenario="patron-collapse"),
            ),
        ),
    ),
    Row(
        number=16,
        mechanism="rival recognition (South Korea)",
        code=("model.inputs.edited_inputs", "model.rules.addressed"),
        scenarios=("rok-competition",),
        contrasts=(
            shipped("rok-competition", "Seoul repeats its tour of 2016 in 2017", why=NEXT_TO_NO_TRADE),
            Contrast(
                words="without Seoul's requests",
                side=Side(edits={"without": list(SEOUL)}),
                why=NEXT_TO_NO_TRADE,
            ),
        ),
    ),
    Row(
        number=17,
        mechanism="engagement makes ties (2000–01), summits halt the wave (2018)",
        code=("model.rules.climate", "model.rules.restoration_hazard", "model.timeline.lay_out"),
        scenarios=("engagement-from-september", "summit-first"),
        contrasts=(
            shipped(
                "engagement-from-september", "talks from September", also={"restorations": "levels restored"}
            ),
            Contrast(
                words="the same, but talks have no weight in any decision",
                side=Side(scenario="engagement-from-september", edits={"mechanisms": {"thaw": False}}),
                also={"restorations": "levels restored"},
            ),
            shipped("summit-first", "the summits a year earlier", also={"restorations": "levels restored"}),
        ),
    ),
    Row(
        number=18,
        mechanism="the Council forbids sector by sector, easier with China's consent",
        code=("model.rules.outstanding", "model.rules.log_tie", "model.timeline.lay_out"),
        scenarios=("veto-at-the-council", "no-un-mandates"),
        contrasts=(
            shipped("veto-at-the-council", "without UNSCR 2371, 2375 and 2397"),
            Contrast(words="mandates have no weight in any decision", side=off("mandates")),
            Contrast(words="without UNSCR 2375 alone", side=Side(edits=WITHOUT_2375)),
            Contrast(
                words="the same where no state can cut a tie: what the mandate takes by accounting",
                side=Side(scenario="nobody-cuts", edits=WITHOUT_2375),
                against=Side(scenario="nobody-cuts"),
                why="acts: no state can cut a tie on either side",
            ),
        ),
    ),
    Row(
        number=19,
        mechanism="adoption is not enforcement (unfiled reports, banks, luxury goods, Chinese laxity)",
        code=("model.economy.enforcement", "model.economy.carried_share", "model.economy.isolation"),
        scenarios=("china-full-enforcement", "china-shields"),
        contrasts=(
            shipped("china-full-enforcement", "China enforces all", why=PATRONS_NOT_SEEN),
            shipped("china-shields", "China enforces nothing", why=PATRONS_NOT_SEEN),
        ),
    ),
    Row(
        number=20,
        mechanism="unused US levers (money-laundering finding, terrorism list, frozen officials)",
        code=("model.timeline.lay_out", "model.inputs.edited_inputs", "model.economy.enforcement"),
        scenarios=("unused-levers-2016", "secondary-sanctions-full"),
        contrasts=(
            shipped("unused-levers-2016", "used in March 2016"),
            shipped(
                "secondary-sanctions-full",
                "fully credible from the first day",
                why="acts: they stop trade but enter no decision, as no recorded act has them as trigger",
            ),
        ),
    ),
    Row(
        number=21,
        mechanism="more relations than ever, yet more isolated",
        code=("model.rows.WeekRow", "model.economy.isolation"),
        scenarios=("more-relations-less-trade",),
        contrasts=(
            shipped(
                "more-relations-less-trade",
                "courtship and restoration, China enforcing all",
                also={"embassies": "embassies with an ambassador", "restorations": "levels restored"},
            ),
        ),
    ),
    Row(
        number=22,
        mechanism="memberships as the ties that stay",
        code=("evidence.schema.BlocRow", "evidence.record.starting_levels"),
        scenarios=(RECORD,),
        contrasts=(
            Contrast(
                words="a shared membership (NAM) without relations coded as a residual tie at risk (coding)",
                side=Side(coding=MEMBERSHIPS),
                why="trade: a membership carries none",
            ),
        ),
    ),
    Row(
        number=23,
        mechanism="loss of ideological affinity among former communist partners",
        code=("model.rules.standing", "model.population.populate"),
        scenarios=("with-affinity",),
        contrasts=(shipped("with-affinity", f"votes and communist past hold states back {ASSUMED}"),),
    ),
    Row(
        number=24,
        mechanism="ties that no table lists: states cut what nobody had listed",
        code=("model.rules.unlisted_offset", "model.rules.readiness", "evidence.record.starting_levels"),
        scenarios=(RECORD,),
        contrasts=(
            Contrast(
                words="listed ties alone are at risk",
                side=Side(edits={"risk_set": "ex-ante"}),
                why="trade: an unlisted tie carries none",
            ),
        ),
    ),
    Row(
        number=25,
        mechanism="governments need a week to answer a provocation",
        code=("model.rules.felt",),
        scenarios=(RECORD,),
        contrasts=(
            Contrast(
                words="tests are felt a week late, against at once (both are in the posterior)",
                side=Side(edits={"parameters": {"delay_shock": {"value": 1, "reason": "A week to decide."}}}),
                against=Side(edits={"parameters": {"delay_shock": {"value": 0, "reason": "At once."}}}),
                why="trade: nearly the same ties are cut, a week later",
            ),
        ),
    ),
    Row(
        number=26,
        mechanism="a Council resolution is news to every state, whatever it forbids",
        code=("model.rules.climate", "model.timeline.lay_out"),
        scenarios=(RECORD,),
        contrasts=(Contrast(words="resolutions are no news", side=off("news")),),
    ),
)
