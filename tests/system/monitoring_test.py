"""A shadow beside the champion, what became of those who were scored, and a population that is no longer the one trained on."""

import copy
import json
import time
import unittest

import harness
import serving_model
from harness import record_pb2, timestamp

MODEL = f"{harness.TENANT}/models/churn"


class MonitoringTest(harness.SystemTest):

    def setUp(self):
        super().setUp()
        serving_model.publish(self)  # Version 1 looks at usage and plan.
        spec = copy.deepcopy(serving_model.SPEC)
        spec["dataset"]["features"] = ["attribute.usage"]
        self.train(spec)
        self.run_cli("models", "promote", "churn", 2)

    def score(self, customers, name=MODEL):
        request = harness.scoring_service_pb2.BatchScoreRequest(name=name)
        for customer in customers:
            request.subjects.add(customer_id=customer)
        response = self.scoring.BatchScore(request, timeout=harness.CALL_SECONDS)
        self.assertFalse(response.errors)
        return response

    def report(self, *arguments):
        return json.loads(self.run_cli("--output", "json", "models", *arguments))

    def await_report(self, done, *arguments):
        """What is scored is logged a moment later."""
        deadline = time.monotonic() + 60
        while not done(report := self.report(*arguments)):
            self.assertLess(time.monotonic(), deadline, report)
            time.sleep(0.1)
        return report

    def test_a_shadow_scores_beside_the_champion_unseen(self):
        self.run_cli("models", "traffic", "churn", "--shadow", 1, "--share", 1, "--reason", "is the plan worth it?")
        response = self.score(f"c{i}" for i in range(1000))
        self.assertTrue(response.model_version.endswith("/versions/2"))

        report = self.await_report(lambda r: sum(int(p["pairs"]) for p in r.get("pairings", [])) == 1000, "shadow", "churn")
        pairing, = report["pairings"]
        self.assertEqual(pairing["servedVersion"], f"{MODEL}/versions/2")
        self.assertEqual(pairing["shadowVersion"], f"{MODEL}/versions/1")  # Its plan was read from ingestion.
        alone = self.score((f"c{i}" for i in range(1000)), f"{MODEL}/versions/1")
        differences = [b.probability.probability - a.probability.probability
                       for a, b in zip(response.scores, alone.scores)]
        self.assertAlmostEqual(pairing["meanDifference"], sum(differences) / 1000, places=12)
        self.assertAlmostEqual(pairing["differenceQuantiles"][0], min(differences), places=12)
        self.assertAlmostEqual(pairing["differenceQuantiles"][8], max(differences), places=12)
        agreed = sum(a.probability.positive == b.probability.positive for a, b in zip(response.scores, alone.scores))
        self.assertAlmostEqual(pairing["agreement"], agreed / 1000, places=12)
        self.assertGreater(pairing["rankCorrelation"], 0.99)
        for row in pairing["largest"]:
            self.assertRegex(row["pseudonym"], "^[0-9a-f]{32}$")
        self.assertIn("Largest differences", self.run_cli("models", "shadow", "churn"))

        # The log outlives the server, and the shadow ends when it is told to.
        self.run_cli("models", "traffic", "churn", "--no-shadow")
        self.inference.kill()
        self.inference.start()
        self.connect()
        self.score(f"c{i}" for i in range(1000))
        self.assertEqual(self.report("shadow", "churn")["pairings"], report["pairings"])

    def test_outcomes_judge_what_was_served_by_version_and_arm(self):
        self.run_cli("models", "traffic", "churn", "--arm", "canary=1:50", "--arm", "rest=champion:50")
        self.score(f"c{i}" for i in range(2000))
        report = self.await_report(lambda r: int(r.get("scores", 0)) == 2000, "outcomes", "churn")
        self.assertEqual(sum(int(realised["scores"]) for realised in report["realised"]), 2000)
        for realised in report["realised"]:
            self.assertAlmostEqual(realised["auc"], realised["trainedAuc"], delta=0.05)
            self.assertLess(realised["calibrationRatioLower"], 1.05)
            self.assertGreater(realised["calibrationRatioUpper"], 0.95)
            self.assertGreater(realised["lift"][0], 1.5)
        comparison, = report["comparisons"]
        self.assertEqual((comparison["arm"], comparison["against"]), ("canary", "rest"))
        self.assertEqual(comparison["verdict"], "VERDICT_UNDECIDED")
        self.assertIn("canary", self.run_cli("models", "outcomes", "churn"))
        # Somebody who is scored again within the label's window does not count again.
        self.score(f"c{i}" for i in range(2000))
        time.sleep(0.5)
        self.assertEqual(int(self.report("outcomes", "churn")["scores"]), 2000)

    def test_drift_shows_when_others_are_scored_than_were_trained_on(self):
        self.score((f"c{i}" for i in range(2000)), f"{MODEL}/versions/1")
        report = self.await_report(lambda r: int(r.get("rows", 0)) == 2000, "drift", "churn", 1)
        self.assertFalse([d["feature"] for d in report["features"] + [report["score"]] if d.get("drifted")])

        records = []
        for index in range(2000):
            record = record_pb2.Record(source="crm", record_id=f"new{index}", customer_id=f"new{index}",
                                       event_time=timestamp("2020-01-01T00:00:00Z"))
            record.profile.attributes["usage"].number = 90 + index % 100
            record.profile.attributes["plan"].text = "pro" if index % 3 == 0 else "basic"
            records.append(record)
        self.ingest(records)
        self.score((f"new{i}" for i in range(2000)), f"{MODEL}/versions/1")
        report = self.await_report(lambda r: int(r.get("rows", 0)) == 4000, "drift", "churn", 1)
        drifts = {d["feature"]: d for d in report["features"]}
        self.assertTrue(drifts["attribute.usage"]["drifted"])
        self.assertEqual(drifts["attribute.usage"]["level"], "LEVEL_LARGE")
        self.assertFalse(drifts["attribute.plan"].get("drifted", False))
        self.assertTrue(report["score"]["drifted"])
        self.assertIn("attribute.usage", self.run_cli("models", "drift", "churn", 1))
        # Nobody has to ask: the log says it.
        deadline = time.monotonic() + 60
        while "drift is large" not in self.inference.log.read_text():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.5)
        # Counts outlive the server.
        self.inference.kill()
        self.inference.start()
        self.connect()
        self.assertEqual(int(self.report("drift", "churn", 1)["rows"]), 4000)


if __name__ == "__main__":
    unittest.main()
