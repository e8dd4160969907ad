#include "common/auth/tenants_named.h"

#include <algorithm>

#include "absl/functional/function_ref.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"

namespace clientele::auth {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr int kDeepest = 4;  // Resources lie in the request, or in a message of it.
constexpr size_t kMostNames = 8;

bool IsOpenInference(const Message& request) { return request.GetDescriptor()->file()->package() == "inference"; }

// "acme/models/churn" of tenants/acme/models/churn.
using VisitName = absl::FunctionRef<void(absl::string_view below_tenants)>;

void ForEachName(const Message& message, bool model_names, int depth, VisitName visit) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  std::string scratch;
  for (const FieldDescriptor* field : fields) {
    if (field->is_repeated()) continue;
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && depth < kDeepest) {
      ForEachName(reflection.GetMessage(message, field), model_names, depth + 1, visit);
    } else if (field->type() == FieldDescriptor::TYPE_STRING) {
      absl::string_view name = reflection.GetStringReference(message, field, &scratch);
      const bool is_resource = absl::ConsumePrefix(&name, "tenants/");
      const bool is_model = model_names && (field->name() == "model_name" || field->name() == "name");
      if (is_resource || is_model) visit(name);
    }
  }
}

std::string FirstPart(absl::string_view path) { return std::string(path.substr(0, path.find('/'))); }

constexpr absl::string_view kTenants = "tenants/";
// Longer than any resource name: what is longer is none.
constexpr uint32_t kLongestName = 1024;

// Whether the next `size` bytes begin as a name does, as far as they lie in one piece. Copies nothing: what is asked
// may be each of a thousand rows.
bool MayBeName(google::protobuf::io::CodedInputStream& input, uint32_t size) {
  const void* data = nullptr;
  int available = 0;
  if (size > kLongestName) return false;
  if (!input.GetDirectBufferPointer(&data, &available)) return true;
  const absl::string_view seen(static_cast<const char*>(data), std::min<size_t>(available, size));
  return absl::StartsWith(seen, kTenants.substr(0, seen.size()));
}

}  // namespace

std::set<std::string> TenantsNamed(const Message& request) {
  std::set<std::string> tenants;
  ForEachName(request, IsOpenInference(request), 0, [&](absl::string_view name) { tenants.insert(FirstPart(name)); });
  return tenants;
}

std::vector<std::string> ResourcesNamed(const Message& request) {
  std::vector<std::string> names;
  ForEachName(request, IsOpenInference(request), 0, [&](absl::string_view name) {
    if (names.size() < kMostNames) names.push_back(absl::StrCat("tenants/", name));
  });
  return names;
}

std::string TenantOf(absl::string_view name) {
  return absl::ConsumePrefix(&name, "tenants/") ? FirstPart(name) : std::string();
}

std::set<std::string> TenantsNamed(google::protobuf::io::ZeroCopyInputStream& wire) {
  using google::protobuf::internal::WireFormatLite;
  google::protobuf::io::CodedInputStream input(&wire);
  std::set<std::string> tenants;
  std::string text;
  while (const uint32_t tag = input.ReadTag()) {
    uint32_t size = 0;
    const bool is_text = WireFormatLite::GetTagWireType(tag) == WireFormatLite::WIRETYPE_LENGTH_DELIMITED;
    if (!is_text) {
      if (!WireFormatLite::SkipField(&input, tag)) break;
      continue;
    }
    if (!input.ReadVarint32(&size)) break;
    if (!MayBeName(input, size)) {
      if (!input.Skip(static_cast<int>(size))) break;
      continue;
    }
    if (!input.ReadString(&text, static_cast<int>(size))) break;
    absl::string_view name = text;
    if (absl::ConsumePrefix(&name, kTenants)) tenants.insert(FirstPart(name));
  }
  return tenants;
}

}  // namespace clientele::auth
