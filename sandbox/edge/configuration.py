"""HAProxy's configuration: fixed; what varies is in maps and in a pool of empty backends."""

from __future__ import annotations

POOL = 256
"""How many ports of Services the edge can serve."""

SOCKET = "admin.sock"
ROUTES, SPLITS, SERVICES, STATE = "routes.map", "splits.map", "services.map", "state.map"
MAPS = (ROUTES, SPLITS, SERVICES, STATE)


def slot(number: int) -> str:
    """The name of a backend of the pool."""
    return f"be{number:03}"


def configuration(edge: int, proxy: int, metrics: int) -> str:
    """The text of haproxy.cfg for these ports of 127.0.0.1. Paths are relative to its folder."""
    pool = "\n".join(f"backend {slot(number)}" for number in range(POOL))
    # Until the maps are filled, it is unknown whether a route exists.
    synced = f"str(synced),map_str({STATE}) -m found"
    return f"""\
global
    nbthread 2
    maxconn 4096
    stats socket unix@{SOCKET} mode 600 level admin
    stats timeout 1h
defaults
    mode http
    timeout connect 1s
    timeout client 60s
    timeout server 30s
    timeout http-request 10s
    timeout http-keep-alive 60s
    timeout queue 2s
    timeout tunnel 1h
    # A pod that is killed loses no request. A POST that it had begun may be done twice.
    option redispatch 1
    retries 3
    retry-on conn-failure empty-response
    # A request can be sent again only if it was here whole before it was sent first.
    option http-buffer-request
    http-reuse safe
    balance roundrobin
    option dontlognull
backend splits
    stick-table type string len 64 size 4k store gpc0

# Users' requests. The longest prefix wins; the split counts, so that it is exact.
frontend edge
    bind 127.0.0.1:{edge}
    http-request return status 503 content-type text/plain string "not yet" unless {{ {synced} }}
    # In place of what the client says of itself: services limit requests by address.
    http-request set-header X-Forwarded-For %[src]
    http-request set-var(txn.key) req.hdr(host),field(1,:),lower
    http-request set-var(txn.path) path
    http-request set-var(txn.key) var(txn.key),concat(,txn.path,/)
    http-request set-var(txn.route) var(txn.key),map_beg({ROUTES})
    http-request return status 404 content-type text/plain string "no route" unless {{ var(txn.route) -m found }}
    http-request set-var(txn.split) var(txn.route),map_str({SPLITS})
    http-request track-sc0 var(txn.route) table splits
    http-request set-var(txn.weight) var(txn.split),field(3,|)
    # 37 and 100 have no common factor: every hundred has each number once, well mixed.
    http-request set-var(txn.number) sc0_inc_gpc0,mul(37),mod(100)
    http-request set-var(txn.backend) var(txn.split),field(2,|) if {{ var(txn.number),sub(txn.weight) lt 0 }}
    http-request set-var(txn.backend) var(txn.split),field(1,|) unless {{ var(txn.backend) -m found }}
    use_backend %[var(txn.backend)]

# Pods' requests to Services, for which there is no DNS here.
frontend proxy
    bind 127.0.0.1:{proxy}
    http-request return status 503 content-type text/plain string "not yet" unless {{ {synced} }}
    http-request set-var(txn.backend) req.hdr(host),lower,map_str({SERVICES})
    http-request return status 502 content-type text/plain string "no such Service" unless {{ var(txn.backend) -m found }}
    http-request set-uri %[pathq]
    http-request del-header proxy-connection
    use_backend %[var(txn.backend)]

frontend metrics
    bind 127.0.0.1:{metrics}
    http-request use-service prometheus-exporter if {{ path /metrics }}
    http-request return status 200 content-type text/plain string "ok" if {{ path /ready }} {{ {synced} }}
    http-request return status 503 content-type text/plain string "not yet"

{pool}
"""  # noqa: E501 - one directive a line
