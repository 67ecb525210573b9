"""Tasks other than writing a program from its description: retrieval, summaries, translation, repair.

Their results look like those of code benchmarks (percentages, a column for each programming language) and are none.
"""

import re
from typing import Final

_TASK: Final = re.compile(
    r"\b(?:retriev(?:al|e|ing)|(?:code|semantic|natural language) search|search (?:task|benchmark|result)s?|summari[sz](?:ation|ing|e)|translat(?:ion|ing|e)|transpil\w+"
    r"|(?:program|code|bug|vulnerability) (?:repair|fix(?:ing)?)|(?:clone|defect|bug|vulnerability|error) (?:detection|prediction|locali[sz]ation)|embeddings?|re-?ranking"
    r"|classification|code review|commit[- ]messages?|(?:docstring|comment|documentation) generation|type inference|(?:unit )?test(?:[- ]case)? generation"
    r"|(?:code )?infilling|fill[- ]in[- ]the[- ]middle|FIM|code explanation|question answering|repo(?:sitory)?[- ]level|cross[- ]file|RepoBench|CrossCodeEval|Defects4J|tool (?:use|calling)|function calling)\b"
    r"|检索|摘要|翻译|修复|补全填充|分类|缺陷检测|克隆检测",
    re.I,
)
_GENERATION: Final = re.compile(
    r"\b(?:code|program|function)[- ](?:generation|synthesis|writing)|\btext[- ]to[- ]code generation|\bpass\s?@|\bhuman[\s-]?eval|\bmbpp|\bmultipl-e|代码生成|程序合成",
    re.I,
)
# Measures of such tasks, as a whole word of a header.
MEASURES: Final = (
    r"\bMRR\b|\bNDCG\b|\bMAP@?\d*\b|\bBLEU|\bSacreBLEU|\bCodeBLEU|\bROUGE|\bMETEOR\b|\bchrF|\bBERTScore|\bF1\b|\brecall\b|\bprecision\b(?! *(?:fp|bf|int))|\bhits?@\d"
    r"|\bAUC\b|\bMCC\b|\bedit sim|\bcosine\b"
)


def names_another_task(text: str) -> bool:
    """Does a heading, a label or a caption say that what stands below it is the result of another task?

    Not where it names code generation or one of its benchmarks as well: then it heads both.
    """
    return _TASK.search(text) is not None and _GENERATION.search(text) is None
