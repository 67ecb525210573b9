"""A run's blocks in an object store as one Parquet file beside them, for whoever asks questions of very many samples."""

import importlib.util
import tempfile
from pathlib import Path
from typing import Final

from modelassay.core.measured import Manifest
from modelassay.core.store import read_records
from modelassay.pipeline.exchange.exported_run import ExportedRun
from modelassay.pipeline.exchange.tables import SAMPLE_COLUMNS, sample_rows, write_parquet
from modelassay.pipeline.plan.jobs import Job
from modelassay.pipeline.run.progress import Progress
from modelassay.sources.object_store import ObjectStore

NAME: Final = "samples.parquet"


def compact_run(store: ObjectStore, job: Job, progress: Progress) -> None:
    """Write `RUN/samples.parquet`, a row per sample and suite as `assay export --to parquet` has them. The blocks stay.

    It is made anew from the run's folder, which holds each sample once, whenever the run ends. Without pyarrow it is left
    out, and that is said.
    """
    where = f"{job.plan.run_name}/{NAME}"
    if importlib.util.find_spec("pyarrow") is None:
        progress.note(f"{store.url}/{where} is not written: pip install 'modelassay[parquet]'")
        return
    manifest = read_records(job.run.manifest, Manifest)[-1]
    run = ExportedRun(job.run, manifest, job.problems, job.model.hub_id or "")
    with tempfile.NamedTemporaryFile(dir=job.run.root, prefix=".", suffix=".parquet") as file:
        write_parquet(file, SAMPLE_COLUMNS, sample_rows([run]))
        file.flush()
        store.replace(where, Path(file.name))
