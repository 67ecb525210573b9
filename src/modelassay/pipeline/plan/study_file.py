"""A study file: TOML in, a typed Study out. Every mistake is named with file, line, key and remedy.

Paths in the file are relative to the file, so that a study can be moved or cloned with its inputs.
"""

import difflib
import re
import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Literal

import msgspec

from modelassay.core.errors import InputError, MissingError
from modelassay.core.measured import BackendName
from modelassay.core.records import Record
from modelassay.shortlist.decide import Needs

# "problems like these" and "this benchmark" are what both were called before; they are read as the first two.
Target = Literal["population of problems", "fixed problem set", "problems like these", "this benchmark"]


class Recording(Record):
    """Recorded samples of one benchmark, to be replayed. `benchmark` as in [[benchmarks]].

    stop: cut each answer where a line begins with one of these, as the model's makers did.
    """

    benchmark: str
    samples: str
    format: str | None = None
    stop: tuple[str, ...] = ()


class ReaderEntry(Record):
    """A chat model behind an OpenAI-compatible server that is asked to read what our own reader cannot.

    model: the server's name for it. api_key_env: the variable that holds the server's key.
    """

    endpoint: str
    model: str
    api_key_env: str | None = None


class ModelEntry(Record):
    """One model of a study.

    backend: `transformers` or `vllm` with the weights at `path`; `openai`, a server at `endpoint`; `replay`, recorded
    samples. hub_id: the model's name on the hub, so that published claims can be held against the measurement.
    python: of the environment that has vLLM, instead of ASSAY_VLLM_PYTHON.
    endpoint, served_name, api_key_env, concurrency: of a server: its address, its name for the model, the variable
    that holds its key, and requests at once. With `path` prompts are rendered here by the model's own tokenizer.
    vllm: memory and speed of the vllm backend, as vLLM's own arguments: gpu_memory_utilization, max_model_len,
    kv_cache_memory_bytes, max_num_seqs, enforce_eager, tensor_parallel_size, enable_prefix_caching.
    protocols: in the place of `protocol`: one run under each, and the report says how far apart they are.
    cutoff: the date up to which it may have seen problems; in the place of that of [estimates].
    """

    name: str
    backend: BackendName = "transformers"
    path: str | None = None
    protocol: str | None = None
    protocols: tuple[str, ...] = ()
    hub_id: str | None = None
    demo: bool = False
    python: str | None = None
    endpoint: str | None = None
    served_name: str | None = None
    api_key_env: str | None = None
    concurrency: int = 16
    vllm: dict[str, float | int | bool] = msgspec.field(default_factory=dict)
    recordings: tuple[Recording, ...] = ()
    cutoff: date | None = None


class BenchmarkEntry(Record):
    """One problem set: `name` or `name@version`; or your own, a `file` of JSON lines or of Python functions.

    problems: that many of it, spread over difficulties by the seed. ids: exactly these.
    """

    name: str = ""
    file: str | None = None
    problems: int | None = None
    ids: tuple[str, ...] = ()


class SamplingEntry(Record):
    """How many samples, and how tokens are chosen: as `Decoding` has it, neutral where nothing is said.

    decoding: `plan` for what stands here; `model` for the model's own generation settings, which take the place of what
    stands here where they say anything.
    preflight: before the first sampling the references and the first answers go the whole way (pipeline/run/preflight.py).
    """

    samples_per_problem: int = 50
    temperature: float = 0.8
    top_p: float = 0.95
    max_tokens: int = 512
    top_k: int = 0
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    stop: tuple[str, ...] = ()
    keep_special_tokens: bool = False
    decoding: Literal["plan", "model"] = "plan"
    seed: int = 0
    preflight: bool = True


class EstimatesEntry(Record):
    """Which pass@k, at which level; `margin` is the difference (in [0, 1]) that would change your choice.

    target: what the intervals of pass@k speak about: the population of problems, or this fixed set and no other.
    best_of_n: whether the report also says how many problems one answer picked from n samples solves, by selector.
    cutoff: a date; problems that have one are also shown before it and from it on (contamination). A model's own goes
    before it.
    """

    k: tuple[int, ...] = (1, 10, 50)
    level: float = 0.95
    margin: float = 0.05
    target: Target = "population of problems"
    best_of_n: bool = False
    cutoff: date | None = None


class GradingEntry(Record):
    """Workers and limits of the sandbox. `timeout` replaces the per-problem CPU limit, in seconds.

    skip_unjudgeable: problems that cannot be judged here are left out of the estimates, which say so; without it there are
    no estimates then. sealed: whether tests that cannot be asked across the trust boundary may be run beside the sample
    (docs/security.md). extraction: rules added to the usual ones, or left out with a minus (docs/verdicts.md). packages:
    of this environment, that samples may import beside numpy.
    """

    workers: int = 2
    timeout: float | None = None
    dedupe: bool = True
    allow_weak_sandbox: bool = False
    skip_unjudgeable: bool = False
    sealed: bool = True
    extraction: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()


