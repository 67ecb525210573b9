"""Tasks of one shape: take items, keep some, change each, and bring them together."""

from demo_tasks.draft import Draft, Task
from demo_tasks.flows import Flow, is_named, listed, returning, when_none

SEPARATORS = (
    ("dashes", "-"),
    ("commas", ","),
    ("single spaces", " "),
    ("stars", "*"),
    ("plus signs", "+"),
    ("dots", "."),
    ("colons", ":"),
)


def list_task(d: Draft, flow: Flow) -> Task:
    """The items themselves, in some order."""
    text, code = listed(d, flow)
    order = d.rng.choices(["same", "reverse", "up", "down", "distinct", "first"], [44, 14, 14, 14, 10, 4])[0]
    if flow.source.kind == "char" and order == "reverse":
        order = "same"
    gone = f"{flow.argument}"
    match order:
        case "same":
            return d.finish(
                text
                + d.pick("", "", "", "", ", in their original order", ", in the same order", " in order"),
                f"return {code}",
            )
        case "reverse":
            d.called("backwards", "reversed", "reverse")
            return d.finish(
                text + d.pick(" in reverse order", ", in reverse order", ", in reversed order"),
                f"return {code}[::-1]",
            )
        case "up":
            d.called("sorted", "ascending", "sort")
            small = ", from the smallest to the largest" if flow.kind == "int" else ", in sorted order"
            return d.finish(
                text
                + d.pick(" in sorted order", ", in sorted order", ", sorted", " in ascending order", small),
                f"return sorted({gone})",
            )
        case "down":
            d.called("descending", "down", "sorted_down")
            large = ", from the largest to the smallest" if flow.kind == "int" else ", in descending order"
            return d.finish(
                text + d.pick(" in descending order", ", in descending order", large, large),
                f"return sorted({flow.items}, reverse=True)",
            )
        case "distinct":
            return _distinct(d, flow, text)
    count = d.rng.randint(2, 5)
    d.called("first", f"first_{count}")
    return d.finish(text + f", but only the first {count} of them", f"return {code}[:{count}]")


def _distinct(d: Draft, flow: Flow, text: str) -> Task:
    """Each of the items once, sorted."""
    gone = flow.argument
    d.called("distinct", "different", "unique")
    if flow.mapping is None:
        text = f"{returning(d)} the {d.pick('different', 'different', 'distinct')} {flow.kept}"
    else:
        text += d.pick(" without duplicates", ", each only once")
    if d.chance(0.5):
        large = d.pick(", in descending order", ", from the largest to the smallest")
        d.called("descending", "down")
        return d.finish(text + large, f"return sorted(set({gone}), reverse=True)")
    return d.finish(
        text + d.pick(", in sorted order", ", sorted", ", from the smallest to the largest"),
        f"return sorted(set({gone}))",
    )


def total_task(d: Draft, flow: Flow) -> Task:
    """Sum, product or average."""
    kind = d.rng.choices(["sum", "product", "average", "running", "spread"], [44, 18, 14, 12, 12])[0]
    the = d.pick("the", "the", "the", "all the", "all")
    match kind:
        case "sum":
            d.called("sum", "sum", "total")
            text = d.pick(
                f"{returning(d)} the sum of {the} {flow.plural}",
                f"add up {the} {flow.plural}",
                f"{returning(d)} the total of {the} {flow.plural}",
                f"sum up {the} {flow.plural}",
                f"add up those {flow.plural}",
            )
            return d.finish(text, f"return sum({flow.argument})")
        case "product":
            d.called("product", "product", "multiply")
            text = d.pick(
                f"{returning(d)} the product of {the} {flow.plural}", f"multiply {the} {flow.plural}"
            )
            return d.finish(
                text + d.pick("", "", ", or 1 if there are none"),
                f"result = 1\n{flow.loop(f'result *= {flow.value}')}\nreturn result",
            )
        case "average":
            d.called("average", "mean")
            tail, value = when_none(d, flow, options=("0", "0", "None"))
            text = d.pick(
                f"{returning(d)} the average of {the} {flow.plural}",
                f"{returning(d)} the mean of {the} {flow.plural}",
            )
            return d.finish(
                text + tail,
                f"values = [{flow.each()}]\nreturn sum(values) / len(values) if values else {value}",
            )
        case "running":
            return _running(d, flow, the)
    return _spread(d, flow)


