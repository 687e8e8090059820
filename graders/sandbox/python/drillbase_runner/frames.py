"""Frames to and from the judge: four bytes of length, big-endian, then JSON in UTF-8 (PROTOCOL.md)."""

import json
import os
import struct
import threading

MAX_FRAME_BYTES = 8 * 1024 * 1024
_INPUT, _OUTPUT = 3, 4

# Kept from before the submission loads: what it does to modules must not reach the wire.
_loads, _dumps, _read, _write = json.loads, json.dumps, os.read, os.write
_lock = threading.Lock()

for _descriptor in (_INPUT, _OUTPUT):
    os.set_inheritable(_descriptor, False)


def encode(frame):
    """Bytes of a frame. ValueError when it is larger than the judge accepts, so that the submission can be told."""
    body = _dumps(frame, separators=(",", ":"), ensure_ascii=True, allow_nan=False, check_circular=False).encode()
    if len(body) > MAX_FRAME_BYTES:
        raise ValueError(f"the value takes {len(body)} bytes; {MAX_FRAME_BYTES} are allowed")
    return struct.pack(">I", len(body)) + body


def send(frame):
    write(encode(frame))


def write(data):
    """Whole frames only; threads take turns."""
    view = memoryview(data)
    with _lock:
        while view:
            view = view[_write(_OUTPUT, view) :]


def receive():
    """The next frame, or None when the judge hung up."""
    header = _exactly(4)
    if header is None:
        return None
    body = _exactly(struct.unpack(">I", header)[0])
    return None if body is None else _loads(body)


def _exactly(size):
    parts = []
    while size > 0:
        part = _read(_INPUT, min(size, 1 << 20))
        if not part:
            return None
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
