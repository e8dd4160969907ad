"""The load that crashes hit: records through a stream and in single calls, training jobs, versions, aliases, deletions.

Each load is a thread. It tries what was not acknowledged again, as clients must, until it is; then the ledger has it. What a
load sends is a function of a number, so that the ledger needs only the number.
"""

import threading
import time

import grpc

import harness
from clientele.model.v1 import artifact_pb2, training_spec_pb2
from harness import ingestion_service_pb2, json_format, model_service_pb2, record_pb2, training_service_pb2

RECORDS_TENANT = "tenants/shop"   # Of the records that pour in,
MODELS_TENANT = "tenants/models"  # and of what jobs train on, which stays as it is, so that jobs stay short.
MODEL = f"{MODELS_TENANT}/models/churn"
BATCH, CUSTOMERS = 10, 200
BATCHES_APART = CUSTOMERS // BATCH  # A customer is in every so manieth batch.
IN_FLIGHT = 8
OPEN_JOBS = 3
KEPT_VERSIONS = 6
CALL_SECONDS = 10

# What a client does again: the server was not there, or went away before it had answered.
TRY_AGAIN = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED, grpc.StatusCode.UNKNOWN,
             grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.RESOURCE_EXHAUSTED)


def amount_micros(lane, number, index):
    return 1 + (number * BATCH + index) * 7_919 % 100_000_007 + lane


def customer_of(number, index):
    return (number * BATCH + index) % CUSTOMERS


def batch(lane, number):
    """The records of a batch; two lanes never share a record id."""
    records = []
    for index in range(BATCH):
        record = record_pb2.Record(source=f"lane-{lane}", record_id=f"{number}-{index}",
                                   customer_id=f"c{customer_of(number, index)}")
        record.event_time.seconds = 1_500_000_000 + number * BATCH + index
        record.transaction.amount_micros = amount_micros(lane, number, index)
        records.append(record)
    return records


