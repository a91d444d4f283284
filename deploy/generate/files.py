"""Every generated file but the chart's renders, by path."""

from pathlib import Path
from typing import Any

import yaml

from deploy.generate.chart_readme import chart_readme
from deploy.generate.dashboards.boards import boards
from deploy.generate.values_schema import values_schema
from warmline.access.acl_command import USER, kafka_script, redis_users
from warmline.access.kafka_grants import as_kafka_user
from warmline.access.kafka_rights import kafka_rights
from warmline.access.roles import STATEFUL, roles
from warmline.bus.topics_command import new_topics
from warmline.contracts.services import SERVICES

COPIES = (("deploy/prometheus/rules", "*.yaml", "rules"),)
"""Folder, pattern, and the folder in helm/warmline/files that carries a copy: Helm reads nothing outside its chart."""

DECLARED = """\
# Made by `make generated` from services/warmline/contracts: what the templates must know of the code.
"""


def generated(root: Path) -> dict[Path, str]:
    """Return path to content."""
    chart = root / "helm" / "warmline"
    values = (chart / "values.yaml").read_text("utf-8")
    everybody = list(roles().values())
    users = [as_kafka_user(USER.format(role=role.name), kafka_rights(role, "")) for role in everybody]
    found = {
        chart / "files" / "declared.yaml": DECLARED + yaml.safe_dump(declared(), sort_keys=False, width=120),
        chart / "values.schema.json": values_schema(values),
        chart / "README.md": chart_readme(values),
        root / "deploy" / "kafka" / "acls.sh": "\n".join(kafka_script(everybody, USER, "")) + "\n",
        root / "deploy" / "kafka" / "users.yaml": (
            "# Made by `warmline acl kafka --form strimzi`. Each still wants its label strimzi.io/cluster and\n"
            "# spec.authentication.\n" + yaml.safe_dump_all(users, sort_keys=False)
        ),
        root / "deploy" / "redis" / "users.acl": "\n".join(redis_users(everybody, USER, "wl", {})) + "\n",
    }
    for name, text in boards().items():
        found[root / "deploy" / "grafana" / "dashboards" / name] = text
        found[chart / "files" / "dashboards" / name] = text
    for source, pattern, target in COPIES:
        for path in sorted((root / source).glob(pattern)):
            found[chart / "files" / target / path.name] = path.read_text("utf-8")
    return found


def declared() -> dict[str, Any]:
    """Return the topics, and of each service what it reads, whether it uses the store, whether lag says its load."""
    services = {
        service.name: {
            "reads": list(service.reads),
            "store": service.name in STATEFUL or not service.grouped,
            # The gateway reads every partition itself, for its live view: more instances do not share that.
            "scales_on_lag": service.grouped,
        }
        for service in SERVICES
    }
    topics = [
        {"name": topic.topic, "dead_letters": topic.topic.endswith(".dlq"), "config": dict(topic.config)}
        for topic in new_topics("", 1, 1)
    ]
    return {"topics": topics, "services": services}
