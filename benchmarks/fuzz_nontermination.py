"""Programs that end, made of what the proof of nontermination reasons about: none may be called endless.

    python benchmarks/fuzz_nontermination.py --programs 10000 [--seed 0]

Each is run without being looked at first, so that it is known to end. Those called endless are printed; the exit code is 1.
"""

import argparse
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from support.terminating import called_endless


def main() -> None:
    """Look at that many."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--programs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    started = time.perf_counter()
    made, wrong = called_endless(random.Random(options.seed), options.programs)
    for source in wrong:
        print(source)
    seconds = time.perf_counter() - started
    print(
        f"{options.programs:,} programs that end (of {made:,} made) in {seconds:.0f} s, {len(wrong)} called endless"
    )
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
