"""The chart's README: how to install, and a table of its values, read from the comments in values.yaml."""

import json
import re
from collections.abc import Iterator
from typing import Any

import yaml

KEY = re.compile(r"^(?P<indent> *)(?P<key>[A-Za-z][A-Za-z0-9]*):")
DOC = re.compile(r"^ *# -- (?P<text>.*)$")

HEAD = """\
<!-- Made by `make generated` from values.yaml. -->
# Warmline on Kubernetes

One Deployment a service, over a Kafka and a Redis (or Valkey) that you run already. The chart brings neither.

    helm install warmline helm/warmline --namespace warmline --create-namespace --wait \\
        --set kafka.brokers=kafka-bootstrap.kafka:9092 --set redis.url=redis://valkey.redis:6379/0
    helm test warmline --namespace warmline

- `examples/` holds values and what they render to: `minimal`, `dev`, and `production` (three zones, KEDA, SASL_SSL with
  a user for each service, Redis Cluster over TLS).
- Pods meet the Pod Security level `restricted`: not root, read-only file system, no capabilities, seccomp.
- Passwords and keys come from Secrets that exist already; `deploy/kafka` and `deploy/redis` hold the least rights of
  each service's user, and `helm test` says which are missing.
- Topics are made by a hook before the pods come (`topics.mode: job`), or declared as Strimzi KafkaTopics, which an
  uninstall leaves in place.
- Consumers scale on cpu (`autoscaling.hpa`) or on Kafka lag (`autoscaling.keda`), never both; no further than there
  are partitions.
- A pod that is told to stop finishes its batch within `drainSeconds`; the grace period follows.
- What changes between versions is in [UPGRADING.md](UPGRADING.md).

## Values

| value | default | meaning |
| --- | --- | --- |
"""


def chart_readme(values: str) -> str:
    """Return the README's text."""
    loaded = yaml.safe_load(values)
    rows = []
    for path, text in documented(values):
        value: Any = loaded
        for key in path:
            value = value[key]
        shown = json.dumps(value, ensure_ascii=False)
        rows.append(f"| `{'.'.join(path)}` | `{shown}` | {text.replace('|', chr(92) + '|')} |\n")
    return HEAD + "".join(rows)


def documented(values: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the path of each value that has a `# --` comment, and the comment."""
    path: list[tuple[int, str]] = []
    waiting: str | None = None
    for line in values.splitlines():
        if doc := DOC.match(line):
            waiting = doc["text"]
        elif key := KEY.match(line):
            indent = len(key["indent"])
            path = [*(step for step in path if step[0] < indent), (indent, key["key"])]
            if waiting is not None:
                yield tuple(name for _, name in path), waiting
                waiting = None
