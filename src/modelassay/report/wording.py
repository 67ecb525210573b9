"""Numbers and names as a reader sees them. The only place where a share becomes percent."""

import hashlib
import re
from collections import Counter
from collections.abc import Callable
from pathlib import PurePath

from modelassay.core.encoding import whole
from modelassay.core.measured import Estimate, Interval, Outcome
from modelassay.report.content import RunReport, StudyReport

UNKNOWN = "–"
MINUS = "−"
# What records and their JSON say, and the words that pages use for it.
OUTCOMES: dict[Outcome, str] = {
    "passed": "passed",
    "failed": "wrong answer",
    "error": "runtime error",
    "timed-out": "timeout",
    "out-of-memory": "out of memory",
    "output-flood": "output limit",
    "crashed": "crashed",
    "refused": "refused",
    "no-program": "no code extracted",
}
_VERDICTS = {
    "tie": "equivalent",
    "not enough data": "inconclusive",
    "tie on this set": "equivalent on this set",
}
# Of a difference above 0, and of rank 1 among all models: no verdicts, which only a study's headline carries.
HIGHER = "higher with probability"
HIGHEST = "rank 1 with probability"
# Who picks one of n samples: the names of core/best_of_n.py, and the words for them.
SELECTORS = {
    "oracle": "oracle (pass@n)",
    "shown": "public tests",
    "agreement": "majority vote",
    "anybody": "random choice (pass@1)",
}
_TARGETS = {"problems like these": "the population of problems", "this benchmark": "the fixed problem set"}


def percent(share: float | None) -> str:
    """`0.439` → `43.9%`; unknown is a dash."""
    return UNKNOWN if share is None else f"{100 * share:.1f}%"


def bounds(interval: Interval) -> str:
    """`[36.5, 51.6]`, in percent like the value it stands behind."""
    return f"[{100 * interval.low:.1f}, {100 * interval.high:.1f}]"


def with_bounds(estimate: Estimate) -> str:
    """`43.9% [36.5, 51.6]`."""
    return f"{percent(estimate.value)} {bounds(estimate.interval)}"


def if_ungraded(estimate: Estimate) -> str:
    """What the value would be were all samples without a grade failures, or passes; "" where every one has a grade."""
    if not estimate.ungraded or estimate.if_failed is None:
        return ""
    all_of = (
        "the ungraded sample" if estimate.ungraded == 1 else f"all {estimate.ungraded:,} ungraded samples"
    )
    return f"{percent(estimate.if_failed)} if {all_of} failed, {percent(estimate.if_passed)} if passed"


def signed(share: float) -> str:
    """A difference in percentage points with its sign: `+7.3`, `−1.0`, `0.0`."""
    text = f"{100 * share:+.1f}"
    return "0.0" if text in {"+0.0", "-0.0"} else text.replace("-", MINUS)


def difference(value: float, interval: Interval) -> str:
    """`+7.3 [−1.0, +15.2]`, in percentage points."""
    return f"{signed(value)} [{signed(interval.low)}, {signed(interval.high)}]"


def compared(verdict: str) -> str:
    """A comparison's verdict, or a row's standing, in the words of an equivalence test: `inconclusive`."""
    return _VERDICTS.get(verdict, verdict)


def about(target: str) -> str:
    """What an interval speaks about: `the population of problems`, `the fixed problem set`."""
    return _TARGETS.get(target, target)


def solved(estimate: Estimate) -> str:
    """Problems solved, expected where k is below the number of samples: `94.3 of 164`."""
    number = f"{estimate.value * estimate.problems:,.1f}".removesuffix(".0")
    return f"{number} of {counted(estimate.problems, 'problem')}"


def probability(share: float) -> str:
    """Two digits; never `1.00` or `0.00`, which no finite study can show."""
    if share > 0.99:
        return ">0.99"
    return "<0.01" if share < 0.01 else f"{share:.2f}"


def ratio(value: float | None) -> str:
    """`1.6×`; unknown is a dash."""
    return UNKNOWN if value is None else f"{value:.2g}×" if value < 10 else f"{value:,.0f}×"


