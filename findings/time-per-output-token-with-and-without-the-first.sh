#!/usr/bin/env bash
# GuideLLM's time per output token is 190 ms where EvalScope's is 100 ms for the same request.
# Expected: TPOT leaves the first token out, as vLLM's, SGLang's and EvalScope's benchmarks have it: what each token after the first takes.
# Happens: GuideLLM divides the whole time of the request, waiting and prompt included, by all tokens; what the others call TPOT is its inter-token
# latency. A request of 10 tokens with a long prompt, or in a queue, differs by any factor; limits on TPOT are of another quantity.
# Version: guidellm 0.8.1, evalscope 1.14.1. Source: guidellm/schemas/base/request_stats.py, evalscope/perf/utils/benchmark_util.py.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
# of all that guidellm and evalscope ask for, what these modules need
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps guidellm==0.8.1 evalscope==1.14.1
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pydantic pydantic-settings loguru pyyaml numpy==2.4.6
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.util
import logging
import sys
import sysconfig
import types
import warnings
from importlib.metadata import version

warnings.simplefilter("ignore")  # guidellm's, that uvloop is not there
from guidellm.schemas.base.info import RequestInfo, RequestTimings  # noqa: E402
from guidellm.schemas.base.request import UsageMetrics  # noqa: E402
from guidellm.schemas.base.request_stats import GenerativeRequestStats  # noqa: E402

# imported past the package's own __init__; the module uses three names of the package, a table of labels, a check for torch and a log
constants = types.SimpleNamespace(Metrics=None)
for name, module in {
    "evalscope": types.ModuleType("evalscope"),
    "evalscope.perf": types.ModuleType("perf"),
    "evalscope.perf.utils": types.ModuleType("utils"),
    "evalscope.perf.utils.perf_constants": constants,
    "evalscope.utils": types.ModuleType("utils"),
    "evalscope.utils.import_utils": types.SimpleNamespace(check_import=lambda *_, **__: False),
    "evalscope.utils.logger": types.SimpleNamespace(get_logger=logging.getLogger),
}.items():
    sys.modules[name] = module
path = f"{sysconfig.get_path('purelib')}/evalscope/perf/utils/benchmark_util.py"
spec = importlib.util.spec_from_file_location("benchmark_util", path)
evalscope = importlib.util.module_from_spec(spec)
sys.modules["benchmark_util"] = evalscope
spec.loader.exec_module(evalscope)

print(*(f"{name} {version(name)}" for name in ("guidellm", "evalscope")))
FIRST, LAST, TOKENS = 1.0, 1.9, 10
times = RequestTimings(request_start=0.0, first_token_iteration=FIRST, last_token_iteration=LAST, request_end=LAST, resolve_end=LAST)
guidellm = GenerativeRequestStats(
    request_id="r",
    info=RequestInfo(request_id="r", timings=times),
    input_metrics=UsageMetrics(text_tokens=50),
    output_metrics=UsageMetrics(text_tokens=TOKENS),
)
other = evalscope.BenchmarkData(query_latency=LAST, first_chunk_latency=FIRST, prompt_tokens=50, completion_tokens=TOKENS)
other.finalize(None)
found = [guidellm.time_per_output_token_ms, guidellm.inter_token_latency_ms, other.time_per_output_token * 1000]
print(f"first token after {FIRST} s, {TOKENS} tokens after {LAST} s")
print("GuideLLM: time per output token {:.0f} ms, inter-token latency {:.0f} ms; EvalScope: time per output token {:.0f} ms".format(*found))
assert [round(value) for value in found] == [190, 100, 100], "changed"
PYTHON
