"""Real servers in processes of their own, from whichever interpreter has them: vLLM's, transformers' and llama.cpp's."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from modelassay.sampling.vllm_engine import PYTHON_VARIABLE

SERVE_VARIABLE = "ASSAY_SERVE_PYTHON"  # an interpreter that has transformers[serving]
LLAMA_VARIABLE = "ASSAY_LLAMA_PYTHON"  # an interpreter that has xllamacpp
LLAMA_BINARY = "ASSAY_LLAMA_SERVER"  # or llama.cpp's own program, which then takes its place
VARIABLES = {"vllm": PYTHON_VARIABLE, "transformers": SERVE_VARIABLE, "llama.cpp": LLAMA_VARIABLE}
DEMO = Path(__file__).resolve().parents[2] / "examples" / "models" / "demo-instruct-3m"
START_SECONDS = (
    1100  # vLLM takes half a minute, on a machine with ten times as much to do as it has cores ten
)


def program_of(kind: str) -> str:
    """What runs a kind of server here; a test that lacks it is skipped, saying so."""
    named = os.environ.get(LLAMA_BINARY) if kind == "llama.cpp" else None
    named = named or os.environ.get(VARIABLES[kind])
    if not named:
        pytest.skip(f"no server of {kind} here: `make test-backends` makes one, or set {VARIABLES[kind]}")
    return named


class Served:
    """A model behind a server, which can be killed and started again at the same address.

    folder: for the log. model: its folder; for llama.cpp a GGUF file is written beside the log.
    """

    def __init__(self, kind: str, program: str, folder: Path, model: Path = DEMO) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = str(free.getsockname()[1])
        self.kind, self.address = kind, f"http://127.0.0.1:{self._port}"
        self._folder, self._path = folder, model
        self.model = str(model) if kind == "transformers" else "served"
        commands = {"vllm": self._vllm, "transformers": self._transformers, "llama.cpp": self._llama}
        self._command = [program, *commands[kind](program)]
        self._log = folder / f"{kind}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def _vllm(self, _: str) -> list[str]:
        # As `vllm serve`, whose command the CPU build breaks: it looks for a package named vllm.
        return [
            "-P", "-m", "vllm.entrypoints.openai.api_server", "--model", str(self._path), "--served-model-name",
            self.model, "--host", "127.0.0.1", "--port", self._port, "--max-model-len", "384", "--dtype", "float32",
            "--kv-cache-memory-bytes", str(1 << 28), "--enforce-eager", "--no-enable-chunked-prefill",
        ]  # fmt: skip

    def _transformers(self, _: str) -> list[str]:
        return [
            "-P", "-m", "transformers.cli.transformers", "serve", "--device", "cpu", "--dtype", "float32",
            "--host", "127.0.0.1", "--port", self._port, str(self._path),
        ]  # fmt: skip

    def _llama(self, program: str) -> list[str]:
        from support.gguf import write_gguf

        file = str(write_gguf(self._path, self._folder / "served.gguf"))
        if Path(program).name == "llama-server":
            return [
                "-m", file, "--port", self._port, "-np", "4", "-c", "4096", "-t", "1", "--no-warmup", "--alias",
                self.model, "-ctk", "f32", "-ctv", "f32", "-fa", "off",
            ]  # fmt: skip
        return ["-P", str(Path(__file__).with_name("llama_server.py")), file, self._port, self.model]

    def start(self) -> None:
        """Start it and wait until it answers."""
        quiet = {"HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1", "OMP_NUM_THREADS": "1"}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdout=log, stderr=log, env={**os.environ, **quiet}, start_new_session=True
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                if httpx.get(f"{self.address}/health", timeout=5).is_success:
                    return
            except httpx.HTTPError:
                time.sleep(0.5)
        self.kill()
        raise RuntimeError(f"the server did not start: {self._log.read_text(errors='replace')[-2000:]}")

    def kill(self) -> None:
        """End it and what it started, at once."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None
