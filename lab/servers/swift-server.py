"""Runs Debian's Swift from a folder of the lab instead of /etc/swift, whose path the servers do not let one choose.

    swift-server.py rings DIR HOST account:PORT container:PORT object:PORT
    swift-server.py serve DIR account|container|object|proxy
"""

import sys

from swift.common import utils

# Before anything else of Swift is imported: policies and constraints are read on import.
utils.SWIFT_CONF_FILE = f"{sys.argv[2]}/swift.conf"

from swift.common.ring import RingBuilder  # noqa: E402
from swift.common.wsgi import run_wsgi  # noqa: E402

PARTITION_POWER = 6
REPLICAS = 1
MIN_PART_HOURS = 0


def make_rings(folder, host, services):
    for service in services:
        name, port = service.split(":")
        builder = RingBuilder(PARTITION_POWER, REPLICAS, MIN_PART_HOURS)
        builder.add_dev(
            dict(region=1, zone=1, ip=host, port=int(port), device="d1", weight=1.0)
        )
        builder.rebalance()
        builder.get_ring().save(f"{folder}/{name}.ring.gz")


if sys.argv[1] == "rings":
    make_rings(sys.argv[2], sys.argv[3], sys.argv[4:])
else:
    sys.exit(run_wsgi(f"{sys.argv[2]}/{sys.argv[3]}-server.conf", f"{sys.argv[3]}-server"))
