"""Which benchmark a file of samples looks like, by the way it names its problems.

Numbers and forms of names are those of the published sets. HumanEval: 0 to 163. MBPP: 11 to 510 are its test problems, 1 to
974 all. A form that several sets share is not told.
"""

import re
from collections.abc import Collection, Mapping
from typing import Final

_FORMS: Final[Mapping[str, str]] = {
    r"(?:openai_)?human_?eval(?:\+|plus)?[/_ -]\d+": "HumanEval (humaneval, humaneval+)",
    r"human_?eval[/_]\d+_\w+": "MultiPL-E's HumanEval (humaneval)",
    r"mbpp(?:\+|plus)?[/_ -]\d+": "MBPP (mbpp, mbpp-sanitized, mbpp+)",
    r"mbpp[/_]\d+_\w+": "MultiPL-E's MBPP (mbpp)",
    r"bigcodebench[/_]\d+": "BigCodeBench",
    r"evoeval[/_]\d+": "EvoEval",
    r"classeval_\d+": "ClassEval",
    r"sample_\d+": "CRUXEval",
    r"(?:cpp|java|js|javascript|go|rust)[/_]\d+": "HumanEval-X or HumanEvalPack in another language",
    r"(?:abc|arc)\d+_[a-z]\w?|\d{3,4}_[A-Z]\d?": "LiveCodeBench",
    r"starter[/_]\d+": "starter",
}
# Of bare numbers: the least and the greatest, narrowest set first.
_NUMBERS: Final[Mapping[str, tuple[int, int]]] = {
    "HumanEval (humaneval, humaneval+)": (0, 163),
    "MBPP's test problems (mbpp)": (11, 510),
    "MBPP (mbpp-sanitized, mbpp+)": (1, 974),
}


def looks_like(names: Collection[str]) -> str | None:
    """The benchmark whose problems are named so, with our names for it; None where no single one is known."""
    if not names:
        return None
    if all(name.isdecimal() and len(name) < 7 for name in names):
        numbers = {int(name) for name in names}
        for benchmark, (least, greatest) in _NUMBERS.items():
            if least <= min(numbers) and max(numbers) <= greatest:
                return benchmark
        return None
    for form, benchmark in _FORMS.items():
        if all(re.fullmatch(form, name.strip(), re.IGNORECASE) for name in names):
            return benchmark
    return None
