"""The model that all backends are held against, whose distribution is known exactly."""

from collections.abc import Iterator
from functools import partial

import pytest

from modelassay.sources.problems.problem_sets import load_problem_set
from support.workers import made_once, shared_folder

pytest.register_assert_rewrite("support.conformance", "support.conformance_checks")
pytest.importorskip("torch")

from support import exact_model, other_model, third_model  # noqa: E402
from support.conformance import Backend, Exact, ServerBackend  # noqa: E402
from support.served import Served, program_of  # noqa: E402


@pytest.fixture(scope="module")
def exact(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Exact:
    """Its generation settings are those of real small code models: none may be in force unless a plan says so. A module
    that has a MODEL is asked about that one, see `support.other_model` and `support.third_model`.
    """
    name = getattr(request.module, "MODEL", "exact")
    make = {
        "exact": lambda folder: exact_model.make_exact_model(folder, **exact_model.LIKE_QWEN),
        "other": other_model.make_other_model,
        "third": third_model.make_third_model,
    }[name]
    folder = made_once(shared_folder(request.config, tmp_path_factory), name, make)
    problems = {p.id: p for p in load_problem_set("starter", offline=True).problems[:3]}
    if name == "third":
        text = partial(third_model.text_of, folder=folder)
        return Exact(folder, problems, third_model.ENDS, text)
    return Exact(folder, problems, other_model.ENDS if name == "other" else exact_model.ENDS)


@pytest.fixture(scope="module")
def served(
    request: pytest.FixtureRequest, exact: Exact, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """The server that the module names in SERVER."""
    kind = request.module.SERVER
    server = Served(kind, program_of(kind), tmp_path_factory.mktemp(kind), exact.folder)
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def backend(served: Served, exact: Exact) -> Backend:
    """How a server is asked; a module for another backend has a fixture of its own."""
    return ServerBackend(served, exact)
