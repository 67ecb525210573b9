"""What becomes of each item: maps on numbers, words and characters, each as text and as code."""

from demo_tasks.draft import Draft
from demo_tasks.parts import Mapping


def number_mapping(d: Draft, x: str = "x") -> Mapping:
    """A map from a whole number."""
    kind = d.rng.choices(
        [
            "square",
            "cube",
            "double",
            "triple",
            "half",
            "abs",
            "negative",
            "add",
            "subtract",
            "times",
            "modulo",
            "last",
            "digits",
            "string",
            "length",
        ],
        [15, 11, 11, 6, 5, 7, 5, 7, 4, 5, 5, 8, 6, 4, 4],
    )[0]
    match kind:
        case "square" | "cube":
            return _number_square_or_cube(d, x, kind)
        case "double" | "triple":
            return _number_double_or_triple(d, x, kind)
        case "half":
            return _number_half(d, x)
        case "abs":
            return _number_abs(d, x)
        case "negative":
            return _number_negative(d, x)
        case "add":
            return _number_add(d, x)
        case "subtract":
            return _number_subtract(d, x)
        case "times":
            return _number_times(d, x)
        case "modulo":
            return _number_modulo(d, x)
        case "last":
            return _number_last(d, x)
        case "digits":
            return _number_digits(d, x)
        case "length":
            return _number_length(d, x)
    return _number_other(d, x)


def _number_square_or_cube(d: Draft, x: str, kind: str) -> Mapping:
    d.called(kind, f"{kind}s", f"{kind}d")
    return Mapping(f"{x} ** {2 if kind == 'square' else 3}", "int", f"{kind}s", kind, kind + " {}")


def _number_double_or_triple(d: Draft, x: str, kind: str) -> Mapping:
    d.called(kind, f"{kind}s", f"{kind}d")
    return Mapping(f"{x} * {2 if kind == 'double' else 3}", "int", f"{kind}s", kind, kind + " {}")


def _number_half(d: Draft, x: str) -> Mapping:
    d.called("half", "halves", "halved")
    return Mapping(f"{x} // 2", "int", "rounded-down halves", "rounded-down half", "halve {} and round down")


def _number_abs(d: Draft, x: str) -> Mapping:
    d.called("absolute", "abs")
    return Mapping(f"abs({x})", "int", "absolute values", "absolute value", "take the absolute value of {}")


def _number_negative(d: Draft, x: str) -> Mapping:
    d.called("opposite", "negated", "flipped")
    return Mapping(f"-{x}", "int", "opposites", "opposite", "change the sign of {}")


def _number_add(d: Draft, x: str) -> Mapping:
    text, code = d.amount(1, 12)
    d.called("add", "plus", "increased")
    return Mapping(f"{x} + {code}", "int", verb=d.pick(f"add {text} to {{}}", f"increase {{}} by {text}"))


def _number_subtract(d: Draft, x: str) -> Mapping:
    text, code = d.amount(1, 12)
    d.called("minus", "decreased", "subtract")
    return Mapping(
        f"{x} - {code}", "int", verb=d.pick(f"subtract {text} from {{}}", f"decrease {{}} by {text}")
    )


def _number_times(d: Draft, x: str) -> Mapping:
    text, code = d.amount(3, 12)
    d.called("times", "multiplied", "scaled")
    return Mapping(f"{x} * {code}", "int", verb=f"multiply {{}} by {text}")


def _number_modulo(d: Draft, x: str) -> Mapping:
    text, code = d.amount(2, 9)
    d.called("remainders", "remainder", "mod")
    return Mapping(
        f"{x} % {code}",
        "int",
        f"remainders by {text}",
        f"remainder by {text}",
        f"take {{}} modulo {text}",
    )


def _number_last(d: Draft, x: str) -> Mapping:
    d.called("last_digit", "last_digits")
    return Mapping(f"{x} % 10", "int", "last digits", "last digit", "take the last digit of {}")


def _number_digits(d: Draft, x: str) -> Mapping:
    d.called("digit_sum", "digit_sums")
    return Mapping(f"sum(map(int, str({x})))", "int", "digit sums", "digit sum", "take the digit sum of {}")


def _number_length(d: Draft, x: str) -> Mapping:
    d.called("digit_count", "digits")
    return Mapping(f"len(str({x}))", "int", "numbers of digits", "number of digits", "count the digits of {}")


