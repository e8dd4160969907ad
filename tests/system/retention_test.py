"""Records whose time is over go: over the real programs, also when they die in the middle."""

import json
import threading
import time
import unittest

import harness
from harness import grpc, model_service_pb2, record_pb2

DAY = 86_400
CUSTOMERS = 1_000


class RetentionTest(harness.SystemTest):

    def visits(self, days_ago, first_id, count):
        """Of as many customers."""
        now = int(time.time())
        records = []
        for i in range(count):
            record = record_pb2.Record(source="web", record_id=str(first_id + i), customer_id=f"c{i % CUSTOMERS:04}")
            record.event_time.seconds = now - days_ago * DAY
            record.interaction.type = "visit"
            records.append(record)
        return records

    def purchases(self, days_ago, first_id, customers):
        now = int(time.time())
        records = []
        for i in range(customers):
            record = record_pb2.Record(source="shop", record_id=str(first_id + i), customer_id=f"c{i:04}")
            record.event_time.seconds = now - days_ago * DAY
            record.transaction.amount_micros = 1_000_000 * (1 + i % 50)
            records.append(record)
        return records

    def runs(self):
        return json.loads(self.run_cli("--output", "json", "retention", "runs")).get("retentionRuns", [])

    def await_done(self, number):
        deadline = time.monotonic() + 120
        while True:
            runs = self.runs()
            if runs and runs[0]["name"].endswith(f"/{number}") and runs[0]["state"] == "STATE_DONE":
                return runs[0]
            self.assertLess(time.monotonic(), deadline, runs)
            time.sleep(0.1)

    def restart_ingestion(self):
        """After kill -9."""
        self.ingestion.port = int(self.ingestion.address.split(":")[1])
        self.ingestion.kill()
        self.ingestion.start()
        self.connect()
        deadline = time.monotonic() + 60
        while True:
            try:
                return self.report()
            except grpc.RpcError as error:
                if error.code() != grpc.StatusCode.UNAVAILABLE or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def test_what_is_too_old_goes_is_refused_and_is_told_by_models(self):
        self.ingest(self.visits(100, 0, 2 * CUSTOMERS) + self.visits(10, 10_000, CUSTOMERS))
        self.ingest(self.purchases(100, 0, CUSTOMERS // 2))
        preview = json.loads(self.run_cli("--output", "json", "retention", "preview", "--keep", "interaction=90"))
        self.assertEqual([(c["kind"], int(c["count"])) for c in preview["counts"]],
                         [("RECORD_KIND_INTERACTION", 2 * CUSTOMERS)])
        self.assertEqual(self.report().accepted_count, 3 * CUSTOMERS + CUSTOMERS // 2)

        self.run_cli("retention", "set", "--keep", "interaction=90")
        run = self.await_done(1)
        self.assertEqual([int(c["count"]) for c in run["counts"]], [2 * CUSTOMERS])
        again = self.records.IngestRecordBatch(harness.ingestion_service_pb2.IngestRecordBatchRequest(
            parent=harness.TENANT, records=self.visits(100, 0, 5)), timeout=harness.CALL_SECONDS).result
        self.assertEqual(again.rejected_count, 5)
        self.assertEqual({error.reason for error in again.errors}, {record_pb2.REJECTION_REASON_EXPIRED})
        shown = self.run_cli("retention", "show")
        self.assertIn("interaction", shown)

        spec = {"model": "segments", "split": {"none": True}, "kmeans": {"numClusters": 2},
                "dataset": {"features": ["interactions", "spend_total"], "knownAt": "2100-01-01T00:00:00Z"}}
        job = self.train(spec)
        self.assertTrue(job.model_version)
        artifact = b"".join(part.chunk for part in self.models.ExportModelVersion(
            model_service_pb2.ExportModelVersionRequest(name=job.model_version), timeout=harness.CALL_SECONDS))
        from clientele.model.v1 import artifact_pb2
        cut, = artifact_pb2.ModelArtifact.FromString(artifact).lineage.retention_cuts
        self.assertEqual(cut.kind, harness.feature_pb2.RECORD_KIND_INTERACTION)
        self.assertEqual(cut.cut_time.ToJsonString(), run["cuts"][0]["cutTime"])

        spec["dataset"]["asOf"] = time.strftime("%Y-%m-%dT00:00:00Z", time.gmtime(time.time() - 95 * DAY))
        past = self.create_job(spec)
        for past in self.jobs.WatchTrainingJob(harness.training_service_pb2.WatchTrainingJobRequest(name=past.name),
                                               timeout=600):
            pass
        self.assertIn("retention has taken away", past.error.message)

    def test_a_run_that_dies_in_the_middle_goes_on_and_counts_nothing_twice(self):
        old = 20_000
        self.ingest(self.visits(100, 0, old))
        self.ingest(self.visits(10, 100_000, CUSTOMERS))
        self.run_cli("retention", "set", "--keep", "interaction=90")
        for _ in range(3):
            time.sleep(0.05)
            self.restart_ingestion()
        run = self.await_done(1)
        self.assertEqual([int(c["count"]) for c in run["counts"]], [old])
        self.assertEqual(len(self.runs()), 1)
        self.assertEqual(self.report().customer_count, CUSTOMERS)
        # Sent again while it is refused, and young records under the same ids: those are new.
        self.assertEqual(self.records.IngestRecordBatch(harness.ingestion_service_pb2.IngestRecordBatchRequest(
            parent=harness.TENANT, records=self.visits(100, 0, 100)), timeout=harness.CALL_SECONDS).result.rejected_count, 100)
        self.ingest(self.visits(5, 0, 100))

    def test_records_come_in_while_others_go(self):
        self.ingest(self.visits(100, 0, 10_000))
        accepted = []

        def send():
            for batch in range(20):
                records = self.visits(1, 1_000_000 + batch * 100, 100)
                accepted.append(self.records.IngestRecordBatch(harness.ingestion_service_pb2.IngestRecordBatchRequest(
                    parent=harness.TENANT, records=records), timeout=harness.CALL_SECONDS).result.accepted_count)

        sender = threading.Thread(target=send)
        sender.start()
        self.run_cli("retention", "set", "--keep", "interaction=90")
        run = self.await_done(1)
        sender.join()
        self.assertEqual(sum(accepted), 2_000)
        self.assertEqual([int(c["count"]) for c in run["counts"]], [10_000])


if __name__ == "__main__":
    unittest.main()
