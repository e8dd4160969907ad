// Whose resources a request is about, and which, told from the request alone, before anything looks at it.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/io/zero_copy_stream.h"
#include "google/protobuf/message.h"

namespace clientele::auth {

// The tenants of all resource names in singular fields of the request, inside singular messages too: "acme" for
// tenants/acme/models/churn. What a handler finds in lists belongs under one of those names, and it checks that itself.
// In the Open Inference Protocol it is what stands before the slash in a model's name.
std::set<std::string> TenantsNamed(const google::protobuf::Message& request);

// The same of the wire form of a request whose own fields hold its resource names, for requests that are not parsed at
// the edge. Where the bytes are no message, what could be read.
std::set<std::string> TenantsNamed(google::protobuf::io::ZeroCopyInputStream& wire);

// The resource names that TenantsNamed looks at, in the order of their fields; the first eight, that is, for a person
// to read. A name is whatever begins with tenants/, however it goes on.
std::vector<std::string> ResourcesNamed(const google::protobuf::Message& request);

// "acme" of tenants/acme/models/churn; "" of what is no resource name.
std::string TenantOf(absl::string_view name);

}  // namespace clientele::auth
