"""The API client against a server on loopback; kubeconfigs."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web

from sandbox.apiclient.api import Api, ApiError, ConflictError, NotFoundError, UnreachableError
from sandbox.apiclient.following import follow
from sandbox.apiclient.kubeconfig import Cluster, KubeconfigError, load
from tests.patience import PATIENCE


class Server:
    """A collection of pods with scripted watches."""

    def __init__(self) -> None:
        self.lists: list[list[str]] = []
        self.watches: list[list[dict[str, Any]]] = []
        self.asked: list[str] = []
        self.token = ""

    async def collection(self, request: web.Request) -> web.StreamResponse:
        self.token = request.headers.get("Authorization", "")
        if request.query.get("watch"):
            self.asked.append(f"watch {request.query['resourceVersion']}")
            answer = web.StreamResponse()
            await answer.prepare(request)
            if not self.watches:
                await asyncio.sleep(30)
            for event in self.watches.pop(0):
                await answer.write(json.dumps(event).encode() + b"\n")
            return answer
        self.asked.append("list")
        items = self.lists.pop(0) if self.lists else []
        body = {"metadata": {"resourceVersion": "10"}, "items": items}
        return web.json_response(body)

    async def status(self, request: web.Request) -> web.Response:
        code = int(request.match_info["code"])
        body = {"kind": "Status", "code": code, "reason": "Because", "message": "it is so"}
        return web.json_response(body, status=code)

    async def plain(self, _: web.Request) -> web.Response:
        return web.Response(status=502, text="bad gateway")


@pytest.fixture
async def server() -> AsyncIterator[tuple[Server, Api]]:
    scripted = Server()
    application = web.Application()
    application.router.add_get("/pods", scripted.collection)
    application.router.add_get("/status/{code}", scripted.status)
    application.router.add_get("/plain", scripted.plain)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    tls = ssl.create_default_context()
    api = Api(Cluster(f"http://127.0.0.1:{port}", tls, "secret", ""))
    yield scripted, api
    await api.close()
    await runner.cleanup()


async def test_refusals_have_their_own_errors(server: tuple[Server, Api]) -> None:
    _, api = server
    for code, kind in ((404, NotFoundError), (409, ConflictError), (403, ApiError)):
        with pytest.raises(kind, match="it is so") as caught:
            await api.get(f"/status/{code}")
        assert (caught.value.status, caught.value.reason) == (code, "Because")
    with pytest.raises(ApiError, match="bad gateway"):
        await api.get("/plain")


async def test_no_answer_is_an_error_of_its_own(unused_tcp_port: int) -> None:
    cluster = Cluster(f"http://127.0.0.1:{unused_tcp_port}", ssl.create_default_context(), None, "")
    api = Api(cluster)
    with pytest.raises(UnreachableError):
        await api.get("/pods")
    await api.close()


def event(kind: str, name: str, version: str) -> dict[str, Any]:
    return {"type": kind, "object": {"metadata": {"name": name, "resourceVersion": version}}}


async def test_following_lists_watches_and_begins_again(server: tuple[Server, Api]) -> None:
    scripted, api = server
    scripted.lists = [["a"], ["b"]]
    expired = {"type": "ERROR", "object": {"code": 410, "reason": "Expired", "message": "too old"}}
    scripted.watches = [
        [event("ADDED", "x", "11"), event("BOOKMARK", "", "15")],
        [event("DELETED", "x", "16"), expired],
    ]
    seen: list[object] = []
    relisted = asyncio.Event()

    def listed(items: list[Any]) -> None:
        seen.append(items)
        if items == ["b"]:
            relisted.set()

    def changed(kind: str, item: dict[str, Any]) -> None:
        seen.append((kind, item["metadata"]["name"]))

    task = asyncio.create_task(follow(api, "/pods", selector="x=y", listed=listed, changed=changed))
    async with asyncio.timeout(5 * PATIENCE):
        await relisted.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert seen == [["a"], ("ADDED", "x"), ("DELETED", "x"), ["b"]]
    # A watch that ended in good order goes on after the last bookmark, without a list.
    assert scripted.asked[:4] == ["list", "watch 10", "watch 15", "list"]
    assert scripted.token == "Bearer secret"


def kubeconfig(folder: Path, **changes: Any) -> Path:
    path = folder / "config.yaml"
    document = {
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
        "clusters": [
            {"name": "k", "cluster": {"server": "https://h:1/", "insecure-skip-tls-verify": True}}
        ],
        "users": [{"name": "u", "user": {"token": "t"}}],
    }
    path.write_text(yaml.safe_dump(document | changes))
    return path


def test_a_kubeconfig_is_read(tmp_path: Path) -> None:
    found = load(kubeconfig(tmp_path))
    assert (found.server, found.token) == ("https://h:1", "t")
    assert found.tls.verify_mode == ssl.CERT_NONE


def test_a_token_file_is_found(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from a file\n")
    user = {"name": "u", "user": {"tokenFile": str(tmp_path / "token")}}
    assert load(kubeconfig(tmp_path, users=[user])).token == "from a file"


@pytest.mark.parametrize(
    "changes", [{"current-context": "x"}, {"clusters": []}, {"users": None}, {"contexts": 7}]
)
def test_an_unusable_kubeconfig_is_said(changes: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(KubeconfigError, match="not a usable kubeconfig"):
        load(kubeconfig(tmp_path, **changes))


def test_no_kubeconfig_is_said(tmp_path: Path) -> None:
    with pytest.raises(KubeconfigError, match=r"absent\.yaml: not a usable kubeconfig"):
        load(tmp_path / "absent.yaml")
