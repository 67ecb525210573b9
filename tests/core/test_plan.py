"""The plan's hash names a run's folder: equal plans share it, any other setting makes another."""

import msgspec
import pytest

from modelassay.core.measured import Decoding, SamplingPlan

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
