"""What the conversations of a run take up in Redis, by service."""

import re
from collections import Counter

import redis

SERVICE_OF = re.compile(rb"^wl:\{(\w+)")
CHUNK = 500
THOUSAND = 1_000


def memory_of(client: redis.Redis) -> str:
    """Return a line: how many conversations are held, and what a thousand of them take, by service and in all."""
    bytes_of: Counter[str] = Counter()
    conversations = 0
    keys = list(client.scan_iter(count=THOUSAND))
    for start in range(0, len(keys), CHUNK):
        with client.pipeline(transaction=False) as asked:
            for key in keys[start : start + CHUNK]:
                asked.memory_usage(key, samples=0)
            for key, size in zip(keys[start : start + CHUNK], asked.execute(), strict=True):
                found = SERVICE_OF.match(key)
                service = found[1].decode() if found else "other"
                bytes_of[service] += size or 0
                conversations += service == "windows" and b"}:s:" in key
    share = {service: size / max(conversations, 1) * THOUSAND / 1e6 for service, size in bytes_of.most_common()}
    told = ", ".join(f"{service} {megabytes:.1f}" for service, megabytes in share.items())
    return f"Redis: {conversations} conversations; a thousand take {sum(share.values()):.1f} MB ({told})"
