#!/usr/bin/env bash
# A chat template writes a < of code in a tool call as it is under transformers, and as \u003c under jinja2 itself and minijinja.
# Expected: chat templates are Jinja templates, so that the prompt of `{{ call | tojson }}` is the same wherever a Jinja renderer runs it.
# Happens: tojson of jinja2 and of minijinja makes JSON that is safe within HTML: <, >, & and ' become escapes; transformers puts a filter of its own in its
# place, after whose output models were trained. Code is full of these characters, so a server with another renderer gives the model another prompt and other tokens, with
# the same template. The text read back as JSON is the same, so that a comparison of parsed calls shows nothing.
# Version: transformers 5.23.0, jinja2 3.1.6, minijinja 3.1.0. Source: transformers/utils/chat_template_utils.py (tojson), jinja2/utils.py (htmlsafe_json_dumps),
# minijinja's tojson.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check transformers==5.23.0 jinja2==3.1.6 minijinja==3.1.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import json
from importlib.metadata import version

import jinja2
import minijinja
from transformers.utils.chat_template_utils import render_jinja_template

TEMPLATE = "{% for m in messages %}{{ m.call | tojson }}{% endfor %}"
CALL = {"name": "run", "code": "if a < b and c != 'd':"}
messages = [{"role": "assistant", "call": CALL}]
found = {
    "transformers": render_jinja_template([messages], chat_template=TEMPLATE)[0][0],
    "jinja2": jinja2.Environment().from_string(TEMPLATE).render(messages=messages),
    "minijinja": minijinja.Environment().render_str(TEMPLATE, messages=messages),
}
for name, text in found.items():
    print(name, version(name), text)
assert all(json.loads(text) == CALL for text in found.values())
assert found["transformers"] == json.dumps(CALL), "changed"
for name in ("jinja2", "minijinja"):
    assert r"if a \u003c b and c != \u0027d\u0027:" in found[name], "changed"
PYTHON
