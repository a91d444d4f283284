"""Settings: every variable checked by name, secrets never shown."""

import pytest
from msgspec.structs import FieldInfo, fields

from warmline.settings import Secret, Settings, SettingsError, load_settings, wanted as in_words


def test_variables_become_settings_and_the_rest_keeps_its_default() -> None:
    settings = load_settings({"WARMLINE_HTTP_PORT": "9102", "WARMLINE_KAFKA_BROKERS": "a:1,b:2", "HOME": "/nowhere"})
    assert (settings.http_port, settings.kafka_brokers, settings.batch_max) == (9102, "a:1,b:2", 1000)


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("HTTP_PORT", "eighty", "a whole number, at least 0, at most 65535"),
        ("HTTP_PORT", "65536", "a whole number, at least 0, at most 65535"),
        ("DRAIN_S", "20s", "a number, above 0, at most 600"),
        ("LOG_LEVEL", "INFO", "one of debug, error, info, warning"),
        ("KAFKA_SASL_MECHANISM", "hunter2", "one of nothing, PLAIN, SCRAM-SHA-256, SCRAM-SHA-512"),
        (
            "REDIS_PREFIX",
            "a b",
            "text, of a length of at least 1, of a length of at most 32, matching ^[A-Za-z0-9_-]+$",
        ),
    ],
)
def test_a_wrong_value_is_named_with_what_it_should_be_and_never_said(name: str, value: str, wanted: str) -> None:
    with pytest.raises(SettingsError) as told:
        load_settings({f"WARMLINE_{name}": value})
    assert str(told.value) == f"WARMLINE_{name}: should be {wanted}"


@pytest.mark.parametrize("field", [each for each in fields(Settings) if each.type is not Secret], ids=lambda f: f.name)
def test_of_every_setting_it_can_be_said_what_it_should_be(field: FieldInfo) -> None:
    assert in_words(field.name)


def test_an_unknown_variable_is_a_typing_mistake_and_is_named() -> None:
    with pytest.raises(SettingsError, match="WARMLINE_KAFKA_BROKER:"):
        load_settings({"WARMLINE_KAFKA_BROKER": "a:1"})


def test_what_kubernetes_makes_of_a_service_called_warmline_is_not_ours() -> None:
    load_settings({"WARMLINE_GATEWAY_SERVICE_HOST": "10.0.0.1", "WARMLINE_GATEWAY_PORT_8080_TCP": "tcp://10.0.0.1"})


def test_secrets_show_nowhere_but_where_they_are_asked_for() -> None:
    settings = load_settings({"WARMLINE_REDIS_PASSWORD": "hunter2", "WARMLINE_REDIS_URL": "redis://:hunter2@h"})
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in f"{settings.redis_password} {settings.redis_url}"
    assert settings.redis_password.reveal() == "hunter2"
    assert isinstance(settings.redis_password, Secret)
