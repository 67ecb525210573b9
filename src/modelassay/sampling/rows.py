"""A group of candidates that advance together: who they are, their running state, their answers so far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from modelassay.core.measured import Completion
from modelassay.sampling.rendering import Rendered
from modelassay.sampling.row_cache import new_cache
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


def without_unused_prompts(group: Group) -> Group:
    """Only prompts that a row continues: a half of a group may have lost some."""
    used = sorted({row.prompt for row in group.rows})
    if len(used) == len(group.prompts):
        return group
    rows = tuple(Row(problem=r.problem, index=r.index, prompt=used.index(r.prompt)) for r in group.rows)
    return Group(prompts=tuple(group.prompts[i] for i in used), rows=rows)


class RunningRows:
    """The rows that still run: their cache, mask, positions, and the logits of their next token.

    place: which row of the group each one is; `places` is the same as a list.
    """

    def __init__(self, model: Any, group: Group, device: str, accepts: set[str]) -> None:
        self._model = model
        self._accepts = accepts
        self._cache = new_cache(model.config)
        lengths = [len(prompt.token_ids) for prompt in group.prompts]
        longest = max(lengths)
        ids = torch.zeros((len(lengths), longest), dtype=torch.long)
        mask = torch.zeros((len(lengths), longest), dtype=torch.long)
        for i, prompt in enumerate(group.prompts):  # padded on the left, so that all answers begin together
            ids[i, longest - lengths[i] :] = torch.tensor(prompt.token_ids)
            mask[i, longest - lengths[i] :] = 1
        self._padded = len(set(lengths)) > 1
        positions = (mask.cumsum(-1) - 1).clamp(min=0)
        self._mask = mask.to(device)
        logits = self._forward(ids.to(device), positions.to(device))
        counts = [sum(row.prompt == i for row in group.rows) for i in range(len(lengths))]
        order = torch.tensor([i for i, count in enumerate(counts) for _ in range(count)], device=device)
        self._cache.batch_select_indices(order)
        self._mask = self._mask[order]
        self._position = torch.tensor(lengths, device=device)[order]
        self.logits = logits[order]
        self.place = torch.arange(len(group.rows), device=device)
        self.places = list(range(len(group.rows)))

    def keep(self, rows: Sequence[int]) -> None:
        """Only these rows go on."""
        chosen = torch.tensor(rows, device=self.place.device)
        self._cache.batch_select_indices(chosen)
        self._mask, self._position = self._mask[chosen], self._position[chosen]
        self.place = self.place[chosen]
        self.places = [self.places[row] for row in rows]

    def advance(self, tokens: Any) -> None:
        """Feed every row its token; `logits` are then those of the next one."""
        if self._padded:
            self._mask = torch.cat([self._mask, self._mask.new_ones((len(self._mask), 1))], dim=-1)
        self.logits = self._forward(tokens[:, None], self._position[:, None])
        self._position = self._position + 1

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
    """The tokens of each row so far, and which rows have finished and why."""

    def __init__(self, group: Group, stops: Mapping[str, StopTexts]) -> None:
        self._rows = group.rows
        self._prompts = [group.prompts[row.prompt] for row in group.rows]
        self._stops = [stops[row.problem] for row in group.rows]
        self._ends = [frozenset(prompt.stop_ids) for prompt in self._prompts]
        self._tokens: list[list[int]] = [[] for _ in group.rows]
        self.finished = [False] * len(group.rows)

    def add(self, places: Sequence[int], tokens: Sequence[int]) -> None:
        """One token for each running row; a finished row that has not left yet gets none."""
        for place, token in zip(places, tokens, strict=True):
            if self.finished[place]:
                continue
            self._tokens[place].append(token)
            self.finished[place] = token in self._ends[place] or self._stops[place].ended(self._tokens[place])

    def completions(self, tokenizer: Any) -> list[Completion]:
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
            finish_reason="stop" if stopped or self.finished[place] else "length",
            prompt_tokens=len(prompt.token_ids),
            completion_tokens=len(tokens),
        )
