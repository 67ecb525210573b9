"""What a study's pages show, as records. The pipeline fills them in; the renderers only format them.

`study.json` is the JSON encoding of one `StudyReport`; report.md, report.html and the terminal summary are
renderings of the same record, so they cannot disagree. Nothing in this package works out a score, an interval
or a verdict. Scores and shares are in [0, 1]; renderers alone turn them into percent. Unknown is `None`.

How to fill it, smallest first: `study`, `made` and `runs` make a report; `rankings` gives it an answer;
`audits`, `decisions` and `facts` give it evidence. Every tuple may be empty and then its section says so.

Links: a number leads to what it rests on through ids. `Reason.rests_on`, `Finding.rests_on`,
`Judgement.evidence` and `RuleResult.evidence` name `Fact.id`s that `StudyReport.facts` should hold, or
`Claim.id`s of the audits, or `RunReport.id`s. An id that is nowhere in the report is printed without a link.
"""

from typing import Literal

import msgspec

from modelassay.core.best_of_n import BestOfCurve
from modelassay.core.by_date import DateSplit
from modelassay.core.decoding import Decoding
from modelassay.core.encoding import encode_json
from modelassay.core.errors import InputError
from modelassay.core.health import Health
from modelassay.core.measured import (
    Comparison,
    Decided,
    Estimate,
    Leader,
    LeftOut,
    Outcome,
    SpeedPoint,
    Spread,
)
from modelassay.core.problems import Band
from modelassay.core.published import (
    Claim,
    Decision,
    Fact,
    Finding,
    Judgement,
    Kind,
    Protocol,
    Unread,
)
from modelassay.core.records import Record
from modelassay.core.rule_scores import Disagreement, RuleScore
from modelassay.core.speed_records import SolvedCost

FORMAT_VERSION = 1

Standing = Literal[
    "baseline", "better", "worse", "tie", "not enough data", "no baseline", "ahead on this set", "behind on this set",
    "tie on this set", "not tested",
]  # fmt: skip


class Made(Record):
    """What made the report: when, by which version, on which machine, behind which sandbox.

    when: ISO 8601, UTC. command: as typed, program first. machine: `{"cpu": "…", "cores": "2", …}`.
    packages: name → version. seconds: wall time of the whole study, `None` when it was done in parts.
    """

    when: str
    version: str
    command: tuple[str, ...] = ()
    machine: dict[str, str] = msgspec.field(default_factory=dict)
    packages: dict[str, str] = msgspec.field(default_factory=dict)
    sandbox_level: str = "unknown"
    seconds: float | None = None


class NoteAudit(Record):
    """One audited note. `text` and `corrected` are the whole notes; `notice` heads the corrected one."""

    note: str
    sha256: str
    text: str
    corrected: str
    notice: str = ""
    claims: tuple[Claim, ...] = ()
    judgements: tuple[Judgement, ...] = ()
    findings: tuple[Finding, ...] = ()
    unread: tuple[Unread, ...] = ()


class ProblemCount(Record):
    """Of `graded` samples of one problem, `passed` passed this suite."""

    problem: str
    suite: str
    graded: int
    passed: int


class Published(Record):
    """A published score held against our measurement of the same model and benchmark.

    id: of the fact (or of the claim, for a number written in an audited note).
    suite, k: the estimate it is held against. measured: `None` when that estimate does not exist.
    comparable: whether the protocols agree by the written rule; `None` when unknown.
    agrees: whether the published value lies in the measured interval; `None` when not comparable.
    difference_in_protocol: what differs, in words; "" when nothing known does.
    """

    id: str
    value: float
    written: str
    suite: str
    k: int
    source: str
    url: str = ""
    locator: str = ""
    quote: str = ""
    measured: Estimate | None = None
    protocol: Protocol | None = None
    comparable: bool | None = None
    agrees: bool | None = None
    difference_in_protocol: str = ""


