# SPDX-License-Identifier: Apache-2.0
"""The tables of the history, and how a file of an earlier version becomes one of today's.

``MIGRATIONS[n]`` makes version n + 1 of version n; they are only ever added to. SQLite's
``user_version`` is the version.
"""

import sqlite3

from traindeploy.errors import UserError

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE regression (
        id TEXT PRIMARY KEY,        -- its folder below build/regress; of imported records, a digest of their file
        plan TEXT NOT NULL,
        commit_id TEXT NOT NULL,    -- empty: no Git checkout
        dirty INTEGER NOT NULL,
        tree TEXT NOT NULL,         -- digest of what differs from the commit
        date TEXT NOT NULL,         -- UTC, ISO 8601
        machine TEXT NOT NULL,
        python TEXT NOT NULL,
        tools TEXT NOT NULL,        -- JSON: versions by name
        verdict TEXT NOT NULL,
        seconds REAL NOT NULL,
        executor TEXT NOT NULL
    );
    CREATE INDEX regression_of_plan ON regression (plan, date);
    CREATE TABLE job (
        regression TEXT NOT NULL REFERENCES regression (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        test TEXT NOT NULL,
        kind TEXT NOT NULL,         -- empty: the build of a simulator
        standing TEXT NOT NULL,
        failure TEXT NOT NULL,
        note TEXT NOT NULL,
        repeat TEXT NOT NULL,
        seconds REAL NOT NULL,
        losses INTEGER NOT NULL,
        PRIMARY KEY (regression, name)
    ) WITHOUT ROWID;
    CREATE INDEX job_of_name ON job (name);
    CREATE TABLE record (
        regression TEXT NOT NULL REFERENCES regression (id) ON DELETE CASCADE,
        job TEXT NOT NULL,
        name TEXT NOT NULL,         -- of the case: test, configuration, seed
        test TEXT NOT NULL,
        kind TEXT NOT NULL,
        seed INTEGER NOT NULL,
        verdict TEXT NOT NULL,
        failure TEXT NOT NULL,
        cycles INTEGER NOT NULL,
        max_ulp INTEGER,
        stated INTEGER NOT NULL,    -- bins of functional coverage
        hit INTEGER NOT NULL,
        seconds REAL NOT NULL,
        document TEXT NOT NULL      -- the whole case record, as JSON
    );
    CREATE INDEX record_of_regression ON record (regression, name);
    CREATE INDEX record_of_name ON record (name);
    """,
    """
    CREATE TABLE bisection (
        name TEXT NOT NULL,         -- of the job
        bad TEXT NOT NULL,          -- commit at which it failed
        date TEXT NOT NULL,         -- UTC, ISO 8601
        document TEXT NOT NULL,     -- JSON: traindeploy.regress.bisect.Found
        PRIMARY KEY (name, bad)
    ) WITHOUT ROWID;
    """,
)
VERSION = len(MIGRATIONS)


def migrate(connection: sqlite3.Connection, where: str) -> None:
    """Bring the file to today's version; UserError if it is of a later one, or no history at all."""
    found = version(connection, where)
    if found == VERSION:
        return
    if found > VERSION:
        raise UserError(f"{where}: a history of version {found}, but this TrainDeploy knows {VERSION}: use a newer one")
    connection.execute("BEGIN IMMEDIATE")
    try:
        for number in range(version(connection, where), VERSION):  # another writer may have been quicker
            for statement in MIGRATIONS[number].split(";\n"):
                if statement.strip():
                    connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def version(connection: sqlite3.Connection, where: str) -> int:
    """The version of the file; 0 if it is new."""
    try:
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        found = int(connection.execute("PRAGMA user_version").fetchone()[0])  # written with the first table
    except sqlite3.DatabaseError as error:
        raise UserError(f"{where}: no history of regressions: {error}") from None
    if not found and tables:
        raise UserError(f"{where}: an SQLite file of something else: give another one with --history")
    return found
