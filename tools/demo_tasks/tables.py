"""Tasks that make or read dictionaries, group and count items, or rewrite a text."""

from demo_tasks.draft import Draft, Task
from demo_tasks.flows import choose, returning
from demo_tasks.maps import number_mapping, word_mapping
from demo_tasks.parts import Mapping, char_source, number_source, word_source
from demo_tasks.pipelines import SEPARATORS
from demo_tasks.predicates import char_predicate, number_predicate, word_predicate


def longest_task(d: Draft) -> Task:
    """The longest or shortest word; the first or last of equals."""
    flow = choose(d, "word", keep=0.4, change=0.0)
    word, call = d.rng.choice([("longest", "max"), ("shortest", "min")])
    d.called(word)
    d.called("word", "name")
    default, said = d.rng.choice([('""', "an empty string"), ('""', "an empty string"), ("None", "None")])
    items, tie = flow.items, ""
    equal = {"longest": "long", "shortest": "short"}[word]
    if d.chance(0.5):
        which = d.pick("first", "last")
        tie = f"; if several are equally {equal}, return the {which} of them"
        if which == "last":
            items = (
                f"reversed([{flow.each()}])"
                if flow.condition
                else f"reversed({'list(' + items + ')' if flow.source.place.endswith('ionary') else items})"
            )
    end = d.pick(
        f", or {said} if there are none", f", and for no words {said}", f", and {said} if there is none"
    )
    return d.finish(
        f"{returning(d)} the {word} {flow.kept_single}{tie}{end}",
        f"return {call}({items}, key=len, default={default})",
    )


def mapping_dict_task(d: Draft) -> Task:
    """A dictionary from each item to what becomes of it."""
    if d.chance(0.5):
        flow = choose(d, "word", keep=0.6, change=0.0)
        mapping = word_mapping(d)
    else:
        flow = choose(d, "int", keep=0.6, change=0.0)
        mapping = number_mapping(d)
    if not mapping.single:
        mapping = (
            Mapping("len(w)", "int", "lengths", "length")
            if flow.source.kind == "word"
            else Mapping("x ** 2", "int", "squares", "square")
        )
    d.called("dict", "table", "by", "from")
    text = d.pick(
        f"{returning(d)} a dictionary from each {flow.kept_single} to its {mapping.single}",
        f"{returning(d)} a dictionary that maps each {flow.kept_single} to its {mapping.single}",
    )
    return d.finish(text, f"return {{{flow.each(f'{flow.source.var}: {mapping.code}')}}}")


def items_task(d: Draft) -> Task:
    """Keys or entries of a dictionary, chosen by their values or keys."""
    table = d.param("table", "table", "prices", "scores", "data", "counts")
    if d.chance(0.75):
        predicate = number_predicate(d, "v")
        whose = f"whose value {predicate.is_}"
    else:
        predicate = word_predicate(d, "k")
        whose = f"whose key {predicate.is_}"
    d.called("keys", "entries", "items")
    given = d.pick(" of a dictionary", " in a dictionary", " of a dictionary")
    kind = d.rng.choices(["list", "sorted", "down", "filter", "count", "sum"], [24, 26, 10, 18, 10, 12])[0]
    loop = f"for k, v in {table}.items() if {predicate.code}"
    match kind:
        case "list":
            return d.finish(f"{returning(d)} the keys{given} {whose}", f"return [k {loop}]")
        case "sorted":
            d.called("sorted")
            return d.finish(
                f"{returning(d)} the keys{given} {whose}{d.pick(', in sorted order', ', sorted', ' in sorted order')}",
                f"return sorted(k {loop})",
            )
        case "down":
            d.called("sorted", "descending")
            return d.finish(
                f"{returning(d)} the keys{given} {whose}, in descending order",
                f"return sorted((k {loop}), reverse=True)",
            )
        case "filter":
            d.called("filter", "keep", "only")
            return d.finish(
                f"{d.pick('keep only the', 'return a dictionary with only the')} entries{given} {whose}",
                f"return {{k: v {loop}}}",
            )
        case "count":
            d.called("count")
            return d.finish(f"count the keys{given} {whose}", f"return sum(1 {loop})")
    d.called("sum", "total")
    return d.finish(f"{returning(d)} the sum of the values{given} {whose}", f"return sum(v {loop})")


