"""The ASGI app: the table's routes with their handlers, the WebSocket, and the console."""

from starlette.routing import BaseRoute, Route as PathRoute, Router, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from warmline.console.files import console_routes
from warmline.gateway.context import Gateway, Handler, OpenHandler
from warmline.gateway.events_out import follow_events
from warmline.gateway.feedback import dismiss_move, give_feedback
from warmline.gateway.guard import Endpoint
from warmline.gateway.ingest import post_turns
from warmline.gateway.payloads import post_payload
from warmline.gateway.people import get_team_wellbeing, get_wellbeing
from warmline.gateway.plain import get_health, get_metrics, get_openapi, get_readiness
from warmline.gateway.problems import ProblemError, problem_response
from warmline.gateway.reading import get_conversation, list_alerts, list_conversations
from warmline.gateway.session_routes import close_session, get_session, open_session
from warmline.gateway.shell import Shell
from warmline.gateway.stream_in import stream_turns
from warmline.gateway.table import ROUTES, STREAM_PATH, Route

GUARDED: dict[str, Handler] = {
    "postTurns": post_turns,
    "postPayload": post_payload,
    "listConversations": list_conversations,
    "getConversation": get_conversation,
    "listAlerts": list_alerts,
    "giveFeedback": give_feedback,
    "dismissMove": dismiss_move,
    "getWellbeing": get_wellbeing,
    "getTeamWellbeing": get_team_wellbeing,
    "followEvents": follow_events,
    "openSession": open_session,
    "getSession": get_session,
    "getMetrics": get_metrics,
}
OPEN: dict[str, OpenHandler] = {
    "closeSession": close_session,
    "getOpenapi": get_openapi,
    "getHealth": get_health,
    "getReadiness": get_readiness,
}


def build_app(gateway: Gateway) -> ASGIApp:
    """Return the app of a gateway."""
    router = Router(routes=[*_routes(gateway), *console_routes()], redirect_slashes=False, default=_nothing_here)
    return Shell(router, gateway.metrics, https=gateway.settings.gateway_public_url.startswith("https:"))


def _routes(gateway: Gateway) -> list[BaseRoute]:
    async def stream(socket: WebSocket) -> None:
        await stream_turns(gateway, socket)

    by_path: dict[str, dict[str, Route]] = {}
    for route in ROUTES:
        by_path.setdefault(route.path, {})[route.method] = route
    found: list[BaseRoute] = [
        PathRoute(_pattern(next(iter(methods.values()))), Endpoint(gateway, methods, GUARDED, OPEN))
        for methods in by_path.values()
    ]
    return [*found, WebSocketRoute(STREAM_PATH, stream)]


def _pattern(route: Route) -> str:
    """Return the path as Starlette writes it; an id may hold slashes where nothing else could be meant."""
    return route.path.replace("_id}", "_id:path}") if route.deep else route.path


async def _nothing_here(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await WebSocket(scope, receive, send).close()
        return
    await problem_response(ProblemError(404, "there is nothing here"))(scope, receive, send)
