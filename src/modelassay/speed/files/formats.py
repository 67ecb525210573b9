"""Which tool wrote a file of speeds, and what it says; and our measurements in those tools' forms."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from modelassay.core.errors import InputError
from modelassay.core.speed_records import SpeedMeasurement
from modelassay.speed.files import (
    aiperf,
    guidellm,
    inference_perf,
    llama_bench,
    optimum_benchmark,
    vllm_bench,
    whichllm,
)
from modelassay.speed.files.claims import FileSource, SpeedClaim


class Tool(NamedTuple):
    """How a tool's files are known, and read."""

    recognises: Callable[[object], bool]
    read: Callable[[Any, FileSource], Iterator[SpeedClaim]]


# GuideLLM's and inference-perf's marks are the most particular, so they are looked for first.
TOOLS: Final[Mapping[str, Tool]] = {
    "GuideLLM": Tool(guidellm.recognises, guidellm.read),
    "inference-perf": Tool(inference_perf.recognises, inference_perf.read),
    "AIPerf": Tool(aiperf.recognises, aiperf.read),
    "AIPerf's requests": Tool(aiperf.recognises_requests, aiperf.read_requests),
    "whichllm": Tool(whichllm.recognises, whichllm.read),
    "vllm bench": Tool(vllm_bench.recognises, vllm_bench.read),
    "llama-bench": Tool(llama_bench.recognises, llama_bench.read),
    "optimum-benchmark": Tool(optimum_benchmark.recognises, optimum_benchmark.read),
}
WRITERS: Final[Mapping[str, Callable[[SpeedMeasurement], Any]]] = {
    "vllm-serve": vllm_bench.write_serve,
    "vllm-throughput": vllm_bench.write_throughput,
    "vllm-latency": vllm_bench.write_latency,
    "aiperf": aiperf.write,
    "llama-bench": llama_bench.write,
    "optimum-benchmark": optimum_benchmark.write,
    "inference-perf": inference_perf.write,
}


def read_speed_file(content: bytes, path: Path, beside: Callable[[str], bytes | None]) -> list[SpeedClaim]:
    """What a file says. beside: the bytes of a neighbour by its name, None where there is none.

    Raises InputError with the line for what is no JSON, and for a file of no known tool.
    """
    data = _parsed(content, path)
    if isinstance(data, dict) and "report" not in data and optimum_benchmark.recognises(data):
        config = beside("benchmark_config.json")
        if config is not None:
            data = {"report": data, "config": _parsed(config, path.with_name("benchmark_config.json"))}
    name = next((name for name, tool in TOOLS.items() if tool.recognises(data)), None)
    if name is None:
        raise InputError(
            "no speeds of a tool that is known", path=path, hint=f"known: {', '.join(TOOLS)}; or a CSV file of rows"
        )  # fmt: skip
    about = FileSource(name, str(path), hashlib.sha256(content).hexdigest())
    found = [_with_device(claim, data) for claim in TOOLS[name].read(data, about)]
    if not found:
        raise InputError(f"{name}'s file holds no timed row", path=path, hint="run the tool again")
    return found


def _with_device(claim: SpeedClaim, data: object) -> SpeedClaim:
    """The device of a file that this project wrote, in a format that has no place for it."""
    device, dtype = vllm_bench.device_inside(data)
    if claim.device is None and device is not None:
        return msgspec.structs.replace(claim, device=device, dtype=claim.dtype or dtype)
    return claim


def written_as(tool: str, row: SpeedMeasurement) -> bytes:
    """A measurement in a tool's form, as JSON. Raises InputError for a tool that is not known, or has no place for it."""
    write = WRITERS.get(tool)
    if write is None:
        raise InputError(f"no format {tool!r}", hint=f"known: {', '.join(WRITERS)}")
    return json.dumps(write(row), indent=1).encode() + b"\n"


def _parsed(content: bytes, path: Path) -> Any:
    """A JSON value, or the values of JSON lines as a list."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        pass
    values = []
    for number, line in enumerate(content.splitlines(), 1):
        if line.strip():
            try:
                values.append(json.loads(line))
            except (ValueError, RecursionError) as error:
                raise InputError(
                    f"not JSON: {error}",
                    path=path,
                    line=number,
                    hint="give the file as the tool wrote it",
                ) from error
    return values
