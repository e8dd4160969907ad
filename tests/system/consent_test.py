"""A customer opts out of automated decisions, and a person decides in place of a model: over the real programs."""

import json
import subprocess
import time
import unittest

import harness
import serving_model
from harness import grpc, timestamp
from clientele.inference.v1 import override_service_pb2 as overrides
from clientele.inference.v1 import override_service_pb2_grpc, value_service_pb2, value_service_pb2_grpc
from clientele.ingestion.v1 import consent_service_pb2 as consent
from clientele.ingestion.v1 import consent_service_pb2_grpc
from clientele.model.v1 import artifact_pb2

ADA, BOB = "c17", "c18"
MODEL = f"{harness.TENANT}/models/churn"


class ConsentTest(harness.SystemTest):

    def connect(self):
        super().connect()
        ingestion, inference = (grpc.insecure_channel(p.address) for p in (self.ingestion, self.inference))
        self.addCleanup(ingestion.close)
        self.addCleanup(inference.close)
        self.consents = consent_service_pb2_grpc.ConsentServiceStub(ingestion)
        self.overrides = override_service_pb2_grpc.OverrideServiceStub(inference)
        self.values = value_service_pb2_grpc.ValueServiceStub(inference)

    def restart(self, program):
        """At the same address, after kill -9."""
        program.port = int(program.address.rsplit(":")[-1])
        program.kill()
        self.start(program)

    def start(self, program):
        program.start()
        self.connect()
        deadline = time.monotonic() + 60
        while True:  # A channel of before may still hold the broken connection.
            try:
                if program is self.ingestion:
                    self.report()
                else:
                    self.models.ListModels(harness.model_service_pb2.ListModelsRequest(parent=harness.TENANT),
                                           timeout=harness.CALL_SECONDS)
                return
            except grpc.RpcError as error:
                if error.code() != grpc.StatusCode.UNAVAILABLE or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def set(self, state, purpose="", customer=ADA, **arguments):
        return self.consents.SetScoringConsent(consent.SetScoringConsentRequest(
            name=f"{harness.TENANT}/customers/{customer}", purpose=purpose, state=state, **arguments),
            timeout=harness.CALL_SECONDS)

    def opt_out(self, purpose="", customer=ADA):
        return self.set(consent.CONSENT_STATE_WITHDRAWN, purpose, customer)

    def score(self, customer=ADA):
        request = harness.scoring_service_pb2.ScoreRequest(name=MODEL)
        request.subject.customer_id = customer
        return self.scoring.Score(request, timeout=harness.CALL_SECONDS)

    def batch(self, *customers):
        request = harness.scoring_service_pb2.BatchScoreRequest(name=MODEL)
        for customer in customers:
            request.subjects.add(customer_id=customer)
        return request

    def reason_of(self, call):
        """OK, or the reason of its failure."""
        try:
            call()
            return "OK"
        except grpc.RpcError as error:
            details = dict(error.trailing_metadata()).get("grpc-status-details-bin", b"")
            return "SCORING_OPTED_OUT" if b"SCORING_OPTED_OUT" in details else f"{error.code()}: {error.details()}"

    def await_reason(self, reason, call, seconds=1.0):
        deadline = time.monotonic() + seconds
        while (now := self.reason_of(call)) != reason:
            self.assertLess(time.monotonic(), deadline, now)
            time.sleep(0.01)

    def opted_out_rows(self, job):
        """That the lineage of the version the job published tells, and how many rows there were."""
        request = harness.model_service_pb2.ExportModelVersionRequest(name=job.model_version)
        parts = self.models.ExportModelVersion(request, timeout=harness.CALL_SECONDS)
        artifact = artifact_pb2.ModelArtifact.FromString(b"".join(part.chunk for part in parts))
        return artifact.lineage.opted_out_rows, artifact.lineage.rows

    def test_who_opts_out_is_refused_everywhere_within_a_second(self):
        serving_model.publish(self)
        self.assertEqual(self.reason_of(self.score), "OK")
        self.opt_out()
        self.await_reason("SCORING_OPTED_OUT", self.score)
        name = f"{harness.TENANT}/customers/{ADA}"
        score_customer = lambda: self.scoring.ScoreCustomer(  # noqa: E731
            harness.scoring_service_pb2.ScoreCustomerRequest(name=name), timeout=harness.CALL_SECONDS)
        explain = lambda: self.scoring.ExplainScoreChange(  # noqa: E731
            harness.scoring_service_pb2.ExplainScoreChangeRequest(
                name=MODEL, customer_id=ADA, from_time=timestamp("2020-02-01T00:00:00Z")), timeout=harness.CALL_SECONDS)
        for call in (score_customer, explain):
            self.assertEqual(self.reason_of(call), "SCORING_OPTED_OUT")
        batch = self.scoring.BatchScore(self.batch(BOB, ADA), timeout=harness.CALL_SECONDS)
        streamed = next(self.scoring.StreamScore(iter([self.batch(BOB, ADA)]), timeout=harness.CALL_SECONDS))
        for response in (batch, streamed):
            self.assertEqual([(error.index, error.reason) for error in response.errors], [(1, "SCORING_OPTED_OUT")])
            self.assertTrue(response.scores[0].HasField("probability"))
        request = value_service_pb2.ComputePotentialValuesRequest(parent=harness.TENANT)
        for customer in (ADA, BOB):
            request.subjects.add(customer_id=customer)
        values = self.values.ComputePotentialValues(request, timeout=harness.CALL_SECONDS)
        self.assertEqual([(error.index, error.reason) for error in values.errors], [(0, "SCORING_OPTED_OUT")])
        portfolio = self.values.ComputePortfolioValue(
            value_service_pb2.ComputePortfolioValueRequest(parent=harness.TENANT), timeout=harness.CALL_SECONDS)
        self.assertEqual((portfolio.customers, portfolio.opted_out), (1999, 1))

        # The command says so, too; and what it sets takes effect.
        told = subprocess.run(self.cli_command("score", ADA), capture_output=True, text=True)
        self.assertNotEqual(told.returncode, 0)
        self.assertIn("opted out", told.stderr)
        self.run_cli("consent", "set", ADA, "unset", "--source", "shop")
        self.await_reason("OK", self.score)
        self.assertEqual(self.reason_of(score_customer), "OK")

    def test_the_purpose_of_the_model_decides_and_changes_without_training(self):
        serving_model.publish(self)
        self.opt_out("marketing")
        self.opt_out("credit", BOB)
        self.assertEqual(self.reason_of(self.score), "OK")
        self.run_cli("models", "update", "churn", "--purpose", "marketing")
        self.await_reason("SCORING_OPTED_OUT", self.score)
        self.assertEqual(self.reason_of(lambda: self.score(BOB)), "OK")
        self.run_cli("models", "update", "churn", "--purpose", "none")
        self.assertEqual(self.reason_of(self.score), "OK")
        # Of a customer without any record yet.
        self.opt_out(customer="stranger")
        self.await_reason("SCORING_OPTED_OUT", lambda: self.score("stranger"))

    def test_it_holds_whichever_program_dies(self):
        serving_model.publish(self)
        self.opt_out()
        self.await_reason("SCORING_OPTED_OUT", self.score)
        # Ingestion dies as soon as it has said yes; who asks again gets the same answer.
        first = self.set(consent.CONSENT_STATE_WITHDRAWN, customer=BOB, request_id="r1")
        self.restart(self.ingestion)
        again = self.set(consent.CONSENT_STATE_WITHDRAWN, customer=BOB, request_id="r1")
        self.assertEqual(again, first)
        self.await_reason("SCORING_OPTED_OUT", lambda: self.score(BOB), seconds=20)
        # Without ingestion inference knows them after its own death.
        self.ingestion.kill()
        self.restart(self.inference)
        for customer in (ADA, BOB):
            self.assertEqual(self.reason_of(lambda: self.score(customer)), "SCORING_OPTED_OUT")
        self.start(self.ingestion)
        self.set(consent.CONSENT_STATE_GRANTED)
        self.await_reason("OK", self.score, seconds=30)

    def test_training_leaves_out_who_has_opted_out(self):
        serving_model.publish(self)
        before = self.train(serving_model.SPEC)
        self.assertEqual(self.opted_out_rows(before), (0, 2000))
        file = self.directory / "consents.csv"
        file.write_text("customer_id,purpose,state,effective_time\n" + "".join(
            f"c{i},{'retention' if i % 2 else ''},withdrawn,2021-05-01\n" for i in range(40)))
        for changed in (40, 0):
            imported = json.loads(self.run_cli("--output", "json", "consent", "import", file))
            self.assertEqual((imported[0]["changed"], imported[0]["errors"]), (changed, 0))
        self.assertEqual(self.opted_out_rows(self.train(serving_model.SPEC)), (20, 1980))
        for_retention = json.loads(json.dumps(serving_model.SPEC))
        for_retention["dataset"]["purpose"] = "retention"
        self.assertEqual(self.opted_out_rows(self.train(for_retention)), (40, 1960))
        # The version says what it is for, and so the model.
        self.assertEqual(self.models.GetModel(harness.model_service_pb2.GetModelRequest(name=MODEL),
                                              timeout=harness.CALL_SECONDS).purpose, "retention")
        self.await_reason("SCORING_OPTED_OUT", lambda: self.score("c1"))
        self.run_cli("settings", "set", "--train-on-opted-out", "true")
        self.assertEqual(self.opted_out_rows(self.train(for_retention)), (0, 2000))

    def test_an_erasure_leaves_the_objection_alone(self):
        serving_model.publish(self)
        self.set(consent.CONSENT_STATE_GRANTED, "credit", reason="a long letter of ada")
        self.set(consent.CONSENT_STATE_WITHDRAWN, "marketing", reason="another long letter of ada")
        self.run_cli("overrides", "set", "churn", ADA, "--tier", "gold", "--until", "30d",
                     "--reason", "a friend of ours")
        exported = json.loads(self.run_cli("privacy", "export", ADA))
        self.assertEqual(len([part for part in exported if "scoringConsent" in part]), 2)
        erased = json.loads(self.run_cli("--output", "json", "privacy", "erase", ADA, "--verb", "delete-only"))
        counts = {(c["program"], c["store"]): int(c["count"]) for c in erased["counts"]}
        self.assertEqual(counts["ingestion", "consents"], 1)
        self.assertEqual(counts["ingestion", "consent changes"], 2)
        self.assertEqual(counts["inference", "overrides"], 1)
        stands = json.loads(self.run_cli("--output", "json", "consent", "get", ADA))["consents"]
        self.assertEqual([(c["purpose"], c["state"]) for c in stands], [("marketing", "CONSENT_STATE_WITHDRAWN")])
        self.assertNotIn("reason", stands[0])
        self.assertEqual(json.loads(self.run_cli("--output", "json", "consent", "list", ADA)), [])
        for text in ("long letter", "a friend of ours"):
            self.assertEqual([str(path) for path in self.directory.rglob("*")
                              if path.is_file() and text.encode() in path.read_bytes()], [])

    def test_what_a_person_decides_stands_beside_the_score_until_it_expires(self):
        serving_model.publish(self)
        own = self.score()
        self.run_cli("overrides", "set", "churn", ADA, "--value", "0.02", "--tier", "gold", "--until", "30d",
                     "--reason", "told us that she stays")
        overridden = self.score()
        self.assertEqual(overridden.score.probability, own.score.probability)
        self.assertEqual(overridden.score.score_override.value, 0.02)
        self.assertEqual(overridden.score.score_override.reason, "told us that she stays")
        batch = self.scoring.BatchScore(self.batch(BOB, ADA), timeout=harness.CALL_SECONDS)
        self.assertEqual([score.HasField("score_override") for score in batch.scores], [False, True])
        self.assertIn("Overridden by", self.run_cli("score", ADA))
        self.assertIn("tier gold", self.run_cli("score", ADA))
        self.restart(self.inference)
        self.assertTrue(self.score().score.HasField("score_override"))
        listed = json.loads(self.run_cli("--output", "json", "overrides", "list"))
        self.assertEqual([row["name"] for row in listed], [f"{MODEL}/scoreOverrides/{ADA}"])

        short = overrides.ScoreOverride(name=listed[0]["name"], segment="stays", reason="for a moment")
        short.expire_time.FromNanoseconds(time.time_ns() + 1_500_000_000)
        self.overrides.SetScoreOverride(overrides.SetScoreOverrideRequest(score_override=short),
                                        timeout=harness.CALL_SECONDS)
        self.assertEqual(self.score().score.score_override.segment, "stays")
        time.sleep(1.6)
        self.assertFalse(self.score().score.HasField("score_override"))
        self.assertEqual(json.loads(self.run_cli("--output", "json", "overrides", "list")), [])
        self.run_cli("overrides", "delete", "churn", ADA, "--reason", "over")
        history = json.loads(self.run_cli("--output", "json", "overrides", "history", "churn", ADA))
        self.assertEqual([row.get("deleted", False) for row in history], [True, False, False])
        # Nothing is decided without a reason and an end.
        with self.assertRaises(grpc.RpcError) as refused:
            lacking = overrides.ScoreOverride(name=listed[0]["name"], tier="gold")
            self.overrides.SetScoreOverride(overrides.SetScoreOverrideRequest(score_override=lacking),
                                            timeout=harness.CALL_SECONDS)
        self.assertEqual(refused.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)


if __name__ == "__main__":
    unittest.main()
