"""Whose row or column it is: the name in a cell of a table, read as a whole.

A cell holds a name and little else, so every word of it counts: "Code-Qwen 7B (2023)" is not "Code-Qwen 7B". What says
how it was measured or where it comes from ("(ours)", "(0-shot)", a link's label) is no part of the name. A name that
nobody knows is a name as written.
"""

import re
from dataclasses import replace
from typing import Final, Literal

from modelassay.evidence.names import parse_name
from modelassay.evidence.vocabulary import Context, Resolution, Vocabulary
from modelassay.reading.language.mentions import Mention
from modelassay.reading.language.passages import Passage

Kind = Literal["base", "instruct"]
KIND_WORD: Final = re.compile(r"\b(base|instruct|chat|pre-?trained|pretrain)\b", re.I)
# What a section row or a heading says of all models below it.
_BASE: Final = re.compile(
    r"\b(?:base|pre-?trained|pretrain|foundation)\s*(?:model|version|variant|checkpoint|llm)s?\b|基座|基础模型|预训练模型",
    re.I,
)
_TUNED: Final = re.compile(
    r"\b(?:instruct(?:ion)?s?(?:[- ](?:tuned|following|finetuned|fine-tuned))?|chat|post-?trained|aligned)\s*(?:model|version|variant|checkpoint|llm)s?\b"
    r"|\binstruction[- ]tuned\b|指令(?:微调)?模型|对话模型",
    re.I,
)
_ALONE: Final = re.compile(r"\W*(?:(base|pre-?trained)|(instruct(?:ion)?(?:[- ]tuned)?|chat))\W*", re.I)
_ASIDE: Final = re.compile(
    r"\s*[(\[（]\s*(?:ours?|us|closed?[- ]source[d]?|open[- ]source[d]?|self-reported|reported|reproduced|official|paper|report|greedy|new|baseline|prompted|api|"
    r"(?:zero|one|few|\d+)[- ]shots?|[fb]p?f?(?:16|32)|half|t(?:emp(?:erature)?)?\s?=\s?[\d.]+|pass\s?@\s?\d+|hf|link|this work|dense|moe|our run|re-?run)\s*[)\]）]",
    re.I,
)
_LINK_WORDS: Final = re.compile(
    r"(?:🤗|📃|📑|\[?\b(?:HF Link|HF|Hugging ?Face|Link|paper|model card|card|blog|GitHub|weights|download)\b\]?)\s*$",
    re.I,
)
_EDGES: Final = " \t\n*_`~|•·:：-–—†‡§¶★☆⭐🔥🏆🥇🥈🥉✅🟢🔶🔴💬⚪♠♣↑↓¹²³^#"
_CITED: Final = re.compile(r"\[\[[^\[\]]{1,12}\]\]\([^()\s]*\)|\[\[?\d{1,3}\]\]?")
_MARKS: Final = re.compile(r"(?:<sup>.*?</sup>|\[\^?\w{1,3}\]|[*†‡§¶¹²³]+)\s*$")
# Words of settings and results, which name no model
_SETTING: Final = re.compile(
    r"\b(?:shots?|pass\s?@|temp(?:erature)?|scores?|results?|avg\.?|average|mean|best|worst|ours?|theirs|baselines?|delta|changes?|diff\w*|gain|metrics?|steps?|epochs?|"
    r"before|after|board|reported|paper|official|table|target|stretch|enabled|disabled|no|without|with|w/|phase|stage|run|seed|exp\w*|round|level|tier|class|"
    r"version|option|setting|config\w*|prompt\w*|winner|notes?|comments?|source|status|rank|time|speed|size|params?|parameters|tokens?|type|category|task|dataset|"
    r"benchmark|total|overall|value|difference|measured|claimed|expected|actual|published|leaderboard|harness|examples?|range|bf16|fp\d+|int\d|\d-?bit|full precision|lora|qlora|r\s?=\s?\d+|sft|grpo|dpo|rl)\b",
    re.I,
)
_QUANT: Final = re.compile(
    r"\W*(?:UD-)?(?:i?q\d(?:_\w+)*|fp\d+|bf16|int\d|w\d+a\d+|nf4|awq|gptq|gguf|\d-?bits?)(?:[\s_-]?(?:gguf|awq|gptq|int\d|\d-?bit))*\W*",
    re.I,
)
_CONFIGURATION: Final = re.compile(
    r"^\W*(?:(?:decod\w*|sampling|run|eval\w*|generation)\s)?(?:config\w*|settings?|set-?up|(?:hyper-?)?parameters?|options?|arguments?|prompts?|notes?|comments?|remarks?|details?|配置|设置|参数设置|备注)\W*$",
    re.I,
)
_NAME_SHAPE: Final = re.compile(r"[A-Z][\w.+'’/-]*(?:[\s_-][\w.+'’()/-]+){0,6}")
_INNER_CAPITAL: Final = re.compile(r"[a-z][A-Z]|[A-Z]{2,}[a-z]|[A-Za-z]-[A-Z]|[A-Za-z]\d|\d[A-Za-z]")
# "源2.0-102B": ideographs are part of a name that has a size or a version of its own
_IDEOGRAPHS_IN: Final = re.compile(
    r"(?=.*[\u4e00-\u9fff])(?=.*(?:\d[BbMm](?![a-z])|[A-Za-z]{2,}-?\d|\d\.\d))[\w.+·-]{3,40}"
)
# "文心一言", "ГигаЧат", "하이퍼클로바": a name in another script, where a column is said to name models
_OTHER_SCRIPT: Final = re.compile(r"(?=[^A-Za-z]*[^\W\d_A-Za-z]{2})[\w .·-]{2,24}")
_SUMMARY: Final = re.compile(
    r"平均|均值|合计|合計|总|總|得分|分数|排名|基线|基准|人类|提升|差|среднее|итог|базов|прирост|평균|합계|기준|전체|小计",
    re.I,
)
_BASELINE: Final = re.compile(r"(?:the |our |no )?baselines?", re.I)
_STAGE: Final = re.compile(
    r"(?<=[A-Za-z0-9] )\((?:SFT|DPO|RL|GRPO|RLHF)\)\s*$"
)  # "Foo 7B Chat (SFT)" is a name
_SIZE_ONLY: Final = re.compile(r"[~≈]?\s*(\d+(?:\.\d+)?)\s?([BM])(?:\s*\(?(base|instruct|chat)\)?)?", re.I)


