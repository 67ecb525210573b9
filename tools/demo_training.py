"""From tasks to token rows, and from token rows to trained weights."""

import math
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from demo_tasks.draft import Task
from torch.nn.functional import cross_entropy

from modelassay.sampling.protocols import chat_messages, completion_prompt

IGNORED = -100


@dataclass(frozen=True)
class Row:
    """One example as tokens; the first `prompt` of them are what the model is given."""

    ids: list[int]
    prompt: int


@dataclass(frozen=True)
class Settings:
    """How to train. `prompt_weight`: what a prompt token's loss counts, where an answer token's counts 1."""

    batch: int
    learning_rate: float
    matrix_rate: float
    prompt_weight: float
    warmup: float = 0.04
    floor: float = 0.02


def completion_text(task: Task) -> tuple[str, str]:
    """(prompt, answer) as a base model sees a task: the header, then the body."""
    return completion_prompt(task.signature, task.text), task.body + "\n"


def chat_text(task: Task, tokenizer: Any) -> tuple[str, str]:
    """(prompt, answer) as an instruct model sees a task: one user turn, then a fenced function."""
    prompt = tokenizer.apply_chat_template(
        chat_messages(task.signature, task.text), tokenize=False, add_generation_prompt=True
    )
    return str(prompt), f"```python\n{task.program}```"


def rows_of(tasks: list[Task], tokenizer: Any, *, chat: bool) -> list[Row]:
    """The tasks as rows of tokens, each ended by the tokenizer's end token."""
    pairs = [chat_text(task, tokenizer) if chat else completion_text(task) for task in tasks]
    prompts = tokenizer([prompt for prompt, _ in pairs], add_special_tokens=False)["input_ids"]
    answers = tokenizer([answer for _, answer in pairs], add_special_tokens=False)["input_ids"]
    end = tokenizer.eos_token_id
    return [Row([*p, *a, end], len(p)) for p, a in zip(prompts, answers, strict=True)]


def batches(rows: list[Row], size: int, rng: random.Random) -> Iterator[list[Row]]:
    """The rows once, in random order, in batches of rows of similar length."""
    order = rows[:]
    rng.shuffle(order)
    span = size * 20
    groups = []
    for start in range(0, len(order), span):
        part = sorted(order[start : start + span], key=lambda row: len(row.ids))
        groups += [part[i : i + size] for i in range(0, len(part), size)]
    rng.shuffle(groups)
    yield from groups


def tensors(batch: list[Row], prompt_weight: float) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """(inputs, targets, weights), each (rows, longest - 1); padded on the right, where nothing looks."""
    longest = max(len(row.ids) for row in batch)
    ids = torch.zeros(len(batch), longest, dtype=torch.long)
    weights = torch.zeros(len(batch), longest)
    for i, row in enumerate(batch):
        ids[i, : len(row.ids)] = torch.tensor(row.ids)
        weights[i, : row.prompt] = prompt_weight
        weights[i, row.prompt : len(row.ids)] = 1.0
    return ids[:, :-1], ids[:, 1:], weights[:, 1:]


def optimizers(model: Any, settings: Settings) -> list[torch.optim.Optimizer]:
    """Muon for the matrices inside the layers, AdamW for the embedding and the norms."""
    inner = [
        p
        for name, p in model.named_parameters()
        if p.ndim == 2 and "embed" not in name and "lm_head" not in name
    ]
    chosen = {id(p) for p in inner}
    rest = [p for p in model.parameters() if id(p) not in chosen]
    return [
        torch.optim.Muon(inner, lr=settings.matrix_rate, weight_decay=0.02, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(rest, lr=settings.learning_rate, betas=(0.9, 0.98), weight_decay=0.0),
    ]


def train(
    model: Any,
    rows: list[Row],
    settings: Settings,
    seed: int,
    say: Callable[[str], object],
    keep: Callable[[], object],
) -> None:
    """Train in place: one pass, warm-up, then a cosine down to `floor`; `keep` is called every 150 steps."""
    torch.manual_seed(seed)
    rng = random.Random(seed)
    steps = math.ceil(len(rows) / settings.batch)
    chosen = optimizers(model, settings)
    peaks = [group["lr"] for optimizer in chosen for group in optimizer.param_groups]
    started, tokens, smooth = time.monotonic(), 0, 0.0
    model.train()
    for step, batch in enumerate(batches(rows, settings.batch, rng), start=1):
        share = _schedule((step - 1) / steps, settings)
        groups = [group for optimizer in chosen for group in optimizer.param_groups]
        for group, peak in zip(groups, peaks, strict=True):
            group["lr"] = peak * share
        loss = _loss(model, batch, settings)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in chosen:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        tokens += sum(len(row.ids) for row in batch)
        smooth = loss.item() if step == 1 else 0.97 * smooth + 0.03 * loss.item()
        if step % 50 == 0 or step == steps:
            passed = time.monotonic() - started
            say(f"step {step}/{steps}  loss {smooth:.3f}  {tokens / passed:.0f} tokens/s  {passed:.0f} s\n")
        if step % 150 == 0:
            keep()
    model.eval()


def _loss(model: Any, batch: list[Row], settings: Settings) -> torch.Tensor:
    inputs, targets, weights = tensors(batch, settings.prompt_weight)
    counted = weights > 0  # the others need no logits, which are a third of the work
    with torch.autocast("cpu", torch.bfloat16):
        hidden = model.model(input_ids=inputs, use_cache=False).last_hidden_state
        logits = model.lm_head(hidden[counted])
    each = cross_entropy(logits.float(), targets[counted], reduction="none")
    return (each * weights[counted]).sum() / weights.sum()


def _schedule(done: float, settings: Settings) -> float:
    if done < settings.warmup:
        return (done + 1e-3) / settings.warmup
    along = (done - settings.warmup) / (1 - settings.warmup)
    return settings.floor + (1 - settings.floor) * 0.5 * (1 + math.cos(math.pi * along))
