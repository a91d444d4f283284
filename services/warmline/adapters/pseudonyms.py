"""What stands for people: ids made of their telephone numbers and addresses, which do not lead back to them."""

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Self

from warmline.contracts.ids import ID_BYTES, UNIT_SEPARATOR, deterministic_id

DERIVED_BYTES = 32


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Makes the same id of the same address each time, and another one under another key.

    There are few enough telephone numbers to try them all in minutes: without a key, whoever sees an id finds the
    number it was made of.

    Attributes:
        key: BLAKE2b's key, at most 64 bytes; empty for ids that depend on the address alone.
    """

    key: bytes = field(default=b"", repr=False)

    @classmethod
    def of_secret(cls, secret: str) -> Self:
        """Return the pseudonyms of a secret of any length; space around it counts for nothing, a blank one is none."""
        # os.environ gives bytes that are not UTF-8 as lone surrogates; this gives the bytes back.
        key = secret.strip().encode("utf-8", "surrogateescape")
        if len(key) > blake2b.MAX_KEY_SIZE:
            key = blake2b(key, digest_size=DERIVED_BYTES).digest()
        return cls(key)

    def of(self, address: str) -> str:
        """Return what stands for a telephone number, a mail address or the like."""
        return f"p-{self.id_of('address', address.strip().lower())}"

    def id_of(self, *parts: str) -> str:
        """Return 32 hexadecimal digits that depend on the parts and the key: for an id that an address is part of."""
        if not self.key:
            return deterministic_id(*parts)
        joined = UNIT_SEPARATOR.join(parts).encode("utf-8", "surrogatepass")
        return blake2b(joined, digest_size=ID_BYTES, key=self.key).hexdigest()


WITHOUT_KEY = Pseudonyms()
