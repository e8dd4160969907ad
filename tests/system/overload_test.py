"""Ten times more calls than inference can hold: those over the bound are told at once when to come again, the rest is served."""

import socket
import unittest

import grpc

import harness
import serving_model

THREADS, QUEUE, CALLS = 2, 4, 60
INGESTION_SECONDS = 5


class OverloadTest(harness.SystemTest):

    def setUp(self):
        super().setUp()
        serving_model.publish(self)
        self.assertEqual(self.inference.stop(), 0)
        # An ingestion that takes calls and never answers, so that every call for a customer waits.
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        self.inference = self.program(
            "clientele-inference", "--ingestion-address", f"127.0.0.1:{listener.getsockname()[1]}",
            f"--ingestion-timeout={INGESTION_SECONDS}s", f"--scoring-threads={THREADS}", f"--scoring-queue={QUEUE}")
        self.connect()

    def score_customer(self, index):
        request = harness.scoring_service_pb2.ScoreRequest(name=f"{harness.TENANT}/models/churn")
        request.subject.customer_id = f"c{index}"
        return self.scoring.Score.future(request, timeout=60)

    def score_given(self):
        request = harness.scoring_service_pb2.ScoreRequest(name=f"{harness.TENANT}/models/churn")
        request.subject.features.add(feature="attribute.usage").value.number = 50
        return self.scoring.Score(request, timeout=60)

    def retry_info(self, error):
        from google.rpc import error_details_pb2, status_pb2
        status = status_pb2.Status.FromString(dict(error.trailing_metadata())["grpc-status-details-bin"])
        retry = error_details_pb2.RetryInfo()
        self.assertTrue(any(detail.Unpack(retry) for detail in status.details), status)
        return retry

    def test_what_does_not_fit_is_refused_early_and_the_rest_is_served(self):
        ended = []  # In the order they end.
        calls = [self.score_customer(index) for index in range(CALLS)]
        for call in calls:
            call.add_done_callback(lambda done: ended.append(done.code()))
        # Whoever gives the features does not wait for ingestion, and so not behind those who do.
        for _ in range(20):
            self.assertGreater(self.score_given().score.probability.probability, 0)
        errors = [call.exception() for call in calls]
        refused = [error for error in errors if error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED]
        waited = [error for error in errors if error.code() == grpc.StatusCode.UNAVAILABLE]
        self.assertEqual(len(refused) + len(waited), CALLS)
        self.assertGreaterEqual(len(waited), QUEUE)
        self.assertLessEqual(len(waited), THREADS + QUEUE)
        for error in refused:
            self.assertGreater(self.retry_info(error).retry_delay.ToMilliseconds(), 0)
        self.assertEqual(ended[:len(refused)], [grpc.StatusCode.RESOURCE_EXHAUSTED] * len(refused))


if __name__ == "__main__":
    unittest.main()
