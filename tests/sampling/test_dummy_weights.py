"""Random weights of a model's exact shape: the lengths that were asked for, the same every time, from config.json alone."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from modelassay.core.measured import SamplingPlan
from modelassay.core.problems import Problem

pytest.importorskip("torch")

from modelassay.sampling.dummy_weights import HUMANEVAL_LENGTHS, DummyWeightsSampler, measured_lengths
from modelassay.sampling.sampler import Wanted
from modelassay.sampling.timed_transformers import TimedTransformers
from modelassay.sampling.transformers_engine import Batching


@pytest.fixture
def shape(tmp_path: Path, tiny_model: Path) -> Path:
    """A folder with nothing but the tiny model's config.json."""
    (tmp_path / "config.json").write_text((tiny_model / "config.json").read_text())
    return tmp_path


@pytest.fixture
def plan(tiny_model: Path, make_plan: Callable[..., SamplingPlan]) -> SamplingPlan:
    """Two problems, four samples each."""
    return make_plan(tiny_model, problems=2, samples=4, max_tokens=24)


def test_answers_have_the_lengths_that_were_drawn(
    shape: Path, tiny_model: Path, plan: SamplingPlan, starter: dict[str, Problem]
) -> None:
    """Every answer from 3 to 9 tokens, as measured, and a model with as many parameters as the real one."""
    lengths = measured_lengths([5, 9], [3, 4, 9], "a test")
    sampler = DummyWeightsSampler(shape, plan, starter, lengths, Batching(rows=4, turns=1))
    with TimedTransformers(sampler) as timed:
        first, second = timed.run(plan.problems), timed.run(plan.problems)
        (batch,) = sampler.sample([Wanted(plan.problems[0], (0, 1, 2, 3))])

    expected = [tuple(lengths.answer(plan, p, i) for i in range(4)) for p in plan.problems]
    assert [t.tokens for t in first.problems] == expected == [t.tokens for t in second.problems]
    assert [t.prompt_tokens for t in first.problems] == [lengths.prompt(plan, p) for p in plan.problems]
    assert {c.text for c in batch.completions} == {""}


def test_no_answer_is_longer_than_asked_for(
    shape: Path, plan: SamplingPlan, starter: dict[str, Problem]
) -> None:
    lengths = measured_lengths([5], [500], "a test")
    sampler = DummyWeightsSampler(shape, plan, starter, lengths, Batching(rows=4, turns=1))
    with TimedTransformers(sampler) as timed:
        (times,) = timed.run(plan.problems[:1]).problems

    assert times.tokens == (24,) * 4


def test_drawn_lengths_have_the_distribution_they_are_drawn_from(plan: SamplingPlan) -> None:
    """Of 4,000 draws the median and the 90 % quantile are those of the table, within a few tokens."""
    drawn = [HUMANEVAL_LENGTHS.answer(plan, "p", index) for index in range(4000)]

    assert np.median(drawn) == pytest.approx(HUMANEVAL_LENGTHS.answers[10], abs=2)
    assert np.quantile(drawn, 0.9) == pytest.approx(HUMANEVAL_LENGTHS.answers[18], abs=8)
    assert json.dumps(drawn[:3]) == json.dumps([HUMANEVAL_LENGTHS.answer(plan, "p", i) for i in range(3)])
