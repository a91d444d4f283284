"""The console's files as routes for the gateway to mount: same origin, no build step, a strict content policy."""

from pathlib import Path, PurePosixPath

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).with_name("static")
"""What a browser is given, as it is."""

CONSOLE = "/console/"
"""Where the page lives."""

CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",  # the sign-in form is sent by script; without it, a key must not end up in an address
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",  # text can become markup nowhere, not even by mistake
        "trusted-types 'none'",
    )
)

HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",  # ids of conversations are in the addresses
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-cache",  # asked again by its ETag: modules of two releases never meet in one page
}

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
"""By ending. Named here because the machine's own table decides otherwise, and browsers refuse scripts by type."""


class ConsoleFiles(StaticFiles):
    """The folder, each answer with the headers above."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file, or the answer that there is none; it is complete, whatever the app around it does."""
        try:
            response = await super().get_response(path, scope)
        except HTTPException as refusal:
            response = PlainTextResponse(f"{refusal.detail}\n", refusal.status_code)
        except ValueError:  # no file system has such a name: it holds a zero byte
            response = PlainTextResponse("Not Found\n", 404)
        response.headers.update(HEADERS)
        ending = ".html" if path in {"", "."} else PurePosixPath(path).suffix
        if ending in TYPES and response.status_code == 200:
            response.headers["Content-Type"] = TYPES[ending]
        return response


async def _to_console(_request: Request) -> Response:
    return RedirectResponse(CONSOLE, headers=HEADERS)


def console_routes() -> list[BaseRoute]:
    """Return the routes: `/` leads to the console, `/console/*` are its files. They need no sign-in; the data does."""
    return [
        Route("/", _to_console, methods=["GET"]),
        Route(CONSOLE.rstrip("/"), _to_console, methods=["GET"]),
        Mount(CONSOLE.rstrip("/"), ConsoleFiles(directory=FOLDER, html=True), name="console"),
    ]
