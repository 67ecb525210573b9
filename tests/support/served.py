"""Real servers in processes of their own, from whichever interpreter has them: vLLM's and transformers'."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import httpx

SERVE_VARIABLE = "ASSAY_SERVE_PYTHON"  # an interpreter that has transformers[serving]
DEMO = Path(__file__).resolve().parents[2] / "examples" / "models" / "demo-instruct-3m"
START_SECONDS = 240


class Served:
    """The larger demo model behind a server, which can be killed and started again at the same address."""

    def __init__(self, kind: str, python: str, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self._port}"
        self.model = "demo" if kind == "vllm" else str(DEMO)
        self._command = [python, *(self._vllm() if kind == "vllm" else self._transformers())]
        self._log = folder / f"{kind}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def _vllm(self) -> list[str]:
        # As `vllm serve`, whose command the CPU build breaks: it looks for a package named vllm.
        return [
            "-P", "-m", "vllm.entrypoints.openai.api_server", "--model", str(DEMO), "--served-model-name", "demo",
            "--host", "127.0.0.1", "--port", str(self._port), "--max-model-len", "384", "--dtype", "float32",
            "--kv-cache-memory-bytes", str(1 << 28), "--enforce-eager", "--no-enable-chunked-prefill",
        ]  # fmt: skip

    def _transformers(self) -> list[str]:
        return [
            "-P", "-m", "transformers.cli.transformers", "serve", "--device", "cpu", "--dtype", "float32",
            "--host", "127.0.0.1", "--port", str(self._port), str(DEMO),
        ]  # fmt: skip

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
