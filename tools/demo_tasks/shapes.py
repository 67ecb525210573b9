"""Tasks on two lists, neighbours, matrices, single numbers, and the order of items; and those that need a loop."""

from demo_tasks.draft import Draft, Task
from demo_tasks.flows import returning
from demo_tasks.predicates import number_predicate

THINGS = (
    "book",
    "bottle",
    "ticket",
    "box",
    "chair",
    "apple",
    "plant",
    "lamp",
    "pen",
    "cup",
    "coin",
    "seat",
    "brick",
    "egg",
)
LABELS = (
    "low",
    "high",
    "cold",
    "warm",
    "yes",
    "no",
    "day",
    "night",
    "small",
    "big",
    "win",
    "loss",
    "open",
    "closed",
    "red",
    "blue",
    "child",
    "adult",
    "fail",
    "pass",
    "dry",
    "wet",
)
PAIRINGS = (
    ("sum", "sums", "a + b"), ("product", "products", "a * b"), ("difference", "differences", "a - b"),
    ("larger", "larger", "max(a, b)"), ("smaller", "smaller", "min(a, b)"), ("absolute difference", "absolute differences", "abs(a - b)"),
)  # fmt: skip


def _pair_condition(d: Draft) -> tuple[str, str]:
    """(verb phrase for two numbers, code)."""
    text, code = d.amount(0, 15)
    return d.rng.choice(
        [
            ("are equal", "a == b"),
            ("are different", "a != b"),
            (f"differ by exactly {text}", f"abs(a - b) == {code}"),
            (f"differ by at most {text}", f"abs(a - b) <= {code}"),
            (f"differ by less than {text}", f"abs(a - b) < {code}"),
            (f"differ by at least {text}", f"abs(a - b) >= {code}"),
            (f"differ by more than {text}", f"abs(a - b) > {code}"),
            (f"have a sum greater than {text}", f"a + b > {code}"),
            (f"have a sum less than {text}", f"a + b < {code}"),
            ("have an even sum", "(a + b) % 2 == 0"),
        ]
    )


def _pair_source(d: Draft) -> tuple[str, str, str]:
    """(the loop over pairs a, b; what one pair is called; what all are called)"""
    beside = d.chance(0.5)
    if beside:
        first, second = (
            d.param("first", "first", "left", "a_list"),
            d.param("second", "second", "right", "b_list"),
        )
        loop = f"for a, b in zip({first}, {second})"
        where = d.pick(
            " at the same position in two lists",
            " at the same position of two lists",
            " of two lists of equal length",
        )
        pair = (
            "each pair of numbers"
            + where
            + d.pick("", "", " of equal length" if "equal" not in where else "")
        )
        pairs = "pairs of numbers" + where
        d.called("pairwise", "pairs", "pair")
    else:
        name = d.param("numbers", "numbers", "values", "data", "heights", "items")
        loop = f"for a, b in zip({name}, {name}[1:])"
        pair, pairs = d.rng.choice(
            [
                ("each pair of neighbours in a list", "neighbours in a list"),
                ("each two neighbours in a list", "pairs of neighbours in a list"),
            ]
        )
        d.called("neighbours", "neighbour", "adjacent", "steps")
    return loop, pair, pairs


def pairs_task(d: Draft) -> Task:
    """Two lists side by side, or the neighbours in one list."""
    loop, pair, pairs = _pair_source(d)
    kind = d.rng.choices(["list", "sum", "edge", "count", "all"], [40, 16, 12, 22, 10])[0]
    if kind in ("count", "all"):
        are, code = _pair_condition(d)
        if kind == "count":
            d.called("count", "number")
            return d.finish(
                d.pick(f"count the {pairs} that {are}", f"{returning(d)} the number of {pairs} that {are}"),
                f"return sum(1 {loop} if {code})",
            )
        d.called("all", "every")
        return d.finish(f"check whether all {pairs} {are}", f"return all({code} {loop})")
    single, plural, code = d.rng.choice(PAIRINGS)
    d.called(plural.split()[-1], single.split()[-1])
    if kind == "list":
        return d.finish(
            d.pick(
                f"{returning(d)} the {single} of {pair}", f"{returning(d)} a list with the {single} of {pair}"
            ),
            f"return [{code} {loop}]",
        )
    if kind == "sum":
        d.called("sum", "total")
        return d.finish(
            f"{returning(d)} the sum of the {plural} of {'all ' if d.chance(0.5) else 'the '}{pairs}",
            f"return sum({code} {loop})",
        )
    word, call = d.rng.choice([("largest", "max"), ("smallest", "min")])
    d.called(word)
    text = (
        f"{returning(d)} the {word} {single} of {pairs}"
        if "er" not in single[-2:]
        else f"{returning(d)} the {word} of the {plural} of {pairs}"
    )
    return d.finish(f"{text}, or 0 if there are none", f"return {call}(({code} {loop}), default=0)")


