#!/usr/bin/env bash
# LangChain's JsonOutputParser reads a judge's answer that was cut within its score, 8 for 85, without a word.
# Expected: parse() gives the whole object or raises, as its documentation says of partial=False ("the output will be the full JSON object");
# with_structured_output and retries rest on the error.
# Happens: what is missing at the end is put in: brackets, quotes, the rest of a key. A score of 85 that the limit of tokens cut after the 8
# is 8, and keys that never came are simply not there. PydanticOutputParser has the same reader beneath, so that only a required field is noticed.
# Version: langchain-core 1.8.3. Source: langchain_core/utils/json.py, parse_json_markdown (parse_partial_json is its default parser).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check langchain-core==1.8.3
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

from langchain_core.output_parsers import JsonOutputParser, PydanticOutputParser
from pydantic import BaseModel

WHOLE = '{"verdict": "fail", "reason": "an off-by-one error", "score": 85}'


class Judgement(BaseModel):
    verdict: str
    score: int


print("langchain-core", version("langchain-core"))
found = {}
for cut in (WHOLE, WHOLE[:-2], WHOLE[:-12], WHOLE[:30]):
    for parser in (JsonOutputParser(), PydanticOutputParser(pydantic_object=Judgement)):
        try:
            said = parser.parse(cut)
        except Exception as error:
            said = type(error).__name__
        found[cut, type(parser).__name__] = said
        print(f"{type(parser).__name__} of {cut!r}: {said!r}")
assert found[WHOLE[:-2], "JsonOutputParser"]["score"] == 8, "changed: a number"
assert found[WHOLE[:-2], "PydanticOutputParser"].score == 8, "changed: a number"
assert found[WHOLE[:30], "JsonOutputParser"] == {"verdict": "fail"}, f"changed: {found[WHOLE[:30], 'JsonOutputParser']}"
PYTHON
