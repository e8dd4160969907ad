"""A model of churn with a number and a category, published by a real training job."""

import harness
from harness import model_service_pb2, record_pb2, timestamp

SPEC = {
    "model": "churn",
    "dataset": {"features": ["attribute.usage", "attribute.plan"], "asOf": "2020-06-01T00:00:00Z",
                "knownAt": "2100-01-01T00:00:00Z",
                "label": {"attribute": {"attribute": "left", "positive": {"flag": True}}}},
    "logisticRegression": {},
}


def publish(test):
    """Ingests 2,000 customers, of whom those with little usage leave, trains on them, and makes the version the champion."""
    records = []
    for index in range(2000):
        record = record_pb2.Record(source="crm", record_id=str(index), customer_id=f"c{index}",
                                   event_time=timestamp("2020-01-01T00:00:00Z"))
        record.profile.attributes["usage"].number = index % 100
        record.profile.attributes["plan"].text = "basic" if index % 3 else "pro"
        record.profile.attributes["left"].flag = (index * 7919) % 100 > index % 100
        records.append(record)
    test.ingest(records)
    job = test.train(SPEC)
    test.models.SetModelAlias(model_service_pb2.SetModelAliasRequest(
        name=f"{harness.TENANT}/models/churn/aliases/champion", version=job.model_version), timeout=harness.CALL_SECONDS)
