"""Removes the tables that killed launchers left behind; never one whose lease is renewed."""

import time

from . import nft
from .start import port_from


def run(port_text):
    """Removes the table of one port, or all that nobody renews; prints what was done."""
    if port_text is not None:
        wanted = port_from(port_text)
        found = [port for port in nft.ports() if port == wanted]
    else:
        found = nft.ports()
    for port in found:
        if outlives_its_lease(port):
            print("left %s: its lease is being renewed" % nft.table_of(port))
        elif nft.remove(port):
            print("removed %s" % nft.table_of(port))
    if not found:
        print("nothing to remove")
    return 0


def outlives_its_lease(port):
    """Whether somebody renews it; one whose owner was killed just now is waited for."""
    deadline = time.monotonic() + nft.LEASE + 0.5
    while nft.is_live(port):
        if time.monotonic() > deadline:
            return True
        time.sleep(0.1)
    return False
