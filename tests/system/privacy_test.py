"""A customer is erased, from the records to the models: over the real programs, also when they die in the middle."""

import json
import subprocess
import time
import unittest

import harness
import serving_model
from harness import grpc, record_pb2, timestamp
from clientele.ingestion.v1 import privacy_service_pb2 as privacy
from clientele.ingestion.v1 import privacy_service_pb2_grpc

ADA = "ada-lovelace-1815"
MODEL = f"{harness.TENANT}/models/churn"


class PrivacyTest(harness.SystemTest):

    def connect(self):
        super().connect()
        channel = grpc.insecure_channel(self.ingestion.address)
        self.addCleanup(channel.close)
        self.privacy = privacy_service_pb2_grpc.PrivacyServiceStub(channel)

    def restart_ingestion(self):
        self.restart(self.ingestion, self.report)

    def restart(self, program, call):
        """At the same address, after kill -9; until the call is answered."""
        program.kill()
        program.start()
        self.connect()
        deadline = time.monotonic() + 60
        while True:  # A channel of before may still hold the broken connection.
            try:
                return call()
            except grpc.RpcError as error:
                if error.code() != grpc.StatusCode.UNAVAILABLE:
                    return None
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def record(self, record_id, customer=ADA, **attributes):
        record = record_pb2.Record(source="crm", record_id=record_id, customer_id=customer,
                                   event_time=timestamp("2020-01-01T00:00:00Z"))
        record.profile.email = f"{customer}@example.com"
        for name, value in attributes.items():
            setattr(record.profile.attributes[name], "number" if name == "usage" else "text", value)
        return record

    def send(self, records):
        return self.records.IngestRecordBatch(harness.ingestion_service_pb2.IngestRecordBatchRequest(
            parent=harness.TENANT, records=records), timeout=harness.CALL_SECONDS).result

    def prepare(self):
        """Ada among 2,000 customers whom a model has learnt from; ten more records of hers, two of them bad ones."""
        self.send([self.record(f"{ADA}-profile", usage=5, plan="pro")])
        serving_model.publish(self)
        purchases = []
        for i in range(8):
            purchase = record_pb2.Record(source="shop", record_id=f"{ADA}-{i}", customer_id=ADA,
                                         event_time=timestamp(f"2020-02-0{i + 1}T00:00:00Z"))
            purchase.transaction.amount_micros = 1_000_000
            purchases.append(purchase)
        bad = purchases[0].__class__.FromString(purchases[0].SerializeToString())
        bad.record_id, bad.transaction.currency_code = f"{ADA}-bad", "EURO"
        nameless = self.record("nameless")
        nameless.customer_id = ""
        self.assertEqual(self.send(purchases + [bad, nameless]).rejected_count, 2)

    def score(self, customer=ADA, given=False):
        request = harness.scoring_service_pb2.ScoreRequest(name=MODEL)
        request.subject.customer_id = customer
        if given:
            for name, value in (("attribute.usage", {"number": 3}), ("attribute.plan", {"text": "pro"})):
                feature = request.subject.features.add(feature=name)
                for kind, content in value.items():
                    setattr(feature.value, kind, content)
        return self.scoring.Score(request, timeout=harness.CALL_SECONDS)

    def reason_of(self, call):
        with self.assertRaises(grpc.RpcError) as caught:
            call()
        self.assertEqual(caught.exception.code(), grpc.StatusCode.FAILED_PRECONDITION, caught.exception.details())
        details = dict(caught.exception.trailing_metadata())["grpc-status-details-bin"]
        return next(r for r in ("CUSTOMER_SUPPRESSED", "ERASURE_NOT_FINISHED", "VERSION_RETIRED") if r.encode() in details)

    def files_with(self, text):
        return [str(path.relative_to(self.directory)) for path in self.directory.rglob("*")
                if path.is_file() and text.encode() in path.read_bytes()]

    def erase(self, verb=privacy.ERASURE_VERB_SUPPRESS_WITH_DELETE, customer=ADA, **arguments):
        return self.privacy.EraseCustomer(privacy.EraseCustomerRequest(
            name=f"{harness.TENANT}/customers/{customer}", verb=verb, **arguments), timeout=harness.CALL_SECONDS)

    def erasure(self, name):
        return self.privacy.GetErasure(privacy.GetErasureRequest(name=name), timeout=harness.CALL_SECONDS)

    def await_erasure(self, name, holds=lambda erasure: erasure.state == privacy.Erasure.STATE_COMPLETE):
        deadline = time.monotonic() + 60
        while not holds(erasure := self.erasure(name)):
            self.assertLess(time.monotonic(), deadline, erasure)
            time.sleep(0.1)
        return erasure

    def counts(self, erasure):
        return {(count.program, count.store, count.kind): count.count for count in erasure.counts}

    def await_logged(self):
        """Scores are logged a moment later."""
        deadline = time.monotonic() + 60
        while not any(file.startswith("inference/score_log") for file in self.files_with(ADA)):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)

    def test_an_erased_customer_is_gone_everywhere_and_a_receipt_says_so(self):
        self.prepare()
        self.score()
        self.score(given=True)
        self.await_logged()
        self.assertTrue(any(file.startswith("ingestion/") for file in self.files_with(ADA)))

        plan = json.loads(self.run_cli("--output", "json", "privacy", "erase", ADA, "--dry-run"))
        self.assertEqual(plan["state"], "STATE_PLANNED")
        self.assertEqual({(c["store"], c.get("kind")): int(c["count"]) for c in plan["counts"]},
                         {("records", "RECORD_KIND_PROFILE"): 1, ("records", "RECORD_KIND_TRANSACTION"): 8,
                          ("identifiers", None): 9, ("customers", None): 1, ("quarantine", None): 2,
                          ("customer keys", None): 1})
        self.assertTrue(self.score())

        exported = json.loads(self.run_cli("privacy", "export", ADA))
        self.assertEqual(exported[0]["profile"]["email"], f"{ADA}@example.com")
        self.assertEqual(len([part for part in exported if "record" in part]), 9)
        self.assertEqual(len([part for part in exported if "rejectedRecord" in part]), 2)

        erased = json.loads(self.run_cli("--output", "json", "privacy", "erase", ADA, "--reason", "asked by letter"))
        self.assertEqual(erased["state"], "STATE_COMPLETE")
        counts = {(c["program"], c["store"], c.get("kind")): int(c["count"]) for c in erased["counts"]}
        self.assertEqual(counts.pop(("inference", "customers of the score log", None)), 1)
        self.assertGreaterEqual(counts.pop(("inference", "scores", None)), 2)  # What was not logged yet, never is.
        self.assertEqual({key[1:]: count for key, count in counts.items()},
                         {(c["store"], c.get("kind")): int(c["count"]) for c in plan["counts"]})
        version, = erased["modelVersions"]
        self.assertEqual((version["modelVersion"], version["state"]), (f"{MODEL}/versions/1", "STATE_DUE_BY"))
        due, = json.loads(self.run_cli("--output", "json", "privacy", "due"))
        self.assertEqual((due["modelVersion"], due["dueTime"]), (version["modelVersion"], version["dueTime"]))

        # Refused at ingest, before anything is kept or logged, and at scoring, also with features that are given.
        result = self.send([self.record(f"{ADA}-new"), self.record("bob", customer="bob")])
        self.assertEqual((result.accepted_count, result.rejected_count), (1, 1))
        self.assertEqual(result.errors[0].reason, record_pb2.REJECTION_REASON_SUPPRESSED)
        self.assertEqual(self.reason_of(self.score), "CUSTOMER_SUPPRESSED")
        self.assertEqual(self.reason_of(lambda: self.score(given=True)), "CUSTOMER_SUPPRESSED")
        self.assertEqual(self.files_with(ADA), [])

        # The receipt holds without the servers; a changed one does not.
        receipt, key = self.directory / "receipt.json", self.directory / "key.pem"
        self.run_cli("privacy", "receipt", 1, "--to", receipt, "--public-key", key)
        self.assertIn("due by", self.run_cli("privacy", "verify", receipt, "--public-key", key))
        text = json.loads(receipt.read_text())
        text["statement"] = ("A" if text["statement"][0] != "A" else "B") + text["statement"][1:]
        (self.directory / "changed.json").write_text(json.dumps(text))
        command = self.cli_command("privacy", "verify", self.directory / "changed.json", "--public-key", key)
        refused = subprocess.run(command, capture_output=True, text=True)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("does not hold", refused.stderr)

        # Everything stays so after a restart. A new model, without her, takes the alias.
        self.ingestion.port = int(self.ingestion.address.rsplit(":")[-1])
        self.inference.kill()
        self.training.kill()
        self.restart_ingestion()
        self.inference.start()
        self.training = self.program("clientele-training", "--ingestion-address", self.ingestion.address,
                                     "--inference-address", self.inference.address)
        self.connect()
        self.assertEqual(self.reason_of(lambda: self.score(given=True)), "CUSTOMER_SUPPRESSED")
        self.assertEqual(self.send([self.record(f"{ADA}-new")]).rejected_count, 1)
        self.assertEqual(self.files_with(ADA), [])
        job = self.train(serving_model.SPEC)
        self.run_cli("models", "promote", "churn", job.model_version.rsplit("/")[-1])
        retrained = self.await_erasure(f"{harness.TENANT}/erasures/1",
                                       lambda e: e.model_versions[0].state == privacy.ErasedVersion.STATE_RETRAINED_IN)
        self.assertEqual(retrained.model_versions[0].retrained_version, job.model_version)
        self.assertEqual(len(retrained.model_versions), 1)
        self.run_cli("models", "delete", "churn", 1)
        self.await_erasure(retrained.name, lambda e: e.model_versions[0].state == privacy.ErasedVersion.STATE_DELETED)

        # Who comes back starts anew.
        self.run_cli("privacy", "unsuppress", ADA)
        result = self.send([self.record(f"{ADA}-profile"), self.record(f"{ADA}-new", usage=5, plan="pro")])
        self.assertEqual((result.rejected_count, result.accepted_count), (1, 1))
        self.assertTrue(self.score())
        listed = json.loads(self.run_cli("--output", "json", "privacy", "list", "--customer", ADA))
        self.assertEqual([erasure["verb"] for erasure in listed],
                         ["ERASURE_VERB_UNSUPPRESS", "ERASURE_VERB_SUPPRESS_WITH_DELETE"])

    def test_a_version_whose_time_is_over_scores_no_more(self):
        self.inference.port = int(self.inference.address.rsplit(":")[-1])
        self.inference.flags += ("--privacy-model-period", "5s")  # A version is retired a minute early: at once.
        self.restart(self.inference, lambda: self.run_cli("models", "list"))
        self.prepare()
        self.assertTrue(self.score("customer-1", given=True))
        name = self.erase().name
        retired = self.await_erasure(name, lambda e: any(
            v.state == privacy.ErasedVersion.STATE_RETIRED for v in e.model_versions))
        self.assertEqual(retired.model_versions[0].retrained_version, "")
        self.assertEqual(self.reason_of(lambda: self.score("customer-1", given=True)), "VERSION_RETIRED")
        due, = json.loads(self.run_cli("--output", "json", "privacy", "due"))
        self.assertEqual((due["modelVersion"], due["state"]), (f"{MODEL}/versions/1", "STATE_RETIRED"))
        audit = self.run_cli("audit", "list", "--service", "inference", "--method", "RetireVersion")
        self.assertIn("system", audit)
        self.run_cli("audit", "verify", "--service", "inference")

        # It stays so after a restart, until a version that has not learnt from her takes the alias.
        score = lambda: self.score("customer-1", given=True)
        self.restart(self.inference, score)
        self.assertEqual(self.reason_of(score), "VERSION_RETIRED")
        job = self.train(serving_model.SPEC)
        self.run_cli("models", "promote", "churn", job.model_version.rsplit("/")[-1])
        self.assertTrue(self.score("customer-1", given=True))
        replaced = self.await_erasure(name, lambda e: e.model_versions[0].retrained_version)
        self.assertEqual(replaced.model_versions[0].retrained_version, job.model_version)
        self.assertIn("retired", self.run_cli("privacy", "due"))
        self.assertIn(f"retired for {job.model_version}", self.run_cli("privacy", "show", 1))

    def test_an_erasure_survives_the_death_of_any_program(self):
        self.prepare()
        self.score()
        self.await_logged()
        self.ingestion.port = int(self.ingestion.address.rsplit(":")[-1])
        # Ingestion dies as soon as it has said yes; inference is away and comes back after it.
        self.inference.kill()
        erasure = self.erase(request_id="r1")
        self.restart_ingestion()
        self.assertEqual(self.erase(request_id="r1").name, erasure.name)
        self.await_erasure(erasure.name, lambda e: e.state == privacy.Erasure.STATE_AWAITING_REPORTS)
        self.assertEqual(self.reason_of(lambda: self.privacy.GetErasureReceipt(
            privacy.GetErasureReceiptRequest(name=erasure.name), timeout=harness.CALL_SECONDS)), "ERASURE_NOT_FINISHED")
        for _ in range(3):  # Whenever it dies.
            self.inference.start()
            self.inference.kill()
        self.inference.start()
        self.connect()
        done = self.await_erasure(erasure.name)
        counts = self.counts(done)
        self.assertEqual(counts["ingestion", "records", harness.feature_pb2.RECORD_KIND_TRANSACTION], 8)
        self.assertEqual(counts["inference", "customers of the score log", 0], 1)
        self.assertEqual([v.model_version for v in done.model_versions], [f"{MODEL}/versions/1"])
        self.assertEqual(self.files_with(ADA), [])
        self.assertEqual(self.reason_of(lambda: self.score(given=True)), "CUSTOMER_SUPPRESSED")

    def test_a_kill_at_any_moment_of_an_erasure_is_made_up_for(self):
        self.ingestion.port = int(self.ingestion.address.rsplit(":")[-1])
        for attempt in range(6):
            customer = f"{ADA}-{attempt}"
            records = [self.record(f"{customer}-{i}", customer=customer, usage=i) for i in range(2000)]
            self.assertEqual(self.send(records).accepted_count, 2000)
            erasure = self.erase(customer=customer)
            time.sleep(0.004 * attempt)
            self.restart_ingestion()
            done = self.await_erasure(erasure.name)
            self.assertEqual(self.counts(done)["ingestion", "records", harness.feature_pb2.RECORD_KIND_PROFILE], 2000)
            self.assertEqual(self.counts(done)["ingestion", "customers", 0], 1)
            self.assertEqual(self.files_with(customer), [])
            self.assertEqual(self.send(records[:3]).rejected_count, 3)


if __name__ == "__main__":
    unittest.main()
