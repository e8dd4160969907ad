"""Keys, quotas and usage: what the administration of the real programs lets whom do, and what a tenant over its quota sees."""

import re

from harness import *  # noqa: F403
from clientele.admin.v1 import admin_service_pb2, admin_service_pb2_grpc

ROLES = ["ingester", "analyst", "trainer", "scorer", "privacy_officer", "operator", "tenant_admin"]
PROGRAMS = ("ingestion", "training", "inference")


class QuotaTest(SystemTest):  # noqa: F405
    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="clientele-system-"))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.key, public = self.directory / "key.pem", self.directory / "public.pem"
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", self.key], check=True)
        subprocess.run(["openssl", "pkey", "-in", self.key, "-pubout", "-out", public], check=True)
        (self.directory / "keys.json").write_text('{"keys": []}')
        (self.directory / "quotas.json").write_text("")
        flags = ["--auth-key-set-file", str(public), "--auth-api-keys-file", str(self.directory / "keys.json"),
                 "--quota-file", str(self.directory / "quotas.json"), "--admin-address", "127.0.0.1:0"]
        self.ingestion = self.program("clientele-ingestion", *flags)
        self.inference = self.program("clientele-inference", *flags, "--ingestion-address", self.ingestion.address)
        self.training = self.program("clientele-training", *flags, "--ingestion-address", self.ingestion.address,
                                     "--inference-address", self.inference.address)
        self.admin = {name: re.search(r"administered on ([\d.:]+)", getattr(self, name).log.read_text()).group(1)
                      for name in PROGRAMS}

    def cli(self, *arguments, holder=None, check=True):
        """Runs the command as `holder`, (tenant, role); "*" is every tenant."""
        credentials = ["--token-file", self.token_file(*holder)] if holder else []
        done = subprocess.run([str(part) for part in (BIN_DIR / "clientele", *arguments, *credentials)],
                              capture_output=True, text=True, timeout=60)
        if check:
            self.assertEqual(done.returncode, 0, f"{arguments}\n{done.stdout}\n{done.stderr}")
        return done.stdout if check else done

    def token(self, tenant, role):
        whose = ["--every-tenant"] if tenant == "*" else ["--tenant", tenant]
        return self.cli("tokens", "create", "--key", self.key, "--subject", role, *whose, "--roles", role).strip()

    def token_file(self, tenant, role):
        file = self.directory / f"{tenant.replace('*', 'every')}-{role}.token"
        if not file.exists():
            file.write_text(self.token(tenant, role))
        return file

    def list_customers(self, tenant, credential=None, check=True):
        return self.cli("customers", "list", "--tenant", tenant, "--ingestion", self.ingestion.address, "--token-file",
                        credential or self.token_file(tenant, "analyst"), check=check)

    def test_a_key_made_through_one_server_opens_the_others_until_it_is_revoked(self):
        admin, tenant_admin = self.admin["training"], ("alpha", "tenant_admin")
        secret = self.cli("keys", "create", "--server", admin, "--tenant", "alpha", "--roles", "analyst", "--for", "reports",
                          holder=tenant_admin)
        credential = self.directory / "key"
        credential.write_text(secret)
        time.sleep(1.1)  # Servers look at the file once a second.
        self.list_customers("alpha", credential)
        self.cli("models", "list", "--tenant", "alpha", "--inference", self.inference.address, "--token-file", credential)
        refused = self.list_customers("beta", credential, check=False)
        self.assertIn("may not do this for this tenant", refused.stderr)
        listed = json.loads(self.cli("keys", "list", "--server", admin, "--tenant", "alpha", "--output", "json",
                                     holder=tenant_admin))
        self.assertEqual([(row["tenant"], row["description"], row["state"]) for row in listed],
                         [("alpha", "reports", "holds")])
        self.assertNotIn(secret.strip()[12:], (self.directory / "keys.json").read_text())
        self.cli("keys", "revoke", listed[0]["prefix"], "--server", self.admin["inference"], "--tenant", "alpha",
                 holder=tenant_admin)
        time.sleep(1.1)
        self.assertIn("revoked", self.list_customers("alpha", credential, check=False).stderr)

    def test_a_tenant_over_its_quota_is_refused_and_others_are_not(self):
        operator = ("*", "operator")
        self.cli("quotas", "set", "--server", self.admin["ingestion"], "--tenant", "alpha", "--requests-per-second", "0.02",
                 "--request-burst", "2", holder=operator)
        self.list_customers("alpha")
        self.list_customers("alpha")
        refused = self.list_customers("alpha", check=False)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("over its quota: requests_per_second is 0.02", refused.stderr)
        for _ in range(5):
            self.list_customers("beta")
        time.sleep(1.1)  # The other servers read the same file.
        for _ in range(2):
            self.cli("models", "list", "--tenant", "alpha", "--inference", self.inference.address, holder=("alpha", "scorer"))
        refused = self.cli("models", "list", "--tenant", "alpha", "--inference", self.inference.address,
                           holder=("alpha", "scorer"), check=False)
        self.assertIn("over its quota", refused.stderr)
        self.cli("quotas", "set", "--server", self.admin["ingestion"], "--tenant", "alpha", "--clear",
                 "requests-per-second,request-burst", holder=operator)
        for _ in range(5):
            self.list_customers("alpha")
        own = json.loads(self.cli("usage", "--server", self.admin["ingestion"], "--tenant", "alpha", "--output", "json",
                                  holder=("alpha", "tenant_admin")))
        self.assertEqual([(row["calls"], row["refused"]) for row in own], [(8, 1)])
        everybody = json.loads(self.cli("usage", "--server", ",".join(self.admin.values()), "--every-tenant", "--output",
                                        "json", holder=operator))
        self.assertEqual({(row["server"], row["tenant"]) for row in everybody},
                         {(self.admin["ingestion"], "alpha"), (self.admin["ingestion"], "beta"),
                          (self.admin["inference"], "alpha")})

    def test_rows_over_the_quota_slow_an_import_down_and_lose_nothing(self):
        self.cli("quotas", "set", "--server", self.admin["ingestion"], "--default", "--rows-per-second", "1000",
                 "--row-burst", "100", holder=("*", "operator"))
        rows = self.directory / "profiles.csv"
        rows.write_text("id,plan\n" + "".join(f"c{i},gold\n" for i in range(3000)))
        begin = time.monotonic()
        self.cli("import", "profiles", rows, "--map", "customer_id=id", "--event-time", "2024-01-31", "--tenant", "alpha",
                 "--ingestion", self.ingestion.address, holder=("alpha", "ingester"))
        self.assertGreater(time.monotonic() - begin, 0.5)
        usage = json.loads(self.cli("usage", "--server", self.admin["ingestion"], "--tenant", "alpha", "--output", "json",
                                    holder=("alpha", "tenant_admin")))
        self.assertEqual(usage[0]["rows"], 3000)

    def import_profiles(self, rows, first=0, check=True):
        file = self.directory / f"profiles{first}.csv"
        file.write_text("id,plan\n" + "".join(f"c{first + i},gold\n" for i in range(rows)))
        return self.cli("import", "profiles", file, "--map", "customer_id=id", "--event-time", "2024-01-31", "--tenant",
                        "alpha", "--ingestion", self.ingestion.address, holder=("alpha", "ingester"), check=check)

    def days(self, server, tenant="alpha"):
        return json.loads(self.cli("usage", "--server", server, "--tenant", tenant, "--days", "400", "--output", "json",
                                   holder=(tenant, "tenant_admin")))

    def test_a_tenant_stores_no_more_than_it_may(self):
        self.cli("quotas", "set", "--server", self.admin["ingestion"], "--tenant", "alpha", "--stored-records", "100",
                 holder=("*", "operator"))
        self.import_profiles(150)  # The batch that reaches the limit is taken whole.
        refused = self.import_profiles(1, first=1_000, check=False)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("stored_records is 100", refused.stdout + refused.stderr)
        self.cli("quotas", "set", "--server", self.admin["ingestion"], "--tenant", "alpha", "--stored-records", "1000",
                 holder=("*", "operator"))
        self.import_profiles(1, first=2_000)
        self.assertEqual(self.days(self.admin["ingestion"])[0]["stored_records"], 151)

    def test_what_was_used_outlives_a_restart_by_day(self):
        self.import_profiles(500)
        before, = self.days(self.admin["ingestion"])
        self.assertEqual(before["rows"], 500)
        self.assertGreater(before["stored_bytes"], 500)
        self.assertEqual(self.ingestion.stop(), 0)
        self.ingestion.start()
        admin = re.findall(r"administered on ([\d.:]+)", self.ingestion.log.read_text())[-1]
        after = self.days(admin)
        self.assertEqual([(day["day"], day["rows"]) for day in after], [(before["day"], 500)])
        self.assertGreaterEqual(after[0]["calls"], before["calls"])
        since_start = json.loads(self.cli("usage", "--server", admin, "--tenant", "alpha", "--output", "json",
                                          holder=("alpha", "tenant_admin")))
        self.assertEqual(since_start[0]["rows"], 0, "the totals are of the process")

    def test_jobs_are_held_to_places_and_to_a_days_processor_time(self):
        metadata = [("authorization", f"Bearer {self.token_file('alpha', 'trainer').read_text()}")]
        channel = grpc.insecure_channel(self.training.address)
        self.addCleanup(channel.close)
        jobs = training_service_pb2_grpc.TrainingServiceStub(channel)
        spec = json_format.ParseDict({"model": "m", "dataset": {"features": ["purchases"]}, "kmeans": {"numClusters": 2},
                                      "split": {"none": True}}, training_spec_pb2.TrainingSpec())

        def create():
            return jobs.CreateTrainingJob(training_service_pb2.CreateTrainingJobRequest(
                parent="tenants/alpha", training_job=training_service_pb2.TrainingJob(spec=spec)), metadata=metadata, timeout=30)

        job = create()  # Fails: there is no data, and training shows no credential. Its process used time all the same.
        for job in jobs.WatchTrainingJob(training_service_pb2.WatchTrainingJobRequest(name=job.name), metadata=metadata,
                                         timeout=60):
            pass
        deadline = time.monotonic() + 30
        while not (used := self.days(self.admin["training"])[0]["job_cpu_seconds"]):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)
        self.cli("quotas", "set", "--server", self.admin["training"], "--tenant", "alpha", "--job-cpu-seconds-per-day",
                 "1", holder=("*", "operator"))
        create_or_refused = []
        for _ in range(5):  # The first takes a part of the only second there is.
            try:
                job = create()
            except grpc.RpcError as error:
                create_or_refused.append(error)
                break
            for job in jobs.WatchTrainingJob(training_service_pb2.WatchTrainingJobRequest(name=job.name), metadata=metadata,
                                             timeout=60):
                pass
        refused, = create_or_refused
        self.assertEqual(refused.code(), grpc.StatusCode.RESOURCE_EXHAUSTED)
        self.assertIn("job_cpu_seconds_per_day is 1", refused.details())
        self.assertIn(b"RetryInfo", dict(refused.trailing_metadata())["grpc-status-details-bin"])
        self.assertGreater(used, 0)

    def test_the_administration_opens_to_operators_and_to_a_tenants_own_administrator(self):
        v1 = admin_service_pb2
        one = {"CreateApiKey": lambda t: v1.CreateApiKeyRequest(parent=f"tenants/{t}"),
               "ListApiKeys": lambda t: v1.ListApiKeysRequest(parent=f"tenants/{t}"),
               "RevokeApiKey": lambda t: v1.RevokeApiKeyRequest(name=f"tenants/{t}/apiKeys/ck_00000000"),
               "GetTenantQuota": lambda t: v1.GetTenantQuotaRequest(name=f"tenants/{t}/quota"),
               "GetTenantUsage": lambda t: v1.GetTenantUsageRequest(name=f"tenants/{t}/usage")}
        platform = {"UpdateTenantQuota": lambda t: v1.UpdateTenantQuotaRequest(tenant_quota={"name": f"tenants/{t}/quota"}),
                    "ListTenantQuotas": lambda t: v1.ListTenantQuotasRequest(),
                    "ListTenantUsages": lambda t: v1.ListTenantUsagesRequest()}
        self.assertEqual(set(one) | set(platform), {m.name for m in v1.DESCRIPTOR.services_by_name["AdminService"].methods})
        combinations = 0
        for program in PROGRAMS:
            with grpc.insecure_channel(self.admin[program]) as channel:
                stub = admin_service_pb2_grpc.AdminServiceStub(channel)
                for holder in ("alpha", "*", None):
                    for role in ROLES if holder else [""]:
                        metadata = [("authorization", f"Bearer {self.token_file(holder, role).read_text()}")] if holder else []
                        for method, request in {**one, **platform}.items():
                            for tenant in ("alpha", "beta", "-"):
                                may = role in ("operator", "tenant_admin") and (
                                    holder == "*" or (method in one and tenant == "alpha"))
                                code = self.code_of(getattr(stub, method), request(tenant), metadata)
                                denied = grpc.StatusCode.PERMISSION_DENIED if holder else grpc.StatusCode.UNAUTHENTICATED
                                self.assertEqual(code != denied, may, f"{program} {method} of {tenant} as {role} of {holder}")
                                combinations += 1
        print(f"{combinations} combinations of method, role and tenant")

    def test_reflection_and_channelz_answer_operators_of_the_platform_alone(self):
        calls = {"/grpc.channelz.v1.Channelz/GetServers": (b"", b""),
                 "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo": (b"\x3a\x00", b"AdminService")}
        for path, (request, expected) in calls.items():
            with grpc.insecure_channel(self.admin["inference"]) as channel:
                call = channel.stream_stream(path)
                for holder in (None, ("alpha", "operator"), ("*", "scorer")):
                    metadata = [("authorization", f"Bearer {self.token_file(*holder).read_text()}")] if holder else []
                    with self.assertRaises(grpc.RpcError, msg=f"{path} as {holder}") as refused:
                        list(call(iter([request]), metadata=metadata, timeout=10))
                    self.assertEqual(refused.exception.code(), grpc.StatusCode.CANCELLED)
                operator = [("authorization", f"Bearer {self.token_file('*', 'operator').read_text()}")]
                reply = b"".join(call(iter([request]), metadata=operator, timeout=10))
                self.assertIn(expected, reply)
            with grpc.insecure_channel(self.inference.address) as channel:  # Nor where everybody calls.
                with self.assertRaises(grpc.RpcError) as absent:
                    list(channel.stream_stream(path)(iter([request]), metadata=operator, timeout=10))
                self.assertEqual(absent.exception.code(), grpc.StatusCode.UNIMPLEMENTED)

    def code_of(self, method, request, metadata):
        try:
            method(request, metadata=metadata, timeout=10)
        except grpc.RpcError as error:
            return error.code()
        return grpc.StatusCode.OK


if __name__ == "__main__":
    unittest.main()  # noqa: F405
