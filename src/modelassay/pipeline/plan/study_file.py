"""What a study file holds, table by table. study_reader.py reads one, study_checks.py holds it against its rules.

Paths in the file are relative to the file, so that a study can be moved or cloned with its inputs.
"""

from datetime import date
from typing import Literal

import msgspec

from modelassay.core.decoding import NeutralSettings
from modelassay.core.measured import BackendName
from modelassay.core.problems import OutputRule
from modelassay.core.records import Record
from modelassay.shortlist.needs import Needs

# "problems like these" and "this benchmark" are what both were called before; they are read as the first two.
Target = Literal["population of problems", "fixed problem set", "problems like these", "this benchmark"]


class PrecomputedEntry(Record):
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

    backend: `transformers` or `vllm` with the weights at `path`; `openai`, a server at `endpoint`; `replay`, precomputed
    samples. hub_id: the model's name on the Hub, so that published claims can be held against the measurement; without
    `path` its files are fetched from there, at `revision` (a commit, tag or branch) where one is given. A `path` may be
    owner/name[@revision], too. pickled_weights, trust_remote_code: whether weights that are Python pickles may be loaded,
    and whether the repository's own Python code may run; both only where you trust it.
    python: of the environment that has vLLM, instead of ASSAY_VLLM_PYTHON.
    endpoint, served_name, api_key_env, concurrency: of a server: its address, its name for the model, the variable
    that holds its key, and samples under way at once (see `Endpoint` in sampling). With `path` prompts are rendered here by the model's own tokenizer.
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
    revision: str | None = None
    pickled_weights: bool = False
    trust_remote_code: bool = False
    demo: bool = False
    python: str | None = None
    endpoint: str | None = None
    served_name: str | None = None
    api_key_env: str | None = None
    concurrency: int = 16
    vllm: dict[str, float | int | bool] = msgspec.field(default_factory=dict)
    recordings: tuple[PrecomputedEntry, ...] = ()
    cutoff: date | None = None


class BenchmarkEntry(Record):
    """One problem set: `name` or `name@version`; or your own, a `file` of JSON lines or of Python functions.

    problems: that many of it, spread over difficulties by the seed. ids: exactly these.
    """

    name: str = ""
    file: str | None = None
    problems: int | None = None
    ids: tuple[str, ...] = ()


class SamplingEntry(NeutralSettings, kw_only=True):
    """How many samples, and how tokens are chosen: as `Decoding` has it.

    decoding: `plan` for what stands here; `model` for the model's own generation settings, which take the place of what
    stands here where they say anything.
    preflight: before the first sampling the references and the first answers go the whole way (pipeline/run/preflight.py).
    """

    samples_per_problem: int = 50
    temperature: float = 0.8
    top_p: float = 0.95
    max_tokens: int = 512
    decoding: Literal["plan", "model"] = "plan"
    seed: int = 0
    preflight: bool = True


class EstimatesEntry(Record):
    """Which pass@k, at which level; `margin` is the difference (in [0, 1]) that would change your choice.

    target: what the intervals of pass@k speak about: the population of problems, or this fixed set and no other.
    best_of_n: whether the report also says how many problems one answer picked from n samples solves, by selector.
    cutoff: a date; problems that have one are also shown before it and from it on (contamination). A model's own goes
    before it. price_per_hour: of the machine, in any currency: the report then says what a solved problem costs.
    """

    k: tuple[int, ...] = (1, 10, 50)
    level: float = 0.95
    margin: float = 0.05
    target: Target = "population of problems"
    best_of_n: bool = False
    cutoff: date | None = None
    price_per_hour: float | None = None


class GradingEntry(Record):
    """Workers and limits of the sandbox. `timeout` replaces the per-problem CPU limit, in seconds.

    skip_unjudgeable: problems that cannot be graded here are left out of the estimates, which say so; without it there are
    no estimates then. sealed: whether tests that cannot be asked across the trust boundary may be run beside the sample
    (docs/security.md). extraction: rules added to the usual ones, or left out with a minus (docs/verdicts.md). packages:
    of this environment, that samples may import beside numpy, `*` for all. python: of another environment, by which tests and samples run and whose packages
    these are then. comparison: the rule for programs' outputs instead of each
    problem's own. also_compared: further rules, whose scores `assay grade` shows beside that one's. all_tests: such a
    program's tests go on after a failure.
    """

    workers: int = 2
    timeout: float | None = None
    dedupe: bool = True
    allow_weak_sandbox: bool = False
    skip_unjudgeable: bool = False
    sealed: bool = True
    extraction: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    python: str | None = None
    comparison: OutputRule | None = None
    also_compared: tuple[OutputRule, ...] = ()
    all_tests: bool = False


class SequentialEntry(Record):
    """Sampling in rounds that stop as soon as something is decided, at the level of [estimates].

    stop = "comparisons": problems in random order; a model stops once its comparison with the baseline is decided.
    k: of the pass@k that is compared, under the strictest suite; None for the largest of [estimates] that the samples
    allow. problems_per_round: None for about ten, in whole batches of the backend.
    target: what a comparison decides: who is better on the population of problems, of which the set is a sample; or who is
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
