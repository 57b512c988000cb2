"""Configuration, read from the environment only and checked once, before anything starts."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

# Variables that end like a dependency's but belong to other programs.
_NOT_DEPENDENCIES = re.compile(r"^(DATABASE|CACHE|AWS_.*|FIELDDAY_.*|OTEL_.*)_URL$")
_DEPENDENCY = re.compile(r"^([A-Z][A-Z0-9_]*)_URL$")
_NAME = re.compile(r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
_VERSION = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z._-]{0,61}[0-9A-Za-z])?")


Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_SHA256 = re.compile(r"[0-9a-f]{64}")
# This machine, private networks, and those of providers' own use, such as 198.18.0.0/15.
_PROXIES = (
    "127.0.0.0/8,::1/128,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10,198.18.0.0/15,"
    "fc00::/7,fe80::/10"
)


class SettingsError(ValueError):
    """A variable is missing or wrong; the text names variable, problem and fix."""


@dataclass(frozen=True, slots=True)
class Issuing:
    """What `auth` is told about the tokens that it gives out.

    client_secrets: the SHA-256 of each client's secret, by the client's name.
    key_encryption_key: seals the signing keys in the database; None: they end with the process.
    token_seconds: how long a token lives. sign_in_seconds: how long a sign-in goes on by its
        refresh tokens.
    key_seconds: how long a key signs until the next is made. key_lead_seconds: how long that is
        published before it signs.
    """

    client_secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    key_encryption_key: str | None = field(default=None, repr=False)
    token_seconds: int = 600
    sign_in_seconds: int = 2_592_000
    key_seconds: int = 2_592_000
    key_lead_seconds: int = 600


@dataclass(frozen=True, slots=True)
class Limits:
    """How many requests are answered. None: any number.

    per_user, per_address: a minute.
    trusted: proxies whose word is taken for the address that a request comes from.
    """

    per_user: int | None = None
    per_address: int | None = None
    trusted: tuple[Network, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """What the service is told. URLs may hold passwords, so they stay out of `repr` and logs.

    service: its name in the catalogue, such as "api".
    version, track: what runs here; labels of every metric.
    dependencies: name to base URL, from `<NAME>_URL`.
    issuer, audience: what a good token says of itself. The issuer names the
        environment, so that a token of staging is refused in production.
    client_secret: by which `auth` knows this service; None: it can't call what is for services.
    database_connections: at most so many at once, of this process.
    cache_url: None runs without a cache.
    cache_ttl_seconds: how long a record may be read from the cache.
    dependency_timeout_seconds: the limit of one call to a dependency.
    dependency_try_seconds: the limit of each try of such a call.
    max_body_bytes: a larger request body is refused with 413.
    drain_seconds: after SIGTERM, how long new requests are still served while connections close.
    grace_seconds: after that, how long requests in flight may take to finish.
    traces: whether traces are sent; where and which, OpenTelemetry's own variables say.
    """

    service: str
    version: str
    database_url: str = field(repr=False)
    environment: str = "development"
    track: str = "stable"
    host: str = "127.0.0.1"
    port: int = 8080
    issuer: str = "https://auth.development.fieldday.example"
    audience: str = "fieldday"
    client_secret: str | None = field(default=None, repr=False)
    pod: str = ""
    namespace: str = ""
    cache_url: str | None = field(default=None, repr=False)
    cache_ttl_seconds: int = 300
    dependencies: Mapping[str, str] = field(default_factory=dict, repr=False)
    dependency_timeout_seconds: float = 2.0
    dependency_try_seconds: float = 1.0
    max_body_bytes: int = 65_536
    drain_seconds: float = 1.0
    grace_seconds: float = 20.0
    log_level: str = "info"
    database_connections: int = 5
    traces: bool = False
    issuing: Issuing = field(default_factory=Issuing)
    limits: Limits = field(default_factory=Limits)


def load(environment: Mapping[str, str]) -> Settings:
    """Read and check the settings.

    Raises SettingsError for the first variable that is missing or wrong.
    """
    read = _Reader(environment)
    host = read.text("POD_IP", "127.0.0.1")
    try:
        ipaddress.ip_address(host)
    except ValueError as e:
        msg = f"POD_IP: {host!r} is not an IP address. Give the pod's, or 0.0.0.0 for all."
        raise SettingsError(msg) from e
    where = read.match("ENVIRONMENT", _NAME, "a name such as staging", "development")
    return Settings(
        service=read.match("SERVICE", _NAME, "a service's name such as api"),
        version=read.match("VERSION", _VERSION, "an image tag such as 1.4.2"),
        environment=where,
        issuer=read.text("TOKEN_ISSUER", f"https://auth.{where}.fieldday.example"),
        audience=read.text("TOKEN_AUDIENCE", "fieldday"),
        client_secret=environment.get("CLIENT_SECRET", "").strip() or None,
        track=read.choice("TRACK", ("stable", "candidate"), "stable"),
        host=host,
        port=int(read.number("PORT", 8080, 1, 65_535, whole=True)),
        pod=read.text("POD_NAME", ""),
        namespace=read.text("NAMESPACE", ""),
        database_url=read.url("DATABASE_URL", ("postgresql", "postgres")),
        cache_url=read.url("CACHE_URL", ("redis", "rediss"))
        if environment.get("CACHE_URL")
        else None,
        cache_ttl_seconds=int(read.number("CACHE_TTL_SECONDS", 300, 1, 86_400, whole=True)),
        dependencies=_dependencies(read, environment),
        dependency_timeout_seconds=read.number("DEPENDENCY_TIMEOUT_SECONDS", 2, 0.01, 60),
        dependency_try_seconds=read.number("DEPENDENCY_TRY_SECONDS", 1, 0.01, 60),
        max_body_bytes=int(read.number("MAX_BODY_BYTES", 65_536, 1, 16_777_216, whole=True)),
        drain_seconds=read.number("DRAIN_SECONDS", 1, 0, 60),
        grace_seconds=read.number("GRACE_SECONDS", 20, 1, 300),
        log_level=read.choice("LOG_LEVEL", ("debug", "info", "warning", "error"), "info"),
        database_connections=int(read.number("DATABASE_POOL", 5, 1, 50, whole=True)),
        traces=_traces(read, environment),
        issuing=_issuing(read, environment),
        limits=_limits(read),
    )


def _traces(read: _Reader, environment: Mapping[str, str]) -> bool:
    """Whether there is a collector to send traces to, by OpenTelemetry's own variables.

    https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
    """
    endpoints = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
    given = [name for name in endpoints if environment.get(name, "").strip()]
    for name in given:
        read.url(name, ("http", "https"))
    for name in ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"):
        # gRPC takes too much memory to load.
        read.choice(name, ("http/protobuf",), "http/protobuf")
    wanted = read.choice("OTEL_TRACES_EXPORTER", ("otlp", "none"), "otlp") == "otlp"
    disabled = read.text("OTEL_SDK_DISABLED", "false").lower() == "true"
    return bool(given) and wanted and not disabled


def _issuing(read: _Reader, environment: Mapping[str, str]) -> Issuing:
    key = environment.get("KEY_ENCRYPTION_KEY", "").strip() or None
    if key is not None and len(key) < 8:
        msg = "KEY_ENCRYPTION_KEY: is shorter than 8 characters. Give a long random text."
        raise SettingsError(msg)
    return Issuing(
        client_secrets=_client_secrets(read.text("CLIENT_SECRETS", "{}")),
        key_encryption_key=key,
        token_seconds=int(read.number("TOKEN_SECONDS", 600, 1, 3600, whole=True)),
        sign_in_seconds=int(read.number("SIGN_IN_SECONDS", 2_592_000, 60, 31_536_000, whole=True)),
        key_seconds=int(read.number("KEY_SECONDS", 2_592_000, 1, 31_536_000, whole=True)),
        key_lead_seconds=int(read.number("KEY_LEAD_SECONDS", 600, 0, 86_400, whole=True)),
    )


def _client_secrets(text: str) -> dict[str, str]:
    """The hashes by client. The text itself is in no message."""
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(
        isinstance(digest, str) and _SHA256.fullmatch(digest) for digest in found.values()
    ):
        msg = (
            "CLIENT_SECRETS: is not a JSON object of client names and SHA-256 sums of their"
            ' secrets. Give one such as {"api": "<64 hexadecimal digits>"}.'
        )
        raise SettingsError(msg)
    return found


def _limits(read: _Reader) -> Limits:
    per_user, per_address = (
        int(read.number(name, 0, 0, 1_000_000, whole=True)) or None
        for name in ("RATE_LIMIT_PER_USER", "RATE_LIMIT_PER_IP")
    )
    trusted = []
    for text in read.text("TRUSTED_PROXIES", _PROXIES).split(","):
        try:
            trusted.append(ipaddress.ip_network(text.strip()))
        except ValueError as e:
            msg = f"TRUSTED_PROXIES: {text[:80]!r} is no network. Give some such as 10.0.0.0/8,::1."
            raise SettingsError(msg) from e
    return Limits(per_user, per_address, tuple(trusted))


def _dependencies(read: _Reader, environment: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for variable in sorted(environment):
        matched = _DEPENDENCY.fullmatch(variable)
        if matched and environment[variable] and not _NOT_DEPENDENCIES.fullmatch(variable):
            name = matched[1].lower().replace("_", "-")
            found[name] = read.url(variable, ("http", "https")).rstrip("/")
    return found


class _Reader:
    """Reads one variable at a time; an empty one counts as missing."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def text(self, name: str, default: str | None = None) -> str:
        value = self._environment.get(name, "").strip() or default
        if value is None:
            msg = f"{name}: missing. Set it in the pod's environment (ConfigMap or Secret)."
            raise SettingsError(msg)
        return value

    def match(
        self, name: str, pattern: re.Pattern[str], right: str, default: str | None = None
    ) -> str:
        value = self.text(name, default)
        if not pattern.fullmatch(value):
            msg = f"{name}: {value[:80]!r} is not allowed. Give {right}."
            raise SettingsError(msg)
        return value

    def choice(self, name: str, choices: tuple[str, ...], default: str) -> str:
        value = self.text(name, default)
        if value not in choices:
            msg = f"{name}: {value[:80]!r} is unknown. Give one of {', '.join(choices)}."
            raise SettingsError(msg)
        return value

    def number(
        self, name: str, default: float, low: float, high: float, *, whole: bool = False
    ) -> float:
        text = self.text(name, str(default))
        try:
            value = int(text) if whole else float(text)
        except ValueError:
            value = float("nan")
        # Not a number fails both comparisons as well.
        if not low <= value <= high:
            kind = "a whole number" if whole else "a number"
            msg = f"{name}: {text[:80]!r} is not allowed. Give {kind} from {low:g} to {high:g}."
            raise SettingsError(msg)
        return value

    def url(self, name: str, schemes: tuple[str, ...]) -> str:
        value = self.text(name)
        scheme, separator, rest = value.partition("://")
        # The value itself is not repeated: it may hold a password.
        if not separator or scheme not in schemes or not rest:
            msg = f"{name}: is not a URL of this kind. Give one that starts with {schemes[0]}://."
            raise SettingsError(msg)
        return value
