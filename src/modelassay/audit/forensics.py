"""Checks of one number by itself: what it can be, before asking who else has it.

A greedy run over N problems can only score k/N, so digits tell which problem set a number can come from.
The arithmetic is exact. It says nothing about a number written with "about", and little about sampled scores.
"""

import re
from decimal import Decimal

from modelassay.audit import rounding
from modelassay.audit.comparability import decoding
from modelassay.audit.context import Context, metric_of
from modelassay.audit.likelihood import CERTAIN
from modelassay.audit.remarks import Remark, percent
from modelassay.audit.rounding import Printed
from modelassay.audit.score_index import index_scores
from modelassay.core.intervals import wilson
from modelassay.core.published import Claim, Fact

# Problems scored in one run, by benchmark. MultiPL-E's average over languages is of no single N.
SIZES: dict[str, tuple[int, ...]] = {
    "humaneval": (164,),
    "humaneval+": (164,),
    "multipl-e": (161, 164),
    "mbpp": (500, 974, 427, 399, 378),
    "mbpp-sanitized": (427,),
    "mbpp+": (378, 399),
}
SET_NAMES = {
    974: "all of MBPP (974)",
    500: "MBPP's test split (500)",
    427: "sanitized MBPP (427)",
    399: "EvalPlus MBPP v0.1.0 (399)",
    378: "EvalPlus MBPP v0.2.0 (378)",
}
_COUNTED = re.compile(r"(\d+)\s*/\s*(\d+)")
_SAMPLES = (5, 10, 20, 50, 100, 200)
_SIZE_MARGIN = Decimal(10)  # points above every known model of the size class before it is called implausible


def possible_sizes(claim: Claim) -> tuple[int, ...]:
    """N as stated, else every N the benchmark is known to be run with; empty when nothing is known."""
    if claim.protocol is None:
        return ()
    if claim.protocol.problems is not None:
        return (claim.protocol.problems,)
    return SIZES.get(claim.protocol.benchmark, ())


def attainable_sizes(number: Printed, sizes: tuple[int, ...]) -> tuple[int, ...]:
    """Which of `sizes` have a k with k/N printed as this number, rounded or truncated."""
    return tuple(n for n in sizes if rounding.counts(number, n))


def sampled_sizes(number: Printed, problems: int, samples: int | None) -> tuple[int, ...]:
    """Samples per problem for which some k/(N·n) is printed so; the stated n, or the usual ones."""
    tried = (samples,) if samples is not None else _SAMPLES
    return tuple(n for n in tried if n > 1 and rounding.counts(number, problems * n))


def check_counted(claim: Claim, context: Context) -> list[Remark]:
    """(c) A count and its percentage beside it ("61/164 (37.2%)") that do not say the same."""
    number, found = rounding.of_claim(claim), _COUNTED.search(claim.counted)
    if number is None or found is None or not number.is_exact or int(found[2]) == 0:
        return []
    solved, problems = int(found[1]), int(found[2])
    share = Decimal(100) * solved / problems
    if solved <= problems and abs(share - number.low) <= number.unit:
        return []
    message = f"{solved} of {problems} is {share:.{max(number.decimals, 1)}f}%, not {number.text}%"
    return [
        Remark(
            check="counted", severity="refutes", message=message, verdict="contradicted", proved=False,
            probability_wrong=CERTAIN,
        )
    ]  # fmt: skip


def check_attainable(claim: Claim, context: Context) -> list[Remark]:
    """Whether one greedy run can give this number, and on which problem sets."""
    number, sizes = rounding.of_claim(claim), possible_sizes(claim)
    if number is None or claim.protocol is None or not number.is_exact or metric_of(claim) != "pass@1":
        return []
    if not sizes or number.decimals < 1 or _is_average(claim):
        return []
    fits = attainable_sizes(number, sizes)
    if not fits:
        return [_unattainable(claim, number, sizes)]
    remarks = []
    if len(sizes) > 1 and len(fits) < len(sizes) and decoding(claim.protocol) != "sampled":
        names = " or ".join(SET_NAMES.get(n, f"{n} problems") for n in fits)
        message = f"one greedy run gives {number.text}% only on {names}"
        remarks.append(Remark(check="attainable", severity="info", message=message))
    if len(fits) == 1 and decoding(claim.protocol) != "sampled":
        remarks.append(_interval(number, fits[0]))
    return remarks