def _running(d: Draft, flow: Flow, the: str) -> Task:
    """Running totals or products."""
    d.called("running", "running_totals", "cumulative")
    if d.chance(0.7):
        d.called("totals", "sums")
        text = f"{returning(d)} the running {d.pick('totals', 'totals', 'sums')} of {the} {flow.plural}"
        return d.finish(
            text,
            f"total = 0\nresult = []\n{flow.loop(f'total += {flow.value}' + chr(10) + 'result.append(total)')}\nreturn result",
        )
    d.called("products")
    text = f"{returning(d)} the running products of {the} {flow.plural}"
    return d.finish(
        text,
        f"total = 1\nresult = []\n{flow.loop(f'total *= {flow.value}' + chr(10) + 'result.append(total)')}\nreturn result",
    )


def _spread(d: Draft, flow: Flow) -> Task:
    """From the smallest to the largest."""
    d.called("spread", "difference", "gap")
    tail, value = when_none(d, flow, options=("0", "0", "None"))
    if flow.mapping is None and flow.predicate is not None and flow.predicate.adjective and d.chance(0.6):
        text = f"{returning(d)} the difference between the largest and the smallest {flow.kept_single}"
    else:
        text = f"{returning(d)} the difference between the largest and the smallest of the {flow.plural}"
    return d.finish(
        text + tail, f"values = [{flow.each()}]\nreturn max(values) - min(values) if values else {value}"
    )


def extreme_task(d: Draft, flow: Flow) -> Task:
    """Largest, smallest, first, last or n-th."""
    kind = d.rng.choices(["edge", "first", "top"], [60, 15, 25])[0]
    if kind == "top":
        return _top_task(d, flow)
    tail, value = when_none(d, flow)
    one = flow.single if flow.mapping is None else f"of the {flow.plural}"
    if kind == "first":
        d.called("first")
        return d.finish(f"{returning(d)} the first {one}{tail}", f"return next(({flow.each()}), {value})")
    word, call = d.rng.choice(
        [
            ("largest", "max"),
            ("smallest", "min"),
            ("largest", "max"),
            ("smallest", "min"),
            ("biggest", "max"),
            ("lowest", "min"),
        ]
    )
    d.called(word, word, call)
    return d.finish(f"{returning(d)} the {word} {one}{tail}", f"return {call}({flow.items}, default={value})")


def _top_task(d: Draft, flow: Flow) -> Task:
    """Something about the two or three items at one end of the sorted list."""
    large = d.chance(0.5)
    word = "largest" if large else "smallest"
    first, second = ("values[-1]", "values[-2]") if large else ("values[0]", "values[1]")
    made = f"values = sorted({flow.argument})\n"
    value = d.pick("0", "0", "None")
    kind = d.rng.choice(["sum", "product", "gap", "gap", "second", "second"])
    if kind == "second":
        d.called("second")
        d.called(word)
        text = f"{returning(d)} the second {word} of the {flow.plural}"
        return d.finish(
            f"{text}, or {value} if there are fewer than two",
            f"{made}return {second} if len(values) > 1 else {value}",
        )
    d.called("two", "top" if large else "low", word)
    name, sign = {"sum": ("sum of", "+"), "product": ("product of", "*"), "gap": ("difference between", "-")}[
        kind
    ]
    d.called(name.split()[0], kind)
    if kind == "gap" and not large:
        first, second = second, first
    text = (
        f"{returning(d)} the {name} the two {word} {flow.plural}"
        if flow.mapping is None
        else f"{returning(d)} the {name} the two {word} of the {flow.plural}"
    )
    end = d.pick(
        f", or {value} if there are fewer than two",
        f", or {value} if there are fewer than two {flow.source.plural}",
        f", or {value} if the list has fewer than two {flow.source.plural}",
    )
    return d.finish(text + end, f"{made}return {first} {sign} {second} if len(values) > 1 else {value}")