def values_task(d: Draft) -> Task:
    """A whole dictionary changed, turned round, or searched for its best key."""
    table = d.param("table", "table", "prices", "scores", "data")
    kind = d.rng.choice(["change", "change", "invert", "best", "sorted"])
    if kind == "change":
        mapping = number_mapping(d, "v")
        d.called("values", "dict")
        verb = mapping.verb.format("every value of a dictionary")
        return d.finish(
            f"{verb} and return the new dictionary",
            f"return {{k: {mapping.code} for k, v in {table}.items()}}",
        )
    if kind == "invert":
        d.called("invert", "inverted", "swap")
        d.called("dict", "keys")
        return d.finish(
            "swap the keys and the values of a dictionary", f"return {{v: k for k, v in {table}.items()}}"
        )
    if kind == "best":
        word, call = d.rng.choice([("largest", "max"), ("smallest", "min")])
        d.called(word, call)
        d.called("key")
        return d.finish(
            f"{returning(d)} the key of a dictionary with the {word} value, or None if it is empty",
            f"return {call}({table}, key={table}.get, default=None)",
        )
    d.called("sorted", "by_value")
    d.called("keys")
    down = d.chance(0.5)
    text = f"{returning(d)} the keys of a dictionary, sorted by their values" + (
        " from the largest to the smallest" if down else ""
    )
    return d.finish(text, f"return sorted({table}, key={table}.get{', reverse=True' if down else ''})")


def _key_mapping(d: Draft, kind: str) -> tuple[str, str]:
    """(key in words, key as code) to group or count by."""
    if kind == "word":
        name, code = d.rng.choice(
            [
                ("length", "len(w)"),
                ("first letter", "w[0]"),
                ("last letter", "w[-1]"),
                ("length", "len(w)"),
                ("first letter", "w[0]"),
            ]
        )
    else:
        name, code = d.rng.choice(
            [
                ("last digit", "x % 10"),
                ("remainder by 2", "x % 2"),
                ("remainder by 3", "x % 3"),
                ("absolute value", "abs(x)"),
                ("square", "x ** 2"),
            ]
        )
    d.called(name.replace(" ", "_").replace("_by_", "_"), f"by_{name.split()[-1]}")
    return name, code


def group_task(d: Draft) -> Task:
    """Items grouped by a property, or counted by it."""
    kind = d.pick("word", "word", "int")
    flow = choose(d, kind, keep=0.3, change=0.0)
    name, key = _key_mapping(d, kind)
    if d.chance(0.5):
        d.called("group", "grouped", "groups")
        ordered = d.chance(0.5)
        text = f"group the {flow.kept} by their {name}"
        if d.chance(0.6):
            text += f": return a dictionary from each {name} to the {'sorted ' if ordered else ''}list of the {flow.source.plural} {d.pick('that have it', 'with it')}"
        elif ordered:
            text += " and sort each group"
        if ordered and not flow.condition:
            head = f"for {flow.source.var} in sorted({flow.source.iterable}):\n    result.setdefault({key}, []).append({flow.source.var})"
        elif ordered:
            head = f"for {flow.source.var} in sorted({flow.each(flow.source.var)}):\n    result.setdefault({key}, []).append({flow.source.var})"
        else:
            head = flow.loop(f"result.setdefault({key}, []).append({flow.source.var})")
        return d.finish(text, f"result = {{}}\n{head}\nreturn result")
    d.called("count", "frequency", "counts")
    text = d.pick(
        f"count the {flow.kept} by their {name}: return a dictionary from each {name} to how many {flow.source.plural} have it",
        f"{returning(d)} a dictionary from each {name} of the {flow.kept} to the number of {flow.source.plural} that have it",
    )
    return d.finish(
        text, f"result = {{}}\n{flow.loop(f'result[{key}] = result.get({key}, 0) + 1')}\nreturn result"
    )


