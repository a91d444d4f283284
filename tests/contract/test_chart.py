"""The chart, by the tools that consume it: Helm renders and lints it, kubeconform holds it to Kubernetes' schemas."""

import json
import re

import pytest
import yaml

from deploy.generate.files import COPIES, generated
from deploy.generate.renders import NAMESPACE, RELEASE, renders
from tests.support.chart import CHART, EXAMPLES, ROOT, example, of_kind, pod_specs, rendered, run
from warmline.policy.load import load_policy
from warmline.services import DOORS, SERVICES
from warmline.settings import load_settings


def test_every_generated_file_is_as_its_generator_writes_it():
    stale = [
        str(path.relative_to(ROOT))
        for path, text in generated(ROOT).items()
        if not path.is_file() or path.read_text("utf-8") != text
    ]
    assert stale == [], "run `make generated`"


def test_the_chart_carries_every_rule_file_and_dashboard_and_no_other():
    for source, pattern, target in (*COPIES, ("deploy/grafana/dashboards", "*.json", "dashboards")):
        originals = {path.name for path in (ROOT / source).glob(pattern)}
        assert {path.name for path in (CHART / "files" / target).glob("*")} == originals


@pytest.mark.usefixtures("helm")
def test_every_example_renders_to_what_is_committed():
    assert EXAMPLES == ["dev", "minimal", "production"]
    for path, text in renders(ROOT).items():
        assert path.read_text("utf-8") == text, f"{path}: run `make generated` and look at the difference"


@pytest.mark.parametrize("name", EXAMPLES)
def test_helm_lints_the_chart_strictly(helm, name):
    done = run(helm, "lint", "--strict", CHART, "--values", CHART / "examples" / name / "values.yaml")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_object_is_valid_for_kubernetes_and_the_operators(kubeconform, name):
    done = run(*kubeconform, CHART / "examples" / name / "rendered.yaml")
    assert done.returncode == 0, done.stdout
    assert re.search(r"Valid: [1-9]\d*, Invalid: 0, Errors: 0, Skipped: 0", done.stdout)


