"""How `assay estimate` and `assay compare` print what they found; the words are those of the report."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from modelassay.cli.output import say, table_out
from modelassay.report.wording import (
    HIGHER,
    HIGHEST,
    SELECTORS,
    about,
    bounds,
    compared,
    difference,
    if_ungraded,
    percent,
    probability,
)

if TYPE_CHECKING:
    from modelassay.core.best_of_n import BestOfCurve
    from modelassay.core.by_date import DateSplit
    from modelassay.core.measured import Comparison, Estimate


def say_estimates(found: "Sequence[Estimate]", level: float) -> None:
    """A table of pass@k, and what its values would be were samples without a grade failures, or passes."""
    rows = [
        [
            e.suite,
            f"pass@{e.k}",
            f"{100 * e.value:.1f}",
            f"{100 * e.interval.low:.1f}–{100 * e.interval.high:.1f}",
            str(e.problems),
            about(e.interval.target),
        ]
        for e in found
    ]
    table_out(["suite", "metric", "%", f"{100 * level:g}% interval", "problems", "interval for"], rows)
    for e in found:
        if bounded := if_ungraded(e):
            say(f"{e.suite} pass@{e.k}: {bounded}")


def say_best_of(curve: "BestOfCurve") -> None:
    """The share of problems solved by one of n samples, with intervals, and where more samples stop to help."""
    first = curve.points[0]
    rows = [
        [
            str(p.n),
            *(f"{percent(getattr(p, name) / p.problems)} {bounds(p.intervals[name])}" for name in SELECTORS),
            difference(p.gains["shown"].value, p.gains["shown"].interval),
        ]
        for p in curve.points
    ]
    level = f"{100 * first.intervals['oracle'].level:g}"
    title = (
        f"share solved of {first.problems} problems with {level}% intervals, suite {first.suite}; "
        f"{first.with_tests} with public tests"
    )
    table_out(["n", *SELECTORS.values(), "public tests − random choice (pp)"], rows, title=title)
    for name, words in SELECTORS.items():
        n = curve.enough[name]
        more = f"beyond n = {n} one more sample adds" if n else "at every n measured one more sample adds"
        less = f"less than {curve.gain:g} problems" if n else f"{curve.gain:g} problems or more"
        say(f"{words}: {more} {less}")


def say_splits(found: "Sequence[DateSplit]") -> None:
    """pass@k before a date and from it on."""
    rows = [
        [
            s.suite,
            f"pass@{s.k}",
            f"{percent(s.before.value)} {bounds(s.before.interval)} of {s.before.problems}",
            f"{percent(s.after.value)} {bounds(s.after.interval)} of {s.after.problems}",
            difference(s.difference, s.interval),
        ]
        for s in found
    ]
    first = found[0]
    cutoff = f"{first.cutoff}"
    table_out(["suite", "metric", f"before {cutoff}", f"from {cutoff} on", "after − before (pp)"], rows)
    if first.undated:
        say(f"{first.undated} problems without a date are left out")
    say(
        "newer problems may also be harder: a study with a baseline and a cutoff takes away what is so for both"
    )


def say_comparisons(found: "Sequence[Comparison]") -> None:
    """Paired differences, and a verdict where one is stated."""
    rows = [
        [
            c.candidate,
            c.suite,
            f"{100 * c.difference:+.1f}",
            f"{100 * c.interval.low:+.1f} to {100 * c.interval.high:+.1f}",
            probability(c.probability_better),
            "" if c.probability_first is None else probability(c.probability_first),
            compared(c.verdict or "not tested"),
            str(c.problems),
            c.advice,
        ]
        for c in found
    ]
    columns = ["model", "suite", "pp", "interval", HIGHER, HIGHEST, "verdict", "problems", "advice"]
    table_out(columns, rows)
