"""What the Hub says of a model, as a record; and the one listing that finds models by size."""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from modelassay.core.errors import InputError
from modelassay.core.records import Record
from modelassay.sources.addresses import hub_headers
from modelassay.sources.collecting import ask_model, json_answer, read_answer
from modelassay.sources.http_fetch import Fetcher, Wanted
from modelassay.sources.hub_client import creation_day, endpoint
from modelassay.sources.kept_sources import Retrieval

_FIELDS: Final = (
    "baseModels", "cardData", "config", "createdAt", "downloads", "evalResults", "gated", "gguf", "lastModified",
    "model-index", "pipeline_tag", "safetensors", "sha", "tags",
)  # fmt: skip
_PAGE: Final = 1000  # models; the most that the Hub sends at once
_RELATION: Final = "base_model:"


class HubModel(Record):
    """A model of the Hub at its commit. `None` is unknown.

    params: from the headers of its safetensors files. parents: hub ids of what it was made from; relation: how
    (finetune, quantized, adapter, merge). quantised: by what, "" where nothing says so. sha256: of the kept answer.
    """

    hub_id: str
    revision: str = ""
    params: float | None = None
    licence: str | None = None
    parents: tuple[str, ...] = ()
    relation: str = ""
    gated: bool | None = None
    quantised: str = ""
    chat_template: bool | None = None
    downloads: int | None = None
    modified: str = ""
    created: str = ""  # ISO date of the repository; "" for those older than the Hub's records
    sha256: str = ""
    retrieved: str = ""


class Listing(Record):
    """What is asked of the Hub. min_params, max_params: inclusive; search: words of the name; limit: models at most."""

    min_params: float | None = None
    max_params: float | None = None
    search: str = ""
    author: str = ""
    task: str = "text-generation"
    limit: int = 1000


def list_models(listing: Listing, fetcher: Fetcher) -> Iterator[tuple[Retrieval, list[HubModel]]]:
    """The listing's pages, the most downloaded models first, each kept as a source.

    Raises InputError for an answer that is no listing, else as `Fetcher.fetch`.
    """
    query = [("expand", field) for field in _FIELDS]
    sizes = parameter_bounds(listing.min_params, listing.max_params)
    query += [("num_parameters", sizes)] if sizes else []
    query += [
        (name, value)
        for name, value in (
            ("search", listing.search),
            ("author", listing.author),
            ("pipeline_tag", listing.task),
        )
        if value
    ]
    query += [("sort", "downloads"), ("direction", "-1"), ("limit", str(min(_PAGE, listing.limit)))]
    address, left = f"{endpoint()}/api/models?{urlencode(query)}", listing.limit
    while address and left > 0:
        page = fetcher.fetch(Wanted(address, headers=hub_headers(), is_api=True))
        rows = _rows(fetcher.kept.body(page.sha256), address)
        yield page, [model_of(row, page) for row in rows[:left]]
        left -= len(rows)
        address = page.next_page


def look_up(name: str, fetcher: Fetcher) -> HubModel:
    """What the Hub says of one model now, kept as a source. Raises NotThereError where it has none, AssayError."""
    answer = ask_model(name, "", fetcher)
    row = read_answer(fetcher.kept.body(answer.sha256), answer.url)
    return model_of({"id": name, **row}, answer)


def parameter_bounds(low: float | None, high: float | None) -> str:
    """ "min:1B,max:3B", as the Hub's `num_parameters` takes it; "" where there is no bound."""
    return ",".join(f"{name}:{_size(n)}" for name, n in (("min", low), ("max", high)) if n is not None)


def _size(count: float) -> str:
    """ "1B", "1500M": the Hub takes whole numbers with a unit."""
    return f"{count / 1e9:.0f}B" if count % 1e9 == 0 else f"{count / 1e6:.0f}M"


def _rows(body: bytes, address: str) -> list[Mapping[str, Any]]:
    found = json_answer(body, address)
    if not isinstance(found, list):
        raise InputError(f"{address} answered no list", hint="check HF_ENDPOINT")
    return [row for row in found if isinstance(row, dict) and isinstance(row.get("id"), str)]


def model_of(row: Mapping[str, Any], source: Retrieval) -> HubModel:
    """What one answer says of one model."""
    card, config = _dict(row.get("cardData")), _dict(row.get("config"))
    tags = [tag for tag in row.get("tags") or () if isinstance(tag, str)]
    parents, relation = _parents(row, card, tags)
    total = _dict(row.get("safetensors")).get("total")
    gated = row.get("gated")
    tokenizer = _dict(config.get("tokenizer_config"))
    template = tokenizer.get("chat_template") or config.get("chat_template_jinja")
    return HubModel(
        hub_id=str(row["id"]),
        revision=str(row.get("sha") or ""),
        params=float(total) if isinstance(total, int | float) and total > 0 else None,
        licence=_licence(card, tags),
        parents=parents,
        relation=relation,
        gated=None if gated is None else bool(gated),
        quantised=_quantised(row, config, relation),
        chat_template=bool(template) if tokenizer or template else None,
        downloads=row.get("downloads") if isinstance(row.get("downloads"), int) else None,
        modified=str(row.get("lastModified") or ""),
        created=creation_day(str(row.get("createdAt") or "")),
        sha256=source.sha256,
        retrieved=source.retrieved,
    )


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _licence(card: Mapping[str, Any], tags: list[str]) -> str | None:
    """The licence's own name where the Hub's list has none ("other"), else the Hub's name for it."""
    named = card.get("license_name") or card.get("license")
    if not isinstance(named, str) or not named.strip():
        named = next((tag.removeprefix("license:") for tag in tags if tag.startswith("license:")), None)
    return named.strip().lower() if named else None


def _parents(row: Mapping[str, Any], card: Mapping[str, Any], tags: list[str]) -> tuple[tuple[str, ...], str]:
    """The models it was made from, and how, from the card, the Hub's own field or its tags."""
    told = _dict(row.get("baseModels"))
    listed = [
        m["id"] for m in told.get("models") or () if isinstance(m, dict) and isinstance(m.get("id"), str)
    ]
    written = card.get("base_model")
    named = [written] if isinstance(written, str) else [w for w in written or () if isinstance(w, str)]
    relation = str(card.get("base_model_relation") or told.get("relation") or "")
    for tag in tags:
        kind, _, name = tag.removeprefix(_RELATION).partition(":")
        if tag.startswith(_RELATION) and "/" in name and "/" not in kind:
            named.append(name)
            relation = relation or kind
    return tuple(dict.fromkeys(name.strip() for name in (*named, *listed) if name.strip())), relation


def _quantised(row: Mapping[str, Any], config: Mapping[str, Any], relation: str) -> str:
    method = _dict(config.get("quantization_config")).get("quant_method")
    if isinstance(method, str):
        return method
    if relation == "quantized":
        return "its card says that it is a quantised copy"
    return "GGUF only" if row.get("gguf") and not row.get("safetensors") else ""
