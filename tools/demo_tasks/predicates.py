"""Properties of numbers, words and characters, each as text and as code."""

from demo_tasks.draft import Draft
from demo_tasks.parts import Predicate

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def _compare(d: Draft) -> tuple[str, str, str]:
    """(name word, operator, comparison in words)"""
    return d.rng.choice(
        [
            ("above", ">", "greater than"),
            ("larger", ">", "larger than"),
            ("over", ">", "above"),
            ("more", ">", "more than"),
            ("below", "<", "less than"),
            ("smaller", "<", "smaller than"),
            ("under", "<", "below"),
            ("least", ">=", "at least"),
            ("most", "<=", "at most"),
        ]
    )


def number_predicate(d: Draft, x: str = "x") -> Predicate:
    """A property of a whole number."""
    if d.chance(0.52):
        adjective, code = d.rng.choice(
            [
                ("even", f"{x} % 2 == 0"),
                ("odd", f"{x} % 2 == 1"),
                ("positive", f"{x} > 0"),
                ("negative", f"{x} < 0"),
            ]
        )
        d.called(adjective, adjective, adjective, adjective + "s")
        return Predicate(f"are {adjective}", f"is {adjective}", code, adjective)
    kind = d.rng.choices(
        ["compare", "divisible", "not", "zero", "between", "last", "digits", "length"],
        [32, 22, 6, 10, 6, 8, 10, 6],
    )[0]
    match kind:
        case "compare":
            return _number_compare(d, x)
        case "divisible":
            return _number_divisible(d, x)
        case "not":
            return _number_not(d, x)
        case "zero":
            return _number_zero(d, x)
        case "between":
            return _number_between(d, x)
        case "last":
            return _number_last(d, x)
        case "length":
            return _number_length(d, x)
    return _number_other(d, x)


def _number_compare(d: Draft, x: str) -> Predicate:
    word, operator, phrase = _compare(d)
    text, code = d.amount(0, 20)
    d.called(word, word, "big" if operator in (">", ">=") else "small")
    return Predicate(
        f"are {phrase} {text}",
        f"is {phrase} {text}",
        f"{x} {operator} {code}",
        "",
        f"{phrase} {text}",
    )


def _number_divisible(d: Draft, x: str) -> Predicate:
    text, code = d.amount(2, 12)
    d.called("divisible", "multiples", "multiple")
    if d.chance(0.25):
        return Predicate(f"are multiples of {text}", f"is a multiple of {text}", f"{x} % {code} == 0")
    return Predicate(
        f"are divisible by {text}",
        f"is divisible by {text}",
        f"{x} % {code} == 0",
        "",
        f"divisible by {text}",
    )


def _number_not(d: Draft, x: str) -> Predicate:
    text, code = d.amount(2, 12)
    d.called("not_divisible", "indivisible")
    return Predicate(f"are not divisible by {text}", f"is not divisible by {text}", f"{x} % {code} != 0")


def _number_zero(d: Draft, x: str) -> Predicate:
    d.called("nonzero", "not_zero", "without_zeros")
    return Predicate("are not zero", "is not zero", f"{x} != 0", d.pick("", "nonzero"))


def _number_between(d: Draft, x: str) -> Predicate:
    low = d.rng.randint(0, 9)
    high = low + d.rng.randint(2, 20)
    d.called("between", "inside", "within")
    return Predicate(
        f"are between {low} and {high}",
        f"is between {low} and {high}",
        f"{low} <= {x} <= {high}",
        "",
        f"between {low} and {high}",
    )


def _number_last(d: Draft, x: str) -> Predicate:
    digit = d.rng.randint(0, 9)
    d.called("ending", "last_digit", "end")
    return Predicate(
        f"end with the digit {digit}",
        f"ends with the digit {digit}",
        f"{x} % 10 == {digit}",
        "",
        f"whose last digit is {digit}",
    )


def _number_length(d: Draft, x: str) -> Predicate:
    size = d.rng.randint(2, 4)
    d.called("length", "long", "digits")
    return Predicate(
        f"have {size} digits",
        f"has {size} digits",
        f"len(str({x})) == {size}",
        "",
        f"with {size} digits",
    )


def _number_other(d: Draft, x: str) -> Predicate:
    total = f"sum(map(int, str({x})))"
    d.called("digit_sum", "digitsum")
    shape = d.rng.randrange(3)
    if shape == 0:
        text, code = d.amount(2, 9)
        return Predicate(
            f"have a digit sum that is divisible by {text}",
            f"has a digit sum that is divisible by {text}",
            f"{total} % {code} == 0",
            "",
            f"whose digit sum is divisible by {text}",
        )
    if shape == 1:
        parity, rest = d.rng.choice([("even", 0), ("odd", 1)])
        return Predicate(
            f"have an {parity} digit sum",
            f"has an {parity} digit sum",
            f"{total} % 2 == {rest}",
            "",
            f"whose digit sum is {parity}",
        )
    _, operator, phrase = _compare(d)
    text, code = d.amount(2, 15)
    return Predicate(
        f"have a digit sum {phrase} {text}",
        f"has a digit sum {phrase} {text}",
        f"{total} {operator} {code}",
        "",
        f"whose digit sum is {phrase} {text}",
    )


def word_predicate(d: Draft, w: str = "w") -> Predicate:
    """A property of a word."""
    kind = d.rng.choices(
        ["long", "short", "exact", "parity", "starts", "contains", "vowel", "case", "palindrome", "given"],
        [22, 14, 6, 12, 12, 8, 8, 8, 5, 5],
    )[0]
    unit = d.pick("letters", "letters", "characters")
    match kind:
        case "long" | "short":
            return _word_long_or_short(d, w, unit, kind)
        case "exact":
            return _word_exact(d, w, unit)
        case "parity":
            return _word_parity(d, w, unit)
        case "starts":
            return _word_starts(d, w)
        case "given":
            return _word_given(d, w)
        case "contains":
            return _word_contains(d, w)
        case "vowel":
            return _word_vowel(d, w)
        case "case":
            return _word_case(d, w)
    return _word_other(d, w)


