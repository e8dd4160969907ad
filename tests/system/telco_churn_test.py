"""Telco churn through the services: profiles in, attributes as features, the Churn attribute as label."""

import unittest

import harness
from harness import record_pb2, timestamp

NUMBERS = ["tenure", "MonthlyCharges", "TotalCharges"]


def profile(index, row):
    record = record_pb2.Record(source="telco", record_id=row["customerID"], customer_id=row["customerID"],
                               event_time=timestamp("2020-01-01T00:00:00Z"))
    attributes = record.profile.attributes
    for name, value in row.items():
        if name == "customerID":
            continue
        if name in NUMBERS:
            if value.strip():
                attributes[name].number = float(value)
        else:
            attributes[name].text = value
    attributes["part"].text = "train" if index % 10 < 7 else "test"
    return record


class TelcoChurnTest(harness.SystemTest):

    def spec(self, rows):
        inputs = [name for name in rows[0] if name not in ("customerID", "Churn")]
        return {
            "model": "churn",
            "dataset": {
                "features": [f"attribute.{name}" for name in inputs],
                "auxiliaryFeatures": ["attribute.part"],
                "asOf": "2020-06-01T00:00:00Z",
                "knownAt": "2100-01-01T00:00:00Z",
                "label": {"attribute": {"attribute": "Churn", "positive": {"text": "Yes"}}},
            },
            "split": {"feature": {"feature": "attribute.part", "holdoutValues": ["test"]}},
            "preprocessing": {
                "defaults": {"dropFirstCategory": True, "missingIndicator": False},
                "perFeature": [{"feature": "attribute.TotalCharges", "imputation": "IMPUTATION_CONSTANT"}],
            },
            "logisticRegression": {"l2Penalty": 1.0},
        }

    def test_reaches_the_reference(self):
        rows = harness.read_csv(harness.public_data("telco_churn", "telco_churn.csv.gz"))
        self.ingest([profile(index, row) for index, row in enumerate(rows)])
        job = self.train(self.spec(rows))

        expected = harness.reference("telco_churn", "lr_l2")
        actual = job.evaluation.classifier
        self.assertEqual(job.evaluation.train_rows, 4931)
        self.assertEqual(job.evaluation.holdout_rows, 2112)
        self.assertAlmostEqual(actual.auc, expected["auc"], delta=0.002)
        self.assertAlmostEqual(actual.log_loss, expected["log_loss"], delta=0.002)
        # What the training learned is read off the scores: the contribution of a single change is its coefficient.
        self.check_coefficients(expected["coefficients"], rows)

    def check_coefficients(self, expected, rows):
        reference_row = {}
        for name in rows[0]:
            if name in ("customerID", "Churn"):
                continue
            values = [float(row[name]) if row[name].strip() else 0.0 for row in rows] if name in NUMBERS else None
            reference_row[name] = 0.0 if values else min(row[name] for row in rows)
        base = self.log_odds(reference_row)
        trained = [row for index, row in enumerate(rows) if index % 10 < 7]
        for column, coefficient in expected.items():
            if column == "(intercept)":
                continue
            changed = dict(reference_row)
            if "=" in column:
                name, value = column.split("=", 1)
                changed[name] = value
                scale = 1.0
            else:
                values = [float(row[column]) if row[column].strip() else 0.0 for row in trained]
                mean = sum(values) / len(values)
                scale = (sum((v - mean) ** 2 for v in values) / len(values)) ** 0.5
                changed[column] = scale
                scale = 1.0
            self.assertAlmostEqual((self.log_odds(changed) - base) / scale, coefficient, delta=0.01, msg=column)

    def log_odds(self, row):
        request = harness.scoring_service_pb2.ScoreRequest(name=f"{harness.TENANT}/models/churn/versions/1")
        for name, value in row.items():
            feature = request.subject.features.add(feature=f"attribute.{name}")
            if name in NUMBERS:
                feature.value.number = value
            else:
                feature.value.text = value
        return self.scoring.Score(request, timeout=harness.CALL_SECONDS).score.probability.log_odds


if __name__ == "__main__":
    unittest.main()
