"""The three programs on one PostgreSQL: storage.url is all it takes."""

import shutil
import time
import unittest

import crash_run
import harness
from clientele.inference.v1 import override_service_pb2, override_service_pb2_grpc
from harness import TENANT, grpc, model_service_pb2, scoring_service_pb2
from postgresql_programs import PostgresqlPrograms

CHURN = crash_run.CHURN
SOON_SECONDS = 1.0


class PostgresqlTest(PostgresqlPrograms):

    def purchases(self, count=600):
        records = []
        for index in range(count):
            profile = harness.record_pb2.Record(source="crm", record_id=f"p{index}", customer_id=f"c{index}",
                                                event_time=harness.timestamp("2019-01-01T00:00:00Z"))
            profile.profile.attributes["usage"].number = index % 100
            profile.profile.attributes["left"].flag = (index * 7919) % 100 > index % 100
            purchase = harness.record_pb2.Record(source="crm", record_id=f"t{index}", customer_id=f"c{index}")
            purchase.event_time.seconds = 1_546_300_800 + index * 50_000
            purchase.transaction.amount_micros = 1_000_000 * (1 + index * 7919 % 97)
            purchase.transaction.product = "tea"
            records += [profile, purchase]
        return records

    def score(self, customer):
        request = scoring_service_pb2.ScoreRequest(name=f"{TENANT}/models/churn")
        request.subject.customer_id = customer
        return self.scoring.Score(request, timeout=60).score.probability.probability

    def test_a_pipeline_restarts_with_all_that_it_had(self):
        self.ingest(self.purchases())
        job = self.train(CHURN)
        self.models.SetModelAlias(model_service_pb2.SetModelAliasRequest(
            name=f"{TENANT}/models/churn/aliases/champion", version=job.model_version), timeout=60)
        before = [self.score(f"c{index}") for index in range(20)]
        report = self.report()
        jobs = self.run_cli("--output", "json", "jobs", "list")

        for program in (self.training, self.inference, self.ingestion):
            program.port = int(program.address.rsplit(":", 1)[1])
            self.assertEqual(program.stop(), 0)
        self.server.restart()
        for name in ("inference", "training"):  # What matters of them is in the database; of ingestion, but its master key.
            shutil.rmtree(self.directory / name)
        for program in (self.ingestion, self.inference, self.training):
            program.start()
        self.connect()
        self.assertEqual(self.report(), report)
        self.assertEqual([self.score(f"c{index}") for index in range(20)], before)
        self.assertEqual(self.run_cli("--output", "json", "jobs", "list"), jobs)

        self.assertEqual(self.sql("SELECT count(*), count(DISTINCT customer_id), sum(base_amount)::int FROM clientele."
                                  "transactions WHERE tenant = 'demo' AND product = 'tea'").split("|")[:2], ["600", "600"])
        self.assertEqual(self.sql("SELECT model, to_version, change FROM clientele.alias_journal WHERE alias = 'champion'"),
                         "churn|1|set")

    def test_replicas_serve_what_one_of_them_published_within_a_second(self):
        other = self.replica("clientele-inference", "--ingestion-address", self.ingestion.address,
                             *self.storage("clientele-inference"))
        channel = grpc.insecure_channel(other.address)
        self.addCleanup(channel.close)
        models = harness.model_service_pb2_grpc.ModelServiceStub(channel)
        self.ingest(self.purchases())
        job = self.train(CHURN)
        for moved in range(3):
            alias = f"{TENANT}/models/churn/aliases/trial{moved}"
            self.models.SetModelAlias(model_service_pb2.SetModelAliasRequest(name=alias, version=job.model_version),
                                      timeout=60)
            began = time.monotonic()
            while True:
                try:
                    models.GetModelAlias(model_service_pb2.GetModelAliasRequest(name=alias), timeout=60)
                    break
                except grpc.RpcError as error:
                    self.assertEqual(error.code(), grpc.StatusCode.NOT_FOUND, error.details())
                    self.assertLess(time.monotonic() - began, SOON_SECONDS)
                    time.sleep(0.01)
        # What a person decides at one, the other shows.
        override = override_service_pb2.ScoreOverride(name=f"{TENANT}/models/churn/scoreOverrides/c1", value=0.5, reason="a call")
        override.expire_time.FromSeconds(int(time.time()) + 3600)
        with grpc.insecure_channel(self.inference.address) as here:
            override_service_pb2_grpc.OverrideServiceStub(here).SetScoreOverride(
                override_service_pb2.SetScoreOverrideRequest(score_override=override), timeout=60)
        began, seen = time.monotonic(), override_service_pb2_grpc.OverrideServiceStub(channel)
        while True:
            try:
                seen.GetScoreOverride(override_service_pb2.GetScoreOverrideRequest(name=override.name), timeout=60)
                break
            except grpc.RpcError as error:
                self.assertEqual(error.code(), grpc.StatusCode.NOT_FOUND, error.details())
                self.assertLess(time.monotonic() - began, 2 * SOON_SECONDS)
                time.sleep(0.05)
        # And the other may publish next.
        models.SetModelAlias(model_service_pb2.SetModelAliasRequest(
            name=f"{TENANT}/models/churn/aliases/champion", version=job.model_version), timeout=60)

    def test_replicas_of_ingestion_are_one(self):
        profile = harness.record_pb2.Record(source="crm", record_id="p", customer_id="ada",
                                            event_time=harness.timestamp("2019-01-01T00:00:00Z"))
        profile.profile.email = "ada@example.com"
        self.ingest([profile])
        master_key = ("--privacy-master-key-file", str(self.directory / "ingestion" / "master_key"))
        other = self.replica("clientele-ingestion", *self.storage("clientele-ingestion"), *master_key)
        with grpc.insecure_channel(other.address) as channel:
            again = harness.ingestion_service_pb2_grpc.IngestionServiceStub(channel).IngestRecordBatch(
                harness.ingestion_service_pb2.IngestRecordBatchRequest(parent=TENANT, records=[profile]), timeout=60)
            self.assertEqual(again.result.duplicate_count, 1)
            customer = harness.customer_service_pb2_grpc.CustomerServiceStub(channel).GetCustomer(
                harness.customer_service_pb2.GetCustomerRequest(name=f"{TENANT}/customers/ada"), timeout=60)
            self.assertEqual(customer.email, "ada@example.com", "sealed there, opened here")
        self.assertEqual(self.sql("SELECT count(*) FROM clientele.records WHERE position('ada@'::bytea in body) > 0"), "0")
        with self.assertRaisesRegex(AssertionError, "privacy.keys_url"):  # With keys of its own it would open nothing.
            self.replica("clientele-ingestion", "--storage-url", self.url)

    def test_without_the_server_answers_say_so_and_come_back_with_it(self):
        self.ingest(self.purchases(10))
        self.server.process.kill()
        self.server.process.wait()
        deadline = time.monotonic() + 30  # Its sessions end a little later.
        with self.assertRaises(grpc.RpcError) as error:
            while time.monotonic() < deadline:
                self.report()
        self.assertEqual(error.exception.code(), grpc.StatusCode.UNAVAILABLE)
        self.assertIn("PostgreSQL", error.exception.details())
        self.server.start()
        self.assertEqual(self.report().accepted_count, 20)


class PostgresqlCrashTest(unittest.TestCase):
    def test_nothing_acknowledged_is_lost_doubled_or_torn(self):
        self.assertTrue(crash_run.crash(kills=3, seed=20_26, storage="postgresql"))


if __name__ == "__main__":
    unittest.main()
