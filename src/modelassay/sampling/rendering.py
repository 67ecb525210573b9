"""Words → token ids, through the model's own tokenizer and chat template, once and for all to see.

Tokenizers are passed in (any that follows Hugging Face's interface), so this file needs neither torch nor
transformers.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from modelassay.core.errors import BackendError
from modelassay.core.problems import Problem
from modelassay.sampling.precomputed.raw import Form
from modelassay.sampling.prompt_text import PromptText, with_stops, word
from modelassay.sampling.protocols import PromptProtocol

# A tag at a prompt's end with which a template begins the model's thoughts.
_THOUGHTS = re.compile(r"(?:<[^<>/\n]*think[^<>/\n]*>|\[think\])\s*\Z", re.IGNORECASE)
_MARK = "<<the-answer-goes-on-from-here>>"


@dataclass(frozen=True)
class Rendered:
    """What the model gets for one problem, and what the answer will be. `assay sample --show` prints it.

    stops: text that ends an answer; stop_ids: tokens that do. opening: stored before the answer; where the prompt ends in a tag
    that begins thoughts, that tag, without which thoughts that never end would pass for the answer.
    """

    problem: str
    text: str
    token_ids: tuple[int, ...]
    stops: tuple[str, ...]
    stop_ids: tuple[int, ...]
    form: Form
    opening: str


def render(
    protocol: PromptProtocol,
    problem: Problem,
    tokenizer: Any,
    *,
    stop_ids: Sequence[int] = (),
    shots: Sequence[Problem] = (),
    stops: Sequence[str] = (),
) -> Rendered:
    """One problem as the model will see it. stop_ids: the model's end tokens beside the tokenizer's; stops: texts that
    end an answer beside the protocol's. A special token with such a text in it ends an answer, too.

    Raises InputError when the protocol cannot ask this problem, BackendError when the model lacks what the
    protocol needs (a chat template) or its template does not do what it must (one BOS, an open answer).
    """
    prompt = with_stops(word(protocol, problem, shots), stops)
    text = chat_text(prompt, tokenizer) if protocol.chat else prompt.text
    ends = {*stop_ids, *([tokenizer.eos_token_id] if tokenizer.eos_token_id is not None else [])}
    ends.update(at for at, name in special_texts(tokenizer).items() if holds_stop(name, prompt.stops))
    return Rendered(
        problem=problem.id,
        text=text,
        token_ids=tuple(encode(text, tokenizer, templated=protocol.chat)),
        stops=prompt.stops,
        stop_ids=tuple(sorted(ends)),
        form=prompt.form,
        opening=prompt.opening or (_begun_thoughts(text) if protocol.chat else ""),
    )


def _begun_thoughts(text: str) -> str:
    found = _THOUGHTS.search(text)
    return found[0] if found else ""


def special_texts(tokenizer: Any) -> dict[int, str]:
    """The text of every special token of a tokenizer, by its id."""
    added = getattr(tokenizer, "added_tokens_decoder", {})
    return {at: token.content for at, token in added.items() if token.special}


def holds_stop(text: str, stops: Sequence[str]) -> bool:
    """Whether a stop text lies within a special token's: the token ends an answer then, whether or not text is kept of it."""
    return any(stop and stop in text for stop in stops)


def unrendered(prompt: PromptText, problem: str) -> Rendered:
    """The words alone, where a server puts them into its own template: no token is known."""
    return Rendered(
        problem=problem, text=prompt.text, token_ids=(), stops=prompt.stops, stop_ids=(), form=prompt.form,
        opening=prompt.opening,
    )  # fmt: skip


def chat_text(prompt: PromptText, tokenizer: Any) -> str:
    """The user's turn in the model's own template, open for the answer (after the prefill, if any)."""
    if getattr(tokenizer, "chat_template", None) is None:
        raise BackendError(
            "this model has no chat template",
            hint="choose a protocol that continues text, such as completion or evalplus-base",
        )
    messages = [{"role": "user", "content": prompt.text}]
    if not prompt.prefill:
        return str(_templated(tokenizer, messages, add_generation_prompt=True))
    messages.append({"role": "assistant", "content": f"{prompt.prefill}{_MARK}\n```\n"})
    text = str(_templated(tokenizer, messages, add_generation_prompt=False))
    if _MARK not in text:
        raise BackendError(
            "this model's chat template drops the assistant's turn, so no answer can be opened for it",
            hint="choose the protocol chat",
        )
    return text.split(_MARK, maxsplit=1)[0]


def _templated(tokenizer: Any, messages: list[dict[str, str]], *, add_generation_prompt: bool) -> Any:
    try:
        return tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=add_generation_prompt
        )
    except Exception as error:  # templates are the model's own programs and may raise anything
        raise BackendError(
            f"this model's chat template fails: {error}", hint="check its tokenizer files"
        ) from error


def encode(text: str, tokenizer: Any, *, templated: bool) -> list[int]:
    """Token ids with exactly one BOS where the tokenizer puts one before text of its own accord.

    A template writes its special tokens itself; where it leaves the BOS out, it is put in. Two at the start
    are an error: every score measured with them is a little wrong.
    """
    ids = list(tokenizer(text, add_special_tokens=not templated)["input_ids"])
    bos = tokenizer.bos_token_id
    if bos is None or not _puts_bos(tokenizer):
        return ids
    if templated and (not ids or ids[0] != bos):
        ids.insert(0, bos)
    if ids[:2] == [bos, bos]:
        raise BackendError(
            f"the prompt begins with two {tokenizer.bos_token!r}",
            hint="fix the chat template or tokenizer_config.json (add_bos_token) of the model",
        )
    if ids[:1] != [bos]:
        raise BackendError(
            f"the prompt does not begin with {tokenizer.bos_token!r}",
            hint="check the model's tokenizer files",
        )
    return ids


def _puts_bos(tokenizer: Any) -> bool:
    """Whether the tokenizer begins plain text with its BOS."""
    return list(tokenizer("a")["input_ids"])[:1] == [tokenizer.bos_token_id]


def decode_after(
    prompt_ids: Sequence[int], answer_ids: Sequence[int], tokenizer: Any, *, keep_special: bool = False
) -> str:
    """The answer's text as it follows the prompt. keep_special: with the text of special tokens.

    Decoded together with the prompt's last tokens: decoded alone, some tokenizers drop the blanks an answer
    begins with, which are a program's indentation.
    """
    tail = list(prompt_ids[-8:])
    options = {"skip_special_tokens": not keep_special, "clean_up_tokenization_spaces": False}
    before = tokenizer.decode(tail, **options)
    both = tokenizer.decode([*tail, *answer_ids], **options)
    if both.startswith(before):
        return str(both[len(before) :])
    return str(tokenizer.decode(list(answer_ids), **options))
