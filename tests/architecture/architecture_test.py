"""The rules of architecture.py find what breaks them."""
import pathlib
import tempfile
import unittest

from architecture import check


class ArchitectureTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name)
        for top in ("common", "services", "tests"):
            (self.root / top).mkdir()
        self.write("common/base/CMakeLists.txt", "clientele_library(base SRCS ids.cc)")
        self.write("common/base/ids.cc", '#include "common/base/ids.h"\n')
        self.write("common/base/ids.h", "#pragma once\n")

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def header(self, path, *includes):
        self.write(path, "#pragma once\n" + "".join(f'#include "{include}"\n' for include in includes))

    def assert_wrong(self, reason):
        problems = check(self.root)
        self.assertEqual(len(problems), 1, problems)
        self.assertIn(reason, problems[0])

    def test_a_tree_in_shape_is_fine(self):
        self.header("common/rpc/server.h", "common/base/ids.h", "common/config/settings.h", "grpcpp/server.h")
        self.header("services/training/training_service.h", "common/rpc/server.h", "clientele/training/v1/x.grpc.pb.h")
        self.header("services/training/worker/model_client.h", "grpcpp/channel.h", "services/training/jobs/jobs.h")
        self.header("tests/services/x.h", "services/training/training_service.h", "services/inference/x.h",
                    "grpcpp/grpcpp.h")
        self.assertEqual(check(self.root), [])

    def test_common_never_includes_services(self):
        self.header("common/rpc/server.h", "services/training/jobs/jobs.h")
        self.assert_wrong("common never includes services")

    def test_common_follows_its_table(self):
        self.header("common/base/x.h", "common/rpc/server.h")
        self.assert_wrong("common/base may include nothing")

    def test_no_service_includes_another(self):
        self.header("services/cli/x.h", "services/training/jobs/jobs.h")
        self.assert_wrong("no service includes another")

    def test_programs_never_include_tests(self):
        self.header("services/cli/x.h", "tests/testing/program.h")
        self.assert_wrong("only tests include tests")

    def test_grpc_stays_at_the_edge(self):
        for include in ("grpcpp/grpcpp.h", "grpc/grpc.h", "clientele/training/v1/training_service.grpc.pb.h"):
            self.header("services/training/jobs/jobs.h", include)
            self.assert_wrong("gRPC appears only in")

    def test_rocksdb_stays_below_the_interface(self):
        self.header("services/ingestion/records/ingester.h", "rocksdb/db.h")
        self.assert_wrong("RocksDB appears only in")

    def test_every_source_is_listed(self):
        self.write("common/base/forgotten.cc", "")
        self.assert_wrong("common/base/forgotten.cc: no CMakeLists.txt names it")

    def test_a_list_above_names_the_path(self):
        self.write("services/cli/CMakeLists.txt", "clientele_library(cli SRCS csv/reader.cc)")
        self.write("services/cli/csv/reader.cc", "")
        self.assertEqual(check(self.root), [])
        self.write("services/cli/csv/other_reader.cc", "")
        self.assert_wrong("other_reader.cc")

    def test_a_list_elsewhere_names_it_from_the_root(self):
        self.write("tests/common/CMakeLists.txt",
                   "add_library(contract OBJECT ${CMAKE_SOURCE_DIR}/tests/contract/store.cc)")
        self.write("tests/contract/store.cc", "")
        self.assertEqual(check(self.root), [])

    def test_every_header_has_its_guard(self):
        self.write("common/base/x.h", "")
        self.assert_wrong("no #pragma once")

    def test_a_new_folder_needs_its_arrows(self):
        self.header("common/util/x.h")
        self.assert_wrong("common/util: this folder is not in the table")


if __name__ == "__main__":
    unittest.main()
