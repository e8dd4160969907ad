"""Everybody is scored again, now and by schedule, and whoever watches is told: over the real programs and the command."""

import json
import threading
import time
import unittest

import harness
import serving_model
from harness import grpc, record_pb2, timestamp
from clientele.inference.v1 import current_score_service_pb2 as current
from clientele.inference.v1 import current_score_service_pb2_grpc
from clientele.inference.v1 import rescore_service_pb2 as rescore
from clientele.inference.v1 import rescore_service_pb2_grpc, value_service_pb2, value_service_pb2_grpc
from clientele.ingestion.v1 import privacy_service_pb2 as privacy
from clientele.ingestion.v1 import privacy_service_pb2_grpc
from postgresql_programs import PostgresqlPrograms

CUSTOMERS = 2000  # Of serving_model.
MODEL = f"{harness.TENANT}/models/churn"
Job = rescore.RescoreJob


class Watcher(threading.Thread):
    """Follows changes into the tier "high", through restarts of the server."""

    def __init__(self, test):
        super().__init__(daemon=True)
        self.test, self.seen, self.token, self.stopped = test, [], "", False
        self.start()
        while not self.token:
            time.sleep(0.01)

    def run(self):
        while not self.stopped:
            request = current.WatchScoresRequest(parent=harness.TENANT, models=[MODEL], entered_groups=["high"],
                                                 resume_token=self.token)
            with grpc.insecure_channel(self.test.inference.address) as channel:
                try:
                    for response in current_score_service_pb2_grpc.CurrentScoreServiceStub(channel).WatchScores(
                            request, timeout=3):
                        self.token = response.resume_token
                        if response.HasField("current_score"):
                            self.seen.append(response.current_score)
                except grpc.RpcError as error:
                    if error.code() not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED):
                        raise
                    time.sleep(0.05)

    def take(self, count, quiet=1.0):
        """The changes seen since, of which there are so many, and no more for a while."""
        deadline = time.monotonic() + 30
        while len(self.seen) < count and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(quiet)
        taken, self.seen = self.seen, []
        self.test.assertEqual(len(taken), count, [score.customer_id for score in taken][:20])
        return taken


class ScoredCustomers(harness.SystemTest):
    """With customers, a model and tiers."""

    def connect(self):
        super().connect()
        inference, ingestion = (grpc.insecure_channel(p.address) for p in (self.inference, self.ingestion))
        self.addCleanup(inference.close)
        self.addCleanup(ingestion.close)
        self.scores = current_score_service_pb2_grpc.CurrentScoreServiceStub(inference)
        self.rescoring = rescore_service_pb2_grpc.RescoreServiceStub(inference)
        self.values = value_service_pb2_grpc.ValueServiceStub(inference)
        self.privacy = privacy_service_pb2_grpc.PrivacyServiceStub(ingestion)

    def prepare(self):
        serving_model.publish(self)
        settings = value_service_pb2.ValueSettings(name=f"{harness.TENANT}/valueSettings", alpha=0.5, beta=0.3, gamma=0.2)
        settings.tiers.add(tier="high", at_least_percentile=80)
        settings.tiers.add(tier="low", at_least_percentile=0)
        self.values.UpdateValueSettings(value_service_pb2.UpdateValueSettingsRequest(value_settings=settings),
                                        timeout=harness.CALL_SECONDS)

    def run_now(self):
        job = json.loads(self.run_cli("-o", "json", "rescore", "run"))
        self.assertEqual(job["state"], "STATE_SUCCEEDED", job)
        return job

    def use(self, usage_of, name):
        """A new profile for some customers: usage by index."""
        records = []
        for index, usage in usage_of.items():
            record = record_pb2.Record(source="crm", record_id=f"{name}-{index}", customer_id=f"c{index}",
                                       event_time=timestamp("2020-05-01T00:00:00Z"))
            record.profile.attributes["usage"].number = usage
            records.append(record)
        self.ingest(records)

    def all_scores(self, **filters):
        request = current.ListCurrentScoresRequest(parent=MODEL, page_size=300, **filters)
        scores = {}
        while True:
            page = self.scores.ListCurrentScores(request, timeout=harness.CALL_SECONDS)
            scores.update((score.customer_id, score) for score in page.current_scores)
            request.page_token = page.next_page_token
            if not request.page_token:
                return scores

    def get(self, customer):
        return self.scores.GetCurrentScore(
            current.GetCurrentScoreRequest(name=f"{MODEL}/currentScores/{customer}"), timeout=harness.CALL_SECONDS)

    def served(self, customers):
        """What the model says now."""
        request = harness.scoring_service_pb2.BatchScoreRequest(name=MODEL)
        for customer in customers:
            request.subjects.add(customer_id=customer)
        return self.scoring.BatchScore(request, timeout=harness.CALL_SECONDS).scores

    def check_all(self, count):
        """Everybody's current score is what the model says."""
        scores = self.all_scores()
        self.assertEqual(len(scores), count)
        for score in self.served(sorted(scores)):
            self.assertAlmostEqual(scores[score.customer_id].score, score.probability.probability, places=6)
            self.assertEqual(scores[score.customer_id].tier, score.standing.tier)
        return scores

    def list_jobs(self):
        return self.rescoring.ListRescoreJobs(rescore.ListRescoreJobsRequest(parent=harness.TENANT),
                                              timeout=harness.CALL_SECONDS).rescore_jobs

    def begin(self):
        """A job that is in the middle."""
        job = self.rescoring.CreateRescoreJob(rescore.CreateRescoreJobRequest(parent=harness.TENANT),
                                              timeout=harness.CALL_SECONDS)
        for job in self.watch(job.name):
            if job.shards_done > 1:
                break
        self.assertEqual(job.state, Job.STATE_RUNNING)
        self.assertLess(job.shards_done, 256)
        return job

    def watch(self, name):
        return self.rescoring.WatchRescoreJob(rescore.WatchRescoreJobRequest(name=name), timeout=90)


