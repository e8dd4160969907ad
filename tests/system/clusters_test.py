"""K-means on the S1 set through the services, and the same bytes for any number of threads."""

import unittest

import harness
from harness import record_pb2, timestamp


def spec(model, seed=7, restarts=20):
    return {
        "model": model,
        "dataset": {"features": ["attribute.x1", "attribute.x2"], "asOf": "2020-06-01T00:00:00Z",
                    "knownAt": "2100-01-01T00:00:00Z", "labelsKnownAt": "2100-01-01T00:00:00Z"},
        "split": {"none": True},
        "preprocessing": {"defaults": {"scaling": "SCALING_NONE", "missingIndicator": False}},
        "kmeans": {"numClusters": 15, "restarts": restarts},
        "seed": seed,
    }


class ClustersTest(harness.SystemTest):

    def ingest_points(self):
        records = []
        for index, row in enumerate(harness.read_csv(harness.public_data("clusters", "s1.csv"))):
            record = record_pb2.Record(source="s1", record_id=str(index), customer_id=f"point-{index}",
                                       event_time=timestamp("2020-01-01T00:00:00Z"))
            for name in ("x1", "x2"):
                record.profile.attributes[name].number = float(row[name])
            records.append(record)
        self.ingest(records)

    def test_reaches_the_best_known_inertia(self):
        self.ingest_points()
        job = self.train(spec("points"))
        best = harness.reference("kmeans", "s1", "best_sse")
        inertia = job.evaluation.clusters.inertia
        self.assertGreaterEqual(inertia, best * (1 - 1e-6))
        self.assertLessEqual(inertia, best * 1.001)

    def test_one_and_two_threads_publish_the_same_bytes(self):
        self.ingest_points()
        digests = {self.train(spec("points", restarts=3), threads=threads).artifact_sha256 for threads in (1, 2, 3)}
        self.assertEqual(len(digests), 1)
        self.assertEqual(len(digests.pop()), 64)
        versions = self.models.ListModelVersions(
            harness.model_service_pb2.ListModelVersionsRequest(parent=f"{harness.TENANT}/models/points"), timeout=30)
        self.assertEqual(len(versions.model_versions), 1, "the same artifact published again is the same version")


if __name__ == "__main__":
    unittest.main()
