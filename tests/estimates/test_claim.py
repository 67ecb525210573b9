"""Published numbers against a measurement."""

import json
from pathlib import Path

import numpy as np
import pytest

from modelassay.core.errors import InputError
from modelassay.core.published import Protocol
from modelassay.estimates.claim import check_claim, read_score

DATA = Path(__file__).parent / "data" / "codegen_16b_humaneval.json"
PASSED = json.loads(DATA.read_text("utf-8"))["passed"]
TALLIES = {str(i): (100, c) for i, c in enumerate(PASSED)}
OURS = Protocol(benchmark="humaneval", problems=164, temperature=0.8, shots=0, prompt_style="completion")


@pytest.mark.parametrize(("written", "k"), [("22.1", 1), ("50.3", 10), ("73.7%", 100)])
def test_the_number_published_for_these_samples_agrees(written: str, k: int) -> None:
    """The figures of the paper that published the candidates."""
    claimed = Protocol(benchmark="humaneval", problems=164, samples_per_problem=100, temperature=0.8)

    assert check_claim(written, TALLIES, k, claimed=claimed, measured=OURS).agrees


def test_a_gap_is_stated_with_what_may_explain_it() -> None:
    """29.7 was measured greedily: far outside our sampling variance, and the temperature is named as what differs."""
    claimed = Protocol(benchmark="humaneval", problems=164, temperature=0.0, prompt_style="completion")

    check = check_claim("29.7", TALLIES, 1, claimed=claimed, measured=OURS)

    assert not check.agrees
    assert check.gap == pytest.approx(0.0758, abs=1e-4)
    assert check.gap_problems == pytest.approx(12.4, abs=0.1)
    assert check.differs == ("temperature: 0.0 there, 0.8 here",)
    assert "set of problems" in check.ruled_out
    assert "sampling variance" in check.ruled_out
    assert "harness" in check.unknown


def test_greedy_against_greedy_leaves_only_rounding() -> None:
    """72 of 164 is 43.9; 44.5 is one problem more and no sampling variance explains it."""
    greedy = Protocol(benchmark="humaneval", temperature=0.0)
    tallies = {str(i): (1, int(i < 72)) for i in range(164)}

    same, other = (check_claim(w, tallies, 1, claimed=greedy, measured=greedy) for w in ("43.9", "44.5"))

    assert same.agrees
    assert not other.agrees
    assert other.gap_problems == pytest.approx(1.0, abs=0.1)


def test_a_second_measurement_agrees_as_often_as_the_level_says() -> None:
    """Two measurements of one model with 20 and 10 candidates: 95 % within two standard errors of 300 runs."""
    rng = np.random.default_rng(8)
    rates = np.array(PASSED) / 100
    claimed = Protocol(benchmark="humaneval", samples_per_problem=10, temperature=0.8)
    held = 0
    for _ in range(300):
        tallies = {str(i): (20, int(c)) for i, c in enumerate(rng.binomial(20, rates))}
        theirs = rng.binomial(10, rates).mean() * 10
        held += check_claim(f"{theirs:.2f}", tallies, 1, claimed=claimed, measured=OURS).agrees

    assert 0.92 <= held / 300 <= 0.98


def test_scores_carry_their_rounding() -> None:
    """Half a unit below and a whole one above, for tables that cut off; words are refused."""
    assert read_score("43.9") == pytest.approx((0.439, 0.0005, 0.001))
    assert read_score("~ 44 %") == pytest.approx((0.44, 0.005, 0.005))
    assert read_score("0.439", 0.439) == pytest.approx((0.439, 0.0005, 0.001))
    assert read_score("0.439") == pytest.approx((0.439, 0.0005, 0.001))
    assert read_score("0.6", 0.006) == pytest.approx((0.006, 0.0005, 0.001))
    assert read_score("0.61 %") == pytest.approx((0.0061, 0.00005, 0.0001))
    for wrong in ("high", "120.5"):
        with pytest.raises(InputError):
            read_score(wrong)


@pytest.mark.parametrize("cut", [True, False])
@pytest.mark.parametrize("share", [True, False])
def test_every_greedy_score_agrees_with_itself_as_printed(cut: bool, share: bool) -> None:
    """All 165 scores of 164 problems, rounded or cut to one decimal of a percentage, as percentage or as share."""
    greedy = Protocol(benchmark="humaneval", temperature=0.0)
    for solved in range(165):
        tenths = 1000 * solved // 164 if cut else round(1000 * solved / 164)
        written = f"{tenths / 1000:.3f}" if share else f"{tenths / 10:.1f}"
        tallies = {str(i): (1, int(i < solved)) for i in range(164)}

        assert check_claim(written, tallies, 1, claimed=greedy, measured=greedy).agrees, written
