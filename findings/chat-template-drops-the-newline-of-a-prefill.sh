#!/usr/bin/env bash
# A prefill that ends in a newline loses it under chat templates that trim, without a word.
# Expected: continue_final_message=True ends the prompt with the final message as it was given, or refuses.
# Happens: with a template that trims each message's content (as those of Llama 3 do) the prompt ends with the trimmed text:
# the prefill "```python\n" becomes "```python", the model goes on behind the word python, and may write another language or a
# blank first; a template that does not trim keeps it. The two prompts differ by one token nobody asked for.
# Version: transformers 5.23.0. Source: transformers/utils/chat_template_utils.py, render_jinja_template.
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

tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.WordLevel({"<unk>": 0}, unk_token="<unk>")))
messages = [{"role": "user", "content": "Write f."}, {"role": "assistant", "content": "```python\n"}]
template = "{% for m in messages %}[{{ m.role }}]{{ m.content FILTER }}[end]{% endfor %}"
ends = {
    how: tokenizer.apply_chat_template(
        messages, tokenize=False, continue_final_message=True, chat_template=template.replace("FILTER", how)
    )[-12:]
    for how in ("", "| trim")
}
print("transformers", transformers.__version__, ends)
assert ends[""].endswith("```python\n"), "changed"
assert ends["| trim"].endswith("```python"), "changed"
PYTHON
