// What whoever may not see personal values is shown of them:
//
//   e-mail   ***@example.com          the domain
//   phone    +491511234****           all but the last four digits
//   name     A. L.                    initials
//   text     (withheld, 123 characters)
//
// Pure. A value that has not the form of its kind shows nothing of itself that its mask would hide.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "clientele/ingestion/v1/customer_service.pb.h"
#include "clientele/ingestion/v1/record.pb.h"
#include "services/ingestion/records/personal_fields.h"

namespace clientele::ingestion {

std::string MaskValue(PersonalKind kind, absl::string_view value);

// In place; says so in the message where there was anything to mask.
void Mask(v1::Customer& customer);
void Mask(v1::Record& record);
// Also takes away what the sender wrote into `originals`, which is not theirs to write.
void Mask(v1::RejectedRecord& rejected);

}  // namespace clientele::ingestion
