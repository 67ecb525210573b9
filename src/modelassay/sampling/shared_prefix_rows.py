"""A group of samples that advance together: who they are, their running state, their answers so far.

Samples of a problem with the same tokens so far are one row: the model's answer to the same input is the same, so it
is asked once. A row divides where its samples draw different tokens. Of a model that is sure of itself, and of
answers at a low temperature, that spares most of the work.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch

from modelassay.core.measured import Completion
from modelassay.sampling.rendering import Rendered
from modelassay.sampling.row_cache import stacked
from modelassay.sampling.row_memory import Memory
from modelassay.sampling.stop_texts import StopTexts, whole_letters


@dataclass(frozen=True)
class Row:
    """One sample to be: whose, which, and the prompt it continues (its place in the group)."""

    problem: str
    index: int
    prompt: int


@dataclass(frozen=True)
class Group:
    """Samples that are sampled together: prompts of a few problems, samples in problem order.

    budgets: how many tokens an answer to each prompt may have.
    """

    prompts: tuple[Rendered, ...]
    budgets: tuple[int, ...]
    rows: tuple[Row, ...]


class PendingSamples:
    """A group's samples that have not begun, by prompt: those of one begin together, for they share its row."""

    def __init__(self, group: Group) -> None:
        by_prompt: dict[int, list[int]] = {}
        for place, row in enumerate(group.rows):
            by_prompt.setdefault(row.prompt, []).append(place)
        self._lists = deque(by_prompt.values())

    @property
    def first(self) -> int:
        """How many the next prompt has; 0 when none is left."""
        return len(self._lists[0]) if self._lists else 0

    def next(self, room: int) -> list[int]:
        """Whole prompts' samples, or a part of one's where all of them are more than there is room for."""
        chosen: list[int] = []
        while self._lists and len(chosen) + self.first <= room:
            chosen += self._lists.popleft()
        if not chosen:
            chosen, self._lists[0] = self._lists[0][:room], self._lists[0][room:]
        return chosen


@dataclass(frozen=True)
class Branch:
    """Samples, by their place in the group, that have drawn the same token in the same row."""

    row: int
    token: int
    places: list[int]


def divided(held: Sequence[list[int]], tokens: Sequence[int]) -> list[Branch]:
    """The samples of each row by the token they drew, in the order in which it came. tokens: of all samples, row by row."""
    branches = []
    end = 0
    for row, places in enumerate(held):
        start, end = end, end + len(places)
        drawn = tokens[start:end]
        if drawn.count(drawn[0]) == len(drawn):  # mostly
            branches.append(Branch(row, drawn[0], places))
            continue
        by_token: dict[int, list[int]] = {}
        for token, place in zip(drawn, places, strict=True):
            by_token.setdefault(token, []).append(place)
        branches += [Branch(row, token, of_it) for token, of_it in by_token.items()]
    return branches


