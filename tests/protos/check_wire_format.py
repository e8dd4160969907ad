"""Checks that a proto has exactly the messages, fields and methods of a list, so that other people's clients understand it.

usage: check_wire_format.py PROTOC PROTO_DIR PROTO_FILE LIST
"""
import difflib
import pathlib
import subprocess
import sys
import tempfile

from google.protobuf import descriptor_pb2
from google.protobuf.descriptor_pb2 import FieldDescriptorProto as Field


def load(protoc, root, file):
    with tempfile.NamedTemporaryFile() as output:
        subprocess.run([protoc, f"-I{root}", f"--descriptor_set_out={output.name}", file], check=True)
        return descriptor_pb2.FileDescriptorSet.FromString(pathlib.Path(output.name).read_bytes()).file[0]


def describe_message(prefix, message):
    name = f"{prefix}.{message.name}"
    lines = [] if message.field else [name]
    for field in message.field:
        label, kind = Field.Label.Name(field.label)[6:].lower(), Field.Type.Name(field.type)[5:].lower()
        lines.append(f"{name}.{field.name} {field.number} {label} {kind} {field.type_name}".rstrip())
    for nested in message.nested_type:
        lines += describe_message(name, nested)
    return lines


def describe(file):
    lines = []
    for message in file.message_type:
        lines += describe_message(f".{file.package}", message)
    for service in file.service:
        lines += [f".{file.package}.{service.name}/{method.name} {method.input_type} {method.output_type}"
                  for method in service.method]
    return sorted(lines)


def main():
    protoc, root, file, listed = sys.argv[1:]
    published = sorted(line for line in pathlib.Path(listed).read_text().splitlines() if not line.startswith("#"))
    ours = describe(load(protoc, root, file))
    for line in difflib.unified_diff(published, ours, "published", "ours", lineterm=""):
        print(line)
    sys.exit(published != ours)


main()
