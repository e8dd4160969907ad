// The words the synthetic customers are made of.
#pragma once

#include <array>

#include "absl/strings/string_view.h"

namespace clientele::cli {

inline constexpr std::array<absl::string_view, 24> kFirstNames = {
    "Ada", "Ben",   "Chen", "Dora",  "Emil",  "Fatima", "Georg", "Hana",  "Ivan", "Julia",  "Kofi", "Lena",
    "Mei", "Nadia", "Omar", "Paula", "Quinn", "Rosa",   "Sven",  "Tariq", "Uma",  "Victor", "Wei",  "Zoe"};
inline constexpr std::array<absl::string_view, 24> kLastNames = {
    "Adams", "Baker", "Costa",  "Diaz",  "Evans", "Fischer", "Garcia", "Huang",  "Ito",  "Jensen", "Khan", "Lopez",
    "Meyer", "Novak", "Okafor", "Patel", "Quist", "Rossi",   "Silva",  "Tanaka", "Umar", "Vogel",  "Wang", "Young"};
inline constexpr std::array<absl::string_view, 4> kRegions = {"north", "south", "east", "west"};
inline constexpr std::array<absl::string_view, 6> kProductKinds = {"basic",  "classic", "smart",
                                                                   "deluxe", "mini",    "pro"};
inline constexpr std::array<absl::string_view, 4> kIssues = {"delivery", "quality", "price", "service"};
inline constexpr std::array<absl::string_view, 4> kHappyTexts = {
    "Arrived quickly, works as described.", "Very happy with it, thank you.", "Friendly service, fair price.",
    "Good quality, I will order again."};
inline constexpr std::array<absl::string_view, 4> kUnhappyTexts = {
    "Delivered late and the box was damaged.", "The quality is not what it used to be.",
    "Another shop sells the same for less.", "I waited two days for an answer."};
inline constexpr std::array<absl::string_view, 4> kQuestions = {"Where is my order?", "How can I return an item?",
                                                                "The discount code does not work.",
                                                                "I was charged twice, please check."};

}  // namespace clientele::cli
