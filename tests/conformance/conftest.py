"""The model that all backends are held against, whose distribution is known exactly."""

import pytest

from modelassay.sources.problems.problem_sets import load_problem_set
from support.workers import made_once, shared_folder

pytest.register_assert_rewrite("support.conformance", "support.conformance_checks")
pytest.importorskip("torch")

from support.conformance import Exact  # noqa: E402
from support.exact_model import LIKE_QWEN, make_exact_model  # noqa: E402


@pytest.fixture(scope="session")
def exact(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Exact:
    """Its generation settings are those of real small code models: none may be in force unless a plan says so."""
    folder = made_once(
        shared_folder(request.config, tmp_path_factory), "exact", lambda f: make_exact_model(f, **LIKE_QWEN)
    )
    problems = {p.id: p for p in load_problem_set("starter", offline=True).problems[:3]}
    return Exact(folder, problems)
