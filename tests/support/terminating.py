"""Programs that end, made of exactly what the proof of nontermination reasons about, and a look at each while it runs."""

import random

from support.looked_at import ends

HEAD = """
def last(flag):
    try:
        yield 1
    finally:
        flag.append(1)
def stop(flag):
    def end(self):
        flag.append(1)
    return type("A", (), {"__del__": end})()
def f():
    a, b, c, x, s, l, d, t, flag, y = 3, 1, 0, 1.5, "ab", [1, 2], {1: 2, 3: 4}, (), [], []
    m, it, n = l, 0, 0
"""
# How it ends: what is done before the loop, its condition, what is done in each turn.
ENDS = [
    ("k = {n}", "k > 0", "k -= 1"),
    ("k = 0", "k < {n}", "k += 1; b = k"),
    ("k = [0] * {n}", "k", "k.pop()"),
    ("k = 'x' * {n}", "len(k) > 1", "k = k[1:]"),
    ("k = iter(range({n}))", "next(k, None) is not None", "pass"),
    ("k = set(range({n}))", "k", "k.pop()"),
    ("k = 2 ** {n}", "k", "k //= 2"),
    ("k = 2.0 ** ({n} % 900)", "k > 0.001", "k /= 2.0"),
    ("k = {{i: 0 for i in range({n})}}", "k", "k.popitem()"),
    ("k = [min] + [max] * {n}\n    g = k[-1]", "g([1, 2]) == 2", "g = k.pop()"),
    ("k = [last(flag)]\n    next(k[0])\n    k.append(k)\n    k = 0", "not flag", "z = []; z.append(z); z = 0"),
    ("k = [stop(flag)]\n    k.append(k)\n    k = 0", "not flag", "z = [[]]; z[0].append(z); z = 0"),
    ("k = [stop(flag), last(y)]\n    next(k[1])\n    k.append(k)\n    k = 0", "not (flag or y)", "z = []; z.append(z); z = 0"),
    ("k = {{i: 0 for i in range(30)}}\n    for i in range({n} % 9 + 1):\n        del k[i]\n    e = len(k)\n    r = e",
     "r == e", "r = 0\n        for v in k:\n            if r == 0:\n                k.pop(29)\n                k[29] = 0\n            r += 1"),
    ("k = {{i: 0 for i in range(30)}}\n    for i in range({n} % 9 + 1):\n        del k[i]\n    e = len(k)\n    r = e",
     "r == e", "w = iter(k)\n        next(w)\n        k.pop(29)\n        k.setdefault(29, 0)\n        r = 1 + sum(1 for v in w)\n        w = 0"),
    ("k = [0]\n    def more():\n        k[0] += 1\n        return k[0] < {n}", "more()", "pass"),
    ("k = 0\n    def more():\n        nonlocal k\n        k += 1", "k < {n}", "more()"),
    ("k = (i for i in range({n}))", "sum(1 for v in [0] if next(k, None) is not None)", "pass"),
]  # fmt: skip
NOISE = (
    "a = b", "b = a % 3", "c += a", "c += 1", "a, b = b, a", "a = -a", "b = a // 2", "l.append(a)", "l = l[:3]",
    "l = l + [b]", "s = s[1:] + s[:1]", "l.sort()", "l.reverse()", "d[a] = b", "b = d.get(a, 0)", "d.pop(b, None)",
    "t = set(l)", "a = len(t)", "t = ()", "m = l", "m = []", "c = sum(l)", "a = len(s)", "x += 0.5", "x = 1.5", "b = int(x)",
    "a = sum(v for v in l)", "l = [v % 5 for v in l]", "d = dict(d)", "d.update(d)", "for v in d: a = v", "n += 1",
    "d |= {1: a}", "n = n + 2", "a = max(l, default=0)", "x = round(x, 1)", "s = ''.join(sorted(s))",
)  # fmt: skip


def program(rng: random.Random) -> str:
    """A function `f` with a `while` loop."""
    before, condition, turn = rng.choice(ENDS)
    noise = [rng.choice(NOISE) for _ in range(rng.randrange(4))]
    turns = [*noise, turn]
    rng.shuffle(turns)
    number = rng.choice((3, 20, 64, 65, 200, 700))
    body = "".join(f"        {line}\n" for line in turns)
    return f"{HEAD}    {before.format(n=number)}\n    while {condition.format(n=number)}:\n{body}"


def called_endless(rng: random.Random, count: int) -> tuple[int, list[str]]:
    """How many programs had to be made for `count` that end, and those of them that were called endless."""
    wrong: list[str] = []
    made = seen = 0
    while seen < count:
        source = program(rng)
        made += 1
        if ends(source, look_at=-1, most=20_000, only_in="f"):
            seen += 1
            if ends(source, rng.randrange(14, 60), 1 << 60, only_in="f") is not True:
                wrong.append(source)
    return made, wrong
