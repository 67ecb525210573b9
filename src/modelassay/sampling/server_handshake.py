"""What a server takes, found before it samples: token ids or text, how many stop texts, which settings, and what it
does with them.
"""

import asyncio
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from modelassay.core.decoding import ServerProbe
from modelassay.core.errors import BackendError
from modelassay.core.measured import SamplingPlan
from modelassay.sampling import server_probe, server_settings
from modelassay.sampling.openai_requests import Asking, RequestFormat
from modelassay.sampling.openai_responses import Question, answer_in
from modelassay.sampling.served_weights import FURTHER, limits_of_weights, served_weights
from modelassay.sampling.server_settings import Identity, fewer, fields_for, identify, parts_of
from modelassay.sources.openai_http import OpenAIConnection, RefusedError

_NOT_SO: Final = (400, 404, 405, 422, 501)  # a question in another request format may be taken
_FACTS: Final = ("/v1/models", "/version", "/props", "/api/version")
_AT_ONCE: Final = 8  # samples in one request where a server draws each as it would alone
_NAMES_FIELDS: Final = re.compile(r"unexpected fields in the request", re.IGNORECASE)


@dataclass(frozen=True)
class Settled:
    """How a server is asked from now on. fields: the settings it takes beside OpenAI's own."""

    request_format: RequestFormat
    fields: Mapping[str, Any]
    probe: ServerProbe


class Handshake:
    """The first requests to a server. Raises BackendError, RefusedError."""

    def __init__(self, connection: OpenAIConnection, asking: Asking, plan: SamplingPlan) -> None:
        assert plan.decoding is not None
        self._connection, self._asking = connection, asking
        self._plan, self._decoding = plan, plan.decoding
        self._first = plan.problems[0]

    async def settle(self) -> Settled:
        """Everything, in as few requests as it takes."""
        began = time.perf_counter()
        answers = await asyncio.gather(*map(self._connection.look, _FACTS))
        facts = dict(zip(_FACTS, answers, strict=True))
        identity = identify(facts)
        if further := FURTHER.get(identity.kind):
            facts[further] = await self._connection.look(further)
        weights = served_weights(identity.kind, self._plan.served, facts)
        request_format = await self._request_format()
        identity, fields = await self._fields(request_format, identity)
        wanted = self._wanted(request_format, identity.kind)
        request_format = self._suited(request_format, identity.kind)
        question = self._asking.question(self._first, request_format, fields)
        body = {name: value for name, value in question.body.items() if name not in ("n", "stream")}

        async def ask(changed: Mapping[str, Any]) -> dict[str, Any] | None:
            try:
                return await self._connection.insist(
                    question.path, {**changed, "stream": False}, "the probe", dict, attempts=2
                )
            except BackendError:
                return None

        prompt_tokens, counts = self._asking.prompt_tokens(self._first), identity.kind == "vllm"
        findings = await server_probe.probe(ask, body, prompt_tokens, counted=counts)
        limits = [
            *self._asking.limits(request_format),
            *server_settings.limits_of(identity.kind, fields, self._decoding, wanted.keys() - fields.keys()),
            *server_probe.limits_of(findings, self._decoding.temperature),
            *self._context_limits(request_format, identity),
            *limits_of_weights(identity.kind, weights),
        ]
        known = server_settings.settings_sent(identity.kind, fields)
        # vLLM refuses n > 1 where nothing is drawn.
        several = self._decoding.temperature > 0 and server_probe.draws_one_by_one(findings)
        probe = ServerProbe(
            kind=identity.kind, version=identity.version, sent=tuple(fields),
            refused=tuple(name for name, told in known.items() if not told), limits=tuple(limits),
            findings=tuple(findings), seconds=round(time.perf_counter() - began, 3),
            weights=weights, samples_per_request=_AT_ONCE if several else 1,
        )  # fmt: skip
        return Settled(request_format, fields, probe)

    async def _request_format(self) -> RequestFormat:
        """The best request format that the server takes, by the first question with one token to answer."""
        refusal: RefusedError | None = None
        for request_format in self._asking.request_formats():
            try:
                await self._try(request_format, {})
            except RefusedError as error:
                refusal = refusal or error
                if error.status not in _NOT_SO:
                    raise
            else:
                return request_format
        assert refusal is not None
        refusal.hint += self._asking.remedy()
        raise refusal

    def _suited(self, request_format: RequestFormat, kind: str) -> RequestFormat:
        """The format as that kind of server needs it: where answers end must be said in other ways."""
        if kind == "transformers":
            return replace(request_format, from_prompt=True)
        if kind == "llama.cpp":  # which ends answers at the tokens that its own file names, and at texts
            return replace(request_format, ends=self._asking.special_texts()[0])
        return request_format

    async def _fields(
        self, request_format: RequestFormat, identity: Identity
    ) -> tuple[Identity, dict[str, Any]]:
        """The settings that the server takes: all in its own words, else those that are left when it has refused some."""
        fields = self._wanted(request_format, identity.kind)
        while fields:
            refusal = await self._refusal(request_format, fields)
            if refusal is None:
                return identity, fields
            if identity.kind == server_settings.UNKNOWN and _NAMES_FIELDS.search(refusal):
                identity = Identity("transformers")
                fields = self._wanted(request_format, identity.kind)
                continue
            left = fewer(fields, refusal)
            if len(left) == len(fields):
                return identity, await self._one_by_one(request_format, fields)
            fields = left
        return identity, {}

    def _wanted(self, request_format: RequestFormat, kind: str) -> dict[str, Any]:
        """All settings in the words of a kind of server."""
        ends, (_, seen) = self._asking.stop_ids, self._asking.special_texts()
        return fields_for(kind, self._decoding, ends, ids=request_format.token_ids, seen=seen)

    async def _one_by_one(self, request_format: RequestFormat, fields: Mapping[str, Any]) -> dict[str, Any]:
        """The settings that the server takes alone, and together."""
        parts = list(parts_of(fields))
        refusals = await asyncio.gather(*(self._refusal(request_format, part) for part in parts))
        taken: dict[str, Any] = {}
        for part, refusal in zip(parts, refusals, strict=True):
            taken |= part if refusal is None else {}
        return taken if not taken or await self._refusal(request_format, taken) is None else {}

    async def _refusal(self, request_format: RequestFormat, fields: Mapping[str, Any]) -> str | None:
        try:
            await self._try(request_format, fields)
        except RefusedError as error:
            if error.status not in _NOT_SO:
                raise
            return error.message
        return None

    async def _try(self, request_format: RequestFormat, fields: Mapping[str, Any]) -> None:
        question: Question = self._asking.question(self._first, request_format, fields)
        body = {**question.body, "seed": 1, "max_tokens": 1}
        await self._connection.insist(question.path, body, self._first, answer_in)

    def _context_limits(self, request_format: RequestFormat, identity: Identity) -> list[str]:
        longest = max((len(r.token_ids) for r in self._asking.rendered(request_format).values()), default=0)
        if not identity.context or not longest:
            return []
        room = identity.context - longest
        if room >= self._decoding.max_tokens:
            return []
        return [
            f"the longest prompt has {longest} tokens and this server's context {identity.context}: an answer to it has "
            f"room for {max(0, room)} tokens, not {self._decoding.max_tokens}"
        ]
