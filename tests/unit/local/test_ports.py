"""Ports that nothing listens on."""

import socket
from contextlib import ExitStack

import pytest

from warmline.local import ports
from warmline.local.ports import LOOPBACK, free_ports


def four_in_a_row(held):
    """Return the first of four free ports, of which the second is taken now."""
    while True:
        (first,) = free_ports(1)
        with ExitStack() as stack:
            try:
                for port in range(first, first + 4):
                    stack.enter_context(socket.socket()).bind((LOOPBACK, port))
            except OSError:
                continue
        held.enter_context(socket.socket()).bind((LOOPBACK, first + 1))
        return first


@pytest.mark.parametrize("time", range(30))  # in whatever order the ports are tried
def test_a_port_is_chosen_where_the_one_above_it_is_free_too(monkeypatch, time):
    with ExitStack() as held:
        first = four_in_a_row(held)
        monkeypatch.setattr(ports, "RANGE", range(first, first + 4))
        assert free_ports(1, above=1) == [first + 2]
        assert sorted(free_ports(3)) == [first, first + 2, first + 3]
        with pytest.raises(OSError, match="no 4 are free"):
            free_ports(4)


def test_a_port_is_not_given_twice_while_others_are_left(monkeypatch):
    """Who was given one first may not listen yet: two services had one port, and each was taken for the other."""
    with ExitStack() as held:
        first = four_in_a_row(held)
    monkeypatch.setattr(ports, "RANGE", range(first, first + 4))
    assert {port for _ in range(3) for port in free_ports(1)} == {first + 1, first + 2, first + 3}, "first was given"
    assert len(free_ports(4)) == 4, "then again"
