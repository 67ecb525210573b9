#!/usr/bin/env bash
# mistral-common takes the blanks off the end of an answer's prefix, and with them the indentation that the code is to go on from.
# Expected: AssistantMessage(…, prefix=True) is where the answer goes on, so its text ends the prompt as it was given.
# Happens: from the second version of the tokenizers on, blanks at the end of the prefix are dropped without a word, with SentencePiece
# and with Tekken alike; line breaks stay, and the first version keeps all. "```python\n    " leaves the model at the beginning of the line, and
# what it writes there, put behind the prefix as it was sent, may be indented twice.
# Version: mistral-common 1.13.1 (with the vocabularies in the package). Source: mistral_common/tokens/tokenizers/instruct.py,
# where an assistant message is encoded.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check mistral-common==1.13.1 sentencepiece==0.2.3
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.metadata

from mistral_common.protocol.instruct.messages import AssistantMessage, UserMessage
from mistral_common.protocol.instruct.request import ChatCompletionRequest
from mistral_common.tokens.tokenizers.mistral import MistralTokenizer

tokenizers = {
    "v1": MistralTokenizer.v1(), "v2": MistralTokenizer.v2(), "v3": MistralTokenizer.v3(),
    "v3 tekken": MistralTokenizer.v3(is_tekken=True), "v7": MistralTokenizer.v7(),
}


def kept(tokenizer: MistralTokenizer, prefix: str) -> str:
    """What of the prefix stands at the end of the prompt."""
    messages = [UserMessage(content="Write f."), AssistantMessage(content=prefix, prefix=True)]
    prompt = tokenizer.encode_chat_completion(ChatCompletionRequest(messages=messages)).text
    return prompt.split("[/INST]")[1].replace("▁", " ").replace("<0x0A>", "\n")


print("mistral-common", importlib.metadata.version("mistral-common"))
for name, tokenizer in tokenizers.items():
    line, indented = kept(tokenizer, "```python\n"), kept(tokenizer, "```python\n    ")
    print(name, repr(line), repr(indented))
    assert line.endswith("```python\n"), f"changed: {name}, a line break"
    assert indented.endswith("```python\n    " if name == "v1" else "```python\n"), f"changed: {name}, blanks"
PYTHON
