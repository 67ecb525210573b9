"""EvalPlus's own terms, as data: how its JSON inputs become Python values, and its special comparisons.

Source of both: evalplus 0.3.1, `data/mbpp.py` and `eval/_special_oracle.py`. Problems are named by number.
MBPP+ 0.1.0 came with evalplus 0.2.0, which knew neither the set comparisons nor the second readings: scores
published with it (Qwen2.5-Coder's) rest on `early` rules. For some weeks before 17 April 2024 its main branch had
the set comparisons, but beside numpy >= 1.25 no tolerance (its pull request 165): StarCoder2-Instruct's rest on those
`exact` rules. On the same answers the rules differ by up to two points.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from msgspec.structs import replace

from modelassay.core.problems import Pairs

Arguments = list[Any]
Comparison = Literal["equal", "set", "not-none", "root", "any"]


# --- inputs: JSON has neither tuples, sets nor complex numbers --------------------------------------------
def _tuples(items: Any) -> list[Any]:
    return [tuple(item) for item in items]


def _deep(value: Any) -> Any:
    return tuple(_deep(item) for item in value) if isinstance(value, list) else value


def _each_a_tuple(arguments: Arguments) -> Arguments:
    return _tuples(arguments)


def _each_a_list_of_tuples(arguments: Arguments) -> Arguments:
    return [_tuples(argument) for argument in arguments]


def _each_a_tuple_of_tuples(arguments: Arguments) -> Arguments:
    return [tuple(_tuples(argument)) for argument in arguments]


def _first_a_list_of_tuples(arguments: Arguments) -> Arguments:
    return [_tuples(arguments[0]), *arguments[1:]]


def _first_a_tuple(arguments: Arguments) -> Arguments:
    return [tuple(arguments[0]), *arguments[1:]]


def _second_a_tuple(arguments: Arguments) -> Arguments:
    return [arguments[0], tuple(arguments[1]), *arguments[2:]]


def _first_a_mixed_tuple(arguments: Arguments) -> Arguments:
    mixed = (tuple(item) if isinstance(item, list) else item for item in arguments[0])
    return [tuple(mixed), *arguments[1:]]


def _first_a_list_of_sets(arguments: Arguments) -> Arguments:
    return [[set(item) if isinstance(item, list) and item else {} for item in arguments[0]], *arguments[1:]]


def _first_a_dict_of_tuples(arguments: Arguments) -> Arguments:
    return [{key: tuple(value) for key, value in arguments[0].items()}, *arguments[1:]]


def _float_and_complex(arguments: Arguments) -> Arguments:
    return [float(arguments[0]), complex(arguments[1])]


def _one_complex(arguments: Arguments) -> Arguments:
    return [complex(arguments[0])]


def _all_tuples(arguments: Arguments) -> Arguments:
    return [_deep(argument) for argument in arguments]


_SHAPES: tuple[tuple[Callable[[Arguments], Arguments], tuple[int, ...]], ...] = (
    (_each_a_tuple, (2, 116, 132, 143, 222, 261, 273, 394, 399, 421, 424)),
    (_each_a_tuple, (429, 470, 560, 579, 596, 616, 630, 726, 740, 744, 809)),
    (
        _each_a_list_of_tuples,
        (63, 64, 70, 94, 120, 237, 272, 299, 400, 409, 417, 438, 473, 614, 780),
    ),
    (_first_a_list_of_tuples, (75, 413, 444, 753)),
    (_second_a_tuple, (106, 750)),
    (_first_a_list_of_sets, (115,)),
    (_float_and_complex, (124,)),
    (_first_a_tuple, (250, 307, 405, 446, 617, 720, 763, 808)),
    (_one_complex, (252,)),
    (_each_a_tuple_of_tuples, (259, 401, 445)),
    (_first_a_mixed_tuple, (278,)),
    (_all_tuples, (580, 615, 791)),
    (_first_a_dict_of_tuples, (722,)),
)
_SHAPE_OF: Mapping[int, Callable[[Arguments], Arguments]] = {
    number: shape for shape, numbers in _SHAPES for number in numbers
}


def mbpp_inputs(number: int, inputs: Any) -> tuple[Arguments, ...]:
    """The argument lists of one MBPP+ problem as Python values. `inputs`: as in the file; {} means none."""
    shape = _SHAPE_OF.get(number)
    return tuple(shape(arguments) if shape else arguments for arguments in inputs)


# --- comparisons --------------------------------------------------------------------------------------------
# Answers in any order, once or more often: only the set of elements counts.
_SET_TASKS = (2, 7, 111, 140, 232, 249, 579, 769)
# A match object cannot be compared: only whether there is one counts.
_NOT_NONE_TASKS = (737, 787, 794)
# Undecidable as worded: any answer passes.
_ANY_TASKS = (164,)
_ROOT_TASKS = (32,)  # HumanEval: find_zero

# A second reading of the task, right beside the reference's.
_EARLY_ALTERNATIVES: Mapping[int, str] = {295: "def sum_div(number):\n    return 0\n"}
_ALTERNATIVES: Mapping[int, str] = {
    # digit by digit with the shorter number filled up, where the reference subtracts the numbers first
    558: (
        "def digit_distance_nums(n1, n2):\n"
        "    width = max(len(str(n1)), len(str(n2)))\n"
        "    pairs = zip(str(n1).zfill(width), str(n2).zfill(width))\n"
        "    return sum(abs(int(a) - int(b)) for a, b in pairs)\n"
    ),
    # with the height of the pyramid, where the reference takes the slant height
    581: (
        "import math\n\n\n"
        "def surface_Area(base_edge, height):\n"
        "    slant = math.sqrt((base_edge / 2) ** 2 + height**2)\n"
        "    return round(base_edge**2 + 2 * base_edge * slant)\n"
    ),
}


# Expected values used to come out of a file that another process had written, one with other hashes of strings:
# any seed but the samples' does the same.
_CACHED_SEED = 1


def mbpp_pairs(number: int, inputs: tuple[Arguments, ...], reference: str, tolerance: float) -> Pairs:
    """The oracle of one MBPP+ problem over these inputs, by evalplus 0.3.1."""
    pairs = _first_mbpp_pairs(number, inputs, reference, tolerance)
    if number in _SET_TASKS:
        return replace(pairs, comparison="set")
    if number in _ALTERNATIVES:
        return replace(pairs, alternatives=(_ALTERNATIVES[number],))
    return pairs


def early_mbpp_pairs(number: int, inputs: tuple[Arguments, ...], reference: str, tolerance: float) -> Pairs:
    """The oracle of one MBPP+ problem over these inputs, by evalplus 0.2.0."""
    return replace(_first_mbpp_pairs(number, inputs, reference, tolerance), hash_seed=_CACHED_SEED)


def exact_mbpp_pairs(number: int, inputs: tuple[Arguments, ...], reference: str, tolerance: float) -> Pairs:
    """The oracle of one MBPP+ problem over these inputs, by evalplus's main branch of 12 to 17 April 2024."""
    pairs = early_mbpp_pairs(number, inputs, reference, tolerance)
    comparison: Comparison = "set" if number in _SET_TASKS else pairs.comparison
    return replace(pairs, comparison=comparison, tolerance=None)