def _number_other(d: Draft, x: str) -> Mapping:
    d.called("strings", "text")
    return Mapping(f"str({x})", "word", "decimal strings", "decimal string", "turn {} into a string")


def word_mapping(d: Draft, w: str = "w") -> Mapping:
    """A map from a word; about one in five chains two steps."""
    kind = d.rng.choices(
        ["upper", "lower", "capital", "reverse", "length", "first", "last", "twice", "both"],
        [14, 9, 8, 14, 18, 12, 8, 6, 11],
    )[0]
    match kind:
        case "upper" | "lower":
            return _word_upper_or_lower(d, w, kind)
        case "capital":
            return _word_capital(d, w)
        case "reverse":
            return _word_reverse(d, w)
        case "length":
            return _word_length(d, w)
        case "first":
            return _word_first(d, w)
        case "last":
            return _word_last(d, w)
        case "twice":
            return _word_twice(d, w)
    return _word_other(d, w)


def _word_upper_or_lower(d: Draft, w: str, kind: str) -> Mapping:
    d.called(kind, f"{kind}case", "capitals" if kind == "upper" else kind)
    style = d.pick(f"in {kind} case", "in capital letters" if kind == "upper" else "in small letters")
    return Mapping(
        f"{w}.{kind}()",
        "word",
        verb=d.pick(f"put {{}} {style}", f"write {{}} {style}", f"spell {{}} {style}"),
    )


def _word_capital(d: Draft, w: str) -> Mapping:
    d.called("capitalized", "capitalize")
    return Mapping(f"{w}.capitalize()", "word", verb="capitalize {}")


def _word_reverse(d: Draft, w: str) -> Mapping:
    d.called("reversed", "reverse", "backwards")
    return Mapping(
        f"{w}[::-1]", "word", verb=d.pick("reverse {}", "spell {} backwards", "write {} backwards")
    )


def _word_length(d: Draft, w: str) -> Mapping:
    d.called("lengths", "length")
    return Mapping(f"len({w})", "int", "lengths", "length", "take the length of {}")


def _word_first(d: Draft, w: str) -> Mapping:
    d.called("first_letters", "initials", "initial", "first_letter")
    return Mapping(f"{w}[0]", "word", "first letters", "first letter", "take the first letter of {}")


def _word_last(d: Draft, w: str) -> Mapping:
    d.called("last_letters", "last_letter", "endings")
    return Mapping(f"{w}[-1]", "word", "last letters", "last letter", "take the last letter of {}")


def _word_twice(d: Draft, w: str) -> Mapping:
    d.called("twice", "doubled")
    return Mapping(f"{w} * 2", "word", verb=d.pick("repeat {} twice", "double {}"))


def _word_other(d: Draft, w: str) -> Mapping:
    case, style = d.rng.choice(
        [
            ("upper", "in upper case"),
            ("lower", "in lower case"),
            ("upper", "in capital letters"),
            ("title", "in title case"),
        ]
    )
    if d.chance(0.5):
        d.called("backwards", "reversed", "mirror")
        d.called(case, style.split()[1])
        verb = d.pick(
            f"spell {{}} backwards and {style}",
            f"write {{}} backwards and {style}",
            f"reverse {{}} and put it {style}",
        )
        return Mapping(f"{w}[::-1].{case}()", "word", verb=verb)
    end, letter = d.rng.choice([("first", "[0]"), ("last", "[-1]")])
    d.called(end, f"{end}_letters")
    d.called(case)
    return Mapping(
        f"{w}{letter}.{case}()",
        "word",
        f"{end} letters {style}",
        f"{end} letter {style}",
        f"take the {end} letter of {{}} {style}",
    )


def char_mapping(d: Draft, c: str = "c") -> Mapping:
    """A map from a character."""
    kind = d.pick("upper", "lower", "double", "swap")
    if kind == "double":
        d.called("doubled", "double", "twice")
        return Mapping(f"{c} * 2", "char", verb=d.pick("double {}", "repeat {} twice"))
    if kind == "swap":
        d.called("swapped", "swap")
        return Mapping(f"{c}.swapcase()", "char", verb="swap the case of {}")
    d.called(kind, f"{kind}case")
    return Mapping(f"{c}.{kind}()", "char", verb=f"put {{}} in {kind} case")
