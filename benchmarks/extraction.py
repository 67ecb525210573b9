"""Programs that our rules find in recorded answers to HumanEval, beside what another harness's own extraction finds in them.

    python benchmarks/extraction.py SAMPLES --peer NAME --peer-python PYTHON [--data DIR] [--format NAME]

SAMPLES: files of answers. NAME: evalplus, bigcodebench (their `sanitize`), livecodebench (`extract_code`, with no model's own
rules), bigcode (the evaluation harness's instruct-humaneval without context). PYTHON: the interpreter of an environment that has
it, none of which is a dependency of ours; where it is a checkout, PYTHONPATH names it. Theirs is given the answer alone and
behind the prompt, and either may hold the program. Found means: Python that defines the function, below the prompt's imports.
Answers in which only one finds it are named.
"""

import argparse
import json
import os
import subprocess
from collections import Counter
from pathlib import Path

from modelassay.core.problems import Problem
from modelassay.grading.extraction.extract import extract
from modelassay.grading.extraction.programs import defines_function, preamble
from modelassay.sampling.replay import read_samples
from modelassay.sources.problems.problem_sets import load_problem_set

PEERS = {
    "evalplus": """
from evalplus.sanitize import sanitize
def theirs(prompt, text, name): return sanitize(text, name)
""",
    "bigcodebench": """
from bigcodebench.sanitize import sanitize
def theirs(prompt, text, name): return sanitize(text, name)
""",
    "livecodebench": """
from lcb_runner.lm_styles import LMStyle
from lcb_runner.utils.extraction_utils import extract_code
def theirs(prompt, text, name): return extract_code(text, LMStyle.OpenAIChat)
""",
    "bigcode": """
from bigcode_eval.tasks.instruct_humaneval import InstructHumanEvalWithoutContext as Base
class Task(Base):
    def __init__(self, row): self.row, self.stop_words = row, ["if __name__", "\\nprint", "\\nclass"]
    def get_dataset(self): return [self.row]
def theirs(prompt, text, name):
    return Task({"context": prompt, "entry_point": name}).postprocess_generation(text, 0)
""",
}
LOOP = """
import json, sys
for line in sys.stdin:
    prompt, text, name = json.loads(line)
    found = []
    for given in (prompt + text, text):
        try:
            found.append(theirs(prompt, given, name))
        except Exception:
            pass
    print(json.dumps(found))
"""


def _line(problem: Problem, text: str) -> str:
    return json.dumps([problem.prompt, text, problem.entry_point]) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("samples", type=Path, nargs="+")
    parser.add_argument("--peer", choices=PEERS, required=True)
    parser.add_argument("--peer-python", required=True)
    parser.add_argument("--data", type=Path, default=os.environ.get("ASSAY_DATA"))
    parser.add_argument("--format")
    given = parser.parse_args()
    problems = load_problem_set("humaneval", data=given.data)
    known = {p.id: p for p in problems.problems}
    print("| file | answers | both | ours alone | theirs alone | neither |\n|---|---|---|---|---|---|")
    lost: list[str] = []
    for path in given.samples:
        answers = read_samples(path, problems, format=given.format).completions
        asked = "".join(_line(known[c.problem], c.text) for c in answers)
        done = subprocess.run(
            [given.peer_python, "-c", PEERS[given.peer] + LOOP],
            input=asked,
            capture_output=True,
            text=True,
            check=True,
        )
        counts: Counter[tuple[bool, bool]] = Counter()
        for answer, line in zip(answers, done.stdout.splitlines(), strict=True):
            problem = known[answer.problem]
            found = extract(problem.prompt, problem.entry_point, answer.text, answer.form)
            ours = found.source is not None and defines_function(found.source, problem.entry_point)
            head = preamble(problem.prompt, problem.entry_point)
            theirs = any(defines_function(head + source, problem.entry_point) for source in json.loads(line))
            counts[ours, theirs] += 1
            if theirs != ours:
                which = "theirs" if theirs else "ours"
                lost.append(f"only {which}: {path.name} {answer.problem} #{answer.index}: {found.how}")
        cells = [counts[both] for both in ((True, True), (True, False), (False, True), (False, False))]
        print(f"| {path.name} | {len(answers)} | " + " | ".join(map(str, cells)) + " |", flush=True)
    print("\n".join(lost))


if __name__ == "__main__":
    main()
