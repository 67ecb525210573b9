"""llama.cpp's own server from the xllamacpp package: `python llama_server.py MODEL.gguf PORT NAME`, for an interpreter that has it."""

import sys
import threading

import xllamacpp


def main() -> None:
    """Serve until killed."""
    params = xllamacpp.CommonParams()
    params.model.path, params.port = sys.argv[1], int(sys.argv[2])
    params.model_alias = {sys.argv[3]}
    params.n_parallel, params.n_ctx, params.warmup = 4, 4 * 1024, False
    params.cache_type_k = params.cache_type_v = xllamacpp.ggml_type.GGML_TYPE_F32  # 16 bits otherwise
    # On a CPU its flash attention, on by default, moves logits by up to 0.014 even with a cache of 32 bits.
    params.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    server = xllamacpp.Server(params)
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    main()
