"""A measured speed with all that it takes to read it. One without machine, versions, shape, n, lengths or spread is no record.

Seconds are wall time. `timed_from` says where the clock stood: a time to the first token that a client saw holds the
network and the server's queue, one seen in the process does not.
"""

from typing import Any, Final, Literal

from modelassay.core.records import Record

TimedFrom = Literal["in this process", "in vLLM's process, beside the engine", "at the client, over HTTP"]
NOT_REPORTED: Final = "not reported by this machine"


class Quantiles(Record):
    """Of `count` values: mean, standard deviation of the sample (None for one value), and percentiles."""

    count: int
    mean: float
    stdev: float | None
    minimum: float
    p50: float
    p90: float
    p99: float
    maximum: float


class MedianInterval(Record):
    """The median of `passes` values with an interval at `level`; low and high are None where there are too few for one."""

    value: float
    low: float | None
    high: float | None
    level: float
    passes: int
    method: str

    @property
    def relative_width(self) -> float | None:
        """(high − low) / median; None without an interval."""
        if self.low is None or self.high is None or not self.value:
            return None
        return (self.high - self.low) / self.value


class MachineState(Record):
    """What else the machine did, and how fast it may run, at one moment. What it does not say is `None`.

    busy_share, own_share, stolen_share: of all cores since the moment before, by all processes, by this one with its
    children, and taken by the hypervisor. throttled: events since the machine started.
    """

    load_average: float | None
    cores: int
    clock_mhz: float | None = None
    slowest_clock_mhz: float | None = None
    governor: str | None = None
    turbo: bool | None = None
    throttled: int | None = None
    busy_share: float | None = None
    own_share: float | None = None
    stolen_share: float | None = None
    gpu_clock_mhz: float | None = None
    gpu_throttled_by: tuple[str, ...] | None = None
    gpu_other_processes: int | None = None


class Energy(Record):
    """Joules of all timed passes, or why there are none; never 0 for a machine that does not report any."""

    joules: float | None
    source: str


class Circumstances(Record):
    """What a measurement is of, beside its times."""

    model: str
    backend: str
    timed_from: TimedFrom
    device: str
    dtype: str
    shape: dict[str, Any]
    n: int
    concurrency: int | None
    benchmark: str
    warm_up_problems: int
    settings: dict[str, Any]
    peak_bytes: int | None
    peak_of: str
    energy: Energy
    machine: dict[str, str]
    packages: dict[str, str]
    state_before: MachineState
    state_after: MachineState
    warnings: tuple[str, ...]
    when: str
    dummy_weights: str | None = None
    notes: tuple[str, ...] = ()


class SpeedMeasurement(Circumstances, kw_only=True):
    """One model at n samples per problem on one machine. Raises ValueError where something that it takes to read it is missing.

    n: samples per problem that share its prompt. concurrency: requests under way at once (of a server), else None.
    shape: of the model, from its configuration. settings: of sampling and of the engine. ttft_seconds: from the start
    of a problem to its first token, any sample's; of a server, of each request. tpot_seconds: per further token of a
    sample. first_sample_seconds, all_samples_seconds: from the start of a problem until its first, and its last sample
    is whole. pass_seconds: of one pass over all problems. settled: whether the interval of its median is narrower than
    what was asked for. dummy_weights: where the weights were random, and what the lengths were drawn from.
    """

    problems: int
    prompt_tokens: Quantiles
    completion_tokens: Quantiles
    ttft_seconds: Quantiles
    tpot_seconds: Quantiles | None
    first_sample_seconds: Quantiles
    all_samples_seconds: Quantiles
    pass_seconds: MedianInterval
    tokens_per_second: MedianInterval
    samples_per_second: MedianInterval
    settled: bool
    format_version: int = 1

    def __post_init__(self) -> None:
        lacking = [
            name
            for name, there in (
                ("machine", self.machine),
                ("packages (versions)", self.packages),
                ("shape", self.shape),
                ("n", self.n >= 1),
                ("prompt_tokens (lengths)", self.prompt_tokens.count),
                ("completion_tokens (lengths)", self.completion_tokens.count),
                ("pass_seconds (spread: at least two passes)", self.pass_seconds.passes >= 2),
            )
            if not there
        ]
        if lacking:
            raise ValueError(f"a speed without {', '.join(lacking)} is not kept")


class CostAtK(Record):
    """With k samples per problem: the share solved, and what each problem and each solved one takes. None: not known, or none solved.

    money: in whatever the price per hour was given in.
    """

    k: int
    solved: float
    seconds_per_problem: float
    seconds_per_solved: float | None
    tokens_per_solved: float | None
    joules_per_solved: float | None
    money_per_problem: float | None
    money_per_solved: float | None


class SolvedCost(Record):
    """What a run's solved problems cost under one suite.

    problems: graded and timed. never_solved: of them. first_pass_seconds: to the first sample that passes, of the problems
    that are solved at all, samples drawn one after the other at the run's rate. worth_k: from there on one more sample costs
    more than `worth_factor` times as much per solved problem as the first; None where all of them are worth it.
    """

    suite: str
    problems: int
    never_solved: int
    at: tuple[CostAtK, ...]
    first_pass_seconds: Quantiles | None
    worth_k: int | None
    worth_factor: float
    price_per_hour: float | None


class RunEnergy(Record):
    """Joules of sampling some of a run's samples, where the machine reports any."""

    samples: int
    joules: float
    source: str