def common_task(d: Draft) -> Task:
    """The most or least frequent item or property of an item."""
    kind = d.pick("word", "int", "char")
    source = {"word": word_source, "int": number_source, "char": char_source}[kind](d)
    most = d.chance(0.6)
    word = "most" if most else "fewest"
    sign = "-" if most else ""
    if kind == "char" or d.chance(0.4):
        name, values = source.single, f"list({source.iterable})"
        text = f"{returning(d)} the {'most' if most else 'least'} frequent {source.single}{source.place}"
        d.called("common", "frequent", "most_common" if most else "rarest")
    else:
        name, key = _key_mapping(d, kind)
        values = f"[{key} for {source.var} in {source.iterable}]"
        text = f"{returning(d)} the {name} that {word} {source.plural}{source.place} have"
        if name == "first letter" and d.chance(0.6):
            text = f"{returning(d)} the letter with which {'most' if most else 'the fewest'} {source.plural}{source.place} {d.pick('begin', 'start')}"
        if name == "last letter" and d.chance(0.6):
            text = f"{returning(d)} the letter with which {'most' if most else 'the fewest'} {source.plural}{source.place} end"
        d.called("common", "frequent", "favourite")
    d.called(name.split()[-1])
    tie = d.pick(
        "; among equally frequent ones the smallest", "; among equally frequent ones the first in order", ""
    )
    end = d.pick(
        ", and None for an empty list", ", or None if there are none", ", and None if there are none"
    )
    return d.finish(
        text + tie + end,
        f"values = {values}\nreturn min(values, key=lambda v: ({sign}values.count(v), v), default=None)",
    )


def replace_task(d: Draft) -> Task:
    """Some characters replaced or changed, the others kept; or some words of a text changed."""
    if d.chance(0.55):
        source = char_source(d)
        predicate = char_predicate(d)
        marks = [
            ("a star", '"*"'),
            ("a dash", '"-"'),
            ("a space", '" "'),
            ("a hash", '"#"'),
            ("a dot", '"."'),
            ("the digit 0", '"0"'),
        ]
        said, new = d.rng.choice(marks)
        d.called("replace", "replaced", "mask", said.split()[-1])
        noun = predicate.is_.removeprefix("is a ").removeprefix("is an ")
        thing = noun if predicate.adjective else f"{source.single} that {predicate.is_}"
        keep = d.pick(
            "",
            " and keep the others",
            " and leave the other characters as they are",
            " and keep the other characters",
        )
        return d.finish(
            f"replace every {thing}{source.place} with {said}{keep}",
            f'return "".join({new} if {predicate.code} else c for c in {source.iterable})',
        )
    source = word_source(d)
    predicate, mapping = word_predicate(d), word_mapping(d)
    while mapping.kind != "word" or "title" in mapping.code:
        d.words = d.words[:-1]
        mapping = word_mapping(d)
    thing = d.pick(
        f"the {source.plural}{source.place} that {predicate.are}",
        f"every {source.single}{source.place} that {predicate.is_}",
    )
    text = mapping.verb.format(thing) + d.pick(
        " and keep the others", ", keep the other words as they are", ", and leave the others as they are"
    )
    each = f"{mapping.code} if {predicate.code} else w for w in {source.iterable}"
    if source.place.endswith(("text", "sentence", "string")) or d.chance(0.3):
        name, mark = d.rng.choice([("single spaces", " ")] * 3 + list(SEPARATORS))
        return d.finish(
            f"{text}, and join {d.pick('all words', 'the results', 'the words')} with {name}",
            f'return "{mark}".join({each})',
        )
    return d.finish(text, f"return [{each}]")


def partial_task(d: Draft) -> Task:
    """Some numbers of a list changed, the others kept."""
    source = number_source(d)
    predicate, mapping = number_predicate(d), number_mapping(d)
    thing = d.pick(
        f"the {source.plural}{source.place} that {predicate.are}",
        f"every {source.single}{source.place} that {predicate.is_}",
    )
    text = mapping.verb.format(thing) + d.pick(
        " and keep the others", ", keep the other numbers as they are", " and leave the others as they are"
    )
    each = f"{mapping.code} if {predicate.code} else x for x in {source.iterable}"
    if d.chance(0.3):
        d.called("sum", "total")
        return d.finish(f"{text}, and add up the results", f"return sum({each})")
    return d.finish(text, f"return [{each}]")
