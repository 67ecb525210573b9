"""A few dozen tokens that tell what a server does with what it is sent, before a run is paid for.

Requests go out together, each with at most a few tokens to answer; what is seen is compared with what the settings say.
An unlikely answer of a real sampler can look like disobedience once in many thousand probes; the probe says what it saw.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from modelassay.core.decoding import Obeyed, ServerFinding
from modelassay.sampling.openai_responses import COUNTED, Answer, answer_in, answers_in
from modelassay.sources.openai_http import AttemptError

TOKENS: Final = 6  # of each probing answer
SAMPLES: Final = 6  # answers whose equality says that nothing is sampled
_HOT: Final = 2.0  # a temperature at which answers of this length hardly ever agree
# Values at which a setting leaves the likeliest token alone, at any temperature.
_ONE_TOKEN: Final[Mapping[str, float]] = {"top_p": 1e-6, "top_k": 1, "min_p": 1.0}
SEEDS_OF_N: Final = "n = 2 draws what two seeds draw"
Ask = Callable[[Mapping[str, Any]], Awaitable[dict[str, Any] | None]]


@dataclass(frozen=True)
class Seen:
    """Answers to the probing requests, by name; None where the server refused one.

    narrow: by setting, at a value that leaves one token alone. several: two choices at once, as they came.
    """

    hot: tuple[Answer | None, ...]
    again: Answer | None
    greedy: tuple[Answer | None, ...]
    narrow: Mapping[str, tuple[Answer | None, ...]]
    several: Mapping[str, Any] | None


async def probe(
    ask: Ask, settings: Mapping[str, Any], prompt_tokens: int | None, *, counted: bool = False
) -> list[ServerFinding]:
    """Everything that can be seen. settings: the body's sampling settings in the server's words, less n and seed; ask:
    sends them with a prompt and gives the answer, None where it is refused. prompt_tokens: of that prompt, where known.
    counted: the server may know `COUNTED`.
    """
    hot = changed(settings, temperature=_HOT, top_p=1.0, min_p=0.0, max_tokens=TOKENS)
    hot.pop("stop", None)
    if hot.get("top_k", 0) > 0:  # the plan's own may leave one token alone
        hot["top_k"] = -1  # all, which vLLM, SGLang and llama.cpp have in common
    cold = changed(hot, temperature=0.0)
    told = {name for name in _ONE_TOKEN if name in hot or "generation_config" in hot}
    narrow = {name: changed(hot, **{name: value}) for name, value in _ONE_TOKEN.items() if name in told}
    bodies = [
        *({**hot, "seed": seed} for seed in range(1, SAMPLES + 1)), {**hot, "seed": 1}, {**cold, "seed": 1},
        {**cold, "seed": 2}, *({**body, "seed": seed} for body in narrow.values() for seed in (1, 2)),
    ]  # fmt: skip
    two = {**hot, "seed": 1, "n": 2, **(COUNTED if counted else {})}
    *raw, several = await asyncio.gather(*map(ask, bodies), ask(two))
    read = [_answer(answer) for answer in raw]
    pairs = iter(read[SAMPLES + 3 :])
    seen = Seen(
        hot=tuple(read[:SAMPLES]), again=read[SAMPLES], greedy=tuple(read[SAMPLES + 1 : SAMPLES + 3]),
        narrow={name: (next(pairs), next(pairs)) for name in narrow}, several=several,
    )  # fmt: skip
    found = [*_sampling(seen), *_counts(seen, prompt_tokens)]
    greedy = seen.greedy[0]
    if greedy is not None and len(greedy.text.strip()) > 1:
        stop = greedy.text.strip()[
            0
        ]  # so that what is left is shorter, whether or not the stop text stays in it
        stopped = _answer(await ask({**cold, "seed": 1, "stop": [stop]}))
        found.append(_stops(stopped, greedy.text, stop))
    return found


def changed(settings: Mapping[str, Any], **other: Any) -> dict[str, Any]:
    """The settings with others in their place, also in what `transformers serve` takes as one text."""
    import json

    body = {**settings, **{name: value for name, value in other.items() if name in settings}}
    if "generation_config" in body:
        written = json.loads(body["generation_config"])
        sampling = {k: v for k, v in {**body, **other}.items() if k in ("temperature", *_ONE_TOKEN)}
        greedy = sampling.get("temperature") == 0
        kept = written if greedy else {**written, "min_p": 0.0, "top_k": 0, **sampling}
        body["generation_config"] = json.dumps({**kept, "do_sample": not greedy})
    return body


def _answer(said: dict[str, Any] | None) -> Answer | None:
    if said is None:
        return None
    try:
        return answer_in(said)
    except AttemptError:
        return None


def _sampling(seen: Seen) -> list[ServerFinding]:
    texts = [a.text for a in seen.hot if a is not None]
    sampled = len(set(texts)) > 1
    found = [
        ServerFinding(
            asked="samples at all",
            obeyed=_obeyed(sampled if len(texts) > 1 else None),
            seen=f"{len(set(texts))} different answers of {len(texts)} at temperature {_HOT:g}",
        ),
        _same("temperature 0 is greedy", seen.greedy, "answers to two seeds"),
        *(_like(name, answers, seen.greedy[0], sampled) for name, answers in seen.narrow.items()),
    ]
    first, again = seen.hot[0], seen.again
    same = None if first is None or again is None or not sampled else first.text == again.text
    found.append(
        ServerFinding(asked="seed", obeyed=_obeyed(same), seen="the same seed twice" if sampled else "")
    )
    return found


def _same(asked: str, answers: tuple[Answer | None, ...], what: str) -> ServerFinding:
    texts = [a.text for a in answers if a is not None]
    equal = len(set(texts)) == 1 if len(texts) > 1 else None
    return ServerFinding(asked=asked, obeyed=_obeyed(equal), seen=f"{what} {'agree' if equal else 'differ'}")


def _like(
    name: str, answers: tuple[Answer | None, ...], greedy: Answer | None, sampled: bool
) -> ServerFinding:
    """Whether a setting that leaves one token alone gives the greedy answer, which a sampler without it hardly would."""
    texts = [a.text for a in answers if a is not None]
    held = None
    if texts and greedy is not None and sampled:
        held = all(text == greedy.text for text in texts)
    return ServerFinding(asked=name, obeyed=_obeyed(held), seen=f"{name} that leaves one token, two seeds")


def _counts(seen: Seen, prompt_tokens: int | None) -> list[ServerFinding]:
    answers = [a for a in (*seen.hot, *seen.greedy) if a is not None]
    counted = [a.completion_tokens for a in answers if a.completion_tokens is not None]
    reasons = sorted({a.finish_reason or "none" for a in answers})
    found = [
        ServerFinding(
            asked="max_tokens", obeyed=_obeyed(max(counted) <= TOKENS if counted else None),
            seen=f"at most {max(counted)} tokens counted of {TOKENS} allowed" if counted else "no counts",
        ),
        ServerFinding(
            asked="finish reasons", obeyed=_obeyed(bool(answers) and "none" not in reasons), seen=", ".join(reasons)
        ),
        _several(seen.several),
        *_seeds_of_n(seen),
    ]  # fmt: skip
    said = {a.prompt_tokens for a in answers if a.prompt_tokens is not None}
    if prompt_tokens is not None and said:
        found.append(
            ServerFinding(
                asked="the prompt as sent", obeyed=_obeyed(said == {prompt_tokens}),
                seen=f"{prompt_tokens} tokens by the model's own files, {', '.join(map(str, sorted(said)))} counted",
            )
        )  # fmt: skip
    return found


def _several(said: Mapping[str, Any] | None) -> ServerFinding:
    """What n = 2 gives, for the record."""
    choices = (said or {}).get("choices")
    if not isinstance(choices, list):
        return ServerFinding(asked="n = 2", obeyed="unknown" if said else "no", seen="refused")
    usage = (said or {}).get("usage")
    tokens = usage.get("completion_tokens") if isinstance(usage, dict) else None
    return ServerFinding(
        asked="n = 2", obeyed=_obeyed(len(choices) == 2), seen=f"{len(choices)} choices, usage counts {tokens} tokens"
    )  # fmt: skip


def _seeds_of_n(seen: Seen) -> list[ServerFinding]:
    """Whether n = 2 with seed 1 gives what seeds 1 and 2 give alone, with the tokens of each counted; nothing where a
    server is not known to count them.
    """
    try:
        pair = answers_in(seen.several or {}, 2)
    except AttemptError:
        return []
    alone = seen.hot[:2]
    if any(a.completion_tokens is None for a in pair) or None in alone:
        return []
    same = all(a == b for a, b in zip(pair, alone, strict=True))
    return [
        ServerFinding(asked=SEEDS_OF_N, obeyed=_obeyed(same), seen="seed 1 with n = 2, and seeds 1 and 2")
    ]


def draws_one_by_one(findings: list[ServerFinding]) -> bool:
    """Whether several samples of one request are those of seeds that follow one another, so that each can be had alone."""
    held = {finding.asked: finding.obeyed for finding in findings}
    return held.get(SEEDS_OF_N) == held.get("seed") == "yes"


def _stops(stopped: Answer | None, whole: str, stop: str) -> ServerFinding:
    """Whether the answer ends early; whoever keeps the stop text is cut here."""
    held = None if stopped is None else len(stopped.text) < len(whole)
    kept = ", which stays in the text" if stopped is not None and held and stop in stopped.text else ""
    return ServerFinding(
        asked="stop", obeyed=_obeyed(held), seen=f"stop text {stop!r} of a greedy answer{kept}"
    )


def _obeyed(value: bool | None) -> Obeyed:
    return "unknown" if value is None else "yes" if value else "no"


def limits_of(findings: list[ServerFinding], temperature: float) -> list[str]:
    """What a reader of the scores must know of what was seen, in sentences."""
    no = {finding.asked: finding.seen for finding in findings if finding.obeyed == "no"}
    sentences = {
        "temperature 0 is greedy": "this server is not greedy at temperature 0",
        "top_k": "this server does not obey top_k",
        "top_p": "this server does not obey top_p",
        "min_p": "this server does not obey min_p",
        "seed": "this server does not obey seeds: samples cannot be drawn again",
        "max_tokens": "this server does not obey max_tokens",
        "stop": "this server does not obey stop texts: answers are cut here",
        "the prompt as sent": "this server changes the prompts it is sent (a BOS, a template), or shortens them",
    }
    found = [f"{text} ({no[asked]})" for asked, text in sentences.items() if asked in no]
    if "samples at all" in no and temperature > 0:
        found.insert(
            0, f"this server does not sample: all samples of a problem will be the same, and pass@k is pass@1 ({no['samples at all']})"
        )  # fmt: skip
    return found
