import threading

import psycopg2
from psycopg2 import sql

MAX_LIMIT = 1_000
# A connection for each thread: threads may share one, but then they share its transaction as well.
_own = threading.local()


class Refusal(Exception):
    def __init__(self, code):
        super().__init__(code)
        self.code = code


def search(cfg, fields, q):
    limit, offset = q.get("limit"), q.get("offset", 0)
    _check_page(limit, offset)
    conditions, parameters = [sql.SQL("true")], []
    for each in q.get("filters") or []:
        condition, values = _condition(_column(fields, each["field"]), each["op"], each.get("value"))
        conditions.append(condition)
        parameters += values
    # The id decides between equals, or rows would change places from page to page.
    order = [_order(fields, each) for each in q.get("sort") or []] + [sql.SQL("id")]

    statement = sql.SQL("SELECT id FROM items WHERE {} ORDER BY {} LIMIT %s OFFSET %s").format(
        sql.SQL(" AND ").join(conditions), sql.SQL(", ").join(order)
    )
    with _connection(cfg) as conn, conn.cursor() as cur:
        cur.execute(statement, [*parameters, limit, offset])
        return [row[0] for row in cur]


def _connection(cfg):
    if getattr(_own, "conn", None) is None or _own.conn.closed:
        _own.conn = psycopg2.connect(**_dsn(cfg["pg"]))
    return _own.conn


def _column(fields, field):
    """A public name to a quoted column."""
    if field not in fields:
        raise Refusal("BAD_FIELD")
    # Identifier quotes quotes; a percent sign is psycopg2's own affair, because the statement is a template.
    return sql.Identifier(fields[field].replace("%", "%%"))


def _condition(column, op, value):
    """SQL made of our own words and placeholders, and the values for them."""
    if op == "isNull":
        return sql.SQL("{} IS NULL" if value else "{} IS NOT NULL").format(column), []
    if op == "contains":
        return sql.SQL("{} ILIKE %s").format(column), [f"%{_literally(value)}%"]
    if op == "in":
        # One array is one parameter, however long, and right when it is empty.
        return (sql.SQL("{} = ANY(%s)").format(column), [value]) if value else (sql.SQL("false"), [])
    # Unlike <>, IS DISTINCT FROM is true for a null on one side.
    operators = {"eq": "=", "ne": "IS DISTINCT FROM", "lt": "<", "gte": ">="}
    if op not in operators:
        raise Refusal("BAD_OP")
    return sql.SQL("{} " + operators[op] + " %s").format(column), [value]


def _literally(text):
    """The pattern language of LIKE has three special characters; the backslash first, or it would escape our own."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _order(fields, sort):
    if sort["dir"] not in ("asc", "desc"):
        raise Refusal("BAD_SORT")
    return sql.SQL("{} " + sort["dir"] + " NULLS LAST").format(_column(fields, sort["field"]))


def _check_page(limit, offset):
    if not (_is_int(limit) and 1 <= limit <= MAX_LIMIT and _is_int(offset) and offset >= 0):
        raise Refusal("BAD_PAGE")


def _is_int(value):
    # True is an int as well.
    return isinstance(value, int) and not isinstance(value, bool)


def _dsn(c):
    return {"host": c["host"], "port": c["port"], "user": c["user"], "password": c["password"], "dbname": c["database"]}
