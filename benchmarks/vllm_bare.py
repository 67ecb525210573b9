"""vLLM's own `LLM.generate` on the requests of benchmarks/sampling.py, in the interpreter that has vLLM."""

import json
import os
import sys
import time


def main() -> None:
    """Reads one JSON line with `load`, `requests` and `rounds`; writes [seconds, tokens] per round."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    order = json.loads(sys.stdin.readline())
    from vllm import LLM, SamplingParams

    llm = LLM(enable_prefix_caching=True, disable_log_stats=True, **order["load"])
    prompts = [{"prompt_token_ids": request["prompt"]} for request in order["requests"]]
    params = [SamplingParams(**request["params"]) for request in order["requests"]]
    for _ in range(order["rounds"]):
        llm.reset_prefix_cache()
        started = time.perf_counter()
        done = llm.generate(prompts, params, use_tqdm=False)
        seconds = time.perf_counter() - started
        out.write(json.dumps([seconds, sum(len(o.token_ids) for d in done for o in d.outputs)]) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
