"""Where a process finds its parts: read once from the environment, checked, then frozen.

What a service should *do* is in the policy file. What it should *reach* is here. Every variable is `WARMLINE_` and the
name of the field in capitals; the README has a table of all. Secrets are `Secret`s, which print as `***`.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

PREFIX = "WARMLINE_"
NOT_OURS = re.compile(r"^WARMLINE_(TEST_|.*_SERVICE_(HOST|PORT)|.*_PORT($|_\d+_))")
"""Variables that share the prefix: the tests' own, and those that Kubernetes makes of a service called warmline-*."""


class Secret(str):
    """A string that never shows itself in a log, an error or a repr. `reveal` gives the value."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"

    def __str__(self) -> str:
        return "***"

    def __format__(self, _spec: str) -> str:
        return "***"

    def reveal(self) -> str:
        """Return the secret, for the client that needs it."""
        return str.__str__(self)


KINDS_IN_WORDS = {"number": "a number", "integer": "a whole number", "boolean": "true or false", "string": "text"}
BOUNDS_IN_WORDS = {
    "minimum": "at least",
    "exclusiveMinimum": "above",
    "maximum": "at most",
    "exclusiveMaximum": "below",
    "minLength": "of a length of at least",
    "maxLength": "of a length of at most",
    "pattern": "matching",
}


class SettingsError(ValueError):
    """A variable is wrong; the message names it and what it should be."""


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything a service process is told from outside.

    Attributes:
        kafka_brokers: Bootstrap servers, `host:port`, comma-separated.
        kafka_security_protocol: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL.
        kafka_sasl_mechanism: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512.
        kafka_sasl_username: SASL user.
        kafka_sasl_password: SASL password.
        kafka_ssl_ca_file: CA certificate file (PEM) that signed the brokers' certificates.
        kafka_ssl_cert_file: Client certificate file (PEM), for mutual TLS.
        kafka_ssl_key_file: Client key file (PEM), for mutual TLS.
        kafka_extra: Further librdkafka settings, `name=value`, comma-separated; they win over ours.
        topic_prefix: Put before every topic name and consumer group, so that deployments can share a cluster.
        redis_url: redis://, rediss:// (TLS), redis+sentinel://host:port,host:port/SERVICE, redis+cluster://host:port.
        redis_username: ACL user, if not in the address.
        redis_password: Password, if not in the address.
        redis_ssl_ca_file: CA certificate file (PEM) that signed the server's certificate.
        redis_sentinel_username: ACL user at the sentinels; empty for their default user.
        redis_sentinel_password: Password at the sentinels; empty where they ask for none. The master's is never sent.
        redis_sentinel_tls: `auto` speaks with the sentinels of rediss+sentinel:// over TLS as with the master; `off`
            for sentinels without it.
        redis_prefix: First part of every key.
        store_buckets: Hash tags that keys and timers spread over; a multiple of the partitions, fixed while the
            store lives.
        policy_file: Policy file; empty for the default policy.
        model_folder: Folder of the model; empty for the shipped one.
        http_host: Address of /metrics, /livez and /readyz.
        http_port: Their port; 0 takes a free one and logs it.
        batch_max: Most records of one batch.
        batch_wait_ms: Longest wait for the first record of a batch, ms.
        drain_s: Deadline of a clean stop, seconds: below the platform's grace period.
        dead_letter_limit_ratio: Share of dead letters among the last dead_letter_limit_window records that stops the
            service.
        dead_letter_limit_window: How many records that share is taken over; the limit needs them full.
        log_level: debug, info, warning or error.
        revision: Commit that the image was built from; the image sets it, warmline_build_info shows it.
        delivery: `at_least_once`, or `transactional` for consumers that read committed.
        traces_exporter: `none` passes the contexts of traces on and no more; `otlp` makes spans and exports them.
        traces_sample_ratio: Share of the traces that begin here which is recorded, 0 to 1; who sends a context
            decides for its trace.
        traces_endpoint: Base address of the OTLP/HTTP receiver; empty for OTEL_EXPORTER_OTLP_ENDPOINT.
        gateway_listen: Where the gateway serves, host:port; port 0 takes a free one and logs it.
        gateway_public_url: Address by which others reach it, for example https://warmline.example; signs of vendors and
            secure cookies go by it.
        gateway_keys_file: File of the gateway's API keys, which `warmline keys create` writes; empty for none.
        gateway_key_pepper: Mixed into the keys' digests; a change makes all keys invalid.
        gateway_session_secret: Signs the console's sessions, the same on every instance; empty for one that ends with
            the process.
        gateway_pseudonym_key: Keys the hashes that stand for telephone numbers and addresses in vendors' payloads, the
            same on every instance and for `warmline adapt`; a change gives people other ids. Empty: whoever sees such
            an id finds the number by trying all there are.
        gateway_oidc_issuer: Issuer of bearer tokens; empty for none.
        gateway_oidc_audience: What its tokens must be for.
        gateway_oidc_jwks_url: Where its keys are; empty to ask the issuer.
        gateway_oidc_algorithms: The only signatures taken, comma-separated; asymmetric ones alone.
        gateway_oidc_scope_claim: Claim of a token that holds the scopes.
        gateway_oidc_agent_claim: Claim of a token that holds the agent's id.
        gateway_oidc_groups_claim: Claim of a token that holds the groups.
        gateway_adapters_file: Settings of the vendor adapters (YAML): what payloads do not tell, in-house formats.
        gateway_vendor_secrets: Secrets by which vendors sign, `vendor=secret`, comma-separated.
        gateway_rate_per_s: Turns or requests a second of one caller, where its key says nothing else.
        gateway_body_max_bytes: Largest body of a request, where the caller's key says nothing else.
        gateway_ack_timeout_s: How long a request waits for the broker before it is answered 503, seconds.
    """

    kafka_brokers: Annotated[str, Meta(min_length=1)] = "localhost:9092"
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_sasl_mechanism: Literal["", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = ""
    kafka_sasl_username: str = ""
    kafka_sasl_password: Secret = Secret("")
    kafka_ssl_ca_file: str = ""
    kafka_ssl_cert_file: str = ""
    kafka_ssl_key_file: str = ""
    kafka_extra: str = ""
    topic_prefix: str = ""
    redis_url: Secret = Secret("redis://localhost:6379/0")
    redis_username: str = ""
    redis_password: Secret = Secret("")
    redis_ssl_ca_file: str = ""
    redis_sentinel_username: str = ""
    redis_sentinel_password: Secret = Secret("")
    redis_sentinel_tls: Literal["auto", "off"] = "auto"
    redis_prefix: Annotated[str, Meta(min_length=1, max_length=32, pattern="^[A-Za-z0-9_-]+$")] = "wl"
    store_buckets: Annotated[int, Meta(ge=1, le=4096)] = 48
    policy_file: str = ""
    model_folder: str = ""
    http_host: str = "127.0.0.1"
    http_port: Annotated[int, Meta(ge=0, le=65_535)] = 0
    batch_max: Annotated[int, Meta(ge=1, le=10_000)] = 1000
    batch_wait_ms: Annotated[int, Meta(ge=1, le=10_000)] = 100
    drain_s: Annotated[float, Meta(gt=0, le=600)] = 20.0
    dead_letter_limit_ratio: Annotated[float, Meta(gt=0, le=1)] = 0.5
    dead_letter_limit_window: Annotated[int, Meta(ge=10, le=1_000_000)] = 20_000
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    revision: Annotated[str, Meta(max_length=64)] = ""
    delivery: Literal["at_least_once", "transactional"] = "at_least_once"
    traces_exporter: Literal["none", "otlp"] = "none"
    traces_sample_ratio: Annotated[float, Meta(ge=0.0, le=1.0)] = 0.01
    traces_endpoint: str = ""
    gateway_listen: str = "127.0.0.1:8080"
    gateway_public_url: str = ""
    gateway_keys_file: str = ""
    gateway_key_pepper: Secret = Secret("")
    gateway_session_secret: Secret = Secret("")
    gateway_pseudonym_key: Secret = Secret("")
    gateway_oidc_issuer: str = ""
    gateway_oidc_audience: str = ""
    gateway_oidc_jwks_url: str = ""
    gateway_oidc_algorithms: str = "RS256,ES256"
    gateway_oidc_scope_claim: str = "scope"
    gateway_oidc_agent_claim: str = "agent_id"
    gateway_oidc_groups_claim: str = "groups"
    gateway_adapters_file: str = ""
    gateway_vendor_secrets: Secret = Secret("")
    gateway_rate_per_s: Annotated[float, Meta(gt=0, le=1_000_000)] = 5000.0
    gateway_body_max_bytes: Annotated[int, Meta(ge=1024, le=67_108_864)] = 4_194_304
    gateway_ack_timeout_s: Annotated[float, Meta(gt=0, le=60)] = 10.0


def load_settings(environment: Mapping[str, str]) -> Settings:
    """Return the settings that an environment's `WARMLINE_` variables give; the rest keeps its default.

    Raises:
        SettingsError: A variable's value is wrong, or its name is unknown (a typing mistake would else go unseen).
    """
    known = {field.name for field in msgspec.structs.fields(Settings)}
    given: dict[str, Any] = {}
    for variable, value in environment.items():
        name = variable.removeprefix(PREFIX).lower()
        if not variable.startswith(PREFIX) or (name not in known and NOT_OURS.match(variable)):
            continue
        if name not in known:
            raise SettingsError(f"{variable}: there is no such setting; known: {', '.join(sorted(known))}")
        given[name] = value
    try:
        return msgspec.convert(given, Settings, strict=False, dec_hook=_decode)
    except msgspec.ValidationError as error:
        name = str(error).rpartition("$.")[2].rstrip("`")
        raise SettingsError(f"{PREFIX}{name.upper()}: should be {wanted(name)}") from error


def wanted(name: str) -> str:
    """Return in words what values a setting takes."""
    (kind,) = (field.type for field in msgspec.structs.fields(Settings) if field.name == name)
    schema = msgspec.json.schema(kind)
    if "enum" in schema:
        return f"one of {', '.join(choice or 'nothing' for choice in schema['enum'])}"
    bounds = [f"{words} {schema[key]}" for key, words in BOUNDS_IN_WORDS.items() if key in schema]
    return ", ".join([KINDS_IN_WORDS[schema["type"]], *bounds])


def _decode(wanted: type, value: object) -> object:
    if wanted is Secret and isinstance(value, str):
        return Secret(value)
    raise NotImplementedError(f"no way to read a {wanted.__name__}")