def sets_task(d: Draft) -> Task:
    """What two lists have in common, or what one lacks."""
    first, second = d.param("first", "first", "left"), d.param("second", "second", "right")
    name, phrase, sign = d.rng.choice(
        [
            ("common", "in both lists", "&"),
            ("missing", "in the first list but not in the second list", "-"),
            ("either", "in the first list or in the second list", "|"),
            ("single", "in exactly one of two lists", "^"),
        ]
    )
    if name == "missing" and d.chance(0.3):
        phrase, first, second = "in the second list but not in the first list", second, first
    d.called(name, name, "shared" if name == "common" else name)
    code = f"set({first}) {sign} set({second})"
    noun = d.pick("numbers", "numbers", "values", "elements")
    lead = f"the {d.pick('', 'different ')}{noun} that are {phrase}"
    kind = d.rng.choice(["up", "down", "count", "sum", "edge"])
    match kind:
        case "up":
            d.called("sorted", "ascending")
            return d.finish(
                f"{returning(d)} {lead}{d.pick(', in sorted order', ', from the smallest to the largest')}",
                f"return sorted({code})",
            )
        case "down":
            d.called("descending", "down")
            return d.finish(
                f"{returning(d)} {lead}{d.pick(', in descending order', ', from the largest to the smallest')}",
                f"return sorted({code}, reverse=True)",
            )
        case "count":
            d.called("count")
            return d.finish(f"count {lead}", f"return len({code})")
        case "sum":
            d.called("sum")
            return d.finish(f"{returning(d)} the sum of {lead}", f"return sum({code})")
    word, call = d.rng.choice([("largest", "max"), ("smallest", "min")])
    d.called(word)
    return d.finish(
        f"{returning(d)} the {word} of {lead}, or None if there are none",
        f"return {call}({code}, default=None)",
    )


def matrix_task(d: Draft) -> Task:
    """Something of each row or column."""
    matrix = d.param("matrix", "matrix", "rows", "grid")
    line = d.pick("row", "column")
    source = matrix if line == "row" else f"zip(*{matrix})"
    name, call = d.rng.choice(
        [
            ("sum", "sum({})"),
            ("largest value", "max({})"),
            ("smallest value", "min({})"),
            ("product of the first two values", "{0}[0] * {0}[1]"),
            ("first value", "{}[0]"),
            ("last value", "{}[-1]"),
            ("number of values", "len({})"),
            ("number of zeros", "{}.count(0)"),
        ]
    )
    d.called(line, f"{line}s")
    d.called(
        name.split()[0],
        name.split()[-1],
        {"largest value": "maximums", "smallest value": "minimums"}.get(name, name.split()[0] + "s"),
    )
    shape = d.pick(
        "", "", "", " that is given as a list of rows", " that is given as a list of rows of equal length"
    )
    code = call.format(line)
    if d.chance(0.3):
        word, outer = d.rng.choice([("sum", "sum"), ("largest", "max"), ("smallest", "min")])
        d.called(word)
        return d.finish(
            f"take the {name} of each {line} of a matrix{shape} and return the {word} of the results",
            f"return {outer}({code} for {line} in {source})",
        )
    return d.finish(
        f"{returning(d)} {d.pick('', 'a list with ')}the {name} of each {line} of a matrix{shape}",
        f"return [{code} for {line} in {source}]",
    )


def scalar_task(d: Draft) -> Task:
    """A formula with named amounts, or a label by a condition."""
    if d.chance(0.55):
        return _formula_task(d)
    name = d.param(
        "n", "n", "number", "value", "degrees", "age", "points", "size", "speed", "hour", "score", "price"
    )
    said = d.pick(f"the given {name}", f"the {name}", f"a given {name}") if name != "n" else "n"
    predicate = number_predicate(d, name)
    is_ = predicate.are if name.endswith("s") else predicate.is_
    one, two = d.rng.sample(LABELS, 2)
    if d.chance(0.5):
        one, two = d.made_up(), d.made_up()
    d.called("label", "state", "kind", "name")
    d.called(name, one)
    otherwise = d.pick("otherwise", "otherwise", "in all other cases")
    return d.finish(
        f"{returning(d)} '{one}' if {said} {is_} and '{two}' {otherwise}",
        f'return "{one}" if {predicate.code} else "{two}"',
    )


def _formula_task(d: Draft) -> Task:
    """Costs and weights of things: a sum of products of the arguments."""
    thing, whole = d.rng.sample(THINGS, 2)
    measure, unit = d.rng.choice(
        [("price", "price"), ("weight", "weight"), ("length", "length"), ("cost", "cost")]
    )
    d.called(measure, "total", thing)
    d.called(whole, thing, measure)
    shape = d.rng.randrange(4)
    count, each = f"{thing}s", thing
    if shape == 0:
        d.params += [count, each]
        return d.finish(
            f"{returning(d)} the {measure} of some {count}: the number of {count} times the {unit} of one {thing}",
            f"return {count} * {each}",
        )
    if shape == 1:
        d.params += [count, each, whole]
        d.rng.shuffle(d.params)
        return d.finish(
            f"{returning(d)} the {measure} of some {count} with one {whole}: the number of {count} times the {unit} of one {thing} plus the {unit} of the {whole}",
            f"return {count} * {each} + {whole}",
        )
    if shape == 2:
        d.params += [whole, each]
        sign, said = d.rng.choice([("+", "plus"), ("-", "minus"), ("*", "times")])
        return d.finish(
            f"{returning(d)} the {unit} of the {whole} {said} the {unit} of one {thing}",
            f"return {whole} {sign} {each}",
        )
    number = d.rng.randint(2, 12)
    d.params += [whole, each]
    return d.finish(
        f"{returning(d)} the {measure} of a {whole} with {number} {count}: the {unit} of the {whole} plus {number} times the {unit} of one {thing}",
        f"return {whole} + {number} * {each}",
    )
