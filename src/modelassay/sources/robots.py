"""What a host's robots.txt lets a program fetch, asked once per host (RFC 9309)."""

from collections.abc import Callable
from urllib.parse import urlsplit

from protego import Protego


class Robots:
    """Answers for one user agent. get: (status, text) of an address; may raise OfflineError."""

    def __init__(self, agent: str, get: Callable[[str], tuple[int, str]]) -> None:
        self._agent, self._get = agent, get
        self._rules: dict[str, Protego | bool] = {}

    def allows(self, url: str) -> bool:
        """May this address be fetched? A host without robots.txt (4xx) allows all, one that fails (5xx) nothing."""
        parts = urlsplit(url)
        host = f"{parts.scheme}://{parts.netloc}"
        if host not in self._rules:
            self._rules[host] = self._ask(f"{host}/robots.txt")
        rules = self._rules[host]
        return rules if isinstance(rules, bool) else bool(rules.can_fetch(url, self._agent))

    def _ask(self, address: str) -> Protego | bool:
        status, text = self._get(address)
        if status >= 500:
            return False
        return Protego.parse(text) if status == 200 else True
