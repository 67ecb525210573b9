"""A document block by block: what headings, labels and items above a block say of it, and which reader reads it.

Two passes. The first learns what the document itself teaches (lexicon.py). The second reads each block under its
scope. What looks like a claim and can't be read is listed, never dropped.
"""

import re
from collections.abc import Set
from dataclasses import replace
from pathlib import Path

from modelassay.evidence.vocabulary import Vocabulary
from modelassay.reading.claims.captions import Caption, captions_below, under_its_caption, with_caption
from modelassay.reading.claims.claims_draft import ClaimsDraft, Reading
from modelassay.reading.claims.comparisons import read_comparisons
from modelassay.reading.claims.console import read_block
from modelassay.reading.claims.hub_answers import read_answer, read_ranking
from modelassay.reading.claims.leaderboards import parse_json, read_csv, read_json
from modelassay.reading.claims.lone_tables import with_only
from modelassay.reading.claims.model_cards import (
    card_model,
    is_eval_results,
    read_eval_results,
    read_front_matter,
)
from modelassay.reading.claims.model_facts import read_particulars
from modelassay.reading.claims.name_labels import add_named_by_label, add_named_heading
from modelassay.reading.claims.paired_numbers import second_is
from modelassay.reading.claims.prose_scores import read_scores
from modelassay.reading.claims.repeats import Repeats
from modelassay.reading.claims.result_archives import read_archive
from modelassay.reading.claims.result_trees import read_tree
from modelassay.reading.claims.table_names import kind_heard
from modelassay.reading.claims.table_reader import read_table
from modelassay.reading.language.lexicon import BASELINE, Lexicon
from modelassay.reading.language.mentions import Mention, as_short
from modelassay.reading.language.other_tasks import names_another_task
from modelassay.reading.language.passages import Passage, Scope
from modelassay.reading.language.terms import Terms
from modelassay.reading.layout.blocks import Block, split_blocks
from modelassay.reading.layout.inline_text import make_plain
from modelassay.reading.layout.tables import Cell, html_table, markdown_table

_LABEL = re.compile(r"^[^:]{1,160}?:(?=\s|$)")
_PASS_AT = re.compile(r"pass\s?@\s?\d", re.I)
_NEAR = 3  # lines from the end of a paragraph to the table that it introduces
_SUMMARY_LABEL = re.compile(
    r"\W*(?:status|notes?|conclusion|verdict|performance|scores?|summary|result|parameters?|size|link)\b",
    re.I,
)
_PRONOUN = re.compile(r"\b(?:it|its|(?:the|this|that|same) (?:model|one|checkpoint))\b", re.I)
# "All scores are pass@1, zero-shot": said of everything that follows under the same heading
_OF_ALL = re.compile(
    r"\W*(?:(?:all|every|each)\s+(?:of\s+)?(?:the\s+)?(?:[a-z]+\s+)?(?:scores?|numbers?|results?|figures?|values?)|everything)\b",
    re.I,
)
_ANSWER = re.compile(r"\s*(?:A|Answer)\s?:\s")
_WRONG_LABEL = re.compile(
    r"^\W*(?:previous(?:ly)? (?:error|claim|listed|value)|error|retraction|mistake|wrong)", re.I
)


