"""Who may call what: every method, every role, one's own tenant and others', against the real programs."""

import subprocess
import time

from harness import *  # noqa: F403
from google.protobuf import descriptor, descriptor_pool, message_factory
from clientele.admin.v1 import audit_service_pb2
from clientele.admin.v1 import encryption_service_pb2
from clientele.common.v1 import access_pb2
from clientele.inference.v1 import current_score_service_pb2, rescore_service_pb2
from clientele.inference.v1 import due_version_service_pb2, monitoring_service_pb2, override_service_pb2, quality_service_pb2, value_service_pb2  # noqa: F401
from clientele.ingestion.v1 import consent_service_pb2, privacy_service_pb2, privacy_service_pb2_grpc, retention_service_pb2
from inference import open_inference_service_pb2

ROLES = ["ingester", "analyst", "trainer", "scorer", "privacy_officer", "operator", "tenant_admin"]
DENIED = (grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNAUTHENTICATED)


def services():
    """(service descriptor, which program serves it)."""
    for module, program in [(ingestion_service_pb2, "ingestion"), (customer_service_pb2, "ingestion"),
                            (feature_service_pb2, "ingestion"), (settings_service_pb2, "ingestion"),
                            (audit_service_pb2, "ingestion"), (privacy_service_pb2, "ingestion"), (encryption_service_pb2, "ingestion"), (retention_service_pb2, "ingestion"),
                            (training_service_pb2, "training"), (schedule_service_pb2, "training"), (due_version_service_pb2, "inference"), (model_service_pb2, "inference"),
                            (scoring_service_pb2, "inference"), (monitoring_service_pb2, "inference"), (quality_service_pb2, "inference"),
                            (value_service_pb2, "inference"), (override_service_pb2, "inference"),
                            (current_score_service_pb2, "inference"), (rescore_service_pb2, "inference"),
                            (consent_service_pb2, "ingestion"), (open_inference_service_pb2, "inference")]:
        for service in module.DESCRIPTOR.services_by_name.values():
            yield service, program


def roles_of(method):
    """The roles its option names; the Open Inference Protocol's methods have none and are for scorers."""
    access = method.GetOptions().Extensions[access_pb2.access]
    named = {access_pb2.Role.Name(role)[len("ROLE_"):].lower() for role in access.roles}
    return (named or {"scorer"}) | {"tenant_admin"}


def is_open(method):
    return method.full_name.startswith("inference.GRPCInferenceService.Server")


def name_tenant(message, tenant):
    """Writes the tenant into the request's name or parent, or into those of the resource it carries."""
    for field in message.DESCRIPTOR.fields:
        if field.label == descriptor.FieldDescriptor.LABEL_REPEATED:
            continue
        if field.type == descriptor.FieldDescriptor.TYPE_STRING and field.name in ("name", "parent", "model_name"):
            open_protocol = message.DESCRIPTOR.file.package == "inference"
            setattr(message, field.name, f"{tenant}/churn" if open_protocol else f"tenants/{tenant}/models/churn")
            return True
    for field in message.DESCRIPTOR.fields:
        if field.type == descriptor.FieldDescriptor.TYPE_MESSAGE and field.label != descriptor.FieldDescriptor.LABEL_REPEATED:
            if name_tenant(getattr(message, field.name), tenant):
                getattr(message, field.name).SetInParent()
                return True
    return False


