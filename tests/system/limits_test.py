"""What is too much is refused with a reason, and holds neither memory nor threads: huge and hostile requests, slow and silent
clients, files that are bombs."""

import gzip
import os
import pathlib
import socket
import struct
import subprocess
import threading
import time
import unittest

import harness
from harness import customer_service_pb2, grpc, ingestion_service_pb2, record_pb2, timestamp

INVALID = grpc.StatusCode.INVALID_ARGUMENT
EXHAUSTED = grpc.StatusCode.RESOURCE_EXHAUSTED
BATCH_METHOD = "/clientele.ingestion.v1.IngestionService/IngestRecordBatch"
HANDSHAKE_SECONDS, THREADS, STREAMS, WAITING_STREAMS = 2, 8, 4, 16


def purchase(record_id, customer_id="ada", **fields):
    record = record_pb2.Record(source="shop", record_id=record_id, customer_id=customer_id,
                               event_time=timestamp("2020-01-01T00:00:00Z"))
    record.transaction.amount_micros = 1_000_000
    for name, value in fields.items():
        setattr(record.transaction, name, value)
    return record


def resident_mib(pid):
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def thread_count(pid):
    return len(os.listdir(f"/proc/{pid}/task"))


def violations(error):
    """The fields of the error's BadRequest."""
    from google.rpc import error_details_pb2, status_pb2
    status = status_pb2.Status.FromString(dict(error.trailing_metadata())["grpc-status-details-bin"])
    bad = error_details_pb2.BadRequest()
    return [v.field for detail in status.details if detail.Unpack(bad) for v in bad.field_violations]


def http2_frame(kind, flags, stream, payload):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def call_without_message(streams):
    """The bytes of a client that begins calls and never sends their messages."""
    def literal(name, value):
        return b"\x00" + bytes([len(name)]) + name + bytes([len(value)]) + value
    headers = b"".join(literal(name, value) for name, value in [
        (b":method", b"POST"), (b":scheme", b"http"), (b":path", BATCH_METHOD.encode()), (b":authority", b"x"),
        (b"content-type", b"application/grpc"), (b"te", b"trailers")])
    settings, headers_frame, end_headers = 4, 1, 4
    frames = [http2_frame(headers_frame, end_headers, 1 + 2 * index, headers) for index in range(streams)]
    return b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + http2_frame(settings, 0, 0, b"") + b"".join(frames)


