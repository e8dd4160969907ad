"""Kills each of the three services N times under load, and compares what they have with what they acknowledged.

usage: crash_run.py KILLS [--seed SEED] [--storage postgresql]
    prints the kills and the ledger's verdict; exit code 1 where anything is wrong

On PostgreSQL, whose server is started for it, the sessions and the server end in the middle of their work, too.
"""

import argparse
import pathlib
import random
import socket
import sys
import tempfile
import time
import types

import grpc

import harness
from crash_ledger import Ledger, Reader
from crash_load import MODEL, MODELS_TENANT, CallLoad, JobLoad, ModelLoad, StreamLoad
from crash_verdict import Auditor, Tally
from harness import ingestion_service_pb2, json_format, model_service_pb2, record_pb2
from harness import training_service_pb2, training_spec_pb2
from postgresql_server import PostgresqlServer

SERVICES = ("ingestion", "training", "inference")
LONGEST_LIFE_SECONDS = 0.7  # From a start to the next kill.
CHANNEL_OPTIONS = [("grpc.initial_reconnect_backoff_ms", 20), ("grpc.min_reconnect_backoff_ms", 200),
                   ("grpc.max_reconnect_backoff_ms", 100), ("grpc.max_receive_message_length", 64 << 20)]
CHURN = {"model": "churn", "logisticRegression": {},
         "dataset": {"features": ["attribute.usage"], "asOf": "2020-06-01T00:00:00Z", "knownAt": "2100-01-01T00:00:00Z",
                     "label": {"attribute": {"attribute": "left", "positive": {"flag": True}}}}}


def free_port():
    """A port below those that the system gives to clients, so that it is still free after a restart."""
    while True:
        port = random.SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


class Deployment:
    """The three programs, at the same addresses after each start, and their stubs."""

    def __init__(self, directory, *more_flags):
        ports = {name: free_port() for name in SERVICES}
        peers = {"ingestion": (), "inference": ("ingestion",), "training": ("ingestion", "inference")}
        self.programs, self.channels = {}, {}
        for name in ("ingestion", "inference", "training"):
            flags = [flag for peer in peers[name] for flag in (f"--{peer}-address", f"127.0.0.1:{ports[peer]}")]
            self.programs[name] = harness.Program(f"clientele-{name}", directory / f"{name}.log", "--data-directory",
                                                  str(directory / name), *flags, *more_flags, port=ports[name])
            self.channels[name] = grpc.insecure_channel(f"127.0.0.1:{ports[name]}", options=CHANNEL_OPTIONS)
        self.stubs = types.SimpleNamespace(
            records=harness.ingestion_service_pb2_grpc.IngestionServiceStub(self.channels["ingestion"]),
            customers=harness.customer_service_pb2_grpc.CustomerServiceStub(self.channels["ingestion"]),
            jobs=harness.training_service_pb2_grpc.TrainingServiceStub(self.channels["training"]),
            models=harness.model_service_pb2_grpc.ModelServiceStub(self.channels["inference"]))

    def stop(self):
        for channel in self.channels.values():
            channel.close()
        for program in self.programs.values():
            program.kill()


def train_first_model(stubs):
    """Customers who leave and stay, a model of them, and its artifact's bytes."""
    records = []
    for index in range(600):
        profile = record_pb2.Record(source="crm", record_id=f"p{index}", customer_id=f"c{index}",
                                    event_time=harness.timestamp("2019-01-01T00:00:00Z"))
        profile.profile.attributes["usage"].number = index % 100
        profile.profile.attributes["left"].flag = (index * 7919) % 100 > index % 100
        purchase = record_pb2.Record(source="crm", record_id=f"t{index}", customer_id=f"c{index}")
        purchase.event_time.seconds = 1_546_300_800 + index * 50_000
        purchase.transaction.amount_micros = 1_000_000 * (1 + index * 7919 % 97)
        records += [profile, purchase]
    stubs.records.IngestRecordBatch(ingestion_service_pb2.IngestRecordBatchRequest(parent=MODELS_TENANT, records=records),
                                    timeout=60)
    spec = json_format.ParseDict(CHURN, training_spec_pb2.TrainingSpec())
    job = stubs.jobs.CreateTrainingJob(training_service_pb2.CreateTrainingJobRequest(
        parent=MODELS_TENANT, training_job=training_service_pb2.TrainingJob(spec=spec)), timeout=60)
    for job in stubs.jobs.WatchTrainingJob(training_service_pb2.WatchTrainingJobRequest(name=job.name), timeout=120):
        pass
    assert job.model_version, job
    stubs.models.SetModelAlias(model_service_pb2.SetModelAliasRequest(
        name=f"{MODEL}/aliases/champion", version=job.model_version), timeout=60)
    export = stubs.models.ExportModelVersion(model_service_pb2.ExportModelVersionRequest(name=f"{MODEL}/versions/1"), timeout=60)
    return b"".join(part.chunk for part in export)