class Load(threading.Thread):
    """Runs until it is told to stop, and then until all it had begun is acknowledged."""

    pause_seconds = 0

    def __init__(self, ledger, channel):
        super().__init__(daemon=True)
        self.ledger = ledger
        self.channel = channel
        self.stopping = threading.Event()
        self.wrong = []  # What can be no effect of a crash, in words.

    def run(self):
        try:
            self.work()
        except Exception as error:  # pylint: disable=broad-except
            self.wrong.append(f"{type(self).__name__}: {error!r}")

    def until_acknowledged(self, call, *arguments):
        """The answer, however many times it takes; None once there is no hope."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                return call(*arguments)
            except grpc.RpcError as error:
                if error.code() not in TRY_AGAIN:
                    raise
                time.sleep(0.02)
        raise TimeoutError("not acknowledged within two minutes")

    def check_batch(self, lane, number, result, again):
        """A batch is stored whole, once."""
        if result.accepted_count + result.duplicate_count != BATCH or result.accepted_count * result.duplicate_count != 0:
            self.wrong.append(f"batch {lane}/{number} was half stored: {result}")
        if again and result.accepted_count:
            self.wrong.append(f"batch {lane}/{number} was acknowledged, and then accepted again")


class StreamLoad(Load):
    """Batches through one stream, several in flight; one in ten is sent again although it was acknowledged."""

    LANE = 0
    pause_seconds = 0.05  # After so many as are in flight: what is stored must stay small enough to be read in whole.

    def work(self):
        self.stub = harness.ingestion_service_pb2_grpc.IngestionServiceStub(self.channel)
        self.lock = threading.Lock()  # gRPC asks for requests on a thread of its own.
        self.next, self.sent_again = 0, -1
        self.pending = {}  # Number -> whether it had been acknowledged before.
        while not self.stopping.is_set() or self.pending:
            broken = threading.Event()
            try:
                self.one_stream(broken)
            except grpc.RpcError as error:
                if error.code() not in TRY_AGAIN:
                    raise
                time.sleep(0.02)
            finally:
                with self.lock:
                    broken.set()

    def one_stream(self, broken):
        window = threading.Semaphore(IN_FLIGHT)
        requests = self.requests(window, broken, list(self.pending))
        for response in self.stub.IngestRecords(requests, wait_for_ready=True):
            with self.lock:
                again = self.pending.pop(response.sequence)
            self.check_batch(self.LANE, response.sequence, response.result, again)
            if not again:
                self.ledger.append("batch", lane=self.LANE, number=response.sequence)
            window.release()

    def requests(self, window, broken, left_over):
        while True:
            if window.acquire(timeout=0.1):
                number = self.take(broken, left_over)
                if number is None:
                    return
                if number % IN_FLIGHT == 0:
                    time.sleep(self.pause_seconds)
                yield ingestion_service_pb2.IngestRecordsRequest(parent=RECORDS_TENANT, sequence=number,
                                                                 records=batch(self.LANE, number))
            elif broken.is_set():
                return

    def take(self, broken, left_over):
        """The number of the next batch to send, None after the last."""
        with self.lock:
            if left_over and not broken.is_set():
                return left_over.pop()
            if self.stopping.is_set() or broken.is_set():
                return None
            number, old = self.next, self.next - 50
            if number % 10 == 9 and old >= 0 and old not in self.pending and not self.sent_again == old:
                self.sent_again = number = old
            else:
                self.next += 1
            self.pending[number] = number == old
            return number


class CallLoad(Load):
    """Batches in single calls."""

    LANE = 1
    pause_seconds = 0.001

    def work(self):
        stub = harness.ingestion_service_pb2_grpc.IngestionServiceStub(self.channel)
        number = 0
        while not self.stopping.is_set():
            request = ingestion_service_pb2.IngestRecordBatchRequest(parent=RECORDS_TENANT, records=batch(self.LANE, number))
            answer = self.until_acknowledged(lambda r: stub.IngestRecordBatch(r, timeout=CALL_SECONDS), request)
            self.check_batch(self.LANE, number, answer.result, again=False)
            self.ledger.append("batch", lane=self.LANE, number=number)
            number += 1
            time.sleep(self.pause_seconds)


class JobLoad(Load):
    """Short training jobs, a few at a time."""

    SPEC = {"model": "rfm", "rfm": {"preset": "PRESET_CLASSIC_ELEVEN"},
            "dataset": {"features": ["recency_days", "purchases", "spend_total"], "asOf": "2020-01-01T00:00:00Z",
                        "knownAt": "2100-01-01T00:00:00Z"}}

    def work(self):
        self.stub = harness.training_service_pb2_grpc.TrainingServiceStub(self.channel)
        open_jobs, number = [], 0
        while not self.stopping.is_set():
            open_jobs = [name for name in open_jobs if not self.has_ended(name)]
            if len(open_jobs) >= OPEN_JOBS:
                time.sleep(0.05)
                continue
            spec = json_format.ParseDict({**self.SPEC, "seed": str(number + 1)}, training_spec_pb2.TrainingSpec())
            request = training_service_pb2.CreateTrainingJobRequest(
                parent=MODELS_TENANT, training_job=training_service_pb2.TrainingJob(spec=spec), request_id=f"job-{number}")
            job = self.until_acknowledged(lambda r: self.stub.CreateTrainingJob(r, timeout=CALL_SECONDS), request)
            self.ledger.append("job", number=number, name=job.name)
            open_jobs.append(job.name)
            number += 1

    def has_ended(self, name):
        request = training_service_pb2.GetTrainingJobRequest(name=name)
        job = self.until_acknowledged(lambda r: self.stub.GetTrainingJob(r, timeout=CALL_SECONDS), request)
        return job.state >= training_service_pb2.TrainingJob.STATE_SUCCEEDED


class ModelLoad(Load):
    """Publishes versions, every other one with an alias in the same step, moves a second alias, deletes what is old."""

    pause_seconds = 0.05

    def __init__(self, ledger, channel, artifact):
        super().__init__(ledger, channel)
        self.artifact = artifact_pb2.ModelArtifact.FromString(artifact)

    def work(self):
        self.stub = harness.model_service_pb2_grpc.ModelServiceStub(self.channel)
        kept, number = [], 0
        while not self.stopping.is_set():
            kept.append(self.until_acknowledged(self.publish, number))
            self.until_acknowledged(self.move_alias, kept[-1])
            if len(kept) > KEPT_VERSIONS:
                self.until_acknowledged(self.delete, kept.pop(0))
            time.sleep(self.pause_seconds)
            number += 1

    def publish(self, number):
        self.artifact.spec.display_name = f"take {number}"
        data = self.artifact.SerializeToString(deterministic=True)
        header = model_service_pb2.PublishModelVersionRequest.Header(
            parent=MODEL, sha256=harness.sha256(data), request_id=f"publish-{number}",
            aliases=["champion"] if number % 2 == 0 else [])
        parts = [model_service_pb2.PublishModelVersionRequest(header=header)]
        parts += [model_service_pb2.PublishModelVersionRequest(chunk=data[begin:begin + 4_000])
                  for begin in range(0, len(data), 4_000)]
        version = self.stub.PublishModelVersion(iter(parts), timeout=CALL_SECONDS)
        self.ledger.append("version", name=version.name, sha256=header.sha256)
        return version.name

    def move_alias(self, version):
        alias = self.stub.SetModelAlias(model_service_pb2.SetModelAliasRequest(
            name=f"{MODEL}/aliases/candidate", version=version), timeout=CALL_SECONDS)
        self.ledger.append("alias", name=alias.name, revision=alias.revision, version=version)

    def delete(self, version):
        self.stub.DeleteModelVersion(model_service_pb2.DeleteModelVersionRequest(name=version), timeout=CALL_SECONDS)
        self.ledger.append("deletion", name=version)
