"""The next token of every row: temperature, nucleus, and one number in [0, 1) that decides.

The numbers come from a counter-based generator keyed by (plan, problem, index), so that a sample's draws
depends on nothing else: not on the device, the batch, or which other samples are sampled.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch

from modelassay.core.decoding import Decoding

_HEAD = 64  # tokens sorted at first; more only where the nucleus is wider


def uniforms(plan_hash: str, problem: str, index: int, count: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    """`count` numbers in [0, 1) for one sample, one per token."""
    numbers: np.ndarray[Any, np.dtype[np.float32]] = uniform_rows(plan_hash, [(problem, index)], count)[0]
    return numbers


def uniform_rows(
    plan_hash: str, samples: Iterable[tuple[str, int]], count: int
) -> np.ndarray[Any, np.dtype[np.float32]]:
    """`uniforms` of many samples, (samples, count): one generator, set to each sample's key, is much faster than one for each."""
    bits = np.random.Philox(key=0)
    generator, fresh = np.random.Generator(bits), bits.state
    rows = []
    for problem, index in samples:
        digest = hashlib.sha256(f"{plan_hash}\0{problem}\0{index}".encode()).digest()
        fresh["state"]["key"] = np.frombuffer(digest[:16], dtype="<u8")
        bits.state = fresh
        rows.append(generator.random(count, dtype=np.float32))
    return np.stack(rows)


def choose(logits: Any, row: Any, draws: Any, decoding: Decoding) -> Any:
    """One token per sample. logits: (rows, vocabulary), after any penalties; row: (samples,), whose logits each
    draws from; draws: (samples,) in [0, 1).

    temperature 0 takes the likeliest. Of the tokens that min-p and top-k leave, the nucleus is the smallest set of
    likeliest ones whose probability, as a share of what is left, reaches top_p; the token is where `draws` falls in it,
    likeliest first.
    """
    if decoding.temperature == 0:
        return logits.argmax(dim=-1)[row]
    scores = logits.float() / decoding.temperature
    total = torch.logsumexp(scores, dim=-1, keepdim=True)
    most = min(decoding.top_k or scores.shape[-1], scores.shape[-1])
    left_out = bool(decoding.min_p or decoding.top_k)
    head = most if decoding.top_p >= 1 and not left_out else min(_HEAD, most)
    tokens, wide = _drawn(scores, total, row, draws, decoding, head)
    while head < most and not bool(wide.all()):
        # The nucleus of these rows alone is wider than what was sorted.
        head = min(head * 16, most)
        rows = (~wide).nonzero().squeeze(-1)
        samples = (~wide)[row].nonzero().squeeze(-1)
        places = torch.searchsorted(rows, row[samples])
        tokens[samples], found = _drawn(scores[rows], total[rows], places, draws[samples], decoding, head)
        wide[rows] = found
    return tokens


def _drawn(scores: Any, total: Any, row: Any, draws: Any, decoding: Decoding, head: int) -> tuple[Any, Any]:
    """One token per sample from the `head` likeliest of its row, and for each row whether no other could have been drawn.

    scores: (rows, vocabulary); total: (rows, 1), of all of them; row, draws: (samples,).
    """
    top_p, min_p = decoding.top_p, decoding.min_p
    left_out = bool(min_p or decoding.top_k)
    likeliest, tokens = torch.topk(scores, head, dim=-1)
    probabilities = torch.exp(likeliest - total)
    if min_p:
        probabilities = probabilities * (probabilities >= min_p * probabilities[:, :1])
    reached = probabilities.cumsum(dim=-1)
    # top_p is a share of what min-p or top-k leave, so all of that must be there.
    wide = probabilities[:, -1] == 0 if left_out else reached[:, -1] >= top_p
    share = reached[:, -1:] * top_p if left_out else top_p
    inside = (reached - probabilities) < share
    if min_p:
        inside &= probabilities > 0
    inside[:, 0] = True
    mass = (probabilities * inside).cumsum(dim=-1)
    last = inside.sum(dim=-1) - 1
    return tokens[row, torch.minimum(_found(mass, row, draws * mass[row, -1]), last[row])], wide


def _found(mass: Any, row: Any, wanted: Any) -> Any:
    """Where each sample's `wanted` falls in its row of `mass`, (rows, tokens), which ascends: the first place that is above it.

    All rows are searched as one, each raised above the one before, in 64 bits, so that numbers of 32 keep their digits:
    otherwise a row of `mass` would have to be copied for each sample.
    """
    if mass.device.type == "mps":  # which has no 64 bits
        return torch.searchsorted(mass[row], wanted[:, None], right=True).squeeze(-1)
    floor = 2.0 * torch.arange(len(mass), device=mass.device, dtype=torch.float64)
    whole = (mass + floor[:, None]).flatten()
    return torch.searchsorted(whole, wanted + floor[row], right=True) - row * mass.shape[-1]


def penalised(
    logits: Any, prompts: Sequence[Sequence[int]], answers: Sequence[Sequence[int]], decoding: Decoding
) -> Any:
    """Logits less what the plan's penalties take. logits: (rows, vocabulary); prompts, answers: each row's tokens.

    The repetition penalty counts prompt and answer (as transformers and vLLM do), the other two the answer alone.
    """
    result = logits.float().clone()
    for scores, prompt, answer in zip(result, prompts, answers, strict=True):
        if decoding.repetition_penalty != 1:
            seen = torch.tensor(sorted({*prompt, *answer}), device=logits.device)
            held, by = scores[seen], decoding.repetition_penalty
            scores[seen] = torch.where(held > 0, held / by, held * by)
        counts = Counter(answer)
        if counts:
            seen = torch.tensor(list(counts), device=logits.device)
            times = torch.tensor(list(counts.values()), device=logits.device, dtype=scores.dtype)
            scores[seen] -= decoding.presence_penalty + decoding.frequency_penalty * times
    return result
