"""The three programs on one PostgreSQL."""

import pathlib
import shutil
import tempfile

import harness
from postgresql_server import PostgresqlServer


class PostgresqlPrograms(harness.SystemTest):
    """Each test has a server of its own, too."""

    def setUp(self):
        logs = pathlib.Path(tempfile.mkdtemp(prefix="clientele-postgresql-"))
        self.addCleanup(shutil.rmtree, logs, ignore_errors=True)
        self.server = PostgresqlServer(logs / "postgresql.log")
        self.addCleanup(self.server.stop)
        self.url, self.keys_url = self.server.new_database(), self.server.new_database()
        super().setUp()

    def program(self, name, *flags):
        return super().program(name, *self.storage(name), *flags)

    def storage(self, name):
        keys = ("--privacy-keys-url", self.keys_url) if name == "clientele-ingestion" else ()
        return ("--storage-url", self.url, *keys)

    def replica(self, name, *flags):
        """One more of the program, with a data directory of its own."""
        directory = tempfile.mkdtemp(prefix="replica-", dir=self.directory)
        program = harness.Program(name, pathlib.Path(f"{directory}.log"), "--data-directory", directory, *flags)
        self.addCleanup(program.stop)
        return program

    def sql(self, statement):
        return self.server.run(statement, "test_1")
