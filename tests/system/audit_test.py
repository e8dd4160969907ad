"""Who did what is kept, and whoever changes it is found out: against the real programs, also when they are killed."""

import datetime
import hashlib
import json
import subprocess
import tempfile
import threading
import time

from harness import *  # noqa: F403
from clientele.admin.v1 import admin_service_pb2, admin_service_pb2_grpc
from clientele.ingestion.v1 import privacy_service_pb2, privacy_service_pb2_grpc

TAMPER = BIN_DIR.parent / "tests" / "system" / "audit_tamper"  # noqa: F405


def canonical(entry):
    """The form that an entry's hash is taken of, as the documentation has it, from its JSON."""
    moment = datetime.datetime.fromisoformat(entry["time"].replace("Z", "+00:00"))
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    micros = (moment - epoch) // datetime.timedelta(microseconds=1)
    texts = ["clientele audit entry 1", entry["name"], entry["program"], micros, entry["event"],
             entry.get("principal", ""), entry.get("address", ""),
             len(entry.get("roles", [])), *entry.get("roles", []), entry.get("method", ""),
             len(entry.get("resources", [])), *entry.get("resources", [])]
    texts += [entry.get(field, "") for field in ("code", "reason", "requestId", "traceId")]
    texts += [entry.get("begunNumber", 0), entry.get("leftOutCount", 0), len(entry.get("details", []))]
    for detail in entry.get("details", []):
        texts += [detail["key"], detail["value"]]
    texts.append(entry["previousHash"])
    encoded = [str(text).encode() for text in texts]
    return b"".join(b"%d:%s," % (len(text), text) for text in encoded)


