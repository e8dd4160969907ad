"""Versions come and go as their owner says, and what is broken on disk breaks nothing else."""

import json
import unittest

import grpc

import harness
import serving_model
from clientele.model.v1 import artifact_pb2
from harness import model_service_pb2

MODEL = f"{harness.TENANT}/models/churn"


class ModelLifecycleTest(harness.SystemTest):

    def setUp(self):
        super().setUp()
        serving_model.publish(self)
        export = self.models.ExportModelVersion(model_service_pb2.ExportModelVersionRequest(name=MODEL), timeout=60)
        self.artifact = artifact_pb2.ModelArtifact.FromString(b"".join(part.chunk for part in export))

    def publish(self, name, *aliases):
        """The trained model under another name, which makes it another artifact."""
        self.artifact.spec.display_name = name
        data = self.artifact.SerializeToString(deterministic=True)
        header = model_service_pb2.PublishModelVersionRequest.Header(parent=MODEL, sha256=harness.sha256(data), aliases=aliases)
        parts = [model_service_pb2.PublishModelVersionRequest(header=header)]
        parts += [model_service_pb2.PublishModelVersionRequest(chunk=data[begin:begin + 100_000])
                  for begin in range(0, len(data), 100_000)]
        return self.models.PublishModelVersion(iter(parts), timeout=60)

    def states(self):
        """By version, as the command shows them."""
        versions = json.loads(self.run_cli("--output", "json", "models", "versions", "churn"))
        return {int(v["name"].rsplit("/", 1)[1]): v["state"].removeprefix("STATE_") for v in versions}

    def await_states(self, expected):
        for _ in range(200):
            if self.states() == expected:
                return
        self.assertEqual(self.states(), expected)

    def score(self, name=MODEL):
        request = harness.scoring_service_pb2.ScoreRequest(name=name)
        request.subject.features.add(feature="attribute.usage").value.number = 17
        request.subject.features.add(feature="attribute.plan").value.text = "basic"
        return self.scoring.Score(request, timeout=10)

    def test_an_owner_says_what_is_kept(self):
        probability = self.score().score.probability.probability
        for number in range(2, 6):
            self.publish(f"take {number}")
        self.await_states({1: "AVAILABLE", 2: "UNLOADED", 3: "AVAILABLE", 4: "AVAILABLE", 5: "AVAILABLE"})
        self.assertIn("the latest", self.run_cli("models", "update", "churn", "--latest", "1"))
        self.await_states({1: "AVAILABLE", 2: "UNLOADED", 3: "UNLOADED", 4: "UNLOADED", 5: "AVAILABLE"})
        with self.assertRaises(grpc.RpcError) as error:
            self.score(f"{MODEL}/versions/3")
        self.assertEqual(error.exception.code(), grpc.StatusCode.FAILED_PRECONDITION)
        self.assertIn("version policy", error.exception.details())

        self.run_cli("models", "promote", "churn", "3")
        answer = self.score()
        self.assertEqual(answer.model_version, f"{MODEL}/versions/3")
        self.assertEqual(answer.score.probability.probability, probability)
        self.assertIn("deleted", self.run_cli("models", "delete", "churn", "2", "--reason", "of no use"))
        self.inference.kill()
        self.inference.start()
        self.connect()
        self.await_states({1: "AVAILABLE", 2: "DELETED", 3: "AVAILABLE", 4: "UNLOADED", 5: "AVAILABLE"})
        self.assertEqual(self.score().model_version, f"{MODEL}/versions/3")
        self.assertEqual(self.publish("take 6").name, f"{MODEL}/versions/6")

    def test_a_torn_artifact_fails_alone(self):
        self.publish("the next", "champion")
        self.assertEqual(self.score().model_version, f"{MODEL}/versions/2")
        data = self.artifact.SerializeToString(deterministic=True)
        self.assertEqual(self.inference.stop(), 0)
        torn = next(self.directory.rglob(harness.sha256(data)))
        torn.write_bytes(data[:len(data) // 2])
        self.inference.start()
        self.connect()
        self.assertEqual(self.states(), {1: "AVAILABLE", 2: "FAILED"})
        with self.assertRaises(grpc.RpcError) as error:
            self.score()
        self.assertEqual(error.exception.code(), grpc.StatusCode.FAILED_PRECONDITION)
        self.assertIn("damaged", error.exception.details())
        self.run_cli("models", "rollback", "churn")
        self.assertEqual(self.score().model_version, f"{MODEL}/versions/1")
        self.assertEqual(self.publish("the next").name, f"{MODEL}/versions/2")
        self.assertEqual(self.states(), {1: "AVAILABLE", 2: "AVAILABLE"})


if __name__ == "__main__":
    unittest.main()
