"""Tasks on the order of items, and tasks that carry a state through a loop."""

from demo_tasks.draft import Draft, Task
from demo_tasks.flows import returning
from demo_tasks.predicates import number_predicate

REMOVALS = (
    ("the first {}", "{v}[1:]"), ("the last {}", "{v}[:-1]"), ("the first two {}s", "{v}[2:]"), ("the first and the last {}", "{v}[1:-1]"),
    ("every second {}", "{v}[::2]"),
)  # fmt: skip
MOVES = (
    ("move the last {} {of} to its beginning", "{v}[-1:] + {v}[:-1]"), ("move the first two {}s {of} to its end", "{v}[2:] + {v}[:2]"),
    ("move the last two {}s {of} to its beginning", "{v}[-2:] + {v}[:-2]"), ("move the first {} {of} to its end", "{v}[1:] + {v}[:1]"),
    ("put the {}s {of} in reverse order", "{v}[::-1]"), ("repeat the first {} {of} at its end", "{v} + {v}[:1]"),
    ("repeat the last {} {of} at its beginning", "{v}[-1:] + {v}"), ("swap the two halves {of}", "{v}[len({v}) // 2:] + {v}[:len({v}) // 2]"),
)  # fmt: skip


def order_task(d: Draft) -> Task:
    """Items moved, removed or repeated: words of a text, letters of a text, elements of a list."""
    what = d.pick("words", "words", "letters", "list")
    if what == "list":
        name, item, whole = (
            d.param("items", "items", "numbers", "values"),
            d.pick("element", "item"),
            "of a list",
        )
    else:
        name = d.param("text", "text", "sentence", "line", "s")
        item, whole = ("word", "of a text") if what == "words" else ("letter", "of a text")
    value = "words" if what == "words" else name
    if d.chance(0.35):
        phrase, code = d.rng.choice(REMOVALS)
        d.called("remove", "drop", "without")
        said = phrase.format(item)
        text = f"{d.pick('remove', 'drop')} {said} {whole}"
        if "second" in said:
            text = f"keep only {said} {whole}, beginning with the first"
    else:
        phrase, code = d.rng.choice(MOVES)
        d.called(phrase.split()[0])
        text = phrase.format(item, of=whole)
    d.called(
        *[word for word in ("first", "last", "two", "reverse", "halves", "second") if word in phrase][:2]
        or ["order"]
    )
    d.called(item, f"{item}s")
    code = code.replace("{v}", value)
    if what == "words":
        end = d.pick(
            " and return the words joined with single spaces",
            " and join the words with single spaces",
            ", joined with single spaces",
        )
        return d.finish(text + end, f'words = {name}.split()\nreturn " ".join({code})')
    return d.finish(text + d.pick("", " and return the result"), f"return {code}")


def division_task(d: Draft) -> Task:
    """A number divided, multiplied or lowered until something holds; how often, or what is left."""
    n = d.param("n", "n", "n", "number")
    kind = d.rng.randrange(4)
    many = d.pick("count how many times", "count how often", "return how many times")
    factor = d.rng.choice([2, 3, 4, 5, 6, 7, 10])
    d.called("times", "count", "how_often", "steps")
    if kind == 0:
        d.called("divisible", "divide", "divisions")
        end = "until it is odd" if factor == 2 else f"until it is not divisible by {factor}"
        if d.chance(0.4):
            d.called("left", "rest", "remove")
            return d.finish(
                f"divide a positive integer by {factor} {end} and return what is left",
                f"while {n} % {factor} == 0:\n    {n} //= {factor}\nreturn {n}",
            )
        text = d.pick(
            f"{many} a positive integer can be divided by {factor} without a remainder",
            f"{many} a positive integer can be divided by {factor} {end}",
        )
        return d.finish(
            text, f"count = 0\nwhile {n} % {factor} == 0:\n    {n} //= {factor}\n    count += 1\nreturn count"
        )
    if kind == 1:
        d.called("halve", "divide", "until_zero")
        small = d.pick("0", "1")
        code = f"{n} > {small}"
        return d.finish(
            f"{many} a positive integer can be divided by {factor}, rounding down, until it is {small}{' or less' if small == '1' else ''}",
            f"count = 0\nwhile {code}:\n    {n} //= {factor}\n    count += 1\nreturn count",
        )
    if kind == 2:
        goal = d.param("goal", "goal", "limit", "target")
        d.called("grow", "double" if factor == 2 else "multiply", goal)
        said = "doubled" if factor == 2 else f"multiplied by {factor}"
        return d.finish(
            f"{many} a positive number must be {said} until it is at least the given {goal}",
            f"count = 0\nwhile {n} < {goal}:\n    {n} *= {factor}\n    count += 1\nreturn count",
        )
    d.called("subtract", "lower")
    return d.finish(
        f"{many} {factor} can be subtracted from a non-negative number before it is negative",
        f"count = 0\nwhile {n} >= {factor}:\n    {n} -= {factor}\n    count += 1\nreturn count",
    )


