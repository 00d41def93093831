"""Looks at a network namespace without touching it.

Prints one line of JSON: the ports of tables of ours (`tables`) with those whose lease is in force
(`live`), and for each port that something listens on beyond loopback (`listening`) how many
connections from elsewhere are established (`established`).
"""

import json
import re

from . import idle, nft


def run():
    """Reads only."""
    tables = nft.ports()
    listening = listening_ports(idle.ss("-tlnHO").stdout)
    print(json.dumps({
        "tables": tables,
        "live": [port for port in tables if nft.is_live(port)],
        "listening": listening,
        "established": {
            port: len(idle.old_connections(idle.established(port))) for port in listening
        },
    }))
    return 0


def listening_ports(listing):
    """The ports that can be reached from elsewhere."""
    ports = set()
    for line in listing.splitlines():
        fields = line.split()
        if len(fields) < 4:
            continue
        host, _, port = fields[3].rpartition(":")
        if port.isdigit() and not re.match(r"\[?(::ffff:)?127\.|\[::1\]", host):
            ports.add(int(port))
    return sorted(ports)
