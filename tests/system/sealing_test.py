"""What is personal is nowhere in the clear, opens with its keys alone, and is shown in full to who may see it."""

import json
import os
import secrets
import subprocess
import time
import unittest
import unittest.mock
import urllib.request

import harness
import serving_model
from clientele.admin.v1 import audit_service_pb2, audit_service_pb2_grpc
from clientele.admin.v1 import backup_service_pb2, backup_service_pb2_grpc
from clientele.ingestion.v1 import privacy_service_pb2, privacy_service_pb2_grpc
from harness import TENANT, customer_service_pb2, grpc, ingestion_service_pb2, record_pb2, timestamp

CLEAR_RECORDS = harness.BIN_DIR.parent / "tests" / "system" / "clear_records"

# Planted: none of these may stand in any file, log or metric.
NAME, EMAIL, PHONE, DIALLED = "Wilhelmina Quillfeather", "wilhelmina.q@planted.example", "+14155550123", "(415) 555-0123"
MESSAGE, ANSWER = "I am Wilhelmina and my parcel is lost", "Wilhelmina is not amused by this"
BAD_EMAIL, BAD_TEXT = "wilhelmina at planted", "the quarantined words of Wilhelmina"
PLANTED = ["Quillfeather", "wilhelmina.q", PHONE, DIALLED, "555-0123", "my parcel is lost", "is not amused", BAD_EMAIL,
           "quarantined words"]


def record(record_id, customer="wilma", **fields):
    return record_pb2.Record(source="crm", record_id=record_id, customer_id=customer,
                             event_time=timestamp("2020-01-01T00:00:00Z"), **fields)


def profile(record_id, customer="wilma", name=NAME, email=EMAIL, phone=DIALLED):
    return record(record_id, customer, profile=record_pb2.Profile(email=email, phone=phone, display_name=name))


def planted_records():
    message = record("m1", message=record_pb2.Message(direction=record_pb2.Message.DIRECTION_INBOUND, text=MESSAGE))
    answer = record("f1", feedback=record_pb2.Feedback(score=3, issue="late", text=ANSWER))
    purchase = record("t1", transaction=record_pb2.Transaction(amount_micros=5_000_000, product="control-product"))
    return [profile("p1"), message, answer, purchase]


def bad_records():
    nameless = record("bad-2", customer="", message=record_pb2.Message(text=BAD_TEXT))
    return [profile("bad-1", email=BAD_EMAIL), nameless]


def files_with(directory, text):
    return [str(path.relative_to(directory)) for path in directory.rglob("*")
            if path.is_file() and text.encode() in path.read_bytes()]


