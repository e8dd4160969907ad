// Whose resources a request is about, told from the request alone, before anything looks at it.
#pragma once

#include <set>
#include <string>

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

}  // namespace clientele::auth