class RunningRows:
    """The rows that run: their cache, mask, positions, and the logits of their next token.

    chosen: which samples of the group begin; those of a prompt begin in one row. held: the samples of each row,
    by their place in the group. step: how many tokens of its answer each row has been fed.
    """

    def __init__(self, model: Any, group: Group, chosen: Sequence[int], device: str, memory: Memory) -> None:
        self._kept = memory.rows(model)
        self._joins = memory.joins
        by_prompt: dict[int, list[int]] = {}
        for place in chosen:
            by_prompt.setdefault(group.rows[place].prompt, []).append(place)
        prompts = [group.prompts[i].token_ids for i in by_prompt]
        longest = max(map(len, prompts))
        ids = torch.zeros((len(prompts), longest), dtype=torch.long)
        mask = torch.zeros((len(prompts), longest), dtype=torch.long)
        for i, prompt in enumerate(prompts):  # padded on the left, so that all answers begin together
            ids[i, longest - len(prompt) :] = torch.tensor(prompt)
            mask[i, longest - len(prompt) :] = 1
        self._padded = len(set(map(len, prompts))) > 1
        positions = (mask.cumsum(-1) - 1).clamp(min=0)
        self._mask = mask.to(device)
        self._length = longest
        self.logits = self._fed(ids.to(device), positions.to(device))
        self._padded &= self._kept.masks
        self._position = torch.tensor([len(prompt) for prompt in prompts], device=device)
        self.step = torch.zeros_like(self._position)
        self.held = list(by_prompt.values())

    @property
    def can_grow(self) -> bool:
        """Whether others may join."""
        return self._joins and self._kept.joins

    def advance(self, branches: Sequence[Branch]) -> None:
        """Go on with these alone, each in a row of its own, and feed it its token; `logits` are then of the next one.

        A branch stays in its row where it can: only the others' keys and values have to be copied.
        """
        staying: list[Branch | None] = [None] * len(branches)
        moving = []
        for branch in branches:
            if branch.row < len(branches) and staying[branch.row] is None:
                staying[branch.row] = branch
            else:
                moving.append(branch)
        places = iter(moving)
        rows = [branch or next(places) for branch in staying]
        self.held = [branch.places for branch in rows]
        if moving or len(rows) != len(self._position):
            self._follow([branch.row for branch in rows])
        tokens = torch.tensor([[branch.token] for branch in rows], device=self._position.device)
        if self._padded:
            self._mask = torch.cat([self._mask, self._mask.new_ones((len(self._mask), 1))], dim=-1)
        self._length += 1
        self.logits = self._fed(tokens, self._position[:, None])
        self._position, self.step = self._position + 1, self.step + 1

    def _follow(self, order: Sequence[int]) -> None:
        """Each row goes on from the one that `order` names for it; none from a row that becomes another."""
        chosen = torch.tensor(order, device=self._position.device)
        self._kept.choose(chosen, len(self._position))
        self._position, self.step = self._position[chosen], self.step[chosen]
        if self._padded:
            self._mask = self._mask[chosen]

    def take_in(self, others: "RunningRows") -> None:
        """The others go on with these. Tokens that are padding to all of these are dropped."""
        if self._kept.masks:
            self._take_masks(others)
        else:
            self._kept.take_in(others._kept, 0)
        for name in ("_position", "logits", "step"):
            setattr(self, name, torch.cat([getattr(self, name), getattr(others, name)]))
        self.held += others.held

    def _take_masks(self, others: "RunningRows") -> None:
        """The others' cache and mask below these."""
        if not self._padded:
            self._mask = self._mask.new_ones((len(self.held), self._length))
        unused = int(self._mask.any(dim=0).int().argmax())
        self._kept.take_in(others._kept, unused)
        self._mask = stacked(self._mask[:, unused:], others._mask, -1)
        self._length = self._mask.shape[-1]
        self._padded = True

    def _fed(self, ids: Any, positions: Any) -> Any:
        """Logits of the last token. Without padding no mask is needed, and models are faster without."""
        return self._kept.feed(ids, positions, self._mask if self._padded else None)


class Answers:
    """The tokens of each sample so far, and why it ended."""

    def __init__(self, group: Group, stops: Mapping[str, StopTexts]) -> None:
        self._rows = group.rows
        self._prompts = [group.prompts[row.prompt] for row in group.rows]
        self._stops = [stops[row.problem] for row in group.rows]
        self._ends = [frozenset(prompt.stop_ids) for prompt in self._prompts]
        self._budgets = [group.budgets[row.prompt] for row in group.rows]
        self._stopped = [False] * len(group.rows)
        self._tokens: list[list[int]] = [[] for _ in group.rows]

    def add(self, branches: Sequence[Branch]) -> list[Branch]:
        """One more token for all samples of each branch; the branches that go on."""
        running = []
        for branch in branches:
            for place in branch.places:
                self._tokens[place].append(branch.token)
            first = branch.places[0]  # all of them have the same tokens, so they end together
            so_far = self._tokens[first]
            if branch.token in self._ends[first] or self._stops[first].ended(so_far):
                for place in branch.places:
                    self._stopped[place] = True
            elif len(so_far) < self._budgets[first]:
                running.append(branch)
        return running

    def so_far(self, places: Sequence[int]) -> tuple[list[Sequence[int]], list[Sequence[int]]]:
        """The tokens of the prompts and of the answers of these samples."""
        return [self._prompts[p].token_ids for p in places], [self._tokens[p] for p in places]

    def completions(self) -> list[Completion]:
        """Every sample as a completion, cut at its stop."""
        texts: dict[tuple[int, ...], tuple[str, bool]] = {}  # many have the same tokens
        return [self._completion(place, texts) for place in range(len(self._rows))]

    def _completion(self, place: int, texts: dict[tuple[int, ...], tuple[str, bool]]) -> Completion:
        row, prompt, tokens = self._rows[place], self._prompts[place], self._tokens[place]
        ended = bool(tokens) and tokens[-1] in self._ends[place]
        answer = tokens[:-1] if ended else tokens
        key = row.prompt, *answer
        if key not in texts:
            texts[key] = self._stops[place].cut(prompt.token_ids, answer)
        text, stopped = texts[key]
        reason: Literal["stop", "length"] = "stop" if stopped or self._stopped[place] else "length"
        return Completion(
            problem=row.problem,
            index=row.index,
            text=prompt.opening + whole_letters(text, reason),
            form=prompt.form,
            finish_reason=reason,
            prompt_tokens=len(prompt.token_ids),
            completion_tokens=len(tokens),
        )