def count_task(d: Draft, flow: Flow) -> Task:
    """How many there are, where they are, whether all or any are."""
    predicate = flow.predicate
    if predicate is None:
        d.called("count_different", "distinct_count")
        text = d.pick(
            f"count the different {flow.plural}", f"{returning(d)} the number of different {flow.plural}"
        )
        return d.finish(text, f"return len(set({flow.argument}))")
    source = flow.source
    kind = d.rng.choices(["count", "positions", "all", "any"], [48, 18 if source.own else 0, 20, 14])[0]
    match kind:
        case "count":
            d.called("count", "count", "number", "how_many")
            text = d.pick(
                f"count the {flow.kept}",
                f"count the {flow.kept}",
                f"{returning(d)} the number of {flow.kept}",
                f"count how many {source.plural}{source.place} {predicate.are}",
            )
            return d.finish(text, f"return sum({flow.each('1')})")
        case "positions":
            d.called("positions", "indices", "places")
            base = d.pick("", "", ", counted from 0,")
            base = base if predicate.adjective or base else ""
            word = d.pick("positions", "positions", "indices")
            text = d.pick(
                f"{returning(d)} the {word} of the {flow.kept}",
                f"{returning(d)} the {word}{source.place}{base} of the {source.plural} that {predicate.are}",
            )
            return d.finish(
                text, f"return [i for i, {source.var} in enumerate({source.iterable}) if {flow.condition}]"
            )
    word = "all" if kind == "all" else "any"
    d.called(word, word, "every" if kind == "all" else "some")
    lead = d.pick("check whether", "check whether", "check if", "test whether", "return whether")
    if kind == "all" and d.chance(0.5):
        text = f"{lead} {d.pick('all', 'all the')} {source.plural}{source.place} {predicate.are}"
    else:
        text = f"{lead} {d.pick('every', 'each') if kind == 'all' else d.pick('any', 'at least one')} {source.single}{source.place} {predicate.is_}"
    whole = f"{predicate.code} for {source.var} in {source.iterable}"
    return d.finish(text, f"return {word}({whole}{f' if {source.condition}' if source.condition else ''})")


def join_task(d: Draft, flow: Flow) -> Task:
    """Texts joined into one."""
    if flow.source.kind == "char":
        d.called("only", "keep", "letters", "text")
        text = (
            f"{returning(d)} the {flow.plural}"
            if is_named(flow) and flow.mapping is None
            else listed(d, flow)[0].split(" and return")[0]
        )
        end = d.pick(
            ", joined into one string",
            ", joined into one text",
            " as one string",
            " as a string",
            " and join the results into one string" if flow.mapping else " as one text",
        )
        return d.finish(text + end, f'return "".join({flow.argument})')
    name, mark = d.rng.choice(SEPARATORS)
    d.called(
        "join", "joined", name.split()[-1], name.rstrip("s").split()[-1] + "ed" if mark in "-*." else "join"
    )
    if flow.mapping is not None and not flow.mapping.plural:
        text = f"{listed(d, flow)[0].split(' and return')[0]} and join the results with {name}"
    else:
        text = d.pick(
            f"join the {flow.plural} with {name}",
            f"join all {flow.plural} with {name}",
            f"{returning(d)} the {flow.plural}, joined with {name}",
        )
    note = (
        ". No word is empty"
        if flow.mapping and flow.mapping.code.startswith(("w[0", "w[-")) and d.chance(0.4)
        else ""
    )
    return d.finish(text + note, f'return "{mark}".join({flow.argument})')
