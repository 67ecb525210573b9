"""What every backend must do with one plan: the checks, and how each backend is asked.

A file of tests/conformance has one backend; its class inherits the checks. Whatever is known to be out of reach of a server
stands in the file's `Traits`, and then the probe must say so.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from msgspec.structs import replace

from modelassay.core.decoding import Decoding, ServerProbe
from modelassay.core.measured import Completion, SamplingPlan
from modelassay.core.problems import Problem
from modelassay.sampling.model_files import load_tokenizer, model_sha256, stop_ids
from modelassay.sampling.protocols import find_protocol
from modelassay.sampling.rendering import Rendered, render
from modelassay.sampling.sampler import Wanted, remaining
from modelassay.sampling.vllm_engine import VllmSampler
from support.chi_square import agreement
from support.exact_model import ENDS, Truth, text_of
from support.served import Served

DRAWS = 2_000
NEAR = 2e-4  # of the edge of a nucleus, or of what min-p leaves
UNLIKELY = 1e-5  # a p-value below which the distribution is another one


@dataclass(frozen=True)
class Traits:
    """What a backend is known to do. protocol: what is asked in. seeds: the same seed gives the same again.
    keeps_special: it can be told to keep the text of special tokens. min_p_first: min-p acts before the nucleus.
    own_prompt: it makes the tokens of the prompt itself, and leaves out the BOS that the model's files ask for.
    blank_after_special: of words, it makes other tokens after a special one than transformers 5 does.
    """

    protocol: str = "completion"
    seeds: bool = True
    keeps_special: bool = True
    min_p_first: bool = True
    own_prompt: bool = False
    blank_after_special: bool = False


@dataclass
class Asked:
    """What came of one plan."""

    completions: dict[tuple[str, int], Completion]
    probe: ServerProbe | None = None
    notes: list[str] = field(default_factory=list)


class Backend(Protocol):
    """How a plan is put to a backend."""

    def ask(self, plan: SamplingPlan, wanted: list[Wanted] | None = None) -> Asked:
        """All samples of a plan, or those that are wanted."""
        ...


@dataclass
class Exact:
    """The model that is asked, and the truth about it. ends: the tokens that end its answers. text: of an answer's tokens."""

    folder: Path
    problems: dict[str, Problem]
    ends: tuple[int, ...] = ENDS
    text: Callable[..., str] = text_of

    def __post_init__(self) -> None:
        self.truth, self.tokenizer = Truth(self.folder), load_tokenizer(self.folder)

    def plan(
        self, decoding: Decoding, *, protocol: str, samples: int = DRAWS, problems: int = 1
    ) -> SamplingPlan:
        """A plan over the first problems."""
        chosen = find_protocol(protocol)
        return SamplingPlan(
            model="exact", model_sha256=model_sha256(self.folder), backend="transformers", benchmark="starter",
            benchmark_version="1", benchmark_sha256="0" * 64, problems=tuple(self.problems)[:problems],
            protocol=chosen.name, protocol_sha256=chosen.sha256, samples_per_problem=samples, decoding=decoding,
            seed=1,
        )  # fmt: skip

    def rendered(self, plan: SamplingPlan, problem: str) -> Rendered:
        """What is sent for a problem, with its stop texts."""
        decoding = plan.decoding
        assert decoding is not None
        return render(
            find_protocol(plan.protocol),
            self.problems[problem],
            self.tokenizer,
            stop_ids=self.ends,
            stops=decoding.stop,
        )

    def read(self, plan: SamplingPlan, problem: str, *, own_prompt: bool) -> tuple[int, ...]:
        """The prompt's tokens as the model reads them: as rendered, or less the BOS, see `Traits.own_prompt`."""
        return self.rendered(plan, problem).token_ids[own_prompt:]

    def texts(self, plan: SamplingPlan, *, wider: float = 0.0, own_prompt: bool = False) -> dict[str, float]:
        """Every text of at most two tokens that answers the plan's first problem, and its probability.

        wider: what is added to the nucleus, and taken off min-p, where the plan has them.
        """
        assert plan.decoding is not None
        prompt = self.read(plan, plan.problems[0], own_prompt=own_prompt)
        decoding = plan.decoding
        if decoding.top_p < 1:
            decoding = replace(decoding, top_p=decoding.top_p + wider)
        if decoding.min_p:
            decoding = replace(decoding, min_p=decoding.min_p - wider)
        shares: Counter[str] = Counter()
        for answer, share in self.truth.answers(prompt, decoding, self.ends).items():
            shares[whole(self.text(answer, keep_special=plan.decoding.keep_special_tokens))] += share  # type: ignore[assignment]
        return dict(shares)

    def greedy(self, plan: SamplingPlan, problem: str, *, own_prompt: bool = False) -> tuple[str, bool]:
        """The text that the likeliest tokens make, and whether that is the whole answer."""
        assert plan.decoding is not None
        ids = self.read(plan, problem, own_prompt=own_prompt)
        tokens, complete = self.truth.greedy(ids, plan.decoding, self.ends)
        return whole(self.text(tokens)), complete


def whole(text: str) -> str:
    """A text without the half of a letter at its end."""
    return text.rstrip("\ufffd")


