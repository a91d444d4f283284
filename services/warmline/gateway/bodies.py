"""How many bytes of bodies are held at once, over all connections: each is bounded, and there may be thousands."""

from starlette.types import Scope

BODIES_BYTES = 64 * 1024 * 1024  # sixteen of the largest that are taken by default
UNPROVEN_BYTES = BODIES_BYTES // 4
"""Of these, where a vendor's signature is yet to tell who sends: so that nobody in particular keeps no caller out."""

HELD = "warmline.body_bytes"
"""Key in the ASGI scope: how much of a request's body is held."""


class Bodies:
    """The bodies of the requests that are under way.

    Attributes:
        held: Their bytes.
    """

    def __init__(self) -> None:
        self.held = 0
        self._unproven = 0

    def hold(self, scope: Scope, size: int, *, proven: bool) -> bool:
        """Count a piece of a request's body that has come; return whether there is room for it."""
        if self.held + size > BODIES_BYTES or (not proven and self._unproven + size > UNPROVEN_BYTES):
            return False
        self.held += size
        self._unproven += 0 if proven else size
        scope[HELD] = scope.get(HELD, 0) + size
        return True

    def let_go(self, scope: Scope, *, proven: bool) -> None:
        """Forget the body of a request that has been dealt with."""
        size = scope.pop(HELD, 0)
        self.held -= size
        self._unproven -= 0 if proven else size
