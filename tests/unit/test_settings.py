"""Settings: every variable checked by name, secrets never shown."""

import pytest

from warmline.settings import Secret, SettingsError, load_settings


def test_variables_become_settings_and_the_rest_keeps_its_default() -> None:
    settings = load_settings({"WARMLINE_HTTP_PORT": "9102", "WARMLINE_KAFKA_BROKERS": "a:1,b:2", "HOME": "/nowhere"})
    assert (settings.http_port, settings.kafka_brokers, settings.batch_max) == (9102, "a:1,b:2", 1000)


def test_a_wrong_value_is_named() -> None:
    with pytest.raises(SettingsError, match="WARMLINE_HTTP_PORT"):
        load_settings({"WARMLINE_HTTP_PORT": "eighty"})


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
