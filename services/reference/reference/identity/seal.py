"""Secrets sealed for the database, so that a copy of it signs no tokens."""

from __future__ import annotations

import base64
import hashlib
import secrets
from functools import cached_property

from cryptography.fernet import Fernet, InvalidToken


class SealError(Exception):
    """This was sealed with another secret, or changed since."""


class Seal:
    """Seals by a secret; replicas with the same secret open each other's.

    secret: any text; None: a random one, which ends with the process.
    context: what else must be the same, such as the issuer, so that one secret in two
        environments makes two seals.
    """

    def __init__(self, secret: str | None, context: str) -> None:
        self.is_lasting = secret is not None
        self._secret = secret or secrets.token_urlsafe(32)
        self._context = context

    @property
    def name(self) -> str:
        """The same for all seals of this secret, and tells nothing of it."""
        return self._derived[1]

    def close(self, content: bytes) -> str:
        """The content, sealed."""
        return Fernet(self._derived[0]).encrypt(content).decode()

    def open(self, sealed: str) -> bytes:
        """What was sealed. Raises SealError."""
        try:
            return Fernet(self._derived[0]).decrypt(sealed)
        except InvalidToken as e:
            msg = "sealed with another KEY_ENCRYPTION_KEY, or changed since"
            raise SealError(msg) from e

    @cached_property
    def _derived(self) -> tuple[bytes, str]:
        # Slow on purpose (8 MB, a twentieth of a second): the secret may be a person's choice.
        derived = hashlib.scrypt(
            self._secret.encode(), salt=self._context.encode(), n=2**13, r=8, p=2, dklen=64
        )
        name = hashlib.sha256(derived[32:]).hexdigest()[:16]
        return base64.urlsafe_b64encode(derived[:32]), name
