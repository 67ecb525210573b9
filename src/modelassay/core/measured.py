"""What we see for ourselves: plans, completions, grades, estimates, speed, and what made them."""

import hashlib
from typing import Any, Literal

import msgspec

from modelassay.core.decoding import Decoding, ServerProbe, hashed_decoding
from modelassay.core.records import Record
from modelassay.core.reward import Rewarded

Outcome = Literal["passed", "failed", "error", "timed-out", "out-of-memory", "output-flood", "crashed", "refused", "no-program"]  # fmt: skip
BackendName = Literal["transformers", "vllm", "openai", "replay"]


class SamplingPlan(Record):
    """All that decides what is sampled. Two runs with equal plans may share a folder; others never do.

    model: the name the user gave; model_sha256: of the weights, tokenizer and templates (or samples file); "" for a
    server's model, which cannot be seen, and for a model of the Hub, whose `hub_id` and `revision` (the commit's sha) say
    the same. served: the server's name for it.
    protocol_sha256: of the protocol's definition, so that an edited protocol is another plan.
    samples_per_problem, decoding, seed: `None` for precomputed samples, which somebody else drew.
    explicit: of a server's plan: every setting is sent to it. Older runs sent temperature and top-p alone, so that the
    server's own settings were in force: they are other runs.
    """

    model: str
    model_sha256: str
    backend: BackendName
    benchmark: str
    benchmark_version: str
    benchmark_sha256: str
    problems: tuple[str, ...]
    protocol: str
    protocol_sha256: str
    samples_per_problem: int | None
    decoding: Decoding | None
    seed: int | None
    served: str = ""
    explicit: bool = False
    hub_id: str = ""
    revision: str = ""

    @property
    def greedy(self) -> bool:
        """Whether sampling again would give the same; False for precomputed samples, which do not say."""
        return self.decoding is not None and self.decoding.temperature == 0

    @property
    def hash(self) -> str:
        """First 12 hex digits of the sha256 of the whole plan, less what is neutral and newer than the oldest plans."""
        written: dict[str, Any] = msgspec.to_builtins(self)
        if self.decoding is not None:
            written["decoding"] = hashed_decoding(self.decoding)
        if not self.explicit:
            del written["explicit"]
        for name in ("hub_id", "revision"):
            if not written[name]:
                del written[name]
        return hashlib.sha256(msgspec.json.encode(written, order="sorted")).hexdigest()[:12]

    @property
    def run_name(self) -> str:
        """The run's folder: `<model>--<benchmark>--<plan hash>`, safe on any file system."""
        safe = "".join(c if c.isalnum() or c in "._+-" else "-" for c in f"{self.model}--{self.benchmark}")
        return f"{safe}--{self.hash}"


class Completion(Record, gc=False):  # holds no container, and there are many
    """One sample as the model (or the file of precomputed samples) gave it; the program in it is found when grading.

    index: 0-based within its problem. form: what the text is — a continuation of the prompt, a whole
    program, either of these as a harness left it, or unknown (then grading looks). seconds: wall time of the batch divided by its rows.
    """

    problem: str
    index: int
    text: str
    form: Literal["continuation", "program", "postprocessed", "unknown"] = "unknown"
    finish_reason: Literal["stop", "length"] | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class SentPrompt(Record):
    """A problem's prompt exactly as the model got it, kept beside the samples it led to."""

    problem: str
    text: str
    token_ids: tuple[int, ...]
    stop: tuple[str, ...] = ()


class Grade(Rewarded, gc=False):  # nothing in it leads back to it, and there are many
    """The verdict on one sample under one suite. Faults of our own are not outcomes and have no grade.

    mode: `border` when the tests stayed outside the sample's process, `sealed` when they could not. extraction: the
    rule that found the program, and what was cut away for it. at_load: it ended while the program was being loaded.
    tests_passed, tests: passed before the first that was not, and in all; None where they are not counted, as in a `check`.
    under: the outcome under each further rule for programs' outputs, where such were asked for; differs: in what the output
    differs from the expected one where the rules disagree.
    by_test: where tests went on after one that was not passed, of each that was run 1 or 0; see `test_results`.
    text_sha256: of the completion's text, so that a grade never outlives the text it was given for.
    """

    problem: str
    index: int
    suite: str
    outcome: Outcome
    detail: str = ""
    run_seconds: float = 0.0
    mode: Literal["border", "sealed"] = "border"
    extraction: str = ""
    text_sha256: str = ""
    at_load: bool = False
    tests_passed: int | None = None
    tests: int | None = None
    under: dict[str, Outcome] | None = None
    differs: str = ""
    by_test: str = ""


class LeftOut(Record):
    """A problem that cannot be graded here, and why. It takes no part in any estimate, whatever its samples are."""

    problem: str
    reason: str


class Interval(Record):
    """An interval at `level`, with the method's name and what it is about (`target`)."""

    low: float
    high: float
    level: float
    method: str
    target: str


