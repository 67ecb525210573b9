"""Results on S3, against a real server on loopback: also one that fails, is slow, or cuts its answers short."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from modelassay.sources.object_store import ObjectStore
from support.clusters import Running, results
from support.s3 import BUCKET, KEYS, Fault, faulty, s3_server

pytest.importorskip("s3fs")
pytest.importorskip("moto")


@pytest.fixture(scope="module")
def behind() -> Iterator[int]:
    with s3_server() as port:
        yield port


@pytest.mark.parametrize("fault", get_args(Fault))
def test_a_server_with_faults(behind: int, fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every third request meets one: all that was written is there, once, and read as it was written."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    with faulty(behind, fault) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        store = ObjectStore(f"s3://{BUCKET}/{fault}", first_pause=0.01)
        contents = [f"{n}\n".encode() * 2000 for n in range(10)]
        names = [store.put("run/samples", content) for content in contents * 2]

        assert sorted(set(names)) == store.names("run/samples")
        assert [store.get("run/samples", name) for name in names[:10]] == contents
        assert server.faults >= 3


@pytest.mark.parametrize("fault", get_args(Fault))
def test_a_study_whose_store_has_faults(
    cluster: Any, add: Any, study: Path, alone: Path, behind: int, fault: Fault
) -> None:
    """The results are those of one machine; and another machine that has only the store has nothing left to do."""
    pytest.importorskip("ray")
    with faulty(behind, fault) as server:
        environment = {**KEYS, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}"}
        add(env_vars=environment)
        url = f"s3://{BUCKET}/study-{fault}"
        done = Running(study, "--cluster", cluster.address, "--store", url, **environment).end()
        assert server.faults
    (study / "elsewhere").mkdir()
    (study / "study.toml").rename(study / "elsewhere" / "study.toml")
    environment["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{behind}"
    second = Running(study / "elsewhere", "--store", url, **environment).end()

    assert results(done.run) == results(alone) == results(second.run)
    assert "516 samples were in s3://" in second.stderr
    assert compacted_in(f"{url}/{done.run.name}/samples.parquet", environment) == [(516, 516)]


def compacted_in(url: str, environment: dict[str, str]) -> Any:
    """Samples, and different ones, that DuckDB counts in a Parquet file on S3."""
    duckdb, s3fs = pytest.importorskip("duckdb"), pytest.importorskip("s3fs")
    files = s3fs.S3FileSystem(
        key=environment["AWS_ACCESS_KEY_ID"], secret=environment["AWS_SECRET_ACCESS_KEY"],
        client_kwargs={"endpoint_url": environment["AWS_ENDPOINT_URL"]}, skip_instance_cache=True,
    )  # fmt: skip
    connection = duckdb.connect()
    connection.register_filesystem(files)
    return connection.sql(f"select count(*), count(distinct (problem, sample)) from '{url}'").fetchall()
