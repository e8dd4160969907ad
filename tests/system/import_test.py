"""`clientele import` on real files: exact counts, nothing doubled, nothing lost by kill -9."""

import csv
import gzip
import json
import random
import subprocess
import time
import unittest

import harness

CDNOW_MAP = "customer_id=customer_id,event_time=date,amount=spend,quantity=cds"
RETAIL_MAP = ("customer_id=CustomerID,event_time=InvoiceDate,amount=Quantity*UnitPrice,quantity=Quantity,"
              "product=StockCode,order_id=InvoiceNo")


def count(path, keep=lambda row: True):
    with gzip.open(path, "rt", newline="", encoding="utf-8") as file:
        return sum(1 for row in csv.DictReader(file) if keep(row))


class ImportTest(harness.SystemTest):

    def import_transactions(self, path, mapping, *flags):
        return self.run_cli("import", "transactions", path, "--source", "shop", "--map", mapping, *flags)

    def test_cdnow_counts_equal_the_files_and_a_second_import_adds_nothing(self):
        path = harness.public_data("cdnow", "cdnow_master_transactions.csv.gz")
        rows = count(path)
        self.import_transactions(path, CDNOW_MAP)
        self.assertEqual(self.report().accepted_count, rows)
        self.assertEqual(self.report().customer_count, 23570)
        self.import_transactions(path, CDNOW_MAP)
        self.assertEqual(self.report().accepted_count, rows)
        self.assertEqual(self.report().duplicate_count, rows)
        self.assertEqual(self.report().rejected_count, 0)

    def test_online_retail_counts_equal_the_files(self):
        path = harness.public_data("online_retail", "online_retail.csv.gz")
        rows = count(path)
        with_customer = count(path, lambda row: row["CustomerID"])
        self.run_cli("settings", "set", "--base-currency", "GBP", "--time-zone", "Europe/London")
        self.import_transactions(path, RETAIL_MAP, "--currency", "GBP")
        report = self.report()
        self.assertEqual(report.accepted_count, with_customer)
        self.assertEqual(report.rejected_count, rows - with_customer)
        self.assertEqual(report.customer_count, 4372)
        self.import_transactions(path, RETAIL_MAP, "--currency", "GBP")
        self.assertEqual(self.report().accepted_count, with_customer)
        self.assertEqual(self.report().duplicate_count, with_customer)

    def test_kill_9_in_the_middle_of_an_import_loses_nothing(self):
        path = harness.public_data("cdnow", "cdnow_master_transactions.csv.gz")
        rows = count(path)
        seed = random.randrange(1 << 30)
        generator = random.Random(seed)
        acknowledged = 0
        for _ in range(3):
            command = subprocess.Popen(
                self.cli_command("import", "transactions", path, "--source", "shop", "--map", CDNOW_MAP),
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(generator.uniform(0.05, 0.4))
            try:
                acknowledged = max(acknowledged, self.report().accepted_count)
            finally:
                self.ingestion.kill()
                command.kill()
                command.wait()
            self.ingestion.start()
            self.connect()
            self.assertGreaterEqual(self.report().accepted_count, acknowledged, f"seed {seed}")
        self.import_transactions(path, CDNOW_MAP)
        self.assertEqual(self.report().accepted_count, rows, f"seed {seed}")
        self.assertEqual(self.total_spend(), self.spend_of(path), f"seed {seed}")

    def total_spend(self):
        total, token = 0, ""
        while True:
            page = self.customers.ListCustomers(
                harness.customer_service_pb2.ListCustomersRequest(parent=harness.TENANT, page_size=1000,
                                                                  page_token=token), timeout=harness.CALL_SECONDS)
            total += sum(customer.net_spend_micros for customer in page.customers)
            token = page.next_page_token
            if not token:
                return total

    def spend_of(self, path):
        return sum(round(float(row["spend"]) * 100) * 10_000 for row in harness.read_csv(path))

    def test_output_is_json_on_request(self):
        path = self.directory / "small.csv"
        path.write_text("customer_id,date,amount\nann,2024-01-02,3.50\nbob,not a date,1\n")
        result = json.loads(self.run_cli("--output", "json", "import", "transactions", path, "--source", "till"))
        self.assertEqual(int(result["accepted"]), 1)
        self.assertEqual(int(result["rejected"]), 1)


if __name__ == "__main__":
    unittest.main()
