"""vLLM's side of the vLLM backend: a script for an interpreter that has vLLM and nothing of ours.

Started by vllm_engine.py. Reads one JSON line with how to load the model and the requests, and writes one JSON line
per finished request, so that an interrupted run keeps what is done. Whatever vLLM itself prints goes to stderr.
"""

import json
import os
import sys
import time
from typing import Any


def main() -> None:
    """Lines written: {"ready", what was loaded}, then {"id", "answers": [[index, token ids, reason], ...], "seconds"}, then {"done"}."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # vLLM and its libraries print; only answers may reach the caller

    def say(**message: object) -> None:
        out.write(json.dumps(message) + "\n")
        out.flush()

    order = json.loads(sys.stdin.readline())
    import vllm
    from vllm import LLM, SamplingParams
    from vllm.platforms import current_platform
    from vllm.sampling_params import RequestOutputKind

    if current_platform.device_type == "cpu":
        # A prompt read in two parts makes vLLM 0.32 wind back the request's generator, which a CPU's cannot.
        order["load"].setdefault("enable_chunked_prefill", False)
        # An engine in a process of its own is one more start of torch and vLLM, and waits busily for each message: on a
        # CPU it takes its cores from the one that samples.
        os.environ.setdefault("VLLM_ENABLE_V1_MULTIPROCESSING", "0")
    llm = LLM(**{"enable_prefix_caching": True, "disable_log_stats": True, **order["load"]})
    engine = llm.llm_engine
    config = engine.model_config
    say(
        ready=True,
        dtype=str(config.dtype).removeprefix("torch."),
        device=_device(),
        context=config.max_model_len,
        version=vllm.__version__,
        prefix_caching=bool(engine.vllm_config.cache_config.enable_prefix_caching),
    )
    if order.get("timed"):
        for line in sys.stdin:
            say(**_timed(engine, json.loads(line), SamplingParams, RequestOutputKind.DELTA))
        return
    started = time.perf_counter()
    indices: dict[str, list[int]] = {}
    for request in order["requests"]:
        indices[request["id"]] = request["indices"]
        # Without FINAL_ONLY the samples of a request come as they end, each with none of the others.
        params = SamplingParams(output_kind=RequestOutputKind.FINAL_ONLY, **request["params"])
        engine.add_request(request["id"], {"prompt_token_ids": request["prompt"]}, params)
    while engine.has_unfinished_requests():
        for output in engine.step():
            if output.finished:
                numbers = indices.pop(output.request_id)
                answers = [
                    [numbers[o.index], list(o.token_ids), o.finish_reason]
                    for o in sorted(output.outputs, key=lambda o: o.index)
                ]
                now = time.perf_counter()
                say(id=output.request_id, answers=answers, seconds=now - started)
                started = now
    say(done=True)


def _timed(engine: Any, request: dict[str, Any], params: Any, kind: Any) -> dict[str, Any]:
    """One request by itself: for each sample the seconds to its first token and its last, and how many it has."""
    samples = len(request["indices"])
    first: list[float | None] = [None] * samples
    ends, tokens = [0.0] * samples, [0] * samples
    started = time.perf_counter()
    engine.add_request(
        request["id"],
        {"prompt_token_ids": request["prompt"]},
        params(output_kind=kind, **request["params"]),
    )
    while engine.has_unfinished_requests():
        for output in engine.step():
            now = time.perf_counter() - started
            for part in output.outputs:
                if part.token_ids:
                    first[part.index] = first[part.index] or now
                    tokens[part.index] += len(part.token_ids)
                if part.finish_reason is not None:
                    ends[part.index] = now
    if request["params"]["n"] < samples:  # at temperature 0 one is drawn for all
        first, ends, tokens = [first[0]] * samples, [ends[0]] * samples, [tokens[0]] * samples
    return {
        "id": request["id"],
        "first": [end if f is None else f for f, end in zip(first, ends, strict=True)],
        "ends": ends,
        "tokens": tokens,
    }


def _device() -> str:
    from vllm.platforms import current_platform

    try:
        return f"vllm {current_platform.get_device_name()}"
    except (NotImplementedError, RuntimeError):
        return f"vllm {current_platform.device_type}"


if __name__ == "__main__":
    main()
