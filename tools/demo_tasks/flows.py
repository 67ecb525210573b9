"""Items on their way to an answer: taken from a source, some kept, each changed; in words and as code."""

from dataclasses import dataclass

from demo_tasks.draft import Draft
from demo_tasks.maps import char_mapping, number_mapping, word_mapping
from demo_tasks.parts import Mapping, Predicate, Source, char_source, number_source, word_source
from demo_tasks.predicates import char_predicate, number_predicate, word_predicate


@dataclass(frozen=True)
class Flow:
    """Chosen items, before they are brought together: in words (plural, single) and as code."""

    source: Source
    predicate: Predicate | None
    mapping: Mapping | None
    kept: str  # "even numbers in a list"
    kept_single: str
    plural: str  # with the map: "squares of the even numbers in a list"
    single: str
    kind: str

    @property
    def value(self) -> str:
        """The expression for one item."""
        return self.mapping.code if self.mapping else self.source.var

    @property
    def condition(self) -> str:
        """The whole condition, or an empty string."""
        own = self.predicate.code if self.predicate else ""
        return " and ".join(part for part in (self.source.condition, own) if part)

    def each(self, value: str | None = None) -> str:
        """`value for item in items if condition`"""
        tail = f" if {self.condition}" if self.condition else ""
        return f"{value or self.value} for {self.source.var} in {self.source.iterable}{tail}"

    @property
    def plain(self) -> bool:
        """Nothing is left out or changed."""
        return not self.condition and self.mapping is None

    @property
    def items(self) -> str:
        """An expression that can be iterated over once, as the argument of a function."""
        return self.source.iterable if self.plain else f"({self.each()})"

    @property
    def argument(self) -> str:
        """The same, for a function with this one argument."""
        return self.source.iterable if self.plain else self.each()

    def loop(self, lines: str) -> str:
        """A `for` statement around these lines."""
        head = f"for {self.source.var} in {self.source.iterable}:"
        pad = "    "
        if self.condition:
            head += f"\n    if {self.condition}:"
            pad = "        "
        return head + "".join(f"\n{pad}{line}" for line in lines.split("\n"))


def choose(d: Draft, kind: str, *, keep: float = 0.62, change: float = 0.5) -> Flow:
    """Draw a source with, in these shares, a predicate and a map."""
    source = {"int": number_source, "word": word_source, "char": char_source}[kind](d)
    mapping = predicate = None
    if d.chance(change):
        mapping = {"int": number_mapping, "word": word_mapping, "char": char_mapping}[kind](d)
    if d.chance(keep):
        predicate = {"int": number_predicate, "word": word_predicate, "char": char_predicate}[kind](d)
        if d.chance(0.08):
            other = {"int": number_predicate, "word": word_predicate, "char": char_predicate}[kind](d)
            predicate = Predicate(
                f"{predicate.are} and {other.are}",
                f"{predicate.is_} and {other.is_}",
                f"{predicate.code} and {other.code}",
            )
    return describe(d, source, predicate, mapping)


def describe(d: Draft, source: Source, predicate: Predicate | None, mapping: Mapping | None) -> Flow:
    """Put the choice into words."""
    kept, single = f"{source.plural}{source.place}", f"{source.single}{source.place}"
    if predicate is not None:
        if predicate.adjective and d.chance(0.8):
            noun = (
                ""
                if source.kind == "char" and predicate.adjective not in ("even", "odd")
                else f" {source.plural}"
            )
            one = "" if not noun else f" {source.single}"
            alone = predicate.is_.removeprefix("is a ").removeprefix("is an ")
            kept = f"{predicate.adjective}{noun}{source.place}"
            single = f"{predicate.adjective if noun else alone}{one}{source.place}"
        elif predicate.bare and d.chance(0.4):
            kept, single = f"{kept} {predicate.bare}", f"{single} {predicate.bare}"
        else:
            that = d.pick("that", "that", "that", "which")
            kept, single = f"{kept} {that} {predicate.are}", f"{single} {that} {predicate.is_}"
    plural, one, kind = kept, single, source.kind
    if mapping is not None:
        kind = mapping.kind
        whole = d.pick("the", "the", "the", "all", "all the")
        if mapping.plural:
            plural, one = f"{mapping.plural} of {whole} {kept}", f"{mapping.single} of {whole} {kept}"
    return Flow(source, predicate, mapping, kept, single, plural, one, kind)


def returning(d: Draft) -> str:
    """A verb for "give back"."""
    return d.pick("return", "return", "return", "return", "find", "get", "compute")


def is_named(flow: Flow) -> bool:
    """The map can be said as a noun (or there is none), as in `the sum of the squares`."""
    return flow.mapping is None or bool(flow.mapping.plural)


def when_none(d: Draft, flow: Flow, *, options: tuple[str, ...] = ("None", "0", "-1")) -> tuple[str, str]:
    """What to return for no items: (in words, as code). Sometimes the text does not say it and the code copes."""
    value = d.rng.choice(options)
    shown = {'""': "an empty string"}.get(value, value)
    if flow.predicate is not None:
        cases = [
            "if there are none",
            "if there are none",
            f"if there is no {flow.kept_single}",
            "if there is none",
        ]
        if flow.predicate.adjective:
            cases += [f"if there is no {flow.predicate.adjective} {flow.source.single}"] * 2
    else:
        cases = [
            "if there are none",
            "if it is empty",
            f"if there are no {flow.source.plural}",
            "for an empty input",
        ]
    return d.pick(" or ", ", or ", " and ", ", and ") + f"{shown} {d.rng.choice(cases)}", value


def listed(d: Draft, flow: Flow) -> tuple[str, str]:
    """(verb phrase that yields the list, code of the list)."""
    code = f"[{flow.each()}]"
    if flow.mapping is not None and flow.mapping.verb and (not flow.mapping.plural or d.chance(0.5)):
        if flow.predicate is None and d.chance(0.7):
            target = f"{d.pick('every', 'each')} {flow.kept_single}"
        else:
            target = d.pick(
                f"all {flow.kept}", f"the {flow.kept}", f"all the {flow.kept}", f"every {flow.kept_single}"
            )
        end = d.pick(
            "",
            " and return the results",
            " and return the new list",
            " and return the list",
            " and return the results in a list",
        )
        return flow.mapping.verb.format(target) + end, code
    lead = d.pick("the", "the", "the", "a list of the", "the list of the", "all the", "all")
    return f"{returning(d)} {lead} {flow.plural}", code