@dataclass
class ServerBackend:
    """A server, asked as a run asks it. knows: the model's folder is at hand, so that prompts are rendered here."""

    served: Served
    exact: Exact
    knows: bool = True

    def ask(self, plan: SamplingPlan, wanted: list[Wanted] | None = None) -> Asked:
        """Through the openai backend."""
        from modelassay.sampling.openai_server import Endpoint, OpenAISampler

        asked, folder = Asked({}), self.exact.folder
        options: dict[str, Any] = (
            {"tokenizer": self.exact.tokenizer, "stop_ids": stop_ids(folder)} if self.knows else {}
        )
        endpoint = Endpoint(self.served.address, self.served.model, concurrency=64)
        with OpenAISampler(
            endpoint, plan, self.exact.problems, note=asked.notes.append, **options
        ) as sampler:
            gather(asked, sampler.sample(wanted or remaining(plan, [])))
            asked.probe = sampler.probe
        return asked


class InProcess:
    """The engine of this process."""

    def __init__(self, exact: Exact) -> None:
        self._exact = exact

    def ask(self, plan: SamplingPlan, wanted: list[Wanted] | None = None) -> Asked:
        """On the CPU."""
        from modelassay.sampling.transformers_engine import TransformersSampler

        asked = Asked({})
        with TransformersSampler(
            self._exact.folder, plan, self._exact.problems, device="cpu", note=asked.notes.append
        ) as sampler:
            gather(asked, sampler.sample(wanted or remaining(plan, [])))
        return asked


LOAD = {"max_model_len": 384, "kv_cache_memory_bytes": 1 << 28, "enforce_eager": True, "dtype": "float32"}


class InVllm:
    """A fresh engine for every plan."""

    def __init__(self, exact: Exact, python: str) -> None:
        self._exact, self._python = exact, python

    def ask(self, plan: SamplingPlan, wanted: list[Wanted] | None = None) -> Asked:
        """All of a plan in one engine."""
        asked = Asked({})
        with VllmSampler(
            self._exact.folder,
            plan,
            self._exact.problems,
            python=self._python,
            load=LOAD,
            note=asked.notes.append,
        ) as sampler:
            gather(asked, sampler.sample(wanted or remaining(plan, [])))
        return asked


def gather(asked: Asked, batches: Any) -> None:
    """Keep every sample, which must come once."""
    for batch in batches:
        for completion in batch.completions:
            key = completion.problem, completion.index
            assert key not in asked.completions
            asked.completions[key] = completion


class Conformance:
    """The checks. Fixtures: `backend`, `exact`."""

    traits = Traits()

    def settings(self, **changed: Any) -> Decoding:
        """Neutral but for what is said."""
        return Decoding(**{"temperature": 1.0, "top_p": 1.0, "max_tokens": 2, **changed})

    def agrees(self, backend: Backend, exact: Exact, decoding: Decoding) -> Asked:
        """2,000 answers of two tokens have the model's distribution, as texts and as first letters."""
        plan = exact.plan(decoding, protocol=self.traits.protocol)
        own = self.traits.own_prompt
        asked, expected = backend.ask(plan), exact.texts(plan, own_prompt=own)
        opening = exact.rendered(plan, plan.problems[0]).opening
        drawn = Counter(c.text.removeprefix(opening) for c in asked.completions.values())
        assert sum(drawn.values()) == DRAWS
        if decoding.top_p < 1 or decoding.min_p:  # rounding may put a token at an edge on either side
            inner, outer = (set(exact.texts(plan, wider=by, own_prompt=own)) for by in (-NEAR, NEAR))
            edge = outer - inner
            assert sum(drawn.pop(text, 0) for text in edge) < DRAWS / 100
            total = sum(share for text, share in expected.items() if text not in edge)
            expected = {text: share / total for text, share in expected.items() if text not in edge}
        for length in (2 * len("<|im_start|>"), 1):  # whole texts, and what they begin with
            counts, shares = Counter[str](), Counter[str]()
            for text, count in drawn.items():
                counts[text[:length]] += count
            for text, share in expected.items():
                shares[text[:length]] += share  # type: ignore[assignment]
            assert agreement(counts, shares) > UNLIKELY, f"{asked.notes}: {counts.most_common(9)}"
        return asked

    def greedy(self, backend: Backend, exact: Exact, **changed: Any) -> Asked:
        """Greedy answers to three problems are the model's likeliest tokens, one after another."""
        decoding = self.settings(temperature=0.0, **{"max_tokens": 24, **changed})
        plan = exact.plan(decoding, protocol=self.traits.protocol, samples=2, problems=3)
        asked = backend.ask(plan)
        self.greedy_texts(exact, plan, asked)
        return asked

    def greedy_texts(self, exact: Exact, plan: SamplingPlan, asked: Asked) -> None:
        """Every answer is what the likeliest tokens make, as far as they are clear."""
        seen = 0
        for (problem, _), completion in asked.completions.items():
            text, complete = exact.greedy(plan, problem, own_prompt=self.traits.own_prompt)
            got = completion.text.removeprefix(exact.rendered(plan, problem).opening)
            assert got == text if complete else got.startswith(text), (got, text, asked.notes)
            seen += len(text)
        assert seen > 8 * len(asked.completions)

    def some(
        self, backend: Backend, exact: Exact, *, samples: int, problems: int = 1, **changed: Any
    ) -> Sequence[Completion]:
        """A few answers under some settings."""
        plan = exact.plan(
            self.settings(**changed), protocol=self.traits.protocol, samples=samples, problems=problems
        )
        return list(backend.ask(plan).completions.values())
