"""A stored speed: what is in it, and what is refused."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from modelassay.core.errors import InputError
from modelassay.core.speed_records import NOT_REPORTED, Circumstances, Energy, MachineState, SpeedMeasurement
from modelassay.core.store import read_records, write_records
from modelassay.sampling.timeline import Pass, ProblemTimes
from modelassay.speed.measurement import (
    is_settled,
    joules_per_sample,
    measurement,
    speed_point,
)

STATE = MachineState(load_average=0.0, cores=2)


def one_pass(seconds: float) -> Pass:
    """Two problems of two samples: first tokens at 0.1 s, ends at 0.5 and 1.1 s, 5 and 11 tokens."""
    times = [
        ProblemTimes(problem=name, prompt_tokens=7, first_tokens=(0.1, 0.1), ends=(0.5, 1.1), tokens=(5, 11))
        for name in ("a", "b")
    ]
    return Pass(seconds, tuple(times))


def about(**changes: Any) -> Circumstances:
    given: dict[str, Any] = {
        "model": "m", "backend": "transformers", "timed_from": "in this process", "device": "cpu",
        "dtype": "float32", "shape": {"layers": 2}, "n": 2, "concurrency": None, "benchmark": "starter@1",
        "warm_up_problems": 1, "settings": {}, "peak_bytes": None, "peak_of": "nothing",
        "energy": Energy(joules=None, source=NOT_REPORTED), "machine": {"cores": "2"},
        "packages": {"torch": "2"}, "state_before": STATE, "state_after": STATE, "warnings": (), "when": "now",
    }  # fmt: skip
    return Circumstances(**(given | changes))


def test_times_by_hand() -> None:
    """16 tokens per problem in passes of 2 and 4 s; 0.1 s per further token; the first sample after 0.5 s."""
    found = measurement([one_pass(2.0), one_pass(4.0)], about())

    assert found.ttft_seconds.p50 == pytest.approx(0.1)
    assert found.tpot_seconds is not None
    assert found.tpot_seconds.p50 == pytest.approx(0.1)
    assert (found.first_sample_seconds.p50, found.all_samples_seconds.p50) == (0.5, 1.1)
    assert found.tokens_per_second.value == pytest.approx((32 / 2 + 32 / 4) / 2)
    assert found.completion_tokens.count == 4
    assert not found.settled
    point = speed_point(found)
    assert (point.candidates, point.completion_tokens, point.wall_seconds) == (4, 32, 3.0)


def test_of_a_server_each_request_has_its_own_time_to_the_first_token() -> None:
    """A request that waited for its turn is timed from when it was sent."""
    times = ProblemTimes(
        problem="a", prompt_tokens=7, first_tokens=(0.2, 0.9), ends=(0.5, 1.1), tokens=(2, 2), started=(0.0, 0.8)
    )  # fmt: skip

    assert times.first_token_seconds == pytest.approx((0.2, 0.1))


def test_settled_means_a_narrow_interval_of_the_median() -> None:
    assert not is_settled([one_pass(2.0)] * 5)  # no interval yet
    assert is_settled([one_pass(2.0)] * 6)
    assert not is_settled([one_pass(s) for s in (1.9, 2.0, 2.0, 2.0, 2.0, 2.1)])


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"machine": {}}, "machine"), ({"packages": {}}, "versions"), ({"shape": {}}, "shape"), ({"n": 0}, "n"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_later_is_refused(change: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        measurement([one_pass(2.0)] * 2, about(**change))


def test_one_pass_has_no_spread_and_is_refused() -> None:
    with pytest.raises(ValueError, match="spread"):
        measurement([one_pass(2.0)], about())


def test_the_store_refuses_a_row_without_its_machine(tmp_path: Path) -> None:
    """A row that somebody else wrote is held to the same."""
    file = tmp_path / "speed.jsonl"
    good = measurement([one_pass(2.0)] * 2, about())
    write_records(file, [good])
    assert read_records(file, SpeedMeasurement) == [good]

    file.write_bytes(msgspec.json.encode(msgspec.to_builtins(good) | {"machine": {}}) + b"\n")
    with pytest.raises(InputError, match="without machine"):
        read_records(file, SpeedMeasurement)


def test_energy_is_never_zero_where_none_is_reported() -> None:
    without = measurement([one_pass(2.0)] * 2, about())
    with_ = measurement([one_pass(2.0)] * 2, about(energy=Energy(joules=40.0, source="RAPL")))

    assert joules_per_sample(without) is None
    assert joules_per_sample(with_) == pytest.approx(40 / (2 * 2 * 2))
