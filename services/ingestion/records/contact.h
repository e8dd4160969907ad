// E-mail addresses and telephone numbers in their one standard form.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace clientele::ingestion {

// Without spaces around it, the domain in lower case; the part before the @ stays as it is, for it may matter there.
// False where it is not local@domain.tld, local part <= 64 bytes and the whole <= 254.
bool StandardiseEmail(absl::string_view text, std::string& email);

// E.164: + and 7 to 15 digits. Spaces, points, hyphens, slashes and brackets are dropped, "00" (in North America "011")
// reads as +, a bracketed "(0)" behind a calling code is dropped. A number without + is read as `region` writes it.
// False where it is no number, or the region's way of writing is not known.
bool StandardisePhone(absl::string_view text, absl::string_view region, std::string& phone);

}  // namespace clientele::ingestion