class LimitsTest(harness.SystemTest):
    def setUp(self):
        # Ingestion alone, with limits that a test can reach.
        self.directory = pathlib.Path(harness.tempfile.mkdtemp(prefix="clientele-system-"))
        self.addCleanup(harness.shutil.rmtree, self.directory, ignore_errors=True)
        self.ingestion = self.program("clientele-ingestion", f"--server-handshake-timeout={HANDSHAKE_SECONDS}s",
                                      f"--calls-threads={THREADS}", f"--calls-streams={STREAMS}")
        self.inference = self.training = self.ingestion
        self.connect()

    def send(self, *records):
        return self.records.IngestRecordBatch(
            ingestion_service_pb2.IngestRecordBatchRequest(parent=harness.TENANT, records=records), timeout=60).result

    def send_bytes(self, data, metadata=None):
        channel = grpc.insecure_channel(self.ingestion.address, options=[("grpc.max_metadata_size", 1 << 20),
                                                                         ("grpc.max_send_message_length", -1)])
        self.addCleanup(channel.close)
        return channel.unary_unary(BATCH_METHOD)(data, timeout=60, metadata=metadata)

    def expect_memory(self, mib, most):
        if not harness.SANITIZER:
            self.assertLess(mib, most)

    def expect(self, code, call, *arguments, **keywords):
        with self.assertRaises(grpc.RpcError) as error:
            call(*arguments, **keywords)
        self.assertEqual(error.exception.code(), code, error.exception)
        return error.exception

    def timeline(self, name):
        request = customer_service_pb2.GetCustomerTimelineRequest(name=f"{harness.TENANT}/customers/{name}")
        return [record.record_id for record in self.customers.GetCustomerTimeline(request, timeout=60).records]

    # Requests.

    def test_a_record_that_is_too_much_costs_its_batch_nothing(self):
        crowded = record_pb2.Record(source="crm", record_id="p", customer_id="ada",
                                    event_time=timestamp("2020-01-01T00:00:00Z"))
        for index in range(201):
            crowded.profile.attributes[f"a{index}"].number = index
        long_value = record_pb2.Record(source="crm", record_id="q", customer_id="ada",
                                       event_time=timestamp("2020-01-01T00:00:00Z"))
        long_value.profile.attributes["a"].text = "x" * 1025
        result = self.send(purchase("1"), crowded, purchase("2", product="x" * 257), long_value,
                           purchase("3", customer_id="x" * 129), purchase("4"))
        self.assertEqual(result.accepted_count, 2, result)
        self.assertEqual([error.field for error in result.errors],
                         ["profile.attributes", "transaction.product", "profile.attributes", "customer_id"])
        self.assertEqual(self.timeline("ada"), ["4", "1"])

    def test_an_id_with_a_nul_is_an_id_of_its_own(self):
        self.assertEqual(self.send(purchase("1", customer_id="a"), purchase("2", customer_id="a\0b"),
                                   purchase("3", customer_id="a\0"), purchase("4\0", customer_id="a")).accepted_count, 4)
        self.assertEqual(sorted(self.timeline("a")), ["1", "4\0"])
        self.assertEqual(self.timeline("a%00b"), ["2"])
        self.assertEqual(self.timeline("a%00"), ["3"])

    def test_a_tenant_that_looks_like_another_is_none(self):
        for tenant in ("аcme", "ａcme", "acme​", "ACME", "ac\0me", "acme/", "a" * 64):
            request = ingestion_service_pb2.IngestRecordBatchRequest(parent=f"tenants/{tenant}", records=[purchase("1")])
            self.assertEqual(violations(self.expect(INVALID, self.records.IngestRecordBatch, request, timeout=60)), ["parent"])

    def test_a_batch_and_a_message_are_bounded(self):
        request = ingestion_service_pb2.IngestRecordBatchRequest(
            parent=harness.TENANT, records=[purchase(str(number)) for number in range(10_001)])
        self.assertEqual(violations(self.expect(INVALID, self.records.IngestRecordBatch, request, timeout=60)), ["records"])
        self.expect(EXHAUSTED, self.send_bytes, b"\x12" + b"\xff\xff\xff\x08" + bytes((16 << 20) + 1))

    def test_nesting_is_bounded(self):
        # Groups in groups in an unknown field, which a parser would follow as deep as they go.
        record = purchase("1").SerializeToString()
        deep = record + b"\xa3\x06" * 100_000 + b"\xa4\x06" * 100_000
        def field(number, data):
            size, varint = len(data), b""
            while size >= 128:
                varint, size = varint + bytes([size & 127 | 128]), size >> 7
            return bytes([number << 3 | 2]) + varint + bytes([size]) + data
        answer = ingestion_service_pb2.IngestRecordBatchResponse.FromString(
            self.send_bytes(field(1, harness.TENANT.encode()) + field(2, deep) + field(2, purchase("2").SerializeToString())))
        self.assertEqual((answer.result.accepted_count, answer.result.rejected_count), (1, 1), answer)

    def test_headers_are_bounded(self):
        data = ingestion_service_pb2.IngestRecordBatchRequest(parent=harness.TENANT, records=[purchase("1")]).SerializeToString()
        self.send_bytes(data, metadata=[("x-small", "x" * 1000)])
        self.expect(EXHAUSTED, self.send_bytes, data, metadata=[("x-large", "x" * 10_000)])

    def test_open_streams_are_bounded(self):
        finish = threading.Event()
        self.addCleanup(finish.set)

        def open_stream(number):
            def requests():
                yield ingestion_service_pb2.IngestRecordsRequest(parent=harness.TENANT, records=[purchase(f"s{number}")])
                finish.wait()
            return self.records.IngestRecords(requests(), timeout=120)

        served = [open_stream(number) for number in range(STREAMS)]
        for stream in served:
            self.assertEqual(next(stream).result.accepted_count, 1)
        too_many = 5
        streams = [open_stream(STREAMS + number) for number in range(WAITING_STREAMS + too_many)]
        deadline = time.monotonic() + 60
        while sum(not stream.is_active() for stream in streams) < too_many and time.monotonic() < deadline:
            time.sleep(0.05)
        refused = [stream for stream in streams if not stream.is_active()]
        self.assertEqual([stream.code() for stream in refused], [EXHAUSTED] * too_many)
        self.assertEqual(self.send(purchase("meanwhile")).accepted_count, 1)
        finish.set()
        for stream in streams:
            if stream not in refused:
                self.assertEqual(next(stream).result.accepted_count, 1)  # Those that waited had their turn.

    # Clients.

    def test_silent_clients_hold_neither_memory_nor_threads(self):
        for number in range(20):
            self.send(purchase(f"warm{number}"))
        pid = self.ingestion.process.pid
        host, port = self.ingestion.address.rsplit(":", 1)
        memory, threads = resident_mib(pid), thread_count(pid)
        beginnings = [b"", b"PRI * HT", b"GET / HTTP/1.1\r\nhost: x\r\n", call_without_message(50)]
        clients = []
        for index in range(200):
            client = socket.create_connection((host, int(port)))
            self.addCleanup(client.close)
            client.sendall(beginnings[index % len(beginnings)])
            clients.append(client)
        time.sleep(1)
        begin = time.monotonic()
        self.assertEqual(self.send(purchase("meanwhile")).accepted_count, 1)
        self.assertLess(time.monotonic() - begin, 5)
        self.expect_memory(resident_mib(pid) - memory, 64)  # 200 connections, 2,500 calls that wait for their message.
        self.assertLessEqual(thread_count(pid) - threads, 4)
        # Those that have not begun to speak are hung up on.
        time.sleep(HANDSHAKE_SECONDS + 1)
        for index, client in enumerate(clients[:8]):
            client.settimeout(5)
            received = b""
            if index % len(beginnings) != 3:
                while piece := client.recv(4096):
                    received += piece
                self.assertNotIn(b"200 OK", received)
        for client in clients:
            client.close()
        time.sleep(1)
        self.assertEqual(self.send(purchase("after")).accepted_count, 1)
        self.assertLessEqual(thread_count(pid) - threads, THREADS + 4)  # Their calls have ended, on the bounded pool.

    # Files.

    def import_file(self, name, *arguments):
        """Exit code, standard error and greatest memory in MiB of an import."""
        command = self.cli_command("import", *arguments, self.directory / name)
        with open(self.directory / "stderr", "w+b") as stderr:
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=stderr)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            stderr.seek(0)
            return process.returncode, stderr.read().decode(), usage.ru_maxrss / 1024

    def test_a_zip_bomb_is_read_no_further_than_a_field_may_go(self):
        header = b"customer_id,amount,event_time\n"
        for name, content in [("field.csv.gz", b"x" * (1 << 20)), ("row.csv.gz", b"x," * (1 << 19))]:
            with gzip.open(self.directory / name, "wb", compresslevel=9) as file:
                file.write(header)
                for _ in range(500):
                    file.write(content)
            self.assertLess((self.directory / name).stat().st_size, 2 << 20)
            code, stderr, memory = self.import_file(name, "transactions")
            self.assertEqual(code, 2, stderr)
            self.assertIn("line 2", stderr)
            self.expect_memory(memory, 300)

    def test_a_hundred_thousand_columns_are_too_many(self):
        (self.directory / "wide.csv").write_text(",".join(f"column{i}" for i in range(100_000)) + "\n" + "," * 99_999 + "\n")
        code, stderr, memory = self.import_file("wide.csv", "profiles")
        self.assertEqual(code, 2, stderr)
        self.assertIn("more than 10000 columns", stderr)
        self.expect_memory(memory, 300)


if __name__ == "__main__":
    unittest.main()
