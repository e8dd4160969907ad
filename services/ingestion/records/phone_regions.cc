#include "services/ingestion/records/phone_regions.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/ascii.h"

namespace clientele::ingestion {
namespace {

// Sorted by region. Calling codes, trunk prefixes and lengths as the ITU's national numbering plans have them.
constexpr PhoneRegion kRegions[] = {
    {"AE", "971", "0", 7, 9},  {"AR", "54", "0", 10, 11}, {"AT", "43", "0", 5, 13},  {"AU", "61", "0", 9, 9},
    {"BD", "880", "0", 8, 10}, {"BE", "32", "0", 8, 9},   {"BG", "359", "0", 7, 9},  {"BR", "55", "0", 10, 11},
    {"CA", "1", "1", 10, 10},  {"CH", "41", "0", 9, 9},   {"CL", "56", "", 9, 9},    {"CN", "86", "0", 9, 11},
    {"CO", "57", "", 8, 10},   {"CY", "357", "", 8, 8},   {"CZ", "420", "", 9, 9},   {"DE", "49", "0", 5, 12},
    {"DK", "45", "", 8, 8},    {"DZ", "213", "0", 8, 9},  {"EE", "372", "", 7, 8},   {"EG", "20", "0", 8, 10},
    {"ES", "34", "", 9, 9},    {"FI", "358", "0", 5, 12}, {"FR", "33", "0", 9, 9},   {"GB", "44", "0", 9, 10},
    {"GR", "30", "", 10, 10},  {"HK", "852", "", 8, 8},   {"HR", "385", "0", 8, 9},  {"HU", "36", "06", 8, 9},
    {"ID", "62", "0", 8, 12},  {"IE", "353", "0", 7, 9},  {"IL", "972", "0", 8, 9},  {"IN", "91", "0", 10, 10},
    {"IS", "354", "", 7, 9},   {"IT", "39", "", 6, 11},   {"JP", "81", "0", 9, 10},  {"KE", "254", "0", 9, 9},
    {"KR", "82", "0", 8, 10},  {"KZ", "7", "8", 10, 10},  {"LT", "370", "0", 8, 8},  {"LU", "352", "", 4, 11},
    {"LV", "371", "", 8, 8},   {"MA", "212", "0", 9, 9},  {"MO", "853", "", 8, 8},   {"MT", "356", "", 8, 8},
    {"MX", "52", "", 10, 10},  {"MY", "60", "0", 8, 10},  {"NG", "234", "0", 8, 10}, {"NL", "31", "0", 9, 9},
    {"NO", "47", "", 8, 8},    {"NZ", "64", "0", 8, 10},  {"PE", "51", "0", 8, 9},   {"PH", "63", "0", 8, 10},
    {"PK", "92", "0", 9, 10},  {"PL", "48", "", 9, 9},    {"PT", "351", "", 9, 9},   {"RO", "40", "0", 9, 9},
    {"RS", "381", "0", 8, 9},  {"RU", "7", "8", 10, 10},  {"SA", "966", "0", 8, 9},  {"SE", "46", "0", 7, 10},
    {"SG", "65", "", 8, 8},    {"SI", "386", "0", 8, 8},  {"SK", "421", "0", 9, 9},  {"TH", "66", "0", 8, 9},
    {"TR", "90", "0", 10, 10}, {"TW", "886", "0", 8, 9},  {"UA", "380", "0", 9, 9},  {"US", "1", "1", 10, 10},
    {"VN", "84", "0", 9, 10},  {"ZA", "27", "0", 9, 9}};

constexpr bool BeforeRegion(const PhoneRegion& a, const PhoneRegion& b) { return a.region < b.region; }
static_assert(std::is_sorted(std::begin(kRegions), std::end(kRegions), BeforeRegion));

// All calling codes of one and two digits; those of three begin with what is left: 21, 22, 23 and so on.
constexpr absl::string_view kTwoDigitCodes[] = {"20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41",
                                                "43", "44", "45", "46", "47", "48", "49", "51", "52", "53", "54",
                                                "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66",
                                                "81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98"};
constexpr absl::string_view kThreeDigitBeginnings[] = {"21", "22", "23", "24", "25", "26", "29", "35",
                                                       "37", "38", "42", "50", "59", "67", "68", "69",
                                                       "80", "85", "87", "88", "96", "97", "99"};

template <size_t n>
bool Contains(const absl::string_view (&list)[n], absl::string_view text) {
  return std::find(std::begin(list), std::end(list), text) != std::end(list);
}

}  // namespace

const PhoneRegion* FindPhoneRegion(absl::string_view region) {
  const auto found =
      std::lower_bound(std::begin(kRegions), std::end(kRegions), region,
                       [](const PhoneRegion& entry, absl::string_view key) { return entry.region < key; });
  return found != std::end(kRegions) && found->region == region ? &*found : nullptr;
}

bool IsRegionCode(absl::string_view region) {
  return region.size() == 2 && absl::ascii_isupper(static_cast<unsigned char>(region[0])) &&
         absl::ascii_isupper(static_cast<unsigned char>(region[1]));
}

bool HasCallingCode(absl::string_view digits) {
  if (digits.empty()) return false;
  if (digits[0] == '1' || digits[0] == '7') return true;
  const absl::string_view two = digits.substr(0, 2);
  return Contains(kTwoDigitCodes, two) || Contains(kThreeDigitBeginnings, two);
}

}  // namespace clientele::ingestion
