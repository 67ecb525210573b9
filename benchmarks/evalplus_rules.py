"""How many problems of EvalPlus's sets its release 0.3.1 may judge otherwise than our default, and which those are.

    python benchmarks/evalplus_rules.py [--data DIR]

The reference of each problem is run in this process on all inputs, in order; only do so with sets that you trust. Its release
keeps a tolerance from the first input on whose expected value is a float, or a list or tuple of floats; ours decides for each
input. A problem is named where some input has a tolerance there and none here. HumanEval/32 has a rule of its own.
"""

import argparse
import copy
import os
from pathlib import Path
from typing import Any

from modelassay.core.problems import Pairs, Problem
from modelassay.sources.problems.problem_sets import load_problem_set

ROOTS = "HumanEval/32"
SETS = (("humaneval+", "0.1.10"), ("humaneval+", "0.1.9"), ("mbpp+", "0.2.0"), ("mbpp+", "0.1.0"))


def is_floats(value: Any) -> bool:
    """Whether EvalPlus takes an expected value for floats."""
    if isinstance(value, float):
        return True
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(part, float) for part in value)


def holds_numbers(value: Any) -> bool:
    """Whether a tolerance can make a difference to a value: it is a number, or holds some."""
    if isinstance(value, dict):
        return any(map(holds_numbers, value.values()))
    if isinstance(value, list | tuple | set):
        return any(map(holds_numbers, value))
    return isinstance(value, int | float | complex) and not isinstance(value, bool)


def inputs_with_another_tolerance(problem: Problem) -> tuple[int, int]:
    """How many inputs have a tolerance in EvalPlus and none here, of how many; each suite counts from its beginning."""
    space: dict[str, Any] = {}
    exec(compile(problem.reference or "", problem.id, "exec", dont_inherit=True), space)
    found = asked = 0
    for suite in problem.suites:
        if (
            not isinstance(suite.oracle, Pairs)
            or suite.oracle.tolerance
            or suite.oracle.comparison != "equal"
        ):
            continue
        tolerant = False
        for given in suite.oracle.inputs[asked:] if asked else suite.oracle.inputs:
            expected = space[problem.entry_point](*copy.deepcopy(given))
            asked += 1
            own = is_floats(expected)
            found += tolerant and not own and holds_numbers(expected)
            tolerant = tolerant or own
    return found, asked


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("ASSAY_DATA"))
    data = parser.parse_args().data
    for name, version in SETS:
        problems = load_problem_set(name, version, data=data).problems
        named = []
        for problem in problems:
            found, asked = inputs_with_another_tolerance(problem)
            if found or problem.id == ROOTS:
                named.append(f"{problem.id} ({found} of {asked})")
        print(f"{name}@{version}: {len(named)} of {len(problems)}: {', '.join(named)}", flush=True)


if __name__ == "__main__":
    main()
