"""Sampling with vLLM, in a process of its own: it pins its own torch, so it has an environment of its own.

All problems go to the engine at once; the samples of a problem are one request with n, so that its prompt is read
once. Prompts are rendered here, with the model's own tokenizer, and sent as token ids.
"""

import contextlib
import hashlib
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from modelassay.core.errors import BackendError, InputError
from modelassay.core.measured import BatchTiming, Completion, SamplingPlan
from modelassay.core.problems import Problem
from modelassay.sampling.model_files import check_model_folder, load_tokenizer, stop_ids
from modelassay.sampling.protocols import find_protocol
from modelassay.sampling.rendering import Rendered, decode_after, render
from modelassay.sampling.sampler import Batch, Wanted
from modelassay.sampling.stop_texts import cut_at, whole_letters

PYTHON_VARIABLE: Final = "ASSAY_VLLM_PYTHON"
WORKER: Final = Path(__file__).with_name("vllm_worker.py")
# Arguments of vLLM's `LLM` that change memory and speed, and no distribution.
LOADS: Final = frozenset({
    "gpu_memory_utilization", "max_model_len", "kv_cache_memory_bytes", "max_num_seqs", "max_num_batched_tokens",
    "enforce_eager", "tensor_parallel_size", "enable_prefix_caching", "cpu_offload_gb", "swap_space",
})  # fmt: skip
_RAISED: Final = re.compile(r"\b(?:\w+\.)*\w*(?:Error|Exception)\b: \S.*")


def check_loads(load: Mapping[str, Any]) -> None:
    """Only what changes no distribution. Raises InputError."""
    unknown = sorted(set(load) - LOADS)
    if unknown:
        known = ", ".join(sorted(LOADS))
        raise InputError(f"the vllm backend takes no {', '.join(unknown)}", hint=f"it takes {known}")


def vllm_python(given: str | None = None) -> str:
    """The interpreter that has vLLM: the one given, else ASSAY_VLLM_PYTHON. Raises BackendError without one."""
    python = given or os.environ.get(PYTHON_VARIABLE, "")
    if not python or not Path(python).is_file():
        raise BackendError(
            f"no interpreter with vLLM at {python}" if python else "no interpreter with vLLM is named",
            hint=f"make an environment with vllm in it and set {PYTHON_VARIABLE} to its python",
        )
    return python


