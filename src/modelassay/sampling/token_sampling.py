"""The next token of every row: temperature, nucleus, and one number in [0, 1) that decides.

The numbers come from a counter-based generator keyed by (plan, problem, index), so that a candidate's draws
depends on nothing else: not on the device, the batch, or which other candidates are sampled.
"""

import hashlib
from typing import Any

import numpy as np
import torch

_HEAD = 256  # tokens sorted at first; whole vocabularies only where the nucleus is wider than that


def uniforms(plan_hash: str, problem: str, index: int, count: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    """`count` numbers in [0, 1) for one candidate, one per token."""
    key = hashlib.sha256(f"{plan_hash}\0{problem}\0{index}".encode()).digest()
    generator = np.random.Generator(np.random.Philox(key=int.from_bytes(key[:16], "little")))
    return generator.random(count, dtype=np.float32)


def choose(logits: Any, row: Any, draws: Any, temperature: float, top_p: float) -> Any:
    """One token per candidate. logits: (rows, vocabulary); row: (candidates,), whose logits each draws from; draws:
    (candidates,) in [0, 1).

    temperature 0 takes the likeliest. The nucleus is the smallest set of likeliest tokens whose probability
    reaches top_p; the token is where `draws` falls in it, likeliest first.
    """
    if temperature == 0:
        return logits.argmax(dim=-1)[row]
    scores = logits.float() / temperature
    total = torch.logsumexp(scores, dim=-1, keepdim=True)
    head = min(_HEAD, scores.shape[-1])
    while True:
        likeliest, tokens = torch.topk(scores, head, dim=-1)
        probabilities = torch.exp(likeliest - total)
        reached = probabilities.cumsum(dim=-1)
        if head == scores.shape[-1] or (top_p < 1 and bool((reached[:, -1] >= top_p).all())):
            break
        head = min(head * 16, scores.shape[-1])
    inside = (reached - probabilities) < top_p
    inside[:, 0] = True
    mass = (probabilities * inside).cumsum(dim=-1)
    last = inside.sum(dim=-1) - 1
    place = torch.searchsorted(mass[row], (draws * mass[row, -1])[:, None], right=True).squeeze(-1)
    return tokens[row, torch.minimum(place, last[row])]
