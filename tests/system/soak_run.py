"""The three programs under mixed load with faults for a long time: memory, file handles and threads must stay flat.

usage: soak_run.py MINUTES [--seed SEED]    prints a table; exit code 1 where anything grows or anything was lost

The load is that of the crash test, with scores, through connections that are cut now and then. The training service is killed
now and then, and so is a worker in the middle of its job; ingestion and inference live through all of it and are watched. What
the first quarter shows is warming up. Growth is the Theil-Sen slope of the rest: a median of slopes, which peaks do not move.

Memory is what is allocated, but for the embedded databases' write buffers and caches: those fill up to what they are configured
to hold, which may take longer than this runs, and what they free stays resident for a while. They are shown beside the rest and
not judged, and so are their files, which are as many as the data ask for.
"""

import argparse
import os
import pathlib
import random
import re
import signal
import statistics
import sys
import tempfile
import threading
import time
import urllib.request

import crash_run
import harness
from crash_ledger import Ledger, Reader
from crash_load import MODEL, MODELS_TENANT, CallLoad, JobLoad, Load, ModelLoad, StreamLoad
from crash_verdict import Auditor
from harness import grpc, model_service_pb2, model_service_pb2_grpc, scoring_service_pb2, scoring_service_pb2_grpc

WATCHED = ("ingestion", "inference")
JOBS_MODEL = f"{MODELS_TENANT}/models/rfm"
SAMPLE_SECONDS, FAULT_SECONDS, MAX_SAMPLES = 1, 10, 300
SLOWER = 10  # Times the crash test's pauses: what is stored grows all the time, and must not be what is measured.
# What may be gained over the measured time: a share of the median, or so much in any case. What is not named is not judged.
ALLOWED = {"memory, MiB": (0.10, 24), "file handles": (0.10, 24), "threads": (0.05, 4)}
ALLOCATED = re.compile(r"^process_heap_bytes (\S+)", re.MULTILINE)
BUFFERS = re.compile(r'^clientele_storage_memory_bytes\{kind="(?:write_buffers|cached_blocks)"\} (\S+)', re.MULTILINE)


class ScoreLoad(Load):
    """One score after the other, by features."""

    def work(self):
        stub = scoring_service_pb2_grpc.ScoringServiceStub(self.channel)
        number = 0
        while not self.stopping.is_set():
            request = scoring_service_pb2.ScoreRequest(name=MODEL)
            request.subject.features.add(feature="attribute.usage").value.number = number % 100
            self.until_acknowledged(lambda r: stub.Score(r, timeout=10), request)
            number += 1
            time.sleep(0.002)


class VersionSweep(Load):
    """Deletes what jobs have published, but for the newest: what is kept must not grow."""

    KEPT = 20

    def work(self):
        stub = model_service_pb2_grpc.ModelServiceStub(self.channel)
        while not self.stopping.wait(2):
            request = model_service_pb2.ListModelVersionsRequest(parent=JOBS_MODEL, page_size=1000)
            try:
                listed = self.until_acknowledged(lambda r: stub.ListModelVersions(r, timeout=10), request)
            except grpc.RpcError as error:
                if error.code() != grpc.StatusCode.NOT_FOUND:
                    raise
                continue  # No job has published yet.
            kept = sorted((version.name for version in listed.model_versions), key=lambda name: int(name.rsplit("/", 1)[1]))
            for name in kept[:-self.KEPT]:
                self.until_acknowledged(lambda r: stub.DeleteModelVersion(r, timeout=10),
                                        model_service_pb2.DeleteModelVersionRequest(name=name))


def open_files(pid):
    """(handles of tables of the databases, all others)"""
    names = []
    for handle in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        try:
            names.append(os.readlink(handle))
        except OSError:
            continue  # It has been closed meanwhile.
    tables = sum(name.endswith(".sst") for name in names)
    return tables, len(names) - tables


def sample(program):
    pid = program.process.pid
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    resident = int(status.split("VmRSS:")[1].split()[0]) / 1024
    with urllib.request.urlopen(f"http://{program.metrics_address}/metrics", timeout=10) as page:
        text = page.read().decode()
    allocated = float(ALLOCATED.search(text)[1]) / 2**20
    buffers = sum(float(value) for value in BUFFERS.findall(text)) / 2**20
    tables, handles = open_files(pid)
    return {"memory, MiB": allocated - buffers, "databases' buffers, MiB": buffers, "resident, MiB": resident,
            "file handles": handles, "databases' tables": tables, "threads": len(os.listdir(f"/proc/{pid}/task"))}


