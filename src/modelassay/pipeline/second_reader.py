"""The model that is asked to read what our own reader could not: its server, and its answers kept on disk."""

import asyncio
import hashlib
import os
from typing import Any

from modelassay.audit.auditor import SecondReader
from modelassay.core.errors import InputError, OfflineError
from modelassay.core.published import Refused
from modelassay.core.records import Record
from modelassay.core.store import read_records, write_records
from modelassay.core.workdir import WorkDir
from modelassay.evidence.vocabulary import Vocabulary
from modelassay.pipeline.plan.study_file import ReaderEntry
from modelassay.reading.claims.claims_draft import Reading
from modelassay.reading.language_model import read_more
from modelassay.sources.openai_http import OpenAIConnection, Patience, is_loopback, text_in

PATIENCE = Patience(answer_seconds=300.0, attempts=4)
MAX_TOKENS = 4096


class KeptAnswer(Record):
    """An answer with what it answers, so that the same question is not asked twice."""

    endpoint: str
    model: str
    task: str
    passage: str
    answer: str


def second_reader(
    entry: ReaderEntry, workdir: WorkDir, *, offline: bool, patience: Patience = PATIENCE
) -> SecondReader:
    """A reader for `audit_note`. Raises OfflineError for a server elsewhere, InputError for a missing key."""
    if offline and not is_loopback(entry.endpoint):
        hint = "leave --offline out, or use a server on this machine"
        raise OfflineError(f"{entry.endpoint} is not on this machine", hint=hint)
    key = os.environ.get(entry.api_key_env, "") if entry.api_key_env else ""
    if entry.api_key_env and not key:
        raise InputError(f"{entry.api_key_env} is not set", hint="export the server's key in that variable")

    def ask(task: str, passage: str) -> str:
        about = "\0".join((entry.endpoint, entry.model, task, passage))
        path = workdir.reader_answer(hashlib.sha256(about.encode("utf-8", "surrogatepass")).hexdigest()[:24])
        for kept in read_records(path, KeptAnswer):
            return kept.answer
        messages = [{"role": "system", "content": task}, {"role": "user", "content": passage}]
        body = {"model": entry.model, "messages": messages, "temperature": 0, "max_tokens": MAX_TOKENS}
        answer = asyncio.run(_answer_text(entry, key, patience, body))
        question = KeptAnswer(
            endpoint=entry.endpoint, model=entry.model, task=task, passage=passage, answer=answer
        )
        write_records(path, [question])
        return answer

    def read(text: str, reading: Reading, vocabulary: Vocabulary) -> tuple[Reading, tuple[Refused, ...]]:
        return read_more(text, reading, vocabulary, ask, entry.model)

    return read


async def _answer_text(entry: ReaderEntry, key: str, patience: Patience, body: dict[str, Any]) -> str:
    connection = OpenAIConnection(entry.endpoint, api_key=key, patience=patience)
    try:
        return await connection.insist("/v1/chat/completions", body, "a passage of the note", text_in)
    finally:
        await connection.close()
