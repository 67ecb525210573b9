"""Sampling in this process with PyTorch and transformers, for any model folder of the Hub's layout.

Problems are taken in fixed groups, in the plan's order. A prompt goes through the model once, and samples with the
same tokens so far are one row, which divides where they draw different ones; finished ones leave, and the group's next
samples, of whatever problem, take their places. A group is always sampled whole, with the same shapes, so that a
sample sampled again after a kill is the same to the last bit on the same machine, whatever else is wanted.
"""

import gc
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import torch

from modelassay.core.errors import BackendError
from modelassay.core.measured import BatchTiming, Completion, SamplingPlan
from modelassay.core.problems import Problem
from modelassay.sampling.memory_check import find_memory
from modelassay.sampling.memory_fit import rows_that_fit
from modelassay.sampling.model_files import check_model_folder, first_line, load_tokenizer, stop_ids
from modelassay.sampling.protocols import find_protocol
from modelassay.sampling.rendering import Rendered, render
from modelassay.sampling.sampler import TURNS, Batch, Wanted
from modelassay.sampling.shared_prefix_rows import (
    Answers,
    Branch,
    Group,
    PendingSamples,
    Row,
    RunningRows,
    divided,
)
from modelassay.sampling.stop_texts import StopTexts
from modelassay.sampling.token_sampling import choose, penalised, uniform_rows

_FREE_SHARE = 0.2  # others begin when this share of the places is free: each beginning is a pass of its own


def _say_nothing(_: str) -> None:
    """For callers that want no notes."""


def _look_away(drawn: Sequence[Branch], running: Sequence[Branch]) -> None:
    """For callers that watch no clock."""


@dataclass(frozen=True)
class Batching:
    """rows: how many samples advance together. turns: how many times as many are in a group, where a finished one's
    place is taken by the next. Chosen by the device when None, and rows by the model's size.
    """

    rows: int | None = None
    turns: int | None = None


