"""A real Kafka that asks who one is: SASL (SCRAM) over TLS, mutual TLS, and an authorizer that refuses by default.

Its plain listener, on the loopback address, is the administrator's.
"""

from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from confluent_kafka.admin import (
    AclBindingFilter,
    AdminClient,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from tests.parts.obtain import LackingError
from tests.support.certificates import make_certificates, make_client_certificate
from warmline.access.kafka_grants import as_binding, grant
from warmline.access.kafka_rights import KafkaRight, kafka_rights
from warmline.access.roles import Role
from warmline.local.kafka_jars import FetchFailedError
from warmline.local.kafka_jvm import KafkaCluster, KafkaUnavailableError
from warmline.local.ports import LOOPBACK, free_ports
from warmline.local.valkey_options import TlsFiles
from warmline.local.waiting import wait_until

PASSWORD = "correct-horse-"  # noqa: S105  of a broker that lives for a minute


def user_of(role: Role) -> str:
    return f"warmline-{role.name}"


def password_of(role: Role) -> str:
    return PASSWORD + role.name


@dataclass
class SecuredKafka:
    """The broker, and the environment by which a role reaches it."""

    admin_bootstrap: str
    sasl_bootstrap: str
    tls_bootstrap: str
    tls: TlsFiles
    folder: Path

    @cached_property
    def admin(self) -> AdminClient:
        """One client, kept: a client that goes takes its unfinished calls with it."""
        return AdminClient({"bootstrap.servers": self.admin_bootstrap, "log_level": 0})

    def environment(self, role: Role) -> dict[str, str]:
        """As this role's user, by SASL over TLS."""
        return {
            "WARMLINE_KAFKA_BROKERS": self.sasl_bootstrap,
            "WARMLINE_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "WARMLINE_KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
            "WARMLINE_KAFKA_SASL_USERNAME": user_of(role),
            "WARMLINE_KAFKA_SASL_PASSWORD": password_of(role),
            "WARMLINE_KAFKA_SSL_CA_FILE": str(self.tls.authority),
        }

    def certificate_environment(self, role: Role) -> dict[str, str]:
        """As this role's user, by its certificate."""
        own = make_client_certificate(self.folder, self.tls, user_of(role))
        return {
            "WARMLINE_KAFKA_BROKERS": self.tls_bootstrap,
            "WARMLINE_KAFKA_SECURITY_PROTOCOL": "SSL",
            "WARMLINE_KAFKA_SSL_CA_FILE": str(self.tls.authority),
            "WARMLINE_KAFKA_SSL_CERT_FILE": str(own.certificate),
            "WARMLINE_KAFKA_SSL_KEY_FILE": str(own.key),
        }

    def make_user(self, role: Role) -> None:
        credential = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
        change = UserScramCredentialUpsertion(user_of(role), credential, password_of(role).encode())
        self.admin.alter_user_scram_credentials([change])[user_of(role)].result()

    def grant(self, role: Role, prefix: str) -> None:
        grant(self.admin, [as_binding(right, f"User:{user_of(role)}") for right in kafka_rights(role, prefix)])

    def give(self, role: Role, right: KafkaRight) -> None:
        grant(self.admin, [as_binding(right, f"User:{user_of(role)}")])

    def take(self, role: Role, right: KafkaRight) -> None:
        """Take one right away, and wait until the broker says so."""
        binding = as_binding(right, f"User:{user_of(role)}")
        one = AclBindingFilter(*(getattr(binding, name) for name in FILTERED))
        self.admin.delete_acls([one])[one].result()
        wait_until(lambda: not self.admin.describe_acls(one).result(), timeout=10, what=f"{right} to be gone")


FILTERED = ("restype", "name", "resource_pattern_type", "principal", "host", "operation", "permission_type")


def start_secured(stack: ExitStack, folder: Path, host: str = LOOPBACK) -> SecuredKafka:
    """Start it; LackingError where Java, Kafka or openssl is missing.

    Args:
        stack: Ends it.
        folder: For certificates.
        host: Address of the listeners that ask who one is, such as one that pods reach.
    """
    try:
        tls = make_certificates(folder, host)
    except FileNotFoundError as reason:
        raise LackingError("no openssl to make certificates with") from reason
    store = folder / "keystore.pem"
    store.write_text(tls.key.read_text() + tls.certificate.read_text())
    sasl, ssl = free_ports(2)
    settings = {
        "listeners": f"{{default}},SASL_SSL://{host}:{sasl},SSL://{host}:{ssl}",
        "listener.security.protocol.map": "{default},SASL_SSL:SASL_SSL,SSL:SSL",
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": (
            "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        ),
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(store),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(tls.authority),
        "listener.name.ssl.ssl.client.auth": "required",
        "listener.name.ssl.ssl.principal.mapping.rules": "RULE:^CN=([^,]+).*$/$1/,DEFAULT",
    }
    try:
        cluster = stack.enter_context(KafkaCluster(settings=settings))
    except (KafkaUnavailableError, FetchFailedError) as reason:
        raise LackingError(str(reason)) from reason
    return SecuredKafka(cluster.bootstrap, f"{host}:{sasl}", f"{host}:{ssl}", tls, folder)