class AuditTest(SystemTest):  # noqa: F405
    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="clientele-system-"))  # noqa: F405
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)  # noqa: F405
        self.key, public = self.directory / "key.pem", self.directory / "public.pem"
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", self.key], check=True)
        subprocess.run(["openssl", "pkey", "-in", self.key, "-pubout", "-out", public], check=True)
        keys = self.directory / "keys.json"
        keys.write_text('{"keys": []}')
        own = self.directory / "services.token"
        own.write_text(self.token("clientele", None, "analyst", "trainer", "scorer", "privacy_officer"))
        self.flags = flags = ["--auth-key-set-file", str(public), "--auth-api-keys-file", str(keys)]
        self.ingestion = self.program("clientele-ingestion", *flags, "--admin-address", "127.0.0.1:0")
        self.ingestion.port = int(self.ingestion.address.rsplit(":")[-1])
        self.inference = self.program("clientele-inference", *flags, "--ingestion-address", self.ingestion.address,
                                      "--ingestion-token-file", str(own))
        self.training = self.program("clientele-training", *flags, "--ingestion-address", self.ingestion.address,
                                     "--ingestion-token-file", str(own), "--inference-address", self.inference.address,
                                     "--inference-token-file", str(own), "--backup-directory",
                                     str(self.directory / "backups"))
        self.connect()
        self.admin_token = self.directory / "admin.token"
        self.admin_token.write_text(self.token("ann", "demo", "tenant_admin"))

    def connect(self):
        super().connect()
        self.channel = grpc.insecure_channel(self.ingestion.address)  # noqa: F405
        self.addCleanup(self.channel.close)
        self.privacy = privacy_service_pb2_grpc.PrivacyServiceStub(self.channel)

    def token(self, subject, tenant, *roles):
        whose = ["--tenant", tenant] if tenant else ["--every-tenant"]
        command = [BIN_DIR / "clientele", "tokens", "create", "--key", self.key, "--subject", subject]  # noqa: F405
        command += [*whose, "--roles", ",".join(roles)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def cli(self, *arguments, exit_code=0, token=None, tenant="demo"):
        """The JSON of a command that the tenant's administrator runs, or whoever has the token."""
        command = self.cli_command("--output", "json", "--token-file", token or self.admin_token, *arguments)
        command[command.index("--tenant") + 1] = tenant
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, exit_code, f"{arguments}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def verify(self, *arguments, exit_code=0):
        rows = json.loads(self.cli("audit", "verify", *arguments, exit_code=exit_code))
        return {row["service"]: row for row in rows}

    def metadata(self, subject, tenant, *roles):
        return [("authorization", "Bearer " + self.token(subject, tenant, *roles))]

    def erase(self, customer, metadata, timeout=30):
        return self.privacy.EraseCustomer(privacy_service_pb2.EraseCustomerRequest(
            name=f"{TENANT}/customers/{customer}", verb=privacy_service_pb2.ERASURE_VERB_SUPPRESS_ONLY),  # noqa: F405
            metadata=metadata, timeout=timeout)

    def await_entries(self, count, *arguments):
        """Refused calls are written a moment later."""
        deadline = time.monotonic() + 30
        while len(entries := json.loads(self.cli("audit", "list", *arguments))) < count:
            self.assertLess(time.monotonic(), deadline, entries)
            time.sleep(0.05)
        return entries

    def refuse(self, call):
        with self.assertRaises(grpc.RpcError) as caught:  # noqa: F405
            call()
        self.assertIn(caught.exception.code(),
                      (grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNAUTHENTICATED))  # noqa: F405

    def do_a_days_work(self):
        rows = "".join(f"c{i},{i % 7},{i % 3}\n" for i in range(300))
        csv_file = self.directory / "profiles.csv"
        csv_file.write_text("id,a,b\n" + rows)
        self.cli("import", "profiles", csv_file, "--map", "customer_id=id", "--event-time", "2024-01-31")
        spec = self.directory / "spec.json"
        spec.write_text(json.dumps({"model": "groups", "dataset": {"features": ["attribute.a", "attribute.b"]},
                                    "split": {"none": True}, "kmeans": {"numClusters": 3}}))
        tim = self.directory / "tim.token"
        tim.write_text(self.token("tim", "demo", "trainer"))
        self.cli("train", spec, token=tim)
        self.cli("models", "promote", "groups", "1", "--alias", "challenger", token=tim)
        self.cli("score", "c1", "--model", "groups")
        self.cli("customers", "list")
        olga = self.metadata("olga", "demo", "privacy_officer")
        self.erase("max%40example.com", olga)
        list(self.privacy.ExportCustomerData(privacy_service_pb2.ExportCustomerDataRequest(
            name=f"{TENANT}/customers/c1"), metadata=olga, timeout=30))  # noqa: F405
        self.refuse(lambda: self.erase("c2", self.metadata("eve", "demo", "analyst")))
        self.refuse(lambda: self.erase("c2", self.metadata("mallory", "other", "privacy_officer")))
        self.refuse(lambda: self.erase("c2", None))
        administration = self.ingestion.log.read_text().split("administered on ")[1].split(",")[0].strip()
        with grpc.insecure_channel(administration) as channel:  # noqa: F405
            admin_service_pb2_grpc.AdminServiceStub(channel).CreateApiKey(admin_service_pb2.CreateApiKeyRequest(
                parent=TENANT, api_key=admin_service_pb2.ApiKey(roles=[1])),  # noqa: F405
                metadata=self.metadata("otto", None, "operator"), timeout=30)

    def test_a_log_that_is_kept_for_a_time_is_proven_from_a_signed_checkpoint_on(self):
        olga = self.metadata("olga", "demo", "privacy_officer")
        for i in range(5):
            self.erase(f"c{i}", olga)
        only = ("--service", "ingestion")
        whole = self.verify(*only)["ingestion"]
        self.assertEqual((whole["entries"], whole["what"], whole["signer"]), (10, "whole", None))
        self.ingestion.stop()
        self.ingestion.flags += ("--audit-retention", "3s")
        self.ingestion.start()
        self.connect()
        deadline = time.monotonic() + 60
        while "checkpoint" not in (row := self.verify(*only)["ingestion"])["what"]:
            self.assertLess(time.monotonic(), deadline, row)
            time.sleep(0.2)
        self.assertRegex(row["what"], r"^whole from entry \d+ on")
        self.assertEqual(self.verify(*only, "--signer", row["signer"])["ingestion"]["signer"], row["signer"])
        foreign = self.verify(*only, "--signer", "ingestion=" + "0" * 64, exit_code=1)["ingestion"]
        self.assertIn("no checkpoint of that signer", foreign["what"])

        # Without retention nothing more goes; what somebody else takes is missed.
        self.ingestion.stop()
        self.ingestion.flags = tuple(flag for flag in self.ingestion.flags if flag not in ("--audit-retention", "3s"))
        self.ingestion.start()
        self.connect()
        first = int(self.verify(*only)["ingestion"]["what"].split()[3])
        self.ingestion.stop()
        subprocess.run([TAMPER, self.directory / "ingestion" / "audit", "demo", "remove", str(first)], check=True)
        self.ingestion.start()
        self.connect()
        self.assertIn("no checkpoint", self.verify(*only, exit_code=1)["ingestion"]["what"])

    def test_the_log_tells_who_did_what_and_proves_it(self):
        self.do_a_days_work()
        entries = self.await_entries(7)
        told = {(e["program"][len("clientele-"):], e.get("principal", ""), e["method"].split("/")[1], e["event"][6:])
                for e in entries}
        self.assertEqual(told, {
            ("training", "tim", "CreateTrainingJob", "ENDED"),
            ("inference", "clientele", "PublishModelVersion", "ENDED"),
            ("inference", "tim", "SetModelAlias", "ENDED"),
            ("ingestion", "olga", "EraseCustomer", "ENDED"),
            ("ingestion", "olga", "ExportCustomerData", "ENDED"),
            ("ingestion", "eve", "EraseCustomer", "REFUSED"),
            ("ingestion", "otto", "CreateApiKey", "ENDED")})
        self.assertEqual({entry["code"] for entry in entries}, {"OK", "PERMISSION_DENIED"})
        promoted = json.loads(self.cli("audit", "list", "--method", "SetModelAlias", "--principal", "tim"))[0]
        self.assertIn("tenants/demo/models/groups/aliases/challenger", promoted["resources"])

        # A customer is found by id, and the id is nowhere.
        mine = json.loads(self.cli("audit", "list", "--customer", "max@example.com"))
        self.assertEqual([entry["method"].split("/")[1] for entry in mine], ["EraseCustomer"])
        self.assertRegex(mine[0]["resources"][0], r"^tenants/demo/customers/~[0-9a-f]{32}$")
        for file in (self.directory / "ingestion" / "audit").rglob("*"):
            self.assertFalse(file.is_file() and b"example.com" in file.read_bytes(), file)

        # Others' logs, and the platform's.
        other = self.directory / "other.token"
        other.write_text(self.token("oscar", "other", "tenant_admin"))
        theirs = json.loads(self.cli("audit", "list", tenant="other", token=other))
        self.assertEqual([(e["principal"], e["event"]) for e in theirs], [("mallory", "EVENT_REFUSED")])
        self.cli("audit", "list", token=other, exit_code=1)
        operator = self.directory / "operator.token"
        operator.write_text(self.token("otto", None, "operator"))
        platform = json.loads(self.cli("audit", "list", "--platform", token=operator))
        self.assertEqual([(e["code"], e.get("principal", "")) for e in platform], [("UNAUTHENTICATED", "")])
        self.cli("audit", "list", "--platform", exit_code=1)

        # Whoever has the exported log verifies it: with ours, and with a few lines of their own.
        exported = self.directory / "audit.jsonl"
        self.cli("audit", "export", "--to", exported)
        last = {}
        for line in exported.read_text().splitlines():
            entry = json.loads(line)
            self.assertEqual(hashlib.sha256(canonical(entry)).hexdigest(), entry["hash"])
            self.assertEqual(entry["previousHash"], last.get(entry["program"], "0" * 64))
            last[entry["program"]] = entry["hash"]
        verified = self.verify()
        self.assertEqual(self.verify("--file", exported), verified)
        for service, row in verified.items():
            self.assertEqual(row["head"].split(":")[1], last["clientele-" + service])
        heads = [argument for row in verified.values() for argument in ("--head", row["head"])]
        self.assertEqual(self.verify(*heads), verified)
        text = exported.read_text().replace('"principal":"olga"', '"principal":"nobody"', 1)
        exported.write_text(text)
        self.assertIsNotNone(self.verify("--file", exported, exit_code=1)["ingestion"]["broken_at"])

    def tamper(self, how, number):
        """Changes the log of ingestion while the server is away."""
        self.assertEqual(self.ingestion.stop(), 0)
        subprocess.run([TAMPER, self.directory / "ingestion" / "audit", "demo", how, str(number)], check=True)
        self.ingestion.start()

    def test_whoever_changes_the_log_is_found_out(self):
        olga = self.metadata("olga", "demo", "privacy_officer")
        for i in range(6):
            self.erase(f"customer-{i}", olga)
        only = ["--service", "ingestion"]
        head = self.verify(*only)["ingestion"]["head"]
        self.assertTrue(head.startswith("ingestion=12:"), head)

        # From the end: the chain alone does not tell, what was noted does.
        self.tamper("remove", 12)
        self.assertEqual(self.verify(*only)["ingestion"]["entries"], 11)
        cut = self.verify(*only, "--head", head, exit_code=1)["ingestion"]
        self.assertEqual(cut["broken_at"], 12)
        self.assertIn("noted with 12 entries", cut["what"])
        # Whatever is written on top of it has another hash.
        self.erase("customer-7", olga)
        anew = self.verify(*only, "--head", head.split("=")[1], exit_code=1)["ingestion"]
        self.assertIn("written anew", anew["what"])
        for how, number, says in (("remove", 9, "removed or moved"), ("swap", 6, "removed or moved"),
                                  ("change", 3, "was changed")):
            self.tamper(how, number)
            broken = self.verify(*only, exit_code=1)["ingestion"]
            self.assertEqual((broken["broken_at"], broken["entries"]), (number, number - 1))
            self.assertIn(says, broken["what"])
        self.cli("audit", "list", *only)  # It can still be read, and written.
        self.erase("customer-8", olga)
        # A disk that gives back other bytes than it was given.
        self.assertEqual(self.ingestion.stop(), 0)
        table = max((self.directory / "ingestion" / "audit").glob("*.sst"), key=lambda file: file.stat().st_size)
        data = bytearray(table.read_bytes())
        data[100] ^= 1
        table.write_bytes(data)
        self.ingestion.start()
        damaged = self.verify(*only, exit_code=1)["ingestion"]
        self.assertEqual((damaged["broken_at"], damaged["entries"]), (1, 0))
        self.assertIn("cannot be read", damaged["what"])

    def test_a_backup_holds_the_log(self):
        with self.assertRaises(grpc.RpcError) as wrong:  # noqa: F405
            self.jobs.CreateTrainingJob(training_service_pb2.CreateTrainingJobRequest(parent=TENANT),  # noqa: F405
                                        metadata=self.metadata("tim", "demo", "trainer"), timeout=30)
        self.assertEqual(wrong.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)  # noqa: F405
        head = self.verify("--service", "training")["training"]["head"]
        self.assertTrue(head.startswith("training=2:"), head)
        operator = self.directory / "operator.token"
        operator.write_text(self.token("otto", None, "operator"))
        made, = json.loads(self.cli("backup", "create", "--of", "training", token=operator))
        restored = self.directory / "restored"
        self.cli("backup", "restore", made["directory"], "--data", restored)
        self.assertEqual(self.training.stop(), 0)
        self.training = Program("clientele-training", self.directory / "restored.log", "--data-directory",  # noqa: F405
                                str(restored), *self.flags)
        self.addCleanup(self.training.stop)
        self.assertEqual(self.verify("--service", "training", "--head", head)["training"]["head"], head)
        # Making it stands in the platform's log.
        listed = self.cli("audit", "list", "--platform", "--begun", "--service", "training", token=operator)
        self.assertEqual([(e["principal"], e["method"].split("/")[1], e["event"]) for e in json.loads(listed)],
                         [("otto", "CreateBackup", "EVENT_INTERRUPTED"), ("otto", "CreateBackup", "EVENT_BEGUN")])

    def test_what_was_acknowledged_is_in_the_log_whenever_the_server_dies(self):
        olga = self.metadata("olga", "demo", "privacy_officer")
        acknowledged, attempted = set(), 0
        for round_number in range(4):
            stopping = threading.Event()

            def work(thread):
                nonlocal attempted
                for i in range(100_000):
                    if stopping.is_set():
                        return
                    request_id = f"r{round_number}-{thread}-{i}"
                    attempted += 1
                    try:
                        self.erase(f"c-{request_id}", [*olga, ("x-request-id", request_id)], timeout=10)
                        acknowledged.add(request_id)
                    except grpc.RpcError:  # noqa: F405
                        time.sleep(0.01)

            threads = [threading.Thread(target=work, args=[thread]) for thread in range(3)]
            for thread in threads:
                thread.start()
            time.sleep(0.6 + 0.05 * round_number)
            self.ingestion.kill()
            stopping.set()
            for thread in threads:
                thread.join()
            self.ingestion.start()
            self.connect()
            grpc.channel_ready_future(self.channel).result(timeout=60)  # noqa: F405
        self.verify("--service", "ingestion")
        entries = [json.loads(line) for line in self.cli("audit", "export", "--service", "ingestion").splitlines()]
        ended = {entry["requestId"] for entry in entries if entry["event"] == "EVENT_ENDED" and entry["code"] == "OK"}
        self.assertGreater(len(acknowledged), 20)
        self.assertEqual(acknowledged - ended, set())
        # Each call that began has one end, if only that it was interrupted.
        begun = sorted(int(e["name"].split("/")[-1]) for e in entries if e["event"] == "EVENT_BEGUN")
        ends = sorted(int(e["begunNumber"]) for e in entries if e["event"] in ("EVENT_ENDED", "EVENT_INTERRUPTED"))
        self.assertEqual(begun, ends)
        interrupted = sum(entry["event"] == "EVENT_INTERRUPTED" for entry in entries)
        print(f"{attempted} calls, {len(acknowledged)} acknowledged, {interrupted} interrupted, 4 kills")


if __name__ == "__main__":
    unittest.main()  # noqa: F405
