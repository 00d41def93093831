"""The table of rules that takes over one port, for as long as the lease is renewed."""

import json
import subprocess

from .failure import forbidden, unsupported

# The user that the unprivileged program runs as; only its datagrams renew the lease.
USER = 4242

# Seconds without renewal after which the kernel lets go by itself.
LEASE = 2

PREFIX = "sidestep_"

# Destination NAT is at -100: what Swarm's ingress redirects inside the namespace is seen after
# it. `add` before `delete`, so that the table may exist or not; all in one transaction.
RULES = """
add table inet {table}
delete table inet {table}
table inet {table} {{
 set ports {{ type inet_service; elements = {{ {port} }} }}
 set live {{ type inet_service; flags dynamic,timeout; timeout {lease}s; size 64; }}
 chain renewal {{
  type filter hook output priority mangle;
  oifname "lo" meta skuid {user} udp dport @ports update @live {{ udp dport timeout {lease}s }} drop
 }}
 chain takeover {{
  type filter hook prerouting priority -90;
{takeovers}
 }}
}}
"""

TAKEOVERS = {
    4: 'iifname != "lo" meta nfproto ipv4 tcp dport @live tproxy ip to 127.0.0.1:{to} accept',
    6: 'iifname != "lo" meta nfproto ipv6 tcp dport @live tproxy ip6 to [::1]:{to} accept',
}


def load(port, to, families):
    """Loads the table of a port, or replaces it; nothing is taken before the first renewal."""
    takeovers = "\n".join("  " + TAKEOVERS[family].format(to=to) for family in families)
    rules = RULES.format(
        table=table_of(port), port=port, lease=LEASE, user=USER, takeovers=takeovers
    )
    done = run(["-f", "-"], rules)
    if done.returncode != 0:
        said = " ".join(done.stderr.split())
        if "Operation not permitted" in said:
            raise forbidden("nft said: %s" % said)
        raise unsupported("nft said: %s" % said)


def remove(port):
    """Removes the table of a port; whether there was one."""
    return run(["delete", "table", "inet", table_of(port)]).returncode == 0


def is_live(port):
    """Whether the lease on a port is in force."""
    done = run(["-j", "list", "set", "inet", table_of(port), "live"])
    if done.returncode != 0:
        return False
    listed = json.loads(done.stdout)["nftables"]
    return any(item["set"].get("elem") for item in listed if "set" in item)


def ports():
    """The ports that have a table of ours in this namespace."""
    done = run(["-j", "list", "tables", "inet"])
    if done.returncode != 0:
        said = " ".join(done.stderr.split())
        raise forbidden("nft said: %s" % said)
    names = [item["table"]["name"] for item in json.loads(done.stdout)["nftables"]
             if "table" in item]
    numbers = [name[len(PREFIX):] for name in names if name.startswith(PREFIX)]
    return sorted(int(number) for number in numbers if number.isdigit())


def table_of(port):
    """The name of a port's table."""
    return PREFIX + str(port)


def run(arguments, text=None):
    """Runs nft, with this text as its input."""
    try:
        return subprocess.run(
            ["nft"] + arguments,
            input=text,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
        )
    except OSError as error:
        raise unsupported("nft could not be run: %s" % error)
