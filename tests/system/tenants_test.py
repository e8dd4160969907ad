"""Tenants as a resource: who the three programs serve, and the tour of README.md, command by command."""

import os
import re
import signal
import socket

from harness import *  # noqa: F403

# What README.md tells people to type: a command, the exit code's kind, and what it says. `&` ends what stays running.
TOUR = [
    ('clientele tenants create acme --file tenants.json --name "Acme GmbH"', True, "acme"),
    ("clientele keys create --file keys.json --every-tenant --roles scorer > services.key", True, "Keep this key"),
    ("clientele keys create --file keys.json --tenants-file tenants.json --tenant acme --roles ingester,analyst > crm.key",
     True, ""),
    ("clientele keys create --file keys.json --tenants-file tenants.json --tenant acme --roles privacy_officer > officer.key",
     True, ""),
    ("clientele keys create --file keys.json --tenants-file tenants.json --tenant amce --roles analyst", False,
     "there is no tenant amce"),
    ("clientele-ingestion --data-directory ingestion --auth-api-keys-file keys.json --auth-tenants-file tenants.json &", True,
     "serving on"),
    ("clientele-inference --data-directory inference --auth-api-keys-file keys.json --auth-tenants-file tenants.json "
     "--ingestion-token-file services.key &", True, "serving on"),
    ("printf 'id,email,plan\\nada,ada@example.com,pro\\nbob,bob@example.com,free\\n' > customers.csv", True, ""),
    ("clientele import profiles customers.csv --map customer_id=id --event-time 2026-01-31 --tenant acme --token-file crm.key",
     True, ""),
    ("clientele customers list --tenant acme --token-file crm.key", True, "ada"),
    ("clientele customers list --tenant other --token-file crm.key", False, "may not do this for this tenant"),
    ("clientele privacy erase ada --tenant acme --token-file crm.key", False, "privacy_officer"),
    ("clientele privacy erase ada --dry-run --tenant acme --token-file officer.key", True, "records"),
    ('clientele privacy erase ada --reason "asked by letter" --tenant acme --token-file officer.key', True, "complete"),
    ("clientele privacy receipt 1 --to receipt.json --public-key receipt.pem --tenant acme --token-file officer.key", True, ""),
    ("clientele privacy verify receipt.json --public-key receipt.pem", True, "The signature holds"),
    ("sed 's/\"signature\": \"/&AAAA/' receipt.json > forged.json", True, ""),
    ("clientele privacy verify forged.json --public-key receipt.pem", False, "forged.json"),
    ("clientele tenants suspend acme --file tenants.json && sleep 2", True, "suspended"),
    ("clientele customers list --tenant acme --token-file crm.key", False, "acme is suspended"),
    ("clientele tenants resume acme --file tenants.json && sleep 2", True, "active"),
    ("clientele customers list --tenant acme --token-file crm.key", True, "bob"),
]


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class TourTest(unittest.TestCase):  # noqa: F405
    """In a directory of its own, on ports of its own: else as typed."""

    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="clientele-tour-"))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.ports = {"ingestion": free_port(), "inference": free_port()}
        self.environment = {**os.environ, "PATH": f"{BIN_DIR}:{os.environ['PATH']}"}

    def with_ports(self, command):
        ingestion, inference = (f"127.0.0.1:{self.ports[name]}" for name in ("ingestion", "inference"))
        command = re.sub(r"\bclientele-(ingestion|inference) ",
                         lambda m: f"{m.group()}--server-address 127.0.0.1:{self.ports[m.group(1)]} "
                                   "--server-metrics-address 127.0.0.1:0 ", command)
        command = command.replace("--ingestion-token-file", f"--ingestion-address {ingestion} --ingestion-token-file")
        return re.sub(r"\bclientele (import|customers|privacy) ",
                      lambda m: f"{m.group()}--ingestion {ingestion} --inference {inference} ", command)

    def serve(self, command, says):
        log = self.directory / f"{len(list(self.directory.glob('*.log')))}.log"
        with open(log, "wb") as output:
            process = subprocess.Popen(["bash", "-c", "exec " + command], cwd=self.directory, env=self.environment,
                                       stdout=output, stderr=output, stdin=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.send_signal, signal.SIGTERM)
        deadline = time.monotonic() + 60
        while says not in log.read_text():
            self.assertIsNone(process.poll(), log.read_text())
            self.assertLess(time.monotonic(), deadline, log.read_text())
            time.sleep(0.02)

    def test_every_command_does_what_readme_says(self):
        for command, succeeds, says in TOUR:
            typed = self.with_ports(command)
            if typed.endswith(" &"):
                self.serve(typed.removesuffix(" &"), says)
                continue
            done = subprocess.run(["bash", "-c", typed], cwd=self.directory, env=self.environment, capture_output=True,
                                  text=True, timeout=120)
            self.assertEqual(done.returncode == 0, succeeds, f"{command}\n{done.stdout}\n{done.stderr}")
            self.assertIn(says, done.stdout + done.stderr, command)

    def test_readme_tells_the_same_tour(self):
        readme = (SOURCE_DIR / "README.md").read_text()
        if TOUR[0][0] not in readme:
            self.skipTest("README.md has no tour of tenants")
        for command, _, _ in TOUR:
            self.assertIn(command, readme)


