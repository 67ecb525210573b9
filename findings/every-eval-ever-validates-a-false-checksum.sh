#!/usr/bin/env bash
# Every Eval Ever's validator finds nothing wrong with a record whose samples are not those it states.
# Expected: `validate`, which checks a record and its samples against each other, compares the stated checksum with the file,
# the samples' evaluation_result_id with the record's results, and the ends of an interval with each other.
# Happens: with a checksum of zeros, samples of results that do not exist, samples that score 0 and are correct, and an
# interval from 0.9 to 0.1 around 0.5, both files are valid, without a warning. It does find a wrong number of rows.
# Version: every_eval_ever 0.3.0 (asks for Python 3.12; its validator alone runs under 3.11, too). Source:
# every_eval_ever/validator/validation_core.py, _compare_aggregate_and_samples and check_score_metadata.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
pip=("$folder/venv/bin/pip" install --quiet --disable-pip-version-check)
"${pip[@]}" "jsonschema>=4.26" "pydantic>=2.12.5" pyyaml requests "rich<15" "huggingface_hub>=1,<2"
"${pip[@]}" --no-deps --ignore-requires-python every_eval_ever==0.3.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import json
import subprocess
import sys
from pathlib import Path

FOLDER = Path("data/humaneval/acme/tiny-1b")
STEM = "30ea1e20-61c0-4224-8c10-293c0ef779a0"


def validated(rows: int) -> list[bool]:
    """Write a record that states two samples and a file of `rows`; is each valid without a warning?"""
    record = {
        "schema_version": "0.3.0", "evaluation_id": "humaneval/acme_tiny-1b/1767225600",
        "retrieved_timestamp": "1767225600",
        "source_metadata": {
            "source_type": "evaluation_run", "source_organization_name": "Acme", "evaluator_relationship": "other",
        },
        "eval_library": {"name": "x", "version": "1"},
        "model_info": {
            "name": "tiny-1b", "id": "acme/tiny-1b",
            "additional_details": {"deployment_type": "unknown", "model_availability": "unknown"},
        },
        "evaluation_results": [
            {
                "evaluation_result_id": "humaneval/pass@1", "evaluation_name": "HumanEval",
                "source_data": {"dataset_name": "HumanEval", "source_type": "other"},
                "metric_config": {
                    "lower_is_better": False, "score_type": "continuous", "min_score": 0, "max_score": 1,
                },
                "score_details": {
                    "score": 0.5, "uncertainty": {"confidence_interval": {"lower": 0.9, "upper": 0.1}},
                },
            }
        ],
        "detailed_evaluation_results": {
            "format": "jsonl", "file_path": f"{FOLDER}/{STEM}_samples.jsonl", "hash_algorithm": "sha256",
            "checksum": "0" * 64, "total_rows": 2,
        },
    }
    sample = {
        "schema_version": "0.3.0", "evaluation_id": record["evaluation_id"], "model_id": "acme/tiny-1b",
        "evaluation_name": "HumanEval", "evaluation_result_id": "no/such/result", "sample_id": "HumanEval/0",
        "interaction_type": "single_turn", "input": {"raw": "p", "reference": []}, "output": {"raw": ["a"]},
        "answer_attribution": [], "evaluation": {"score": 0.0, "is_correct": True},
    }
    FOLDER.mkdir(parents=True, exist_ok=True)
    files = [FOLDER / f"{STEM}.json", FOLDER / f"{STEM}_samples.jsonl"]
    files[0].write_text(json.dumps(record))
    files[1].write_text((json.dumps(sample) + "\n") * rows)
    command = [sys.executable, "-m", "every_eval_ever", "validate", "--format", "json", *map(str, files)]
    said = json.loads(subprocess.run(command, capture_output=True, text=True, check=False).stdout)
    return [f["valid"] and not f["warnings"] for f in said]


print("valid with false checksum, keys, scores and interval:", validated(2), "with a row more:", validated(3))
assert validated(2) == [True, True], "changed: something of it is found"
assert validated(3) != [True, True], "changed: a wrong number of rows is valid"
PYTHON
echo "as described"
