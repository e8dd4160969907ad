"""A backup that is made while everything is written to holds all that was acknowledged before, and comes back."""

import json
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

import crash_run
import harness
from clientele.admin.v1 import backup_service_pb2, backup_service_pb2_grpc
from crash_ledger import Ledger, Reader
from crash_load import CallLoad, JobLoad, ModelLoad, StreamLoad
from crash_verdict import Auditor
from harness import grpc

LOAD_SECONDS = 1.5


class BackupTest(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="clientele-backup-"))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)

    def cli(self, *arguments, exit_code=0):
        result = subprocess.run([str(harness.BIN_DIR / "clientele"), "--output", "json", *map(str, arguments)],
                                capture_output=True, text=True, timeout=300)
        self.assertEqual(result.returncode, exit_code, f"{arguments}\n{result.stdout}\n{result.stderr}")
        return json.loads(result.stdout) if exit_code == 0 else result.stderr

    def test_what_was_acknowledged_before_it_began_comes_back(self):
        deployment = crash_run.Deployment(self.directory, "--backup-directory", str(self.directory / "backups"))
        self.addCleanup(deployment.stop)
        artifact = crash_run.train_first_model(deployment.stubs)
        ledger = Ledger(self.directory / "ledger")
        self.addCleanup(ledger.close)
        channels = deployment.channels
        loads = [StreamLoad(ledger, channels["ingestion"]), CallLoad(ledger, channels["ingestion"]),
                 JobLoad(ledger, channels["training"]), ModelLoad(ledger, channels["inference"], artifact)]
        for load in loads:
            load.start()
        time.sleep(LOAD_SECONDS)
        promised = Reader(self.directory / "ledger").read()
        addresses = [flag for name, program in deployment.programs.items() for flag in (f"--{name}", program.address)]
        backups = self.cli(*addresses, "backup", "create", "--id", "monday")
        self.assertIn("taken", self.cli(*addresses, "backup", "create", "--id", "monday", exit_code=2))
        time.sleep(LOAD_SECONDS)  # What the copy shares with the original is not changed by it.
        for load in loads:
            load.stopping.set()
        for load in loads:
            load.join(timeout=120)
            self.assertEqual(load.wrong, [])
        self.assertGreater(min(len(promised.of(kind)) for kind in ("batch", "job", "version", "alias")), 0)

        self.assertEqual(sorted(backup["program"] for backup in backups),
                         ["clientele-inference", "clientele-ingestion", "clientele-training"])
        for backup in backups:
            self.cli("backup", "verify", backup["directory"])
            name = backup["program"].removeprefix("clientele-")
            restored = self.directory / "restored" / name
            self.cli("backup", "restore", backup["directory"], "--data", restored)
            self.cli("backup", "restore", backup["directory"], "--data", restored, exit_code=5)
        shutil.copy(self.directory / "ingestion" / "master_key", self.directory / "restored" / "ingestion")  # In no backup.
        deployment.stop()
        copy = crash_run.Deployment(self.directory / "restored")
        self.addCleanup(copy.stop)
        tally = Auditor(copy.stubs, promised).audit_copy()
        self.assertEqual(tally.faults, 0, tally.examples)
        self.assertGreater(tally.acknowledged, 0)

    def test_a_damaged_backup_is_not_restored(self):
        ingestion = self.ingestion("--backup-directory", str(self.directory / "backups"))
        backup = self.create(ingestion)
        damaged = next(pathlib.Path(backup.directory).rglob("MANIFEST-*"))
        data = damaged.read_bytes()
        damaged.unlink()  # It may be one file with the server's.
        damaged.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        self.assertIn(damaged.name, self.cli("backup", "verify", backup.directory, exit_code=1))
        self.cli("backup", "restore", backup.directory, "--data", self.directory / "restored", exit_code=1)
        self.assertFalse((self.directory / "restored").exists())
        self.cli("backup", "verify", self.directory, exit_code=4)

    def test_old_backups_go_and_the_newest_stay(self):
        ingestion = self.ingestion("--backup-directory", str(self.directory / "backups"))
        address = ("--ingestion", ingestion.address)
        for name in ("first", "second", "third"):
            self.cli(*address, "backup", "create", "--of", "ingestion", "--id", name)
        prune = (*address, "backup", "prune", "--of", "ingestion", "--keep", 2)
        self.assertEqual([gone["backupId"] for gone in self.cli(*prune, "--dry-run")], ["first"])
        self.assertEqual(self.cli(*prune, "--older-than", "1h"), [])
        self.assertEqual([gone["backupId"] for gone in self.cli(*prune)], ["first"])
        there = self.directory / "backups" / "clientele-ingestion"
        self.assertEqual(sorted(path.name for path in there.iterdir()), ["second", "third"])
        self.cli("backup", "verify", there / "third")
        entries = self.cli(*address, "audit", "list", "--service", "ingestion", "--platform")
        self.assertIn("PruneBackups", json.dumps(entries))

    def test_only_operators_of_the_platform_make_backups(self):
        keys = self.directory / "keys.json"
        def key(role, *flags):
            return subprocess.run([str(harness.BIN_DIR / "clientele"), "--tenant", "acme", "keys", "create", "--file", str(keys),
                                   "--roles", role, *flags], capture_output=True, text=True, check=True).stdout.strip()
        secrets = {name: key(*arguments) for name, arguments in {
            "platform": ("operator", "--every-tenant"), "operator": ("operator",), "admin": ("tenant_admin",),
            "analyst": ("analyst", "--every-tenant")}.items()}
        ingestion = self.ingestion("--backup-directory", str(self.directory / "backups"), "--auth-api-keys-file", str(keys))
        for name in ("operator", "admin", "analyst"):
            with self.assertRaises(grpc.RpcError) as error:
                self.create(ingestion, secrets[name])
            self.assertEqual(error.exception.code(), grpc.StatusCode.PERMISSION_DENIED, name)
        with self.assertRaises(grpc.RpcError) as error:
            self.create(ingestion)
        self.assertEqual(error.exception.code(), grpc.StatusCode.UNAUTHENTICATED)
        self.assertFalse((self.directory / "backups").exists())
        self.assertGreater(self.create(ingestion, secrets["platform"]).file_count, 0)

    def test_a_server_that_makes_none_says_so(self):
        with self.assertRaises(grpc.RpcError) as error:
            self.create(self.ingestion())
        self.assertEqual(error.exception.code(), grpc.StatusCode.FAILED_PRECONDITION)
        self.assertIn("backup.directory", error.exception.details())

    def ingestion(self, *flags):
        program = harness.Program("clientele-ingestion", self.directory / "ingestion.log", "--data-directory",
                                  str(self.directory / "ingestion"), *flags)
        self.addCleanup(program.stop)
        return program

    def create(self, program, secret=None):
        with grpc.insecure_channel(program.address) as channel:
            metadata = [("authorization", f"Bearer {secret}")] if secret else None
            return backup_service_pb2_grpc.BackupServiceStub(channel).CreateBackup(
                backup_service_pb2.CreateBackupRequest(), timeout=60, metadata=metadata)


if __name__ == "__main__":
    unittest.main()
