"""The reward functions of examples/rl against a running service, and the batch script of examples/slurm."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from modelassay.core.measured import Grade
from modelassay.core.store import read_records

EXAMPLES = Path(__file__).parents[2] / "examples"
ADD = json.dumps(
    {"task_id": "add", "text": "Add.", "test_list": ["assert add(2, 3) == 5", "assert add(0, 1) == 1"]}
)
SUB = json.dumps({"task_id": "add", "text": "Subtract.", "test_list": ["assert sub(2, 3) == -1"]})
BROKEN = json.dumps(
    {
        "task_id": "x",
        "text": "Add.",
        "test_list": ["assert add(2, 3) == 5"],
        "test_setup_code": "import nosuchmodule",
    }
)
RIGHT = "def add(a, b):\n    return a + b\n"
HALF = "def add(a, b):\n    return 5\n"


@pytest.fixture(scope="module")
def rewards() -> ModuleType:
    """The example as a module."""
    spec = importlib.util.spec_from_file_location("rewards", EXAMPLES / "rl" / "rewards.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True, scope="module")
def address() -> object:
    """A service under the address that the examples read."""
    command = [sys.executable, "-m", "modelassay", "serve-grader", "--workers", "2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ASSAY_GRADER", json.loads(process.stdout.readline())["url"])
            yield
        process.terminate()


def test_trl(rewards: ModuleType) -> None:
    """Texts and conversations; two problems of one name in a batch; None, not 0, for what cannot be graded."""
    message = [{"role": "assistant", "content": f"```python\n{RIGHT}```"}]
    sub = "def sub(a, b):\n    return a - b\n"

    found = rewards.trl_reward(
        [RIGHT, HALF, message, sub, RIGHT], problem=[ADD, ADD, ADD, SUB, BROKEN], prompts=[""] * 5
    )

    assert found == [1.0, 0.5, 1.0, 1.0, None]


def test_verl(rewards: ModuleType) -> None:
    """One answer or a batch; a fault of ours is an exception."""
    assert rewards.compute_score("own", RIGHT, ADD, {}) == 1.0
    assert rewards.compute_score_batched(["own"] * 2, [RIGHT, HALF], [ADD, ADD], [{}, {}]) == [1.0, 0.5]
    with pytest.raises(rewards.NotGradedError):
        rewards.compute_score("own", RIGHT, BROKEN)


def test_openrlhf(rewards: ModuleType) -> None:
    """Tensors; the prompt is taken off the query."""
    pytest.importorskip("torch")
    found = rewards.reward_func(["Add.\n" + RIGHT, "Add.\n" + HALF], ["Add.\n"] * 2, [ADD, ADD])

    assert found["rewards"].tolist() == [1.0, 0.5]
    assert found["extra_logs"]["passed"].tolist() == [1.0, 0.0]


def test_the_batch_script(tmp_path: Path) -> None:
    """Two tasks of an array as SLURM starts them, the first of them twice, and the merge that the script names."""
    pytest.importorskip("torch")
    script, out = EXAMPLES / "slurm" / "sample_and_grade.sbatch", tmp_path / "out"
    plan = ["--benchmark", "starter", "--limit", "2", "--n", "2", "--max-tokens", "16", "--no-preflight"]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    for task in ("1", "2", "1"):
        environment = {**os.environ, "PATH": path, "SLURM_ARRAY_TASK_ID": task, "SLURM_ARRAY_TASK_COUNT": "2"}
        words = ["bash", str(script), str(EXAMPLES / "models" / "demo-base-0.5m"), str(out), *plan]
        subprocess.run(words, env=environment, check=True, capture_output=True)

    merge = [
        sys.executable,
        "-m",
        "modelassay",
        "merge",
        str(out / "part-1"),
        str(out / "part-2"),
        "--out",
        str(out / "m"),
    ]
    subprocess.run(merge, check=True, capture_output=True)

    assert sorted((g.problem, g.index) for g in read_records(out / "m" / "grades.jsonl", Grade))
    assert len({(g.problem, g.index) for g in read_records(out / "m" / "grades.jsonl", Grade)}) == 4
