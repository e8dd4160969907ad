"""Lifetime value through the services: CDNOW and Online Retail in as records, models out, judged on the holdout in time and
compared with what was published and with independently computed results."""

import unittest

import harness
from harness import record_pb2, scoring_service_pb2, timestamp

FOREVER = "2100-01-01T00:00:00Z"
SUMMARY = ["btyd_frequency", "btyd_recency_weeks", "btyd_age_weeks", "btyd_monetary_value", "spend_total"]


def specification(model, as_of, holdout_days, **parameters):
    return {"model": model,
            "dataset": {"features": SUMMARY, "asOf": as_of, "knownAt": FOREVER, "labelsKnownAt": FOREVER,
                        "label": {"spendWithin": {"days": holdout_days}},
                        "auxiliaryLabels": [{"purchasesWithin": {"days": holdout_days}}], "purchaseSeriesDays": 7},
            "lifetimeValue": parameters}


def parameters_of(fit):
    return {parameter.name: parameter.value for parameter in fit.parameters}


class LifetimeValueTest(harness.SystemTest):

    def ingest_purchases(self, purchases):
        records = []
        for index, (customer, time, amount) in enumerate(purchases):
            record = record_pb2.Record(source="shop", record_id=str(index), customer_id=customer, event_time=timestamp(time))
            record.transaction.amount_text = amount
            records.append(record)
        self.ingest(records)

    def ingest_cdnow(self):
        rows = harness.read_csv(harness.public_data("cdnow", "cdnow_sample_transactions.csv"))
        self.ingest_purchases((row["sample_id"], row["date"] + "T12:00:00Z", row["spend"]) for row in rows)

    def assert_parameters(self, fit, expected, relative):
        found = parameters_of(fit)
        for name, value in expected.items():
            self.assertAlmostEqual(found[name], value, delta=relative * value, msg=name)

    def test_cdnow_gives_the_published_models_and_their_holdout(self):
        self.ingest_cdnow()
        expected = harness.reference("clv_cdnow", "from_transactions")
        weekly = {row["week"]: row for row in harness.reference("clv_cdnow", "weekly_cumulative")}
        for purchase_model, key, names in (("PURCHASE_MODEL_BG_NBD", "bgnbd", ("r", "alpha", "a", "b")),
                                           ("PURCHASE_MODEL_PARETO_NBD", "paretonbd", ("r", "alpha", "s", "beta"))):
            job = self.train(specification(key, "1997-09-30T23:59:59Z", 273, purchaseModel=purchase_model))
            lifetime = job.evaluation.lifetime_value
            fit = lifetime.purchase_fit
            self.assertAlmostEqual(fit.log_likelihood, expected[key]["loglik"], delta=1e-6 * abs(expected[key]["loglik"]))
            self.assert_parameters(fit, {name: expected[key][name] for name in names}, 2e-3)
            self.assertEqual(fit.rows, 2357)
            for parameter in fit.parameters:
                self.assertTrue(parameter.identified, parameter.name)
                self.assertLess(parameter.lower, parameter.value)
                self.assertGreater(parameter.upper, parameter.value)
            spend = expected["gamma_gamma"]
            self.assertAlmostEqual(lifetime.spend_fit.log_likelihood, spend["loglik"], delta=1e-5 * abs(spend["loglik"]))
            self.assert_parameters(lifetime.spend_fit, {name: spend[name] for name in ("p", "q", "gamma")}, 2e-2)

            self.assertEqual(lifetime.purchases.actual, expected["holdout"]["actual"])
            self.assertAlmostEqual(lifetime.purchases.expected, expected[key]["sum_expected_holdout"], delta=1.5)
            for found, row in zip(lifetime.conditional, expected["holdout"]["by_x"]):
                self.assertEqual(found.customers, row["customers"])
                self.assertAlmostEqual(found.actual, row["actual"], delta=1e-6)
                self.assertAlmostEqual(found.expected, row[key], delta=3e-3)
            for week in (13, 26, 39, 52, 78):
                point = lifetime.tracking[week - 1]
                self.assertEqual(point.holdout, week > 39)
                self.assertEqual(point.actual_cumulative, weekly[week]["actual"], week)
                self.assertAlmostEqual(point.expected_cumulative, weekly[week][key], delta=2)

    def test_scores_say_everything_about_a_customer(self):
        self.ingest_cdnow()
        self.train(specification("value", "1997-09-30T23:59:59Z", 273, horizonDays=273, annualDiscountRate=0.0))
        for example in harness.reference("clv_cdnow", "from_transactions", "examples"):
            features = {"btyd_frequency": example["x"], "btyd_recency_weeks": example["t_x"],
                        "btyd_age_weeks": example["T"], "btyd_monetary_value": example.get("zbar", 0), "spend_total": 100.0}
            score = self.score("value", features)
            self.assertAlmostEqual(score.probability_alive.value, example["bgnbd_p_alive"], delta=1e-4)
            self.assertAlmostEqual(score.expected_purchases.value, example["bgnbd_next_39w"], delta=1e-3)
            for estimate in (score.expected_purchases, score.spend_per_purchase, score.predicted_value, score.total_value):
                self.assertLess(estimate.lower, estimate.value)
                self.assertGreater(estimate.upper, estimate.value)
            self.assertAlmostEqual(score.predicted_value.value,
                                   score.expected_purchases.value * score.spend_per_purchase.value, delta=1e-3)
            self.assertAlmostEqual(score.total_value.value, 100 + score.predicted_value.value, delta=1e-6)
            self.assertEqual(score.horizon_days, 273)
            self.assertTrue(score.tier)

    def test_reasons_add_up_and_the_horizon_is_the_callers(self):
        self.ingest_cdnow()
        self.train(specification("value", "1997-09-30T23:59:59Z", 273))
        request = scoring_service_pb2.ScoreRequest(name=f"{harness.TENANT}/models/value", max_reasons=100)
        request.subject.customer_id = "0001"
        year = self.scoring.Score(request, timeout=harness.CALL_SECONDS).score
        value = year.lifetime_value
        self.assertAlmostEqual(value.baseline + sum(reason.contribution for reason in year.reasons),
                               value.predicted_value.value, places=6)
        self.assertTrue(value.HasField("next_purchase_time"))
        request.horizon_days = 30
        month = self.scoring.Score(request, timeout=harness.CALL_SECONDS).score.lifetime_value
        self.assertEqual(month.horizon_days, 30)
        self.assertLess(month.predicted_value.value, value.predicted_value.value)
        self.assertEqual(month.probability_alive.value, value.probability_alive.value)

    def test_a_customer_who_never_bought_is_told_so(self):
        self.ingest_cdnow()
        self.ingest([record_pb2.Record(source="crm", record_id="lead", customer_id="lead",
                                       event_time=timestamp("1997-05-01T00:00:00Z"), profile=record_pb2.Profile())])
        self.train(specification("value", "1997-09-30T23:59:59Z", 273))
        request = scoring_service_pb2.ScoreRequest(name=f"{harness.TENANT}/models/value")
        request.subject.customer_id = "lead"
        value = self.scoring.Score(request, timeout=harness.CALL_SECONDS).score.lifetime_value
        self.assertEqual(value.predicted_value.value, 0)
        self.assertTrue(value.note)

    def test_online_retail_is_recognised_as_having_no_drop_out(self):
        path = harness.public_data("online_retail", "online_retail.csv.gz")
        spend = {}
        for row in harness.read_csv(path):
            quantity, price = int(row["Quantity"]), float(row["UnitPrice"])
            if row["CustomerID"] and not row["InvoiceNo"].startswith("C") and quantity > 0 and price > 0:
                key = (row["CustomerID"], row["InvoiceDate"][:10])
                spend[key] = spend.get(key, 0.0) + quantity * price
        self.ingest_purchases((customer, day + "T12:00:00Z", f"{amount:.3f}") for (customer, day), amount in spend.items())
        expected = harness.reference("clv_online_retail", "calibration_to_2011_08_31_holdout_100_days")
        job = self.train(specification("value", "2011-08-31T23:59:59Z", 100))
        lifetime = job.evaluation.lifetime_value
        fit = lifetime.purchase_fit
        self.assertEqual(fit.rows, expected["customers"])
        self.assertAlmostEqual(fit.log_likelihood, expected["bgnbd"]["loglik"], delta=0.02)
        self.assertEqual(fit.optimum, fit.OPTIMUM_NO_DROPOUT)
        self.assertTrue(fit.findings)
        self.assert_parameters(fit, {"r": expected["bgnbd"]["r"], "alpha": expected["bgnbd"]["alpha"]}, 2e-3)
        self.assertAlmostEqual(lifetime.purchases.expected, expected["bgnbd"]["sum_expected_holdout"], delta=4)
        self.assertEqual(lifetime.purchases.actual, expected["holdout"]["actual"])

    def score(self, model, features):
        request = scoring_service_pb2.ScoreRequest(name=f"{harness.TENANT}/models/{model}")
        for name, value in features.items():
            request.subject.features.add(feature=name).value.number = value
        return self.scoring.Score(request, timeout=harness.CALL_SECONDS).score.lifetime_value


if __name__ == "__main__":
    unittest.main()
