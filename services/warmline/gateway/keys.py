"""API keys: a file with the keys' digests, scopes and owners.

A key is `wl_ID_SECRET`; the secret is 256 random bits. At rest there is HMAC-SHA256(pepper, key) alone. A slow password
hash (argon2, bcrypt) exists to make guessing a *guessable* secret dear; 2**256 cannot be guessed at any price, and a
slow hash would only make each request dear to us. The pepper, which lives in the environment and not in the file, keeps
a file that somebody can write to from letting them in with a key of their own making.
"""

import hashlib
import hmac
import logging
import os
import secrets
import stat
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from warmline.gateway.callers import Caller, Scope, UnknownCallerError

log = logging.getLogger(__name__)

ID_BYTES = 6
SECRET_BYTES = 32
LONGEST_KEY = 200
LOOK_AGAIN_S = 2.0  # a revoked key is dead after this
NOBODY = "0" * 64


class Key(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One key, without its secret.

    Attributes:
        id: Public part of the key, by which it is found and revoked.
        name: Whose it is, pseudonymous; the `by` of feedback given with it.
        digest: HMAC-SHA256 of the whole key, hexadecimal.
        scopes: What it may do.
        agent_id: The agent that it stands for, for `agent:self`.
        expires_at_s: Unix seconds after which it is no good.
        rate_per_s: Turns or requests a second, where it differs from the setting.
        body_max_bytes: Largest body, where it differs from the setting.
    """

    id: str
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    digest: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    scopes: tuple[Scope, ...]
    agent_id: str | None = None
    expires_at_s: int | None = None
    rate_per_s: Annotated[float, Meta(gt=0)] | None = None
    body_max_bytes: Annotated[int, Meta(gt=0)] | None = None


class KeyFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file.

    Attributes:
        keys: Every key.
    """

    keys: tuple[Key, ...] = ()


class KeyFileError(ValueError):
    """The file cannot be read or written; the message says why and holds nothing of it."""


def digest_of(key: str, pepper: str) -> str:
    """Return what is kept of a key."""
    return hmac.new(pepper.encode(), key.encode(), hashlib.sha256).hexdigest()


def new_key(
    name: str, scopes: Sequence[Scope], pepper: str, agent_id: str | None = None, expires_at_s: int | None = None
) -> tuple[str, Key]:
    """Return a new key as its holder needs it, and what the file keeps of it."""
    key_id = secrets.token_hex(ID_BYTES)
    shown = f"wl_{key_id}_{secrets.token_urlsafe(SECRET_BYTES)}"
    kept = Key(
        id=key_id,
        name=name,
        digest=digest_of(shown, pepper),
        scopes=tuple(dict.fromkeys(scopes)),
        agent_id=agent_id,
        expires_at_s=expires_at_s,
    )
    return shown, kept


def read_keys(path: Path) -> tuple[Key, ...]:
    """Return the keys of a file.

    Raises:
        KeyFileError: It cannot be read or is no key file.
    """
    try:
        return _keys_in(path.read_bytes())
    except OSError as error:
        raise KeyFileError(f"{path}: cannot be read: {error.strerror}") from error
    except _NO_KEY_FILE as error:
        raise KeyFileError(f"{path}: is no key file: {_place_of(error)}") from error


def write_keys(path: Path, keys: Sequence[Key]) -> None:
    """Write the file anew, whole or not at all: a new one readable by its owner alone, another for whom it was.

    A gateway that runs as another user, and was let read the file, has to read the next one too: it would go on letting
    in whom the new one lets in no more.

    Args:
        path: The file; its folder is there.
        keys: All that it is to hold.

    Raises:
        KeyFileError: A key has what could not be read again, or the file cannot be written. What was there stays.
    """
    try:
        content = msgspec.json.format(msgspec.json.encode(KeyFile(keys=tuple(keys))), indent=2) + b"\n"
        _keys_in(content)  # a struct is not checked as it is made: what is wrong would lock everybody out
    except (*_NO_KEY_FILE, UnicodeEncodeError) as error:
        raise KeyFileError(f"{path}: stays as it was; a key could not be read again: {_place_of(error)}") from error
    if not path.parent.is_dir():
        raise KeyFileError(f"{path}: cannot be written: there is no folder {path.parent}; make it first")
    try:
        _replace(path, content)
    except OSError as error:
        raise KeyFileError(f"{path}: cannot be written: {error.strerror}") from error


_NO_KEY_FILE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def _keys_in(content: bytes) -> tuple[Key, ...]:
    return msgspec.json.decode(content, type=KeyFile).keys


def _place_of(error: Exception) -> str:
    return str(error).partition(" - ")[2] or "malformed"


def _replace(path: Path, content: bytes) -> None:
    before = path.stat() if path.exists() else None
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # 0600
    try:
        with os.fdopen(handle, "wb") as file:
            if before is not None:
                with suppress(PermissionError):  # only root gives a file away, and whoever owned it may be no more
                    os.fchown(handle, before.st_uid, before.st_gid)
                os.fchmod(handle, stat.S_IMODE(before.st_mode))
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


class KeyRing:
    """The keys as the file holds them now: it is looked at again every two seconds, and read where it changed.

    Args:
        path: The file.
        pepper: The setting.
        now_s: Wall clock, Unix seconds.
        monotonic: Clock, seconds.

    Raises:
        KeyFileError: The file cannot be read at the start. Later the last good one holds.
    """

    def __init__(self, path: Path, pepper: str, now_s: Callable[[], float], monotonic: Callable[[], float]) -> None:
        self._path = path
        self._pepper = pepper
        self._now_s = now_s
        self._monotonic = monotonic
        self._stamp = self._stamp_now()
        self._keys = {key.id: key for key in read_keys(path)}
        self._looked_s = monotonic()

    def caller_of(self, shown: str) -> Caller:
        """Return whom a key stands for.

        Raises:
            UnknownCallerError: There is no such key, or it has expired.
        """
        self._look_again()
        parts = shown.split("_", 2)
        key = self._keys.get(parts[1]) if len(parts) == 3 and len(shown) <= LONGEST_KEY else None
        # Compared in constant time, and also where there is no such key.
        good = hmac.compare_digest(digest_of(shown[:LONGEST_KEY], self._pepper), key.digest if key else NOBODY)
        if key is None or not good:
            raise UnknownCallerError("unknown")
        return self._caller(key)

    def caller_of_id(self, key_id: str) -> Caller:
        """Return whom a key stands for that was shown before, by its id.

        Raises:
            UnknownCallerError: The key was revoked or has expired since.
        """
        self._look_again()
        key = self._keys.get(key_id)
        if key is None:
            raise UnknownCallerError("unknown")
        return self._caller(key)

    def _caller(self, key: Key) -> Caller:
        if key.expires_at_s is not None and key.expires_at_s <= self._now_s():
            raise UnknownCallerError("expired")
        return Caller(
            subject=key.name,
            scopes=frozenset(key.scopes),
            agent_id=key.agent_id,
            key_id=key.id,
            rate_per_s=key.rate_per_s,
            body_max_bytes=key.body_max_bytes,
            expires_at_s=key.expires_at_s,
        )

    def _look_again(self) -> None:
        now = self._monotonic()
        if now - self._looked_s < LOOK_AGAIN_S:
            return
        self._looked_s = now
        stamp = self._stamp_now()
        if stamp == self._stamp:
            return
        try:
            self._keys = {key.id: key for key in read_keys(self._path)}
            self._stamp = stamp
            log.info("keys read anew", extra={"keys": len(self._keys)})
        except KeyFileError as error:
            log.error("the keys stay as they were: %s", error)

    def _stamp_now(self) -> tuple[int, int, int]:
        try:
            found = self._path.stat()
        except OSError:
            return (0, 0, 0)
        return found.st_mtime_ns, found.st_size, found.st_ino
