"""vLLM behind its own server (ASSAY_VLLM_PYTHON; `make test-backends` installs its CPU build)."""

from support.conformance_checks import EveryBackend
from support.conformance_served import EveryServer

SERVER = "vllm"


class TestVllmServer(EveryBackend, EveryServer):
    """It takes token ids and every setting."""
