"""`assay audit --look-up`: what the Hub says of the models that a note names and the evidence does not know.

A model that the Hub does not have is "no such model" with the time of looking; one that could not be asked about, offline
or behind an error, stays unknown.
"""

from collections.abc import Sequence
from pathlib import Path

from modelassay.audit.auditor import read_bytes
from modelassay.core.errors import AssayError, StorageError
from modelassay.core.published import ModelFacts
from modelassay.core.workdir import WorkDir
from modelassay.evidence.base import Evidence, with_models
from modelassay.evidence.fact_files import size_text
from modelassay.evidence.vocabulary import Vocabulary
from modelassay.reading.notes import read_note_bytes
from modelassay.sources.http_fetch import Fetcher, NotThereError
from modelassay.sources.hub_client import is_offline
from modelassay.sources.hub_models import HubModel, look_up
from modelassay.sources.kept_sources import KeptSources

MOST = 200  # models asked about; a leaderboard names hundreds


def look_up_models(
    notes: Sequence[Path], workdir: WorkDir, evidence: Evidence, *, offline: bool
) -> tuple[Evidence, list[str]]:
    """(the evidence with what the Hub says, what could not be looked up). The answers are kept as sources.

    Raises MissingError and InputError for a bad note, StorageError.
    """
    wanted = _unknown(notes, evidence)
    found, troubles = [], [f"{name}: more than {MOST} models are named" for name in wanted[MOST:][:1]]
    with Fetcher(KeptSources(workdir.sources), offline=is_offline(offline)) as fetcher:
        for name in wanted[:MOST]:
            try:
                model = look_up(name, fetcher)
            except NotThereError:
                note = f"the Hub has no public repository of this name (looked at {fetcher.now()})"
                found.append(ModelFacts(hub_id=name, exists=False, note=note))
            except StorageError:
                raise
            except AssayError as error:
                troubles.append(f"{name}: {error}")
            else:
                found.append(facts_of(name, model, evidence))
    return with_models(evidence, found), troubles


def _unknown(notes: Sequence[Path], evidence: Evidence) -> list[str]:
    """Hub ids of the notes' models of which the evidence has no size."""
    vocabulary = Vocabulary.load(evidence)
    names: dict[str, None] = {}
    for note in notes:
        for claim in read_note_bytes(read_bytes(note), note, vocabulary, evidence).claims:
            if claim.hub_id is not None and "/" in claim.hub_id:
                names[claim.hub_id] = None
    return [
        name
        for name in names
        if (known := evidence.model(name)) is None or (known.exists and not known.params)
    ]


def facts_of(name: str, model: HubModel, evidence: Evidence) -> ModelFacts:
    """The Hub's answer as what is known of a model, under the name that was asked for."""
    size = model.params
    return ModelFacts(
        hub_id=name,
        params=size,
        params_written="" if size is None else size_text(size),
        licence=model.licence,
        licence_class=evidence.licences.get(model.licence or ""),
        tuned_from=model.parents[0] if len(model.parents) == 1 else None,
        released=model.created or None,
        note=f"the Hub's answer, looked at {model.retrieved}",
    )
