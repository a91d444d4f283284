"""Headers as the client gives them, and as it fails to."""

from typing import Any

from warmline.bus.envelope import header, headers_read


class Unspeakable:
    """What confluent-kafka does with a header name that is not UTF-8 (seen in 2.16): whoever asks twice dies."""

    def __init__(self) -> None:
        self.asked = 0

    def headers(self) -> Any:
        self.asked += 1
        raise SystemError("returned a result with an exception set")


class Spoken:
    def __init__(self, headers: Any) -> None:
        self._headers = headers

    def headers(self) -> Any:
        return self._headers


def test_a_name_that_cannot_be_said_costs_the_headers_and_is_asked_for_once() -> None:
    message: Any = Unspeakable()
    assert headers_read(message) == []
    assert message.asked == 1


def test_headers_keep_their_order_and_of_two_the_newest_counts() -> None:
    message: Any = Spoken([("a", b"1"), ("b", b"2"), ("a", b"3")])
    headers = headers_read(message)
    assert headers == [("a", b"1"), ("b", b"2"), ("a", b"3")]
    assert header(headers, "a") == b"3"
    none: Any = Spoken(None)
    assert headers_read(none) == []
