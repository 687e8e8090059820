"""Values on the wire (PROTOCOL.md), the runner's half for Python."""

import base64
import dataclasses
import datetime
import decimal
import math
import re
import uuid

# A little under what the judge accepts: an honest result that is too large becomes a readable error, not a violation.
_MAX_DEPTH = 60
_MAX_NODES = 249_000
_LARGEST_EXACT = 2**53 - 1

# The real classes: a skewed clock puts another one in the module's place.
_Datetime, _Date, _utc = datetime.datetime, datetime.date, datetime.timezone.utc


class Encoder:
    """Runner to judge. `handle_id` numbers the objects that stay here. TypeError or ValueError, in words for the learner."""

    def __init__(self, handle_id):
        self._handle_id = handle_id

    def encode(self, value):
        return _Walk(self._handle_id).walk(value, 1)


class _Walk:
    def __init__(self, handle_id):
        self._handle_id = handle_id
        self._nodes = 0

    def _count(self, added):
        self._nodes += added
        if self._nodes > _MAX_NODES:
            raise ValueError(f"more than {_MAX_NODES} values can't be returned at once")

    def walk(self, value, depth):
        if depth > _MAX_DEPTH:
            raise ValueError(f"a value nested deeper than {_MAX_DEPTH} (or in a circle) can't be returned")
        self._count(1)
        if value is None or value is True or value is False:
            return value
        if isinstance(value, str):
            return str.__str__(value)
        if isinstance(value, int) and -_LARGEST_EXACT <= value <= _LARGEST_EXACT:
            return int(value)
        if isinstance(value, float) and math.isfinite(value):
            return float(value)
        self._count(2)
        return self._other(value, depth)

    def _other(self, value, depth):
        if isinstance(value, int):
            return _tagged("bigint", decimal_digits(value))
        if isinstance(value, float):
            return _tagged("float", "NaN" if value != value else "Infinity" if value > 0 else "-Infinity")
        if isinstance(value, decimal.Decimal):
            return _decimal(value)
        if isinstance(value, _Datetime):
            return _tagged("instant", _instant(value))
        if isinstance(value, (bytes, bytearray, memoryview)):
            return _tagged("bytes", base64.b64encode(bytes(value)).decode())
        if isinstance(value, uuid.UUID):
            return str(value)
        if isinstance(value, (set, frozenset)):
            return _tagged("set", [self.walk(item, depth + 2) for item in value])
        if isinstance(value, dict) or _is_row(value):
            return self._mapping(value, depth)
        if isinstance(value, (list, tuple)):
            return [self.walk(item, depth + 1) for item in value]
        return self._object(value, depth)

    def _mapping(self, value, depth):
        methods = [key for key, item in value.items() if isinstance(key, str) and callable(item)]
        if methods:
            return self._handle(value, methods)
        fields = {}
        for key, item in value.items():
            if not isinstance(key, (str, int)) or isinstance(key, bool):
                raise TypeError(f"a dict with a key of type {type(key).__name__} can't be returned")
            fields[str(key)] = self.walk(item, depth + 2)
        return {"$": "object", "v": fields} if "$" in fields else fields

    def _object(self, value, depth):
        bson_type = _bson_type(value)
        if bson_type == "ObjectId":
            return _tagged("objectId", str(value))
        if bson_type == "Decimal128":
            return _decimal(value.to_decimal())
        # Generators, dict views, dates and their like have functions too; they are values that have no place on the wire.
        if isinstance(value, type) or callable(value) or type(value).__module__ in ("builtins", "collections", "datetime"):
            raise TypeError(f"a {type(value).__name__} can't be returned")
        methods = [name for name in dir(value) if not name.startswith("_") and callable(getattr(value, name, None))]
        if methods:
            return self._handle(value, methods)
        if dataclasses.is_dataclass(value):
            names = [field.name for field in dataclasses.fields(value)]
            return self._mapping({name: getattr(value, name) for name in names}, depth)
        raise TypeError(f"a {type(value).__name__} can't be returned")

    def _handle(self, value, methods):
        return {"$": "handle", "v": self._handle_id(value), "methods": [camel(name) for name in methods[:200]]}


def _tagged(tag, value):
    return {"$": tag, "v": value}


def _is_row(value):
    """A row that a driver made, such as asyncpg's Record: its fields are found by name, though it is no dict."""
    return type(value).__module__.startswith("asyncpg") and hasattr(value, "items")


def _bson_type(value):
    return type(value).__name__ if type(value).__module__.startswith("bson") else None


def _decimal(value):
    if value.is_finite():
        if abs(value.adjusted()) > 9_000:
            raise ValueError("a decimal with more than 9,000 digits can't be returned")
        return _tagged("decimal", format(value, "f"))
    return _tagged("float", "NaN" if value.is_nan() else "Infinity" if value > 0 else "-Infinity")


def decimal_digits(value):
    """An int's digits, past the 4,300 at which `str` refuses."""
    if value.bit_length() > 30_000:
        raise ValueError("an int with more than 9,000 digits can't be returned")
    return format(decimal.Context(prec=10_000).create_decimal(value), "f")


def _instant(value):
    if value.tzinfo is None:
        raise TypeError("a naive datetime can't be returned: give it a time zone")
    return value.astimezone(_utc).replace(tzinfo=None).isoformat() + "Z"


def decode(value, callback):
    """Judge to runner. `callback` makes the function that calls back."""
    if isinstance(value, list):
        return [decode(item, callback) for item in value]
    if not isinstance(value, dict):
        return value
    tag = value.get("$")
    if tag is None:
        return {key: decode(item, callback) for key, item in value.items()}
    content = value.get("v")
    if tag == "object":
        return {key: decode(item, callback) for key, item in content.items()}
    if tag == "undefined":
        return None
    if tag == "float":
        return float(content)
    if tag == "bigint":
        return int(decimal.Decimal(content))
    if tag == "instant":
        return _Datetime.fromisoformat(content)
    if tag == "bytes":
        return base64.b64decode(content)
    if tag == "set":
        return {decode(item, callback) for item in content}
    if tag == "callback":
        return callback(content)
    raise TypeError(f"unknown tag {tag}")


def snake(name):
    """getOrLoad is get_or_load in Python."""
    return re.sub("[A-Z]", lambda letter: "_" + letter[0].lower(), name)


def camel(name):
    return re.sub("(?<=[a-z0-9])_([a-z0-9])", lambda match: match[1].upper(), name)