def run_task(d: Draft) -> Task:
    """Runs of equal neighbours, or stretches of numbers with a property."""
    name = d.param("items", "items", "numbers", "values", "data")
    kind = d.rng.choice(["count", "first", "longest", "stretch", "stretch", "pairs", "order"])
    if kind == "count":
        d.called("count_runs", "runs")
        return d.finish(
            "count the runs of equal neighbours in a list",
            f"count = 0\nfor i, x in enumerate({name}):\n    if i == 0 or x != {name}[i - 1]:\n        count += 1\nreturn count",
        )
    if kind == "first":
        d.called("runs", "squeeze", "collapse")
        text = d.pick(
            "return the first item of each run of equal neighbours in a list",
            "keep only one of each run of equal neighbours in a list",
        )
        return d.finish(text, f"return [x for i, x in enumerate({name}) if i == 0 or x != {name}[i - 1]]")
    if kind == "pairs":
        d.called("runs", "run_pairs")
        return d.finish(
            "return a list with the item and the length of each run of equal neighbours in a list",
            f"result = []\nfor i, x in enumerate({name}):\n    if i > 0 and x == {name}[i - 1]:\n        result[-1][1] += 1\n    else:\n        result.append([x, 1])\nreturn result",
        )
    return _longest_task(d, name, kind)


def _longest_task(d: Draft, name: str, kind: str) -> Task:
    """The longest run, or the longest stretch with a property."""
    start = "best = 0\ncurrent = 0\n"
    end = "    best = max(best, current)\nreturn best"
    lead = f"{returning(d)} the length of the longest "
    if kind == "stretch":
        predicate = number_predicate(d)
        d.called("longest", "stretch", "streak")
        text = f"{lead}stretch of neighbours in a list that {predicate.are}"
        return d.finish(
            text,
            f"{start}for x in {name}:\n    if {predicate.code}:\n        current += 1\n    else:\n        current = 0\n{end}",
        )
    d.called("longest")
    if kind == "longest":
        d.called("run", "equal_run")
        sign, text = "==", f"{lead}run of equal neighbours in a list"
    else:
        sign, said, word = d.rng.choice(
            [
                ("<", "smaller than", "fall"),
                ("<=", "not larger than", "descent"),
                (">=", "not smaller than", "rise"),
                ("!=", "different from", "change"),
            ]
        )
        d.called(word)
        text = f"{lead}stretch of neighbours in a list in which each number is {said} the one before it"
    return d.finish(
        text,
        f"{start}for i, x in enumerate({name}):\n    if i > 0 and x {sign} {name}[i - 1]:\n        current += 1\n    else:\n        current = 1\n{end}",
    )


def state_task(d: Draft) -> Task:
    """A level that changes step by step under a rule."""
    name = d.param("changes", "changes", "steps", "numbers", "moves")
    level = d.pick("level", "balance", "position", "total")
    thing = {
        "level": "the level of a tank",
        "balance": "the balance of an account",
        "position": "the position of a robot",
        "total": "a total",
    }[level]
    d.called(level, level, "final")
    d.called(name, "after")
    start = d.rng.choice([0, 0, 0, 1, 10])
    kind = d.rng.choice(["skip", "low", "high", "stop", "extreme"])
    begin = f"{level} = {start}\nfor x in {name}:\n"
    at = f"{returning(d)} {thing} that starts at {start} after a list of {name if name != 'numbers' else 'changes'}"
    match kind:
        case "skip":
            return _skipping_task(d, level, at, begin)
        case "low":
            floor = d.rng.choice([0, 0, 1, -5])
            return d.finish(
                f"{at}; it never drops below {floor}",
                f"{begin}    {level} = max({floor}, {level} + x)\nreturn {level}",
            )
        case "high":
            top = d.param("top", "top", "limit", "maximum", "capacity")
            return d.finish(
                f"{at}; it never rises above the {top}",
                f"{begin}    {level} = min({top}, {level} + x)\nreturn {level}",
            )
        case "stop":
            return d.finish(
                f"{at}; stop as soon as it is negative",
                f"{begin}    {level} += x\n    if {level} < 0:\n        break\nreturn {level}",
            )
    word, call = d.rng.choice([("highest", "max"), ("lowest", "min")])
    return d.finish(
        f"{returning(d)} the {word} value of {thing} that starts at {start} and changes by the numbers in a list",
        f"{level} = {start}\nbest = {start}\nfor x in {name}:\n    {level} += x\n    best = {call}(best, {level})\nreturn best",
    )


def _skipping_task(d: Draft, level: str, at: str, begin: str) -> Task:
    """Changes that would break a rule are left out."""
    said, code = d.rng.choice(
        [
            ("negative", ">= 0"),
            ("odd", "% 2 == 0"),
            ("greater than 100", "<= 100"),
            ("less than 1", ">= 1"),
        ]
    )
    check = f"({level} + x) {code}" if "%" in code else f"{level} + x {code}"
    return d.finish(
        f"{at}; skip every change that would make it {said}",
        f"{begin}    if {check}:\n        {level} += x\nreturn {level}",
    )


def mix_task(d: Draft) -> Task:
    """Two lists or texts taken in turn."""
    first, second = d.param("first", "first", "left", "a"), d.param("second", "second", "right", "b")
    d.called("mix", "alternate", "turns")
    d.called("lists", "two")
    kind = d.rng.randrange(3)
    if kind == 0:
        return d.finish(
            "return a list with the items of two lists of equal length in turn, beginning with the first list",
            "result = []\n"
            + f"for x, y in zip({first}, {second}):\n    result.append(x)\n    result.append(y)\nreturn result",
        )
    if kind == 1:
        return d.finish(
            "return a list of the pairs of items at the same position in two lists",
            f"return list(zip({first}, {second}))",
        )
    mark = d.pick("-", "+", "*", ".")
    return d.finish(
        f"join the letters at the same position of two texts in turn, with '{mark}' after each pair",
        f'return "".join(x + y + "{mark}" for x, y in zip({first}, {second}))',
    )
