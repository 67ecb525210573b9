"""When two protocols may be held against each other: the comparability rule, written out in docs/checks.md.

`benchmark` must agree. Shots, number of problems, version, decoding (one greedy run or samples) and prompt
style may be unknown on either side, but must not be known to differ. The harness is weaker: scores under two
harnesses can confirm each other, but can't contradict each other.
"""

from collections.abc import Iterable

import msgspec

from modelassay.core.published import Protocol
from modelassay.core.records import Record

_FILLED = ("shots", "problems", "prompt_style", "samples_per_problem", "temperature")


class Difference(Record):
    """What is known to differ between two protocols, in words; empty when nothing is."""

    fields: tuple[str, ...] = ()
    harness: str = ""

    @property
    def is_comparable(self) -> bool:
        """Nothing that moves a score is known to differ."""
        return not self.fields and not self.harness

    @property
    def is_structural(self) -> bool:
        """Another task was measured, not only another tool used."""
        return bool(self.fields)

    def describe(self) -> str:
        """ "3 shots against 0; harness deepseek against evalplus"."""
        return "; ".join((*self.fields, *filter(None, (self.harness,))))


def differ(one: Protocol, two: Protocol) -> Difference:
    """What is known to differ, `one` first. Unknown fields never differ."""
    fields: list[str] = []
    if one.benchmark != two.benchmark:
        fields.append(f"{one.benchmark} against {two.benchmark}")
    pairs = (
        ("shots", one.shots, two.shots),
        ("problems", one.problems, two.problems),
        ("prompt", one.prompt_style, two.prompt_style),
        ("decoding", decoding(one), decoding(two)),
    )
    fields += [
        f"{name} {a} against {b}" for name, a, b in pairs if a is not None and b is not None and a != b
    ]
    if _versions_differ(one, two):
        fields.append(f"version {one.version} against {two.version}")
    harness = ""
    if one.harness and two.harness and one.harness.lower() != two.harness.lower():
        harness = f"harness {one.harness} against {two.harness}"
    return Difference(fields=tuple(fields), harness=harness)


def complete(one: Protocol, others: Iterable[Protocol]) -> Protocol:
    """A protocol with its open fields as other sources of the very same number, on the same harness, state them.

    Two sources that print one number of one harness print one measurement: what one leaves open, the other tells.
    A field on which the others disagree stays open.
    """
    if not one.harness:
        return one
    same = [o for o in others if o.harness == one.harness and not differ(one, o).is_structural]
    told = {name: {v for o in same if (v := getattr(o, name)) is not None} for name in _FILLED}
    filled = {
        name: values.pop() for name, values in told.items() if getattr(one, name) is None and len(values) == 1
    }
    return msgspec.structs.replace(one, **filled) if filled else one


def _versions_differ(one: Protocol, two: Protocol) -> bool:
    if not one.version or not two.version or one.version.lower() == two.version.lower():
        return False
    # Equal known sizes are the same set, however the two sources call it.
    return one.problems is None or one.problems != two.problems


def decoding(protocol: Protocol) -> str | None:
    """`greedy`, `sampled`, or `None` when neither samples nor temperature is known."""
    if protocol.temperature is not None:
        return "sampled" if protocol.temperature > 0 else "greedy"
    if protocol.samples_per_problem is not None:
        return "sampled" if protocol.samples_per_problem > 1 else "greedy"
    return None


def describe(protocol: Protocol | None) -> str:
    """A protocol in a few words: "3-shot, 500 problems, greedy, chat prompt, harness deepseek"."""
    if protocol is None:
        return "protocol unknown"
    parts = (
        f"{protocol.shots}-shot" if protocol.shots is not None else "",
        f"{protocol.problems} problems" if protocol.problems is not None else "",
        protocol.version or "",
        decoding(protocol) or "",
        f"{protocol.prompt_style} prompt" if protocol.prompt_style else "",
        f"harness {protocol.harness}" if protocol.harness else "",
    )
    return ", ".join(filter(None, parts)) or protocol.written or "protocol not stated"