class TenantsTest(SystemTest):  # noqa: F405
    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="clientele-system-"))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.tenants = self.directory / "tenants.json"
        self.tenants.write_text("")
        flags = ["--auth-tenants-file", str(self.tenants), "--admin-address", "127.0.0.1:0"]
        self.ingestion = self.program("clientele-ingestion", *flags)
        self.inference = self.program("clientele-inference", *flags, "--ingestion-address", self.ingestion.address)
        self.training = self.program("clientele-training", *flags, "--ingestion-address", self.ingestion.address,
                                     "--inference-address", self.inference.address)
        self.admin = {name: re.search(r"administered on ([\d.:]+)", getattr(self, name).log.read_text()).group(1)
                      for name in ("ingestion", "training", "inference")}
        self.connect()

    def reason_of(self, call):
        """"" where the call succeeds."""
        try:
            call()
        except grpc.RpcError as error:
            details = dict(error.trailing_metadata()).get("grpc-status-details-bin", b"")
            known = (b"TENANT_NOT_FOUND", b"TENANT_SUSPENDED", b"INVALID_FIELD")
            return next((reason.decode() for reason in known if reason in details), error.code().name)
        return ""

    def calls(self, tenant):
        """One of each program."""
        parent = f"tenants/{tenant}"
        return {"ingestion": lambda: self.customers.ListCustomers(
                    customer_service_pb2.ListCustomersRequest(parent=parent), timeout=CALL_SECONDS),
                "training": lambda: self.jobs.ListTrainingJobs(
                    training_service_pb2.ListTrainingJobsRequest(parent=parent), timeout=CALL_SECONDS),
                "inference": lambda: self.models.ListModels(
                    model_service_pb2.ListModelsRequest(parent=parent), timeout=CALL_SECONDS)}

    def reasons(self, tenant):
        return {self.reason_of(call) for call in self.calls(tenant).values()}

    def test_all_three_programs_see_the_same_tenants(self):
        self.assertEqual(self.reasons("demo"), {"TENANT_NOT_FOUND"})
        self.run_cli("tenants", "create", "demo", "--server", self.admin["training"], "--label", "plan=gold")
        time.sleep(1.1)  # Servers look at the file once a second.
        self.assertEqual(self.reasons("demo"), {""})
        self.assertEqual(self.reasons("other"), {"TENANT_NOT_FOUND"})
        listed = json.loads(self.run_cli("tenants", "list", "--server", self.admin["inference"], "--output", "json"))
        self.assertEqual([(t["name"], t["state"], t["labels"]) for t in listed["tenants"]],
                         [("tenants/demo", "STATE_ACTIVE", {"plan": "gold"})])
        self.run_cli("tenants", "suspend", "demo", "--server", self.admin["ingestion"])
        self.assertEqual(self.reason_of(self.calls("demo")["ingestion"]), "TENANT_SUSPENDED", "at once where it was done")
        time.sleep(1.1)
        self.assertEqual(self.reasons("demo"), {"TENANT_SUSPENDED"})
        self.run_cli("tenants", "resume", "demo", "--file", self.tenants)
        time.sleep(1.1)
        self.assertEqual(self.reasons("demo"), {""})
        shown = json.loads(self.run_cli("tenants", "show", "demo", "--file", self.tenants, "--output", "json"))
        self.assertEqual(shown["state"], "STATE_ACTIVE")

    def test_a_stream_ends_when_its_tenant_is_suspended(self):
        self.run_cli("tenants", "create", "demo", "--file", self.tenants)
        time.sleep(1.1)
        sent = []

        def batches():
            for number in range(200):
                record = record_pb2.Record(source="shop", record_id=str(number), customer_id="ada",
                                           event_time=timestamp("2026-01-31T00:00:00Z"))
                record.interaction.type = "visit"
                sent.append(number)
                yield ingestion_service_pb2.IngestRecordsRequest(parent=TENANT if number == 0 else "", sequence=number,
                                                                 records=[record])
                if number == 3:
                    self.run_cli("tenants", "suspend", "demo", "--server", self.admin["ingestion"])
                time.sleep(0.01)

        with self.assertRaises(grpc.RpcError) as refused:
            for _ in self.records.IngestRecords(batches(), timeout=CALL_SECONDS):
                pass
        self.assertIn("suspended", refused.exception.details())
        self.assertLess(len(sent), 200)

    def test_names_that_only_look_like_a_tenants_are_nobodys(self):
        self.run_cli("tenants", "create", "acme", "--file", self.tenants)
        time.sleep(1.1)
        for name in ("acm\u0435", "\uff41cme", "Acme", "acme\u200b", "acme ", "acme\x00", "", "*", "a" * 64):
            for program, call in self.calls(name).items():
                self.assertEqual(self.reason_of(call), "INVALID_FIELD", f"{name!r} at {program}")
            if "\x00" not in name:
                refused = subprocess.run(self.cli_command("tenants", "create", name, "--file", self.tenants),
                                         capture_output=True, text=True, timeout=60)
                self.assertNotEqual(refused.returncode, 0, repr(name))
        self.assertEqual(len(json.loads(self.tenants.read_text())["tenants"]), 1)


if __name__ == "__main__":
    unittest.main()  # noqa: F405
