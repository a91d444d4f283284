"""What the chart refuses to render, and what it says to do instead."""

import json

import pytest
from jsonschema import Draft7Validator

from tests.support.chart import CHART, template


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"kafka.brokers": ""}, "kafka.brokers is empty"),
        ({"redis.url": ""}, "redis.url is empty, and assist keeps its state in Redis"),
        ({"redis.url": "redis://me:word@redis:6379"}, "leave them out and name a Secret"),
        ({"autoscaling.hpa.enabled": "true", "autoscaling.keda.enabled": "true"}, "choose one"),
        (
            {"autoscaling.keda.enabled": "true", "services.scoring.autoscaling.maxReplicas": "13"},
            "maxReplicas is 13, but topics.partitions is 12",
        ),
        ({"services.windows.autoscaling.minReplicas": "9"}, "minReplicas 9 is more than maxReplicas 6"),
        ({"topics.partitions": "10"}, "does not divide the store's 48 buckets"),
        ({"kafka.securityProtocol": "SASL_SSL"}, "say kafka.sasl.mechanism"),
        (
            {"kafka.securityProtocol": "SASL_SSL", "kafka.sasl.mechanism": "PLAIN"},
            "assist has no SASL Secret",
        ),
        ({"kafka.sasl.mechanism": "PLAIN"}, "kafka.securityProtocol is PLAINTEXT"),
        ({"topics.mode": "strimzi"}, "say topics.strimzi.cluster"),
        ({"topics.mode": "strimzi", "topics.strimzi.cluster": "main"}, "a KafkaTopic takes no -1"),
        ({"services.gateway.enabled": "true"}, "nobody could come in"),
        ({"gateway.keysFile": "true"}, "name the Secret that holds `keys`"),
        (
            {"services.gateway.enabled": "true", "settings.gateway_oidc_issuer": "https://login.example.com"},
            "make a Secret with `session-secret`",
        ),
        (
            {
                "services.gateway.enabled": "true",
                "services.gateway.replicas": "1",
                "autoscaling.keda.enabled": "true",
                "settings.gateway_oidc_issuer": "https://login.example.com",
            },
            "people are signed out at random",
        ),
        ({"policy.content": "a: 1", "policy.existingConfigMap": "mine"}, "choose one"),
        ({"kafka.extra.debug": r"broker\,topic"}, "the value of debug has a comma in it"),
    ],
)
def test_what_cannot_work_is_refused_with_what_to_do(helm, given, told):
    done = template(helm, *(part for name, value in given.items() for part in ("--set", f"{name}={value}")))
    assert done.returncode != 0
    assert told in done.stderr


@pytest.mark.parametrize(
    "given",
    [
        {"services.gateway.replicas": "1"},
        {"services.gateway.extraEnv[0].name": "WARMLINE_GATEWAY_SESSION_SECRET"},
        {"gateway.existingSecret": "doors"},
    ],
    ids=json.dumps,
)
def test_a_gateway_without_keys_of_its_own_is_let_be_where_sessions_hold(helm, given):
    given = {"services.gateway.enabled": "true", "settings.gateway_oidc_issuer": "https://login.example.com", **given}
    done = template(helm, *(part for name, value in given.items() for part in ("--set", f"{name}={value}")))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "given",
    [
        {"kafka": {"broker": "kafka:9092"}},
        {"services": {"scoring": {"replica": 3}}},
        {"services": {"scorer": {"enabled": True}}},
        {"settings": {"batch_maximum": 5}},
        {"settings": {"batch_max": 0}},
        {"settings": {"redis_url": "redis://x"}},
        {"settings": {"kafka_sasl_password": "x"}},
        {"settings": {"gateway_key_pepper": "x"}},
        {"image": {"pullPolicy": "Sometimes"}},
        {"pod": {"runAsUser": 0}},
        {"drainSeconds": 2.5},
        {"redis": {"url": "http://redis"}},
    ],
    ids=json.dumps,
)
def test_the_schema_is_closed_and_knows_every_setting(given):
    schema = json.loads((CHART / "values.schema.json").read_text())
    assert list(Draft7Validator(schema).iter_errors(given)) != []


def test_helm_holds_values_to_the_schema(helm):
    done = template(helm, "--set", "services.scorer.enabled=true")
    assert done.returncode != 0
    assert "'scorer' not allowed" in done.stderr