class TransformersSampler:
    """A model in memory, ready to sample one plan. A context manager: leaving it frees the memory.

    path: a folder as the Hub lays it out. problems: by id, at least the plan's. shots: what the protocol
    shows as examples. device, dtype: chosen when None (CUDA with bfloat16, else MPS with float16, else CPU
    with float32). remote_code: whether Python code in the folder may run. note: told what a person should know.
    Raises MissingError, BackendError, InputError.
    """

    def __init__(  # noqa: PLR0913 - what to run, where, how, and whether its own code may
        self,
        path: Path,
        plan: SamplingPlan,
        problems: Mapping[str, Problem],
        *,
        shots: Sequence[Problem] = (),
        remote_code: bool = False,
        device: str | None = None,
        batching: Batching = Batching(),
        note: Callable[[str], None] = _say_nothing,
    ) -> None:
        if plan.samples_per_problem is None or plan.decoding is None:
            raise BackendError("a plan without samples per problem cannot be sampled", hint="replay it")
        self.path = path
        self.plan = plan
        self.device = device or best_device()
        self._turns = batching.turns or (1 if self.device == "cpu" else TURNS)
        self._samples = plan.samples_per_problem
        self._decoding = plan.decoding
        self._note = note
        # Told of each step: the tokens that were drawn, as they are known here, and the rows that go on.
        self.watch: Callable[[Sequence[Branch], Sequence[Branch]], None] = _look_away
        self.rendered, self._stops = self._worded(problems, shots, remote_code)
        self._model = self._loaded(remote_code)
        self.dtype = str(self._model.dtype).removeprefix("torch.")
        lengths = [(len(r.token_ids), self._budget(r)) for r in self.rendered.values()]
        self._memory = find_memory(self._model, max(map(sum, lengths)))
        if self._memory.note:
            note(self._memory.note)
        shared = self._samples if self._memory.shared else None
        self.rows = self._first_rows = batching.rows or rows_that_fit(self._model, lengths, shared)

    def _worded(
        self, problems: Mapping[str, Problem], shots: Sequence[Problem], remote_code: bool
    ) -> tuple[dict[str, Rendered], dict[tuple[str, ...], StopTexts]]:
        """The prompts by problem, and how each set of stop texts is found."""
        check_model_folder(self.path)
        tokenizer = self._tokenizer = load_tokenizer(self.path, remote_code=remote_code)
        protocol, ends, decoding = find_protocol(self.plan.protocol), stop_ids(self.path), self._decoding
        rendered = {
            name: render(protocol, problems[name], tokenizer, stop_ids=ends, shots=shots, stops=decoding.stop)
            for name in self.plan.problems
        }
        return rendered, {
            stops: StopTexts(stops, tokenizer, keep_special=decoding.keep_special_tokens)
            for stops in {r.stops for r in rendered.values()}
        }

    def _loaded(self, remote_code: bool) -> Any:
        return load_model(self.path, self.device, remote_code=remote_code)

    def _answers(self, group: Group) -> Answers:
        return Answers(group, {prompt.problem: self._stops[prompt.stops] for prompt in group.prompts})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._model = None
        gc.collect()
        if self.device.startswith("cuda"):
            torch.cuda.empty_cache()

    # --- the interface ------------------------------------------------------------------------------
    def sample(self, wanted: Sequence[Wanted]) -> Iterator[Batch]:
        """The wanted samples, a batch per problem as soon as its last one is there."""
        asked = {want.problem: frozenset(want.indices) for want in wanted}
        texts: dict[str, dict[int, Completion]] = {problem: {} for problem in asked}
        seconds: dict[str, float] = dict.fromkeys(asked, 0.0)
        groups = (g for g in self._groups() if any(r.index in asked.get(r.problem, ()) for r in g.rows))
        for group in groups:
            start = time.perf_counter()
            done = self._sampled(group)
            elapsed = time.perf_counter() - start
            for problem, share in _shares(done).items():
                if problem in seconds:
                    seconds[problem] += elapsed * share
            for completion in done:
                if completion.index in asked.get(completion.problem, ()):
                    texts[completion.problem][completion.index] = completion
            for problem in dict.fromkeys(completion.problem for completion in done):
                if problem in texts and len(texts[problem]) == len(asked[problem]):
                    yield _batch(problem, texts.pop(problem), seconds[problem])

    def _groups(self) -> Iterator[Group]:
        """The plan's samples in groups of at most `turns` times `rows`, the same whatever is wanted."""
        each = max(1, self._first_rows // self._samples) * self._turns if self._memory.pads else 1
        most = self._first_rows * self._turns
        names = self.plan.problems
        for start in range(0, len(names), each):
            prompts = tuple(self.rendered[name] for name in names[start : start + each])
            budgets = tuple(map(self._budget, prompts))
            rows = [
                Row(problem=prompt.problem, index=index, prompt=place)
                for place, prompt in enumerate(prompts)
                for index in range(self._samples)
            ]
            for first in range(0, len(rows), most):
                yield Group(prompts, budgets, tuple(rows[first : first + most]))

    # --- one group ----------------------------------------------------------------------------------
    def _sampled(self, group: Group) -> list[Completion]:
        """A group's completions; when memory does not suffice, again with half as many rows at once."""
        while True:
            rows = min(self.rows, len(group.rows))
            try:
                return self._run(group)
            except (torch.OutOfMemoryError, MemoryError) as error:
                trouble = first_line(error)
            except RuntimeError as error:
                if "memory" not in str(error):
                    raise BackendError(
                        f"the model failed: {first_line(error)}",
                        path=self.path,
                        hint="check the model folder",
                    ) from error
                trouble = first_line(error)
            gc.collect()
            if self.device.startswith("cuda"):
                torch.cuda.empty_cache()
            if rows == 1:
                raise BackendError(
                    f"not enough memory for a single sample: {trouble}",
                    hint="lower max_tokens, or use a smaller model or a larger machine",
                )
            half = (rows + 1) // 2
            if half < self.rows:
                self.rows = half
                self._note(f"not enough memory for {rows} samples at once; continuing with {half}")

    def _run(self, group: Group) -> list[Completion]:
        answers = self._answers(group)
        most = max(group.budgets)
        draws = torch.from_numpy(
            uniform_rows(self.plan.hash, [(row.problem, row.index) for row in group.rows], most)
        ).to(self.device)
        places, waiting = self.rows, PendingSamples(group)

        def begin(room: int) -> RunningRows:
            return RunningRows(self._model, group, waiting.next(room), self.device, self._memory)

        with torch.inference_mode():
            batch = begin(places)
            while True:
                drawn = self._drawn(batch, answers, draws)
                running = answers.add(drawn)
                self.watch(drawn, running)
                if not running:
                    if not waiting.first:
                        return answers.completions()
                    batch = begin(places)
                    continue
                batch.advance(running)
                free = places - sum(map(len, batch.held))
                wanted = max(places * _FREE_SHARE, min(waiting.first, places // 2))
                if waiting.first and free >= wanted and batch.can_grow:
                    batch.take_in(begin(free))

    def _drawn(self, batch: RunningRows, answers: Answers, draws: Any) -> list[Branch]:
        """The next token of every sample that runs, those that draw the same one in the same row together."""
        held = batch.held
        sizes = torch.tensor([len(places) for places in held])
        row = torch.repeat_interleave(torch.arange(len(held)), sizes).to(self.device)
        place = torch.tensor([place for places in held for place in places], device=self.device)
        logits = batch.logits
        if self._decoding.penalises:
            firsts = [places[0] for places in held]  # those of a row have the same tokens
            logits = penalised(logits, *answers.so_far(firsts), self._decoding)
        tokens = choose(logits, row, draws[place, batch.step[row]], self._decoding)
        return divided(held, tokens.tolist())

    def _budget(self, prompt: Rendered) -> int:
        """Tokens an answer may have: the plan's, or what is left of the model's context."""
        context = getattr(self._model.config.get_text_config(), "max_position_embeddings", None)
        length = len(prompt.token_ids)
        if context is None or length + self._decoding.max_tokens <= context:
            return self._decoding.max_tokens
        if length >= context:
            raise BackendError(
                f"a prompt of {length} tokens does not fit the model's context of {context}",
                hint="choose a protocol with shorter prompts, or another model",
            )
        return int(context) - length


def best_device() -> str:
    """cuda, mps or cpu: the best there is."""
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def best_dtype(device: str) -> Any:
    """The type of weights that suits a device."""
    if device.startswith("cuda"):
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    return torch.float16 if device == "mps" else torch.float32


def load_model(path: Path, device: str, *, remote_code: bool = False) -> Any:
    """The weights on the device, in the type that suits it. Raises BackendError in one line.

    remote_code: whether Python code beside them may run.
    """
    import transformers

    dtype = best_dtype(device)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    try:
        model = transformers.AutoModelForCausalLM.from_pretrained(
            str(path), dtype=dtype, local_files_only=True, trust_remote_code=remote_code
        )
        return model.to(device).eval()
    except Exception as error:  # loading runs code of many authors over files of many others
        raise BackendError(
            f"the model cannot be loaded: {first_line(error)}",
            path=path,
            hint="check that the folder is whole and that this transformers release knows the architecture",
        ) from error


def _shares(done: Sequence[Completion]) -> dict[str, float]:
    """How much of a group's work each problem was, by tokens."""
    tokens: dict[str, int] = {}
    for completion in done:
        tokens[completion.problem] = tokens.get(completion.problem, 0) + (completion.completion_tokens or 0)
    total = sum(tokens.values()) or 1
    return {problem: count / total for problem, count in tokens.items()}


def _batch(problem: str, texts: Mapping[int, Completion], seconds: float) -> Batch:
    completions = tuple(texts[index] for index in sorted(texts))
    timing = BatchTiming(
        problem=problem,
        candidates=len(completions),
        completion_tokens=sum(c.completion_tokens or 0 for c in completions),
        wall_seconds=seconds,
    )
    return Batch(problem=problem, completions=completions, timing=timing)
