"""What the code of this section presupposes."""

import os

import psycopg2
import psycopg2.extras
from psycopg2 import sql


def _connect():
    return psycopg2.connect(os.environ["DATABASE_URL"])


def _with_cursor(run):
    run(cur=_connect().cursor())


c01 = c03 = c04 = c08 = c13 = _with_cursor


def c09(run):
    run(conn=_connect())


def c11(run):
    cur = _connect().cursor()
    cur.execute("CREATE TEMP TABLE t (n int)")
    run(cur=cur)


def c18(run):
    conn, other = _connect(), _connect().cursor()
    other.execute("SELECT pg_terminate_backend(%s, 30000)", (conn.info.backend_pid,))
    assert other.fetchone()[0], "the backend is still there"
    run(conn=conn, cur=conn.cursor())
