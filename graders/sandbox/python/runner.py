"""Runs one Python submission for the judge (PROTOCOL.md). Lives in the sandbox: nothing here is believed."""

import asyncio
import concurrent.futures
import inspect
import os
import sys
import threading
import traceback
import types

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from drillbase_runner import frames  # noqa: E402
from drillbase_runner.callbacks import Callbacks  # noqa: E402
from drillbase_runner.clock import skew_clock  # noqa: E402
from drillbase_runner.failure import describe, syntax_place  # noqa: E402
from drillbase_runner.values import Encoder, decode, snake  # noqa: E402
from drillbase_runner.warm_up import warm_up  # noqa: E402

del sys.path[0]

THREADS = 64
exit_process = os._exit
write_to = os.write


class Runner:
    def __init__(self, box):
        self._file = os.path.join(box, "solution.py")
        self._module = None
        self._handles = []
        self._handle_ids = {}
        self._encode = Encoder(self._handle_id).encode
        self._callbacks = Callbacks(self._encode)
        self._pool = concurrent.futures.ThreadPoolExecutor(THREADS)
        self._tasks = set()

    def _handle_id(self, value):
        # The list keeps the object alive, so that its id() stays its own.
        if id(value) not in self._handle_ids:
            self._handles.append(value)
            self._handle_ids[id(value)] = len(self._handles)
        return self._handle_ids[id(value)]

    def _decode(self, value):
        return decode(value, self._callbacks.function)

    def load(self, frame):
        """The frame that answers a load. Runs before the loop does, so that a module may call asyncio.run at its top."""
        skew_clock(frame["clockSkewMs"])
        module = types.ModuleType("solution")
        module.__file__ = self._file
        sys.modules["solution"] = module
        try:
            with open(self._file, "w", encoding="utf-8", errors="surrogatepass") as file:
                file.write(frame["code"])
            compiled = compile(frame["code"], self._file, "exec")
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            place = syntax_place(error) if isinstance(error, SyntaxError) else ""
            message = error.msg if isinstance(error, SyntaxError) else str(error)
            return _load_failed("compile", type(error).__name__, message, place)
        try:
            exec(compiled, module.__dict__)
        except SystemExit as error:
            exit_process(_exit_code(error))
        except BaseException as error:
            failure = describe(error, self._file)
            return _load_failed("import", failure["name"], failure["message"], failure["trace"])
        self._module = module
        missing = [name for name in frame["functions"] if not callable(getattr(module, snake(name), None))]
        return _load_failed("missing", snake(missing[0]), "", "") if missing else {"t": "loaded"}

    async def serve(self):
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._read, args=(loop,), daemon=True).start()
        await loop.create_future()

    def _read(self, loop):
        try:
            while (frame := frames.receive()) is not None:
                if frame["t"] == "call":
                    loop.call_soon_threadsafe(self._start, loop, frame)
                elif frame["t"] == "bye":
                    loop.call_soon_threadsafe(_say_bye, frame["id"])
                else:
                    self._callbacks.end(frame, self._decode)
        except BaseException:
            traceback.print_exc()
            exit_process(70)
        exit_process(0)

    def _start(self, loop, frame):
        task = loop.create_task(self._call(frame))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _call(self, frame):
        try:
            function, args = self._target(frame), self._decode(frame["args"])
            if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None)):
                value = await function(*args)
            else:
                value = await asyncio.get_running_loop().run_in_executor(self._pool, _guarded, function, args)
                if inspect.isawaitable(value):
                    value = await value
            frames.send({"t": "return", "id": frame["id"], "value": self._encode(value)})
        except SystemExit as error:
            exit_process(_exit_code(error))
        except BaseException as error:
            frames.send({"t": "throw", "id": frame["id"], "error": self._failure(error)})

    def _target(self, frame):
        if "fn" in frame:
            return getattr(self._module, snake(frame["fn"]))
        owner, name = self._handles[frame["handle"] - 1], frame["method"]
        if isinstance(owner, dict):
            return owner[name] if name in owner else owner[snake(name)]
        return getattr(owner, snake(name))

    def _failure(self, error):
        failure = describe(error, self._file)
        try:
            failure["data"] = self._encode(failure["data"])
        except Exception:
            failure["data"] = None
        return failure


def _say_bye(bye_id):
    """What was printed before comes before this line; without it nobody is sure of that, so a refusing stdout is no harm."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
        write_to(2, f"bye {bye_id}\n".encode())
    except Exception:
        return
    frames.send({"t": "bye", "id": bye_id})


def _guarded(function, args):
    try:
        return function(*args)
    except SystemExit as error:
        exit_process(_exit_code(error))
    except StopIteration as error:
        # A future can't carry it.
        raise RuntimeError("the function raised StopIteration") from error


def _exit_code(error):
    sys.stdout.flush()
    return error.code if isinstance(error.code, int) else 0 if error.code is None else 1


def _load_failed(phase, name, message, trace):
    return {"t": "load-failed", "phase": phase, "name": name, "message": message, "trace": trace}


def main():
    sys.stdout.reconfigure(line_buffering=True)
    box = os.environ.pop("BOX", "/box")
    warm_up([name for name in os.environ.pop("DRIVERS", "").split(",") if name])
    runner = Runner(box)
    frames.send({"t": "ready"})
    frame = frames.receive()
    if frame is None:
        return
    answer = runner.load(frame)
    frames.send(answer)
    asyncio.run(runner.serve())


try:
    main()
except BaseException:
    # A process that dies is evidence: an error of the runner or of its loop must not be survived.
    traceback.print_exc()
    exit_process(70)
exit_process(0)
