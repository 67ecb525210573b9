"""A headless Chromium for the report's tests, driven over WebDriver with the HTTP client we already have."""

import base64
import json
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
KEYS = {
    "down": "\ue015",
    "up": "\ue013",
    "right": "\ue014",
    "tab": "\ue004",
    "enter": "\ue007",
    "escape": "\ue00c",
    "end": "\ue010",
}


def missing() -> str:
    """Why there is no browser, or "" when there is one."""
    wanted = {
        "chromium": ("chromium", "chromium-browser", "google-chrome"),
        "chromedriver": ("chromedriver",),
    }
    absent = [name for name, forms in wanted.items() if not any(shutil.which(f) for f in forms)]
    return f"no {' and no '.join(absent)} on this machine" if absent else ""


class Browser:
    """One window. Every request the page makes and every line on its console is kept in `performance`."""

    def __init__(self, width: int = 1280, height: int = 900, *, dark: bool = False) -> None:
        self.size = (width, height)
        self.dark = dark

    def __enter__(self) -> Self:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.profile = tempfile.TemporaryDirectory()
        driver = shutil.which("chromedriver") or "chromedriver"
        self.process = subprocess.Popen(
            [driver, f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False)
        self._wait_for_driver()
        answer = self.http.post(
            "/session", json={"capabilities": {"alwaysMatch": self._capabilities()}}
        ).json()
        assert "sessionId" in answer["value"], answer
        self.session = f"/session/{answer['value']['sessionId']}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if hasattr(self, "session"):
            self.http.delete(self.session)
        self.http.close()
        self.process.terminate()
        self.process.wait(10)
        self.profile.cleanup()

    def _wait_for_driver(self) -> None:
        for _ in range(100):
            try:
                if self.http.get("/status").json()["value"]["ready"]:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise AssertionError("chromedriver did not start within 10 s")

    def _capabilities(self) -> dict[str, Any]:
        width, height = self.size
        arguments = [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--hide-scrollbars", "--force-prefers-reduced-motion", f"--user-data-dir={self.profile.name}", f"--window-size={width},{height}",
        ]  # fmt: skip
        if self.dark:
            arguments.append("--force-dark-mode")
        return {
            "browserName": "chrome",
            "goog:chromeOptions": {"args": arguments, "perfLoggingPrefs": {"enableNetwork": True}},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }

    def call(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """One WebDriver command; GET without a body. Fails with the driver's message."""
        url = self.session + path
        answer = (self.http.get(url) if body is None else self.http.post(url, json=body)).json()["value"]
        if isinstance(answer, dict) and "error" in answer:
            raise AssertionError(f"{answer['error']}: {answer['message']}")
        return answer

    def open(self, address: str | Path) -> None:
        """Go to an address or file and wait until it is loaded."""
        self.call("/url", {"url": address.as_uri() if isinstance(address, Path) else address})

    def run(self, script: str, *arguments: Any) -> Any:
        """Run a function body in the page and give back what it returns."""
        return self.call("/execute/sync", {"script": script, "args": list(arguments)})

    def until(self, script: str, seconds: float = 10) -> Any:
        """Wait until an expression is true; fails after `seconds`."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if value := self.run(f"return {script}"):
                return value
            time.sleep(0.05)
        raise AssertionError(f"not within {seconds} s: {script}")

    def element(self, css: str) -> str:
        """The first element that matches."""
        found = self.call("/element", {"using": "css selector", "value": css})
        return str(found[ELEMENT])

    def click(self, css: str) -> None:
        """Click as a mouse would: fails when something lies over it."""
        self.run(
            "document.querySelector(arguments[0]).scrollIntoView({block: 'center', behavior: 'instant'})", css
        )
        self.call(f"/element/{self.element(css)}/click", {})

    def type(self, css: str, text: str) -> None:
        """Send keys to an element."""
        self.call(f"/element/{self.element(css)}/value", {"text": text})

    def console(self) -> list[str]:
        """Warnings and errors on the console since the last call."""
        lines = self.call("/se/log", {"type": "browser"})
        return [line["message"] for line in lines if line["level"] in {"SEVERE", "WARNING"}]

    def requests(self) -> list[str]:
        """Addresses asked for since the last call, other than data and blob ones."""
        events = [json.loads(e["message"])["message"] for e in self.call("/se/log", {"type": "performance"})]
        urls = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
        return [
            u for u in urls if not u.startswith(("data:", "blob:", "chrome:", "chrome-untrusted:", "about:"))
        ]

    def screenshot(self, path: Path) -> None:
        """What the window shows, as PNG."""
        path.write_bytes(base64.b64decode(self.call("/screenshot")))
