"""pass@k of a demo model on the starter problems: a quick check for training; the product's grader is the real one.

python tools/demo_evaluate.py examples/models/demo-base-0.5m --samples 50
"""

import argparse
import json
import math
import multiprocessing
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from modelassay.sampling.protocols import chat_messages, completion_prompt

STARTER = Path(__file__).resolve().parents[1] / "src" / "modelassay" / "sources" / "data" / "starter.jsonl"
MEMORY_BYTES = 4 << 30


def problems() -> list[dict[str, Any]]:
    """The starter problems as they stand in the file."""
    return [json.loads(line) for line in STARTER.read_text(encoding="utf-8").splitlines()]


def program_in(text: str, signature: str, prompt: str, chat: bool) -> str:
    """The program: the prompt continued, or the first fenced block of an answer."""
    if not chat:
        return prompt + text
    body = text.split("```python\n", 1)[-1]
    return body.split("```", 1)[0]


def sample(
    model: Any, tokenizer: Any, problem: dict[str, Any], samples: int, max_tokens: int = 120
) -> list[str]:
    """Programs for one problem at temperature 0.8 and top-p 0.95."""
    chat = bool(tokenizer.chat_template)
    if chat:
        messages = chat_messages(problem["signature"], problem["text"])
        prompt = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    else:
        prompt = completion_prompt(problem["signature"], problem["text"])
    inputs = tokenizer([prompt], return_tensors="pt", add_special_tokens=False)
    with torch.inference_mode():
        rows = model.generate(
            **inputs,
            do_sample=True,
            temperature=0.8,
            top_p=0.95,
            top_k=0,
            num_return_sequences=samples,
            max_new_tokens=max_tokens,
        )
    texts = tokenizer.batch_decode(rows[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True)
    return [program_in(text, problem["signature"], prompt, chat) for text in texts]


def _passes(program: str, tests: list[str]) -> bool:
    scope: dict[str, Any] = {}
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    try:
        exec(program, scope)
        for test in tests:
            exec(test, scope)
    except BaseException:  # a model's program may raise anything, SystemExit included
        return False
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return True


def _stop(_signal: int, _frame: object) -> None:
    raise TimeoutError


def _worker(programs: list[str], tests: list[str], answer: Any) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    signal.signal(signal.SIGALRM, _stop)
    sys.stdout = sys.stderr = open("/dev/null", "w")  # noqa: PTH123, SIM115
    verdicts: dict[str, bool] = {}
    for program in programs:
        if program not in verdicts:
            verdicts[program] = _passes(program, tests)
    answer.send([verdicts[program] for program in programs])


def grade(programs: list[str], tests: list[str]) -> list[bool]:
    """Verdicts, from a child process that is ended after a minute; then nothing counts as passed."""
    near, far = multiprocessing.get_context("fork").Pipe(duplex=False)
    child = multiprocessing.get_context("fork").Process(target=_worker, args=(programs, tests, far))
    child.start()
    far.close()
    try:
        return list(near.recv()) if near.poll(60) else [False] * len(programs)
    except EOFError:
        return [False] * len(programs)
    finally:
        child.kill()
        child.join()


def pass_at(n: int, c: int, k: int) -> float:
    """Unbiased pass@k of one problem with c of n samples right (Chen et al. 2021)."""
    return 1.0 if n - c < k else 1.0 - math.comb(n - c, k) / math.comb(n, k)


def evaluate(
    model: Any, tokenizer: Any, samples: int, say: Callable[[str], object] | None = None
) -> dict[int, float]:
    """pass@1, pass@10 and pass@samples over the starter problems; `say` gets a line per problem."""
    counts = []
    for problem in problems():
        programs = sample(model, tokenizer, problem, samples)
        right = sum(grade(programs, problem["test_list"]))
        counts.append(right)
        if say:
            say(
                f"{problem['task_id']:<11} {problem['difficulty']:<7} {right}/{samples} {problem['signature']}\n"
            )
    ks = [k for k in sorted({1, 10, samples}) if k <= samples]
    return {k: sum(pass_at(samples, c, k) for c in counts) / len(counts) for k in ks}


def main() -> None:
    """Load a model by its path and say how it does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--samples", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(2)
    torch.manual_seed(options.seed)
    model = AutoModelForCausalLM.from_pretrained(options.model, local_files_only=True).eval()
    tokenizer = AutoTokenizer.from_pretrained(options.model, local_files_only=True)
    scores = evaluate(model, tokenizer, options.samples, sys.stdout.write)
    sys.stdout.write("  ".join(f"pass@{k} {100 * value:.1f} %" for k, value in scores.items()) + "\n")


if __name__ == "__main__":
    main()
