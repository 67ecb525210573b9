#!/usr/bin/env bash
# Messages whose content is a list of parts (as OpenAI's protocol and its logs have it) become the text of a Python list in the prompt.
# Expected: apply_chat_template takes the text of the parts, or refuses.
# Happens: a template that prints message.content prints the list, brackets, quotes and all; filters like trim and the
# escapes of repr do the rest, so that a line break in the problem becomes a backslash and an n. The model is asked something else, and
# nothing is said. Only a template that joins with + fails, with a TypeError.
# Version: transformers 5.23.0, jinja2 3.1.6. Source: transformers/utils/chat_template_utils.py, render_jinja_template.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check transformers==5.23.0 tokenizers==0.23.3 jinja2==3.1.6
cd "$folder"
venv/bin/python - <<'PYTHON'
import transformers
from tokenizers import Tokenizer, models
from transformers import PreTrainedTokenizerFast

transformers.logging.set_verbosity_error()
tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.BPE()))
problem = "Complete:\ndef f(x):"
FRAME = "{{% for message in messages %}}<|{{{{ message.role }}}}|>\n{}{{% endfor %}}"
templates = {
    "printed": FRAME.format("{{ message.content }}"),
    "trimmed": FRAME.format("{{ message.content | trim }}"),
    "joined": FRAME.format("{{ message.content + '<|end|>' }}"),
}


def prompt(template: str, content) -> str:
    try:
        messages = [{"role": "user", "content": content}]
        return tokenizer.apply_chat_template(messages, chat_template=template, tokenize=False)
    except TypeError as error:
        return f"TypeError: {error}"


found = {name: prompt(template, [{"type": "text", "text": problem}]) for name, template in templates.items()}
print("transformers", transformers.__version__)
for name, text in found.items():
    print(name, repr(text))
listed = "<|user|>\n[{'type': 'text', 'text': 'Complete:\\ndef f(x):'}]"
assert prompt(templates["printed"], problem) == "<|user|>\n" + problem, "changed: plain text"
assert found["printed"] == found["trimmed"] == listed, "changed: what is printed"
assert found["joined"].startswith("TypeError"), "changed: what is joined"
PYTHON
