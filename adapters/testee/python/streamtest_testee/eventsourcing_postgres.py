"""The application recorder of the package `eventsourcing` on PostgreSQL.

The server is the one that the variables PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE name, on loopback by
default. Each stream is a schema of its own, `streamtest_…`, which is dropped with it; a twin is another table of that
schema, as the package keeps several applications in one.

A table's ids come from a sequence, which an append that fails doesn't give back: offsets are sparse. Each subscription
keeps a connection of the recorder's pool for itself, and the pool is as large as the package's own factory makes it, so
that the number of cursors is limited. What is stored can be opened anew.
"""
from __future__ import annotations

import sys
from typing import Any
from uuid import uuid4

import psycopg
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg import sql
from typing_extensions import LiteralString

from streamtest_testee.eventsourcing_recorder import RecorderStream, hello_of
from streamtest_testee.protocol import Hello

CURSORS = 10  # of the 15 connections in a pool of the package's factory; the other 5 are for reading and appending


def address() -> dict[str, str]:
    """What libpq would connect to by itself: the package wants each part named."""
    defaults = {option.keyword.decode(): option.val.decode() for option in psycopg.pq.Conninfo.get_defaults() if option.val}
    user = defaults.get("user", "postgres")
    return {
        "dbname": defaults.get("dbname", user),
        "host": defaults.get("host", "127.0.0.1"),
        "port": defaults.get("port", "5432"),
        "user": user,
        "password": defaults.get("password", ""),
    }


class Recorder(RecorderStream):
    functions = False
    suffix = ""

    def __init__(self, request: dict[str, Any], schema: str = "") -> None:
        super().__init__(request)
        name = uuid4().hex
        self.schema = schema or "streamtest_" + name
        self.table = "events_" + name  # its own name, because that is the channel of its notifications in all schemas
        self.owns_schema = not schema
        self.connect()

    def connect(self) -> None:
        self.datastore = PostgresDatastore(
            **address(), schema=self.schema, pool_size=5, max_overflow=10, enable_db_functions=self.functions
        )
        self.execute("CREATE SCHEMA IF NOT EXISTS {}", self.schema)
        self.recorder = PostgresApplicationRecorder(self.datastore, events_table_name=self.table)
        self.recorder.create_table()

    def execute(self, statement: LiteralString, *names: str) -> None:
        with self.datastore.get_connection() as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def reopen(self) -> None:
        self.datastore.close()
        self.connect()

    def twin(self, request: dict[str, Any]) -> Recorder:
        return type(self)(request, self.schema)

    def drop(self) -> None:
        if self.owns_schema:
            self.execute("DROP SCHEMA IF EXISTS {} CASCADE", self.schema)
        else:
            self.execute("DROP TABLE IF EXISTS {}.{}", self.schema, self.table)
        self.datastore.close()

    @classmethod
    def hello(cls) -> Hello:
        try:
            with psycopg.connect(**address()) as connection:
                major = connection.info.server_version // 10000
        except psycopg.OperationalError as failure:
            sys.exit(f"no PostgreSQL server answers; PGHOST, PGPORT and so on say where it is: {failure}")
        return hello_of(
            f"PostgresApplicationRecorder{cls.suffix} on PostgreSQL {major}",
            hooks=["reopen", "twin"],
            sparse_offsets=True,
            twin=True,
            max_cursors=CURSORS,
        )


class FunctionsRecorder(Recorder):
    """With POSTGRES_ENABLE_DB_FUNCTIONS: the server's own function inserts the events."""

    functions = True
    suffix = " with functions"
