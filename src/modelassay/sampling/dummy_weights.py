"""A model's exact shape with random weights: its speed before its weights are fetched. Nothing that it writes is kept.

A random model does not know when to stop, so every answer ends after a number of tokens that is drawn from a measured
distribution. What it cannot show: samples that draw the same tokens share a row of the transformers backend, and those
of random weights part at once, so a sharp model, or one at a low temperature, is faster than this.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from modelassay.core.errors import BackendError
from modelassay.core.measured import Completion, SamplingPlan
from modelassay.core.problems import Problem
from modelassay.sampling.model_files import first_line
from modelassay.sampling.rendering import Rendered
from modelassay.sampling.shared_prefix_rows import Answers, Branch, Group
from modelassay.sampling.stop_texts import StopTexts
from modelassay.sampling.transformers_engine import Batching, TransformersSampler, best_dtype


@dataclass(frozen=True)
class Lengths:
    """Tokens of prompts and of answers as quantiles at equal steps from the least to the most, and where they are from."""

    prompts: tuple[float, ...]
    answers: tuple[float, ...]
    source: str

    def prompt(self, plan: SamplingPlan, problem: str) -> int:
        """Of a problem's prompt."""
        return self._at(self.prompts, _share(plan, problem, "prompt"))

    def answer(self, plan: SamplingPlan, problem: str, index: int) -> int:
        """Of one sample: it depends on plan, problem and index alone."""
        return self._at(self.answers, _share(plan, problem, str(index)))

    @staticmethod
    def _at(quantiles: Sequence[float], share: float) -> int:
        places = np.linspace(0, 1, len(quantiles))
        return max(1, round(float(np.interp(share, places, quantiles))))


# Counted on 2026-11-29: prompts of HumanEval, and every fourth of 16,400 answers of CodeGen-16B-mono to them at temperature
# 0.8 and top-p 0.95, at most 300 tokens, cut at stop texts (published with CodeT, arXiv 2207.10397, microsoft/CodeT). In
# pieces of GPT-2's pre-tokenisation: a tokenizer makes at least as many tokens.
HUMANEVAL_LENGTHS: Final = Lengths(
    prompts=(21, 24, 31, 34, 37, 39, 46, 48, 53, 57, 60, 64, 70, 74, 80, 90, 98, 115, 139, 170, 307),
    answers=(1, 2, 2, 3, 9, 14, 18, 22, 26, 31, 35, 40, 46, 51, 56, 63, 72, 83, 107, 155, 297),
    source="prompts of HumanEval and answers of CodeGen-16B-mono at temperature 0.8, in pieces of GPT-2's pre-tokenisation",
)  # fmt: skip


def measured_lengths(prompts: Sequence[int], answers: Sequence[int], source: str) -> Lengths:
    """Of counts, as quantiles in steps of a hundredth."""
    steps = np.linspace(0, 1, 101)
    first, second = (tuple(float(q) for q in np.quantile(counts, steps)) for counts in (prompts, answers))
    return Lengths(first, second, source)


def _share(plan: SamplingPlan, problem: str, what: str) -> float:
    digest = hashlib.sha256(f"{plan.hash}\0{problem}\0{what}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


class ForcedAnswers(Answers):
    """Answers that end after so many tokens, each its own; they have no text."""

    def __init__(self, group: Group, lengths: Sequence[int]) -> None:
        super().__init__(group, {prompt.problem: NO_STOPS for prompt in group.prompts})
        self._lengths = lengths

    def add(self, branches: Sequence[Branch]) -> list[Branch]:
        """One more token for all samples of each branch; those that are not at their end go on."""
        running = []
        for branch in branches:
            for place in branch.places:
                self._tokens[place].append(branch.token)
            going = [p for p in branch.places if len(self._tokens[p]) < self._lengths[p]]
            if going:
                running.append(Branch(branch.row, branch.token, going))
        return running

    def completions(self) -> list[Completion]:
        """Their numbers of tokens."""
        return [
            Completion(
                problem=row.problem, index=row.index, text="", finish_reason="stop",
                prompt_tokens=len(prompt.token_ids), completion_tokens=len(tokens),
            )
            for row, prompt, tokens in zip(self._rows, self._prompts, self._tokens, strict=True)
        ]  # fmt: skip


NO_STOPS: Final = StopTexts((), None)


class DummyWeightsSampler(TransformersSampler):
    """The transformers backend on random weights of the shape in `path`/config.json. Raises BackendError, InputError."""

    def __init__(
        self,
        path: Path,
        plan: SamplingPlan,
        problems: Mapping[str, Problem],
        lengths: Lengths,
        batching: Batching,
    ) -> None:
        self._drawn_lengths = lengths
        self._config = _config(path)
        super().__init__(path, plan, problems, batching=batching)

    def _worded(
        self, problems: Mapping[str, Problem], shots: Sequence[Problem], remote_code: bool
    ) -> tuple[dict[str, Rendered], dict[tuple[str, ...], StopTexts]]:
        """Random tokens, as many as a prompt has."""
        vocabulary = self._config.get_text_config().vocab_size
        dice = np.random.default_rng(self.plan.seed)
        rendered = {
            name: Rendered(
                problem=name, text="", stops=(), stop_ids=(), form="unknown", opening="",
                token_ids=tuple(
                    int(t) for t in dice.integers(0, vocabulary, self._drawn_lengths.prompt(self.plan, name))
                ),
            )
            for name in self.plan.problems
        }  # fmt: skip
        return rendered, {(): NO_STOPS}

    def _loaded(self, remote_code: bool) -> Any:
        import transformers

        torch.manual_seed(0)
        try:
            with torch.device(self.device):
                model = transformers.AutoModelForCausalLM.from_config(
                    self._config, dtype=best_dtype(self.device)
                )
        except Exception as error:  # constructors of many authors
            raise BackendError(
                f"no model of this shape can be made: {first_line(error)}",
                path=self.path,
                hint="check config.json, and the memory that its size takes",
            ) from error
        return model.eval()

    def _answers(self, group: Group) -> Answers:
        most = self._decoding.max_tokens
        lengths = [
            min(
                most, group.budgets[row.prompt], self._drawn_lengths.answer(self.plan, row.problem, row.index)
            )
            for row in group.rows
        ]
        return ForcedAnswers(group, lengths)


def _config(path: Path) -> Any:
    import transformers

    try:
        return transformers.AutoConfig.from_pretrained(str(path), local_files_only=True)
    except Exception as error:  # files that others wrote
        raise BackendError(
            f"the shape cannot be read: {first_line(error)}",
            path=path / "config.json",
            hint="give the model's own config.json, of an architecture that this transformers release knows",
        ) from error
