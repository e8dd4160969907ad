// A training spec, feature definition or any other message as people write it: the JSON form of protobuf, in JSON or
// YAML.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace clientele::cli {

// Reads `path`, YAML where it ends in .yaml or .yml and JSON otherwise ("-" is standard input), into `message`.
// NOT_FOUND: no such file; INVALID_ARGUMENT: not of the form, or a field nobody knows.
absl::Status ReadMessageFile(const std::string& path, google::protobuf::Message& message);

absl::Status ParseJsonMessage(absl::string_view text, google::protobuf::Message& message);
absl::Status ParseYamlMessage(const std::string& text, google::protobuf::Message& message);

}  // namespace clientele::cli
