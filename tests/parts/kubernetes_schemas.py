"""JSON Schemas of the kinds that the chart renders, closed so that a misspelt field is an error, for kubeconform.

Made in the user's cache from the OpenAPI documents inside the Go modules of Kubernetes, KEDA and the Prometheus
operator. Strimzi comes from no Go module: KafkaTopic's few fields are written down here, after its documentation.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.parts.go_tools import cache, require_module

Schema = dict[str, Any]

LOCATION = "{{.Group}}.{{.ResourceKind}}.{{.ResourceAPIVersion}}.json"
"""kubeconform's template for a schema's file name."""

KINDS = {
    ("", "v1"): ("ConfigMap", "Pod", "Service", "ServiceAccount"),
    ("apps", "v1"): ("Deployment",),
    ("batch", "v1"): ("Job",),
    ("autoscaling", "v2"): ("HorizontalPodAutoscaler",),
    ("networking.k8s.io", "v1"): ("NetworkPolicy",),
    ("policy", "v1"): ("PodDisruptionBudget",),
}
CRDS = (
    ("keda", "config/crd/bases/keda.sh_scaledobjects.yaml"),
    ("keda", "config/crd/bases/keda.sh_triggerauthentications.yaml"),
    ("prometheus-operator", "example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml"),
    ("prometheus-operator", "example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml"),
)
KAFKA_TOPIC: Schema = {
    "type": "object",
    "additionalProperties": False,
    "required": ["apiVersion", "kind", "metadata", "spec"],
    "properties": {
        "apiVersion": {"const": "kafka.strimzi.io/v1"},
        "kind": {"const": "KafkaTopic"},
        "metadata": {"type": "object"},
        "spec": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "topicName": {"type": "string"},
                "partitions": {"type": "integer", "minimum": 1},
                "replicas": {"type": "integer", "minimum": 1, "maximum": 32767},
                "config": {"type": "object"},
            },
        },
    },
}


def require_schemas() -> str:
    """Return kubeconform's `-schema-location`; LackingError where the modules can't be had."""
    folder = cache() / "schemas-1"
    done = folder / "done"
    if not done.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        for name, schema in _all():
            (folder / name.lower()).write_text(json.dumps(schema), "utf-8")
        done.touch()
    return str(folder / LOCATION)


def _all() -> Iterator[tuple[str, Schema]]:
    document = require_module("kubernetes") / "api" / "openapi-spec" / "swagger.json"
    definitions = json.loads(document.read_text("utf-8"))["definitions"]
    by_kind = {
        (each["group"], each["version"], each["kind"]): name
        for name, definition in definitions.items()
        for each in definition.get("x-kubernetes-group-version-kind", ())
    }
    for (group, version), kinds in KINDS.items():
        for kind in kinds:
            name = by_kind[group, version, kind]
            yield f"{group or version}.{kind}.{version}.json", _from_openapi(name, definitions)
    for module, path in CRDS:
        yield from _from_crd(require_module(module) / path)
    yield "kafka.strimzi.io.KafkaTopic.v1.json", KAFKA_TOPIC


def _from_openapi(root: str, definitions: dict[str, Schema]) -> Schema:
    """Return one kind's schema with all definitions that it leads to."""
    wanted, found = [root], {}
    while wanted:
        name = wanted.pop()
        if name in found:
            continue
        found[name] = _closed(definitions[name], name)
        text = json.dumps(definitions[name])
        wanted += [part.split('"')[0] for part in text.split('"$ref": "#/definitions/')[1:]]
    return {"$ref": f"#/definitions/{root}", "definitions": found}


def _from_crd(path: Path) -> Iterator[tuple[str, Schema]]:
    crd = yaml.safe_load(path.read_text("utf-8"))["spec"]
    for version in crd["versions"]:
        schema = _closed(version["schema"]["openAPIV3Schema"])
        schema["properties"]["metadata"] = {"type": "object"}
        yield f"{crd['group']}.{crd['names']['kind']}.{version['name']}.json", schema


def _closed(schema: Any, name: str = "") -> Any:
    """Return a schema that takes no unknown field, and numbers where Kubernetes does."""
    if name.endswith("IntOrString") or (isinstance(schema, dict) and schema.get("x-kubernetes-int-or-string")):
        return {"type": ["string", "integer"]}
    if name.endswith("resource.Quantity"):
        return {"type": ["string", "number"]}
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(each) for key, each in schema.items() if key not in {"description", "format", "default"}}
    # `properties` may itself hold fields of these names.
    if isinstance(schema.get("properties"), dict):
        closed["properties"] = {field: _closed(each) for field, each in schema["properties"].items()}
        if "additionalProperties" not in schema and not schema.get("x-kubernetes-preserve-unknown-fields"):
            closed["additionalProperties"] = False
    return closed