def test_a_misspelt_field_would_be_seen(kubeconform):
    text = (CHART / "examples" / "production" / "rendered.yaml").read_text()
    for right, wrong in (
        ("enableServiceLinks", "enableServiceLink"),
        ("maxUnavailable: 1", "maxUnavailabel: 1"),
        ("pollingInterval", "pollInterval"),
        ("podMetricsEndpoints", "podMetricEndpoints"),
        ("replicas: 3", "replicas: 0"),
    ):
        assert right in text
        done = run(*kubeconform, "-", input=text.replace(right, wrong))
        assert done.returncode == 1, wrong


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_pod_meets_the_restricted_pod_security_level(name):
    """The rules of the level as Kubernetes lists them, and ours on top: read-only root, no token, limits."""
    specs = list(pod_specs(example(name)))
    assert len(specs) >= 2 * len(SERVICES)
    for owner, spec in specs:
        assert not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys(), owner
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["runAsUser"] > 0
        assert spec["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault"
        assert spec["automountServiceAccountToken"] is False
        kinds = {kind for volume in spec["volumes"] for kind in volume if kind != "name"}
        assert kinds <= {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "projected", "secret"}, owner
        for container in spec["containers"] + spec.get("initContainers", []):
            context = container["securityContext"]
            assert context["allowPrivilegeEscalation"] is False
            assert context["capabilities"] == {"drop": ["ALL"]}
            assert context["seccompProfile"]["type"] == "RuntimeDefault"
            assert context["readOnlyRootFilesystem"] is True
            assert context["runAsNonRoot"] is True
            assert not any("hostPort" in port for port in container.get("ports", []))
            assert container["resources"]["limits"]["memory"]
            assert container["resources"]["requests"].keys() >= {"cpu", "memory"}


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_variable_that_a_pod_is_given_is_a_setting_that_the_code_takes(name):
    for owner, spec in pod_specs(example(name)):
        for container in spec["containers"]:
            given = {each["name"]: each.get("value", "from-a-secret") for each in container.get("env", [])}
            settings = load_settings(given)  # raises where there is no such setting, or its value is wrong
            if container.get("args", [""])[0] == "run":
                assert settings.drain_s < spec["terminationGracePeriodSeconds"], owner
                assert settings.http_port == 8080
                assert settings.http_host == "0.0.0.0"  # noqa: S104  inside a pod


def test_a_number_of_a_values_file_reaches_the_pods_in_digits(helm, tmp_path):
    """Helm reads a file's numbers as floats, and would write them as 2e+06, which neither librdkafka nor we take."""
    values = {
        "kafka": {"extra": {"message.max.bytes": 2_000_000, "socket.keepalive.enable": True, "client.id": "007"}},
        "settings": {"dead_letter_limit_window": 1_000_000, "traces_sample_ratio": 0.25, "revision": "0017"},
    }
    values["settings"]["gateway_body_max_bytes"] = 8_388_608
    values |= {"gateway": {"existingSecret": "doors", "keysFile": True}, "services": {"gateway": {"enabled": True}}}
    (tmp_path / "values.yaml").write_text(yaml.safe_dump(values))
    deployments = of_kind(rendered(helm, "--values", tmp_path / "values.yaml"), "Deployment")
    (container,) = deployments["warmline-gateway"]["spec"]["template"]["spec"]["containers"]
    given = {each["name"]: each.get("value", "from-a-secret") for each in container["env"]}
    extra = given["WARMLINE_KAFKA_EXTRA"].split(",")
    assert sorted(extra) == ["client.id=007", "message.max.bytes=2000000", "socket.keepalive.enable=true"]
    settings = load_settings(given)
    assert settings.dead_letter_limit_window == 1_000_000
    assert settings.gateway_body_max_bytes == 8_388_608
    assert settings.traces_sample_ratio == 0.25
    assert settings.revision == "0017"


@pytest.mark.parametrize(
    ("given", "optional"),
    [
        ({"services.gateway.replicas": 1}, True),
        ({"services.gateway.replicas": 2}, False),
        ({"services.gateway.replicas": 1, "autoscaling.hpa.enabled": True}, False),
        ({"services.gateway.replicas": 1, "autoscaling.keda.enabled": True}, False),
        (
            {
                "services.gateway.autoscaling.minReplicas": 1,
                "services.gateway.autoscaling.maxReplicas": 1,
                "autoscaling.hpa.enabled": True,
            },
            True,
        ),
        ({"services.gateway.extraEnv[0].name": "WARMLINE_GATEWAY_SESSION_SECRET"}, True),
    ],
    ids=str,
)
def test_where_several_gateways_may_run_their_secret_must_say_what_sessions_are_signed_with(helm, given, optional):
    """Each would else make up a secret of its own, and take the other's cookies for none."""
    given = {"services.gateway.enabled": True, "gateway.existingSecret": "doors", "gateway.keysFile": True, **given}
    options = [
        part for name, value in given.items() for part in ("--set", f"{name}={json.dumps(value).strip(chr(34))}")
    ]
    gateway = of_kind(rendered(helm, *options), "Deployment")["warmline-gateway"]
    (container,) = gateway["spec"]["template"]["spec"]["containers"]
    keys = [each["valueFrom"]["secretKeyRef"] for each in container["env"] if "valueFrom" in each]
    assert {key["key"]: key.get("optional", False) for key in keys} == {
        "key-pepper": True,
        "pseudonym-key": True,
        "session-secret": optional,
        "vendor-secrets": True,
    }


def test_every_service_of_the_code_has_a_deployment_and_no_other(helm):
    def names(objects):
        pods = (each["spec"]["template"]["spec"] for each in of_kind(objects, "Deployment").values())
        return {pod["containers"][0]["args"][1] for pod in pods}

    assert names(example("production")) == {*SERVICES, *DOORS}
    assert names(rendered(helm)) == {*SERVICES, *DOORS} - {"gateway"}, "a door is opened by whoever says for whom"


def test_no_password_stands_in_a_render_and_secrets_are_named_service_by_service():
    deployments = of_kind(example("production"), "Deployment")
    for name, each in deployments.items():
        service = name.removeprefix("warmline-")
        for variable in each["spec"]["template"]["spec"]["containers"][0]["env"]:
            if re.search("PASSWORD|USERNAME", variable["name"]):
                store = "redis" if "REDIS" in variable["name"] else "kafka"
                assert variable["valueFrom"]["secretKeyRef"]["name"] == f"warmline-{service}-{store}"
    scoring = deployments["warmline-scoring"]["spec"]["template"]["spec"]["containers"][0]["env"]
    assert any("REDIS" in variable["name"] for variable in scoring), "it remembers the gist of each conversation there"


def test_the_policy_of_the_production_example_is_one_that_the_services_take(tmp_path):
    text = of_kind(example("production"), "ConfigMap")["warmline-policy"]["data"]["policy.yaml"]
    (tmp_path / "policy.yaml").write_text(text)
    load_policy(tmp_path / "policy.yaml")


def test_a_changed_policy_rolls_the_pods_and_an_unchanged_one_does_not(helm):
    def checksums(content):
        deployments = of_kind(rendered(helm, "--set-string", f"policy.content={content}"), "Deployment")
        return {each["spec"]["template"]["metadata"]["annotations"]["checksum/policy"] for each in deployments.values()}

    first, again, other = checksums("escalation: {}"), checksums("escalation: {}"), checksums("windows: {}")
    assert len(first) == 1
    assert first == again != other


def test_a_roll_never_leaves_partitions_waiting_for_a_start():
    """Of a service with one instance, none would be there while the next one starts."""
    for objects in map(example, ("minimal", "production")):
        for each in of_kind(objects, "Deployment").values():
            spec = each["spec"]
            assert spec["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
            (pod,) = spec["template"]["spec"]["containers"]
            assert pod["readinessProbe"]["httpGet"]["path"] == "/readyz", "which says no until the group gave a share"


def test_replicas_are_left_to_the_scaler_where_there_is_one(helm):
    by_hand = of_kind(rendered(helm), "Deployment")
    assert all("replicas" in each["spec"] for each in by_hand.values())
    for scaler, kind in (("hpa", "HorizontalPodAutoscaler"), ("keda", "ScaledObject")):
        objects = rendered(helm, "--set", f"autoscaling.{scaler}.enabled=true")
        deployments = of_kind(objects, "Deployment")
        assert not any("replicas" in each["spec"] for each in deployments.values())
        assert of_kind(objects, kind).keys() == deployments.keys()


def test_lag_is_looked_at_in_the_group_and_on_every_topic_that_a_service_reads():
    objects = of_kind(example("production"), "ScaledObject")
    windows = [each["metadata"] for each in objects["warmline-windows"]["spec"]["triggers"]]
    assert [(each["consumerGroup"], each["topic"]) for each in windows] == [("windows", "conversation.scores")]
    assert all(each["limitToPartitionsWithLag"] == "true" for each in windows)
    assert {each["metadata"]["topic"] for each in objects["warmline-escalation"]["spec"]["triggers"]} == {
        "conversation.windows",
        "escalation.feedback",
    }
    down = objects["warmline-windows"]["spec"]["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]["scaleDown"]
    assert down["stabilizationWindowSeconds"] >= 600
    assert [each["type"] for each in objects["warmline-gateway"]["spec"]["triggers"]] == ["cpu"]


def test_topics_are_made_before_the_pods_or_declared_to_strimzi_and_never_deleted(helm):
    (job,) = of_kind(rendered(helm), "Job").values()
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert job["spec"]["template"]["spec"]["containers"][0]["args"][:2] == ["topics", "create"]
    topics = of_kind(example("production"), "KafkaTopic").values()
    assert len(topics) > len(SERVICES)
    assert {each["metadata"]["annotations"]["helm.sh/resource-policy"] for each in topics} == {"keep"}
    (turns,) = [each["spec"] for each in topics if each["spec"]["topicName"] == "conversation.events"]
    assert turns == {
        "topicName": "conversation.events",
        "partitions": 24,
        "replicas": 3,
        "config": {
            "retention.ms": "259200000",
            "segment.ms": "64800000",
            "cleanup.policy": "delete",
            "min.insync.replicas": "2",
        },
    }
    for each in topics:
        config = each["spec"]["config"]
        assert 0 < int(config["segment.ms"]) <= int(config["retention.ms"]) / 3, each["spec"]["topicName"]
    assert not of_kind(rendered(helm, "--set", "topics.mode=none"), "Job")


def test_every_value_is_told_in_the_readme():
    def leaves(value, path=()):
        if isinstance(value, dict) and value:
            for key, each in value.items():
                yield from leaves(each, (*path, key))
        else:
            yield path

    told = set(re.findall(r"^\| `([^`]+)`", (CHART / "README.md").read_text(), re.MULTILINE))
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    untold = [
        ".".join(leaf)
        for leaf in leaves(values)
        if not any(".".join(leaf[:depth]) in told for depth in range(1, len(leaf) + 1))
    ]
    assert untold == []


def test_rules_and_dashboards_come_through_as_they_are(helm, tmp_path):
    """Their own {{ }} are Prometheus' and Grafana's, not Helm's."""
    chart = tmp_path / "warmline"
    run("cp", "-r", CHART, chart)
    rule = {"alert": "Late", "expr": "up == 0", "annotations": {"summary": "{{ $labels.service }} is {{ $value }}"}}
    (chart / "files" / "rules").mkdir(exist_ok=True)
    (chart / "files" / "rules" / "probe.yaml").write_text(yaml.safe_dump({"groups": [{"name": "g", "rules": [rule]}]}))
    board = {"title": "Probe", "panels": [{"legendFormat": "{{service}}", "expr": "rate(x[$__rate_interval])"}]}
    (chart / "files" / "dashboards").mkdir(exist_ok=True)
    (chart / "files" / "dashboards" / "probe_board.json").write_text(json.dumps(board, indent=2))
    options = ["--set", "prometheusRule.enabled=true", "--set", "dashboards.enabled=true"]
    objects = rendered(helm, *options, chart=chart)
    (rules,) = of_kind(objects, "PrometheusRule").values()
    assert {"name": "g", "rules": [rule]} in rules["spec"]["groups"]
    shown = of_kind(objects, "ConfigMap")["warmline-probe-board"]
    assert json.loads(shown["data"]["probe_board.json"]) == board
    assert shown["metadata"]["labels"]["grafana_dashboard"] == "1"


def test_the_dashboards_links_lead_to_where_the_values_say_the_runbooks_are(helm):
    options = ["--set", "dashboards.enabled=true", "--set", "dashboards.runbooks=https://git.example/runbooks"]
    maps = of_kind(rendered(helm, *options), "ConfigMap")
    for name in ("operations", "experience", "wellbeing"):
        board = json.loads(maps[f"warmline-{name}"]["data"][f"warmline-{name}.json"])
        (place,) = [each["query"] for each in board["templating"]["list"] if each["name"] == "runbooks"]
        assert place == "https://git.example/runbooks"


def test_alerts_link_to_where_the_values_say_the_runbooks_are(helm):
    options = ["--set", "prometheusRule.enabled=true", "--set", "prometheusRule.runbooks=https://git.example/runbooks/"]
    (rules,) = of_kind(rendered(helm, *options), "PrometheusRule").values()
    alerts = [rule for group in rules["spec"]["groups"] for rule in group["rules"] if "alert" in rule]
    for alert in alerts:
        assert alert["annotations"]["runbook_url"] == f"https://git.example/runbooks/{alert['alert']}.md"
        assert "runbook" not in alert["annotations"]


def test_hooks_and_tests_run_where_and_as_the_services_do(helm, tmp_path):
    pod = {
        "labels": {"team": "desk"},
        "annotations": {"sidecar.example/inject": "false"},
        "nodeSelector": {"pool": "general"},
        "tolerations": [{"key": "pool", "operator": "Exists"}],
        "affinity": {"nodeAffinity": {}},
        "priorityClassName": "high",
    }
    values = tmp_path / "values.yaml"
    values.write_text(yaml.safe_dump({"pod": pod}))
    objects = rendered(helm, "--values", str(values))
    templates = [each["spec"]["template"] for kind in ("Job", "Deployment") for each in of_kind(objects, kind).values()]
    for each in [*templates, *of_kind(objects, "Pod").values()]:
        assert pod["labels"].items() <= each["metadata"]["labels"].items()
        assert pod["annotations"].items() <= each["metadata"]["annotations"].items()
        for field in ("nodeSelector", "tolerations", "affinity", "priorityClassName"):
            assert each["spec"][field] == pod[field]


def test_the_tests_ask_for_the_rights_that_the_services_settings_want(helm):
    options = ["--set", "settings.delivery=transactional", "--set-string", "settings.redis_sentinel_tls=off"]
    for name, pod in of_kind(rendered(helm, *options), "Pod").items():
        given = {each["name"]: each.get("value", "from-a-secret") for each in pod["spec"]["containers"][0]["env"]}
        settings = load_settings(given)
        assert (settings.delivery, settings.redis_sentinel_tls) == ("transactional", "off"), name


def test_a_service_account_of_ones_own_is_every_pods(helm):
    own = ["--set", "serviceAccount.create=false,serviceAccount.name=mine"]
    specs = dict(pod_specs(rendered(helm, *own)))
    assert {spec["serviceAccountName"] for spec in specs.values()} == {"mine"}
    made = dict(pod_specs(rendered(helm)))
    assert "serviceAccountName" not in made["warmline-topics"], "before an install the chart's is not there"


@pytest.mark.parametrize(("known", "version"), [((), "v1"), (("v1beta2",), "v1beta2"), (("v1beta2", "v1"), "v1")])
def test_topics_are_declared_in_the_version_that_the_operator_takes(helm, known, version):
    options = ["--set", "topics.mode=strimzi,topics.replication=3,topics.strimzi.cluster=main"]
    options += [each for one in known for each in ("--api-versions", f"kafka.strimzi.io/{one}/KafkaTopic")]
    versions = {each["apiVersion"] for each in of_kind(rendered(helm, *options), "KafkaTopic").values()}
    assert versions == {f"kafka.strimzi.io/{version}"}


def test_the_packaged_chart_renders_the_same_without_the_examples(helm, tmp_path):
    done = run(helm, "package", CHART, "--destination", tmp_path)
    assert done.returncode == 0, done.stderr
    (package,) = tmp_path.glob("*.tgz")
    values = ["--kube-version", "1.27.0", "--values", CHART / "examples" / "production" / "values.yaml"]
    done = run(helm, "template", RELEASE, package, "--namespace", NAMESPACE, *values)
    assert done.stdout == (CHART / "examples" / "production" / "rendered.yaml").read_text()
    listed = run("tar", "-tzf", package).stdout
    assert "examples" not in listed
    assert "files/declared.yaml" in listed
