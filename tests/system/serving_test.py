"""Inference keeps its promises while its neighbours are gone, and every server drains."""

import unittest

import grpc

import harness
import serving_model


class ServingTest(harness.SystemTest):

    def score(self, **subject):
        request = harness.scoring_service_pb2.ScoreRequest(name=f"{harness.TENANT}/models/churn/versions/1")
        if "customer" in subject:
            request.subject.customer_id = subject["customer"]
        for name, value in subject.get("features", {}).items():
            feature = request.subject.features.add(feature=name)
            if isinstance(value, str):
                feature.value.text = value
            else:
                feature.value.number = value
        return self.scoring.Score(request, timeout=10)

    def test_scores_explain_themselves_and_survive_an_outage(self):
        serving_model.publish(self)
        by_customer = self.score(customer="c17")
        by_features = self.score(features={"attribute.usage": 17, "attribute.plan": "basic"})
        self.assertEqual(by_customer.score.probability.probability, by_features.score.probability.probability)
        probability = by_features.score.probability
        self.assertAlmostEqual(probability.baseline + sum(r.contribution for r in by_features.score.reasons),
                               probability.log_odds, places=9)

        self.assertEqual(self.ingestion.stop(), 0)
        self.assertEqual(self.training.stop(), 0)
        again = self.score(features={"attribute.usage": 17, "attribute.plan": "basic"})
        self.assertEqual(again.score.probability.probability, probability.probability)
        with self.assertRaises(grpc.RpcError) as error:
            self.score(customer="c17")
        self.assertEqual(error.exception.code(), grpc.StatusCode.UNAVAILABLE)

    def test_versions_survive_kill_9_of_inference(self):
        serving_model.publish(self)
        before = self.score(features={"attribute.usage": 50, "attribute.plan": "pro"})
        self.inference.kill()
        self.inference.start()
        self.connect()
        after = self.score(features={"attribute.usage": 50, "attribute.plan": "pro"})
        self.assertEqual(before, after)

    def test_missing_features_are_imputed_and_unknown_ones_refused(self):
        serving_model.publish(self)
        imputed = self.score(features={"attribute.plan": "pro"})
        self.assertEqual(list(imputed.score.imputed_features), ["attribute.usage"])
        with self.assertRaises(grpc.RpcError) as error:
            self.score(features={"attribute.shoe_size": 43})
        self.assertEqual(error.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)
        self.assertIn("attribute.usage", error.exception.details())

    def test_every_server_drains_on_sigterm(self):
        for program in (self.training, self.inference, self.ingestion):
            self.assertEqual(program.stop(), 0, program.name)


if __name__ == "__main__":
    unittest.main()
