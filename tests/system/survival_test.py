"""How long customers stay, through the services: Telco's customers as profiles, the published Cox model and scores that build on
the time a customer has stayed already."""

import math
import unittest

import harness
from harness import model_service_pb2, record_pb2, scoring_service_pb2, timestamp


def profile(row):
    record = record_pb2.Record(source="telco", record_id=row["customerID"], customer_id=row["customerID"],
                               event_time=timestamp("2020-01-01T00:00:00Z"))
    attributes = record.profile.attributes
    attributes["tenure"].number = float(row["tenure"])
    attributes["charges"].number = float(row["MonthlyCharges"])
    attributes["senior"].number = float(row["SeniorCitizen"])
    attributes["contract"].text = row["Contract"]
    attributes["fiber"].text = "yes" if row["InternetService"] == "Fiber optic" else "no"
    attributes["automatic"].text = "yes" if "automatic" in row["PaymentMethod"] else "no"
    attributes["churn"].text = row["Churn"]
    return record


def spec(model, **parameters):
    inputs = ["tenure", "charges", "senior", "contract", "fiber", "automatic"]
    return {"model": model,
            "dataset": {"features": [f"attribute.{name}" for name in inputs], "auxiliaryFeatures": ["attribute.churn"],
                        "asOf": "2020-06-01T00:00:00Z", "knownAt": "2100-01-01T00:00:00Z"},
            "preprocessing": {"defaults": {"scaling": "SCALING_NONE"}},
            "survival": {"durationFeature": "attribute.tenure", "eventFeature": "attribute.churn", "eventValues": ["Yes"],
                         "durationUnit": "months", "horizons": [6, 12, 24], **parameters}}


class SampleSurvivalTest(harness.SystemTest):

    def test_the_spec_that_is_shipped_tells_how_long_members_stay(self):
        self.run_cli("--dir", self.directory, "sample", "--customers", "3000", "--end", "2026-11-01")
        trained = self.run_cli("train", harness.SOURCE_DIR / "scripts/specs/survival.json", "--as-of", "2026-11-01",
                               "--known-at", "now")
        self.assertIn("published, and now the champion", trained)
        model = self.models.GetModelVersion(
            model_service_pb2.GetModelVersionRequest(name=f"{harness.TENANT}/models/survival/versions/1"),
            timeout=harness.CALL_SECONDS)
        survival = model.evaluation.survival
        self.assertGreater(survival.events, 150)
        self.assertGreater(survival.concordance - 2 * survival.concordance_standard_error, 0.5)
        self.assertEqual({curve.group for curve in survival.curves}, {"", "plus", "premium"})

        self.run_cli("score", "--all", "--out", self.directory / "scores.csv")
        rows = harness.read_csv(self.directory / "scores.csv")
        self.assertEqual(len(rows), 3000)
        self.assertEqual({row["stay_duration"] for row in rows}, {"365 days"})
        chances = [float(row["stay_probability"]) for row in rows]
        self.assertTrue(all(0 <= chance <= 1 for chance in chances))
        self.assertGreater(len(set(chances)), 100)


class SurvivalTest(harness.SystemTest):

    def setUp(self):
        super().setUp()
        self.ingest([profile(row) for row in harness.read_csv(harness.public_data("telco_churn", "telco_churn.csv.gz"))])

    def score(self, model, **features):
        request = scoring_service_pb2.ScoreRequest(name=f"{harness.TENANT}/models/{model}", max_reasons=10)
        for name, value in features.items():
            given = request.subject.features.add(feature=f"attribute.{name}")
            if isinstance(value, str):
                given.value.text = value
            else:
                given.value.number = value
        return self.scoring.Score(request, timeout=harness.CALL_SECONDS).score

    def test_gives_the_published_cox_model(self):
        job = self.train(spec("stay", groupFeature="attribute.contract"))
        expected = harness.reference("survival", "telco")
        names = {"contract=One year": "one", "contract=Two year": "two", "fiber=yes": "fiber", "automatic=yes": "auto",
                 "charges": "MonthlyCharges", "senior": "SeniorCitizen"}
        found = {names[one.column.removeprefix("attribute.")]: one for one in job.evaluation.coefficients}
        self.assertEqual(set(found), set(expected["cox_efron"]["coef"]))
        for name, one in found.items():
            self.assertAlmostEqual(one.estimate, expected["cox_efron"]["coef"][name], delta=1e-5)
            self.assertAlmostEqual(one.standard_error, expected["cox_efron"]["se"][name], delta=1e-5)
        survival = job.evaluation.survival
        self.assertAlmostEqual(survival.concordance, expected["cox_efron"]["concordance"], delta=1e-4)
        self.assertAlmostEqual(survival.log_rank.test.chi_squared, expected["logrank_contract"]["chisq"], delta=1e-3)
        everybody = survival.curves[0]
        self.assertEqual(everybody.rows, 7032)
        for time, share in zip(expected["km_all"]["times"], expected["km_all"]["survival"]):
            self.assertAlmostEqual(everybody.survival[list(everybody.times).index(time)], share, delta=1e-8)

    def test_scores_build_on_the_time_stayed(self):
        for method in ("METHOD_COX", "METHOD_WEIBULL"):
            model = method[7:].lower()
            self.train(spec(model, method=method))
            customer = {"charges": 70.0, "senior": 0.0, "contract": "Month-to-month", "fiber": "yes", "automatic": "no"}
            fresh = self.score(model, **customer)
            stayed = self.score(model, tenure=12.0, **customer)
            self.assertEqual(stayed.survival.stayed, 12)
            self.assertEqual(stayed.survival.duration_unit, "months")
            self.assertEqual(fresh.survival.hazard_ratio, stayed.survival.hazard_ratio)
            self.assertAlmostEqual(stayed.survival.curve[1].survival,
                                   fresh.survival.curve[2].survival / fresh.survival.curve[1].survival, places=9)
            for point in stayed.survival.curve:
                self.assertLess(point.lower, point.survival)
                self.assertGreater(point.upper, point.survival)
            self.assertAlmostEqual(sum(reason.contribution for reason in stayed.reasons),
                                   math.log(stayed.survival.hazard_ratio), places=9)


if __name__ == "__main__":
    unittest.main()
