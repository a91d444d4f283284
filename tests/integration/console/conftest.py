"""The console in a real browser: this machine's Chromium, driven by Playwright."""

import os
import shutil
import subprocess
import threading
import uuid
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
import uvicorn
from starlette.routing import Router

from tests.parts.kafka import KafkaPart
from tests.support.console_world import ConsoleWorld
from warmline.console.files import CONSOLE, console_routes
from warmline.local.ports import LOOPBACK, free_ports
from warmline.local.valkey import ValkeyServer
from warmline.local.valkey_binary import ValkeyUnavailableError
from warmline.local.waiting import wait_until

playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install 'warmline[dev]'")

ADDRESS = "WARMLINE_TEST_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = (
    "--no-sandbox",  # as root in a container there is none to be had
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",  # nothing asks for the outside
    "--disable-component-update",
    "--disable-sync",
)
ACTION_MS = 30_000
DESK = {"width": 1280, "height": 900}


@pytest.fixture(scope="session")
def browser_path(use) -> str:
    """Where this machine's Chromium is."""
    path = os.environ.get(ADDRESS) or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip(f"needs Chromium on the path (Debian: apt-get install chromium) or named by {ADDRESS}")
    told = subprocess.run([path, "--version"], check=False, capture_output=True, text=True, timeout=60)
    use("chromium", told.stdout.strip())
    return path


@pytest.fixture(scope="module")
def chromium(browser_path: str) -> Iterator["playwright.Browser"]:
    """A browser for one module of tests.

    Not for the whole run: while Playwright's synchronous interface is open, an event loop counts as running in this
    thread, and whatever other tests run by `asyncio.run` would be refused.
    """
    with playwright.sync_playwright() as driver:
        try:
            browser = driver.chromium.launch(executable_path=browser_path, args=[*OPTIONS])
        except playwright.Error as error:
            pytest.skip(f"Chromium does not start here: {error.message.splitlines()[0]}")
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def files_url() -> Iterator[str]:
    """The console's files alone, served over HTTP."""
    (port,) = free_ports(1)
    config = uvicorn.Config(Router(console_routes()), host=LOOPBACK, port=port, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="console files")
    thread.start()
    wait_until(lambda: server.started, timeout=20, what="the console's files")
    yield f"http://{LOOPBACK}:{port}{CONSOLE}"
    server.should_exit = True
    thread.join(20)


@pytest.fixture(scope="session")
def console(browser_path: str, kafka: KafkaPart, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleWorld]:
    """Everything from the door to the page, for the whole run."""
    try:
        store = ValkeyServer()
    except ValkeyUnavailableError as reason:
        pytest.skip(str(reason))
    prefix = f"console-{uuid.uuid4().hex[:8]}."
    with store:
        world = ConsoleWorld(kafka.bootstrap, store.url, tmp_path_factory.mktemp("console"), prefix)
        try:
            world.start()
            yield world
        finally:
            world.stop()


@pytest.fixture(scope="module")
def sessions(chromium, console: ConsoleWorld) -> Iterator[Callable[..., "playwright.BrowserContext"]]:
    """Browsers' sessions by holder, address and look, signed in once by hand and kept: as people do, and quicker."""
    kept: dict[tuple[object, ...], playwright.BrowserContext] = {}

    def session(who: str | None, base: str, options: dict) -> "playwright.BrowserContext":
        name = (who, base, *sorted(map(repr, options.items())))
        if name not in kept:
            kept[name] = context = chromium.new_context(**{"viewport": DESK, "locale": "en-GB", **options})
            context.set_default_timeout(ACTION_MS)
            if who is not None:
                page = context.new_page()
                page.goto(f"{base}/")
                page.fill("#key", console.keys[who])
                page.press("#key", "Enter")
                page.locator("#sign-out").wait_for()
                page.close()
        return kept[name]

    yield session
    for context in kept.values():
        context.close()


@pytest.fixture
def open_page(sessions, console: ConsoleWorld) -> Iterator[Callable[..., "playwright.Page"]]:
    """Open the console as somebody: `open_page("supervisor")`; at the end nothing may have gone wrong in it."""
    pages, wrong = [], []

    def opened(who: str | None = None, url: str | None = None, at: str = "", **options) -> "playwright.Page":
        base = url or console.url
        page = sessions(who, base, options).new_page()
        pages.append(page)
        page.on("pageerror", lambda error: wrong.append(f"error in the page: {error}"))
        page.on("console", lambda message: note(message, wrong))
        page.on("dialog", lambda dialog: (wrong.append(f"a dialog: {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda asked: foreign(asked.url, base, wrong))
        page.goto(f"{base}/console/{at}")
        page.locator("main h1").wait_for()
        return page

    yield opened
    for page in pages:
        page.close()
    assert wrong == []


def note(message, wrong: list[str]) -> None:
    """Keep what the browser complains of, but for answers that a test asks for (not signed in, gateway away)."""
    if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
        wrong.append(f"{message.type} on the browser's console: {message.text}")


def foreign(asked: str, base: str, wrong: list[str]) -> None:
    if urlsplit(asked)[:2] != urlsplit(base)[:2]:
        wrong.append(f"a request to another host: {asked}")