def kind_heard(text: str) -> Kind | None:
    """The kind of model that a heading or a section row says of what stands below it; `None` where it says both."""
    alone = _ALONE.fullmatch(text)
    if alone is not None:
        return "base" if alone[1] else "instruct"
    base, tuned = _BASE.search(text), _TUNED.search(text)
    if (base is None) == (tuned is None):
        return None
    return "base" if base else "instruct"


def clean(text: str) -> str:
    """A cell's words without marks, asides and link labels."""
    text = " ".join(_CITED.sub("", text).split())
    for _ in range(4):
        before = text
        text = _LINK_WORDS.sub("", _ASIDE.sub("", _MARKS.sub("", text))).strip(_EDGES)
        if text == before:
            break
    return text


def is_size_only(text: str) -> bool:
    """ "7B", "1.3B (base)": the rest of the name stands elsewhere."""
    return _SIZE_ONLY.fullmatch(clean(text)) is not None


def is_quantization(text: str) -> bool:
    """ "Q4_K_M", "4-bit", "AWQ": a form of the model spoken of."""
    return _QUANT.fullmatch(text) is not None


def is_configuration(header: str) -> bool:
    """Does a column say how something was run? Then its words ("temperature=0.2") make no score of the row another thing."""
    return _CONFIGURATION.match(header) is not None


def is_setting(text: str) -> bool:
    """Does a text speak of settings or results, and name no model?"""
    return _SETTING.search(text) is not None