class AuthorizationTest(SystemTest):  # noqa: F405
    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="clientele-system-"))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.key = self.directory / "key.pem"
        self.public = self.directory / "public.pem"
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", self.key], check=True)
        subprocess.run(["openssl", "pkey", "-in", self.key, "-pubout", "-out", self.public], check=True)
        self.keys = self.directory / "keys.json"
        self.keys.write_text('{"keys": []}')
        # What the services show one another.
        own = self.directory / "services.token"
        own.write_text(self.cli("tokens", "create", "--key", self.key, "--subject", "clientele", "--every-tenant",
                                "--roles", "analyst,trainer,scorer"))
        flags = ["--auth-key-set-file", str(self.public), "--auth-api-keys-file", str(self.keys)]
        self.ingestion = self.program("clientele-ingestion", *flags)
        self.inference = self.program("clientele-inference", *flags, "--ingestion-address", self.ingestion.address,
                                      "--ingestion-token-file", str(own))
        self.training = self.program("clientele-training", *flags, "--ingestion-address", self.ingestion.address,
                                     "--ingestion-token-file", str(own), "--inference-address", self.inference.address,
                                     "--inference-token-file", str(own))
        self.channels = {}
        for name in ("ingestion", "training", "inference"):
            self.channels[name] = grpc.insecure_channel(getattr(self, name).address)
            self.addCleanup(self.channels[name].close)

    def cli(self, *arguments, check=True):
        done = subprocess.run([BIN_DIR / "clientele", *map(str, arguments)], capture_output=True, text=True)
        if check:
            self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout if check else done

    def token(self, tenant, *roles):
        return self.cli("tokens", "create", "--key", self.key, "--subject", " ".join(roles), "--tenant", tenant, "--roles",
                        ",".join(roles)).strip()

    def call(self, program, method, tenant, credential):
        """(code, details) of one call of any shape; OK for a stream that begins."""
        request = message_factory.MessageFactory(descriptor_pool.Default()).GetPrototype(method.input_type)()
        if tenant:
            name_tenant(request, tenant)
        service, name = method.full_name.rsplit(".", 1)
        metadata = [("authorization", "Bearer " + credential)] if credential else []
        channel = self.channels[program]
        path, read = f"/{service}/{name}", message_factory.MessageFactory().GetPrototype(method.output_type).FromString
        # Python's descriptors do not tell streams: the file's own description does.
        streams = next(m for s in self.described(method.containing_service) for m in s.method if m.name == name)
        arguments = dict(request_serializer=type(request).SerializeToString, response_deserializer=read)
        try:
            if streams.client_streaming and streams.server_streaming:
                replies = channel.stream_stream(path, **arguments)(iter([request]), metadata=metadata, timeout=10)
                next(replies, None)
            elif streams.client_streaming:
                channel.stream_unary(path, **arguments)(iter([request]), metadata=metadata, timeout=10)
            elif streams.server_streaming:
                replies = channel.unary_stream(path, **arguments)(request, metadata=metadata, timeout=10)
                next(replies, None)
                replies.cancel()
            else:
                channel.unary_unary(path, **arguments)(request, metadata=metadata, timeout=10)
        except grpc.RpcError as error:
            return error.code(), error.details()
        return grpc.StatusCode.OK, ""

    def described(self, service):
        from google.protobuf import descriptor_pb2
        file = descriptor_pb2.FileDescriptorProto()
        service.file.CopyToProto(file)
        return [s for s in file.service if s.name == service.name]

    def test_every_method_opens_to_its_roles_and_to_its_own_tenant_alone(self):
        tokens = {role: self.token("alpha", role) for role in ROLES}
        combinations = 0
        for service, program in services():
            for method in service.methods:
                if is_open(method):
                    self.assertNotIn(self.call(program, method, None, None)[0], DENIED, method.full_name)
                    continue
                code, _ = self.call(program, method, "alpha", None)
                self.assertEqual(code, grpc.StatusCode.UNAUTHENTICATED, method.full_name)
                for role in ROLES:
                    own, _ = self.call(program, method, "alpha", tokens[role])
                    other = self.call(program, method, "beta", tokens[role])
                    absent = self.call(program, method, "ghost", tokens[role])
                    where = f"{method.full_name} as {role}"
                    if role in roles_of(method):
                        self.assertNotIn(own, DENIED, where)
                    else:
                        self.assertEqual(own, grpc.StatusCode.PERMISSION_DENIED, where)
                    self.assertEqual(other[0], grpc.StatusCode.PERMISSION_DENIED, f"{where}: {other[1]}")
                    self.assertEqual(other, absent, where)  # Whether a tenant exists is not told.
                    combinations += 3
        print(f"{combinations} combinations of method, role and tenant")
        self.assertGreater(combinations, 1000)

    def test_an_officer_erases_and_the_services_follow_with_their_own_token(self):
        token = self.token("alpha", "privacy_officer")
        credential = self.directory / "officer.token"
        credential.write_text(token)
        erased = self.cli("--output", "json", "privacy", "erase", "nobody", "--tenant", "alpha", "--ingestion",
                          self.ingestion.address, "--token-file", credential)
        self.assertEqual(json.loads(erased)["state"], "STATE_COMPLETE")
        # Who may act for one tenant alone neither follows nor reports.
        stub = privacy_service_pb2_grpc.PrivacyServiceStub(self.channels["ingestion"])
        for role in ("privacy_officer", "scorer", "tenant_admin"):
            metadata = [("authorization", "Bearer " + self.token("alpha", role))]
            for call in (lambda m: next(stub.WatchErasures(
                             privacy_service_pb2.WatchErasuresRequest(parent="tenants/-"), metadata=m, timeout=10)),
                         lambda m: stub.ReportErasures(privacy_service_pb2.ReportErasuresRequest(
                             parent="tenants/-", program="inference"), metadata=m, timeout=10)):
                with self.assertRaises(grpc.RpcError) as refused:
                    call(metadata)
                self.assertEqual(refused.exception.code(), grpc.StatusCode.PERMISSION_DENIED, role)

    def test_an_api_key_is_made_used_and_revoked_while_the_servers_run(self):
        key = self.cli("keys", "create", "--file", self.keys, "--tenant", "alpha", "--roles", "ingester,analyst",
                       "--for", "nightly import").strip()
        self.assertNotIn(key[12:], self.keys.read_text())
        credential = self.directory / "key"
        credential.write_text(key)
        csv_file = self.directory / "profiles.csv"
        csv_file.write_text("id,plan\nc1,gold\nc2,silver\n")
        arguments = ["import", "profiles", csv_file, "--map", "customer_id=id", "--event-time", "2024-01-31", "--tenant", "alpha", "--ingestion",
                     self.ingestion.address, "--token-file", credential]
        time.sleep(1.1)  # Servers look at the file once a second.
        self.cli(*arguments)
        refused = self.cli("customers", "list", "--tenant", "beta", "--ingestion", self.ingestion.address, "--token-file",
                           credential, check=False)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("may not do this for this tenant", refused.stderr)
        listed = json.loads(self.cli("keys", "list", "--file", self.keys, "--output", "json"))
        self.assertEqual([(row["tenant"], row["description"], row["state"]) for row in listed],
                         [("alpha", "nightly import", "holds")])
        self.cli("keys", "revoke", listed[0]["prefix"], "--file", self.keys)
        time.sleep(1.1)
        revoked = self.cli(*arguments, check=False)
        self.assertIn("revoked", revoked.stderr)

    def test_a_job_trains_publishes_and_scores_with_the_services_own_token(self):
        credential = self.directory / "admin.token"
        credential.write_text(self.token("alpha", "tenant_admin"))
        servers = ["--tenant", "alpha", "--token-file", credential, "--ingestion", self.ingestion.address, "--training",
                   self.training.address, "--inference", self.inference.address]
        rows = "".join(f"c{i},{i % 7},{i % 3}\n" for i in range(300))
        csv_file = self.directory / "profiles.csv"
        csv_file.write_text("id,a,b\n" + rows)
        self.cli("import", "profiles", csv_file, "--map", "customer_id=id", "--event-time", "2024-01-31", *servers)
        spec = self.directory / "spec.json"
        spec.write_text(json.dumps({"model": "groups", "dataset": {"features": ["attribute.a", "attribute.b"]},
                                    "split": {"none": True}, "kmeans": {"numClusters": 3}}))
        self.cli("train", spec, *servers)
        scores = json.loads(self.cli("score", "c1", "--model", "groups", *servers, "--output", "json"))
        self.assertIn("segment", json.dumps(scores))
        self.cli("models", "promote", "groups", "1", *servers, "--alias", "challenger")
        history = self.cli("models", "history", "groups", *servers, "--alias", "challenger", "--output", "json")
        self.assertIn("tenant_admin", history)  # Who moved it, by the credential.


if __name__ == "__main__":
    unittest.main()  # noqa: F405
