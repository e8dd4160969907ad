"""ScoringService.Score by scikit-learn behind grpcio: what serving a logistic regression costs when it is written in Python.

usage: sklearn_server.py STUBS_DIR    prints where it serves; ends when it is killed
"""
import concurrent.futures
import sys

import google
import numpy

sys.path.insert(0, sys.argv[1])
google.__path__.append(sys.argv[1] + "/google")

import grpc  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402

from clientele.inference.v1 import scoring_service_pb2, scoring_service_pb2_grpc  # noqa: E402

FEATURES = 32


class Scoring(scoring_service_pb2_grpc.ScoringServiceServicer):
    def __init__(self):
        generator = numpy.random.default_rng(1)
        rows = generator.normal(size=(1000, FEATURES))
        self.model = LogisticRegression().fit(rows, rows[:, 0] > 0)
        self.columns = {f"attribute.f{index}": index for index in range(FEATURES)}

    def Score(self, request, context):
        row = numpy.zeros((1, FEATURES))
        for feature in request.subject.features:
            row[0, self.columns[feature.feature]] = feature.value.number
        response = scoring_service_pb2.ScoreResponse(model_version="1")
        response.score.probability.probability = self.model.predict_proba(row)[0, 1]
        return response


def main():
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(max_workers=4))
    scoring_service_pb2_grpc.add_ScoringServiceServicer_to_server(Scoring(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(f"sklearn_server: serving on 127.0.0.1:{port}", flush=True)
    server.wait_for_termination()


main()
