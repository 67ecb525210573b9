"""A realistic study for the report's tests: real names and published figures, invented measurements."""

import math
import random
import zlib
from typing import Literal

from modelassay.core.decoding import Decoding
from modelassay.core.intervals import wilson
from modelassay.core.measured import Comparison, Estimate, Interval, Outcome, SpeedPoint
from modelassay.core.published import (
    Citation,
    Claim,
    Decision,
    Fact,
    Finding,
    Judgement,
    Protocol,
    RuleResult,
    Subject,
    Unread,
    Verdict,
)
from modelassay.core.speed_records import SolvedCost
from modelassay.report.content import (
    Made,
    NoteAudit,
    ProblemCount,
    ProblemTitle,
    Published,
    Ranked,
    Ranking,
    RunReport,
    StudyReport,
)
from modelassay.report.samples import ProblemSamples, SampleView, Seen
from modelassay.speed.solved_cost import Spent, solved_cost

MODELS = {
    # name: (params, typical share of right samples, samples per second)
    "Qwen/Qwen2.5-Coder-1.5B-Instruct": (1.54e9, 0.62, 21.0),
    "deepseek-ai/deepseek-coder-1.3b-instruct": (1.35e9, 0.55, 13.1),
    "bigcode/starcoder2-3b": (3.03e9, 0.30, 9.4),
    "ibm-granite/granite-3b-code-instruct-2k": (3.48e9, 0.46, 8.2),
    "upiter/TinyCodeLM-400M-LintSeqInstruct": (4.0e8, 0.14, 44.0),
}
KS = (1, 2, 5, 10, 20, 50, 100)
LEVEL = 0.95


def pass_at_k(n: int, c: int, k: int) -> float:
    """Chen et al.'s unbiased estimator, here only to make the invented numbers hang together."""
    if n - c < k:
        return 1.0
    return 1.0 - math.prod((n - c - i) / (n - i) for i in range(k))


def counts(share: float, problems: int, n: int, seed: int) -> list[int]:
    """Passed samples per problem: a few always solved, a few never, the rest between."""
    dice = random.Random(seed)
    strength = 0.9
    return [
        sum(dice.random() < p for _ in range(n))
        for p in (dice.betavariate(share * strength, (1 - share) * strength) for _ in range(problems))
    ]


def estimate(suite: str, passed: list[int], n: int, k: int) -> Estimate:
    """A pass@k with an interval of plausible width."""
    value = sum(pass_at_k(n, c, k) for c in passed) / len(passed)
    low, high = wilson(value * len(passed), len(passed), LEVEL)
    interval = Interval(
        low=low, high=high, level=LEVEL, method="bootstrap over problems", target="the benchmark"
    )
    return Estimate(
        suite=suite, k=k, value=value, interval=interval, problems=len(passed), samples_per_problem=n
    )


def run(name: str, *, problems: int = 164, n: int = 100, replay: bool = False) -> RunReport:
    """One run of HumanEval+ with base and plus suites."""
    params, share, rate = MODELS[name]
    seed = list(MODELS).index(name)
    base = counts(share, problems, n, seed)
    plus = [max(0, round(c * 0.93)) for c in base]
    ids = [f"HumanEval/{i}" for i in range(problems)]
    ks = [k for k in KS if k <= n]
    return RunReport(
        id=f"{name.replace('/', '-')}--humaneval+--{seed:012x}",
        model=name,
        hub_id=name,
        benchmark="humaneval+",
        benchmark_version="0.1.10",
        protocol="chat" if "nstruct" in name else "completion",
        decoding=Decoding(temperature=0.8, top_p=0.95, max_tokens=512),
        samples_per_problem=n,
        problems=problems,
        candidates=problems * n,
        backend="replay" if replay else "transformers",
        folder=f"runs/{name.replace('/', '-')}--humaneval+--{seed:012x}",
        kind="instruct" if "nstruct" in name else "base",
        params=params,
        licence="apache-2.0",
        seed=None if replay else 0,
        estimates=tuple(estimate(s, c, n, k) for s, c in (("base", base), ("plus", plus)) for k in ks),
        counts=tuple(
            ProblemCount(problem=p, suite=s, graded=n, passed=c)
            for s, passed in (("base", base), ("plus", plus))
            for p, c in zip(ids, passed, strict=True)
        ),
        outcomes={s: _outcomes(sum(c), problems * n) for s, c in (("base", base), ("plus", plus))},
        speed=None if replay else _speed(rate, problems, n),
        published=_published(name, estimate("base", base, n, 1)),
        costs=() if replay else _costs({"base": base, "plus": plus}, ids, n, rate),
    )


