"""What the judge and the learner are told of an error: the learner's own lines, no more than fits on a screen."""

import traceback

_MAX_FRAMES = 10
_MAX_CAUSES = 3


def describe(error, file):
    """Never raises, whatever the error's attributes do. `data` is not encoded yet."""
    try:
        code = getattr(error, "code", None)
        return {
            "name": type(error).__name__[:200],
            "message": str(error)[:2000],
            "code": str(code)[:200] if isinstance(code, (str, int)) and not isinstance(code, bool) else None,
            "data": getattr(error, "data", None),
            "trace": own_lines(error, file) + _causes(error, file),
        }
    except BaseException:
        return {"name": "Exception", "message": "an error that can't be read", "code": None, "data": None, "trace": ""}


def own_lines(error, file):
    """Innermost first, as `transfer (solution.py:12)`. Lines of drivers and of the runner are left out."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    return "\n".join(f"{frame.name} (solution.py:{frame.lineno})" for frame in frames[::-1][:_MAX_FRAMES])


def _causes(error, file):
    """What led to it: `raise … from`, an error while another was handled, the first of a group."""
    text = ""
    for _ in range(_MAX_CAUSES):
        word = "caused by"
        if error.__cause__ is not None:
            error = error.__cause__
        elif isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        elif error.__context__ is not None and not error.__suppress_context__:
            error, word = error.__context__, "while handling"
        else:
            break
        lines = own_lines(error, file)
        text += f"\n{word} {type(error).__name__[:200]}: {str(error)[:500]}" + (f"\n{lines}" if lines else "")
    return text


def syntax_place(error):
    """`solution.py:line:column` and the line itself."""
    column = f":{error.offset}" if error.offset else ""
    return f"solution.py:{error.lineno}{column}\n{(error.text or '')[:200]}".rstrip()
