"""CDNOW through the services: the buy-till-you-die summary row by row, then RFM, segments, churn and spend as of the end
of the calibration period, judged on what followed."""

import unittest

import harness
from harness import record_pb2, timestamp

AS_OF = "1997-09-30T23:59:59.999999Z"
KNOWN_AT = "2100-01-01T00:00:00Z"
RFM = ["recency_days", "purchase_days", "spend_total"]


def dataset(features, **more):
    return {"features": features, "asOf": AS_OF, "knownAt": KNOWN_AT, "labelsKnownAt": KNOWN_AT, **more}


class CdnowTest(harness.SystemTest):

    def ingest_sample(self):
        records = []
        rows = harness.read_csv(harness.public_data("cdnow", "cdnow_sample_transactions.csv"))
        for index, row in enumerate(rows):
            record = record_pb2.Record(source="cdnow", record_id=str(index), customer_id=row["sample_id"],
                                       event_time=timestamp(row["date"] + "T12:00:00Z"))
            record.transaction.amount_text = row["spend"]
            record.transaction.quantity = float(row["cds"])
            records.append(record)
        self.ingest(records)
        return rows

    def test_purchase_summary_equals_the_published_one(self):
        self.ingest_sample()
        expected = {int(row["ID"]): row for row in harness.read_csv(
            harness.public_data("cdnow", "cdnow_summary_with_spend.csv"))}
        names = ["btyd_frequency", "btyd_recency_weeks", "btyd_age_weeks", "btyd_monetary_value"]
        ids = [f"{number:04d}" for number in sorted(expected)]
        seen = 0
        for begin in range(0, len(ids), 1000):
            response = self.features.BatchGetFeatures(
                harness.feature_service_pb2.BatchGetFeaturesRequest(
                    parent=harness.TENANT, customer_ids=ids[begin:begin + 1000], features=names, as_of=timestamp(AS_OF),
                    known_at=timestamp(KNOWN_AT)), timeout=harness.CALL_SECONDS)
            for row in response.rows:
                x, t_x, age, mean_spend = (value.number for value in row.values)
                wanted = expected[int(row.customer_id)]
                self.assertEqual(x, float(wanted["x"]), row.customer_id)
                self.assertAlmostEqual(t_x, float(wanted["t_x"]), delta=0.0051, msg=row.customer_id)
                self.assertAlmostEqual(age, float(wanted["T"]), delta=0.0051, msg=row.customer_id)
                self.assertAlmostEqual(mean_spend, float(wanted["zbar"]), delta=0.0051, msg=row.customer_id)
                seen += 1
        self.assertEqual(seen, 2357)

    def test_segments_churn_and_spend_are_judged_on_what_follows(self):
        self.ingest_sample()
        segments = self.train({"model": "segments", "dataset": dataset(RFM), "split": {"none": True}, "kmeans": {"minClusters": 3, "maxClusters": 6},
                               "preprocessing": {"defaults": {"log1p": True}}})
        clusters = segments.evaluation.clusters
        self.assertEqual(sum(profile.size for profile in clusters.profiles), 2357)
        self.assertGreater(clusters.explained_share, 0.5)

        inputs = RFM + ["tenure_days", "btyd_frequency", "btyd_recency_weeks"]
        log_inputs = {"defaults": {"log1p": True}}
        churn = self.train({"model": "churn", "dataset": dataset(inputs, label={"noPurchaseWithin": {"days": 273}}),
                            "preprocessing": log_inputs, "logisticRegression": {}})
        # Of the calibration cohort, 70 % never come back in the 39 weeks that follow.
        self.assertEqual(churn.evaluation.train_rows + churn.evaluation.holdout_rows, 2357)
        self.assertGreater(churn.evaluation.classifier.auc, 0.75)
        self.assertLess(churn.evaluation.classifier.log_loss, churn.evaluation.classifier.log_loss_baseline)

        spend = self.train({"model": "value", "dataset": dataset(inputs, label={"spendWithin": {"days": 273}}),
                            "preprocessing": log_inputs, "valueRegression": {}})
        self.assertGreater(spend.evaluation.value.spearman, 0.35)
        self.assertGreater(spend.evaluation.value.normalised_gini, 0.55)

    def test_labels_count_exactly_what_followed(self):
        rows = self.ingest_sample()
        spec = harness.json_format.ParseDict(dataset(RFM, label={"spendWithin": {"days": 273}}),
                                             harness.dataset_pb2.DatasetSpec())
        request = harness.feature_service_pb2.ReadDatasetRequest(parent=harness.TENANT, spec=spec)
        labels = {}
        for part in self.features.ReadDataset(request, timeout=harness.CALL_SECONDS):
            labels.update(zip(part.chunk.customer_ids, part.chunk.labels))
        followed = {row["sample_id"]: 0.0 for row in rows}
        for row in rows:
            if "1997-10-01" <= row["date"] <= "1998-06-30":
                followed[row["sample_id"]] += float(row["spend"])
        self.assertEqual(set(labels), set(followed))
        for customer, spend in followed.items():
            self.assertAlmostEqual(labels[customer], spend, places=4)


if __name__ == "__main__":
    unittest.main()
