import ssl
import subprocess
import sys

import pytest
from faust.auth import SASLCredentials, SSLCredentials

from warmline.settings import Secret, Settings
from warmline.wellbeing.faust_app import METADATA_S, build_app, credentials, tls_context
from warmline.wellbeing.faust_consumer import ExplicitConsumer, ExplicitTransport

PLAIN = Settings(kafka_brokers="one:9092, two:9092")


@pytest.fixture
def app(monkeypatch):
    for name, value in {"BROKER_URL": "kafka://elsewhere", "WEB_ENABLED": "yes", "PRODUCER_ACKS": "0"}.items():
        monkeypatch.setenv(name, value)
    return build_app(PLAIN, "prefix.wellbeing")


def test_the_app_is_made_from_our_settings_alone(app):
    assert [str(url) for url in app.conf.broker] == ["aiokafka://one:9092", "aiokafka://two:9092"]
    assert app.conf.id == "prefix.wellbeing"
    assert app.conf.producer_acks == -1
    assert app.conf.consumer_auto_offset_reset == "earliest"
    assert app.conf.consumer_metadata_max_age_ms == METADATA_S * 1000


def test_what_we_do_not_need_is_off(app):
    assert not app.conf.web_enabled
    assert not app.conf.topic_allow_declare
    assert app.conf.topic_disable_leader
    assert str(app.conf.store) == "memory:"
    assert not app.conf.datadir.exists()


def test_the_consumer_is_the_one_that_commits_what_it_is_told(app):
    assert isinstance(app.transport, ExplicitTransport)
    assert app.transport.Consumer is ExplicitConsumer


def test_plain_text_needs_no_credentials():
    assert credentials(PLAIN) is None


def test_tls_and_sasl_are_passed_on():
    tls = credentials(Settings(kafka_security_protocol="SSL"))
    assert isinstance(tls, SSLCredentials)
    assert tls.context.check_hostname
    sasl = {"kafka_sasl_mechanism": "SCRAM-SHA-512", "kafka_sasl_username": "u", "kafka_sasl_password": Secret("p")}
    plain = credentials(Settings(kafka_security_protocol="SASL_PLAINTEXT", **sasl))
    assert isinstance(plain, SASLCredentials)
    assert (plain.protocol.value, plain.mechanism.value) == ("SASL_PLAINTEXT", "SCRAM-SHA-512")
    assert (plain.username, plain.password, plain.ssl_context) == ("u", "p", None)
    both = credentials(Settings(kafka_security_protocol="SASL_SSL", **sasl))
    assert both.protocol.value == "SASL_SSL"
    assert both.ssl_context is not None


def test_importing_the_service_imports_no_faust():
    code = "import sys, warmline.wellbeing.service; assert not {'faust', 'mode', 'aiokafka'} & sys.modules.keys()"
    subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": "services"}, check=True)


def test_a_certificate_of_our_own_is_shown_to_the_brokers(monkeypatch):
    shown = []
    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", lambda _self, *files: shown.append(files))
    tls_context(Settings())
    tls_context(Settings(kafka_ssl_cert_file="ours.pem", kafka_ssl_key_file="ours.key"))
    assert shown == [("ours.pem", "ours.key")]
