"""Tables of best of n and of a split by date, samples without a grade, and who carries a verdict."""

import re
from datetime import date

import msgspec
import pytest

from modelassay.core.best_of_n import BestOf, BestOfCurve, Gain
from modelassay.core.by_date import DatedPart, DateSplit
from modelassay.core.measured import Interval, Leader
from modelassay.report.content import StudyReport
from modelassay.report.html import render_html
from modelassay.report.markdown import render_markdown
from modelassay.report.terminal import summary_lines


def interval(low: float, high: float) -> Interval:
    """A 95 % interval."""
    return Interval(low=low, high=high, level=0.95, method="m", target="problems like these")


@pytest.fixture
def richer(small: StudyReport) -> StudyReport:
    """The invented study with a curve, a split and ungraded samples of its first run."""
    names = ("oracle", "shown", "agreement", "anybody")
    point = BestOf(
        suite="plus", n=10, problems=6, with_tests=5, oracle=4.5, shown=3.0, agreement=1.5, anybody=1.2,
        intervals={name: interval(0.1, 0.9) for name in names},
        gains={name: Gain(value=0.3, interval=interval(0.12, 0.48)) for name in names[:3]},
    )  # fmt: skip
    curve = BestOfCurve(points=(point,), gain=0.1, enough=dict.fromkeys(names))
    part = DatedPart(value=0.5, interval=interval(0.25, 0.75), problems=3)
    split = DateSplit(
        model="Qwen2.5-Coder-1.5B-Instruct", benchmark="humaneval+", suite="plus", k=1, cutoff=date(2023, 9, 1),
        before=part, after=part, difference=-0.2, interval=interval(-0.4, 0.05), undated=2,
        baseline="b", against=-0.1, against_interval=interval(-0.3, 0.11),
    )  # fmt: skip
    run = msgspec.structs.replace(small.runs[0], best_of_n=curve, ungraded=3)
    ranking = small.rankings[0]
    row = ranking.rows[0]
    estimate = msgspec.structs.replace(row.estimate, ungraded=3, if_failed=0.915, if_passed=1.0)
    first = msgspec.structs.replace(row, estimate=estimate, run=run.id)
    rankings = (msgspec.structs.replace(ranking, rows=(first, *ranking.rows[1:])), *small.rankings[1:])
    return msgspec.structs.replace(small, runs=(run, *small.runs[1:]), splits=(split,), rankings=rankings)


@pytest.mark.parametrize("render", [render_markdown, render_html])
def test_both_tables_are_on_both_pages(richer: StudyReport, render: object) -> None:
    """Shares in percent with intervals, differences in percentage points, and what was left out."""
    assert callable(render)
    text = render(richer)

    for figure in ("75.0% [10.0, 90.0]", "+30.0 [+12.0, +48.0]", "50.0% [25.0, 75.0] of 3", "2023-09-01"):
        assert figure in text
    assert "−10.0 [−30.0, +11.0]" in text
    assert "2 problems without a date left out" in text


def test_ungraded_samples_bound_the_value_wherever_it_is_said(richer: StudyReport) -> None:
    """Page, Markdown and terminal say what the value were, had all of them failed or passed."""
    said = "91.5% if all 3 ungraded samples failed, 100.0% if passed"

    assert said in render_html(richer)
    assert said in render_markdown(richer)
    assert said in " ".join(summary_lines(richer))


def test_the_first_rows_score_is_also_told_as_the_highest_of_several(small: StudyReport) -> None:
    """Its interval after having been picked, and its probability of rank 1, on the pages and in the terminal."""
    leader = Leader(models=3, place=0, value=0.912, interval=interval(0.55, 1.0), probability_first=0.41)
    ranking = msgspec.structs.replace(small.rankings[0], leader=leader)
    report = msgspec.structs.replace(small, rankings=(ranking, *small.rankings[1:]))
    said = "As the highest of 3: 91.2% [55.0, 100.0]; rank 1 with probability 0.41."

    assert said in render_html(report)
    assert said in render_markdown(report)
    assert said in "\n".join(summary_lines(report))


def test_only_the_headline_carries_a_verdict(small: StudyReport) -> None:
    """A ranking beside it shows differences, intervals and probabilities, and none of the verdicts' words."""
    beside = msgspec.structs.replace(small, rankings=small.rankings[1:], audits=(), decisions=())
    ranking = render_markdown(beside).split("## Ranking")[1].split("\n## ")[0]

    assert "higher with probability" in ranking
    assert not re.search(r"\b(better|worse|equivalent|inconclusive|ahead|behind|tie)\b", ranking)