class Estimate(Record):
    """pass@k of one suite: unbiased value, interval clustered by problem, and what it rests on.

    problems: those it is the mean of. left_out: further problems whose samples have no grades, so that it says nothing of
    them. ungraded: samples without a grade, of the problems that count.
    if_failed, if_passed: the value were all ungraded samples failures, or passes; None where every one has a grade.
    """

    suite: str
    k: int
    value: float
    interval: Interval
    problems: int
    samples_per_problem: int  # the smallest over problems
    ungraded: int = 0
    left_out: int = 0
    if_failed: float | None = None
    if_passed: float | None = None


# What people read says "equivalent" for a tie and "inconclusive" for not enough data (report/wording.py).
PairVerdict = Literal[
    "better", "worse", "tie", "not enough data", "ahead on this set", "behind on this set", "tie on this set"
]


class Comparison(Record):
    """Paired by problem: candidate minus baseline in pass@k of one suite on the same problems.

    problems: those both have grades of. only_baseline, only_candidate: further problems of one side, left out.
    verdict: `better` and the like speak of the population of problems, `… on this set` of a fixed set alone; None
    where no verdict is stated, because only one comparison of a study may carry one at its level.
    look: how often this pair was looked at with other data before, and once more; each further look is taken at a
    stricter level, so that all looks together err as seldom as the level asked for says.
    """

    baseline: str
    candidate: str
    benchmark: str
    suite: str
    k: int
    difference: float
    interval: Interval
    probability_better: float
    verdict: PairVerdict | None
    problems: int
    only_baseline: int = 0
    only_candidate: int = 0
    advice: str = ""  # the plan that would settle it
    p_value: float | None = None  # McNemar's exact test, where both sides have one sample per problem
    # Of rank 1 among all models compared, where they are three or more.
    probability_first: float | None = None
    look: int = 1


class Leader(Record):
    """The model with the highest score of `models`, by its `place` among them: a score that chance helped to the top.

    value: its score after shrinkage towards the mean of all. interval: of its score, in [0, 1], allowing for its having
    been picked. probability_first: that its true score is the highest.
    """

    models: int
    place: int
    value: float
    interval: Interval
    probability_first: float


class Decided(Record):
    """Of `graded` samples of a problem `passed` did; whether k solve it more often than not, None while open.

    The number of samples depends on how they did, so passed / graded is no estimate of the pass rate.
    """

    problem: str
    suite: str
    k: int
    graded: int
    passed: int
    solved: bool | None
    level: float


class Spread(Record):
    """One model's pass@k of one suite on the same problems under several protocols.

    values: protocol → pass@k. difference: highest minus lowest, paired by problem; its interval is taken at the
    level at which those of all pairs of protocols hold together, since which pair it is was seen in the data.
    """

    model: str
    benchmark: str
    suite: str
    k: int
    values: dict[str, float]
    highest: str
    lowest: str
    difference: float
    interval: Interval
    problems: int


class SpeedPoint(Record):
    """Throughput of one run. What could not be measured (a replay has no clock) is `None`."""

    problems: int
    candidates: int
    completion_tokens: int
    wall_seconds: float
    tokens_per_second: float
    candidates_per_second: float
    seconds_per_problem_median: float
    seconds_per_problem_p90: float
    device: str
    dtype: str


class Device(Record):
    """Where the weights were, and in which precision; written when sampling starts."""

    name: str
    dtype: str


class BatchTiming(Record):
    """Wall time of sampling one problem's samples; journalled beside the completions."""

    problem: str
    candidates: int
    completion_tokens: int
    wall_seconds: float


class Origin(Record):
    """Where and when samples of one problem were made, or graded: `indices` of `problem`, on the node `node`.

    kind: what was done. tries: how often it was begun. host: the machine's name. started: ISO 8601, UTC, by its clock.
    seconds: of the whole block that they were part of. sandbox: of grades. processor: the node's.
    """

    kind: Literal["sampled", "graded"]
    problem: str
    indices: tuple[int, ...]
    node: str
    host: str
    started: str
    seconds: float
    tries: int = 1
    sandbox: str = ""
    processor: str = ""


class Manifest(Record):
    """What made a run: plan, machine, versions, inputs with hashes, sandbox level, when.

    benchmark_problems: of the whole set, of which the plan's were chosen as `problems_chosen` says.
    model_settings: the model's own generation settings, which are in force only where the plan says so; `None` where
    they cannot be seen. server: what the server does with what it is sent. notes: what a reader of the scores must
    know of how the model was run.
    """

    format_version: int
    plan: SamplingPlan
    plan_hash: str
    started: str  # ISO 8601, UTC
    command: tuple[str, ...]
    machine: dict[str, str]
    packages: dict[str, str]
    sandbox_level: str
    grading_settings: dict[str, str]  # limits and grader version; other settings mean other grades
    demo_model: bool = False
    benchmark_problems: int | None = None
    problems_chosen: Literal["all", "at random", "by name"] = "all"
    model_settings: dict[str, Any] | None = None
    server: ServerProbe | None = None
    notes: tuple[str, ...] = ()
