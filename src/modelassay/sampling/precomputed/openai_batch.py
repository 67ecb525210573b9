"""The output file of OpenAI's batch API, and of servers and tools that write the same; of Anthropic's and of Gemini's."""

from collections.abc import Mapping
from typing import Any

from modelassay.sampling.identify import Names
from modelassay.sampling.precomputed.raw import MalformedError, Raw, raws


def is_row(row: Mapping[str, Any]) -> bool:
    """Whether a row answers one request of a batch."""
    if "custom_id" in row:
        return "response" in row or "error" in row or isinstance(row.get("result"), Mapping)
    return "key" in row and isinstance(row.get("response"), Mapping) and "candidates" in row["response"]


def samples(row: Mapping[str, Any], names: Names) -> list[Raw]:
    """The choices of one response. Raises MalformedError, with the server's own message where it refused."""
    named = str(row["custom_id"] if "custom_id" in row else row["key"])
    response = row["result"] if isinstance(row.get("result"), Mapping) else row.get("response")
    if isinstance(response, Mapping) and "response" not in row:  # Anthropic's
        if not isinstance(response.get("message"), Mapping):
            said = response.get("error", response.get("type"))
            raise MalformedError(f"{named}: the server gave no answer: {said}")
        return raws(names.by_custom_id(named), named, response["message"], "result.message", "unknown")
    if isinstance(response, Mapping) and isinstance(response.get("candidates"), list):  # Gemini's
        found = response["candidates"]
        return raws(names.by_custom_id(named), named, found, "response.candidates", "unknown")
    body = response.get("body", response) if isinstance(response, Mapping) else None
    error = row.get("error") or (body.get("error") if isinstance(body, Mapping) else None)
    if error:
        said = error.get("message", error) if isinstance(error, Mapping) else error
        raise MalformedError(f"{named}: the server gave no answer: {said}")
    if not isinstance(body, Mapping):
        raise MalformedError(f"{named}: no `response.body`")
    if "output" in body and "choices" not in body:  # the Responses API
        return raws(names.by_custom_id(named), named, body, "response.body.output", "unknown")
    if not isinstance(body.get("choices"), list):
        raise MalformedError(f"{named}: no `choices` in its response")
    return raws(names.by_custom_id(named), named, body, "response.body.choices", "unknown")
