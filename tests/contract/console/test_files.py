"""The console as it is shipped: small, whole, on its own, and served under a policy that lets nothing else in."""

import asyncio
import hashlib
import re
from html.parser import HTMLParser
from pathlib import PurePosixPath

import httpx
import pytest
from starlette.routing import Router

from warmline.console.files import CONSOLE, FOLDER, TYPES, console_routes

MOST_BYTES = 150_000
VENDORED = {
    "uPlot.iife.min.js": "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f",
    "uPlot.min.css": "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04",
}
FILES = sorted(path for path in FOLDER.rglob("*") if path.is_file())
OURS = [path for path in FILES if "vendor" not in path.parts]
SCRIPTS = [path for path in OURS if path.suffix == ".js"]
IMPORT = re.compile(r'\bimport\s[^"]*?"([^"]+)"')
FETCHED = re.compile(r'new URL\("([^"]+)", import\.meta\.url\)')


def ask(path, method="GET", **headers):
    async def answer():
        transport = httpx.ASGITransport(Router(console_routes(), redirect_slashes=False))  # as the gateway has it
        async with httpx.AsyncClient(transport=transport, base_url="http://console.test") as client:
            return await client.request(method, path, headers=headers)

    return asyncio.run(answer())


def named(path):
    return path.relative_to(FOLDER).as_posix()


def test_all_of_it_together_is_small():
    assert sum(path.stat().st_size for path in FILES) < MOST_BYTES


def test_what_is_vendored_is_what_was_released_and_has_its_licence():
    vendor = FOLDER / "vendor" / "uplot"
    found = {name: hashlib.sha256((vendor / name).read_bytes()).hexdigest() for name in VENDORED}
    assert found == VENDORED
    assert "MIT" in (vendor / "LICENSE").read_text(encoding="utf-8")


class Parts(HTMLParser):
    """What a page refers to, and whatever it carries inline."""

    def __init__(self, text):
        super().__init__()
        self.links, self.inline, self._in = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.inline += [name for name in given if name.startswith("on") or name == "style"]
        self.links += [given[name] for name in ("src", "href") if given.get(name)]
        self._in = tag

    def handle_data(self, data):
        if self._in in {"script", "style"} and data.strip():
            self.inline.append(data)

    def handle_endtag(self, tag):
        self._in = ""


def test_the_page_carries_nothing_inline_and_leads_to_every_file():
    page = Parts((FOLDER / "index.html").read_text(encoding="utf-8"))
    assert page.inline == []
    reached = {FOLDER / "index.html"}
    ahead = [FOLDER / link for link in page.links if not link.startswith("#")]
    while ahead:
        path = ahead.pop().resolve()
        assert path.is_file(), f"nothing at {path.name}"
        if path not in reached and path in SCRIPTS:
            text = path.read_text(encoding="utf-8")
            ahead += [path.parent / found for found in IMPORT.findall(text) + FETCHED.findall(text)]
        reached.add(path)
    beside = {"LICENSE", "README.md"}
    assert [named(path) for path in FILES if path not in reached and path.name not in beside] == []


FORBIDDEN = (
    "innerHTML",
    "outerHTML",
    "insertAdjacentHTML",
    "document.write",
    "DOMParser",
    "createContextualFragment",
    "setHTML",
    "eval(",
    "new Function",
    "localStorage",
    "sessionStorage",
    "document.cookie",
    'setAttribute("style"',
    "http://",
    "https://",
)


@pytest.mark.parametrize("path", [path for path in OURS if path.suffix in {".js", ".css", ".html"}], ids=named)
def test_text_is_never_parsed_as_markup_nothing_is_kept_in_the_browser_and_no_other_host_is_named(path):
    text = path.read_text(encoding="utf-8")
    assert [word for word in FORBIDDEN if word in text] == []


@pytest.mark.parametrize("path", [path for path in OURS if path.suffix in {".js", ".css"}], ids=named)
def test_scripts_and_styles_are_short(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 300
    assert [line for line in lines if len(line) > 120] == []


@pytest.mark.parametrize("path", ["/", "/console"])
def test_the_root_leads_to_the_console(path):
    answer = ask(path)
    assert (answer.status_code, answer.headers["location"]) == (307, CONSOLE)


@pytest.mark.parametrize("path", ["", *map(named, FILES)])
def test_every_file_is_served_as_what_it_is_under_the_strict_policy(path):
    answer = ask(f"{CONSOLE}{path}")
    assert answer.status_code == 200
    suffix = PurePosixPath(path).suffix if path else ".html"
    if suffix in TYPES:
        assert answer.headers["content-type"] == TYPES[suffix]
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-cache"
    again = ask(f"{CONSOLE}{path}", **{"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    assert "content-security-policy" in again.headers


@pytest.mark.parametrize(
    "path",
    [
        "../files.py",
        "..%2ffiles.py",
        "%2e%2e/files.py",
        "views/../../files.py",
        "nothing.js",
        "views/",
        "a" * 5000,
        "a%00b",
    ],
)
def test_nothing_outside_the_folder_is_served(path):
    assert ask(f"{CONSOLE}{path}").status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_files_are_only_read(method):
    assert ask(f"{CONSOLE}main.js", method).status_code == 405
