"""Chinese text as the readers see it: the same length, so that every offset stays, and only what they can use in it.

Full-width marks become the marks they are, words that say a difference or a rival become a sign the readers know, and
all other ideographs become spaces: what is left of "在HumanEval上可以达到70.7%" is the benchmark and its number.
"""

import re
from dataclasses import replace

from modelassay.reading.layout.inline_text import Plain

_ANY = re.compile(r"[　-〿㐀-鿿＀-｠]")
_MARKS = str.maketrans(
    "，。：；（）、％～／！？“”‘’【】「」《》－＋＝＠和与及", ",\n:;(),%~/\n?\"\"''[][]<>-+=@,,,"
)
_DIFFERENCE = re.compile(
    r"(?:提升|提高|高出|增加|上升|增长|领先|超出|改善|下降|降低|减少|下跌|落后|低了|高了)[了至到约近过]*\s?(?=\d)"
)
_FALLS = ("下降", "降低", "减少", "下跌", "落后", "低了")
_TO = re.compile(
    r"(?:提升|提高|增加|上升|增长|下降|降低)[了]?[至到](?=\s?\d)"
)  # "rose to 70 %": the number itself
_RIVAL = re.compile(
    r"(?:超过|优于|超越|击败|对比|相比|高于|低于|接近|媲美|胜过|战胜|打败|赢过|领先于?|强于|好于|弱于|逊于|不及|不如|落后于?)(?=了?\s?[A-Za-z])"
)
_DUEL = re.compile(r"(?<=[\d%])(\s?)[对比](?=\s?\d)")  # "88.4% 比 78.6%"
# "4 个评测集", "5种语言": what is counted; "16.3%的提升": by how much something rose
_COUNTED = re.compile(r"(?<=\d)(\s?)[个種种类項项条道门台张层组轮步倍次](?!百分点)")
_GAIN = re.compile(r"(?<=%)(\s?)的?(?:提升|提高|增长|增益|改进|下降|降低|差距|增幅)")
# "分别为 26/45.7/71.6": what is said of the benchmark before it
_IS = re.compile(r"分?别?(?:为|是|达到了?|达|得分)(?=\s?[~≈]?\d)")
_IDEOGRAPH = re.compile(r"[　-〿㐀-鿿＀-｠]")


def readable(plain: Plain) -> Plain:
    """The text for the readers; the same object where nothing is Chinese."""
    if plain.text.isascii() or _ANY.search(plain.text) is None:
        return plain
    text = plain.text.translate(_MARKS)
    text = _TO.sub(lambda found: " " * len(found[0]), text)
    text = _DIFFERENCE.sub(_signed, text)
    text = _IS.sub(lambda found: ":".rjust(len(found[0])), text)
    text = _COUNTED.sub(r"\1×", text)
    text = _GAIN.sub(lambda found: "Δ".rjust(len(found[0])), text)
    text = _DUEL.sub(r"\1:", text)
    text = _RIVAL.sub(lambda found: "vs".ljust(len(found[0])), text)
    return replace(plain, text=_IDEOGRAPH.sub(" ", text), written=plain.text)


def _signed(found: re.Match[str]) -> str:
    sign = "-" if found[0].startswith(_FALLS) else "+"
    return sign.rjust(len(found[0]))
