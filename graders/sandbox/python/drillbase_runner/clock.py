"""Moves the wall clock of this process: time.time, time.time_ns, datetime.now and what is made of them."""

import datetime
import time


def skew_clock(skew_ms):
    """Monotonic clocks and sleeps keep running as they are, as they would on a machine whose clock is wrong."""
    if skew_ms == 0:
        return
    real_time, real_time_ns = time.time, time.time_ns
    time.time = lambda: real_time() + skew_ms / 1000
    time.time_ns = lambda: real_time_ns() + int(skew_ms * 1_000_000)
    datetime.datetime = _skewed(datetime.datetime, datetime.timedelta(milliseconds=skew_ms))


def _skewed(real, skew):
    """
    A stand-in for the class that can't be patched, since it is written in C. It makes real datetimes only, so drivers see
    the type they know, and every real datetime is an instance of it.
    """

    class Meta(type(real)):
        def __instancecheck__(cls, instance):
            return isinstance(instance, real)

        def __subclasscheck__(cls, subclass):
            return issubclass(subclass, real)

    class Skewed(real, metaclass=Meta):
        def __new__(cls, *args, **named):
            return real(*args, **named)

        @staticmethod
        def now(tz=None):
            return real.now(tz) + skew

        @staticmethod
        def utcnow():
            return real.now(datetime.timezone.utc).replace(tzinfo=None) + skew

        @staticmethod
        def today():
            return real.now() + skew

    makers = ("fromtimestamp", "utcfromtimestamp", "fromordinal", "fromisoformat", "fromisocalendar", "combine", "strptime")
    for name in makers:
        setattr(Skewed, name, staticmethod(getattr(real, name)))
    Skewed.__name__ = Skewed.__qualname__ = "datetime"
    return Skewed
