"""A group of candidates that advance together: who they are, their running state, their answers so far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn.functional import pad

from modelassay.core.measured import Completion
from modelassay.sampling.rendering import Rendered
from modelassay.sampling.row_cache import can_grow, new_cache
from modelassay.sampling.stopping import StopTexts


@dataclass(frozen=True)
class Row:
    """One candidate to be: whose, which, and the prompt it continues (its place in the group)."""

    problem: str
    index: int
    prompt: int


@dataclass(frozen=True)
class Group:
    """Candidates that are sampled together: prompts of a few problems, rows in problem order."""

    prompts: tuple[Rendered, ...]
    rows: tuple[Row, ...]


class RunningRows:
    """The rows that run: their cache, mask, positions, and the logits of their next token.

    chosen: which rows of the group begin. places: which row of the group each one is; `place` is the same as a tensor.
    step: how many tokens of its answer each one has been fed.
    """

    def __init__(
        self, model: Any, group: Group, chosen: Sequence[int], device: str, accepts: set[str]
    ) -> None:
        self._model = model
        self._accepts = accepts
        self._cache = new_cache(model.config)
        used = sorted({group.rows[row].prompt for row in chosen})
        prompts = [group.prompts[i].token_ids for i in used]
        longest = max(map(len, prompts))
        ids = torch.zeros((len(prompts), longest), dtype=torch.long)
        mask = torch.zeros((len(prompts), longest), dtype=torch.long)
        for i, prompt in enumerate(prompts):  # padded on the left, so that all answers begin together
            ids[i, longest - len(prompt) :] = torch.tensor(prompt)
            mask[i, longest - len(prompt) :] = 1
        self._padded = len(set(map(len, prompts))) > 1
        positions = (mask.cumsum(-1) - 1).clamp(min=0)
        self._mask = mask.to(device)
        logits = self._forward(ids.to(device), positions.to(device))
        order = torch.tensor([used.index(group.rows[row].prompt) for row in chosen], device=device)
        self._cache.batch_select_indices(order)
        self._mask = self._mask[order]
        self._position = torch.tensor([len(prompt) for prompt in prompts], device=device)[order]
        self.logits = logits[order]
        self.places = list(chosen)
        self.place = torch.tensor(self.places, device=device)
        self.step = torch.zeros_like(self.place)

    @property
    def can_grow(self) -> bool:
        """Whether other rows may join."""
        return {"position_ids", "attention_mask"} <= self._accepts and can_grow(self._cache)

    def keep(self, rows: Sequence[int]) -> None:
        """Only these rows go on, before they are fed a token."""
        chosen = torch.tensor(rows, device=self.place.device)
        self._cache.batch_select_indices(chosen)
        self._mask, self._position = self._mask[chosen], self._position[chosen]
        self.place, self.step = self.place[chosen], self.step[chosen]
        self.places = [self.places[row] for row in rows]

    def take_in(self, others: "RunningRows") -> None:
        """The others go on with these. Tokens that are padding to all of these are dropped."""
        if not self._padded:
            self._mask = self._mask.new_ones((len(self.places), self._cache.get_seq_length()))
        unused = int(self._mask.any(dim=0).int().argmax())
        for mine, theirs in zip(self._cache.layers, others._cache.layers, strict=True):
            mine.take_in(theirs, unused)
        masks = self._mask[:, unused:], others._mask
        length = max(mask.shape[-1] for mask in masks)
        self._mask = torch.cat([pad(mask, (length - mask.shape[-1], 0)) for mask in masks])
        self._padded = True
        for name in ("_position", "logits", "place", "step"):
            setattr(self, name, torch.cat([getattr(self, name), getattr(others, name)]))
        self.places += others.places

    def advance(self, tokens: Any) -> None:
        """Feed every row its token; `logits` are then those of the next one."""
        if self._padded:
            self._mask = torch.cat([self._mask, self._mask.new_ones((len(self._mask), 1))], dim=-1)
        self.logits = self._forward(tokens[:, None], self._position[:, None])
        self._position, self.step = self._position + 1, self.step + 1

    def _forward(self, ids: Any, positions: Any) -> Any:
        """Logits of the last token. Without padding no mask is needed, and models are faster without."""
        optional: dict[str, Any] = {"position_ids": positions, "logits_to_keep": 1}
        if self._padded:
            optional["attention_mask"] = self._mask
        given = {name: value for name, value in optional.items() if name in self._accepts}
        output = self._model(input_ids=ids, past_key_values=self._cache, use_cache=True, **given)
        self._cache = output.past_key_values
        return output.logits[:, -1, :]


class Answers:
    """The tokens of each row so far, and which rows have finished and why.

    budgets: how many tokens each row's answer may have.
    """

    def __init__(self, group: Group, stops: Mapping[str, StopTexts], budgets: Sequence[int]) -> None:
        self._rows = group.rows
        self._prompts = [group.prompts[row.prompt] for row in group.rows]
        self._stops = [stops[row.problem] for row in group.rows]
        self._ends = [frozenset(prompt.stop_ids) for prompt in self._prompts]
        self._budgets = budgets
        self._steps = [0] * len(group.rows)
        self._stopped = [False] * len(group.rows)
        self._tokens: list[list[int]] = [[] for _ in group.rows]
        self.finished = [False] * len(group.rows)

    def spent(self, place: int) -> bool:
        """Whether a row may be fed no further token, finished before or not."""
        return self._steps[place] >= self._budgets[place]

    def add(self, places: Sequence[int], tokens: Sequence[int]) -> None:
        """One token for each running row; a finished row that has not left yet gets none."""
        for place, token in zip(places, tokens, strict=True):
            self._steps[place] += 1
            if self.finished[place]:
                continue
            so_far = self._tokens[place]
            so_far.append(token)
            stopped = token in self._ends[place] or self._stops[place].ended(so_far)
            self._stopped[place] = stopped
            self.finished[place] = stopped or self.spent(place)

    def completions(self) -> list[Completion]:
        """Every row as a completion, cut at its stop."""
        return [self._completion(place) for place in range(len(self._rows))]

    def _completion(self, place: int) -> Completion:
        row, prompt, tokens = self._rows[place], self._prompts[place], self._tokens[place]
        ended = bool(tokens) and tokens[-1] in self._ends[place]
        answer = tokens[:-1] if ended else tokens
        text, stopped = self._stops[place].cut(prompt.token_ids, answer)
        return Completion(
            problem=row.problem,
            index=row.index,
            text=prompt.opening + text,
            form=prompt.form,
            finish_reason="stop" if stopped or self._stopped[place] else "length",
            prompt_tokens=len(prompt.token_ids),
            completion_tokens=len(tokens),
        )
