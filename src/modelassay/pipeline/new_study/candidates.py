"""The models of a new study: those that a source names, each looked up, held against the rules, kept or left out with the
reason.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from modelassay.audit.auditor import Audit, audit_note
from modelassay.core.errors import AssayError, InputError, MissingError, OfflineError
from modelassay.core.published import Decision
from modelassay.core.records import Record
from modelassay.evidence.base import Evidence, load_evidence
from modelassay.pipeline.new_study.needs_in_text import needs_of, words_of
from modelassay.shortlist.decide import decide
from modelassay.shortlist.needs import Needs
from modelassay.sources.hub import HubModel, commit_of, hub_id, resolve
from modelassay.sources.hub_client import asking, hub_api, is_offline
from modelassay.sources.hub_models import parameter_bounds
from modelassay.sources.openai_http import models_listed

MOST: Final = 20  # models of a search
Say = Callable[[str], None]


class Candidate(Record):
    """A model that may take part. reason: why it was left out; "" for one that is kept.

    exists: False where there is no such model, None where nobody could be asked. protocol: by its own chat template, or
    where its files could not be seen by what is published of it.
    """

    model: str
    reason: str = ""
    exists: bool | None = None
    line: int | None = None
    revision: str = ""
    asked_revision: str = ""
    protocol: str = "completion"
    pickled_weights: bool = False
    remark: str = ""
    endpoint: str = ""
    path: str = ""


class Chosen(Record):
    """What a study is made of. baseline: one of the kept, or "" where none can be one."""

    candidates: tuple[Candidate, ...]
    baseline: str
    needs: Needs
    notes: tuple[Path, ...] = ()

    @property
    def kept(self) -> list[Candidate]:
        """Those that take part, the baseline first."""
        found = [c for c in self.candidates if not c.reason]
        return sorted(found, key=lambda c: c.model != self.baseline)

    @property
    def left_out(self) -> list[Candidate]:
        """Those that do not."""
        return [c for c in self.candidates if c.reason]


def from_note(note: Path, *, offline: bool, say: Say) -> Chosen:
    """The models that a note names, by the audit's own reading. Raises MissingError, InputError for a bad note."""
    evidence = load_evidence()
    audit = audit_note(note, evidence=evidence)
    lines: dict[str, int] = {}
    for claim in audit.claims:
        if claim.hub_id:
            lines.setdefault(claim.hub_id, claim.line)
    if not lines:
        hint = "name models with --hub, or search with --query"
        raise InputError("no model is named that can be resolved", path=note, hint=hint)
    baseline, needs = _baseline_of(audit, list(lines)), needs_of(audit.text)
    decisions = decide(list(lines), needs, evidence, baseline=baseline)
    look = Looking(evidence, offline=offline, say=say)
    found = [_judged(d, lines[d.model], baseline, look) for d in decisions]
    return _chosen(found, baseline, needs, (note,))


def from_names(names: Sequence[str], *, offline: bool, say: Say) -> Chosen:
    """Models given by id: every one that can be had is kept, the first is the baseline."""
    for name in names:
        if hub_id(name) is None:
            raise InputError(f"{name!r} is no Hub id", hint="give owner/name or owner/name@revision")
    look = Looking(load_evidence(), offline=offline, say=say)
    found = [look.up(name) for name in dict.fromkeys(names)]
    kept = next((c.model for c in found if not c.reason), "")
    return _chosen(found, kept, Needs())


def from_query(query: str, *, offline: bool, say: Say) -> Chosen:
    """Models that the Hub finds, most downloaded first, held against the sizes and the kind that the query names."""
    if offline:
        raise OfflineError("a search asks the Hub", hint="run without --offline, or name models with --hub")
    needs, words = needs_of(query), words_of(query)
    if not needs.kind and "instruct" in query.lower():
        needs = Needs(min_params=needs.min_params, max_params=needs.max_params, kind="instruct")
    bounds = parameter_bounds(needs.min_params, needs.max_params)

    def ask() -> list[str]:
        listed = hub_api().list_models(
            search=words[0] if words else None, num_parameters=bounds or None,
            pipeline_tag="text-generation", sort="downloads", limit=10 * MOST, expand=["downloads"],
        )  # fmt: skip
        return [m.id for m in listed if all(w.lower() in m.id.lower() for w in words)][:MOST]

    names = asking(f"the search {query!r}", ask)
    if not names:
        raise MissingError(f"the Hub finds no model for {query!r}", hint="use fewer words, or other sizes")
    look = Looking(load_evidence(), offline=False, say=say)
    found = [_of_kind(look.up(name), needs) for name in names]
    kept = next((c.model for c in found if not c.reason), "")
    return _chosen(found, kept, needs)


def from_endpoint(address: str) -> Chosen:
    """The models that a server lists; the first is the baseline. Raises BackendError."""
    names = models_listed(address)
    found = [Candidate(model=name, exists=True, protocol="chat", endpoint=address) for name in names]
    return _chosen(found, names[0], Needs())


def from_demo(examples: Path) -> Chosen:
    """The two demo models of the examples, and the note that a study of them audits."""
    found = [
        Candidate(
            model=path.name, exists=True, path=str(path),
            protocol="chat" if (path / "chat_template.jinja").is_file() else "completion",
        )
        for path in sorted((examples / "models").iterdir())
    ]  # fmt: skip
    note = examples / "note.md"
    return _chosen(found, found[0].model, needs_of(note.read_text("utf-8")), (note,))


