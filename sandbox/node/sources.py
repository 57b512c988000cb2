"""ConfigMaps, Secrets and tokens that a pod refers to, read from the API."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from sandbox.apiclient.api import Api, NotFoundError, Object
from sandbox.node.downward import ConfigError


@dataclass(frozen=True)
class Sources:
    """What one pod may read."""

    api: Api
    pod: Object

    @property
    def _namespace(self) -> str:
        return f"/api/v1/namespaces/{self.pod['metadata']['namespace']}"

    async def config_map(self, name: str, *, optional: bool) -> dict[str, bytes]:
        """A ConfigMap's entries; none when it is optional and absent.

        Raises ConfigError, ApiError, UnreachableError.
        """
        found = await self._get("configmap", name, optional)
        text = {key: value.encode() for key, value in (found.get("data") or {}).items()}
        binary = found.get("binaryData") or {}
        return text | {key: base64.b64decode(value) for key, value in binary.items()}

    async def secret(self, name: str, *, optional: bool) -> dict[str, bytes]:
        """A Secret's entries; none when it is optional and absent.

        Raises ConfigError, ApiError, UnreachableError.
        """
        found = await self._get("secret", name, optional)
        return {k: base64.b64decode(v) for k, v in (found.get("data") or {}).items()}

    async def token(self, audience: str, seconds: int) -> bytes:
        """A token of the pod's service account, bound to the pod.

        Raises ApiError, UnreachableError.
        """
        metadata = self.pod["metadata"]
        account = self.pod["spec"].get("serviceAccountName") or "default"
        request = {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "spec": {
                "audiences": [audience] if audience else [],
                "expirationSeconds": max(seconds, 600),
                "boundObjectRef": {
                    "apiVersion": "v1",
                    "kind": "Pod",
                    "name": metadata["name"],
                    "uid": metadata["uid"],
                },
            },
        }
        answer = await self.api.create(
            f"{self._namespace}/serviceaccounts/{account}/token", request
        )
        return str(answer["status"]["token"]).encode()

    async def _get(self, kind: str, name: str, optional: bool) -> Object:
        try:
            return await self.api.get(f"{self._namespace}/{kind}s/{name}")
        except NotFoundError as error:
            if optional:
                return {}
            msg = f'{kind} "{name}" not found'
            raise ConfigError(msg) from error