def is_like_a_name(text: str) -> bool:
    """Could an unknown text be a model's name, by its shape: "Nimbus 4.0 32B", "Foo-3-Mini", "InCoder"?"""
    text = clean(text)
    if len(text) < 3 or len(text) > 60 or is_quantization(text) or _SETTING.search(_STAGE.sub("", text)):
        return False
    if parse_name(text).size is not None and re.search(r"[A-Za-z]{3}", text):
        return True
    if _IDEOGRAPHS_IN.fullmatch(text):
        return True
    return _NAME_SHAPE.fullmatch(text) is not None and (
        _INNER_CAPITAL.search(text) is not None or (re.search(r"\d", text) is not None)
    )


def name_in(
    passage: Passage, vocabulary: Vocabulary, kind: Kind | None = None, *, guess: bool = False
) -> Mention | None:
    """The model that a cell names; `None` when it names none. guess: an unknown text is a name as written.

    The whole cell is the name, save for asides; a known name with more words beside it is another model.
    """
    full = [m for m in passage.mentions if not m.short]
    whole = clean(passage.text)
    written = clean(passage.plain.written)
    if not full and _BASELINE.fullmatch(whole):
        return None
    if _IDEOGRAPHS_IN.fullmatch(written) and not any(m.hub_id for m in full):
        return Mention(0, max(1, len(passage.text)), written, vocabulary.resolve(written))
    if (
        not full
        and guess
        and _OTHER_SCRIPT.fullmatch(written or whole)
        and not _SUMMARY.match(written or whole)
    ):
        text = written or whole
        return Mention(0, max(1, len(passage.text)), text, vocabulary.resolve(text))
    if not full:
        if not whole or not re.search(r"[A-Za-z]{2}", whole) or not (guess or is_like_a_name(whole)):
            return None
        resolution = vocabulary.resolve(whole, Context(kind=kind))
        return Mention(0, max(1, len(passage.text)), whole, resolution)
    chosen = full[1] if len(full) > 1 and full[0].tuned else full[0]
    if chosen.resolution.how in ("link", "hub-id") or chosen.tuned or len(full) > 1:
        return chosen
    if _letters(clean(_without(passage.text, chosen))):
        resolution = vocabulary.resolve(_flat(whole), Context(kind=kind))
        if resolution.hub_id is None and not _is_only_kind_or_size(_without(passage.text, chosen)):
            resolution = Resolution(written=whole, hub_id=None, how="unknown")
        return replace(chosen, text=whole, resolution=resolution)
    if kind is not None and parse_name(chosen.text).kind is None and chosen.resolution.how != "context":
        heard = vocabulary.resolve(chosen.text, Context(kind=kind))
        if heard.hub_id is not None:
            return replace(chosen, resolution=heard)
    return chosen


def _without(text: str, mention: Mention) -> str:
    return f"{text[: mention.start]} {text[mention.start + len(mention.text) :]}"


def _letters(text: str) -> bool:
    return re.search(r"[A-Za-z0-9]", text) is not None


def _flat(text: str) -> str:
    """ "Llama-3.3 (70B instruct)" as a name in one piece."""
    return " ".join(re.sub(r"[()\[\]（），,]", " ", text).split())


def _is_only_kind_or_size(text: str) -> bool:
    name = parse_name(_flat(text))
    return not name.family and (name.size is not None or name.kind is not None)


def of_kind(mention: Mention, kind: Kind | None, vocabulary: Vocabulary) -> Mention:
    """The base or tuned sibling of a model whose name leaves that open, where what stands above asks for it."""
    if kind is None or mention.hub_id is None or parse_name(mention.text).kind is not None:
        return mention
    variant = vocabulary.variant(mention.hub_id, kind=kind)
    if variant is None or variant == mention.hub_id:
        return mention
    return replace(mention, resolution=Resolution(mention.text, variant, "context"))


def joined(mention: Mention, words: str, vocabulary: Vocabulary, kind: Kind | None = None) -> Mention:
    """A name whose rest stands in another cell: "CODE LLAMA" above, "13B" here."""
    text = f"{mention.text} {' '.join(words.split())}".strip()
    resolution = vocabulary.resolve(_flat(text), Context(kind=kind))
    if resolution.hub_id is None:
        resolution = Resolution(written=text, hub_id=None, how="unknown")
    return replace(mention, text=text, resolution=resolution)
