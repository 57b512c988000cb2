"""Follow a collection of the API: list it, watch it, and start over when that is interrupted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from sandbox.apiclient.api import Api, ApiError, ExpiredError, Object, UnreachableError

_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 3.0

_log = logging.getLogger(__name__)


async def follow(
    api: Api,
    path: str,
    *,
    selector: str,
    listed: Callable[[list[Object]], None],
    changed: Callable[[str, Object], None],
) -> None:
    """Report the collection for ever: whole by `listed`, then each event by `changed`.

    `listed` is called again whenever events may have been missed: the API server was away, or
    the watch's resource version was too old. `changed` gets ADDED, MODIFIED or DELETED.
    """
    wait = _FIRST_PAUSE_SECONDS
    while True:
        try:
            found = await api.get(path, fieldSelector=selector)
            listed(found["items"])
            version = str(found["metadata"]["resourceVersion"])
            wait = _FIRST_PAUSE_SECONDS
            while True:
                # A watch that the server closes cleanly resumes from where it was.
                async for event in api.watch(path, version, fieldSelector=selector):
                    version = event["object"]["metadata"]["resourceVersion"]
                    if event["type"] != "BOOKMARK":
                        changed(event["type"], event["object"])
        except ExpiredError:
            continue
        except (UnreachableError, ApiError) as error:
            _log.warning("%s: %s. Trying again.", path, error)
            await asyncio.sleep(wait)
            wait = min(wait * 2, _LONGEST_PAUSE_SECONDS)
