"""What became of customers within a label's window, joined to the scores that they were served before it."""

import json
import subprocess
import time
import unittest

import harness
from harness import TENANT, model_service_pb2, record_pb2, scoring_service_pb2, timestamp

AGE_SCORES = harness.BIN_DIR.parent / "tests" / "system" / "age_scores"
CUSTOMERS = 1000
WINDOW_DAYS = 90
SPEC = {
    "model": "churn",
    "dataset": {"features": ["attribute.usage"], "asOf": "2020-06-01T00:00:00Z", "knownAt": "2100-01-01T00:00:00Z",
                "label": {"noPurchaseWithin": {"days": WINDOW_DAYS}}},
    "logisticRegression": {},
}


def stays(index, luck):
    """Those with much usage are likely to; who of them does is another matter each time."""
    return (index * 7919 + luck) % 100 < index % 100


def purchase(index, record_id, event_time):
    record = record_pb2.Record(source="shop", record_id=record_id, customer_id=f"c{index}", event_time=event_time)
    record.transaction.amount_micros = 5_000_000
    return record


def area_under_curve(scores, outcomes):
    """The share of pairs of one who left and one who stayed in which the first has the higher score; a tie is half."""
    left = [score for score, outcome in zip(scores, outcomes) if outcome]
    stayed = [score for score, outcome in zip(scores, outcomes) if not outcome]
    return sum((a > b) + (a == b) / 2 for a in left for b in stayed) / (len(left) * len(stayed))


class OutcomesTest(harness.SystemTest):

    def setUp(self):
        super().setUp()
        records = []
        for index in range(CUSTOMERS):
            record = record_pb2.Record(source="crm", record_id=str(index), customer_id=f"c{index}",
                                       event_time=timestamp("2020-01-01T00:00:00Z"))
            record.profile.attributes["usage"].number = index % 100
            records.append(record)
            records.append(purchase(index, f"first-{index}", timestamp("2020-02-01T00:00:00Z")))
            if stays(index, luck=0):
                records.append(purchase(index, f"second-{index}", timestamp("2020-07-01T00:00:00Z")))
        self.ingest(records)
        job = self.train(SPEC)
        self.models.SetModelAlias(model_service_pb2.SetModelAliasRequest(
            name=f"{TENANT}/models/churn/aliases/champion", version=job.model_version), timeout=harness.CALL_SECONDS)

    def await_outcomes(self, done):
        """What is scored is logged a moment later."""
        deadline = time.monotonic() + 60
        while not done(report := json.loads(self.run_cli("--output", "json", "models", "outcomes", "churn"))):
            self.assertLess(time.monotonic(), deadline, report)
            time.sleep(0.1)
        return report

    def test_scores_are_judged_once_their_window_is_over(self):
        request = scoring_service_pb2.BatchScoreRequest(name=f"{TENANT}/models/churn")
        for index in range(CUSTOMERS):
            request.subjects.add(customer_id=f"c{index}")
        response = self.scoring.BatchScore(request, timeout=harness.CALL_SECONDS)
        self.assertFalse(response.errors)
        report = self.await_outcomes(lambda report: int(report.get("scores", 0)) == CUSTOMERS)
        self.assertEqual(report["label"], f"No purchase within the {WINDOW_DAYS} days after")
        self.assertEqual(int(report["pending"]), CUSTOMERS)
        self.assertFalse([realised for realised in report.get("realised", []) if int(realised.get("scores", 0))])

        # As if they had been scored a day more than the window ago, and now again.
        self.inference.stop()
        aged = subprocess.run([AGE_SCORES, self.directory / "inference", "demo", "churn", str(WINDOW_DAYS + 1)],
                              check=True, capture_output=True, text=True, timeout=60)
        self.assertEqual(int(aged.stdout), CUSTOMERS)
        records, outcomes = [], []
        for index in range(CUSTOMERS):
            outcomes.append(not stays(index, luck=50))
            if not outcomes[index]:
                records.append(purchase(index, f"third-{index}", self.days_ago(30)))
            elif index % 2:  # Before they were scored: that is no answer.
                records.append(purchase(index, f"third-{index}", self.days_ago(WINDOW_DAYS + 2)))
        self.ingest(records)
        self.inference.start()
        self.connect()
        report = self.await_outcomes(lambda report: int(report.get("scores", 0)) == 2 * CUSTOMERS)
        self.assertEqual(int(report["pending"]), CUSTOMERS)
        realised, = report["realised"]
        self.assertEqual(int(realised["scores"]), CUSTOMERS)
        self.assertEqual(int(realised["positives"]), sum(outcomes))
        scores = [score.probability.probability for score in response.scores]
        self.assertAlmostEqual(realised["auc"], area_under_curve(scores, outcomes), places=12)
        self.assertGreater(realised["auc"], 0.7)
        self.assertAlmostEqual(realised["brier"], sum((s - o) ** 2 for s, o in zip(scores, outcomes)) / CUSTOMERS,
                               places=12)

    @staticmethod
    def days_ago(days):
        return timestamp(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - days * 86_400)))


if __name__ == "__main__":
    unittest.main()
