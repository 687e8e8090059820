"""Functions of the test, as the submission sees them."""

import asyncio
import concurrent.futures
import threading

from . import frames

_MAX_OPEN = 500


class CallbackError(Exception):
    """What a function of the test raised; `code` and `data` are the test's."""

    def __init__(self, message, code, data):
        super().__init__(message)
        self.code = code
        self.data = data


class Callbacks:
    """
    Whoever calls from a running event loop gets an awaitable; any other thread is blocked until the answer is there. So one
    function serves `def` and `async def`, also where one is called by the other.
    """

    def __init__(self, encode):
        self._encode = encode
        self._lock = threading.Lock()
        self._open = {}
        self._waiting = []
        self._last_id = 0
        self._made = {}

    def function(self, number):
        """The same object for the same number."""
        if number not in self._made:
            self._made[number] = lambda *args: self._call(number, args)
        return self._made[number]

    def _call(self, number, args):
        answer = concurrent.futures.Future()
        encoded = [self._encode(arg) for arg in args]
        with self._lock:
            if len(self._open) < _MAX_OPEN:
                self._send(number, encoded, answer)
            else:
                self._waiting.append((number, encoded, answer))
        loop = asyncio._get_running_loop()
        return answer.result() if loop is None else asyncio.wrap_future(answer, loop=loop)

    def _send(self, number, encoded, answer):
        data = frames.encode({"t": "callback", "id": self._last_id + 1, "fn": number, "args": encoded})
        self._last_id += 1
        self._open[self._last_id] = answer
        # Under the lock, because the judge wants ids in rising order.
        frames.write(data)

    def end(self, frame, decode):
        with self._lock:
            answer = self._open.pop(frame["id"], None)
            if self._waiting:
                self._send(*self._waiting.pop(0))
        if answer is None or not answer.set_running_or_notify_cancel():
            return
        if frame["t"] == "callback-return":
            answer.set_result(decode(frame["value"]))
        else:
            error = frame["error"]
            answer.set_exception(CallbackError(error["message"], error["code"], decode(error["data"])))
