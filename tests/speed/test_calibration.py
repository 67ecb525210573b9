"""Calibration: factors that made rows are found again, and public measurements are met on rows not seen."""

import math
from pathlib import Path

import numpy as np
import pytest

from modelassay.core.devices import devices
from modelassay.speed.calibration import TEXTBOOK, Factors, Measured, fit, outside, predict_rows
from modelassay.speed.costs import Load, costs
from modelassay.speed.prediction import predict
from modelassay.speed.shapes import shape_of

SHAPE = shape_of(
    {
        "model_type": "llama", "hidden_size": 4096, "num_hidden_layers": 32, "num_attention_heads": 32,
        "num_key_value_heads": 8, "intermediate_size": 14336, "vocab_size": 128256,
    }
)  # fmt: skip
H100 = devices()["h100-sxm"]
LOADS = [
    Load(batch=b, input_tokens=i, output_tokens=o)
    for b in (1, 8, 32, 128)
    for i in (128, 1024, 4096)
    for o in (128, 512)
]


def made_rows(factors: Factors, noise: float) -> list[Measured]:
    """Rows that an engine with these factors would give, each off by some noise."""
    pairs = [(load, costs(SHAPE, load, "bf16", H100)) for load in LOADS]
    seen, draw = predict_rows(factors, pairs), np.random.default_rng(7)
    off = np.exp(noise * draw.standard_normal((2, len(pairs))))
    return [
        Measured(load, ideal, float(seen.ttft[i] * off[0, i]), float(seen.tpot[i] * off[1, i]), None)
        for i, (load, ideal) in enumerate(pairs)
    ]


@pytest.mark.parametrize("power", [1, 4])
def test_rows_that_were_left_out_are_met(power: int) -> None:
    """An engine half as good as the textbook, 3 % of noise: left-out rows are met within a few percent."""
    truth = Factors(weights=2.0, context=3.0, interrupts=2.5, host=4e-3, power=power)
    found = fit(made_rows(truth, 0.03), TEXTBOOK)

    assert found.tpot_median is not None
    assert found.tpot_median < 0.05
    assert found.ttft_median is not None
    assert found.ttft_median < 0.08


def test_the_interval_holds_what_it_says() -> None:
    """New rows of the same engine lie in the 90 % interval about nine times in ten."""
    truth = Factors(weights=1.7, context=2.0, interrupts=2.0, host=2e-3)
    rows = made_rows(truth, 0.08)
    held = 0
    for i, row in enumerate(rows):
        others = [r for j, r in enumerate(rows) if j != i]
        said = predict(SHAPE, row.load, "bf16", H100, "another-engine", others, "h100-sxm").tpot_seconds
        held += said.low <= (row.tpot_seconds or 0) <= said.high
    assert held >= 0.8 * len(rows)


def test_one_row_moves_the_prediction_towards_it() -> None:
    load = Load(batch=8, input_tokens=512, output_tokens=256)
    ideal = costs(SHAPE, load, "bf16", H100)
    before = float(predict_rows(TEXTBOOK, [(load, ideal)]).tpot[0])
    row = Measured(load, ideal, None, 3 * before, None)
    after = predict(SHAPE, load, "bf16", H100, "another-engine", [row], "h100-sxm")

    assert after.kind == "calibrated"
    assert after.tpot_seconds.value == pytest.approx(3 * before, rel=0.2)


def test_far_from_the_measured_rows_the_interval_is_wider() -> None:
    rows = made_rows(TEXTBOOK, 0.05)
    near, far = (
        Load(batch=16, input_tokens=512, output_tokens=256),
        Load(batch=1024, input_tokens=512, output_tokens=256),
    )
    widths = []
    for load in (near, far):
        said = predict(SHAPE, load, "bf16", H100, "another-engine", rows, "h100-sxm").tpot_seconds
        widths.append(math.log(said.high / said.low))

    assert outside(fit(rows, TEXTBOOK), far) == pytest.approx(math.log(8))
    assert widths[1] > 1.5 * widths[0]


def test_kinds_of_answers_are_never_mixed() -> None:
    """Rows of this device: calibrated; an engine with published rows: transferred; any other: textbook."""
    load = Load(batch=16, input_tokens=1024, output_tokens=256)
    rows = made_rows(TEXTBOOK, 0.05)

    assert predict(SHAPE, load, "bf16", H100, "vllm", rows, "h100-sxm").kind == "calibrated"
    assert predict(SHAPE, load, "bf16", H100, "trtllm", (), "h100-sxm").kind == "transferred"
    assert predict(SHAPE, load, "bf16", H100, "another-engine", (), "h100-sxm").kind == "textbook"


def test_public_measurements_are_met(root: Path, shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """aiconfigurator's and optimum-benchmark's rows, left out one group in ten: the bars of docs/speed.md."""
    import runpy
    import sys

    folder = shared / "data" / "speed"
    if not folder.is_dir():
        pytest.skip(f"no measured rows at {folder}")
    old = sys.argv
    sys.argv = ["speed_prediction.py", str(folder)]
    try:
        runpy.run_path(str(root / "benchmarks" / "speed_prediction.py"), run_name="__main__")
    finally:
        sys.argv = old
    lines = [line.split("|")[1:-1] for line in capsys.readouterr().out.splitlines() if line.startswith("| ")][
        1:
    ]
    rows = [(cells[3].strip(), int(cells[4]), float(cells[8].split("(")[0])) for cells in lines]
    many = [median for _, number, median in rows if number >= 10]

    assert len(many) >= 5
    assert max(many) <= 10.0
