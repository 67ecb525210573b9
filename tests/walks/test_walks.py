"""Four people, from the first command to their answer: each walk is a script, and what its terminal of 80 columns shows a
whole file beside it.

`ASSAY_EXPECT=write .venv/bin/pytest tests/walks` writes the transcripts anew; look at what changed.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.documents import ROOT, Step
from support.hub import serving_hub
from support.reader import Reader, reading, transcript
from support.server import addresses_of_guides

HERE = Path(__file__).parent
PROBLEMS = (ROOT / "docs" / "guides" / "custom-problems.md").read_text("utf-8")
CARD = """# Coder 1B

Compared with other models:

- deepseek-ai/deepseek-coder-1.3b-instruct: HumanEval pass@1 65.2% (DeepSeek-Coder paper)
- deepseek-ai/deepseek-coder-1.3b-instruct: MBPP pass@1 83.1% (DeepSeek-Coder paper)
- bigcode/starcoder2-3b: HumanEval pass@1 72.6%
"""
TASK = {"task_id": "double", "text": "Twice the number.", "test_list": ["assert double(4) == 8", "assert double(0) == 0"]}  # fmt: skip
ANSWERS = ("def double(n):\n    return 2 * n\n", "def double(n):\n    return n\n", "def double(n) return")
TRAINER = f"""
import json, os, sys
os.environ["ASSAY_GRADER"] = "http://127.0.0.1:8765"
sys.path.insert(0, "examples/rl")
from rewards import trl_reward
row = json.dumps({TASK!r})
print(trl_reward({list(ANSWERS)!r}, [row] * {len(ANSWERS)}))
"""


def script(name: str) -> list[str]:
    """The commands of a walk."""
    return [line for line in (HERE / f"{name}.sh").read_text("utf-8").splitlines() if line]


def compared(name: str, text: str) -> None:
    """The transcript is the one beside the script."""
    expected = HERE / f"{name}.txt"
    if os.environ.get("ASSAY_EXPECT") == "write":
        expected.write_text(text, "utf-8")

    assert text == expected.read_text("utf-8")


def walked(name: str, reader: Reader, *, sampled: bool = False) -> None:
    """Every command in order; what they print is the transcript."""
    parts = []
    reader.terminal = True
    for line in script(name):
        scores = sampled and line.startswith(("assay study", "assay compare"))
        parts.append(transcript(line, reader.do(Step("run", line)), reader, sampled=scores))
    compared(name, "\n".join(parts))


@contextmanager
def begun(
    folder: Path, addresses: Mapping[str, str], files: Mapping[str, str], **environment: str
) -> Iterator[Reader]:
    """A reader whose folder has these files."""
    with reading(folder, addresses, **environment) as reader:
        for name, text in files.items():
            (folder / name).write_text(text, "utf-8")
        yield reader


def test_a_researcher_picks_a_sampler(tmp_path: Path) -> None:
    """From a note to a verdict on two models. Scores are not part of the transcript: they are a model's."""
    pytest.importorskip("transformers")
    with begun(tmp_path, {}, {}) as reader:
        walked("researcher", reader, sampled=True)
    assert (tmp_path / "assay-work" / "report.html").stat().st_size > 100_000


def test_an_engineer_measures_a_server_on_her_problems(tmp_path: Path) -> None:
    """From a Python file and an address to estimates; the samples graded again as another tool's give the same."""
    problems = PROBLEMS.split("```python\n")[1].split("```")[0]
    with addresses_of_guides() as addresses, begun(tmp_path, addresses, {"mine.py": problems}) as reader:
        walked("engineer", reader)


def test_someone_checks_a_model_card(tmp_path: Path) -> None:
    """By the model's name: verdicts, the corrected copy's difference, an exit code for CI, a name that is not there."""
    with serving_hub() as hub:
        hub.add("acme/coder-1b", {"config.json": {}, "README.md": CARD.encode()})
        with begun(
            tmp_path, {"HUB": hub.address}, {}, HF_ENDPOINT=hub.address, HF_HOME=str(tmp_path / "hf")
        ) as reader:
            walked("card_checker", reader)


def test_an_rl_engineer_gets_rewards(tmp_path: Path) -> None:
    """Verdicts on a file, then rewards of a batch from the service through the function for TRL."""
    rows = "".join(json.dumps({"task_id": "double", "completion": text}) + "\n" for text in ANSWERS)
    files = {"tasks.jsonl": json.dumps(TASK) + "\n", "samples.jsonl": rows}
    with addresses_of_guides() as addresses:
        trainer = TRAINER.replace("8765", addresses["8765"])
        with begun(tmp_path, addresses, {**files, "rewards_of_batch.py": trainer}) as reader:
            walked("rl_engineer", reader)


def test_every_script_is_walked() -> None:
    """And has its transcript."""
    names = {path.stem for path in HERE.glob("*.sh")}

    assert names == {path.stem for path in HERE.glob("*.txt")}
    assert all(f'walked("{name}"' in Path(__file__).read_text("utf-8") for name in names)