class VllmSampler:
    """A model in a vLLM process, ready to sample one plan. A context manager: leaving it ends the process.

    path: a folder as the Hub lays it out. python: of the environment that has vLLM, see `vllm_python`.
    load: further arguments of vLLM's `LLM`. note: told what a person should know. Sample i of a problem has the problem's seed + i, whether it is
    sampled with all others or alone. Raises MissingError, BackendError.
    """

    def __init__(
        self,
        path: Path,
        plan: SamplingPlan,
        problems: Mapping[str, Problem],
        *,
        python: str | None = None,
        shots: Sequence[Problem] = (),
        load: Mapping[str, Any] | None = None,
        note: Callable[[str], None] = lambda _: None,
    ) -> None:
        if plan.samples_per_problem is None or plan.decoding is None:
            raise BackendError("a plan without samples per problem cannot be sampled", hint="replay it")
        check_model_folder(path)
        self.path, self.plan = path, plan
        self.device = self.dtype = "vllm"
        self._python = vllm_python(python)
        self._decoding = plan.decoding
        self._note = note
        self._load = {"model": str(path.absolute()), "seed": 0, **(load or {})}
        tokenizer, protocol, self._ends = (
            load_tokenizer(path, remote_code=bool((load or {}).get("trust_remote_code"))),
            find_protocol(plan.protocol),
            stop_ids(path),
        )
        self._tokenizer = tokenizer
        self.rendered: dict[str, Rendered] = {
            name: render(
                protocol,
                problems[name],
                tokenizer,
                stop_ids=self._ends,
                shots=shots,
                stops=plan.decoding.stop,
            )
            for name in plan.problems
        }
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _end(self) -> None:
        """The process and those it started, which share its session, at once."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, 9)
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        self._process = None

    def seed(self, problem: str) -> int:
        """Of a problem's sample 0: 31 bits that depend on plan and problem alone."""
        digest = hashlib.sha256(f"{self.plan.hash}\0{problem}".encode()).digest()
        return int.from_bytes(digest[:4], "big") >> 1

    def sample(self, wanted: Sequence[Wanted]) -> Iterator[Batch]:
        """The wanted samples, a batch per request as it is finished."""
        requests = {r["id"]: r for want in wanted for r in self.requests(want)}
        with self.open_log() as log:
            try:
                for said in self._answers(list(requests.values()), log):
                    if "ready" in said:
                        self.device, self.dtype = said["device"], said["dtype"]
                        self._note(loaded_note(said["version"], prefix_caching=said["prefix_caching"]))
                        continue
                    yield self._batch(requests[said["id"]], said)
            finally:
                self._end()

    def requests(self, want: Wanted) -> Iterator[dict[str, Any]]:
        """One request for all samples of a problem; where some are there already, one for each that lacks."""
        every = self.plan.samples_per_problem or 0
        if want.indices == tuple(range(every)):
            yield self._request(want.problem, list(want.indices))
        else:
            for index in want.indices:
                yield self._request(want.problem, [index])

    def _request(self, problem: str, indices: list[int]) -> dict[str, Any]:
        prompt = self.rendered[problem]
        return {
            "id": f"{problem}#{indices[0]}",
            "problem": problem,
            "indices": indices,
            "prompt": list(prompt.token_ids),
            "params": {
                # vLLM refuses n > 1 at temperature 0, where all would be one: one is drawn, and copied.
                "n": len(indices) if self._decoding.temperature else 1,
                "temperature": self._decoding.temperature,
                "top_p": self._decoding.top_p,
                "top_k": self._decoding.top_k,
                "min_p": self._decoding.min_p,
                "repetition_penalty": self._decoding.repetition_penalty,
                "presence_penalty": self._decoding.presence_penalty,
                "frequency_penalty": self._decoding.frequency_penalty,
                "logprobs": None,
                # Text is made of the tokens here; vLLM's own, with special tokens, only serves its stop texts.
                "skip_special_tokens": False,
                "max_tokens": self._decoding.max_tokens,
                "stop": list(prompt.stops),
                "stop_token_ids": list(prompt.stop_ids),
                "seed": self.seed(problem) + indices[0],
            },
        }

    # --- under the clock: see timed_vllm.py -----------------------------------------------------------
    @property
    def load_settings(self) -> dict[str, Any]:
        """Arguments of vLLM's `LLM` beside the model's path."""
        return {name: value for name, value in self._load.items() if name not in ("model", "seed")}

    def open_log(self) -> Any:
        """Where what vLLM prints goes."""
        return tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")

    def converse(self, log: Any) -> Iterator[dict[str, Any]]:
        """What a process says that is told one request after the other: what was loaded, then each answer's times."""
        return self._answers([], log, timed=True)

    def send(self, line: str) -> None:
        """One request to a process that waits for it."""
        assert self._process is not None
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # why it ended is said where its answer is read
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()

    def _answers(
        self, requests: list[dict[str, Any]], log: Any, *, timed: bool = False
    ) -> Iterator[dict[str, Any]]:
        """What the process says, line by line. Raises BackendError with its last words when it fails."""
        self._process = subprocess.Popen(
            [self._python, "-P", str(WORKER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
            text=True, encoding="utf-8", start_new_session=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        self.send(json.dumps({"load": self._load, "requests": requests, "timed": timed}))
        for line in self._process.stdout:
            said = json.loads(line)
            if "done" in said:
                return
            yield said
        log.seek(0)
        cause = _cause(log.read())
        raise BackendError(
            f"vLLM ended early: {cause}",
            path=self.path,
            hint=_hint(cause),
        )

    def _batch(self, request: Mapping[str, Any], said: Mapping[str, Any]) -> Batch:
        problem, answers = request["problem"], said["answers"]
        drawn = sum(len(tokens) for _, tokens, _ in answers)
        if len(answers) == 1 < len(request["indices"]):
            (_, tokens, reason), indices = answers[0], request["indices"]
            answers = [(index, tokens, reason) for index in indices]
            self._note("at temperature 0 one sample of each problem is drawn and copied: it is greedy")
        completions = tuple(self._completion(problem, *answer) for answer in answers)
        timing = BatchTiming(
            problem=problem,
            candidates=len(completions),
            completion_tokens=drawn,
            wall_seconds=said["seconds"],
        )
        return Batch(problem=problem, completions=completions, timing=timing)

    def _completion(self, problem: str, index: int, tokens: Sequence[int], reason: str | None) -> Completion:
        """The answer in the text that this project makes of tokens on every backend."""
        prompt = self.rendered[problem]
        answer = tokens[:-1] if tokens and tokens[-1] in prompt.stop_ids else tokens
        text = decode_after(
            prompt.token_ids, answer, self._tokenizer, keep_special=self._decoding.keep_special_tokens
        )
        text, _ = cut_at(whole_letters(text, reason), prompt.stops)
        return Completion(
            problem=problem, index=index, text=prompt.opening + text, form=prompt.form,
            finish_reason="stop" if reason == "stop" else "length" if reason == "length" else None,
            prompt_tokens=len(prompt.token_ids), completion_tokens=len(tokens),
        )  # fmt: skip


def loaded_note(version: str, *, prefix_caching: bool) -> str:
    """What a run's manifest says of the engine: its version, and what decides whether a run can be drawn again."""
    if not prefix_caching:
        return f"vLLM {version} without prefix caching: each prompt is read anew"
    return (
        f"vLLM {version} with prefix caching: a prompt may be read in part from what an earlier one left, which changes the "
        "last bits of logits, so a sample drawn again may differ where two tokens are all but equally likely"
    )


def _hint(cause: str) -> str:
    """What to do about what vLLM says of its failure."""
    memory = ("memory", "gpu_memory_utilization", "KV cache", "kv cache", "OutOfMemory")
    if any(word in cause for word in memory):
        return (
            "give it less: --vllm gpu_memory_utilization=0.5 or --vllm max_model_len=2048 (in a study: "
            "vllm = {gpu_memory_utilization = 0.5} under the model), or free memory"
        )
    if "max_model_len" in cause or "maximum context length" in cause:
        return "lower max_tokens, or choose --vllm max_model_len=N within the model's context"
    return "what it answered is kept: fix that, and the same command goes on from there"


def _cause(log: str) -> str:
    """The first exception named in what vLLM printed: what follows it are processes that miss each other."""
    found = _RAISED.search(log)
    lines = log.strip().splitlines()
    return found[0][:400] if found else lines[-1].strip()[:400] if lines else "no message"
