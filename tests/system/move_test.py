"""A pipeline on data directories moves into PostgreSQL, killed again and again on the way, and answers as before."""

import json
import random
import subprocess
import time
import unittest

import crash_run
import harness
from harness import TENANT, grpc, ingestion_service_pb2, record_pb2, scoring_service_pb2
from postgresql_server import PostgresqlServer

PROGRAMS = ("ingestion", "inference", "training")
MANY = 40_000  # Records: enough to be in the middle of.
KNOWN_AT = ("--as-of", "2020-06-01", "--known-at", "2100-01-01")


class MoveTest(harness.SystemTest):
    def setUp(self):
        super().setUp()
        self.server = PostgresqlServer(self.directory / "postgresql.log")
        self.addCleanup(self.server.stop)
        self.url, self.keys_url = self.server.new_database(), self.server.new_database()
        self.chance = random.Random(7)

    def purchases(self):
        records = []
        for index in range(600):
            profile = record_pb2.Record(source="crm", record_id=f"p{index}", customer_id=f"c{index}",
                                        event_time=harness.timestamp("2019-01-01T00:00:00Z"))
            profile.profile.attributes["usage"].number = index % 100
            profile.profile.attributes["left"].flag = (index * 7919) % 100 > index % 100
            profile.profile.email = f"c{index}@example.com"
            records.append(profile)
        for index in range(MANY):
            purchase = record_pb2.Record(source="crm", record_id=f"t{index}", customer_id=f"c{index % 600}")
            purchase.event_time.seconds = 1_546_300_800 + index * 900
            purchase.transaction.amount_micros = 1_000_000 * (1 + index * 7919 % 97)
            purchase.transaction.product = "tea"
            records.append(purchase)
        return records

    def churn(self, penalty):
        return crash_run.CHURN | {"logisticRegression": {"l2Penalty": penalty}}

    def fill(self):
        """Something of everything that the programs keep."""
        self.run_cli("settings", "set", "--base-currency", "EUR", "--time-zone", "Europe/Berlin")
        definition = self.directory / "feature.json"
        definition.write_text(json.dumps(
            {"name": "teas", "aggregate": {"kind": "RECORD_KIND_TRANSACTION", "aggregation": "AGGREGATION_COUNT"}}))
        self.run_cli("features", "create", definition)
        self.ingest(self.purchases())
        broken = record_pb2.Record(source="crm", record_id="broken", customer_id="c1")
        broken.transaction.amount_micros = 1
        refused = self.records.IngestRecordBatch(ingestion_service_pb2.IngestRecordBatchRequest(parent=TENANT, records=[broken]),
                                                 timeout=60)
        self.assertEqual(refused.result.rejected_count, 1)
        for penalty in (1, 2):
            self.train(self.churn(penalty))
        self.run_cli("models", "promote", "churn", 1, "--reason", "the first")
        self.run_cli("models", "promote", "churn", 2)
        self.run_cli("models", "rollback", "churn", "--reason", "no")
        self.run_cli("models", "traffic", "churn", "--shadow", 2, "--share", 1)
        self.run_cli("models", "update", "churn", "--latest", "5")
        self.run_cli("value", "settings", "set", "--alpha", 0.5, "--reason", "half")
        self.run_cli("overrides", "set", "churn", "c3", "--value", "0.02", "--until", "30d", "--reason", "a call")
        spec = self.directory / "spec.json"
        spec.write_text(json.dumps({key: value for key, value in crash_run.CHURN.items()} |
                                   {"dataset": {key: value for key, value in crash_run.CHURN["dataset"].items()
                                                if key not in ("asOf", "knownAt")}}))
        self.run_cli("schedules", "create", "yearly", spec, "--cron", "0 0 1 1 *")
        self.run_cli("consent", "set", "c5", "withdrawn", "--source", "shop", "--request-id", "q5")
        self.run_cli("retention", "set", "--keep", "message=36500")
        self.run_cli("privacy", "erase", "c7", "--reason", "by letter")
        self.score("c1")
        time.sleep(1)  # The score log is written every half second.

    def score(self, customer):
        request = scoring_service_pb2.ScoreRequest(name=f"{TENANT}/models/churn/aliases/champion")
        request.subject.customer_id = customer
        score = self.scoring.Score(request, timeout=60).score
        score.ClearField("feature_time")  # That is now.
        return score

    def answers(self):
        """What the services answer, by question."""
        questions = [("settings", "show"), ("features", "list"), ("customers", "list", "--limit", 1000), ("jobs", "list"),
                     ("models", "list"), ("models", "versions", "churn"), ("models", "history", "churn"),
                     ("models", "card", "churn", 2), ("value", "settings", "history"), ("overrides", "list"),
                     ("overrides", "history", "churn", "c3"), ("schedules", "list"), ("consent", "get", "c5"),
                     ("consent", "list", "c5"), ("retention", "show"), ("privacy", "list"), ("privacy", "show", 1)]
        for customer in ("c1", "c2", "c599"):
            questions += [("customers", "show", customer), ("customers", "timeline", customer, "--limit", 1000),
                          ("features", "get", customer, *KNOWN_AT)]
        answers = {question: json.loads(self.run_cli("--output", "json", *question)) for question in questions}
        receipt, key = self.directory / "receipt", self.directory / "receipt.pem"  # Signed anew each time, with one key.
        self.run_cli("privacy", "receipt", 1, "--to", receipt, "--public-key", key)
        answers["receipt's key"] = key.read_text()
        answers["report"] = self.report()
        answers["rejected"] = self.records.ListRejectedRecords(
            ingestion_service_pb2.ListRejectedRecordsRequest(parent=TENANT), timeout=60)
        for customer in ("c1", "c2", "c3"):
            answers[f"score of {customer}"] = self.score(customer)
        return answers

    def move_command(self, *flags):
        return [str(harness.BIN_DIR / "clientele"), "--output", "json", "move", "--from", f"rocksdb:{self.directory}", "--to",
                self.url, "--keys", self.keys_url, *flags]

    def move(self, *flags):
        return subprocess.run(self.move_command(*flags), capture_output=True, text=True, timeout=600)

    def progress(self):
        """How far each of the rows' tables has come, and whether all have."""
        if self.server.run("SELECT to_regclass('clientele.moves')", "test_1") == "":
            return "", False
        state = self.server.run("SELECT string_agg(concat(layout, position, is_done), ' ' ORDER BY layout), count(*) > 0 AND "
                                "bool_and(is_done) FROM clientele.moves", "test_1")
        return state, state.endswith("|t")

    def kill_in_the_middle(self, times):
        """How often the command was ended while it moved something, and was not done."""
        for killed in range(times):
            before, _ = self.progress()
            command = subprocess.Popen(self.move_command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            while self.progress()[0] == before and command.poll() is None:
                time.sleep(0.01)
            time.sleep(self.chance.uniform(0, 0.2))
            command.kill()
            command.wait()
            if self.progress()[1]:
                return killed
        return times

    def test_a_pipeline_answers_as_before(self):
        self.fill()
        self.answers()  # Scores are logged: so that what follows finds nothing new to write.
        before = self.answers()
        in_use = self.move()
        self.assertNotEqual(in_use.returncode, 0)
        self.assertIn("stop the program", in_use.stderr)
        self.stop()

        self.assertGreater(self.kill_in_the_middle(times=3), 0)
        if not self.progress()[1]:
            with self.assertRaisesRegex(AssertionError, "clientele move"):
                self.program("clientele-ingestion", "--storage-url", self.url, "--privacy-keys-url", self.keys_url)
        new = self.directory / "new"
        moved = self.move("--files-to", str(new))
        self.assertEqual(moved.returncode, 0, moved.stderr)
        rows = json.loads(moved.stdout)
        self.assertEqual({row["equal"] for row in rows}, {"yes"}, rows)
        stores = {row["store"] for row in rows if row["items"] > 0}
        self.assertLessEqual({"records", "rejected records", "settings", "erasures", "consents", "customer keys", "jobs", "schedules",
                              "models", "artifacts", "value settings", "score log", "overrides"}, stores)
        again = self.move("--verify-only")
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual(json.loads(again.stdout), rows)

        data, self.directory = self.directory, new
        for program in PROGRAMS:
            (data / program).rename(data / f"{program}.old")  # They are not needed any more.
        self.start("--storage-url", self.url, keys=("--privacy-keys-url", self.keys_url))
        self.assert_answers(before)
        old = self.records.IngestRecordBatch(
            ingestion_service_pb2.IngestRecordBatchRequest(parent=TENANT, records=self.purchases()[8:1000]), timeout=60)
        erased = sum(record.customer_id == "c7" for record in self.purchases()[8:1000])
        self.assertEqual((old.result.accepted_count, old.result.duplicate_count), (0, 992 - erased))
        self.train(self.churn(3))
        self.assertIn("/versions/3", self.run_cli("--output", "json", "models", "versions", "churn"))
        with self.assertRaises(grpc.RpcError) as error:
            self.score("c7")
        self.assertEqual(error.exception.code(), grpc.StatusCode.FAILED_PRECONDITION)

        now = self.answers()  # And all of it goes back.
        self.stop()
        command = [str(harness.BIN_DIR / "clientele"), "--output", "json", "move", "--from", self.url, "--keys", self.keys_url]
        back = subprocess.run([*command, "--to", f"rocksdb:{new}"], capture_output=True, text=True, timeout=600)
        self.assertEqual(back.returncode, 0, back.stderr)
        self.assertEqual({row["equal"] for row in json.loads(back.stdout)}, {"yes"}, back.stdout)
        self.start()
        self.assert_answers(now)

    def start(self, *flags, keys=()):
        self.ingestion = self.program("clientele-ingestion", *flags, *keys)
        self.inference = self.program("clientele-inference", *flags, "--ingestion-address", self.ingestion.address)
        self.training = self.program("clientele-training", *flags, "--ingestion-address", self.ingestion.address,
                                     "--inference-address", self.inference.address)
        self.connect()

    def stop(self):
        for program in (self.training, self.inference, self.ingestion):
            self.assertEqual(program.stop(), 0)

    def assert_answers(self, expected):
        answers = self.answers()
        for question, answer in expected.items():
            self.assertEqual(answers[question], answer, question)


if __name__ == "__main__":
    unittest.main()
