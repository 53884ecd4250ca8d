"""SQLAlchemy's dialects over limbeck's driver: those of the usual drivers, without what asks for the driver itself."""

import sys

LEVELS = {
    "postgresql": "READ COMMITTED",
    "sqlite": "SERIALIZABLE",
    "mysql": "REPEATABLE READ",
    "mariadb": "REPEATABLE READ",
}


def engine(driver):
    """Returns an engine all of whose connections are limbeck's."""
    from sqlalchemy import create_engine
    from sqlalchemy.dialects import registry
    from sqlalchemy.pool import NullPool

    here = sys.modules[__name__]
    here.Dialect = type("Dialect", (Bridged, *_bases(driver.dialect)), {"supports_statement_cache": True})
    registry.register(driver.dialect + ".limbeck", __name__, "Dialect")
    made = create_engine(driver.dialect + "+limbeck://", module=driver, poolclass=NullPool)
    # What is asked for at the first connection.
    made.connect().close()
    driver.backslashes = getattr(made.dialect, "_backslash_escapes", True)
    return made


def _bases(dialect):
    if dialect == "postgresql":
        from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2

        return (Postgresql, PGDialect_psycopg2)
    if dialect == "sqlite":
        from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

        return (SQLiteDialect_pysqlite,)
    from sqlalchemy.dialects.mysql.pymysql import MySQLDialect_pymysql

    if dialect == "mysql":
        return (MySQLDialect_pymysql,)
    from sqlalchemy.dialects.mysql.mariadb import MariaDBDialect

    return (MariaDBDialect, MySQLDialect_pymysql)


class Bridged:
    supports_server_side_cursors = False

    def create_connect_args(self, url):
        return [], {}

    def on_connect(self):
        return None

    def on_connect_url(self, url):
        return None

    def do_executemany(self, cursor, statement, parameters, context=None):
        cursor.executemany(statement, parameters)

    def do_ping(self, dbapi_connection):
        return True

    def is_disconnect(self, error, connection, cursor):
        # A connection that is lost ends the program.
        return False

    def get_isolation_level_values(self, dbapi_connection):
        return ["AUTOCOMMIT", LEVELS[self.name]]

    def get_default_isolation_level(self, dbapi_connection):
        return LEVELS[self.name]

    def get_isolation_level(self, dbapi_connection):
        return "AUTOCOMMIT" if dbapi_connection.autocommit else LEVELS[self.name]

    def set_isolation_level(self, dbapi_connection, level):
        dbapi_connection.autocommit = level == "AUTOCOMMIT"

    def reset_isolation_level(self, dbapi_connection):
        dbapi_connection.autocommit = False

    def detect_autocommit_setting(self, dbapi_connection):
        return dbapi_connection.autocommit


class Postgresql:
    def __init__(self, **arguments):
        # limbeck hands out its text, which SQLAlchemy reads.
        super().__init__(use_native_hstore=False, **arguments)
