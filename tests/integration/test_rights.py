"""The least rights that `warmline acl` writes are enough, and none is too many.

On a Kafka with SASL, TLS and an authorizer, and a Valkey with TLS and ACL users.
"""

import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack

import msgspec
import pytest
import redis
import yaml
from confluent_kafka import Producer

from tests.parts.obtain import obtain
from tests.parts.secured_kafka import password_of, start_secured, user_of
from tests.support.certificates import make_certificates
from tests.support.gateway import GatewayProcess, turn
from tests.support.quiet_store import quiet_store
from warmline.access.check import missing_at_kafka, try_store
from warmline.access.kafka_rights import KafkaRight, kafka_rights
from warmline.access.redis_rights import CHANGE, EXAMINE, LOOK, RESUME, redis_rights
from warmline.access.roles import OPERATOR, SENDER, STATEFUL, TOPICS, roles
from warmline.bus.config import producer_config
from warmline.contracts.topics import CONVERSATION_SUMMARIES
from warmline.contracts.turn import Turn
from warmline.local.service_process import ServiceProcess
from warmline.local.valkey import ValkeyServer
from warmline.local.valkey_binary import ValkeyUnavailableError
from warmline.local.valkey_options import ValkeyOptions
from warmline.local.waiting import wait_until
from warmline.models.lines import line_of
from warmline.scoring.lines import agent_lines
from warmline.services import DOORS, SERVICES
from warmline.settings import load_settings
from warmline.store.keys import Keys
from warmline.store.store import StoreUnavailableError

PREFIX = "rights."
ROLES = roles()
CONSUMERS = tuple(name for name in SERVICES if ROLES[name].groups)