def quantity(value: float | None) -> str:
    """A rate or count with three meaningful digits: `0.0312`, `4.57`, `128`, `12,400`."""
    if value is None:
        return UNKNOWN
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def duration(seconds: float | None) -> str:
    """`0.8 s`, `45 s`, `3 min 5 s`, `2 h 10 min`."""
    if seconds is None:
        return UNKNOWN
    if seconds < 10:
        return f"{seconds:.2g} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def parameters(count: float | None) -> str:
    """`1.54B`, `400M`, `0.5M`; unknown is a dash."""
    if count is None:
        return UNKNOWN
    return f"{count / 1e9:.3g}B" if count >= 1e9 else f"{count / 1e6:.3g}M"


def counted(number: int, noun: str) -> str:
    """`1 problem`, `164 problems`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


_RULES = {"none": "as it stands", "as given": "as it stands", "none-found": "nothing found"}


def rule_in_words(rule: str) -> str:
    """A rule of extraction as a reader sees it; the records keep `none` and `none-found`."""
    name, semicolon, rest = rule.partition(";")
    return _RULES.get(name, name) + semicolon + rest


_CONTROLS = {**{c: 0x2400 + c for c in range(32)}, 127: 0x2421}
_KEPT = {ord("\n"): "\n", ord("\t"): "\t"}


def visible(text: str) -> str:
    """Text that can be shown anywhere: controls as their pictures, lone surrogates as U+FFFD, bidi marks named.

    Newlines and tabs stay. Directional overrides would let hostile text reorder what a reader sees.
    """
    shown = whole(text).replace("\r\n", "\n").translate({**_CONTROLS, **_KEPT})
    return re.sub(
        "[\u202a-\u202e\u2066-\u2069\u200e\u200f\x80-\x9f]", lambda m: f"⟨U+{ord(m[0]):04X}⟩", shown
    )


def one_line(text: str) -> str:
    """`visible` on one line, runs of white space closed up."""
    return " ".join(visible(text).split())


def note_name(path: str) -> str:
    """A note's file name; the folders it lies in say nothing to a reader of the report."""
    return one_line(PurePath(path).name or path)


def web(address: str) -> str:
    """An address that may become a link; "" for anything but http and https."""
    return address if address.startswith(("https://", "http://")) else ""


def anchor(kind: str, name: str) -> str:
    """An HTML id for a thing. Equal things get equal ids, different ones different ids."""
    safe = re.sub(r"[^A-Za-z0-9_.-]", "-", name)
    if safe == name:
        return f"{kind}-{safe}"
    return f"{kind}-{safe}-{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:6]}"


def labels(report: StudyReport) -> dict[str, str]:
    """Run id → the short name the pages use for it; runs of one benchmark never share a label."""
    forms: tuple[Callable[[RunReport], str], ...] = (
        _model_name,
        lambda r: f"{_model_name(r)} · {r.protocol}",
        lambda r: f"{_model_name(r)} · {r.protocol} · {heat(r)}",
        lambda r: f"{_model_name(r)} · {r.id[-12:]}",
    )
    chosen: dict[str, str] = {}
    for form in forms:
        open_runs = [r for r in report.runs if r.id not in chosen]
        seen = Counter((r.benchmark, r.benchmark_version, form(r)) for r in open_runs)
        chosen |= {r.id: form(r) for r in open_runs if seen[r.benchmark, r.benchmark_version, form(r)] == 1}
    return {r.id: chosen.get(r.id, r.id) for r in report.runs}


def heat(run: RunReport) -> str:
    """`greedy`, `T 0.8`, or that precomputed samples do not say."""
    if run.decoding is None:
        return "decoding unknown"
    return "greedy" if run.decoding.temperature == 0 else f"T {run.decoding.temperature:g}"


def sampled(run: RunReport) -> str:
    """`chat, n 100, T 0.8`."""
    return f"{run.protocol}, n {run.samples_per_problem}, {heat(run)}"


def _model_name(run: RunReport) -> str:
    """The hub id or path without its folders; a demo model says so."""
    name = one_line(PurePath(run.model).name or run.model)
    return f"{name} (demo)" if run.demo_model and "demo" not in name.lower() else name


def test_name(report: StudyReport, benchmark: str, suite: str) -> str:
    """The benchmark, with its suite where it has more than one: `humaneval+ (plus)`, `starter`."""
    suites = {e.suite for r in report.runs if r.benchmark == benchmark for e in r.estimates}
    return benchmark if suites <= {suite} else f"{benchmark} ({suite})"