def _outcomes(passed: int, total: int) -> dict[Outcome, int]:
    wrong = total - passed
    flaws: dict[Outcome, int] = {"error": wrong // 5, "timed-out": wrong // 50, "no-program": wrong // 40}
    return {"passed": passed, "failed": wrong - sum(flaws.values()), **flaws}


def _speed(rate: float, problems: int, n: int) -> SpeedPoint:
    return SpeedPoint(
        problems=problems,
        candidates=problems * n,
        completion_tokens=problems * n * 142,
        wall_seconds=problems * n / rate,
        tokens_per_second=rate * 142,
        candidates_per_second=rate,
        seconds_per_problem_median=n / rate * 0.97,
        seconds_per_problem_p90=n / rate * 1.31,
        device="NVIDIA A100-SXM4-80GB",
        dtype="bfloat16",
    )


def _costs(passed: dict[str, list[int]], ids: list[str], n: int, rate: float) -> tuple[SolvedCost, ...]:
    """Every sample takes as long, at 2 per hour."""
    spent = {problem: Spent(1 / rate, 142) for problem in ids}
    found = (
        solved_cost(
            suite,
            {problem: (n, c) for problem, c in zip(ids, counts_, strict=True)},
            spent,
            price_per_hour=2.0,
            ks=KS,
        )
        for suite, counts_ in passed.items()
    )
    return tuple(cost for cost in found if cost is not None)


def _published(name: str, measured: Estimate) -> tuple[Published, ...]:
    figures = {
        "Qwen/Qwen2.5-Coder-1.5B-Instruct": [(0.707, "Qwen2.5-Coder Technical Report", "Table 16")],
        "deepseek-ai/deepseek-coder-1.3b-instruct": [
            (0.652, "DeepSeek-Coder paper", "Table 3"),
            (0.305, "the note under audit", "line 26"),
        ],
        "bigcode/starcoder2-3b": [(0.317, "StarCoder 2 paper", "Table 9")],
    }.get(name, [])
    return tuple(
        Published(
            id=f"{name.split('/')[1].lower()}-{place}",
            value=value,
            written=f"{100 * value:.1f}",
            suite="base",
            k=1,
            source=source,
            url="https://example.org/source",
            locator=locator,
            quote=f"| {name.split('/')[1]} | {100 * value:.1f} |",
            measured=measured,
            protocol=Protocol(benchmark="humaneval", problems=164, temperature=0.0),
            comparable=place == 0,
            agrees=(measured.interval.low <= value <= measured.interval.high) if place == 0 else None,
            difference_in_protocol="" if place == 0 else "greedy there, sampled at T 0.8 here",
        )
        for place, (value, source, locator) in enumerate(figures)
    )


NOTE = """# Small code models

## Baseline: DeepSeek-Coder-1.3B-Instruct

- **HumanEval pass@1**: ~30.5% (base model ~28-32%)
- **MBPP pass@1**: ~44.6%

## Qwen2.5-Coder-1.5B-Instruct

- **Parameters**: 1.5B
- **HumanEval pass@1**: 41.1% (Qwen technical report, arXiv)

## TinyCodeLM-9B-Ultra

- **HumanEval pass@1**: 88.0% <script>alert(1)</script>
"""


def audit() -> NoteAudit:
    """A short note with one claim of each common verdict, and one passage nobody understands."""
    rows: list[tuple[str, int, str, Subject, Verdict, float, str, str | None]] = [
        ("c1", 5, "HumanEval pass@1**: ~30.5%", "score", "contradicted", 0.305, "~30.5%", "65.2%"),
        ("c2", 6, "MBPP pass@1**: ~44.6%", "score", "misattributed", 0.446, "~44.6%", "49.4%"),
        ("c3", 10, "Parameters**: 1.5B", "params", "confirmed", 1.5e9, "1.5B", None),
        ("c4", 11, "HumanEval pass@1**: 41.1%", "score", "different-protocol", 0.411, "41.1%", "70.7%"),
        ("c5", 15, "HumanEval pass@1**: 88.0%", "score", "no-such-model", 0.88, "88.0%", None),
    ]
    models = {
        5: "deepseek-ai/deepseek-coder-1.3b-instruct",
        6: "deepseek-ai/deepseek-coder-1.3b-instruct",
        10: "Qwen/Qwen2.5-Coder-1.5B-Instruct",
        11: "Qwen/Qwen2.5-Coder-1.5B-Instruct",
        15: None,
    }
    claims = tuple(
        Claim(
            id=i,
            line=line,
            quote=quote,
            subject=subject,
            model="as written",
            hub_id=models[line],
            value=value,
            written=written,
        )
        for i, line, quote, subject, _, value, written, _ in rows
    )
    judgements = tuple(
        Judgement(
            claim=i,
            verdict=verdict,
            explanation=f"The {subject} on line {line} is {verdict}; see the evidence beside it.",
            owner="deepseek-ai/deepseek-coder-1.3b-base" if verdict == "misattributed" else None,
            closest="ds13i_he" if subject == "score" else None,
            evidence=("ds13i_he",),
            replacement=replacement,
        )
        for i, line, _, subject, verdict, _, _, replacement in rows
    )
    corrected = NOTE.replace("~30.5%", "65.2%").replace("~44.6%", "49.4%").replace("41.1%", "70.7%")
    return NoteAudit(
        note="note.md",
        sha256="ab" * 32,
        text=NOTE,
        corrected=corrected,
        notice="3 figures of this note were corrected on 2026-11-23.",
        claims=claims,
        judgements=judgements,
        findings=(
            Finding(
                claim="c1",
                check="attainable",
                severity="doubts",
                message="30.5% is 50.02 of 164: no whole number of problems gives it",
                rests_on=("ds13i_he",),
            ),
        ),
        unread=(Unread(line=5, quote="base model ~28-32%", reason="no single model is named"),),
    )


FACT = Fact(
    id="ds13i_he",
    model="deepseek-ai/deepseek-coder-1.3b-instruct",
    subject="score",
    written="65.2%",
    value=0.652,
    metric="pass@1",
    measured_by="maker",
    protocol=Protocol(benchmark="humaneval", problems=164, temperature=0.0),
    citation=Citation(
        document="deepseek-coder-paper",
        title="DeepSeek-Coder paper (arXiv 2401.14196v2)",
        url="https://arxiv.org/abs/2401.14196",
        tier="primary-own",
        locator="Table 3 (Sec 4.1)",
        quote="DeepSeek-Coder-Instruct 1.3B 65.2%",
    ),
)


def ranking(runs: list[RunReport], suite: str, k: int, *, stated: bool) -> Ranking:
    """Runs by pass@k, the DeepSeek run as baseline. stated: whether it is the headline, which alone has verdicts."""
    base = runs[min(1, len(runs) - 1)]
    found = {r.id: next(e for e in r.estimates if e.suite == suite and e.k == k) for r in runs}
    rows = sorted(runs, key=lambda r: -found[r.id].value)
    return Ranking(
        benchmark="humaneval+",
        benchmark_version="0.1.10",
        suite=suite,
        k=k,
        baseline=base.id,
        rows=tuple(_ranked(r, base, found, k, stated) for r in rows),
    )


def _ranked(it: RunReport, base: RunReport, found: dict[str, Estimate], k: int, stated: bool) -> Ranked:
    if it is base:
        return Ranked(run=it.id, estimate=found[it.id], standing="baseline")
    gap = found[it.id].value - found[base.id].value
    low, high = gap - 0.061, gap + 0.061
    standing: Literal["better", "worse", "not enough data"]
    standing = "better" if low > 0 else "worse" if high < 0 else "not enough data"
    comparison = Comparison(
        baseline=base.id,
        candidate=it.id,
        benchmark=it.benchmark,
        suite=found[it.id].suite,
        k=k,
        difference=gap,
        interval=Interval(low=low, high=high, level=LEVEL, method="paired bootstrap", target="difference"),
        probability_better=0.5 * (1 + math.erf(gap / 0.031 / math.sqrt(2))),
        verdict=standing if stated else None,
        problems=it.problems,
        advice="" if standing != "not enough data" or not stated else "about 420 problems would settle it",
    )
    rates = [s.candidates_per_second for s in (it.speed, base.speed) if s]
    speeds = rates[0] / rates[1] if len(rates) == 2 else None
    return Ranked(
        run=it.id, estimate=found[it.id], standing=standing if stated else "not tested", comparison=comparison,
        speed_ratio=speeds,
    )  # fmt: skip


def study(problems: int = 164, n: int = 100, models: int = 5) -> StudyReport:
    """The whole study. Smaller numbers make it faster."""
    runs = [run(name, problems=problems, n=n) for name in list(MODELS)[:models]]
    top = max(k for k in KS if k <= n)
    return StudyReport(
        name="Which small model for 50 samples a problem?",
        made=Made(
            when="2026-11-23T21:04:00Z",
            version="0.1.0",
            command=("assay", "study", "examples/study.toml"),
            machine={"cpu": "AMD EPYC 7763", "cores": "16", "gpu": "NVIDIA A100-SXM4-80GB"},
            packages={"torch": "2.13.0", "transformers": "5.1.0"},
            sandbox_level="namespaces + rlimits",
            seconds=5710.0,
        ),
        runs=tuple(runs),
        rankings=tuple(
            ranking(runs, s, k, stated=(s, k) == ("plus", top))
            for s in ("plus", "base")
            for k in dict.fromkeys((top, 1))
        ),
        audits=(audit(),),
        facts=(FACT,),
        decisions=(
            Decision(
                model="bigcode/starcoder2-3b",
                kept=False,
                rules=(RuleResult(rule="instruct models only", held=False, reason="a base model"),),
            ),
            Decision(
                model="Qwen/Qwen2.5-Coder-1.5B-Instruct",
                kept=True,
                rules=(
                    RuleResult(rule="instruct models only", held=True, reason="its card says so"),
                    RuleResult(rule="open licence", held=True, reason="apache-2.0"),
                ),
            ),
        ),
        problems=tuple(
            ProblemTitle(id=f"HumanEval/{i}", benchmark="humaneval+", entry_point=f"f{i}")
            for i in range(problems)
        ),
        warnings=("The sandbox has no memory cgroup on this machine; limits are per process.",),
    )


PROGRAM = '''def add_up(numbers: list[int], limit: int = {limit}) -> int:
    """The sum of the numbers that are at most `limit`."""
    total = 0
    for number in numbers:
        if number <= limit:  # {remark}
            total += number
    return total
'''


def problem_samples(report: StudyReport, distinct: int = 12) -> list[ProblemSamples]:
    """Candidates for every problem and run: `distinct` programs, the rest repeats."""
    return [
        _problem_samples(r, p.id, {c.suite: c.passed for c in r.counts if c.problem == p.id}, distinct)
        for p in report.problems
        for r in report.runs
        if p.benchmark == r.benchmark
    ]


def _problem_samples(it: RunReport, problem: str, passed: dict[str, int], distinct: int) -> ProblemSamples:
    return ProblemSamples(
        run=it.id,
        problem=problem,
        statement=f'def add_up(numbers: list[int]) -> int:\n    """Problem {problem}: add up the small ones."""\n',
        prompt=f"<|im_start|>user\nComplete {problem}.<|im_end|>\n<|im_start|>assistant\n",
        samples=tuple(_sample(it, problem, i, passed, distinct) for i in range(it.samples_per_problem)),
    )


def _sample(it: RunReport, problem: str, i: int, passed: dict[str, int], distinct: int) -> SampleView:
    form = zlib.crc32(f"{it.id}{problem}{i % distinct}".encode()) % 10**6
    program = PROGRAM.format(limit=form, remark=f"variant {form} of {problem}")
    return SampleView(
        index=i,
        text=f"Here is the function:\n\n```python\n{program}```\n",
        program=program,
        extraction="fenced block",
        seen=tuple(
            Seen(suite=s, outcome="passed", run_seconds=0.002)
            if i < c
            else Seen(
                suite=s,
                outcome="failed",
                detail=f"test 3: add_up([1, 2, {i}]): expected 3, got {3 + i}",
                run_seconds=0.003,
            )
            for s, c in passed.items()
        ),
        completion_tokens=120 + form % 60,
        finish_reason="stop",
    )