class SealingTest(harness.SystemTest):
    """Over the three programs, in development mode."""

    def send(self, records):
        return self.records.IngestRecordBatch(ingestion_service_pb2.IngestRecordBatchRequest(
            parent=TENANT, records=records), timeout=harness.CALL_SECONDS).result

    def customer(self, customer="wilma"):
        return self.customers.GetCustomer(customer_service_pb2.GetCustomerRequest(
            name=f"{TENANT}/customers/{customer}"), timeout=harness.CALL_SECONDS)

    def test_no_program_writes_a_personal_value_in_the_clear(self):
        serving_model.publish(self)
        self.assertEqual(self.send(planted_records()).accepted_count, 4)
        self.assertEqual(self.send(bad_records()).rejected_count, 2)
        again = self.send(planted_records())
        self.assertEqual(again.duplicate_count, 4)
        changed = planted_records()[1]
        changed.message.text += "!"
        self.assertEqual(self.send([changed]).conflict_count, 1)

        # All of it is there for who may see it, through every door.
        wilma = self.customer()
        self.assertEqual((wilma.email, wilma.phone, wilma.display_name), (EMAIL, PHONE, NAME))
        shown = self.run_cli("customers", "show", "wilma")
        self.assertIn(EMAIL, shown)
        exported = self.run_cli("privacy", "export", "wilma")
        for value in (NAME, EMAIL, PHONE, DIALLED, MESSAGE, ANSWER, BAD_EMAIL):
            self.assertIn(json.dumps(value)[1:-1], exported)
        self.assertNotIn("sealed", exported)
        rejected = self.records.ListRejectedRecords(ingestion_service_pb2.ListRejectedRecordsRequest(parent=TENANT),
                                                    timeout=harness.CALL_SECONDS).rejected_records
        self.assertEqual([r.record.message.text or r.record.profile.email for r in rejected], [BAD_TEXT, BAD_EMAIL])
        self.assertEqual({r.sealed_record for r in rejected}, {b""})
        self.scoring.Score(harness.scoring_service_pb2.ScoreRequest(
            name=f"{TENANT}/models/churn", subject=harness.scoring_service_pb2.Subject(customer_id="wilma")),
            timeout=harness.CALL_SECONDS)

        self.assertNotEqual(files_with(self.directory / "ingestion", "control-product"), [], "the search finds nothing")
        metrics = "".join(urllib.request.urlopen(f"http://{program.metrics_address}/metrics").read().decode()
                          for program in (self.ingestion, self.inference, self.training))
        for program in (self.ingestion, self.inference, self.training):
            program.stop()
        for value in PLANTED:
            self.assertEqual(files_with(self.directory, value), [], value)
            self.assertNotIn(value, metrics)

    def test_keys_of_each_level_change_while_the_server_serves(self):
        self.ingestion.stop()
        master = self.directory / "master"
        first = secrets.token_hex(32)
        master.write_text(first + "\n")
        master.chmod(0o600)
        harness.shutil.rmtree(self.directory / "ingestion")
        self.ingestion = self.program("clientele-ingestion", "--privacy-master-key-file", str(master))
        self.connect()
        status = lambda *more: json.loads(self.run_cli("--output", "json", "encryption", *more))[0]
        self.assertEqual(self.send(planted_records()).accepted_count, 4)
        before = status("status", "--records")
        self.assertEqual([before[key] for key in ("tenant_keys", "customers", "customer_keys", "pending")], [1, 1, 1, 0])
        self.assertEqual((before["sealed"], before["clear"], before["unreadable"]), (3, 0, 0))

        # A new master key: then the old one is not needed any more.
        second = secrets.token_hex(32)
        master.write_text(f"{second}  # since today\n{first}\n")
        after = status("rotate", "master")
        self.assertNotEqual(after["master_key"], before["master_key"])
        master.write_text(second + "\n")
        self.ingestion.port = int(self.ingestion.address.rsplit(":")[-1])
        self.ingestion.stop()
        self.ingestion.start()
        self.connect()
        self.assertEqual(self.customer().email, EMAIL)

        # A new tenant key wraps what is there.
        self.assertEqual(status("rotate", "tenant")["customers"], 1)
        deadline = time.monotonic() + 30
        while (now := status("status"))["tenant_keys"] != 1:
            self.assertLess(time.monotonic(), deadline, now)
            time.sleep(0.05)
        self.assertEqual(now["pending"], 0)
        self.assertEqual(self.customer().email, EMAIL)

        # New customer keys seal what comes, the old ones open what was there.
        status("rotate", "customer")
        self.send([profile("p2", name="Wilma Q.")])
        self.assertEqual(status("status")["customer_keys"], 2)
        self.assertEqual((self.customer().email, self.customer().display_name), (EMAIL, "Wilma Q."))

        # With another master key, or one that everybody may read, the server says why it does not start.
        master.write_text(secrets.token_hex(32))
        self.assert_refuses("wrapped with the master key")
        master.write_text(second)
        master.chmod(0o644)
        self.assert_refuses("chmod 600")
        master.chmod(0o600)
        master.write_text("secret")
        self.assertNotIn("secret", self.assert_refuses("no key of 32 bytes"))

    def assert_refuses(self, why):
        self.ingestion.stop()
        with self.assertRaises(AssertionError) as refused:
            self.ingestion.start()
        self.assertIn(why, str(refused.exception))
        return str(refused.exception).replace("privacy.master_key_file", "")


    def test_what_came_in_in_the_clear_is_sealed_also_when_the_server_is_killed_in_the_middle(self):
        count = 30_000
        self.ingestion.stop()
        subprocess.run([CLEAR_RECORDS, self.directory / "ingestion", "demo", str(count)], check=True, timeout=120)
        self.assertNotEqual(files_with(self.directory / "ingestion", "planted-1"), [], "the search finds nothing")
        status = lambda: json.loads(self.run_cli("--output", "json", "encryption", "status", "--records"))[0]
        self.ingestion.port = int(self.ingestion.address.rsplit(":")[-1])
        self.restart()
        self.assertEqual(status()["clear"], count)

        sealing = subprocess.Popen(self.cli_command("encryption", "seal"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.3)
        self.ingestion.kill()
        self.assertNotEqual(sealing.wait(timeout=60), 0)
        self.restart()
        remain = status()
        self.assertEqual(remain["clear"] + remain["sealed"], count)
        self.assertIn(f"{remain['clear']:,}", self.run_cli("encryption", "seal"))
        after = status()
        self.assertEqual((after["clear"], after["sealed"], after["unreadable"]), (0, count, 0))
        sealed = json.loads(self.run_cli("--output", "json", "encryption", "seal"))
        self.assertEqual((int(sealed.get("sealedCount", 0)), sealed["isDone"]), (0, True))
        self.assertEqual(self.customer("old-7").email, f"planted-{count - 1000 + 7}@example.com")
        self.run_cli("privacy", "erase", "old-7")
        self.ingestion.stop()
        self.assertEqual(files_with(self.directory / "ingestion", "planted-"), [])

    def restart(self):
        self.ingestion.start()
        self.connect()

    def test_the_master_key_may_be_in_the_environment(self):
        self.ingestion.stop()
        harness.shutil.rmtree(self.directory / "ingestion")
        first, second = secrets.token_hex(32), secrets.token_hex(32)
        variable = "CLIENTELE_TEST_MASTER_KEYS"
        flags = ("--privacy-master-key-variable", variable)
        with unittest.mock.patch.dict(os.environ, {variable: first}):
            self.ingestion = self.program("clientele-ingestion", *flags)
            self.connect()
            self.send(planted_records())
            environment = harness.pathlib.Path(f"/proc/{self.ingestion.process.pid}/environ").read_bytes()
            self.assertIn(variable.encode(), environment)
            self.assertNotIn(first.encode(), environment)
            refused = subprocess.run(self.cli_command("encryption", "rotate", "master"), capture_output=True, text=True)
            self.assertNotEqual(refused.returncode, 0)
            self.assertIn("environment variable", refused.stderr)
            self.assertFalse((self.directory / "ingestion" / "master_key").exists())
            self.ingestion.stop()

            os.environ[variable] = f"{second}\n{first}"
            self.ingestion.port = int(self.ingestion.address.rsplit(":")[-1])
            self.restart()
            self.assertEqual(self.customer().email, EMAIL)
            self.ingestion.stop()
            os.environ[variable] = second
            self.restart()
            self.assertEqual(self.customer().email, EMAIL, "the old one is not needed any more")
            os.environ[variable] = first
            self.assert_refuses("wrapped with the master key")
            os.environ[variable] = "secret"
            self.assertNotIn("secret", self.assert_refuses("no key of 32 bytes"))
            del os.environ[variable]
            self.assert_refuses(f"{variable}, is not set")
            self.ingestion.flags += ("--privacy-master-key-file", str(self.directory / "master"))
            self.assert_refuses("both set")


class ShreddingTest(unittest.TestCase):
    """A backup from before an erasure."""

    def setUp(self):
        self.directory = harness.pathlib.Path(harness.tempfile.mkdtemp(prefix="clientele-sealing-"))
        self.addCleanup(harness.shutil.rmtree, self.directory, ignore_errors=True)
        self.master = self.directory / "master"
        self.master.write_text(secrets.token_hex(32))
        self.master.chmod(0o600)

    def serve(self, name):
        program = harness.Program("clientele-ingestion", self.directory / f"{name}.log", "--data-directory",
                                  str(self.directory / name), "--backup-directory", str(self.directory / "backups"),
                                  "--privacy-master-key-file", str(self.master), "--privacy-reporters", "")
        self.addCleanup(program.stop)
        self.addCleanup((channel := grpc.insecure_channel(program.address)).close)
        self.channel = channel
        self.customers = harness.customer_service_pb2_grpc.CustomerServiceStub(channel)
        self.program = program
        return program

    def cli(self, *arguments):
        command = [str(harness.BIN_DIR / "clientele"), "--tenant", "demo", "--ingestion", self.program.address]
        result = subprocess.run([*command, *map(str, arguments)], capture_output=True, text=True, timeout=120)
        self.assertEqual(result.returncode, 0, f"{arguments}\n{result.stdout}\n{result.stderr}")
        return result.stdout

    def customer(self, customer):
        return self.customers.GetCustomer(customer_service_pb2.GetCustomerRequest(name=f"{TENANT}/customers/{customer}"),
                                          timeout=harness.CALL_SECONDS)

    def test_an_old_backup_does_not_tell_who_was_erased(self):
        self.serve("data")
        records = harness.ingestion_service_pb2_grpc.IngestionServiceStub(self.channel)
        bob = profile("p-bob", customer="bob", name="Bob Cratchit", email="bob@other.example", phone="")
        sent = records.IngestRecordBatch(ingestion_service_pb2.IngestRecordBatchRequest(
            parent=TENANT, records=planted_records() + [bob]), timeout=harness.CALL_SECONDS)
        self.assertEqual(sent.result.accepted_count, 5)
        backup = backup_service_pb2_grpc.BackupServiceStub(self.channel).CreateBackup(
            backup_service_pb2.CreateBackupRequest(backup_id="before"), timeout=60)
        self.assertFalse((harness.pathlib.Path(backup.directory) / "data" / "keys").exists())
        kept = self.directory / "kept-by-somebody"  # The records alone: the keys are not in it.
        harness.shutil.copytree(backup.directory, kept / "clientele-ingestion" / "before")
        for value in PLANTED:
            self.assertEqual(files_with(self.directory / "backups", value), [], value)

        erased = json.loads(self.cli("--output", "json", "privacy", "erase", "wilma"))
        self.assertEqual(erased["state"], "STATE_COMPLETE")
        self.assertIn({"program": "ingestion", "store": "customer keys", "count": "1"}, erased["counts"])
        self.cli("backup", "verify", self.directory / "backups" / "clientele-ingestion-keys" / "newest")

        # With the keys as they are now, everybody else is there, and of her what was never sealed.
        self.cli("backup", "restore", backup.directory, "--data", self.directory / "restored")
        self.program.stop()
        self.serve("restored")
        self.assertEqual(self.customer("bob").email, "bob@other.example")
        wilma = self.customer("wilma")
        self.assertEqual((wilma.email, wilma.phone, wilma.display_name), ("", "", ""))
        self.assertEqual(wilma.record_count, 4)
        self.assertNotIn("Wilhelmina", self.cli("privacy", "export", "wilma"))
        counts = json.loads(self.cli("--output", "json", "encryption", "status", "--records"))[0]
        self.assertEqual((counts["sealed"], counts["unreadable"]), (1, 3))

        # Without the keys nothing begins that could not be undone.
        self.cli("backup", "restore", kept / "clientele-ingestion" / "before", "--data", self.directory / "keyless")
        self.program.stop()
        with self.assertRaises(AssertionError) as refused:
            self.serve("keyless")
        self.assertIn("clientele-ingestion-keys/newest", str(refused.exception))
        self.assertFalse((self.directory / "keyless" / "keys").exists())


class MaskingTest(unittest.TestCase):
    """By the role of who asks; who was shown it in full is in the audit log."""

    def setUp(self):
        self.directory = harness.pathlib.Path(harness.tempfile.mkdtemp(prefix="clientele-masking-"))
        self.addCleanup(harness.shutil.rmtree, self.directory, ignore_errors=True)
        key, public = self.directory / "key.pem", self.directory / "public.pem"
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", key], check=True)
        subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-out", public], check=True)
        self.tokens = {role: subprocess.run(
            [str(harness.BIN_DIR / "clientele"), "tokens", "create", "--key", str(key), "--subject", role, "--tenant", "demo",
             "--roles", role], capture_output=True, text=True, check=True).stdout.strip()
            for role in ("ingester", "analyst", "scorer", "privacy_officer", "tenant_admin")}
        self.program = harness.Program("clientele-ingestion", self.directory / "ingestion.log", "--data-directory",
                                       str(self.directory / "ingestion"), "--auth-key-set-file", str(public))
        self.addCleanup(self.program.stop)
        self.channel = grpc.insecure_channel(self.program.address)
        self.addCleanup(self.channel.close)
        self.records = harness.ingestion_service_pb2_grpc.IngestionServiceStub(self.channel)
        self.customers = harness.customer_service_pb2_grpc.CustomerServiceStub(self.channel)
        sent = self.call(self.records.IngestRecordBatch, ingestion_service_pb2.IngestRecordBatchRequest(
            parent=TENANT, records=planted_records() + bad_records()), "ingester").result
        self.assertEqual((sent.accepted_count, sent.rejected_count), (4, 2))

    def call(self, method, request, role):
        return method(request, metadata=[("authorization", f"Bearer {self.tokens[role]}")], timeout=harness.CALL_SECONDS)

    def get(self, role):
        return self.call(self.customers.GetCustomer, customer_service_pb2.GetCustomerRequest(
            name=f"{TENANT}/customers/wilma"), role)

    def shown(self):
        entries = self.call(audit_service_pb2_grpc.AuditServiceStub(self.channel).ListAuditEntries,
                            audit_service_pb2.ListAuditEntriesRequest(parent=TENANT, page_size=100), "privacy_officer")
        return [str(entry) for entry in entries.audit_entries if entry.event == audit_service_pb2.AuditEntry.EVENT_SHOWN]

    def test_an_analyst_sees_a_mask_and_an_officer_the_value(self):
        masked = self.get("analyst")
        self.assertEqual((masked.email, masked.phone, masked.display_name, masked.masked),
                         ("***@planted.example", "+1415555****", "W. Q.", True))
        page = self.call(self.customers.ListCustomers, customer_service_pb2.ListCustomersRequest(parent=TENANT), "analyst")
        self.assertEqual(page.customers[0].email, "***@planted.example")
        timeline = customer_service_pb2.GetCustomerTimelineRequest(name=f"{TENANT}/customers/wilma")
        for role in ("analyst", "scorer"):
            texts = str(self.call(self.customers.GetCustomerTimeline, timeline, role))
            self.assertIn(f"(withheld, {len(MESSAGE)} characters)", texts)
            self.assertIn("control-product", texts)
            for value in PLANTED:
                self.assertNotIn(value, texts)
        rejected = ingestion_service_pb2.ListRejectedRecordsRequest(parent=TENANT)
        for role in ("ingester", "analyst"):
            for value in PLANTED:
                self.assertNotIn(value, str(self.call(self.records.ListRejectedRecords, rejected, role)))
        self.assertEqual(self.shown(), [])

        full = self.get("tenant_admin")
        self.assertEqual((full.email, full.phone, full.display_name, full.masked), (EMAIL, PHONE, NAME, False))
        self.assertEqual(len(self.shown()), 1)
        self.assertIn("GetCustomer", self.shown()[0])
        texts = str(self.call(self.customers.GetCustomerTimeline, timeline, "tenant_admin"))
        self.assertIn(MESSAGE, texts)
        self.assertIn(BAD_TEXT, str(self.call(self.records.ListRejectedRecords, rejected, "tenant_admin")))
        self.assertEqual(len(self.shown()), 3)

    def test_the_officers_export_is_in_full(self):
        export = privacy_service_pb2_grpc.PrivacyServiceStub(self.channel).ExportCustomerData(
            privacy_service_pb2.ExportCustomerDataRequest(name=f"{TENANT}/customers/wilma"),
            metadata=[("authorization", f"Bearer {self.tokens['privacy_officer']}")], timeout=harness.CALL_SECONDS)
        parts = "".join(map(str, export))
        for value in (NAME, EMAIL, PHONE, MESSAGE, ANSWER):
            self.assertIn(value, parts)


if __name__ == "__main__":
    unittest.main()
