#include "services/cli/training/spec_file.h"

#include <yaml-cpp/yaml.h>

#include <cerrno>
#include <fstream>
#include <iostream>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "google/protobuf/util/json_util.h"
#include "services/cli/output/format.h"

namespace clientele::cli {
namespace {

// A scalar as JSON: what is quoted is a string, and so is what is neither a number nor a word of JSON.
std::string ScalarToJson(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return JsonString(text);  // Quoted.
  if (text == "true" || text == "false" || text == "null") return text;
  double number = 0;
  const bool plain = text.find_first_not_of("0123456789-.eE+") == std::string::npos && !text.empty() &&
                     text[0] != '+' && text[0] != '.' && text.back() != '.';
  return plain && absl::SimpleAtod(text, &number) ? text : JsonString(text);
}

std::string ToJson(const YAML::Node& node) {
  std::string json;
  switch (node.Type()) {
    case YAML::NodeType::Map:
      for (const auto& entry : node) {
        absl::StrAppend(&json, json.empty() ? "{" : ",", JsonString(entry.first.Scalar()), ":", ToJson(entry.second));
      }
      return json.empty() ? "{}" : json + "}";
    case YAML::NodeType::Sequence:
      for (const YAML::Node& item : node) absl::StrAppend(&json, json.empty() ? "[" : ",", ToJson(item));
      return json.empty() ? "[]" : json + "]";
    case YAML::NodeType::Scalar: return ScalarToJson(node);
    default: return "null";
  }
}

absl::StatusOr<std::string> ReadText(const std::string& path) {
  std::ostringstream text;
  if (path == "-") {
    text << std::cin.rdbuf();
    return text.str();
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::ErrnoToStatus(errno, absl::StrCat("cannot read ", path));
  text << file.rdbuf();
  return text.str();
}

}  // namespace

absl::Status ParseJsonMessage(absl::string_view text, google::protobuf::Message& message) {
  const auto status = google::protobuf::util::JsonStringToMessage(std::string(text), &message);
  if (status.ok()) return absl::OkStatus();
  return absl::InvalidArgumentError(std::string(status.message()));
}

absl::Status ParseYamlMessage(const std::string& text, google::protobuf::Message& message) {
  std::string json;
  try {
    json = ToJson(YAML::Load(text));
  } catch (const YAML::Exception& error) {
    return absl::InvalidArgumentError(error.what());
  }
  return ParseJsonMessage(json, message);
}

absl::Status ReadMessageFile(const std::string& path, google::protobuf::Message& message) {
  CLIENTELE_ASSIGN_OR_RETURN(const std::string text, ReadText(path));
  const bool yaml = absl::EndsWith(path, ".yaml") || absl::EndsWith(path, ".yml");
  const absl::Status status = yaml ? ParseYamlMessage(text, message) : ParseJsonMessage(text, message);
  if (status.ok()) return status;
  return absl::InvalidArgumentError(
      absl::StrCat(path, " is no ", message.GetDescriptor()->name(), ": ", status.message()));
}

}  // namespace clientele::cli
