"""How long grading waits for what says nothing, before it calls that a fault. None of it is a sample's limit."""

from __future__ import annotations

from modelassay.core.startup_imports import NamedTuple


class Patience(NamedTuple):
    """Seconds.

    stuck: without a word from a test runner that does not use the CPU either; while it waits for a sample it says so every
    `alive`. silence: without a word from one that uses the CPU, as when it compiles large tests on a busy machine. still:
    in which tests themselves do nothing and wait for no sample, as when they wait for a person.
    """

    stuck: float = 45.0
    silence: float = 900.0
    still: float = 15.0
    alive: float = 5.0
