"""What other places call our problem sets: data sets of the Hub, and the hashes that EvalPlus's results carry."""

from typing import Final, NamedTuple


class DataSet(NamedTuple):
    """A data set of the Hub. config, split: where the problems stand in it."""

    repository: str
    name: str
    config: str
    split: str


DATA_SETS: Final[dict[str, DataSet]] = {
    "humaneval": DataSet("openai/openai_humaneval", "HumanEval", "openai_humaneval", "test"),
    "humaneval+": DataSet("evalplus/humanevalplus", "HumanEval+", "default", "test"),
    "mbpp": DataSet("google-research-datasets/mbpp", "MBPP", "full", "test"),
    "mbpp-sanitized": DataSet("google-research-datasets/mbpp", "MBPP sanitized", "sanitized", "test"),
    "mbpp+": DataSet("evalplus/mbppplus", "MBPP+", "default", "test"),
    "livecodebench": DataSet("livecodebench/code_generation_lite", "LiveCodeBench", "default", "test"),
}
# md5 of the unpacked problem file: `hash` in EvalPlus's results, which pins the version of the set.
EVALPLUS_HASHES: Final[dict[str, tuple[str, str]]] = {
    "fe585eb4df8c88d844eeb463ea4d0302": ("humaneval+", "0.1.10"),
    "84f4b93a1270b492e4c54d5212da7a5b": ("humaneval+", "0.1.9"),
    "ee43ecabebf20deef4bb776a405ac5b1": ("mbpp+", "0.2.0"),
    "ebe95df0d5220f00cedd6f4bddea35e4": ("mbpp+", "0.1.0"),
}


def display_name(benchmark: str) -> str:
    """`HumanEval+` for `humaneval+`; the name itself for a set that we know nothing of."""
    known = DATA_SETS.get(benchmark)
    return known.name if known else benchmark


def evalplus_hash(benchmark: str, version: str) -> str | None:
    """The hash that EvalPlus gives a set of its own; None for any other set."""
    return next((md5 for md5, known in EVALPLUS_HASHES.items() if known == (benchmark, version)), None)
