"""A real Chromium, driven by the W3C WebDriver protocol of its own driver; the little we ask needs no library."""

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
INSTALL = "apt-get install -y chromium chromium-driver"
_OPENER = build_opener(ProxyHandler({}))


class Browser:
    """One window."""

    def __init__(self, base: str) -> None:
        self._base = base

    def ask(self, method: str, path: str, **body: Any) -> Any:
        """One command of the protocol (https://www.w3.org/TR/webdriver2/)."""
        data = json.dumps(body).encode() if method == "POST" else None
        request = Request(self._base + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with _OPENER.open(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except HTTPError as error:
            raise AssertionError(json.load(error)["value"]["message"]) from None

    def open(self, file: Path, rest: str = "") -> None:
        """Show a file, from the beginning."""
        self.ask("POST", "/url", url="about:blank")
        self.ask("POST", "/url", url=file.as_uri() + rest)

    def run(self, script: str, *args: Any) -> Any:
        """What a script in the page returns."""
        return self.ask("POST", "/execute/sync", script=script, args=list(args))

    def wait(self, script: str, *args: Any) -> Any:
        """What a script hands to its last argument, in its own time (at most a minute)."""
        self.ask("POST", "/timeouts", script=60_000)
        return self.ask("POST", "/execute/async", script=script, args=list(args))

    def keys(self, text: str) -> None:
        """Type on the keyboard, wherever the focus is."""
        steps = [{"type": kind, "value": sign} for sign in text for kind in ("keyDown", "keyUp")]
        self.ask("POST", "/actions", actions=[{"type": "key", "id": "keyboard", "actions": steps}])

    def log(self) -> list[str]:
        """What went to the console since the last look, errors of the policy and the network too."""
        return [row["message"] for row in self.ask("POST", "/se/log", type="browser")]

    def screenshot(self) -> str:
        """The window as PNG, in Base64."""
        return str(self.ask("GET", "/screenshot"))


@contextmanager
def browser(width: int = 1280, height: int = 1000) -> Iterator[Browser]:
    """A window without a network: every name resolves to nothing."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [str(DRIVER), "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        try:
            base = f"http://127.0.0.1:{_port(process)}/session"
            arguments = [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
                "--disable-background-networking", "--disable-component-update", f"--user-data-dir={profile}",
                "--host-resolver-rules=MAP * ~NOTFOUND", f"--window-size={width},{height}", "--hide-scrollbars",
            ]  # fmt: skip
            wanted = {
                "browserName": "chrome",
                "goog:chromeOptions": {"binary": CHROMIUM, "args": arguments},
                "goog:loggingPrefs": {"browser": "ALL"},
            }
            session = Browser(base).ask("POST", "", capabilities={"alwaysMatch": wanted})["sessionId"]
            window = Browser(f"{base}/{session}")
            try:
                yield window
            finally:
                window.ask("DELETE", "")
        finally:
            process.terminate()
            process.wait(30)
            if process.stdout is not None:
                process.stdout.close()


def _port(process: "subprocess.Popen[str]") -> int:
    assert process.stdout is not None
    for line in process.stdout:
        if "successfully on port" in line:
            port = int(line.split("on port")[1].strip(" .\n"))
            _wait(port)
            return port
    raise AssertionError("the driver did not start")


def _wait(port: int) -> None:
    for _ in range(100):
        try:
            with _OPENER.open(f"http://127.0.0.1:{port}/status", timeout=5):
                return
        except URLError:
            time.sleep(0.1)
