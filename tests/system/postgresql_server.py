"""A PostgreSQL server of a test's own: in a directory, on a unix socket there, as a user without privileges.

    server = PostgresqlServer(directory)
    Program("clientele-ingestion", log, "--storage-url", server.new_database())
"""

import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile
import time
import unittest

PROGRAMS = pathlib.Path("/usr/lib/postgresql/15/bin")


def unprivileged():
    """PostgreSQL refuses to run as root: the user that it runs as then, or None."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise unittest.SkipTest("there is no user without privileges to run PostgreSQL as")


class PostgresqlServer:
    def __init__(self, log):
        if not (PROGRAMS / "postgres").exists():
            raise unittest.SkipTest("PostgreSQL 15 is not here: scripts/setup --test installs it")
        self.user = unprivileged()
        self.log = log
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="clientele-pg-"))
        self.databases = 0
        if self.user:
            os.chown(self.directory, self.user.pw_uid, self.user.pw_gid)
        subprocess.run([PROGRAMS / "initdb", "-D", self.directory / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8",
                        "--locale=C", "--no-sync"], check=True, capture_output=True, **self.identity())
        self.process = None
        self.start()
        self.run("CREATE ROLE clientele LOGIN")

    def identity(self):
        return {"cwd": self.directory} | ({"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}
                                          if self.user else {})

    def start(self):
        """Until it takes sessions; those of a server that was killed may still be ending."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with open(self.log, "ab") as log:
                self.process = subprocess.Popen(
                    [PROGRAMS / "postgres", "-D", self.directory / "data", "-k", self.directory, "-h", "", "-c", "fsync=off"],
                    stdout=log, stderr=log, stdin=subprocess.DEVNULL, **self.identity())
            while self.process.poll() is None and time.monotonic() < deadline:
                ready = subprocess.run([PROGRAMS / "pg_isready", "-q", "-h", self.directory])
                if ready.returncode == 0:
                    return
                time.sleep(0.05)
            time.sleep(0.1)
        raise AssertionError(f"PostgreSQL does not start: {pathlib.Path(self.log).read_text(errors='replace')[-2000:]}")

    def run(self, sql, database="postgres"):
        """Runs SQL as the superuser; what it prints."""
        result = subprocess.run([PROGRAMS / "psql", "-h", self.directory, "-U", "postgres", "-d", database, "-XAtqc", sql],
                                capture_output=True, text=True, timeout=60)
        if result.returncode != 0:
            raise AssertionError(f"{sql}\n{result.stderr}")
        return result.stdout.strip()

    def new_database(self):
        """The address of a new, empty database, whose owner is a role without privileges."""
        self.databases += 1
        self.run(f"CREATE DATABASE test_{self.databases} OWNER clientele")
        return f"postgresql:///test_{self.databases}?host={self.directory}&user=clientele"

    def end_sessions(self):
        self.run("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'clientele'")

    def restart(self):
        """As an administrator does: sessions are ended, what they had not committed is not there."""
        self.process.send_signal(subprocess.signal.SIGINT)
        self.process.wait(timeout=60)
        self.start()

    def crash(self):
        self.process.kill()
        self.process.wait()
        self.start()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(subprocess.signal.SIGINT)
            self.process.wait(timeout=60)
        shutil.rmtree(self.directory, ignore_errors=True)
