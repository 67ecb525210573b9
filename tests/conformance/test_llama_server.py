"""llama.cpp's own server, over a GGUF file of the exact model."""

from support.conformance_checks import EveryBackend
from support.conformance_served import EveryServer

SERVER = "llama.cpp"


class TestLlamaServer(EveryBackend, EveryServer):
    """It takes token ids and every setting, and is told which special tokens stay in the text."""