class SequentialEntry(Record):
    """Sampling in rounds that stop as soon as something is decided, at the level of [estimates].

    stop = "comparisons": problems in random order; a model stops once its race with the baseline is decided.
    k: of the pass@k that is raced, under the strictest suite; None for the largest of [estimates] that the samples
    allow. problems_per_round: None for about ten, in whole batches of the backend.
    target: what a race decides: who is better on the population of problems, of which the set is a sample; or who is
    ahead on the "fixed problem set" alone, whatever that says of other problems. The second ends sooner.
    stop = "problems": candidates_per_round of every problem; a problem stops once it is decided whether k samples
    solve it more often than not. Not with the transformers backend, which samples whole problems.
    """

    stop: Literal["comparisons", "problems"] = "comparisons"
    target: Literal["population of problems", "fixed problem set"] = "population of problems"
    k: int | None = None
    problems_per_round: int | None = None
    candidates_per_round: int = 10


class Study(Record):
    """A whole study. `folder` is where its relative paths start; it is set by `read_study`."""

    title: str
    benchmarks: tuple[BenchmarkEntry, ...]
    models: tuple[ModelEntry, ...]
    format_version: Literal[1] = 1
    notes: tuple[str, ...] = ()
    reader: ReaderEntry | None = None
    baseline: str | None = None
    shortlist: Needs = Needs()
    sampling: SamplingEntry = SamplingEntry()
    estimates: EstimatesEntry = EstimatesEntry()
    sequential: SequentialEntry | None = None
    grading: GradingEntry = GradingEntry()


def read_study(path: Path) -> Study:
    """Read and check a study file. Raises MissingError or InputError; touches nothing else."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError as error:
        hint = "give the path of a study file; examples/study.toml is one"
        raise MissingError("no such study file", path=path, hint=hint) from error
    except (IsADirectoryError, UnicodeDecodeError) as error:
        raise InputError("not a UTF-8 text file", path=path, hint="save the study as UTF-8 TOML") from error
    try:
        study = msgspec.convert(tomllib.loads(text), Study, strict=True)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        raise InputError(
            f"not valid TOML: {error}",
            path=path,
            line=int(found[1]) if found else None,
            hint="fix that line",
        ) from error
    except msgspec.ValidationError as error:
        raise _explain(error, path, text) from error
    _check(study, path, text)
    return study


# Where a key may stand: the record behind each table of the file.
_TABLES: dict[str, type[Record]] = {
    "": Study,
    "shortlist": Needs,
    "reader": ReaderEntry,
    "sampling": SamplingEntry,
    "estimates": EstimatesEntry,
    "sequential": SequentialEntry,
    "grading": GradingEntry,
    "benchmarks": BenchmarkEntry,
    "models": ModelEntry,
    "models.recordings": Recording,
}


def _explain(error: msgspec.ValidationError, path: Path, text: str) -> InputError:
    """Turn msgspec's message into file, line, key and remedy."""
    message = str(error)
    where = re.search(r"at `\$\.?([^`]*)`", message)
    steps = where[1] if where else ""
    unknown = re.search(r"unknown field `([^`]+)`", message)
    table = re.sub(r"\[[^\]]*\]", "", steps)
    if unknown:
        key = unknown[1]
        known = sorted(_TABLES[table].__struct_fields__) if table in _TABLES else []
        close = difflib.get_close_matches(key, known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"known keys: {', '.join(known)}"
        section = f"[{table}]" if table else "the top level"
        line = find_key(text, table, key)
        return InputError(f"unknown key {key!r} in {section}", path=path, line=line, hint=hint)
    table, _, key = table.rpartition(".")
    line = find_key(text, table, key) if key else None
    missing = re.search(r"missing required field `([^`]+)`", message)
    hint = f"add the key {missing[1]!r}" if missing else "see examples/study.toml for the form of each key"
    return InputError(
        f"{message.split(' - at', maxsplit=1)[0]}: {steps or 'top level'}", path=path, line=line, hint=hint
    )


def find_key(text: str, table: str, key: str) -> int | None:
    """The 1-based line where `key` (or a table of that name) stands under [table]; None when not found."""
    current = ""
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[\[?\s*([^\]]+?)\s*\]\]?", line)
        if header:
            current = header[1]
            if current == ".".join(filter(None, (table, key))):
                return number
        elif current == table and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line):
            return number
    return None


