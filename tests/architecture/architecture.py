"""The shape of the source tree, as rules: which folder may include which, where gRPC and RocksDB may appear, and that
nothing lies about that no build list names.

usage: architecture.py ROOT    prints what breaks a rule; exit code 1 where there is any
"""
import pathlib
import re
import sys

# Arrows run one way: services -> common -> protos. What each folder of common may include besides itself.
COMMON = {
    "audit": {"auth", "base", "observability", "privacy", "quota", "storage"},
    "auth": {"base"},
    "backup": {"base"},
    "base": set(),
    "config": {"base"},
    "observability": {"base"},
    "privacy": {"base"},
    "quota": {"auth", "base", "observability"},
    "records": {"storage"},
    "rpc": {"audit", "auth", "backup", "base", "config", "observability", "quota"},
    "schedule": {"base"},
    "statistics": {"base"},
    "storage": {"base", "config", "observability", "privacy"},
    "dataset": {"base"},
    "model": {"base", "dataset"},
    "text": {"base"},
}
SERVICES = {"cli", "inference", "ingestion", "training"}

# A library's headers and the files that may name them; everybody else goes through those.
CONFINED = [
    ("gRPC", re.compile(r"grpcpp/|grpc\+\+/|grpc/|.*\.grpc\.pb\.h$"),
     re.compile(r"common/rpc/|services/cli/client/|services/.*/main\.cc$|services/.*_(service|client)\.(h|cc)$")),
    ("RocksDB", re.compile(r"rocksdb/"), re.compile(r"common/storage/rocksdb/")),
    ("libpq", re.compile(r"libpq-fe\.h|libpq/"), re.compile(r"common/storage/postgresql/")),
    ("MPI", re.compile(r"mpi\.h$"), re.compile(r"services/training/communicator/mpi_")),
    ("Prometheus", re.compile(r"prometheus/"), re.compile(r"common/observability/|common/rpc/metrics_endpoint\.")),
    ("spdlog", re.compile(r"spdlog/"), re.compile(r"common/observability/")),
    ("yaml-cpp", re.compile(r"yaml-cpp/"), re.compile(r"common/config/|services/cli/")),
    ("ONNX", re.compile(r"onnx/onnx"), re.compile(r"common/model/onnx/")),
    ("CLI11", re.compile(r"CLI/"), re.compile(r"common/config/|services/cli/")),
]

INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]', re.MULTILINE)


def folder(path):
    """("common", "rpc") of common/rpc/server.cc."""
    parts = path.split("/")
    return parts[0], parts[1] if len(parts) > 2 else ""


def wrong_direction(path, include):
    """Why the file at `path` may not include `include`, or None."""
    layer, part = folder(path)
    target_layer, target = folder(include)
    if layer == "tests" or target_layer not in ("common", "services", "tests"):
        return None
    if target_layer == "tests":
        return "only tests include tests"
    if layer == "common":
        if target_layer == "services":
            return "common never includes services"
        if target != part and target not in COMMON.get(part, set()):
            return f"common/{part} may include {sorted(COMMON.get(part, set())) or 'nothing'} of common"
    if layer == "services" and target_layer == "services" and target != part:
        return "no service includes another"
    return None


def confined(path, include):
    """Why the file at `path` may not name a library's header, or None."""
    if path.startswith("tests/"):
        return None
    for library, headers, places in CONFINED:
        if headers.match(include) and not places.match(path):
            return f"{library} appears only in {places.pattern}"
    return None


def unlisted(root, path, lists_by_folder):
    """Why the source file at `path` is not built, or None.

    Its list is the CMakeLists.txt of its folder or of one above, or any that names it from the root.
    """
    from_root = "${CMAKE_SOURCE_DIR}/" + path
    if any(from_root in text for text in lists_by_folder.values()):
        return None
    at = (root / path).parent
    name = pathlib.PurePosixPath(path)
    while True:
        relative = str((root / name).relative_to(at))
        if re.search(rf"(?<![\w/.]){re.escape(relative)}(?![\w.])", lists_by_folder.get(at, "")):
            return None
        if at == root:
            return "no CMakeLists.txt names it"
        at = at.parent


def check(root):
    """What breaks a rule, a line each."""
    wrong = []
    lists_by_folder = {file.parent: file.read_text()
                       for top in ("common", "services", "tests") for file in (root / top).rglob("CMakeLists.txt")}
    for top in ("common", "services", "tests"):
        for file in sorted((root / top).rglob("*")):
            path = file.relative_to(root).as_posix()
            if file.suffix not in (".h", ".cc"):
                continue
            text = file.read_text()
            # A "-inl.h" is included once for each instruction set, and guards itself.
            if file.suffix == ".h" and not file.name.endswith("-inl.h") and "#pragma once" not in text:
                wrong.append(f"{path}: no #pragma once")
            if file.suffix == ".cc" and (reason := unlisted(root, path, lists_by_folder)):
                wrong.append(f"{path}: {reason}")
            for include in INCLUDE.findall(text):
                for reason in (wrong_direction(path, include), confined(path, include)):
                    if reason:
                        wrong.append(f"{path}: includes {include}, but {reason}")
    for layer, known in (("common", set(COMMON)), ("services", SERVICES)):
        found = {entry.name for entry in (root / layer).iterdir() if entry.is_dir()}
        wrong += [f"{layer}/{name}: this folder is not in the table of the architecture test"
                  for name in sorted(found - known)]
    return wrong


if __name__ == "__main__":
    problems = check(pathlib.Path(sys.argv[1]).resolve())
    print("\n".join(problems) if problems else "the tree keeps its shape")
    sys.exit(1 if problems else 0)
