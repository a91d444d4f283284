"""Ports that nothing listens on."""

import socket
from contextlib import ExitStack

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


def test_a_port_is_chosen_where_the_one_above_it_is_free_too(monkeypatch):
    with ExitStack() as held:
        first = four_in_a_row(held)
        monkeypatch.setattr(ports, "RANGE", range(first, first + 4))
        assert free_ports(1, above=1) == [first + 2]
        assert sorted(free_ports(3)) == [first, first + 2, first + 3]
