"""Sampling in this process with PyTorch and transformers, for any model folder of the Hub's layout.

Problems are taken in fixed groups, in the plan's order. A prompt goes through the model once; its keys and values are
then shared out to its candidates, which advance together; finished rows leave the batch, and the group's next
candidates, of whatever problem, take their places. A group is always sampled whole, with the same shapes, so that a
candidate sampled again after a kill is the same to the last bit on the same machine, whatever else is wanted.
"""

import gc
import inspect
import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import numpy as np
import torch

from modelassay.core.errors import BackendError
from modelassay.core.measured import BatchTiming, Completion, Problem, SamplingPlan
from modelassay.sampling.model_files import check_model_folder, first_line, load_tokenizer, stop_ids
from modelassay.sampling.protocols import find_protocol
from modelassay.sampling.rendering import Rendered, render
from modelassay.sampling.rows import Answers, Group, Row, RunningRows
from modelassay.sampling.sampler import ROWS, Batch, Wanted
from modelassay.sampling.stopping import StopTexts
from modelassay.sampling.token_choice import choose, uniforms

# Groups' worth of candidates that take each other's places. A device that is fast at many rows wants few passes; on a
# CPU a pass costs what its rows cost, and a larger group would only be more to lose by a kill.
TURNS: Final = 4
_SMALL = 50_000_000  # parameters; below, a matrix product is too short to share between cores
_LEAVE_SHARE = 0.2  # finished rows leave when they are this share of the batch: moving the rest costs, too


def _say_nothing(_: str) -> None:
    """For callers that want no notes."""


@dataclass(frozen=True)
class Batching:
    """rows: how many candidates advance together. turns: how many times as many are in a group, where a finished one's
    place is taken by the next; chosen by the device when None.
    """

    rows: int = ROWS
    turns: int | None = None


