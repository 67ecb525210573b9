"""The model that all backends are held against, whose distribution is known exactly."""

from collections.abc import Iterator

import pytest

from modelassay.sources.problems.problem_sets import load_problem_set
from support.workers import made_once, shared_folder

pytest.register_assert_rewrite("support.conformance", "support.conformance_checks")
pytest.importorskip("torch")

from support.conformance import Backend, Exact, ServerBackend  # noqa: E402
from support.exact_model import LIKE_QWEN, make_exact_model  # noqa: E402
from support.other_model import ENDS as OTHER_ENDS  # noqa: E402
from support.other_model import make_other_model  # noqa: E402
from support.served import Served, program_of  # noqa: E402


@pytest.fixture(scope="module")
def exact(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Exact:
    """Its generation settings are those of real small code models: none may be in force unless a plan says so. A module
    that has a true OTHER is asked about another model, see `support.other_model`.
    """
    other = getattr(request.module, "OTHER", False)
    folder = made_once(
        shared_folder(request.config, tmp_path_factory),
        "other" if other else "exact",
        make_other_model if other else lambda f: make_exact_model(f, **LIKE_QWEN),
    )
    problems = {p.id: p for p in load_problem_set("starter", offline=True).problems[:3]}
    return Exact(folder, problems, OTHER_ENDS) if other else Exact(folder, problems)


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
