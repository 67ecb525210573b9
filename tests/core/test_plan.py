"""The plan's hash names a run's folder: equal plans share it, any other setting makes another."""

import msgspec
import pytest

from modelassay.core.decoding import Decoding
from modelassay.core.measured import SamplingPlan

PLAN = SamplingPlan(
    model="org/model 1", model_sha256="a" * 64, backend="replay", benchmark="starter", benchmark_version="1",
    benchmark_sha256="b" * 64, problems=("starter/1",), protocol="completion", protocol_sha256="c" * 64,
    samples_per_problem=50, decoding=Decoding(temperature=0.8, top_p=0.95, max_tokens=100), seed=0,
)  # fmt: skip


def test_equal_plans_have_equal_hashes() -> None:
    """The hash depends on the values alone."""
    assert msgspec.structs.replace(PLAN).hash == PLAN.hash


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("model_sha256", "d" * 64), ("benchmark_version", "2"), ("protocol_sha256", "d" * 64), ("seed", 1),
        ("samples_per_problem", 51), ("problems", ("starter/2",)),
        ("decoding", Decoding(temperature=0.8, top_p=0.95, max_tokens=101)),
    ],
)  # fmt: skip
def test_every_setting_makes_another_run(field: str, value: object) -> None:
    """No setting can change without changing the folder, so runs are never mixed."""
    assert msgspec.structs.replace(PLAN, **{field: value}).hash != PLAN.hash


def test_folder_name_is_safe() -> None:
    """Slashes and spaces of a model's name don't reach the file system."""
    assert PLAN.run_name == f"org-model-1--starter--{PLAN.hash}"


def test_neutral_settings_leave_a_plan_the_run_it_was() -> None:
    """Runs from before top-k, min-p and penalties were named have the hash they had, and so resume."""
    assert msgspec.structs.replace(PLAN, backend="transformers").hash == "acb95ab40c3a"
    decoding = PLAN.decoding
    assert decoding is not None
    neutral = msgspec.structs.replace(decoding, top_k=0, min_p=0.0, repetition_penalty=1.0, stop=())
    assert msgspec.structs.replace(PLAN, decoding=neutral).hash == PLAN.hash


@pytest.mark.parametrize(
    "setting",
    [
        {"top_k": 20}, {"min_p": 0.05}, {"repetition_penalty": 1.1}, {"presence_penalty": 0.5}, {"source": "model"},
        {"frequency_penalty": 0.5}, {"stop": ("\nclass",)}, {"keep_special_tokens": True},
    ],
)  # fmt: skip
def test_every_setting_of_the_distribution_makes_another_run(setting: dict[str, object]) -> None:
    """Whatever changes how tokens are drawn, or what is kept of an answer, is another plan."""
    assert PLAN.decoding is not None
    other = msgspec.structs.replace(PLAN.decoding, **setting)
    assert msgspec.structs.replace(PLAN, decoding=other).hash != PLAN.hash


def test_a_server_that_is_told_everything_is_another_run() -> None:
    """Runs that left top-k and penalties to the server are not gone on with."""
    assert msgspec.structs.replace(PLAN, explicit=True).hash != PLAN.hash
