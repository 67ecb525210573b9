"""NVIDIA's management library, where nvidia-ml-py is installed and a driver answers."""

from typing import Any


def opened_nvml(nvml: Any = None) -> Any:
    """The module `pynvml`, ready to be asked; None where there is none, or no driver. nvml: for tests."""
    if nvml is None:
        try:
            import pynvml
        except ImportError:
            return None
        nvml = pynvml
    try:
        nvml.nvmlInit()
    except nvml.NVMLError:
        return None
    return nvml
