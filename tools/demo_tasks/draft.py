"""What a task is, and the state while one is being drawn: its random numbers, arguments and name."""

import random
from dataclasses import dataclass, field

OPENINGS = ("Write a function to ",) * 7 + ("Write a function that can ", "Implement a function to ", "")
FILLERS = ("get", "find", "solve", "calc", "of", "my", "task", "the")


@dataclass(frozen=True)
class Task:
    """One program with its description. `body` is indented by four spaces and has no line break at its end."""

    text: str
    name: str
    params: tuple[str, ...]
    body: str

    @property
    def signature(self) -> str:
        """`def name(args):`"""
        return f"def {self.name}({', '.join(self.params)}):"

    @property
    def program(self) -> str:
        """The whole function, ending with a line break."""
        return f"{self.signature}\n{self.body}\n"


@dataclass
class Draft:
    """A task in the making. Arguments stand in the order in which the parts of the grammar asked for them."""

    rng: random.Random
    params: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def pick(self, *options: str) -> str:
        """One of the options, each equally likely."""
        return self.rng.choice(options)

    def chance(self, share: float) -> bool:
        """True in this share of the draws."""
        return self.rng.random() < share

    def called(self, *options: str) -> None:
        """Put one of these words into the function's name."""
        self.words.append(self.rng.choice(options))

    def made_up(self) -> str:
        """A word that means nothing, so that copying is learned and not only recall."""
        consonants, vowels = "bcdfghjklmnprstvwz", "aeiou"
        syllables = [
            self.rng.choice(consonants) + self.rng.choice(vowels) for _ in range(self.rng.randint(1, 3))
        ]
        end: str = self.rng.choice(["", "", *"lnrst"])
        return "".join(syllables) + end

    def param(self, *names: str) -> str:
        """Add an argument under one of these names that is still free, and return the name."""
        free = [name for name in names if name not in self.params]
        name = self.rng.choice(free or [f"{names[0]}2"])
        self.params.append(name)
        return name

    def amount(self, low: int = 1, high: int = 12) -> tuple[str, str]:
        """A number to compare with: (how the text says it, how the code says it); a constant or an argument."""
        if self.chance(0.65) or len(self.params) > 1:
            value = str(self.rng.randint(low, high))
            return value, value
        name = self.param("limit", "limit", "k", "threshold", "m", "size")
        if name in ("k", "m"):
            return name, name
        return self.pick(
            f"the given {name}", f"a given {name}", f"{name}", "the given number", f"the {name}"
        ), name

    def finish(self, text: str, body: str) -> Task:
        """The finished task. `text` begins with a verb; `body` has no indentation of its own yet."""
        sentence = self.pick(*OPENINGS) + text.strip() + "."
        lines = [f"    {line}" if line else line for line in body.strip("\n").split("\n")]
        return Task(sentence[0].upper() + sentence[1:], self._name(), tuple(self.params), "\n".join(lines))

    def _name(self) -> str:
        words = [word for word in self.words if not self.chance(0.12)] or ["task"]
        if self.chance(0.25):
            words.insert(self.rng.randint(0, len(words)), self.made_up())
        if self.chance(0.35):
            self.rng.shuffle(words)
        if len(words) == 1 or words[0][0].isdigit() or self.chance(0.1):
            words.insert(0 if words[0][0].isdigit() else self.rng.randint(0, 1), self.rng.choice(FILLERS))
        return "_".join(words[:4])
