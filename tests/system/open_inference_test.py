"""A client of the Open Inference Protocol, as KServe's and Triton's are, scores our models and gets our scores."""

import struct
import unittest

import grpc

import harness
import serving_model
from inference import open_inference_service_pb2 as protocol
from inference import open_inference_service_pb2_grpc


def tensor(name, datatype, values, field):
    result = protocol.ModelInferRequest.InferInputTensor(name=name, datatype=datatype, shape=[len(values), 1])
    getattr(result.contents, field).extend(values)
    return result


class OpenInferenceTest(harness.SystemTest):

    def setUp(self):
        super().setUp()
        serving_model.publish(self)
        channel = grpc.insecure_channel(self.inference.address)
        self.addCleanup(channel.close)
        self.stub = open_inference_service_pb2_grpc.GRPCInferenceServiceStub(channel)

    def score(self, usage, plan):
        """ScoringService's probability."""
        request = harness.scoring_service_pb2.ScoreRequest(name=f"{harness.TENANT}/models/churn")
        request.subject.features.add(feature="attribute.usage").value.number = usage
        request.subject.features.add(feature="attribute.plan").value.text = plan
        return self.scoring.Score(request, timeout=10).score.probability.probability

    def test_a_client_of_the_protocol_finds_the_model_and_scores_with_it(self):
        self.assertTrue(self.stub.ServerLive(protocol.ServerLiveRequest(), timeout=10).live)
        self.assertTrue(self.stub.ServerReady(protocol.ServerReadyRequest(), timeout=10).ready)
        self.assertEqual(self.stub.ServerMetadata(protocol.ServerMetadataRequest(), timeout=10).name, "clientele")
        self.assertTrue(self.stub.ModelReady(protocol.ModelReadyRequest(name="demo/churn"), timeout=10).ready)
        self.assertFalse(self.stub.ModelReady(protocol.ModelReadyRequest(name="demo/loyalty"), timeout=10).ready)
        metadata = self.stub.ModelMetadata(protocol.ModelMetadataRequest(name="demo/churn"), timeout=10)
        self.assertEqual({(i.name, i.datatype) for i in metadata.inputs},
                         {("attribute.usage", "FP64"), ("attribute.plan", "BYTES")})

        response = self.stub.ModelInfer(protocol.ModelInferRequest(
            model_name="demo/churn", id="a", inputs=[
                tensor("attribute.usage", "FP32", [17, 80], "fp32_contents"),
                tensor("attribute.plan", "BYTES", [b"basic", b"pro"], "bytes_contents")]), timeout=10)
        outputs = {output.name: output for output in response.outputs}
        self.assertEqual(set(outputs), {output.name for output in metadata.outputs})
        self.assertEqual(list(outputs["probability"].contents.fp64_contents), [self.score(17, "basic"), self.score(80, "pro")])
        self.assertEqual((response.id, response.model_version), ("a", "1"))

    def test_raw_contents_of_many_rows(self):
        rows = 5000
        request = protocol.ModelInferRequest(model_name="demo/churn@champion", inputs=[
            protocol.ModelInferRequest.InferInputTensor(name="attribute.usage", datatype="FP64", shape=[rows])],
            raw_input_contents=[struct.pack(f"<{rows}d", *(row % 100 for row in range(rows)))])
        request.outputs.add(name="probability")
        response = self.stub.ModelInfer(request, timeout=30)
        self.assertEqual(list(response.outputs[0].shape), [rows])
        probabilities = struct.unpack(f"<{rows}d", response.raw_output_contents[0])
        self.assertEqual(probabilities[:100], probabilities[100:200])
        self.assertLess(probabilities[99], probabilities[0])

    def test_errors_have_canonical_codes(self):
        with self.assertRaises(grpc.RpcError) as error:
            self.stub.ModelInfer(protocol.ModelInferRequest(model_name="demo/loyalty"), timeout=10)
        self.assertEqual(error.exception.code(), grpc.StatusCode.NOT_FOUND)
        with self.assertRaises(grpc.RpcError) as error:
            self.stub.ModelInfer(protocol.ModelInferRequest(model_name="demo/churn", inputs=[
                tensor("shoe_size", "FP64", [43.0], "fp64_contents")]), timeout=10)
        self.assertEqual(error.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)
        self.assertIn("attribute.usage", error.exception.details())


if __name__ == "__main__":
    unittest.main()
