"""An address of the store that is none is refused by the variable's name, before anything is asked of a network."""

import pytest

from warmline.settings import Secret, Settings, SettingsError
from warmline.store.connect import Connection


@pytest.mark.parametrize(
    "address",
    [
        "",
        "localhost:6379",
        "redis://host:abc",
        "redis://host:99999/",
        "redis://[::1",
        "redis://host/customers",
        "redis://host/0?foo=bar",
        "redis://host/0?socket_timeout=abc",
        "redis+sentinel://host:abc/main",
        "redis+sentinel://host/main?db=x",
        "redis+sentinel://host",
        "redis+cluster://host:99999x",
    ],
)
def test_what_is_no_address_is_refused_by_the_name_of_the_variable(address):
    with pytest.raises(SettingsError, match=r"^WARMLINE_REDIS_URL: "):
        Connection(Settings(redis_url=Secret(address)))


@pytest.mark.parametrize(
    "address",
    [
        "redis://host",
        "redis://user:pass%40word@host:6380/3",
        "rediss://host/0",
        "redis://[::1]:6379/1",
        "unix:///run/redis.sock",
        "redis+sentinel://one,two:26380/main?db=2",
    ],
)
def test_what_is_one_is_taken_and_nobody_is_asked(address):
    Connection(Settings(redis_url=Secret(address))).close()