class RescoreTest(ScoredCustomers):

    def restart_inference(self, *flags):
        """At the same address, after kill -9."""
        self.inference.port = int(self.inference.address.rsplit(":")[-1])
        self.inference.kill()
        self.inference.flags = (*self.flags, *flags)
        self.inference.start()
        self.connect()
        deadline = time.monotonic() + 60
        while True:  # A channel of before may still hold the broken connection.
            try:
                return self.list_jobs()
            except grpc.RpcError as error:
                if error.code() != grpc.StatusCode.UNAVAILABLE or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def test_everybody_has_a_current_score_and_changes_are_told_once_also_through_a_crash(self):
        self.flags = self.inference.flags
        self.prepare()
        job = self.run_now()
        self.assertEqual((job["counts"]["customers"], job["counts"]["scores"]), (str(CUSTOMERS),) * 2)
        scores = self.check_all(CUSTOMERS)
        high = [score for score in scores.values() if score.tier == "high"]
        self.assertTrue(CUSTOMERS / 10 < len(high) < CUSTOMERS / 3)
        self.assertEqual(set(self.all_scores(groups=["high"])), {score.customer_id for score in high})
        self.assertEqual(len(high[0].reasons), 2)
        self.assertAlmostEqual(sum(score.percentile for score in scores.values()) / CUSTOMERS, 50, places=3)
        self.assertIn("low", self.run_cli("scores", "get", "churn", "c99"))
        self.assertEqual(len(json.loads(self.run_cli("-o", "json", "scores", "list", "churn", "--limit", "7"))), 7)

        # One customer's new record, and whoever watches.
        watcher = Watcher(self)
        self.assertEqual(self.get("c99").tier, "low")
        self.use({99: 0}, "one")
        self.run_now()
        (crossing,) = watcher.take(1)
        self.assertEqual((crossing.customer_id, crossing.previous.tier, crossing.tier), ("c99", "low", "high"))
        self.assertGreater(crossing.change, 0.1)
        self.run_now()
        watcher.take(0)

        # A crash in the middle of a run that moves many.
        moved = [index for index in range(CUSTOMERS) if index % 100 >= 90 and index != 99]
        self.use({index: 0 for index in moved}, "many")
        self.restart_inference("--rescoring-share", "0.02")
        job = self.begin()
        self.restart_inference("--rescoring-share", "1")
        *_, job = self.watch(job.name)
        self.assertEqual(job.state, Job.STATE_SUCCEEDED)
        self.assertEqual((job.counts.customers, job.counts.scores), (CUSTOMERS, CUSTOMERS))
        self.assertEqual(job.counts.group_changes, len(moved))
        self.assertEqual({score.customer_id for score in watcher.take(len(moved))}, {f"c{index}" for index in moved})
        self.check_all(CUSTOMERS)

        self.erase("c99")
        watcher.take(0)
        watcher.stopped = True
        self.assertEqual(len(self.all_scores()), CUSTOMERS - 1)
        self.assertEqual(self.run_now()["counts"]["customers"], str(CUSTOMERS - 1))
        self.assertNotIn("c99", self.all_scores())

    def erase(self, customer):
        erasure = self.privacy.EraseCustomer(privacy.EraseCustomerRequest(
            name=f"{harness.TENANT}/customers/{customer}", request_id="erase-1"), timeout=harness.CALL_SECONDS)
        deadline = time.monotonic() + 60
        while True:
            try:
                self.get(customer)
            except grpc.RpcError as error:
                self.assertEqual(error.code(), grpc.StatusCode.NOT_FOUND)
                break
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
        while True:
            counts = {count.store: count.count for count in self.privacy.GetErasure(privacy.GetErasureRequest(
                name=erasure.name), timeout=harness.CALL_SECONDS).counts if count.program == "inference"}
            if "current scores" in counts:
                break
            self.assertLess(time.monotonic(), deadline, counts)
            time.sleep(0.05)
        self.assertEqual(counts["current scores"], 1)
        self.assertEqual(counts["changes of current scores"], 2)

    def test_a_schedule_scores_when_its_time_has_come_and_a_job_can_be_cancelled(self):
        self.flags = self.inference.flags
        self.prepare()
        create = ["rescore", "create", "every-minute", "--cron", "* * * * *", "--model", "churn", "--description", "often"]
        self.assertEqual(len(json.loads(self.run_cli("-o", "json", *create, "--check"))["nextRunTimes"]), 5)
        self.assertEqual(json.loads(self.run_cli("-o", "json", "rescore", "list")), [])
        self.assertIn("often", self.run_cli(*create))
        deadline = time.monotonic() + 90
        while not (jobs := json.loads(self.run_cli("-o", "json", "rescore", "jobs", "--schedule", "every-minute"))):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.5)
        self.assertTrue(json.loads(self.run_cli("-o", "json", "rescore", "pause", "every-minute"))["paused"])
        name = jobs[0]["name"]
        self.assertRegex(name, r"/rescoreJobs/every-minute-\d{8}-\d{4}00$")
        self.run_cli("rescore", "watch", name.split("/")[-1])
        self.assertEqual(len(self.all_scores()), CUSTOMERS)
        self.run_cli("rescore", "delete", "every-minute")

        self.restart_inference("--rescoring-share", "0.01")
        job = json.loads(self.run_cli("-o", "json", "rescore", "run", "--no-wait"))
        ended = json.loads(self.run_cli("-o", "json", "rescore", "cancel", job["name"].split("/")[-1]))
        self.assertEqual(ended["state"], "STATE_CANCELLED")
        time.sleep(2)
        self.assertEqual(self.list_jobs()[0].state, Job.STATE_CANCELLED)


