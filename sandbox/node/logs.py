"""Containers' logs: one file a run that the process writes itself, and an index of when.

The process appends to the file directly, so nothing is lost while the node is away. The node
looks five times a second how long the file has become and notes the time in the index; that is
as exact as the times of `kubectl logs --timestamps` and `--since` are.

A file that grows too long loses its older half: the blocks are given back to the disk and the
offsets stay, so the writer notices nothing.
"""

from __future__ import annotations

import asyncio
import bisect
import ctypes
import logging
import os
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_log = logging.getLogger(__name__)

_TICK_SECONDS = 0.2
_ENTRY = struct.Struct("<QQ")
_BLOCK = 65536
_KEEP_SIZE, _PUNCH_HOLE = 1, 2


class LogFile:
    """The log of one run of a container."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._index = path.with_suffix(".index")
        self._offsets: list[int] = []
        self._times: list[int] = []
        """Nanoseconds since 1970, for the bytes from the offset of the same place on."""
        data = self._index.read_bytes() if self._index.exists() else b""
        for offset, at in _ENTRY.iter_unpack(data[: len(data) // _ENTRY.size * _ENTRY.size]):
            self._offsets.append(offset)
            self._times.append(at)
        self._seen = self.size if self._offsets else 0

    @property
    def size(self) -> int:
        """Where the next byte goes."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    @property
    def start(self) -> int:
        """The first byte that is still kept."""
        return self._offsets[0] if self._offsets else 0

    def notice(self) -> None:
        """Note the time of what has been written since the last look."""
        size = self.size
        if size <= self._seen:
            return
        entry = self._seen, time.time_ns()
        self._offsets.append(entry[0])
        self._times.append(entry[1])
        with self._index.open("ab") as file:
            file.write(_ENTRY.pack(*entry))
        self._seen = size

    def trim(self, limit: int) -> None:
        """Drop the older half, at a line's end, when more than `limit` bytes are kept."""
        size = self.size
        if size - self.start <= limit:
            return
        cut = self.line_start(size - limit // 2)
        if cut <= self.start or not _punch(self.path, cut):
            return
        first = max(bisect.bisect_right(self._offsets, cut) - 1, 0)
        self._offsets = [cut, *self._offsets[first + 1 :]]
        self._times = self._times[first:]
        new = self._index.with_suffix(".new")
        pairs = zip(self._offsets, self._times, strict=True)
        new.write_bytes(b"".join(_ENTRY.pack(*pair) for pair in pairs))
        new.replace(self._index)

    def time_at(self, offset: int) -> int:
        """When the byte at `offset` was first seen, in nanoseconds since 1970."""
        place = bisect.bisect_right(self._offsets, offset) - 1
        return self._times[place] if place >= 0 else time.time_ns()

    def since(self, at: int) -> int:
        """The first line that was seen at or after this time."""
        place = bisect.bisect_left(self._times, at)
        return self.line_start(self._offsets[place]) if place < len(self._times) else self.size

    def line_start(self, offset: int) -> int:
        """The first line that begins at or after `offset`."""
        if offset <= self.start:
            return self.start
        with self.path.open("rb") as file:
            file.seek(offset - 1)
            file.readline()
            return file.tell()

    def tail(self, lines: int) -> int:
        """Where the last `lines` lines begin."""
        end, start = self.size, self.start
        if lines <= 0 or end <= start:
            return end
        position, found = end, 0
        with self.path.open("rb") as file:
            while position > start:
                step = min(_BLOCK, position - start)
                position -= step
                file.seek(position)
                block = file.read(step)
                place = len(block)
                if position + step == end and block.endswith(b"\n"):
                    place -= 1
                while (place := block.rfind(b"\n", 0, place)) >= 0:
                    found += 1
                    if found == lines:
                        return position + place + 1
        return start

    @staticmethod
    def lines(file: BinaryIO, offset: int, *, partial: bool) -> Iterator[tuple[int, bytes]]:
        """The lines of the opened log from `offset` on, with where they begin.

        An unfinished last line is given only when `partial`.
        """
        file.seek(offset)
        for line in file:
            if line.endswith(b"\n") or partial:
                yield offset, line
            offset += len(line)


def _punch(path: Path, end: int) -> bool:
    """Give the file's first `end` bytes back to the disk; whether the filesystem can."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.fallocate.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)
    descriptor = os.open(path, os.O_RDWR)
    try:
        return bool(libc.fallocate(descriptor, _KEEP_SIZE | _PUNCH_HOLE, 0, end) == 0)
    finally:
        os.close(descriptor)


class LogKeeper:
    """Looks after the logs of all running containers."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._files: dict[Path, LogFile] = {}

    def open(self, path: Path) -> LogFile:
        """The log of a run that begins or goes on."""
        return self._files.setdefault(path, LogFile(path))

    def find(self, path: Path) -> LogFile | None:
        """The log of a run, going on or over; None when nothing is kept of it."""
        if path in self._files:
            return self._files[path]
        return LogFile(path) if path.exists() else None

    def is_open(self, path: Path) -> bool:
        """Whether the run goes on."""
        return path in self._files

    def close(self, path: Path) -> None:
        """The run is over."""
        if file := self._files.pop(path, None):
            file.notice()

    async def run(self) -> None:
        """Look at all of them for ever."""
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            for file in list(self._files.values()):
                try:
                    file.notice()
                    file.trim(self._limit)
                except OSError as error:
                    # A full disk must not end the node, nor the pods with it.
                    _log.warning("%s: %s", file.path, error.strerror)