class RunReport(Record):
    """One run: one model on one benchmark under one plan.

    revision: the Hub's commit that the weights are of, "" for a folder, a server or precomputed samples.
    id: the run folder's name (`SamplingPlan.run_name`). folder: its path relative to the report's own
    folder (`runs/<id>`), "" when it is not kept. model: the name the user gave.
    estimates: any number of k per suite; the k in `StudyReport.headline_ks` go into tables, all go into
    the pass@k curve. outcomes: suite → outcome → number of samples. ungraded: samples that we
    failed to grade. truncated: answers that reached max_tokens, `None` where that is unknown.
    decided: where sampling stopped problem by problem. best_of_n: where it was asked for. health: how the grading
    went; `None` where there are no grades. left_out: problems that cannot be graded, with the reason. rules: the
    scores under each rule, where printed output was judged under several; disagreement: on how many samples these disagree. speed: `None` for a replay. costs:
    of solved problems, by suite; none for what was not timed. seed: of the plan; `None` when it was not sampled here.
    """

    id: str
    model: str
    benchmark: str
    benchmark_version: str
    protocol: str
    decoding: Decoding | None
    samples_per_problem: int
    problems: int
    candidates: int
    estimates: tuple[Estimate, ...]
    backend: str = ""
    folder: str = ""
    demo_model: bool = False
    kind: Kind | None = None
    params: float | None = None
    licence: str | None = None
    hub_id: str | None = None
    seed: int | None = None
    benchmark_sha256: str = ""
    model_sha256: str = ""
    revision: str = ""
    counts: tuple[ProblemCount, ...] = ()
    outcomes: dict[str, dict[Outcome, int]] = msgspec.field(default_factory=dict)
    ungraded: int = 0
    truncated: int | None = None
    speed: SpeedPoint | None = None
    published: tuple[Published, ...] = ()
    decided: tuple[Decided, ...] = ()
    best_of_n: BestOfCurve | None = None
    health: Health | None = None
    left_out: tuple[LeftOut, ...] = ()
    rules: tuple[RuleScore, ...] = ()
    disagreement: Disagreement | None = None
    costs: tuple[SolvedCost, ...] = ()


class Reason(Record):
    """One sentence why a model stands where it stands, and the ids of facts, claims or runs behind it."""

    text: str
    rests_on: tuple[str, ...] = ()


class Ranked(Record):
    """One row of a ranking. `comparison` is against `baseline`, a run id; both `None` for a baseline itself.

    speed_ratio: samples per second over the baseline's; `None` where either was not measured.
    reasons: beyond what the page derives from the comparison, the speeds and the published figures.
    """

    run: str
    estimate: Estimate
    standing: Standing
    comparison: Comparison | None = None
    baseline: str | None = None
    speed_ratio: float | None = None
    reasons: tuple[Reason, ...] = ()


class Ranking(Record):
    """Models ordered, best first, by pass@k of one suite of one benchmark. `baseline`: the first baseline run.

    leader: of the first row, where three or more models were run on fixed problems.
    """

    benchmark: str
    benchmark_version: str
    suite: str
    k: int
    rows: tuple[Ranked, ...]
    baseline: str | None = None
    leader: Leader | None = None


class ProblemTitle(Record):
    """What the heat map says of a problem before it is opened."""

    id: str
    benchmark: str
    entry_point: str = ""
    difficulty: Band | None = None


class Stage(Record):
    """One step of a study that is still running. `eta_seconds` is `None` while it is unknown."""

    name: str
    done: int
    total: int
    eta_seconds: float | None = None


class BegunRun(Record):
    """One run that a study is going to do.

    run: its folder's name. model: the name the user gave. benchmark: the set of problems. samples: that its plan asks for,
    `None` for precomputed ones.
    """

    run: str
    model: str
    benchmark: str
    samples: int | None


class Begun(Record):
    """What a study says when it begins, so that its page has a title and a plan before anything is sampled.

    title: the study file's. started: ISO 8601, UTC. runs: all that it is going to do.
    """

    title: str
    started: str
    runs: tuple[BegunRun, ...]


class StudyReport(Record):
    """Everything the pages show. `rankings[0]` gives the headline; the first run of a model its identity.

    name: the study file's title or stem. stages: empty once the study is finished.
    warnings: sentences a reader must see before believing a number (weak sandbox, missing grades, …).
    """

    name: str
    made: Made
    runs: tuple[RunReport, ...]
    format_version: int = FORMAT_VERSION
    headline_ks: tuple[int, ...] = (1, 10, 50, 100)
    rankings: tuple[Ranking, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    spreads: tuple[Spread, ...] = ()
    splits: tuple[DateSplit, ...] = ()
    audits: tuple[NoteAudit, ...] = ()
    decisions: tuple[Decision, ...] = ()
    facts: tuple[Fact, ...] = ()
    problems: tuple[ProblemTitle, ...] = ()
    stages: tuple[Stage, ...] = ()
    warnings: tuple[str, ...] = ()


def encode_study(report: StudyReport) -> bytes:
    """The report as `study.json`: indented, so that two studies can be compared with `diff`."""
    return msgspec.json.format(encode_json(report), indent=1) + b"\n"


def decode_study(data: bytes, path: str = "study.json") -> StudyReport:
    """Read `study.json`. Raises InputError when it is broken or of another format version."""
    remake = "run `assay report` again to remake it"
    try:
        version = msgspec.json.decode(data, type=_Versioned).format_version
        if version != FORMAT_VERSION:
            raise InputError(f"format_version {version}, expected {FORMAT_VERSION}", path=path, hint=remake)
        return msgspec.json.decode(data, type=StudyReport)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"not a study: {error}", path=path, hint=remake) from error


class _Versioned(msgspec.Struct):
    """The one field that every version of `study.json` has."""

    format_version: int
