"""Scores a CRM can use: what customers are worth by the tenant's rules, and why a score is another than it was."""

import datetime
import json
import time
import unittest

import harness
from harness import record_pb2

from clientele.inference.v1 import value_service_pb2, value_service_pb2_grpc

CUSTOMERS = 600


def at(days_ago):
    """A Timestamp so many days before now."""
    result = harness.timestamp_pb2.Timestamp()
    result.FromDatetime(datetime.datetime.utcnow() - datetime.timedelta(days=days_ago))
    return result


class CustomerValueTest(harness.SystemTest):

    def connect(self):
        super().connect()
        channel = harness.grpc.insecure_channel(self.inference.address)
        self.addCleanup(channel.close)
        self.values = value_service_pb2_grpc.ValueServiceStub(channel)

    def record(self, customer, when):
        self.next_id = getattr(self, "next_id", 0) + 1
        return record_pb2.Record(source="crm", record_id=str(self.next_id), customer_id=customer, event_time=when)

    def purchase(self, customer, when, amount):
        record = self.record(customer, when)
        record.transaction.amount_micros = int(amount * 1e6)
        return record

    def interaction(self, customer, when, kind):
        record = self.record(customer, when)
        record.interaction.type = kind
        return record

    def ingest_customers(self):
        """Every other customer complains and stops buying; the rest buy every 20 days."""
        records = []
        for index in range(CUSTOMERS):
            customer = f"c{index}"
            leaves = index % 2 == 0
            for step in range(12):
                days = 20 * step + 1 + index % 17
                if not leaves or days > 100 + index % 40:
                    records.append(self.purchase(customer, at(days), 10 + index % 50))
            if leaves:
                records.append(self.interaction(customer, at(95 + index % 20), "complaint"))
            if index % 5 == 0:
                records.append(self.interaction(customer, at(3), "referral"))
        self.ingest(records)

    def train_models(self):
        dataset = {"features": ["recency_days", "complaints", "purchases"], "asOf": at(80).ToJsonString(),
                   "knownAt": at(0).ToJsonString()}
        self.train({"model": "churn", "displayName": "Churn within 60 days",
                    "dataset": dataset | {"label": {"noPurchaseWithin": {"days": 60}}}, "logisticRegression": {},
                    "gate": {"noDefaultRules": True}})
        self.train({"model": "value", "dataset": dataset | {"label": {"spendWithin": {"days": 60}}},
                    "valueRegression": {}, "gate": {"noDefaultRules": True}})

    def features_of_everybody(self, names):
        request = harness.feature_service_pb2.BatchGetFeaturesRequest(
            parent=harness.TENANT, customer_ids=[f"c{i}" for i in range(CUSTOMERS)], features=names)
        rows = self.features.BatchGetFeatures(request, timeout=harness.CALL_SECONDS).rows
        return {row.customer_id: [value.number for value in row.values] for row in rows}

    def test_new_weights_change_a_portfolio_without_retraining(self):
        self.ingest_customers()
        self.assertEqual(json.loads(self.run_cli("value", "settings", "show", "-o", "json")).get("revision", "0"), "0")
        self.run_cli("value", "settings", "set", "--alpha", 0.5, "--beta", 0.3, "--gamma", 0.2,
                     "--purchase", "spend_total=1", "--referral", "referrals=10", "--maintenance", "purchases_90d=1",
                     "--reason", "the first weights")
        first = json.loads(self.run_cli("value", "portfolio", "--top", 3, "-o", "json"))
        rows = self.features_of_everybody(["spend_total", "referrals", "purchases_90d"])
        values = {customer: 0.5 * b + 0.3 * 10 * r + 0.2 * m for customer, (b, r, m) in rows.items()}
        expected = sum(values.values())
        self.assertEqual(int(first["customers"]), CUSTOMERS)
        self.assertAlmostEqual(first["portfolioValue"], expected, delta=1e-4 * expected)
        self.assertAlmostEqual(first["top"][0]["value"], max(values.values()), places=3)

        self.run_cli("value", "settings", "set", "--alpha", 1, "--tier", "gold=90", "--tier", "silver=50")
        second = json.loads(self.run_cli("value", "portfolio", "-o", "json"))
        self.assertAlmostEqual(second["portfolioValue"] - first["portfolioValue"],
                               0.5 * sum(row[0] for row in rows.values()), delta=1e-4 * expected)
        # The same data, settings and instant: the same bits.
        as_of = second["asOf"]
        request = value_service_pb2.ComputePortfolioValueRequest(parent=harness.TENANT, as_of=harness.timestamp(as_of))
        sums = {self.values.ComputePortfolioValue(request, timeout=60).portfolio_value for _ in range(3)}
        self.assertEqual(sums, {second["portfolioValue"]})

        # Some of them, by an earlier revision; and everybody for whom a condition holds.
        some = json.loads(self.run_cli("value", "customers", "c1", "c5", "--revision", 1, "-o", "json"))
        self.assertAlmostEqual(some["portfolioValue"], values["c1"] + values["c5"], places=9)
        active = json.loads(self.run_cli("value", "portfolio", "--where", "recency_days<=50", "-o", "json"))
        self.assertEqual(int(active["customers"]), CUSTOMERS // 2)

        # An unknown feature is refused when it is asked for, with those that there are.
        self.run_cli("value", "settings", "set", "--referral", "referals=10")
        with self.assertRaises(harness.grpc.RpcError) as error:
            self.values.ComputePortfolioValue(
                value_service_pb2.ComputePortfolioValueRequest(parent=harness.TENANT), timeout=60)
        self.assertEqual(error.exception.code(), harness.grpc.StatusCode.INVALID_ARGUMENT)
        self.assertIn("referals", error.exception.details())

        # What is acknowledged is durable, and no revision changes.
        before = self.run_cli("value", "settings", "history", "-o", "json")
        self.inference.kill()
        self.inference.start()
        self.connect()
        self.assertEqual(self.run_cli("value", "settings", "history", "-o", "json"), before)
        history = json.loads(before)
        self.assertEqual([int(revision["revision"]) for revision in history], [3, 2, 1])
        self.assertEqual(history[2]["reason"], "the first weights")

    def test_a_change_is_told_in_parts_that_add_up(self):
        self.ingest_customers()
        self.train_models()
        time.sleep(0.05)
        from_time = at(0)
        before = json.loads(self.run_cli("score", "c1", "-o", "json"))
        risk = before["valueAtRisk"]
        self.assertAlmostEqual(risk["amount"], risk["churnProbability"] * risk["expectedValue"], places=9)
        self.assertIn("standing", before["scores"][0]["score"])
        worst = json.loads(self.run_cli("report", "value-at-risk", "--limit", 1, "-o", "json"))[0]
        same = json.loads(self.run_cli("score", worst["customer_id"], "-o", "json"))["valueAtRisk"]
        self.assertAlmostEqual(worst["value_at_risk"], same["amount"], places=9)

        # What came in since: a complaint and two purchases, and one that happened long ago.
        time.sleep(0.05)
        first, second = at(0), at(0)
        self.ingest([self.interaction("c1", first, "complaint"), self.purchase("c1", second, 40),
                     self.purchase("c1", second, 2.5), self.purchase("c1", at(500), 7)])
        request = harness.scoring_service_pb2.ExplainScoreChangeRequest(
            name=f"{harness.TENANT}/models/churn", customer_id="c1", from_time=from_time)
        change = self.scoring.ExplainScoreChange(request, timeout=60)
        parts = change.model_change + change.time_change + change.other_events + sum(e.change for e in change.events)
        self.assertAlmostEqual(parts, change.change, places=9)
        self.assertAlmostEqual(change.to_score - change.from_score, change.change, places=9)
        self.assertEqual([event.event for event in change.events],
                         ["records that arrived late", "complaint", f"purchase of 42.50 {risk['currencyCode']}"])
        self.assertGreater(change.events[1].change, 0)
        self.assertIn("Churn within 60 days", change.text)
        self.assertIn("complaint on", change.text)
        score = self.scoring.Score(harness.scoring_service_pb2.ScoreRequest(
            name=f"{harness.TENANT}/models/churn", subject={"customer_id": "c1"}), timeout=60).score
        self.assertAlmostEqual(score.probability.log_odds, change.to_score, places=6)

        # A customer who did more than fits a page of the timeline: the newest are told, the rest is one part.
        self.ingest([self.purchase("c3", at(0), 1) for _ in range(450)])
        request.customer_id = "c3"
        request.max_events = 200
        busy = self.scoring.ExplainScoreChange(request, timeout=60)
        self.assertEqual(len(busy.events), 200)
        self.assertNotEqual(busy.other_events, 0)
        self.assertAlmostEqual(busy.time_change + busy.other_events + sum(e.change for e in busy.events), busy.change,
                               places=9)
        request.customer_id = "c1"

        # Another version since: its part is told apart.
        fewer = {"features": ["recency_days", "purchases"], "asOf": at(80).ToJsonString(),
                 "knownAt": at(0).ToJsonString(), "label": {"noPurchaseWithin": {"days": 60}}}
        self.train({"model": "churn", "dataset": fewer, "logisticRegression": {}, "gate": {"noDefaultRules": True}})
        explain = ("explain-change", "churn", "c1", "--from", from_time.ToJsonString())
        told = json.loads(self.run_cli(*explain, "-o", "json"))
        self.assertEqual(told["fromVersion"], f"{harness.TENANT}/models/churn/versions/1")
        self.assertEqual(told["toVersion"], f"{harness.TENANT}/models/churn/versions/2")
        self.assertNotEqual(told["modelChange"], 0)
        self.assertAlmostEqual(told["fromScore"], change.from_score, places=9)
        people = self.run_cli(*explain)
        self.assertIn("another version of the model", people)
        self.assertIn("all together", people)
        # Nobody who was not known then.
        with self.assertRaises(harness.grpc.RpcError) as error:
            request.from_time.CopyFrom(at(30))
            self.scoring.ExplainScoreChange(request, timeout=60)
        self.assertEqual(error.exception.code(), harness.grpc.StatusCode.FAILED_PRECONDITION)
        trend = self.run_cli("score", "c1", "--trend-days", 30)
        self.assertIn("No trend: the customer was not known on", trend)
        self.assertIn("Value at risk", trend)


if __name__ == "__main__":
    unittest.main()
