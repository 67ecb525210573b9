"""Rule `end-tokens`: special tokens that precomputed samples kept end the answer and are no part of the program."""

from __future__ import annotations

import re
from typing import Final

# `<|…|>` is how most tokenizers write theirs; the others are Llama's and Mistral's, DeepSeek's (which has other
# characters for | and _), Gemma's, StarCoder's and CodeGen's, and T5's.
_TOKEN: Final = re.compile(
    r"<\|(?!\w+_of_solution)/?[A-Za-z][\w. /-]{0,40}\|>|<｜[^｜\n]{1,40}｜>|</?s>|<eos>|<pad>|<end_of_turn>|<turn\|>|<start_of_turn>|"
    r"<file_sep>|<fim_(?:prefix|middle|suffix|pad)>|<EOT>|\[/?INST\]|<end_of_utterance>|<unk>"
)
_LEADING: Final = re.compile(
    r"\A\s*(?:(?:<s>|<bos>|<pad>|<\|begin_of_text\|>|<\|startoftext\|>|<｜begin▁of▁sentence｜>|\[/INST\]|"
    r"<\|start_header_id\|>assistant<\|end_header_id\|>|<\|im_start\|>assistant|<\|start\|>assistant|"
    r"<\|assistant\|>|<start_of_turn>model|<｜Assistant｜>|<\|START_(?:RESPONSE|TEXT)\|>|<\|CHATBOT_TOKEN\|>|<\|python_tag\|>)[ \t]*\n*)+"
)
# A recording that kept the conversation: it begins with somebody else's turn, and the answer follows the last turn of its own.
_ANOTHERS: Final = re.compile(
    r"\A\s*(?:<s>|<bos>|<\|begin_of_text\|>|<｜begin▁of▁sentence｜>)?\s*(?:\[INST\]|<\|im_start\|>(?:user|system)|<\|(?:user|system)\|>|"
    r"<start_of_turn>user|<｜User｜>|<\|start_header_id\|>(?:user|system)|<\|start\|>(?:user|system|developer))"
)
_ANSWERS: Final = re.compile(
    r"\[/INST\]|<\|im_start\|>assistant|<\|assistant\|>|<start_of_turn>model|<｜Assistant｜>|<\|start\|>assistant|"
    r"<\|start_header_id\|>assistant<\|end_header_id\|>"
)
MOST: Final = 4  # places that are tried


def cut(text: str) -> list[str]:
    """The text without what stands at its front, up to each place where a token may end it, the first one first."""
    found = []
    body = _LEADING.sub("", _last_turn(text))
    for token in _TOKEN.finditer(body):
        if body[: token.start()].strip() and not _in_code(body, token.start(), token.end()):
            found.append(body[: token.start()])
            if len(found) == MOST:
                break
    return found if found or body == text else [body]


def _last_turn(text: str) -> str:
    """The answer in a text that begins with the prompt's own turn; any other text as it is."""
    turns = [*_ANSWERS.finditer(text)] if _ANOTHERS.match(text) else []
    return text[turns[-1].end() :] if turns else text


def _in_code(text: str, start: int, end: int) -> bool:
    """Whether the token stands in a comment or between quotes, where a program handles such texts."""
    before = text[text.rfind("\n", 0, start) + 1 : start]
    stop = text.find("\n", end)
    after = text[end : stop if stop >= 0 else len(text)]
    return "#" in before or any(q in before and q in after for q in "'\"")