class TransformersSampler:
    """A model in memory, ready to sample one plan. A context manager: leaving it frees the memory.

    path: a folder as the Hub lays it out. problems: by id, at least the plan's. shots: what the protocol
    shows as examples. device, dtype: chosen when None (CUDA with bfloat16, else MPS with float16, else CPU
    with float32). note: told what a person should know.
    Raises MissingError, BackendError, InputError.
    """

    def __init__(
        self,
        path: Path,
        plan: SamplingPlan,
        problems: Mapping[str, Problem],
        *,
        shots: Sequence[Problem] = (),
        device: str | None = None,
        batching: Batching = Batching(),
        note: Callable[[str], None] = _say_nothing,
    ) -> None:
        if plan.samples_per_problem is None or plan.decoding is None:
            raise BackendError("a plan without samples per problem cannot be sampled", hint="replay it")
        check_model_folder(path)
        self.path = path
        self.plan = plan
        self.device = device or best_device()
        self.rows = self._first_rows = batching.rows
        self._turns = batching.turns or (1 if self.device == "cpu" else TURNS)
        self._samples = plan.samples_per_problem
        self._decoding = plan.decoding
        self._note = note
        self._tokenizer = load_tokenizer(path)
        protocol = find_protocol(plan.protocol)
        ends = stop_ids(path)
        self.rendered: dict[str, Rendered] = {
            name: render(protocol, problems[name], self._tokenizer, stop_ids=ends, shots=shots)
            for name in plan.problems
        }
        self._model = load_model(path, self.device)
        self.dtype = str(self._model.dtype).removeprefix("torch.")
        self._stops = {
            stops: StopTexts(stops, self._tokenizer) for stops in {r.stops for r in self.rendered.values()}
        }
        small = self._model.num_parameters() <= _SMALL
        self._beside = available_cores() if self.device == "cpu" and small else 1
        self._accepts = set(inspect.signature(self._model.forward).parameters)

    def __enter__(self) -> Self:
        self._threads = torch.get_num_threads()
        if self._beside > 1:
            torch.set_num_threads(1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._model = None
        torch.set_num_threads(self._threads)
        gc.collect()
        if self.device.startswith("cuda"):
            torch.cuda.empty_cache()

    # --- the interface ------------------------------------------------------------------------------
    def sample(self, wanted: Sequence[Wanted]) -> Iterator[Batch]:
        """The wanted candidates, a batch per problem as soon as its last one is there."""
        asked = {want.problem: frozenset(want.indices) for want in wanted}
        texts: dict[str, dict[int, Completion]] = {problem: {} for problem in asked}
        seconds: dict[str, float] = dict.fromkeys(asked, 0.0)
        groups = (g for g in self._groups() if any(r.index in asked.get(r.problem, ()) for r in g.rows))
        for done, elapsed in self._done(groups):
            for problem, share in _shares(done).items():
                if problem in seconds:
                    seconds[problem] += elapsed * share
            for completion in done:
                if completion.index in asked.get(completion.problem, ()):
                    texts[completion.problem][completion.index] = completion
            for problem in dict.fromkeys(completion.problem for completion in done):
                if problem in texts and len(texts[problem]) == len(asked[problem]):
                    yield _batch(problem, texts.pop(problem), seconds[problem])

    def _done(self, groups: Iterator[Group]) -> Iterator[tuple[list[Completion], float]]:
        """Groups' completions in their order, and the wall time each took of all that ran beside it."""
        if self._beside == 1:
            for group in groups:
                yield self._timed(group)
            return
        with ThreadPoolExecutor(self._beside, thread_name_prefix="sample") as pool:
            running: deque[Future[tuple[list[Completion], float]]] = deque()
            try:
                for group in groups:
                    running.append(pool.submit(self._timed, group))
                    if len(running) > self._beside:
                        yield running.popleft().result()
                while running:
                    yield running.popleft().result()
            finally:
                for future in running:
                    future.cancel()

    def _timed(self, group: Group) -> tuple[list[Completion], float]:
        start = time.perf_counter()
        if self._beside > 1:
            torch.set_num_threads(1)  # of this worker
        done = self._sampled(group)
        return done, (time.perf_counter() - start) / self._beside

    def _groups(self) -> Iterator[Group]:
        """The plan's candidates in groups of at most `turns` times `rows`, the same whatever is wanted."""
        each = max(1, self._first_rows // self._samples) * self._turns if self._can_pad() else 1
        most = self._first_rows * self._turns
        names = self.plan.problems
        for start in range(0, len(names), each):
            prompts = tuple(self.rendered[name] for name in names[start : start + each])
            rows = [
                Row(problem=prompt.problem, index=index, prompt=place)
                for place, prompt in enumerate(prompts)
                for index in range(self._samples)
            ]
            for first in range(0, len(rows), most):
                yield Group(prompts=prompts, rows=tuple(rows[first : first + most]))

    def _can_pad(self) -> bool:
        """Whether prompts of different lengths can share a batch: the model must take positions and a mask."""
        return {"position_ids", "attention_mask"} <= self._accepts

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
                    f"not enough memory for a single candidate: {trouble}",
                    hint="lower max_tokens, or use a smaller model or a larger machine",
                )
            half = (rows + 1) // 2
            if half < self.rows:
                self.rows = half
                self._note(f"not enough memory for {rows} candidates at once; going on with {half}")

    def _run(self, group: Group) -> list[Completion]:
        budgets = [self._budget(group.prompts[row.prompt]) for row in group.rows]
        stops = {prompt.problem: self._stops[prompt.stops] for prompt in group.prompts}
        answers = Answers(group, stops, budgets)
        luck = torch.from_numpy(
            np.stack([uniforms(self.plan.hash, r.problem, r.index, max(budgets)) for r in group.rows])
        ).to(self.device)
        waiting, most = deque(range(len(group.rows))), self.rows

        def begin(room: int) -> RunningRows:
            chosen = [waiting.popleft() for _ in range(min(room, len(waiting)))]
            return RunningRows(self._model, group, chosen, self.device, self._accepts)

        with torch.inference_mode():
            batch = begin(most)
            while True:
                tokens = choose(
                    batch.logits,
                    luck[batch.place, batch.step],
                    self._decoding.temperature,
                    self._decoding.top_p,
                )
                answers.add(batch.places, tokens.tolist())
                running = [i for i, place in enumerate(batch.places) if not answers.finished[place]]
                if not running:
                    if not waiting:
                        return answers.completions()
                    batch = begin(most)
                    continue
                leave = len(batch.places) - len(running)
                if leave >= len(batch.places) * _LEAVE_SHARE or any(map(answers.spent, batch.places)):
                    tokens = tokens[torch.tensor(running, device=self.device)]
                    batch.keep(running)
                batch.advance(tokens)
                free = most - len(batch.places)
                if waiting and free >= most * _LEAVE_SHARE and batch.can_grow:
                    batch.take_in(begin(free))

    def _budget(self, prompt: Rendered) -> int:
        """Tokens an answer may have: the plan's, or what is left of the model's context."""
        context = getattr(self._model.config, "max_position_embeddings", None)
        length = len(prompt.token_ids)
        if context is None or length + self._decoding.max_tokens <= context:
            return self._decoding.max_tokens
        if length >= context:
            raise BackendError(
                f"a prompt of {length} tokens does not fit the model's context of {context}",
                hint="choose a protocol with shorter prompts, or another model",
            )
        return int(context) - length


def available_cores() -> int:
    """Cores this process may use, at most 8."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(allowed, 8))


def best_device() -> str:
    """cuda, mps or cpu: the best there is."""
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def load_model(path: Path, device: str) -> Any:
    """The weights on the device, in the type that suits it. Raises BackendError in one line."""
    import transformers

    dtype = torch.float32
    if device.startswith("cuda"):
        dtype = torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    elif device == "mps":
        dtype = torch.float16
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    try:
        model = transformers.AutoModelForCausalLM.from_pretrained(
            str(path), dtype=dtype, local_files_only=True
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
