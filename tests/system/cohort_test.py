"""Cohorts whose truth is known: `clientele sample` draws customers from each model, training finds the parameters again within
their intervals, and what the truth says of a customer is what the services see."""

import csv
import json
import unittest

import harness

END = "2026-11-01"
WEEKS = ["btyd_frequency", "btyd_recency_weeks", "btyd_age_weeks", "btyd_monetary_value"]
PERIODS = ["periods_frequency", "periods_recency", "periods_age", "periods_monetary_value"]


class CohortTest(harness.SystemTest):

    def clientele(self, *arguments):
        return self.run_cli("--dir", str(self.directory), *arguments)

    def sample(self, model, *options):
        """Makes the cohort; what the command says of the truth, and the file's line of each customer."""
        output = json.loads(self.clientele("--output", "json", "sample", "--model", model, "--end", END, *options))
        self.assertEqual(output["accepted"], output["sent"])
        truth = json.loads((self.directory / "sample" / "ground_truth.json").read_text())
        self.assertEqual(output["truth"], truth)
        with open(self.directory / "sample" / "ground_truth.csv", newline="") as file:
            customers = {row["customer_id"]: row for row in csv.DictReader(file)}
        self.assertEqual(len(customers), truth["customers"])
        return truth, customers

    def spec(self, truth, features, **parameters):
        days = truth["holdout_days"]
        return {"model": "value",
                "dataset": {"features": features, "asOf": truth["as_of"] + "T00:00:00Z", "knownAt": "2100-01-01T00:00:00Z",
                            "label": {"spendWithin": {"days": days}},
                            "auxiliaryLabels": [{"purchasesWithin": {"days": days}}], "purchaseSeriesDays": 7},
                "lifetimeValue": parameters}

    def assert_found_again(self, fit, expected):
        # An interval misses one time in twenty; the seeds are such that none does.
        for parameter in fit.parameters:
            self.assertLess(parameter.lower, expected[parameter.name], parameter.name)
            self.assertGreater(parameter.upper, expected[parameter.name], parameter.name)

    def assert_histories(self, truth, customers, names):
        """Features are what the truth has as the history up to the instant."""
        request = harness.feature_service_pb2.BatchGetFeaturesRequest(
            parent=harness.TENANT, features=names, as_of=harness.timestamp(truth["as_of"] + "T00:00:00Z"),
            known_at=harness.timestamp("2100-01-01T00:00:00Z"), customer_ids=sorted(customers)[:200])
        response = self.features.BatchGetFeatures(request, timeout=harness.CALL_SECONDS)
        for vector in response.rows:
            row = customers[vector.customer_id]
            for value, key, delta in zip(vector.values, ("frequency", "recency", "age", "mean_spend"), (0, 1e-5, 1e-5, 0.02)):
                self.assertAlmostEqual(value.number, float(row[key]), delta=delta, msg=f"{vector.customer_id} {key}")

    def check(self, model, purchase_model, features, *options):
        truth, customers = self.sample(model, "--customers", "3000", *options)
        self.assert_histories(truth, customers, features)
        job = self.train(self.spec(truth, features, purchaseModel=purchase_model))
        lifetime = job.evaluation.lifetime_value
        self.assertEqual(lifetime.purchase_fit.rows, 3000)
        self.assert_found_again(lifetime.purchase_fit, truth["parameters"])
        self.assert_found_again(lifetime.spend_fit, truth["spend_parameters"])
        self.assertEqual(lifetime.purchases.actual, truth["holdout_purchases"])
        self.assertAlmostEqual(lifetime.purchases.expected, truth["expected_purchases"],
                               delta=0.1 * truth["expected_purchases"])
        self.assertAlmostEqual(lifetime.portfolio.alive, truth["alive"], delta=0.1 * truth["alive"])
        self.assertLess(lifetime.portfolio.alive_lower, truth["alive"])
        self.assertGreater(lifetime.portfolio.alive_upper, truth["alive"])

    def test_bg_nbd_is_found_again(self):
        self.check("bg-nbd", "PURCHASE_MODEL_BG_NBD", WEEKS, "--seed", "3")

    def test_parameters_of_ones_own_are_found_again(self):
        self.check("modified-bg-nbd", "PURCHASE_MODEL_MODIFIED_BG_NBD", WEEKS, "--seed", "3",
                   "--parameters", "r=0.8,alpha=12,a=0.6,b=3", "--spend", "p=4,q=5,gamma=30")

    def test_pareto_nbd_is_found_again(self):
        self.check("pareto-nbd", "PURCHASE_MODEL_PARETO_NBD", WEEKS, "--seed", "3")

    def test_bg_bb_is_found_again(self):
        for name, number in zip(PERIODS, ("FREQUENCY", "RECENCY", "AGE", "MONETARY_VALUE")):
            path = self.directory / "feature.json"
            path.write_text(json.dumps({"name": name, "purchaseSummary": {"number": f"NUMBER_{number}", "daysPerUnit": 30,
                                                                          "wholeUnits": True}}))
            self.run_cli("features", "create", path)
        self.check("bg-bb", "PURCHASE_MODEL_BG_BB", PERIODS, "--seed", "4")

    def test_a_beta_geometric_retention_is_found_again(self):
        truth, customers = self.sample("beta-geometric", "--customers", "3000", "--seed", "3")
        job = self.train({"model": "stay",
                          "dataset": {"features": ["attribute.periods"], "auxiliaryFeatures": ["attribute.cancelled"],
                                      "asOf": truth["as_of"] + "T00:00:00Z", "knownAt": "2100-01-01T00:00:00Z"},
                          "survival": {"method": "METHOD_BETA_GEOMETRIC", "durationFeature": "attribute.periods",
                                       "eventFeature": "attribute.cancelled", "durationUnit": "months"}})
        alpha, beta = truth["parameters"]["alpha"], truth["parameters"]["beta"]
        for period, rate in enumerate(list(job.evaluation.survival.retention)[:12]):
            self.assertAlmostEqual(rate, (beta + period) / (alpha + beta + period), delta=0.012)
        alive = sum(float(row["probability_alive"]) for row in customers.values())
        self.assertAlmostEqual(alive, truth["alive"], places=3)
        ended = job.evaluation.survival.events
        self.assertEqual(ended, sum(row["probability_alive"] == "0.000000" for row in customers.values()))

    def test_a_second_run_adds_nothing_and_other_options_are_another_sample(self):
        self.sample("bg-nbd", "--customers", "50")
        self.assertEqual(self.clientele("sample", "--model", "bg-nbd", "--customers", "50"), "")
        with self.assertRaises(AssertionError) as failed:
            self.clientele("sample", "--model", "bg-nbd", "--customers", "50", "--parameters", "r=2")
        self.assertIn("other options", str(failed.exception))
        with self.assertRaises(AssertionError) as failed:
            self.clientele("sample", "--model", "bg-nbd", "--parameters", "lambda=2")
        self.assertIn("there is no parameter", str(failed.exception))


if __name__ == "__main__":
    unittest.main()
