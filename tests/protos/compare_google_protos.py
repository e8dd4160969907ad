"""Compares our copies of Google's protos with the published ones, so that every client's own copy decodes our messages.

usage: compare_google_protos.py PROTOC OUR_PROTO_DIR GOOGLE_PROTO_FILES_DIR

Every message, field, enum and extension of ours must be there, with the same name, number and type; what we do not
use may be left out.
"""
import pathlib
import subprocess
import sys
import tempfile

from google.protobuf import descriptor_pb2


def load(protoc, root, files):
    """The FileDescriptorProtos of `files`, by name."""
    with tempfile.NamedTemporaryFile() as output:
        subprocess.run([protoc, f"-I{root}", f"--descriptor_set_out={output.name}", *files], check=True)
        descriptors = descriptor_pb2.FileDescriptorSet.FromString(pathlib.Path(output.name).read_bytes())
    return {file.name: file for file in descriptors.file}


def fields(descriptors):
    return {field.name: (field.number, field.type, field.label, field.type_name) for field in descriptors}


def messages(file):
    """Every message by its full name, nested ones too."""
    found = {}

    def add(prefix, message):
        found[f"{prefix}.{message.name}"] = message
        for nested in message.nested_type:
            add(f"{prefix}.{message.name}", nested)

    for message in file.message_type:
        add(file.package, message)
    return found


def differences(ours, theirs):
    """What is wrong with our file, line by line."""
    wrong = []
    if ours.package != theirs.package:
        wrong.append(f"package {ours.package} is {theirs.package} upstream")
    their_messages = messages(theirs)
    for name, message in messages(ours).items():
        if name not in their_messages:
            wrong.append(f"{name} does not exist upstream")
            continue
        published = fields(their_messages[name].field)
        for field, value in fields(message.field).items():
            if value != published.get(field):
                wrong.append(f"{name}.{field} is {value}, upstream {published.get(field)}")
    their_enums = {enum.name: {value.name: value.number for value in enum.value} for enum in theirs.enum_type}
    for enum in ours.enum_type:
        values = {value.name: value.number for value in enum.value}
        if values != their_enums.get(enum.name):
            wrong.append(f"enum {enum.name} has {values}, upstream {their_enums.get(enum.name)}")
    their_extensions = {extension.name: (extension.number, extension.extendee, extension.type_name)
                        for extension in theirs.extension}
    for extension in ours.extension:
        value = (extension.number, extension.extendee, extension.type_name)
        if value != their_extensions.get(extension.name):
            wrong.append(f"extension {extension.name} is {value}, upstream {their_extensions.get(extension.name)}")
    return wrong


def check_that_differences_are_found(file):
    """A comparison that finds nothing proves nothing unless it finds what was put there."""
    damages = []
    for kind in ("message_type", "enum_type", "extension"):
        if getattr(file, kind):
            damages.append(kind)
    for kind in damages:
        damaged = descriptor_pb2.FileDescriptorProto.FromString(file.SerializeToString())
        first = getattr(damaged, kind)[0]
        if kind == "message_type":
            first.field[0].number += 100
        elif kind == "enum_type":
            first.value[0].number += 100
        else:
            first.number += 1
        if not differences(damaged, file):
            sys.exit(f"a changed {kind} of {file.name} goes unnoticed")


def main():
    protoc, our_dir, their_dir = sys.argv[1:]
    files = sorted(str(path.relative_to(our_dir)) for path in pathlib.Path(our_dir).glob("google/**/*.proto"))
    if not files:
        sys.exit(f"no google/**/*.proto in {our_dir}")
    ours, theirs = load(protoc, our_dir, files), load(protoc, their_dir, files)
    wrong = []
    for name in files:
        check_that_differences_are_found(theirs[name])
        wrong += [f"{name}: {difference}" for difference in differences(ours[name], theirs[name])]
    print("\n".join(wrong) if wrong else f"{len(files)} files equal what is published")
    sys.exit(1 if wrong else 0)


main()
