"""What a Python integrator writes: ingest, train, score, with Debian's grpcio and stubs made from the protos."""

import random
import sys
import unittest

import grpc

sys.path.insert(0, __file__.rsplit("/", 2)[0])
import harness  # noqa: E402
from harness import record_pb2  # noqa: E402


class PythonClientTest(harness.SystemTest):

    def purchases(self):
        """Four hundred customers; the faithful buy every month, the others stop in spring."""
        generator = random.Random(1)
        for customer in range(400):
            faithful = customer % 2 == 0
            for month in range(1, 13):
                if month > 4 and not faithful and generator.random() < 0.95:
                    continue
                record = record_pb2.Record(source="shop", record_id=f"{customer}-{month}", customer_id=f"c{customer}",
                                           event_time_text=f"2023-{month:02d}-{generator.randint(1, 28):02d}")
                record.transaction.amount_micros = generator.randint(5, 80) * 1_000_000
                record.transaction.currency_code = "usd"
                yield record

    def test_ingests_trains_and_scores(self):
        records = list(self.purchases())
        batches = [records[begin:begin + 500] for begin in range(0, len(records), 500)]
        requests = (harness.ingestion_service_pb2.IngestRecordsRequest(
            parent=harness.TENANT if index == 0 else "", sequence=index, records=batch)
            for index, batch in enumerate(batches))
        accepted, sequences = 0, []
        for response in self.records.IngestRecords(requests, timeout=60):
            accepted += response.result.accepted_count
            sequences.append(response.sequence)
        self.assertEqual(accepted, len(records))
        self.assertEqual(sequences, list(range(len(batches))))

        job = self.train({
            "model": "churn",
            "dataset": {"features": ["recency_days", "purchase_days", "spend_total", "purchases_90d"],
                        "asOf": "2023-09-01T00:00:00Z", "knownAt": "2100-01-01T00:00:00Z",
                        "label": {"noPurchaseWithin": {"days": 90}}},
            "logisticRegression": {},
        })
        self.assertGreater(job.evaluation.classifier.auc, 0.9)
        self.assertTrue(job.model_version.startswith("tenants/demo/models/churn/versions/"), job.gate_decision)

        response = self.scoring.ScoreCustomer(
            harness.scoring_service_pb2.ScoreCustomerRequest(name="tenants/demo/customers/c0"), timeout=10)
        self.assertEqual(response.scores[0].model_version, job.model_version)
        self.assertTrue(response.scores[0].score.reasons)

    def test_errors_carry_one_error_info_and_the_bad_field(self):
        with self.assertRaises(grpc.RpcError) as error:
            self.create_job({"model": "Not An Id", "dataset": {"features": ["purchases"]}, "kmeans": {}})
        self.assertEqual(error.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)
        trailing = dict(error.exception.trailing_metadata())
        from google.rpc import error_details_pb2, status_pb2
        status = status_pb2.Status.FromString(trailing["grpc-status-details-bin"])
        infos = [detail for detail in status.details if detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR)]
        self.assertEqual(len(infos), 1)
        violations = error_details_pb2.BadRequest()
        self.assertTrue(any(detail.Unpack(violations) for detail in status.details))
        self.assertIn("model", violations.field_violations[0].field)


if __name__ == "__main__":
    unittest.main()