def slope(values):
    """The Theil-Sen slope, by value."""
    values = values[::max(1, len(values) // MAX_SAMPLES)]
    return statistics.median((values[j] - values[i]) / (j - i) for i in range(len(values)) for j in range(i + 1, len(values)))


class Faults(threading.Thread):
    """Kills the training service, or one of its workers, and cuts connections of short-lived clients in the middle of a call."""

    def __init__(self, deployment, seed):
        super().__init__(daemon=True)
        self.deployment = deployment
        self.random = random.Random(seed)
        self.stopping = threading.Event()
        self.counts = {"services killed": 0, "workers killed": 0, "connections cut": 0}

    def run(self):
        while not self.stopping.wait(self.random.uniform(0, 2 * FAULT_SECONDS)):
            self.random.choice([self.kill_service, self.kill_worker, self.cut_connections])()

    def kill_service(self):
        program = self.deployment.programs["training"]
        program.kill()
        program.start()
        self.counts["services killed"] += 1

    def kill_worker(self):
        parent = self.deployment.programs["training"].process.pid
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rsplit(")", 1)[1].split()
                if int(fields[1]) == parent and fields[0] != "Z":
                    os.kill(int(stat.parent.name), signal.SIGKILL)
                    self.counts["workers killed"] += 1
            except (OSError, IndexError):
                continue  # It has ended meanwhile.

    def cut_connections(self):
        for name in WATCHED:
            with grpc.insecure_channel(self.deployment.programs[name].address,
                                       options=[("grpc.use_local_subchannel_pool", 1)]) as channel:
                stub = harness.ingestion_service_pb2_grpc.IngestionServiceStub(channel)
                for _ in range(20):  # Streams that never say anything, until the channel is closed over them.
                    stub.IngestRecords(iter(lambda: time.sleep(60), None), timeout=30)
                time.sleep(0.2)
            self.counts["connections cut"] += 1


def soak(minutes, seed):
    """Whether all stayed flat; prints what it sees."""
    with tempfile.TemporaryDirectory(prefix="clientele-soak-") as directory:
        directory = pathlib.Path(directory)
        deployment = crash_run.Deployment(directory)
        ledger = Ledger(directory / "ledger")
        try:
            artifact = crash_run.train_first_model(deployment.stubs)
            channels = deployment.channels
            loads = [StreamLoad(ledger, channels["ingestion"]), CallLoad(ledger, channels["ingestion"]),
                     JobLoad(ledger, channels["training"]), ModelLoad(ledger, channels["inference"], artifact),
                     ScoreLoad(ledger, channels["inference"]), VersionSweep(ledger, channels["inference"])]
            for load in loads:
                load.pause_seconds *= SLOWER
                load.start()
            faults = Faults(deployment, seed)
            faults.start()
            samples = watch(deployment, minutes)
            faults.stopping.set()
            faults.join()
            for load in loads:
                load.stopping.set()
            for load in loads:
                load.join(timeout=150)
            flat = print_growth(samples)
            lost = Auditor(deployment.stubs, Reader(directory / "ledger").read()).audit_copy()
        finally:
            deployment.stop()
            ledger.close()
    wrong = [text for load in loads for text in load.wrong] + lost.examples
    print(f"\n{lost.acknowledged:,} acknowledged, {lost.faults} not as they were; " +
          ", ".join(f"{count} {what}" for what, count in faults.counts.items()) + f"; {minutes:g} minutes, seed {seed}")
    for text in wrong:
        print(f"  {text}")
    good = flat and not wrong and lost.faults == 0
    print("verdict: flat, and nothing lost" if good else "verdict: NOT GOOD")
    return good


def watch(deployment, minutes):
    """(program, what) -> samples."""
    samples = {}
    end = time.monotonic() + 60 * minutes
    while time.monotonic() < end:
        for name in WATCHED:
            for what, value in sample(deployment.programs[name]).items():
                samples.setdefault((name, what), []).append(value)
        time.sleep(SAMPLE_SECONDS)
    return samples


def print_growth(samples):
    """Whether nothing grows by more than it may."""
    print(f"{'':36}{'at first':>10}{'median':>10}{'at last':>10}{'growth':>10}  verdict")
    all_flat = True
    for (name, what), values in samples.items():
        warm = values[len(values) // 4:]
        median, growth = statistics.median(warm), slope(warm) * len(warm)
        verdict = ""
        if what in ALLOWED:
            share, least = ALLOWED[what]
            flat = growth <= max(share * median, least)
            all_flat = all_flat and flat
            verdict = "flat" if flat else "GROWS"
        print(f"{name + ': ' + what:36}{warm[0]:>10.0f}{median:>10.0f}{warm[-1]:>10.0f}{growth:>10.1f}  {verdict}".rstrip())
    return all_flat


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("minutes", nargs="?", type=float, default=60)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    options = parser.parse_args()
    sys.exit(0 if soak(options.minutes, options.seed) else 1)
