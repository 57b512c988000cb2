"""The OCI distribution API (v1.1) over a store.

https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#endpoints
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

from sandbox.registry.store import NAME, RegistryError, Store

# A manifest may have 4 MiB at most, as the specification advises registries.
_MANIFEST_LIMIT = 4 << 20
_STORE = web.AppKey("store", Store)

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def _errors(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Answer a refusal in the API's own form."""
    try:
        return await handler(request)
    except RegistryError as error:
        detail = {"errors": [{"code": error.code, "message": str(error)}]}
        return web.json_response(detail, status=error.status)
    except OSError as error:
        # A full disk, most of the time. The client shows the message to a person.
        detail = {"errors": [{"code": "UNKNOWN", "message": f"the registry's disk: {error}"}]}
        return web.json_response(detail, status=507)


def application(store: Store) -> web.Application:
    """The registry's web application."""
    app = web.Application(middlewares=[_errors], client_max_size=_MANIFEST_LIMIT)
    app[_STORE] = store
    repository = f"/v2/{{name:{NAME}}}"
    app.router.add_get("/v2/", _base)
    app.router.add_get("/v2/_catalog", _catalog)
    app.router.add_get(f"{repository}/tags/list", _tags)
    app.router.add_get(f"{repository}/manifests/{{reference}}", _get_manifest)
    app.router.add_put(f"{repository}/manifests/{{reference}}", _put_manifest)
    app.router.add_delete(f"{repository}/manifests/{{reference}}", _delete_manifest)
    app.router.add_post(f"{repository}/blobs/uploads/", _start_upload)
    app.router.add_get(f"{repository}/blobs/uploads/{{upload}}", _upload_status)
    app.router.add_patch(f"{repository}/blobs/uploads/{{upload}}", _upload_chunk)
    app.router.add_put(f"{repository}/blobs/uploads/{{upload}}", _finish_upload)
    app.router.add_delete(f"{repository}/blobs/uploads/{{upload}}", _cancel_upload)
    app.router.add_get(f"{repository}/blobs/{{digest}}", _get_blob)
    return app


async def _base(_: web.Request) -> web.Response:
    return web.json_response({}, headers={"Docker-Distribution-API-Version": "registry/2.0"})


def _page(request: web.Request, items: list[str]) -> list[str]:
    """At most `n` items after `last`, as the client asks."""
    last = request.query.get("last", "")
    count = request.query.get("n", "")
    items = [item for item in items if item > last]
    return items[: int(count)] if count.isdecimal() else items


async def _catalog(request: web.Request) -> web.Response:
    names = await asyncio.to_thread(request.app[_STORE].repositories)
    return web.json_response({"repositories": _page(request, names)})


async def _tags(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    tags = await asyncio.to_thread(request.app[_STORE].tags, name)
    return web.json_response({"name": name, "tags": _page(request, tags)})


# -- manifests ---------------------------------------------------------------------------------


async def _get_manifest(request: web.Request) -> web.Response:
    info = request.match_info
    store = request.app[_STORE]
    manifest = await asyncio.to_thread(store.manifest, info["name"], info["reference"])
    headers = {"Docker-Content-Digest": manifest.digest, "Content-Type": manifest.media_type}
    return web.Response(body=manifest.content, headers=headers)


async def _put_manifest(request: web.Request) -> web.Response:
    info = request.match_info
    media_type = request.headers.get("Content-Type", "application/vnd.oci.image.manifest.v1+json")
    digest = await asyncio.to_thread(
        request.app[_STORE].put_manifest,
        info["name"],
        info["reference"],
        media_type,
        await request.read(),
    )
    location = f"/v2/{info['name']}/manifests/{digest}"
    headers = {"Docker-Content-Digest": digest, "Location": location}
    return web.Response(status=201, headers=headers)


async def _delete_manifest(request: web.Request) -> web.Response:
    info = request.match_info
    await asyncio.to_thread(request.app[_STORE].delete_manifest, info["name"], info["reference"])
    return web.Response(status=202)


# -- blobs -------------------------------------------------------------------------------------


async def _get_blob(request: web.Request) -> web.StreamResponse:
    digest = request.match_info["digest"]
    path = await asyncio.to_thread(request.app[_STORE].blob, digest)
    headers = {"Docker-Content-Digest": digest, "Content-Type": "application/octet-stream"}
    return web.FileResponse(path, headers=headers)


def _blob_made(request: web.Request, digest: str) -> web.Response:
    location = f"/v2/{request.match_info['name']}/blobs/{digest}"
    headers = {"Location": location, "Docker-Content-Digest": digest}
    return web.Response(status=201, headers=headers)


async def _start_upload(request: web.Request) -> web.Response:
    store = request.app[_STORE]
    mount = request.query.get("mount")
    if mount is not None:
        # All repositories share their blobs, so a mount only checks that the blob exists.
        try:
            await asyncio.to_thread(store.blob, mount)
        except RegistryError:
            pass
        else:
            return _blob_made(request, mount)
    upload = await asyncio.to_thread(store.start_upload)
    digest = request.query.get("digest")
    if digest is None:
        return await _upload_progress(request, upload, 202)
    await _receive(request, upload)
    await asyncio.to_thread(store.finish_upload, upload, digest)
    return _blob_made(request, digest)


async def _receive(request: web.Request, upload: str) -> None:
    """Append the request's body to the push; a chunk in the wrong place is refused."""
    path = request.app[_STORE].upload(upload)
    size = path.stat().st_size
    start = request.headers.get("Content-Range", f"{size}-").split("-")[0]
    if start != str(size):
        raise RegistryError(416, "RANGE_INVALID", f"the next byte to come is {size}, not {start}")
    with path.open("ab") as file:
        async for chunk in request.content.iter_chunked(1 << 20):
            await asyncio.to_thread(file.write, chunk)


async def _upload_progress(request: web.Request, upload: str, status: int) -> web.Response:
    path = request.app[_STORE].upload(upload)
    location = f"/v2/{request.match_info['name']}/blobs/uploads/{upload}"
    end = max(path.stat().st_size - 1, 0)
    headers = {"Location": location, "Range": f"0-{end}", "Docker-Upload-UUID": upload}
    return web.Response(status=status, headers=headers)


async def _upload_status(request: web.Request) -> web.Response:
    return await _upload_progress(request, request.match_info["upload"], 204)


async def _upload_chunk(request: web.Request) -> web.Response:
    upload = request.match_info["upload"]
    await _receive(request, upload)
    return await _upload_progress(request, upload, 202)


async def _finish_upload(request: web.Request) -> web.Response:
    upload = request.match_info["upload"]
    digest = request.query.get("digest", "")
    await _receive(request, upload)
    await asyncio.to_thread(request.app[_STORE].finish_upload, upload, digest)
    return _blob_made(request, digest)


async def _cancel_upload(request: web.Request) -> web.Response:
    request.app[_STORE].upload(request.match_info["upload"]).unlink()
    return web.Response(status=204)
