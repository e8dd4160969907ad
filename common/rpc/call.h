// What a handler knows about the call it serves. No gRPC here, so that domain code may take it along.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "common/audit/note.h"
#include "common/base/stop_token.h"

namespace clientele::rpc {

struct Call {
  StopToken stop;  // Cancelled by the caller, or the deadline: the caller's, or the server's own where that is earlier.
  StopToken drain;           // Stops when the server begins to shut down: streams without an end of their own end then.
  std::string request_id;    // The caller's x-request-id, or one made here.
  std::string traceparent;   // W3C trace context of this call: the caller's trace, a span of our own.
  std::string caller;        // Who the caller showed to be; empty where nobody has to.
  absl::string_view method;  // "clientele.ingestion.v1.IngestionService/IngestRecords"; lives as long as the server.
  mutable audit::Note audit_note;  // What the handler adds to the call's entry in the audit log.
};

}  // namespace clientele::rpc