def _word_long_or_short(d: Draft, w: str, unit: str, kind: str) -> Predicate:
    d.called(kind, kind, "longer" if kind == "long" else "shorter")
    text, code = d.amount(1, 9)
    if d.chance(0.4):
        operator = ">" if kind == "long" else "<"
        return Predicate(
            f"are {kind}er than {text}",
            f"is {kind}er than {text}",
            f"len({w}) {operator} {code}",
            "",
            f"{kind}er than {text}",
        )
    phrase, operator = d.rng.choice(
        [("more than", ">"), ("at least", ">=")]
        if kind == "long"
        else [("fewer than", "<"), ("at most", "<=")]
    )
    text = "the given number of" if text.startswith(("the ", "a ")) else text
    return Predicate(
        f"have {phrase} {text} {unit}",
        f"has {phrase} {text} {unit}",
        f"len({w}) {operator} {code}",
        "",
        f"with {phrase} {text} {unit}",
    )


def _word_exact(d: Draft, w: str, unit: str) -> Predicate:
    text, code = d.amount(1, 9)
    d.called("length", "exact")
    return Predicate(
        f"have exactly {text} {unit}",
        f"has exactly {text} {unit}",
        f"len({w}) == {code}",
        "",
        f"with exactly {text} {unit}",
    )


def _word_parity(d: Draft, w: str, unit: str) -> Predicate:
    parity, rest = d.rng.choice([("even", 0), ("odd", 1)])
    d.called(f"{parity}_length", f"{parity}_length", parity)
    return Predicate(
        f"have an {parity} number of {unit}",
        f"has an {parity} number of {unit}",
        f"len({w}) % 2 == {rest}",
        "",
        d.pick("", f"of {parity} length"),
    )


def _word_starts(d: Draft, w: str) -> Predicate:
    letter = d.rng.choice(LETTERS)
    verb, method = d.rng.choice([("start", "startswith"), ("begin", "startswith"), ("end", "endswith")])
    d.called(verb, f"{verb}ing", f"{verb}s")
    return Predicate(
        f"{verb} with '{letter}'",
        f"{verb}s with '{letter}'",
        f'{w}.{method}("{letter}")',
        "",
        f"{verb}ing with '{letter}'",
    )


def _word_given(d: Draft, w: str) -> Predicate:
    letter = d.param("letter", "c", "prefix", "end")
    verb, method = d.rng.choice([("start", "startswith"), ("begin", "startswith"), ("end", "endswith")])
    d.called(verb, f"{verb}ing", letter)
    return Predicate(
        f"{verb} with the given {letter}",
        f"{verb}s with the given {letter}",
        f"{w}.{method}({letter})",
    )


def _word_contains(d: Draft, w: str) -> Predicate:
    letter = d.rng.choice(LETTERS)
    d.called("containing", "with", "has")
    return Predicate(
        f"contain the letter '{letter}'",
        f"contains the letter '{letter}'",
        f'"{letter}" in {w}',
        "",
        d.pick("", f"with the letter '{letter}'"),
    )


def _word_vowel(d: Draft, w: str) -> Predicate:
    verb, index = d.rng.choice([("start", "[:1]"), ("end", "[-1:]")])
    d.called("vowel", f"{verb}_vowel")
    return Predicate(f"{verb} with a vowel", f"{verb}s with a vowel", f'{w}{index} in tuple("aeiou")')


def _word_case(d: Draft, w: str) -> Predicate:
    case, method = d.rng.choice([("upper case", "isupper"), ("lower case", "islower")])
    d.called(case.split()[0], case.split()[0] + "case")
    return Predicate(f"are written in {case}", f"is written in {case}", f"{w}.{method}()", "", f"in {case}")


def _word_other(d: Draft, w: str) -> Predicate:
    d.called("palindromes", "palindrome")
    return Predicate(
        "are palindromes", "is a palindrome", f"{w} == {w}[::-1]", "", "that read the same backwards"
    )


def char_predicate(d: Draft, c: str = "c") -> Predicate:
    """A property of a character."""
    if d.chance(0.12):
        letter = d.param("letter", "letter", "target", "mark")
        d.called("equal", letter, "same")
        phrase = d.pick(f"equal to the given {letter}", f"equal to {letter}")
        return Predicate(f"are {phrase}", f"is {phrase}", f"{c} == {letter}", "", phrase)
    words, code, noun = d.rng.choice(
        [
            ("digits", f"{c}.isdigit()", "a digit"),
            ("letters", f"{c}.isalpha()", "a letter"),
            ("vowels", f'{c} in "aeiou"', "a vowel"),
            ("upper-case letters", f"{c}.isupper()", "an upper-case letter"),
            ("lower-case letters", f"{c}.islower()", "a lower-case letter"),
            ("capital letters", f"{c}.isupper()", "a capital letter"),
            ("spaces", f"{c}.isspace()", "a space"),
            ("letters or digits", f"{c}.isalnum()", "a letter or a digit"),
        ]
    )
    d.called(words.split("-")[0].split()[0], words.split()[-1])
    if not d.chance(0.25):
        return Predicate(f"are {words}", f"is {noun}", code, words)
    d.called("no", "not", "non", "without")
    negated = code.replace(" in ", " not in ") if " in " in code else f"not {code}"
    if words == "letters or digits":
        return Predicate("are neither letters nor digits", "is neither a letter nor a digit", negated)
    return Predicate(f"are not {words}", f"is not {noun}", negated)
