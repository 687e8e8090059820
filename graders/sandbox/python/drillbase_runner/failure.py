"""What the judge and the learner are told of an error: the learner's own lines, no more than fits on a screen."""

import traceback

_MAX_FRAMES = 10


def describe(error, file):
    """Never raises, whatever the error's attributes do. `data` is not encoded yet."""
    try:
        code = getattr(error, "code", None)
        return {
            "name": type(error).__name__[:200],
            "message": str(error)[:2000],
            "code": str(code)[:200] if isinstance(code, (str, int)) and not isinstance(code, bool) else None,
            "data": getattr(error, "data", None),
            "trace": own_lines(error, file),
        }
    except BaseException:
        return {"name": "Exception", "message": "an error that can't be read", "code": None, "data": None, "trace": ""}


def own_lines(error, file):
    """Innermost first, as `transfer (solution.py:12)`. Lines of drivers and of the runner are left out."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    return "\n".join(f"{frame.name} (solution.py:{frame.lineno})" for frame in frames[::-1][:_MAX_FRAMES])