# --- one model ------------------------------------------------------------------------------------------
class Looking:
    """Looks models up on the Hub; once it is out of reach, the rest is taken as it is known."""

    def __init__(self, evidence: Evidence, *, offline: bool, say: Say) -> None:
        self._evidence, self._offline, self._say = evidence, offline, say

    def up(self, name: str) -> Candidate:
        """A model by its id, with the small files that say how it is asked."""
        identifier = (hub_id(name) or (name, None))[0]
        blank = self._known(name)
        self._say(f"looking up {name}")
        try:
            hub = resolve(name, offline=self._offline)
        except AssayError as error:
            return self._without(blank, error)
        return _replaced(
            blank, exists=True, revision=hub.revision, model=hub.id,
            protocol="evalplus-chat" if has_chat_template(hub) else "evalplus-base",
            remark="" if hub.id == identifier else f"called {identifier} where it was named",
        )  # fmt: skip

    def exists(self, name: str) -> Candidate:
        """The same by one request, for a model that will not take part."""
        blank = self._known(name)
        if is_offline(self._offline):
            return blank
        try:
            identifier, commit = commit_of(name)
        except AssayError as error:
            return self._without(blank, error)
        return _replaced(blank, exists=True, revision=commit, model=identifier)

    def _known(self, name: str) -> Candidate:
        identifier, revision = hub_id(name) or (name, None)
        known = self._evidence.model(identifier)
        chat = known is not None and known.kind == "instruct"
        return Candidate(
            model=identifier, asked_revision=revision or "", protocol="evalplus-chat" if chat else "evalplus-base"
        )  # fmt: skip

    def _without(self, blank: Candidate, error: AssayError) -> Candidate:
        """What is left of a model that could not be looked up, or must not be loaded."""
        match error:
            case OfflineError():
                if not is_offline(self._offline):
                    self._offline = True
                    self._say(f"{error}; the models that follow are taken as they are known")
                return _replaced(blank, remark=f"not looked up: {error.message}")
            case MissingError():
                gone = "has no model" in error.message
                return _replaced(blank, exists=False if gone else None, reason=str(error))
            case InputError() if "pickled" in error.message:
                reason = f"{error.message}; without the # it is taken, pickles and all"
                return _replaced(blank, exists=True, pickled_weights=True, reason=reason)
        return _replaced(blank, reason=str(error))


def _judged(decision: Decision, line: int, baseline: str, look: Looking) -> Candidate:
    """A model of a note, held against the rules and looked up; the baseline needs only to exist."""
    broken = [r for r in decision.rules if r.held is False]
    gone = next((r for r in broken if r.rule == "exists"), None)
    against = [f"{r.rule}: {r.reason}" for r in broken if r is not gone]
    if against and decision.model != baseline:
        found = look.exists(decision.model)
        if found.exists is not False:
            return _replaced(found, reason="; ".join(against), line=line)
    else:
        found = look.up(decision.model)
    if gone is not None and not found.revision:  # what the Hub has now goes before what was known
        return _replaced(found, reason=f"no such model: {gone.reason}", exists=False, line=line)
    return _replaced(found, line=line)


def has_chat_template(hub: HubModel) -> bool:
    """Whether its tokenizer brings one."""
    if any(file.path.startswith("chat_template") for file in hub.small):
        return True
    config = hub.folder / "tokenizer_config.json"
    try:
        return config.is_file() and bool(json.loads(config.read_bytes()).get("chat_template"))
    except (ValueError, AttributeError):
        return False


def _of_kind(found: Candidate, needs: Needs) -> Candidate:
    """Left out where chat models are asked for and it has no template for one."""
    if needs.kind == "instruct" and not found.reason and found.protocol != "evalplus-chat":
        return _replaced(found, reason="kind: its tokenizer has no chat template; wanted instruct")
    return found


def _replaced(found: Candidate, **changes: Any) -> Candidate:
    return msgspec.structs.replace(found, **changes)


def _baseline_of(audit: Audit, models: Sequence[str]) -> str:
    """The model that the note calls its baseline or its current one; else the first that it names."""
    lines = audit.text.splitlines()
    called = [c.hub_id for c in audit.claims if c.hub_id and "baseline" in c.model.lower()]
    beside = [
        c.hub_id
        for c in audit.claims
        if c.hub_id and any(word in lines[c.line - 1].lower() for word in ("baseline", "current model"))
    ]
    for named in (called, beside):
        if named:
            return max(dict.fromkeys(named), key=named.count)
    return models[0]


def _chosen(found: Sequence[Candidate], baseline: str, needs: Needs, notes: tuple[Path, ...] = ()) -> Chosen:
    """Raises MissingError where no model is left."""
    unique = {c.model: c for c in reversed(found)}
    kept = [c.model for c in found if not c.reason]
    if not kept:
        first = found[0]
        raise MissingError(
            f"no model is left for a study; {first.model}: {first.reason}", hint="name others with --hub"
        )
    return Chosen(
        candidates=tuple(reversed(unique.values())), needs=needs, notes=notes,
        baseline=baseline if baseline in kept else "",
    )  # fmt: skip