def warmline(*arguments, environment, given=None):
    """Run the command as somebody. Nothing of this process's own WARMLINE_ variables goes along."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("WARMLINE_")}
    return subprocess.run(
        [sys.executable, "-m", "warmline", *arguments],
        env={**ours, "WARMLINE_TOPIC_PREFIX": PREFIX, **environment},
        input=given,
        check=False,
        capture_output=True,
        text=True,
        timeout=90,
    )


@pytest.fixture(scope="module")
def kafka_with_acls(tmp_path_factory, use):
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("secured")
        part = obtain("a Kafka of our own with SASL and an authorizer", [lambda s: start_secured(s, folder)], stack)
        use("secured kafka", "SCRAM-SHA-512 over TLS, mutual TLS, StandardAuthorizer")
        for role in ROLES.values():
            part.make_user(role)
        admin = {"WARMLINE_KAFKA_BROKERS": part.admin_bootstrap}
        done = warmline("acl", "kafka", "--apply", environment=admin)
        assert done.returncode == 0, done.stdout + done.stderr
        done = warmline("topics", "create", "--partitions", "4", environment=part.environment(ROLES[TOPICS]))
        assert done.returncode == 0, done.stdout + done.stderr
        yield part


@pytest.fixture(scope="module")
def valkey_with_acls(tmp_path_factory):
    tls = make_certificates(tmp_path_factory.mktemp("valkey"))
    passwords = yaml.safe_dump({name: password_of(role) for name, role in ROLES.items()})
    done = warmline("acl", "redis", "--passwords", "-", environment={}, given=passwords)
    assert done.returncode == 0, done.stderr
    assert "correct-horse" not in done.stdout, "a digest, not the password"
    users = tuple(line.removeprefix("user ") for line in done.stdout.splitlines())
    try:
        server = ValkeyServer(ValkeyOptions(tls=tls, acl_users=users, append_only=True))
    except ValkeyUnavailableError as reason:
        pytest.skip(str(reason))
    with server:
        yield server


def store_environment(valkey, role):
    return {
        "WARMLINE_REDIS_URL": f"rediss://127.0.0.1:{valkey.port}/0",
        "WARMLINE_REDIS_SSL_CA_FILE": str(valkey.options.tls.authority),
        "WARMLINE_REDIS_USERNAME": user_of(role),
        "WARMLINE_REDIS_PASSWORD": password_of(role),
    }


def settings_of(*parts):
    return load_settings({"WARMLINE_TOPIC_PREFIX": PREFIX} | {k: v for part in parts for k, v in part.items()})


@pytest.mark.parametrize("name", [*CONSUMERS, *DOORS, OPERATOR, SENDER])
def test_every_role_is_given_what_it_needs(kafka_with_acls, valkey_with_acls, name):
    role = ROLES[name]
    environment = kafka_with_acls.environment(role) | store_environment(valkey_with_acls, role)
    done = warmline("acl", "check", name, environment=environment)
    assert done.stdout.strip() == f"{name}: every right is there", done.stdout + done.stderr


def test_one_right_less_at_kafka_is_named_alone(kafka_with_acls):
    for name in ("windows", "wellbeing"):
        role = ROLES[name]
        settings = settings_of(kafka_with_acls.environment(role), {"WARMLINE_DELIVERY": "transactional"})
        for right in kafka_rights(role, PREFIX):
            kafka_with_acls.take(role, right)
            assert list(missing_at_kafka(settings, role)) == [right]
            kafka_with_acls.give(role, right)
        wait_until(lambda: not list(missing_at_kafka(settings, role)), timeout=10, what="all rights to be back")  # noqa: B023


def test_no_role_has_a_right_that_it_does_not_need(kafka_with_acls):
    """Nobody may read what is not theirs: the words are for scoring (and the gateway) alone."""
    escalation = ROLES["escalation"]
    settings = settings_of(kafka_with_acls.environment(escalation))
    scoring = ROLES["scoring"]
    missing = {str(right) for right in missing_at_kafka(settings, scoring)}
    assert missing == {str(right) for right in kafka_rights(scoring, PREFIX, transactional=False)}


def test_a_wrong_password_and_a_missing_certificate_are_told(kafka_with_acls):
    role = ROLES["windows"]
    wrong = kafka_with_acls.environment(role) | {"WARMLINE_KAFKA_SASL_PASSWORD": "guessed"}
    done = warmline("acl", "check", "scoring", environment=wrong)
    assert done.returncode == 1
    assert "Kafka at WARMLINE_KAFKA_BROKERS=" in done.stdout
    assert "authentication error" in done.stdout
    assert "guessed" not in done.stdout + done.stderr
    nobody = {
        name: value
        for name, value in kafka_with_acls.certificate_environment(role).items()
        if "CERT" not in name and "KEY" not in name
    }
    assert warmline("acl", "check", "scoring", environment=nobody).returncode == 1


def test_a_certificate_says_who_one_is_as_well_as_a_password(kafka_with_acls, valkey_with_acls):
    role = ROLES["scoring"]
    environment = kafka_with_acls.certificate_environment(role) | store_environment(valkey_with_acls, role)
    done = warmline("acl", "check", "scoring", environment=environment)
    assert done.stdout.strip() == "scoring: every right is there", done.stdout + done.stderr


@pytest.mark.parametrize("name", STATEFUL)
def test_a_service_may_touch_its_own_keys_alone(valkey_with_acls, name):
    role = ROLES[name]
    settings = settings_of(store_environment(valkey_with_acls, role))
    try_store(settings, role)
    for other in STATEFUL:
        if other != name:
            with pytest.raises(StoreUnavailableError, match=r"permission|NOPERM"):
                try_store(settings, ROLES[other])


def test_scoring_keeps_the_lines_of_agents_with_its_own_rights_and_nobody_else_may(valkey_with_acls):
    first, after = (msgspec.convert(turn(number, role="agent"), Turn) for number in (1, 2))
    line = line_of(first, b"ab")
    for name, may in (("scoring", True), ("windows", False)):
        settings = settings_of(store_environment(valkey_with_acls, ROLES[name]))
        noted = [line]
        lines = agent_lines(quiet_store(settings, Keys("wl", "scoring", 8)), noted)
        if may:
            lines.keep()
            assert lines.before([after]) == [(b"ab",)]
        else:
            with pytest.raises(StoreUnavailableError, match=r"permission|NOPERM"):
                lines.keep()


@pytest.mark.parametrize(
    ("name", "commands"), [("windows", CHANGE), ("gateway", LOOK), (OPERATOR, (*EXAMINE, *RESUME))]
)
def test_one_command_less_at_the_store_is_named(valkey_with_acls, name, commands):
    role = ROLES[name]
    settings = settings_of(store_environment(valkey_with_acls, role))
    with redis.Redis.from_url(valkey_with_acls.url) as admin:
        for command in commands:
            if command in {"set", "script|load"}:  # the clock is not written by the check; a loaded script is found
                continue
            admin.execute_command("ACL", "SETUSER", user_of(role), f"-{command}")
            try:
                with pytest.raises(StoreUnavailableError, match=rf"\b{command}\b"):
                    try_store(settings, role)
            finally:
                admin.execute_command("ACL", "SETUSER", user_of(role), f"+{command}")
    try_store(settings, role)


def test_the_words_of_the_rules_are_those_that_the_server_keeps(valkey_with_acls):
    role = ROLES["windows"]
    with redis.Redis.from_url(valkey_with_acls.url) as admin:
        kept = admin.acl_getuser(user_of(role))
    granted = {rule[1:] for rule in redis_rights(role, "wl") if rule.startswith("+")}
    assert {command.removeprefix("+") for command in kept["commands"] if command.startswith("+")} == granted


def test_all_services_do_their_work_with_their_own_rights_and_wait_where_one_is_taken(
    kafka_with_acls, valkey_with_acls, tmp_path
):
    """The whole chain over SASL_SSL and rediss://, each service as its own user; then one right at the store goes."""
    running = {}
    for name in CONSUMERS:
        role = ROLES[name]
        environment = {"WARMLINE_TOPIC_PREFIX": PREFIX, **kafka_with_acls.environment(role)}
        if role.store:
            environment |= store_environment(valkey_with_acls, role)
        running[name] = ServiceProcess(name, 1, environment, tmp_path)
    windows = running["windows"]
    try:
        for service in running.values():
            service.start()
        for service in running.values():
            service.wait_ready()
        send(kafka_with_acls, "before")
        wait_until(lambda: applied(windows) >= 6, timeout=60, what="windows of the first conversation")
        wait_until(lambda: applied(running["escalation"]) >= 6, timeout=60, what="escalation to see them")
        wait_until(lambda: applied(running["wellbeing"]) >= 1, timeout=60, what="wellbeing to account for them")

        with redis.Redis.from_url(valkey_with_acls.url) as admin:
            admin.execute_command("ACL", "SETUSER", "warmline-windows", "-hset")
            send(kafka_with_acls, "meanwhile")
            log = tmp_path / "windows-1.log"
            wait_until(lambda: "held back" in log.read_text(), timeout=30, what="the batch to be held back")
            assert "hset" in next(line for line in log.read_text().splitlines() if "held back" in line)
            assert windows.metric("warmline_dead_letters_total") == 0, "the records are not at fault"
            admin.execute_command("ACL", "SETUSER", "warmline-windows", "+hset")
        wait_until(lambda: applied(windows) >= 12, timeout=60, what="windows of the second conversation")
        assert "a right is missing" not in log.read_text()
    finally:
        for service in running.values():
            service.process.stop()


