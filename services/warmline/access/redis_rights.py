"""A role's rights at Redis or Valkey: the keys and commands of `store/`, and no others."""

import hashlib
from collections.abc import Iterator

from warmline.access.roles import Role
from warmline.contracts.services import is_followed

CONNECTION = (
    "ping",
    "select",
    "cluster|slots",
    "cluster|shards",
    "command",
    "info",
)
"""What the client says to any server: the database, and on a Cluster where the slots are.

Its `client setinfo`, by which it tells its version, is refused and not missed: Redis before 7.2 does not know it, and
would not start with a rule for it.
"""

CHANGE = (
    "evalsha",
    "script|load",
    "hget",
    "hset",
    "hmget",
    "pexpire",
    "pttl",
    "zadd",
    "zrem",
    "zrangebyscore",
    "get",
    "set",
)
"""What the store's scripts and commands need; a script's commands are checked one by one."""

LOOK = ("hget",)
EXAMINE = ("hgetall", "pttl", "zscore")
RESUME = ("get", "del")


def redis_rights(role: Role, prefix: str) -> Iterator[str]:
    """Yield the rules of one user's line: keys, then commands. Nothing where the role uses no store.

    Args:
        role: Whose rights.
        prefix: Setting `redis_prefix`.
    """
    if not (role.store or role.looks or role.examines or role.resumes):
        return
    yield "resetkeys"
    for service in role.store:
        yield f"~{prefix}:{{{service}.*}}:*"
        yield f"~{prefix}:{{{service}}}:clock:*"
        yield f"~{prefix}:{{{service}}}:stopped"
        if is_followed(service):
            yield f"~{prefix}:{{{service}}}:progress"
    for service in role.hears:
        yield f"%R~{prefix}:{{{service}}}:progress"
    for service in (*role.looks, *role.examines):
        yield f"%R~{prefix}:{{{service}.*}}:*"
    for service in role.resumes:
        yield f"~{prefix}:{{{service}}}:stopped"
    yield "resetchannels"
    yield "-@all"
    yield from (f"+{command}" for command in CONNECTION)
    rights = ((role.store, CHANGE), (role.looks, LOOK), (role.examines, EXAMINE), (role.resumes, RESUME))
    commands = [command for services, commands in rights if services for command in commands]
    yield from (f"+{command}" for command in dict.fromkeys(commands))


def redis_user(user: str, role: Role, prefix: str, password: str | None = None) -> str | None:
    """Return one line of an ACL file; None where the role uses no store.

    Without a password nobody can log in as this user until one is given: `ACL SETUSER user >password`. With one, its
    SHA-256 stands in the line, never the password. Either way the passwords from before are gone: `ACL SETUSER`
    would else add one to them.
    """
    rules = list(redis_rights(role, prefix))
    if not rules:
        return None
    secret = [] if password is None else [f"#{hashlib.sha256(password.encode()).hexdigest()}"]
    return " ".join(["user", user, "on", "resetpass", *secret, *rules])
