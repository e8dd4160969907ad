"""Compares what the services have with what the ledger says they acknowledged."""

import collections

import grpc

import harness
from crash_load import BATCH, BATCHES_APART, CUSTOMERS, MODEL, MODELS_TENANT, RECORDS_TENANT
from crash_load import amount_micros, customer_of
from harness import customer_service_pb2, ingestion_service_pb2, model_service_pb2, training_service_pb2

CALL_SECONDS = 60
AVAILABLE = model_service_pb2.ModelVersion.STATE_AVAILABLE
DELETED = model_service_pb2.ModelVersion.STATE_DELETED
Job = training_service_pb2.TrainingJob


class Tally:
    """One line of the verdict."""

    def __init__(self, what):
        self.what = what
        self.acknowledged = self.found = self.lost = self.doubled = self.torn = 0
        self.examples = []

    def note(self, fault, example):
        setattr(self, fault, getattr(self, fault) + 1)
        if len(self.examples) < 5:
            self.examples.append(f"{fault}: {example}")

    @property
    def faults(self):
        return self.lost + self.doubled + self.torn


class Auditor:
    """Reads the services through `stubs` and the ledger through `reader`."""

    def __init__(self, stubs, reader):
        self.stubs = stubs
        self.reader = reader

    # What the ledger says.

    def batches_by_residue(self):
        """The acknowledged batches in which each group of BATCH customers is."""
        groups = collections.defaultdict(list)
        for promise in self.reader.of("batch"):
            groups[promise["number"] % BATCHES_APART].append((promise["lane"], promise["number"]))
        return groups

    @staticmethod
    def expected_amounts(customer, batches):
        """(lane, record id) -> micros of a customer."""
        index = customer % BATCH
        assert all(customer_of(number, index) == customer for _, number in batches)
        return {(f"lane-{lane}", f"{number}-{index}"): amount_micros(lane, number, index) for lane, number in batches}

    # What the services say.

    def timeline(self, customer):
        request = customer_service_pb2.GetCustomerTimelineRequest(name=f"{RECORDS_TENANT}/customers/c{customer}",
                                                                  page_size=1000)
        while True:
            page = self.stubs.customers.GetCustomerTimeline(request, timeout=CALL_SECONDS)
            yield from page.records
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    def check_customer(self, customer, expected, tally, more_may_come):
        """Each acknowledged record is in the customer's timeline, once, as it was sent. The spend that is there."""
        spend, seen = 0, set()
        try:
            for record in self.timeline(customer):
                key = (record.source, record.record_id)
                tally.found += 1
                if key in seen or (key not in expected and not more_may_come):
                    tally.note("doubled", key)
                if key in expected and record.transaction.amount_micros != expected[key]:
                    tally.note("torn", key)
                seen.add(key)
                spend += record.transaction.amount_micros
        except grpc.RpcError as error:
            if not (error.code() == grpc.StatusCode.NOT_FOUND and not expected):
                tally.note("torn", f"the timeline of c{customer} cannot be read: {error.details()}")
        tally.acknowledged += len(expected)
        for key in expected.keys() - seen:
            tally.note("lost", key)
        return spend

    # After each restart: what was acknowledged before is there.

    def glance_at_records(self, random, tally):
        customer = random.randrange(CUSTOMERS)
        batches = self.batches_by_residue()[customer // BATCH]
        self.check_customer(customer, self.expected_amounts(customer, batches), tally, more_may_come=True)

    def glance_at_jobs(self, random, tally):
        jobs = self.reader.of("job")
        for promise in random.sample(jobs, min(len(jobs), 5)):
            try:
                self.stubs.jobs.GetTrainingJob(training_service_pb2.GetTrainingJobRequest(name=promise["name"]),
                                               timeout=CALL_SECONDS)
            except grpc.RpcError as error:
                tally.note("lost", f"{promise['name']}: {error.details()}")

    def glance_at_models(self, random, tally):
        latest = {promise["name"]: promise for promise in self.reader.of("alias")}
        for promise in latest.values():
            alias = self.stubs.models.GetModelAlias(model_service_pb2.GetModelAliasRequest(name=promise["name"]),
                                                    timeout=CALL_SECONDS)
            if alias.revision < promise["revision"]:
                tally.note("lost", f"{promise} against revision {alias.revision}")
            self.check_alias_serves(alias, tally)

    def check_alias_serves(self, alias, tally):
        version = self.stubs.models.GetModelVersion(model_service_pb2.GetModelVersionRequest(name=alias.name),
                                                    timeout=CALL_SECONDS)
        if version.state != AVAILABLE:
            tally.note("torn", f"{alias.name} points at {version.name}, which is {version.state_reason or version.state}")

    # Of a copy: what was acknowledged before it was begun is there, and perhaps more.

    def audit_copy(self):
        tally = Tally("acknowledged before")
        groups = self.batches_by_residue()
        for customer in range(CUSTOMERS):
            self.check_customer(customer, self.expected_amounts(customer, groups[customer // BATCH]), tally, more_may_come=True)
        promises = self.reader.of("job"), self.reader.of("version"), self.reader.of("alias")
        tally.acknowledged += sum(map(len, promises))
        there = {job.name for job in self.all_jobs()}
        for promise in promises[0]:
            if promise["name"] not in there:
                tally.note("lost", promise)
        there = {version.name: version.sha256 for version in self.all_versions()}
        for promise in promises[1]:
            if there.get(promise["name"]) != promise["sha256"]:
                tally.note("lost", promise)
        journal = {change.revision: change.to_version for change in self.alias_journal("candidate")}
        for promise in promises[2]:
            if journal.get(promise["revision"]) != promise["version"]:
                tally.note("lost", promise)
        self.glance_at_models(None, tally)
        return tally

    # At the end: what is there is what was acknowledged, neither less nor more.

    def audit(self):
        return [*self.audit_records(), self.audit_jobs(), self.audit_versions(), self.audit_aliases()]

    def audit_records(self):
        records, spend = Tally("records"), Tally("spend, micros")
        groups = self.batches_by_residue()
        for customer in range(CUSTOMERS):
            expected = self.expected_amounts(customer, groups[customer // BATCH])
            there = self.check_customer(customer, expected, records, more_may_come=False)
            spend.acknowledged += sum(expected.values())
            spend.found += there
            name = f"{RECORDS_TENANT}/customers/c{customer}"
            summary = self.stubs.customers.GetCustomer(customer_service_pb2.GetCustomerRequest(name=name), timeout=CALL_SECONDS)
            if (summary.record_count, summary.net_spend_micros) != (len(expected), sum(expected.values())):
                spend.note("torn", f"{name} has {summary.record_count} records, {summary.net_spend_micros} micros")
        report = self.stubs.records.GetIngestionReport(ingestion_service_pb2.GetIngestionReportRequest(
            name=f"{RECORDS_TENANT}/ingestionReport"), timeout=CALL_SECONDS)
        if report.accepted_count != records.acknowledged:
            records.note("torn", f"the report counts {report.accepted_count}")
        return records, spend

    def audit_jobs(self):
        tally = Tally("training jobs")
        promised = {promise["name"] for promise in self.reader.of("job")}
        there = {job.name: job for job in self.all_jobs()}
        tally.acknowledged, tally.found = len(promised), len(there)
        for name in promised - there.keys():
            tally.note("lost", name)
        for name in there.keys() - promised:
            tally.note("doubled", name)
        for name, job in there.items():
            if job.state not in (Job.STATE_SUCCEEDED, Job.STATE_FAILED):
                tally.note("torn", f"{name} has not ended: {job.state}")
            elif job.state == Job.STATE_SUCCEEDED:
                version = self.stubs.models.GetModelVersion(
                    model_service_pb2.GetModelVersionRequest(name=job.model_version), timeout=CALL_SECONDS)
                if version.sha256 != job.artifact_sha256:
                    tally.note("torn", f"{name} and its version {version.name} have another artifact")
        return tally

    def all_jobs(self):
        request = training_service_pb2.ListTrainingJobsRequest(parent=MODELS_TENANT, page_size=1000)
        while True:
            page = self.stubs.jobs.ListTrainingJobs(request, timeout=CALL_SECONDS)
            yield from (job for job in page.training_jobs if job.spec.model == "rfm")
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    def audit_versions(self):
        tally = Tally("versions and deletions")
        promised = {promise["name"]: promise["sha256"] for promise in self.reader.of("version")}
        deleted = {promise["name"] for promise in self.reader.of("deletion")}
        there = {version.name: version for version in self.all_versions()}
        tally.acknowledged, tally.found = len(promised), len(there) - 1  # The one that was trained at first.
        for name, sha256 in promised.items():
            if name not in there:
                tally.note("lost", name)
            elif there[name].sha256 != sha256:
                tally.note("torn", f"{name} has another artifact")
            elif (there[name].state == DELETED) != (name in deleted):
                tally.note("lost", f"what became of {name}: {there[name].state}")
        for sha256, times in collections.Counter(version.sha256 for version in there.values()).items():
            if times > 1:
                tally.note("doubled", sha256)
        return tally

    def all_versions(self):
        request = model_service_pb2.ListModelVersionsRequest(parent=MODEL, page_size=1000)
        while True:
            page = self.stubs.models.ListModelVersions(request, timeout=CALL_SECONDS)
            yield from page.model_versions
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    def audit_aliases(self):
        tally = Tally("alias moves")
        journal = {change.revision: change.to_version for change in self.alias_journal("candidate")}
        if sorted(journal) != list(range(1, len(journal) + 1)):
            tally.note("torn", "the journal has gaps")
        tally.found = len(journal)
        for promise in self.reader.of("alias"):
            tally.acknowledged += 1
            if journal.get(promise["revision"]) != promise["version"]:
                tally.note("lost", promise)
        for alias in ("candidate", "champion"):
            self.check_alias_serves(self.stubs.models.GetModelAlias(model_service_pb2.GetModelAliasRequest(
                name=f"{MODEL}/aliases/{alias}"), timeout=CALL_SECONDS), tally)
        return tally

    def alias_journal(self, alias):
        request = model_service_pb2.ListModelAliasChangesRequest(parent=f"{MODEL}/aliases/{alias}", page_size=1000)
        while True:
            page = self.stubs.models.ListModelAliasChanges(request, timeout=CALL_SECONDS)
            yield from page.model_alias_changes
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token
