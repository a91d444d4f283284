"""One endpoint a path: who calls, whether they may, whether within their rate; then the handler of the method."""

from collections.abc import Mapping

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from warmline.gateway.callers import Caller, UnknownCallerError
from warmline.gateway.context import Gateway, Handler, OpenHandler
from warmline.gateway.limits import let_in, look
from warmline.gateway.payloads import signs, vendor_caller
from warmline.gateway.problems import ProblemError, problem_response, unavailable
from warmline.gateway.sessions import CSRF_HEADER
from warmline.gateway.table import EVENT_STREAM, Route
from warmline.gateway.traced import begin_trace

ROUTE = "warmline.route"
"""Key in the ASGI scope: the operation's name, for metrics."""


class Endpoint:
    """Serves the methods of one path.

    Args:
        gateway: The gateway.
        routes: The routes of the path by method.
        guarded: Handlers for callers, by operation.
        opened: Handlers for everybody, by operation.
    """

    def __init__(
        self,
        gateway: Gateway,
        routes: Mapping[str, Route],
        guarded: Mapping[str, Handler],
        opened: Mapping[str, OpenHandler],
    ) -> None:
        self._gateway = gateway
        self._routes = dict(routes)
        self._guarded = guarded
        self._opened = opened
        if (get := routes.get("GET")) is not None and get.media != EVENT_STREAM:
            self._routes["HEAD"] = get  # the server leaves the body out
        self._allow = ", ".join(sorted(self._routes))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        request = Request(scope, receive)
        try:
            response = await self._serve(request)
        except ProblemError as problem:
            response = problem_response(problem)
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    async def _serve(self, request: Request) -> Response:
        route = self._routes.get(request.method)
        if route is None:
            raise ProblemError(405, "this path does not take this method", headers={"Allow": self._allow})
        request.scope[ROUTE] = route.name
        if not route.scopes:
            return await self._opened[route.name](self._gateway, request)
        caller = await self._caller(request, route)
        if caller.proven:
            let_in(self._gateway, caller)
        else:
            look(self._gateway, caller)  # nobody else's requests count for it: the handler lets it in once it is known
        _check_names(request, route)
        begin_trace(self._gateway.traces, request.scope, route.path)
        try:
            return await self._guarded[route.name](self._gateway, request, caller)
        finally:
            self._gateway.bodies.let_go(request.scope, proven=caller.proven)

    async def _caller(self, request: Request, route: Route) -> Caller:
        refused = self._gateway.metrics.gateway_refused
        try:
            caller = await self._gateway.access.caller_of(request.headers)
        except UnknownCallerError as error:
            if error.reason == "missing" and route.name == "postPayload" and signs(self._gateway, request):
                return vendor_caller(request.path_params["vendor"])
            refused.labels(error.reason).inc()
            if error.reason == "unavailable":
                raise unavailable("the issuer of the tokens does not answer", 5) from error
            detail = "the credentials are missing or no good"
            raise ProblemError(401, detail, headers={"WWW-Authenticate": "Bearer"}) from error
        if caller.scopes.isdisjoint(route.scopes):
            refused.labels("scope").inc()
            raise ProblemError(403, f"needs one of the scopes {', '.join(route.scopes)}")
        if caller.by_cookie and request.method not in {"GET", "HEAD"} and request.headers.get(CSRF_HEADER) != "1":
            refused.labels("csrf").inc()
            raise ProblemError(403, f"a session needs the header {CSRF_HEADER}: 1")
        return caller


def _check_names(request: Request, route: Route) -> None:
    """Refuse a query that names what the route does not know: a mistyped filter would let everything through.

    Raises:
        ProblemError: It does. Routes that take no query ignore one, as proxies add what they like.
    """
    known = {query.name for query in route.query}
    unknown = sorted(set(request.query_params) - known) if known else []
    if unknown:
        raise ProblemError(400, f"the query names something unknown; known: {', '.join(sorted(known))}")
