"""The chart's network policies: which ports the pods may reach, and who may reach theirs."""

import pytest

from tests.support.chart import example, of_kind, rendered

GATEWAY = ["--set", "gateway.existingSecret=doors", "--set", "services.gateway.enabled=true"]


def policies_of(helm, *options):
    return of_kind(rendered(helm, *options), "NetworkPolicy")


def opened(policy):
    return {port["port"] for rule in policy["spec"]["egress"] for port in rule["ports"]}


def test_a_network_policy_opens_the_ports_of_the_addresses_given(helm):
    options = ["--set", r"kafka.brokers=a:19092\,b:29092", "--set", "redis.url=redis+sentinel://s:26379/mine"]
    policies = policies_of(helm, *options, "--set", "networkPolicy.redisExtraPorts={6380}")
    assert opened(policies["warmline-windows"]) == {53, 19092, 29092, 26379, 6379, 6380}
    assert opened(policies["warmline-scoring"]) == {53, 19092, 29092, 26379, 6379, 6380}
    assert opened(policies["warmline-topics"]) == {53, 19092, 29092}
    assert policies["warmline-topics"]["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"


@pytest.mark.parametrize(
    ("given", "ports"),
    [
        (r"kafka.brokers=a:19092 \,b:29092", {53, 19092, 29092, 6379}),
        ("redis.url=rediss://redis:6380?db=1", {53, 9092, 6380}),
    ],
)
def test_spaces_and_options_do_not_hide_a_port(helm, given, ports):
    assert opened(policies_of(helm, "--set", given)["warmline-windows"]) == ports


@pytest.mark.parametrize(
    ("addresses", "port"),
    [
        ({"issuer": "https://login.example.com"}, 443),
        ({"issuer": "https://login.example.com/realms/desk"}, 443),
        ({"issuer": "https://login.example.com:8443/realms/desk"}, 8443),
        ({"issuer": "https://login.example.com:8443", "jwks_url": "https://keys.example.com:9443/jwks.json"}, 9443),
        ({"issuer": "https://login.example.com:8443", "jwks_url": "https://keys.example.com/jwks.json"}, 443),
    ],
    ids=str,
)
def test_the_gateway_alone_reaches_where_the_issuer_s_keys_are(helm, addresses, port):
    given = [part for name, url in addresses.items() for part in ("--set", f"settings.gateway_oidc_{name}={url}")]
    policies = policies_of(helm, *GATEWAY, *given)
    assert opened(policies.pop("warmline-gateway")) == {53, 9092, 6379, port, "http"}
    assert len(policies) > 1
    assert {name for name, policy in policies.items() if port in opened(policy)} == set()


def test_where_no_token_is_taken_no_port_is_opened_for_keys(helm):
    policies = policies_of(helm, *GATEWAY, "--set", "gateway.keysFile=true")
    assert opened(policies["warmline-gateway"]) == {53, 9092, 6379, "http"}


def test_the_way_to_the_issuer_can_be_narrowed_to_where_it_is(helm):
    given = [
        "settings.gateway_oidc_issuer=https://login.example.com",
        "networkPolicy.issuerTo[0].ipBlock.cidr=10.4.0.0/16",
    ]
    policies = policies_of(helm, *GATEWAY, *(part for each in given for part in ("--set", each)))
    (rule,) = [
        rule
        for rule in policies["warmline-gateway"]["spec"]["egress"]
        if {"port": 443, "protocol": "TCP"} in rule["ports"]
    ]
    assert rule["to"] == [{"ipBlock": {"cidr": "10.4.0.0/16"}}]


def callers_of_the_gateway(policies):
    ingress = policies["warmline-gateway"]["spec"]["ingress"]
    (rule,) = [rule for rule in ingress if rule["ports"] == [{"port": "http", "protocol": "TCP"}]]
    return rule.get("from")


def test_the_pod_of_helm_test_may_call_the_gateway_where_callers_are_named():
    """By labels that it has, and that no pod which serves has."""
    objects = example("production")
    callers = callers_of_the_gateway(of_kind(objects, "NetworkPolicy"))
    assert {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress"}}} in callers
    (wanted,) = [each["podSelector"]["matchLabels"].items() for each in callers if "podSelector" in each]
    assert wanted <= of_kind(objects, "Pod")["warmline-test-gateway"]["metadata"]["labels"].items()
    for each in of_kind(objects, "Deployment").values():
        assert not wanted <= each["spec"]["template"]["metadata"]["labels"].items()


def test_without_tests_nobody_but_the_callers_named_may_call_the_gateway(helm):
    named = ["--set", "networkPolicy.gatewayFrom[0].ipBlock.cidr=10.9.0.0/16", "--set", "gateway.keysFile=true"]
    policies = policies_of(helm, *GATEWAY, *named, "--set", "tests.enabled=false")
    assert callers_of_the_gateway(policies) == [{"ipBlock": {"cidr": "10.9.0.0/16"}}]


def test_where_no_caller_is_named_all_may_call_the_gateway(helm):
    assert callers_of_the_gateway(policies_of(helm, *GATEWAY, "--set", "gateway.keysFile=true")) is None