def _is_average(claim: Claim) -> bool:
    version = claim.protocol.version if claim.protocol is not None else None
    return version is not None and ("average" in version.lower() or "avg" in version.lower())


def _unattainable(claim: Claim, number: Printed, sizes: tuple[int, ...]) -> Remark:
    size = sizes[0]
    below = int(number.low * size / 100)
    near = f"{below}/{size} = {100 * below / size:.2f}%, {below + 1}/{size} = {100 * (below + 1) / size:.2f}%"
    tried = " or ".join(str(n) for n in sizes)
    message = f"{number.text}% is not k/{tried}, rounded or truncated ({near}): not one greedy run"
    stated = claim.protocol.samples_per_problem if claim.protocol is not None else None
    rounds = sampled_sizes(number, size, stated)
    if rounds:
        message += f"; with {', '.join(map(str, rounds))} samples per problem it could be"
    greedy = claim.protocol is not None and decoding(claim.protocol) == "greedy"
    return Remark(check="attainable", severity="refutes" if greedy else "doubts", message=message)


def _interval(number: Printed, size: int) -> Remark:
    solved = next(iter(rounding.counts(number, size)))
    low, high = wilson(solved, size)
    message = f"{solved} of {size} problems: 95% interval {100 * low:.1f} to {100 * high:.1f}%"
    return Remark(check="interval", severity="info", message=message)


def check_range(claim: Claim, context: Context) -> list[Remark]:
    """A share is between 0 and 100%; anything else is a slip, such as a fraction read as percent."""
    number = rounding.of_claim(claim)
    if number is None or 0 <= number.low <= number.high <= 100:
        return []
    message = f"{claim.written or number.text} is not a share of problems: a pass rate is between 0 and 100%"
    return [Remark(check="range", severity="refutes", message=message, verdict="contradicted")]


def check_scale(claim: Claim, context: Context) -> list[Remark]:
    """A fraction printed with a percent sign, or percent taken for a fraction: 0.652% for 65.2%."""
    number = rounding.of_claim(claim)
    if number is None or not number.is_exact or claim.protocol is None or not 0 < number.low < 2:
        return []
    scaled = number.low * 100
    for fact in context.own_scores(claim):
        other = rounding.of_fact(fact)
        if other is not None and abs(other.low - scaled) < other.unit:
            message = f"{claim.written} is a fraction, not percent: {percent(fact)} is what {fact.citation.title} prints"
            return [
                Remark(
                    check="scale", severity="refutes", message=message, facts=(fact,),
                    verdict="contradicted", closest=fact,
                )
            ]  # fmt: skip
    return []


def check_size_class(claim: Claim, context: Context) -> list[Remark]:
    """Whether any model of this size class in the evidence comes near the number."""
    number = rounding.of_claim(claim)
    model = None if claim.hub_id is None else context.evidence.model(claim.hub_id)
    if number is None or model is None or model.params is None or claim.protocol is None:
        return []
    best = _best_of_size(claim.protocol.benchmark, metric_of(claim), model.params, context)
    top = None if best is None else rounding.of_fact(best)
    if best is None or top is None or number.low <= top.low + _SIZE_MARGIN:
        return []
    message = (
        f"higher than any model up to {model.params * 1.5 / 1e9:.1f}B in the evidence; "
        f"the best is {best.model} with {percent(best)}"
    )
    return [Remark(check="size-class", severity="doubts", message=message, facts=(best,))]


def _best_of_size(benchmark: str, metric: str, params: float, context: Context) -> Fact | None:
    """The best reliable score among models of at most one and a half times the size; needs three models."""
    place = ("best of size", benchmark, metric, params)
    return context.once(place, lambda: _find_best_of_size(benchmark, metric, params, context))


def _find_best_of_size(benchmark: str, metric: str, params: float, context: Context) -> Fact | None:
    found: list[Fact] = []
    index = index_scores(context.evidence).get((benchmark, metric))
    for fact in index.facts if index is not None else ():
        model = context.evidence.model(fact.model)
        if model is not None and model.params is not None and model.params <= params * 1.5:
            found.append(fact)
    return found[-1] if len({fact.model for fact in found}) >= 3 else None