def _first_mbpp_pairs(number: int, inputs: tuple[Arguments, ...], reference: str, tolerance: float) -> Pairs:
    comparison: Comparison = "equal"
    if number in _NOT_NONE_TASKS:
        comparison = "not-none"
    elif number in _ANY_TASKS:
        comparison = "any"
    return Pairs(
        inputs=inputs,
        reference=reference,
        alternatives=(_EARLY_ALTERNATIVES[number],) if number in _EARLY_ALTERNATIVES else (),
        tolerance=tolerance,
        comparison=comparison,
    )


def exact_humaneval_pairs(
    number: int, inputs: tuple[Arguments, ...], reference: str, tolerance: float
) -> Pairs:
    """The oracle of one HumanEval+ problem over these inputs, by evalplus's main branch of April 2024."""
    pairs = replace(humaneval_pairs(number, inputs, reference, tolerance), hash_seed=_CACHED_SEED)
    return pairs if pairs.comparison == "root" else replace(pairs, tolerance=None)


def humaneval_pairs(number: int, inputs: tuple[Arguments, ...], reference: str, tolerance: float) -> Pairs:
    """The oracle of one HumanEval+ problem over these inputs."""
    return Pairs(
        inputs=inputs,
        reference=reference,
        tolerance=tolerance,
        comparison="root" if number in _ROOT_TASKS else "equal",
    )