def _check(study: Study, path: Path, text: str) -> None:
    """What types can't say: names that must exist or be unique, numbers that must be in range."""

    def wrong(message: str, hint: str, table: str = "", key: str = "") -> InputError:
        return InputError(message, path=path, line=find_key(text, table, key), hint=hint)

    names = [m.name for m in study.models]
    for name in names:
        if names.count(name) > 1:
            raise wrong(
                f"two models are named {name!r}", "give each model a name of its own", "models", "name"
            )
    if study.baseline is not None and study.baseline not in names:
        raise wrong(
            f"baseline {study.baseline!r} is not a model in this study",
            f"models: {', '.join(names)}",
            "",
            "baseline",
        )
    _check_benchmarks(study, wrong)
    for model in study.models:
        if model.protocol is not None and model.protocols:
            raise wrong(
                f"model {model.name!r} has both protocol and protocols",
                "keep one of them",
                "models",
                "protocols",
            )
        asks = model.protocol is not None or model.protocols
        if model.backend == "replay" and not model.recordings:
            raise wrong(
                f"model {model.name!r} replays nothing",
                "add [[models.recordings]] with benchmark and samples",
                "models",
                "backend",
            )
        known = [name for entry in study.benchmarks for name in (entry.name, entry.file) if name]
        for recording in model.recordings:
            if recording.benchmark not in known:
                raise wrong(
                    f"a recording of {model.name!r} is of {recording.benchmark!r}, which is no benchmark of this study",
                    f"its benchmarks are {', '.join(known) or 'none'}",
                    "models.recordings",
                    "benchmark",
                )
        if model.backend == "openai" and (model.endpoint is None or not asks):
            raise wrong(
                f"model {model.name!r} lacks an endpoint or a protocol",
                'add endpoint = "http://127.0.0.1:8000" and protocol = "completion" or "chat"',
                "models",
                "name",
            )
        if model.backend in ("transformers", "vllm") and (model.path is None or not asks):
            raise wrong(
                f"model {model.name!r} lacks a path or a protocol",
                'add path = "folder with the weights" and protocol = "completion" or "chat"',
                "models",
                "name",
            )
    _check_numbers(study, wrong)


def _check_benchmarks(study: Study, wrong: Callable[..., InputError]) -> None:
    for entry in study.benchmarks:
        shown = entry.name or entry.file or ""
        rules = [
            (bool(entry.name) != bool(entry.file), "a benchmark needs either a name or a file", "name"),
            (
                entry.problems is None or entry.problems >= 1,
                f"problems of {shown} must be at least 1",
                "problems",
            ),
            (entry.problems is None or not entry.ids, f"{shown} has both problems and ids", "ids"),
        ]
        for held, message, key in rules:
            if not held:
                raise wrong(message, "fix that key", "benchmarks", key)


def _check_numbers(study: Study, wrong: Callable[..., InputError]) -> None:
    s, e = study.sampling, study.estimates
    rules = [
        (s.samples_per_problem >= 1, "samples_per_problem must be at least 1", "sampling", "samples_per_problem"),
        (s.temperature >= 0, "temperature must not be negative", "sampling", "temperature"),
        (0 < s.top_p <= 1, "top_p must be above 0 and at most 1", "sampling", "top_p"),
        (s.top_k >= 0, "top_k must not be negative; 0 is all tokens", "sampling", "top_k"),
        (0 <= s.min_p < 1, "min_p must be at least 0 and below 1", "sampling", "min_p"),
        (s.repetition_penalty > 0, "repetition_penalty must be above 0; 1 is none", "sampling", "repetition_penalty"),
        (all(s.stop), "stop must hold no empty text", "sampling", "stop"),
        (s.max_tokens >= 1, "max_tokens must be at least 1", "sampling", "max_tokens"),
        (bool(e.k) and min(e.k) >= 1, "k must list numbers of 1 or more", "estimates", "k"),
        (0 < e.level < 1, "level must be between 0 and 1", "estimates", "level"),
        (0 <= e.margin < 1, "margin must be a share between 0 and 1, such as 0.05", "estimates", "margin"),
        (study.grading.workers >= 1, "workers must be at least 1", "grading", "workers"),
    ]  # fmt: skip
    if study.sequential is not None:
        dated = e.cutoff is not None or any(m.cutoff for m in study.models)
        rules += [
            (not e.best_of_n, "best_of_n needs all samples: not with [sequential], which stops at what came out", "estimates", "best_of_n"),
            (not dated, "cutoff needs all problems: not with [sequential], which stops at what came out", "estimates", "cutoff"),
        ]  # fmt: skip
        q, problems = study.sequential, study.sequential.stop == "problems"
        whole = problems and any(m.backend == "transformers" for m in study.models)
        rules += [
            (problems or study.baseline is not None, "sampling in rounds needs a baseline to compare with", "", "sequential"),
            (not whole, "transformers samples whole problems: use vllm, a server or precomputed samples", "sequential", "stop"),
            (q.candidates_per_round >= 1, "candidates_per_round must be at least 1", "sequential", "candidates_per_round"),
            (q.k is None or 1 <= q.k <= s.samples_per_problem, "k must be from 1 to samples_per_problem", "sequential", "k"),
            (q.problems_per_round is None or q.problems_per_round >= 1, "problems_per_round must be at least 1",
             "sequential", "problems_per_round"),
        ]  # fmt: skip
    for held, message, table, key in rules:
        if not held:
            raise wrong(message, "fix that key", table, key)
