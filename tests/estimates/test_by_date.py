"""pass@k before a date and from it on: known values, coverage, and a contamination that is known from outside."""

import gzip
import json
from collections import defaultdict
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from modelassay.core.errors import InputError
from modelassay.estimates.by_date import SplitRequest, mover, split_by_date
from modelassay.estimates.estimate import Counts
from modelassay.estimates.mean import Mean, mean_of

CUTOFF = date(2023, 9, 1)
REQUEST = SplitRequest("base", 1, CUTOFF)


def dated(early: int, late: int) -> dict[str, date]:
    """So many problems of August 2023, so many of the cutoff's own day."""
    return {str(i): date(2023, 8, 31) if i < early else CUTOFF for i in range(early + late)}


def test_the_cutoff_belongs_to_the_later_part_and_undated_problems_to_none() -> None:
    """Three before, two from the day on, one without a date; values are means of each part."""
    counts: Counts = {"0": (2, 2), "1": (2, 1), "2": (2, 0), "3": (2, 0), "4": (2, 1), "5": (2, 2)}

    found = split_by_date(counts, dated(3, 2), REQUEST, model="m", benchmark="b")

    assert (found.before.problems, found.after.problems, found.undated) == (3, 2, 1)
    assert found.before.value == pytest.approx(0.5)
    assert found.after.value == pytest.approx(0.25)
    assert found.difference == pytest.approx(-0.25)
    assert found.interval.low < -0.25 < found.interval.high
    assert found.against is None


def test_the_interval_is_newcombes_hybrid_of_both() -> None:
    """From [l, u] of each part: down by the root of the squares of the ends that make the difference small."""
    one, two = Mean(0.7, 56 / 0.7), Mean(0.4, 32 / 0.4)
    l1, u1 = (getattr(one.interval(0.95, ""), end) for end in ("low", "high"))
    l2, u2 = (getattr(two.interval(0.95, ""), end) for end in ("low", "high"))

    found = mover(one, two, 0.95)

    assert found.low == pytest.approx(-0.3 - ((0.4 - l2) ** 2 + (u1 - 0.7) ** 2) ** 0.5)
    assert found.high == pytest.approx(-0.3 + ((u2 - 0.4) ** 2 + (0.7 - l1) ** 2) ** 0.5)


def test_what_is_harder_for_both_is_taken_away() -> None:
    """Later problems are half as easy for model and baseline alike: a fall alone, none beside the baseline."""
    counts: Counts = {str(i): (10, 8 if i < 40 else 4) for i in range(80)}

    found = split_by_date(counts, dated(40, 40), REQUEST, model="m", benchmark="b", baseline=("base", counts))

    assert found.interval.high < 0
    assert found.against == 0.0
    assert found.against_interval is not None
    assert found.against_interval.low < 0 < found.against_interval.high


def test_a_cutoff_beyond_the_dates_is_refused() -> None:
    """A part of one problem says nothing; the remedy is a cutoff between the dates."""
    with pytest.raises(InputError, match="1 problems of b with a date from 2023-09-01"):
        split_by_date({str(i): (1, 1) for i in range(5)}, dated(4, 1), REQUEST, model="m", benchmark="b")


@pytest.mark.parametrize(("early", "late"), [(10, 10), (20, 80)])
def test_the_interval_holds_the_true_difference(early: int, late: int) -> None:
    """Rates of a spread that is common, falling by a half at the date; at least 92 % of 400."""
    rng, held = np.random.default_rng(9), 0
    for _ in range(400):
        before = rng.binomial(4, rng.beta(0.6, 0.6, early)) / 4
        after = rng.binomial(4, rng.beta(0.6, 1.8, late)) / 4
        interval = mover(mean_of(before), mean_of(after), 0.95)
        held += interval.low <= 0.25 - 0.5 <= interval.high

    assert held / 400 >= 0.92


def test_a_known_contamination_is_found(shared: Path) -> None:
    """LiveCodeBench reported that DeepSeek-Coder falls on LeetCode problems from September 2023 on, and GPT-4 less.

    (N. Jain et al. 2024, arXiv 2403.07974, figure 1 and section 5.1.)
    """
    path = shared / "data" / "leaderboards" / "livecodebench_performances_42x400.json.gz"
    rows = [
        r
        for r in json.loads(gzip.decompress(path.read_bytes()))["performances"]
        if r["platform"] == "leetcode"
    ]
    dates = {r["question_id"]: datetime.fromtimestamp(r["date"] / 1000, UTC).date() for r in rows}
    counts: dict[str, Counts] = defaultdict(dict)
    for r in rows:
        counts[r["model"]][r["question_id"]] = (10, round(r["pass@1"] / 10))
    names = {name.lower(): name for name in counts}
    model, other = names["dscoder-33b-ins"], next(n for low, n in names.items() if low.startswith("gpt-4"))

    found = split_by_date(
        counts[model], dates, REQUEST, model=model, benchmark="lcb", baseline=(other, counts[other])
    )

    assert found.interval.high < -0.2
    assert found.against is not None
    assert found.against_interval is not None
    assert found.against_interval.high < 0