def test_a_service_says_at_the_start_which_right_it_lacks_and_goes_on_when_it_gets_it(
    kafka_with_acls, valkey_with_acls, tmp_path
):
    role = ROLES["windows"]
    right = KafkaRight("WRITE", "topic", PREFIX + CONVERSATION_SUMMARIES)
    environment = {"WARMLINE_TOPIC_PREFIX": PREFIX, **kafka_with_acls.environment(role)}
    service = ServiceProcess("windows", 2, environment | store_environment(valkey_with_acls, role), tmp_path)
    log = tmp_path / "windows-2.log"
    kafka_with_acls.take(role, right)
    try:
        service.start()
        wait_until(lambda: log.exists() and "a right is missing" in log.read_text(), timeout=60, what="it to be said")
        (line,) = [line for line in log.read_text().splitlines() if "a right is missing" in line]
        assert json.loads(line)["right"] == f"WRITE on topic {PREFIX}{CONVERSATION_SUMMARIES}"
    finally:
        kafka_with_acls.give(role, right)
        service.process.stop()


def test_the_gateway_takes_in_and_shows_with_its_own_rights_and_can_change_no_state(
    kafka_with_acls, valkey_with_acls, tmp_path
):
    role = ROLES["gateway"]
    own = kafka_with_acls.environment(role) | store_environment(valkey_with_acls, role)
    bootstrap, url = own.pop("WARMLINE_KAFKA_BROKERS"), own.pop("WARMLINE_REDIS_URL")
    settings = {name.removeprefix("WARMLINE_").lower(): value for name, value in own.items()}
    gateway = GatewayProcess(bootstrap, url, tmp_path, PREFIX, settings)
    try:
        gateway.start()
        with gateway.client() as client:
            taken = client.post("/v1/turns", json=turn(conversation="by-http"))
            assert taken.status_code == 202, taken.text
            unknown = client.get("/v1/conversations/never-heard-of")  # not in its view, so it asks the store
            assert unknown.status_code == 404, unknown.text
        assert "a right is missing" not in gateway.log()
        with redis.Redis.from_url(valkey_with_acls.url) as admin:
            admin.execute_command("ACL", "SETUSER", user_of(role), "-hget")
            with gateway.client() as client:
                assert client.get("/v1/conversations/never-heard-of").status_code == 503, "not an empty answer"
            admin.execute_command("ACL", "SETUSER", user_of(role), "+hget")
    finally:
        gateway.process.process.stop()
    settings = settings_of(store_environment(valkey_with_acls, role))
    for name in STATEFUL:
        with pytest.raises(StoreUnavailableError, match=r"permission|NOPERM"):
            try_store(settings, ROLES[name])


def applied(service):
    return service.metric("warmline_records_total", outcome="applied")


def send(kafka, conversation):
    """Six turns, as the sender's user."""
    now = int(time.time() * 1000)
    turns = [
        {
            "conversation_id": conversation,
            "turn_id": f"t-{n}",
            "role": "customer" if n % 2 == 0 else "agent",
            "participant_id": "c-1" if n % 2 == 0 else "a-1",
            "text": "i have been waiting for a week and nobody calls me back",
            "spoken_at": now - 60_000 + n * 5_000,
            "language": "en",
        }
        for n in range(6)
    ]
    producer = Producer(producer_config(settings_of(kafka.environment(ROLES[SENDER]))))
    for each in turns:
        producer.produce(
            PREFIX + "conversation.events",
            json.dumps(each),
            each["conversation_id"],
            headers={"ce_type": "conversation.turn"},
        )
    assert producer.flush(30) == 0