class CrashRun:
    def __init__(self, directory, kills, seed, *more_flags):
        self.kills = kills
        self.random = random.Random(seed)
        self.deployment = Deployment(directory, *more_flags)
        self.ledger = Ledger(directory / "ledger")
        self.reader = Reader(directory / "ledger")
        self.auditor = Auditor(self.deployment.stubs, self.reader)
        self.restarts = Tally("restarts")  # What a look after each of them found.
        self.loads = []

    def run(self):
        """The tallies of the verdict."""
        channels = self.deployment.channels
        artifact = train_first_model(self.deployment.stubs)
        self.loads = [StreamLoad(self.ledger, channels["ingestion"]), CallLoad(self.ledger, channels["ingestion"]),
                      JobLoad(self.ledger, channels["training"]), ModelLoad(self.ledger, channels["inference"], artifact)]
        for load in self.loads:
            load.start()
        victims = list(SERVICES) * self.kills
        self.random.shuffle(victims)
        for number, victim in enumerate(victims, start=1):
            self.kill(number, victim)
        for load in self.loads:
            load.stopping.set()
        for load in self.loads:
            load.join(timeout=150)
            self.note_load(load)
        self.await_jobs()
        self.reader.read()
        return [*self.auditor.audit(), self.restarts]

    def kill(self, number, victim):
        delay = self.random.uniform(0, LONGEST_LIFE_SECONDS)
        time.sleep(delay)
        program = self.deployment.programs[victim]
        program.kill()
        self.reader.read()  # What was acknowledged before it came back.
        began = time.monotonic()
        program.start()
        restart = time.monotonic() - began
        grpc.channel_ready_future(self.deployment.channels[victim]).result(timeout=30)
        glances = {"ingestion": self.auditor.glance_at_records, "training": self.auditor.glance_at_jobs,
                   "inference": self.auditor.glance_at_models}
        look = Tally(victim)
        glances[victim](self.random, look)
        for example in look.examples:
            self.restarts.note(example.split(":")[0], example)
        self.restarts.acknowledged += 1
        self.restarts.found += 1
        print(f"kill {number:4d} of {3 * self.kills}: {victim:9s} after {delay * 1000:3.0f} ms, "
              f"back in {restart * 1000:3.0f} ms; acknowledged so far: {len(self.reader.of('batch')):6d} batches, {len(self.reader.of('job')):4d} jobs, "
              f"{len(self.reader.of('version')):4d} versions, {len(self.reader.of('alias')):4d} alias moves", flush=True)

    def note_load(self, load):
        if load.is_alive():
            self.restarts.note("torn", f"{type(load).__name__} was not answered to the end")
        for wrong in load.wrong:
            self.restarts.note("torn", wrong)

    def await_jobs(self):
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            if all(job.state >= training_service_pb2.TrainingJob.STATE_SUCCEEDED for job in self.auditor.all_jobs()):
                return
            time.sleep(0.2)

    def close(self):
        self.deployment.stop()
        self.ledger.close()


class SharedCrashRun(CrashRun):
    """On one PostgreSQL: beside the programs, its sessions and the server itself end in the middle of their work."""

    def __init__(self, directory, kills, seed, server):
        self.server = server
        super().__init__(directory, kills, seed, "--storage-url", server.new_database())

    def kill(self, number, victim):
        super().kill(number, victim)
        time.sleep(self.random.uniform(0, LONGEST_LIFE_SECONDS))
        attack = [self.server.end_sessions, self.server.restart, self.server.crash][number % 3]
        print(f"server: {attack.__name__}", flush=True)
        attack()

    def close(self):
        super().close()
        self.server.stop()


def make_run(directory, kills, seed, storage):
    if storage == "rocksdb":
        return CrashRun(directory, kills, seed)
    server = PostgresqlServer(directory / "postgresql.log")
    try:
        return SharedCrashRun(directory, kills, seed, server)
    except BaseException:
        server.stop()
        raise


def print_verdict(tallies, run, seconds, seed):
    print(f"\n{'':24}{'acknowledged':>20}{'there':>20}{'lost':>8}{'doubled':>9}{'torn':>8}")
    for tally in tallies:
        print(f"{tally.what:24}{tally.acknowledged:>20,}{tally.found:>20,}{tally.lost:>8}{tally.doubled:>9}{tally.torn:>8}")
    succeeded = sum(job.state == training_service_pb2.TrainingJob.STATE_SUCCEEDED for job in run.auditor.all_jobs())
    print(f"\nof the jobs {succeeded} succeeded; the others failed with their peers, and say so")
    print(f"{run.kills} kills of each of {', '.join(SERVICES)} in {seconds:.0f} s, seed {seed}")
    for tally in tallies:
        for example in tally.examples:
            print(f"  {tally.what}: {example}")
    faults = sum(tally.faults for tally in tallies)
    print("verdict: nothing lost, nothing doubled, nothing torn" if faults == 0 else f"verdict: {faults} FAULTS")


def crash(kills, seed, storage="rocksdb"):
    """Whether everything is as it was acknowledged; prints what it sees."""
    with tempfile.TemporaryDirectory(prefix="clientele-crash-") as directory:
        run = make_run(pathlib.Path(directory), kills, seed, storage)
        try:
            began = time.monotonic()
            tallies = run.run()
            print_verdict(tallies, run, time.monotonic() - began, seed)
        finally:
            run.close()
    return all(tally.faults == 0 and tally.acknowledged > 0 for tally in tallies)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kills", nargs="?", type=int, default=200, help="of each service")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--storage", choices=["rocksdb", "postgresql"], default="rocksdb", help="what the programs keep it in")
    options = parser.parse_args()
    print(f"seed {options.seed}")
    sys.exit(0 if crash(options.kills, options.seed, options.storage) else 1)
