"""The chart's closed schema: its shape from values.yaml, its limits from the table here, its settings from the code."""

import json
from typing import Any

import msgspec
import yaml

from deploy.generate.chart_readme import documented
from warmline.settings import Secret, Settings

Schema = dict[str, Any]

STRINGS: Schema = {"type": "object", "additionalProperties": {"type": "string"}}
SCALARS: Schema = {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}}
ANY_OBJECT: Schema = {"type": "object"}
NAMES: Schema = {"type": "array", "items": {"type": "string", "minLength": 1}}
OBJECTS: Schema = {"type": "array", "items": {"type": "object"}}
PORT: Schema = {"type": "integer", "minimum": 1, "maximum": 65535}
COUNT: Schema = {"type": "integer", "minimum": 1}

LIMITS: dict[str, Schema] = {
    "commonLabels": STRINGS,
    "image.repository": {"type": "string", "minLength": 1},
    "image.digest": {"type": "string", "pattern": "^(sha256:[0-9a-f]{64})?$"},
    "image.pullPolicy": {"enum": ["Always", "IfNotPresent", "Never"]},
    "image.pullSecrets": NAMES,
    "kafka.securityProtocol": {"enum": ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]},
    "kafka.sasl.mechanism": {"enum": ["", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]},
    "kafka.topicPrefix": {"type": "string", "pattern": "^[A-Za-z0-9._-]*$", "maxLength": 100},
    "kafka.extra": SCALARS,
    "redis.url": {"type": "string", "pattern": "^$|^rediss?(\\+(sentinel|cluster))?://"},
    "redis.prefix": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,32}$"},
    "drainSeconds": {"type": "number", "exclusiveMinimum": 0, "maximum": 600, "multipleOf": 1},
    "topics.mode": {"enum": ["job", "strimzi", "none"]},
    "topics.partitions": COUNT,
    "topics.replication": {"type": "integer", "minimum": -1, "not": {"const": 0}},
    "topics.job.backoffLimit": {"type": "integer", "minimum": 0},
    "autoscaling.keda.pollingInterval": COUNT,
    "autoscaling.keda.fallbackReplicas": {"type": "integer", "minimum": 0},
    "autoscaling.keda.failureThreshold": COUNT,
    "autoscaling.scaleDownStabilizationSeconds": {"type": "integer", "minimum": 0, "maximum": 3600},
    "autoscaling.scaleUpStabilizationSeconds": {"type": "integer", "minimum": 0, "maximum": 3600},
    "gatewayService.type": {"enum": ["ClusterIP", "NodePort", "LoadBalancer"]},
    "gatewayService.port": PORT,
    "gatewayService.annotations": STRINGS,
    "serviceAccount.annotations": STRINGS,
    "pod.annotations": STRINGS,
    "pod.labels": STRINGS,
    "pod.nodeSelector": STRINGS,
    "pod.tolerations": OBJECTS,
    "pod.affinity": ANY_OBJECT,
    "pod.runAsUser": COUNT,  # not 0: the pods would be refused, and rightly
    "pod.extraVolumes": OBJECTS,
    "pod.extraVolumeMounts": OBJECTS,
    "topologySpread.whenUnsatisfiable": {"enum": ["ScheduleAnyway", "DoNotSchedule"]},
    "podDisruptionBudget.maxUnavailable": {"type": ["integer", "string"], "pattern": "^[1-9][0-9]*%$", "minimum": 1},
    "networkPolicy.metricsFrom": OBJECTS,
    "networkPolicy.gatewayFrom": OBJECTS,
    "networkPolicy.kafkaTo": OBJECTS,
    "networkPolicy.redisTo": OBJECTS,
    "networkPolicy.redisExtraPorts": {"type": "array", "items": PORT},
    "networkPolicy.issuerTo": OBJECTS,
    "networkPolicy.extraEgress": OBJECTS,
    "podMonitor.interval": {"type": "string", "pattern": "^[0-9]+(ms|s|m)$"},
    "podMonitor.labels": STRINGS,
    "prometheusRule.labels": STRINGS,
    "extraManifests": OBJECTS,
}
OF_A_SERVICE: dict[str, Schema] = {
    "replicas": {"type": "integer", "minimum": 0},
    "autoscaling.minReplicas": COUNT,
    "autoscaling.maxReplicas": COUNT,
    "autoscaling.lagThreshold": COUNT,
    "autoscaling.cpuUtilization": {"type": "integer", "minimum": 1, "maximum": 1000},
    "resources": {
        "type": "object",
        "additionalProperties": False,
        "properties": {"requests": SCALARS, "limits": SCALARS},
    },
    "extraEnv": OBJECTS,
}
THE_CHARTS_OWN = (
    "kafka_",
    "redis_url",
    "redis_username",
    "redis_ssl_ca_file",
    "redis_sentinel_username",
    "redis_prefix",
    "topic_prefix",
    "policy_file",
    "model_folder",
    "http_",
    "drain_s",
    "gateway_listen",
    "gateway_keys_file",
)
"""Settings that other values give: not to be given twice. Secrets are left out too: they come from Secrets."""


def values_schema(values: str) -> str:
    """Return the schema's text."""
    told = {".".join(path): text for path, text in documented(values)}
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$comment": "Made by `make generated` from values.yaml and services/warmline/settings.py.",
        "title": "Values of the Warmline chart",
        **_shape(yaml.safe_load(values), "", told),
    }
    # Helm hands a subchart these without being asked.
    schema["properties"]["global"] = ANY_OBJECT
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _shape(value: Any, path: str, told: dict[str, str]) -> Schema:
    about = {"description": told[path]} if path in told else {}
    if path == "settings":
        return {**about, **settings_schema()}
    service = path.split(".", 2)[2] if path.count(".") >= 2 and path.startswith("services.") else ""
    limit = LIMITS.get(path) or OF_A_SERVICE.get(service)
    if limit is not None:
        return {**about, **limit}
    if isinstance(value, dict):
        if not value:
            raise ValueError(f"{path}: an empty object needs a line in LIMITS")
        inner = {key: _shape(each, f"{path}.{key}".lstrip("."), told) for key, each in value.items()}
        return {**about, "type": "object", "additionalProperties": False, "properties": inner}
    kinds: dict[type, str] = {bool: "boolean", str: "string"}
    if type(value) not in kinds:
        raise ValueError(f"{path}: {value!r} needs a line in LIMITS")
    return {**about, "type": kinds[type(value)]}


def settings_schema() -> Schema:
    """Return the settings that the chart does not give by itself, with their ranges."""
    own = {
        field.name: _steady(msgspec.json.schema(field.type))
        for field in msgspec.structs.fields(Settings)
        if not field.name.startswith(THE_CHARTS_OWN) and field.type is not Secret
    }
    return {"type": "object", "additionalProperties": False, "properties": own}


def _steady(schema: Any) -> Any:
    """Write whole numbers as such and sort every `enum`.

    typing keeps one of two equal annotations (0 and 0.0, the same names in another order): the one of whichever module
    was imported first.
    """
    if isinstance(schema, list):
        return [_steady(each) for each in schema]
    if isinstance(schema, float) and schema.is_integer():
        return int(schema)
    if not isinstance(schema, dict):
        return schema
    return {name: sorted(each, key=str) if name == "enum" else _steady(each) for name, each in schema.items()}
