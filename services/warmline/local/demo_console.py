"""The console of the demo: a gateway on the loopback with a key of its own, which nothing outlives."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from warmline.gateway.callers import Scope
from warmline.gateway.keys import new_key, write_keys
from warmline.local.ports import LOOPBACK, free_ports

MAY: tuple[Scope, ...] = ("read", "feedback")
POLICY = "gateway:\n  quote_words: true  # the samples' words are nobody's\n"


@dataclass(frozen=True)
class DemoConsole:
    """How to reach it.

    Attributes:
        url: Its address.
        key: What to sign in with.
        settings: The gateway's settings, by name without the prefix, in small letters.
    """

    url: str
    key: str
    settings: dict[str, str]

    @property
    def told(self) -> str:
        """Where it is and how to come in, in one line."""
        return f"{self.url}/ (sign in with {self.key})"


def new_console(folder: Path) -> DemoConsole:
    """Make a key, and keep what the gateway needs in a folder."""
    (port,) = free_ports(1)
    pepper = secrets.token_urlsafe()
    shown, kept = new_key("demo", MAY, pepper)
    write_keys(folder / "keys.json", [kept])
    policy = folder / "policy.yaml"
    policy.write_text(POLICY, encoding="utf-8")
    settings = {
        "policy_file": str(policy),
        "gateway_listen": f"{LOOPBACK}:{port}",
        "gateway_keys_file": str(folder / "keys.json"),
        "gateway_key_pepper": pepper,
    }
    return DemoConsole(f"http://{LOOPBACK}:{port}", shown, settings)