class NoteReader:
    """One document on its way from lines to claims."""

    def __init__(
        self,
        source: list[str],
        vocabulary: Vocabulary,
        *,
        printed: Set[int] = frozenset(),
        path: Path | None = None,
        title: str = "",
        repository: str = "",
    ) -> None:
        self.source = source
        self.title, self.repository = title, repository
        self.printed = printed
        self.path = path
        self.vocabulary = vocabulary
        self.terms = Terms.of(vocabulary)
        self.lexicon = Lexicon(vocabulary, self.terms)
        self.draft = ClaimsDraft(source, vocabulary, self.terms)
        self.repeats = Repeats(self.draft)
        self.headings: list[tuple[int, Scope]] = [(0, Scope())]
        self.items: list[tuple[int, Scope]] = []
        self.own_words: dict[int, Scope] = {}  # of each depth: what the first paragraph of the last item said
        self.paragraph: Scope | None = None
        self.raw = ""  # the last block's text, Chinese words included
        self.caption = (-9, Caption())  # the last paragraph, and the line where it ends
        self.below: dict[int, Block] = {}  # captions that stand below their tables
        self.section_models: list[Mention] = []
        self.spoken_of: Mention | None = None
        self.asked_of: Mention | None = None

    def read(self) -> Reading:
        """Pick the reader by looking at the text, and file everything."""
        text = "\n".join(self.source)
        if text.lstrip()[:1] in ("{", "[") and (data := parse_json(text)) is not None:
            known = read_answer(text, data, self.draft) or read_archive(text, data, self.draft)
            known = known or read_ranking(text, data, self.draft, self.title)
            if not known and not read_json(text, self.draft, data, self.title):
                read_tree(text, data, self.draft)
        elif not read_csv(text, self.draft):
            if is_eval_results(self.source):
                read_eval_results(self.source, self.draft, self.path)
            else:
                self._read_markdown()
        self.draft.settle()
        claims = sorted(self.draft.claims, key=lambda c: c.line)
        unread = sorted(self.draft.unread, key=lambda u: u.line)
        return Reading(claims=claims, unread=unread)

    def _read_markdown(self) -> None:
        blocks = split_blocks(self.source)
        self.lexicon.learn(blocks)
        self.below = captions_below(blocks)
        self.draft.only_benchmark = self.lexicon.only_benchmark
        self.draft.second = second_is("\n".join(self.source))
        front = blocks[0].last if blocks and blocks[0].kind == "front-matter" else 0
        own = Mention(0, len(self.repository), self.repository, self.vocabulary.resolve(self.repository))
        owner = own if self.repository else card_model(self.source[:front], self.draft) if front else None
        if owner is not None:
            self.headings[0] = (0, Scope(model=owner))
        for block in blocks:
            if block.kind == "front-matter":
                first = next((b for b in blocks if b.kind == "heading" and self._heading_model(b)), None)
                model = owner or (self._heading_model(first) if first else None)
                read_front_matter(self.source[:front], model, self.draft, sure=bool(self.repository))
            else:
                self.draft.verbatim = block.first in self.printed
                self._read_block(block)
        self.draft.verbatim = False

    def _heading_model(self, block: Block) -> Mention | None:
        names = [m for m in self.lexicon.find(block.plain) if m.hub_id]
        return names[0] if names and block.depth == 1 else None

    def _read_block(self, block: Block) -> None:
        if block.kind == "heading":
            self._read_heading(block)
        elif block.kind == "item":
            self._read_item(block)
        elif block.kind == "paragraph":
            self._read_paragraph(block)
        elif block.kind in ("table", "html"):
            self._read_cells(block)
        elif block.kind == "code":
            read_block(
                self.source,
                block.first,
                block.last,
                self._spoken_scope(block.depth),
                self.lexicon,
                self.draft,
            )

    def _scope(self, depth: int = 0) -> Scope:
        """What stands above a block: the nearest list item less deep, else a label paragraph, else the headings."""
        while self.items and self.items[-1][0] >= max(depth, 1):
            self.items.pop()
        if depth and self.items:
            return self.items[-1][1]
        return self.paragraph or self.headings[-1][1]

    def _spoken_scope(self, depth: int) -> Scope:
        """The scope of a block of results: under no model's heading, it is of the only one spoken of."""
        scope = self._scope(depth)
        if scope.model is None and self.asked_of is not None:
            return replace(scope, model=self.asked_of)
        return scope

    def _read_heading(self, block: Block) -> None:
        sibling = next((scope for depth, scope in self.headings if depth == block.depth), None)
        while self.headings[-1][0] >= block.depth:
            self.headings.pop()
        self.items, self.paragraph, self.section_models = [], None, []
        self.spoken_of = self.asked_of = None
        passage = self._passage(block, self.headings[-1][1])
        if sibling is not None and sibling.model not in (None, self.headings[-1][1].model):
            add_named_heading(passage, self.vocabulary)
        scope = self._scope_below(passage, passage.text, whole=True)
        self.headings.append((block.depth, scope))
        self._file_presence(passage)
        self._read_passage(passage)

    def _read_item(self, block: Block) -> None:
        above = self._scope(block.depth)
        own = self.own_words.get(block.depth) if block.goes_on else None
        passage = self._passage(block, above if own is None else own)
        label = _LABEL.match(passage.text)
        add_named_by_label(passage, self.vocabulary)
        text = label[0] if label else passage.text
        passage.scope = self._with_section_model(passage)
        scope = self._scope_below(passage, text, whole=label is None)
        heads = text.rstrip().endswith(":") or not passage.mentions or self._is_only_a_name(passage)
        if own is not None and own.model is not None and not heads:
            scope = own  # a sentence in an item about one model, whoever else it names
        elif not block.goes_on:
            self.own_words[block.depth] = scope
        self.items.append((block.depth, scope))
        if label is not None or (passage.mentions and passage.mentions[0].start <= 4):
            self._file_presence(passage, text)
        self._read_passage(passage)

    def _read_paragraph(self, block: Block) -> None:
        if not block.depth:
            self.items = []
        passage = self._passage(block, self.headings[-1][1])
        passage.is_prose = True
        passage.scope = self._with_antecedent(passage, self._with_section_model(passage))
        text = passage.text.rstrip()
        self.caption = block.last, Caption(passage, self.raw)
        is_label = text.endswith(":") or self._is_only_a_name(passage)
        self.paragraph = self._scope_below(passage, text, whole=True) if is_label else None
        if is_label:
            self._file_presence(passage)
        self._read_passage(passage)
        self._widen_heading(passage)

    def _widen_heading(self, passage: Passage) -> None:
        """What a paragraph says of all scores holds below it, up to the next heading of the same depth."""
        start, end = passage.sentences[0] if passage.sentences else (0, 0)
        figures = any(number.is_share for number in passage.numbers)
        if _OF_ALL.match(passage.text) is None or passage.mentions or passage.benchmarks or figures:
            return
        metrics = {m.name for m in passage.metrics if m.end <= end}
        metric = metrics.pop() if len(metrics) == 1 else ""
        depth, scope = self.headings[-1]
        self.headings[-1] = depth, scope.under(None, None, metric, passage.text[start:end], False)

    def _with_antecedent(self, passage: Passage, scope: Scope) -> Scope:
        """ "EvalPlus has it at 65.9": in a paragraph that names nobody, "it" is whom the last one spoke of."""
        full = [m for m in passage.mentions if not m.short and m.hub_id]
        if full:
            self.spoken_of = full[0]
            self.asked_of = full[0] if len({m.hub_id for m in full}) == 1 else None
        elif (
            scope.model is None and passage.benchmarks and passage.benchmarks[0].start <= 4 and self.asked_of
        ):
            return scope.under(
                self.asked_of, None, "", "", False
            )  # "HumanEval+: 55.5 (ours) vs 56.7 (theirs)"
        elif scope.model is None:
            answers = _ANSWER.match(passage.text) is not None  # an answer is about whom its question names
            model = self.spoken_of if _PRONOUN.search(passage.text) else self.asked_of if answers else None
            return scope if model is None else scope.under(model, None, "", "", False)
        return scope

    def _is_only_a_name(self, passage: Passage) -> bool:
        """A paragraph that is a model's name and little else, or a label with one, serves as a heading."""
        names = passage.mentions
        if len(passage.text) > 100 or not names:
            return False
        label = _LABEL.match(passage.text, 0, min(48, names[0].start))  # "Left half: NAME"
        start = label.end() if label else 0
        if names[0].start > start + 4:
            return False
        left = passage.text
        for mention in reversed(names):
            left = left[: mention.start] + left[mention.end :]
        left = left[start:]
        return len(re.sub(r"\([^()]*\)|\W", "", left)) <= 12 and not any(n.is_share for n in passage.numbers)

    def _with_section_model(self, passage: Passage) -> Scope:
        """ "Status: +4pp" below a list about one model: the section speaks of that model."""
        scope = passage.scope
        if (scope.model is not None and scope.model.hub_id is not None) or not self.section_models:
            return scope
        models = {m.hub_id for m in self.section_models}
        if len(models) == 1 and _SUMMARY_LABEL.match(passage.text):
            return scope.under(self.section_models[0], None, "", "", False)
        return scope

    def _scope_below(self, passage: Passage, text: str, whole: bool) -> Scope:
        """The scope that a heading, item or label opens. `text`: the part that names things."""
        names = [m for m in passage.mentions if m.end <= len(text) and not m.short]
        model = self._one_model(names, passage)
        benchmarks = {b.name for b in passage.benchmarks if b.end <= len(text)}
        benchmarks_named = bool(benchmarks)
        metrics = {m.name for m in passage.metrics if m.end <= len(text)}
        if model is not None and passage.plain.text[model.start : model.end]:
            self.section_models.append(model)
        numbers = [n for n in passage.numbers if n.is_share and n.kind == "percent"]
        known = passage.scope.model is not None and passage.scope.model.hub_id is not None
        if known and model is not None and model.hub_id is None and model.resolution.how == "ambiguous":
            model = None  # a family named below a model's heading does not unsay the model
        words = passage.without_names(0, len(text))
        scope = passage.scope.under(
            model,
            benchmarks.pop() if len(benchmarks) == 1 else None,
            metrics.pop() if len(metrics) == 1 else "",
            words if whole and not numbers else words[:160],
            _WRONG_LABEL.match(text) is not None,
        )
        said = self.raw if whole else text
        if names_another_task(said):
            scope = replace(scope, benchmark=None, other_task=True)
        elif scope.other_task and (benchmarks_named or _PASS_AT.search(text)):
            scope = replace(scope, other_task=False)
        kind = kind_heard(said) if model is None else None
        if kind is not None:
            scope = replace(scope, kind=kind)
        source = re.search(r"\((?:verified|taken|sourced|reported)\s+(?:from|by|in)\s+([^()]+)\)", text, re.I)
        if source:
            scope = replace(scope, attribution=source[1].strip())
        return scope

    def _one_model(self, names: list[Mention], passage: Passage) -> Mention | None:
        """The model a heading or label sets: the only one, or the one that a tuned name introduces."""
        if not names:
            return None
        if len(names) >= 2 and names[0].tuned and "/" in names[1].text:
            return names[1]
        ids = {m.hub_id or m.text.lower() for m in names}
        if len(ids) == 1:
            return names[0]
        tail = re.search(
            r"\b(?:vs\.?|versus|and|or|against|than)\b|/|,|&", passage.text[names[0].end : names[1].start]
        )
        return None if tail else names[0]

    def _passage(self, block: Block, scope: Scope) -> Passage:
        self.raw = block.plain.text
        return self.lexicon.passage(block.plain, scope)

    def _file_presence(self, passage: Passage, text: str | None = None) -> None:
        """A heading or label that presents a model says that it exists."""
        limit = len(passage.text if text is None else text) if passage.plain.pieces else -1  # only a picture
        for mention in passage.mentions:
            named = mention.hub_id is not None or mention.resolution.how in ("unknown", "not-released")
            if mention.end <= limit and not mention.short and not mention.tuned and named:
                self.draft.add(passage, [(mention.start, mention.end)], "existence", model=mention)

    def _read_passage(self, passage: Passage) -> None:
        if not passage.plain.pieces:  # a picture and nothing else
            return
        first, last = passage.plain.pieces[0][1], passage.plain.pieces[-1][1]
        source = tuple(self.source[first - 1 : last])
        key = passage.text, source, passage.scope, passage.is_prose, self.draft.verbatim
        self.repeats.read(key, first, lambda: self._read_new(passage))

    def _read_new(self, passage: Passage) -> None:
        for mention in passage.mentions:
            if mention.resolution.how == "link":
                self.draft.add(passage, [(mention.start, mention.end)], "existence", model=mention)
        read_comparisons(passage, self.draft, self.lexicon.baseline)
        read_particulars(passage, self.draft)
        if (
            passage.scope.model is None
            and self.lexicon.baseline is not None
            and BASELINE.search(passage.text)
        ):
            passage.scope = passage.scope.under(
                as_short(self.lexicon.baseline, self.lexicon.baseline.hub_id), None, "", "", False
            )
        read_scores(passage, self.draft)
        self._list_leftovers(passage)

    def _list_leftovers(self, passage: Passage) -> None:
        """Every number that became no claim is listed with the reason."""
        for number in passage.numbers:
            if self.draft.is_read(passage, number):
                continue
            reason = {
                "percent": "a percentage that is tied to no benchmark",
                "points": "a difference that is tied to no model",
                "size": "a size that is said of no single model",
                "count": "a count, date or setting, not a claim about a model",
            }.get(number.kind, "a number that is tied to no benchmark")
            self.draft.skip(passage, [(number.start, number.end)], reason)

    def _read_cells(self, block: Block) -> None:
        scope = self._scope(block.depth)
        below = self.below.get(block.first)
        if below is not None:
            scope = under_its_caption(scope, self.lexicon.passage(below.plain, scope), self.terms)
        source = tuple(self.source[block.first - 1 : block.last])
        caption = self.caption[1] if block.first - self.caption[0] <= _NEAR else Caption()
        key = block.kind, source, scope, caption.raw, self.draft.verbatim
        self.repeats.read(key, block.first, lambda: self._read_grids(block, scope, caption))

    def _read_grids(self, block: Block, scope: Scope, caption: Caption) -> None:
        lines = [(n, self.source[n - 1]) for n in range(block.first, block.last + 1)]
        grids = [markdown_table(lines)] if block.kind == "table" else html_table(lines)
        for grid in grids:
            heads = " ".join(cell.text for row in grid.header for cell in row)
            under = with_caption(scope, caption, heads, self.terms)
            under = with_only(grid, under, self.lexicon.only_benchmark, self.lexicon.only_model)
            read_table(grid, under, self._cell_passage, self.draft)
        if not grids:
            plain = make_plain((n, 0, raw) for n, raw in lines)
            if plain.text.strip():
                passage = self.lexicon.passage(plain, scope)
                passage.is_prose = True
                self._read_new(passage)

    def _cell_passage(self, cell: Cell, scope: Scope) -> Passage:
        return self.lexicon.passage(cell.plain, scope)
