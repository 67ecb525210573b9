"""Tokens are drawn from exactly the distribution that the settings name."""

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from modelassay.core.decoding import Decoding  # noqa: E402
from modelassay.sampling.shared_prefix_rows import Branch, divided  # noqa: E402
from modelassay.sampling.token_sampling import choose, penalised  # noqa: E402
from support.exact_model import shares  # noqa: E402

DRAWS = 20_000


@pytest.mark.parametrize("temperature", [0.2, 0.8, 1.5])
@pytest.mark.parametrize("size", [30, 700])
@pytest.mark.parametrize(
    "settings",
    [
        {"top_p": 1.0}, {"top_p": 0.95}, {"top_p": 1.0, "top_k": 7}, {"top_p": 0.6, "top_k": 300},
        {"top_p": 1.0, "min_p": 0.05}, {"top_p": 0.8, "min_p": 0.02, "top_k": 20},
    ],
)  # fmt: skip
def test_draws_have_the_distribution(temperature: float, size: int, settings: dict[str, Any]) -> None:
    """20,000 evenly spread numbers fall on each token as often as its probability says, for every row."""
    decoding = Decoding(temperature=temperature, max_tokens=1, **settings)
    generator = np.random.default_rng(5)
    logits = generator.normal(0, 1.5, (2, size)).astype(np.float32)
    draws = torch.from_numpy(((np.arange(DRAWS) + 0.5) / DRAWS).astype(np.float32))
    for row in range(2):
        rows = torch.full((DRAWS,), row, dtype=torch.long)
        tokens = choose(torch.from_numpy(logits), rows, draws, decoding)
        drawn = np.bincount(tokens.numpy(), minlength=size) / DRAWS
        assert np.abs(drawn - shares(logits[row].astype(float), decoding)).max() < 3 / DRAWS + 1e-4


@pytest.mark.parametrize("steps", [None, 8])
def test_rows_that_are_drawn_together_draw_as_each_alone(steps: int | None) -> None:
    """A thousand samples of 60 rows get the tokens that each row gives by itself, also of a flat distribution, and where
    many tokens are equally likely, as they are in 16 bits.
    """
    decoding = Decoding(temperature=1.2, top_p=0.95, max_tokens=1)
    torch.manual_seed(3)
    logits = torch.randn(60, 5000) * torch.linspace(0.1, 9, 60)[:, None]
    if steps is not None:
        logits = (logits * steps).round() / steps
    rows = torch.arange(1000) * 60 // 1000
    draws = torch.rand(1000)

    together = choose(logits, rows, draws, decoding)

    for row in range(60):
        mine = rows == row
        alone = choose(logits[row : row + 1], rows[mine] * 0, draws[mine], decoding)
        assert torch.equal(together[mine], alone)


def test_samples_of_a_row_part_by_their_tokens() -> None:
    """In the order in which tokens come; a row whose samples all drew the same one stays whole."""
    branches = divided([[4, 2, 9], [1], [5, 6, 7, 8]], [30, 31, 30, 30, 8, 8, 8, 8])

    assert branches == [
        Branch(0, 30, [4, 9]),
        Branch(0, 31, [2]),
        Branch(1, 30, [1]),
        Branch(2, 8, [5, 6, 7, 8]),
    ]


def test_greedy_takes_the_likeliest_after_penalties() -> None:
    """Prompt and answer are divided or multiplied by the repetition penalty, the answer alone pays for presence."""
    logits = torch.tensor([[2.0, 1.9, -1.0, 0.5]])
    decoding = Decoding(temperature=0, top_p=1, max_tokens=1, repetition_penalty=2.0, presence_penalty=0.25,
                        frequency_penalty=0.5)  # fmt: skip
    after = penalised(logits, [[0, 2]], [[3, 3]], decoding)
    assert after.tolist() == [[1.0, pytest.approx(1.9), -2.0, pytest.approx(0.25 - 0.25 - 1.0)]]
    assert choose(after, torch.tensor([0]), torch.tensor([0.3]), decoding).tolist() == [1]
    assert logits.tolist() == [[2.0, pytest.approx(1.9), -1.0, 0.5]]


def test_penalties_are_those_of_transformers() -> None:
    """The repetition penalty is the library's own, to the last bit."""
    from transformers import RepetitionPenaltyLogitsProcessor

    logits = torch.randn(3, 50, generator=torch.Generator().manual_seed(1))
    ids = torch.tensor([[1, 2, 3, 3], [4, 4, 4, 4], [9, 8, 7, 6]])
    theirs = RepetitionPenaltyLogitsProcessor(1.3)(ids, logits.clone())
    decoding = Decoding(temperature=1, top_p=1, max_tokens=1, repetition_penalty=1.3)
    ours = penalised(logits, [row[:2] for row in ids.tolist()], [row[2:] for row in ids.tolist()], decoding)
    assert torch.equal(ours, theirs)