class RescoreOnReplicasTest(PostgresqlPrograms, ScoredCustomers):
    """Two replicas of inference on one PostgreSQL."""

    def program(self, name, *flags):
        slow = ("--rescoring-share", "0.1") if name == "clientele-inference" else ()
        return super().program(name, *slow, *flags)

    def test_whoever_is_left_goes_on(self):
        self.prepare()
        other = self.replica("clientele-inference", *self.inference.flags[2:])
        job = self.begin()
        held_by = int(job.worker.rsplit(":")[-1])
        self.assertIn(held_by, (self.inference.process.pid, other.process.pid))
        if held_by == self.inference.process.pid:
            self.inference, other = other, self.inference
        other.kill()
        self.connect()
        *_, job = self.watch(job.name)
        self.assertEqual(job.state, Job.STATE_SUCCEEDED, job.message)
        self.assertEqual(int(job.worker.rsplit(":")[-1]), self.inference.process.pid)
        self.assertEqual((job.counts.customers, job.counts.scores), (CUSTOMERS, CUSTOMERS))
        self.check_all(CUSTOMERS)
        # As whoever reads the database sees it.
        self.assertEqual(self.sql("SELECT count(*) FROM clientele.score_changes"), str(CUSTOMERS))
        high = self.sql("SELECT count(*) FROM clientele.current_scores WHERE tier = 'high'")
        self.assertEqual(int(high), len(self.all_scores(groups=["high"])))


if __name__ == "__main__":
    unittest.main()
