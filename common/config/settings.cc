#include "common/config/settings.h"

#include <yaml-cpp/yaml.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace clientele::config {
namespace {

std::string FlagOf(absl::string_view key) {
  return absl::StrCat("--", absl::StrReplaceAll(key, {{".", "-"}, {"_", "-"}}));
}

// Parse(text, value) for each type; false where `text` is not of it.
bool Parse(const std::string& text, std::string* value) { return *value = text, true; }
bool Parse(const std::string& text, int64_t* value) { return absl::SimpleAtoi(text, value); }
bool Parse(const std::string& text, double* value) { return absl::SimpleAtod(text, value); }
bool Parse(const std::string& text, bool* value) {
  *value = text == "true";
  return text == "true" || text == "false";
}
bool Parse(const std::string& text, absl::Duration* value) {
  return absl::ParseDuration(text, value) && *value >= absl::ZeroDuration();
}

const char* TypeName(const std::string*) { return "TEXT"; }
const char* TypeName(const int64_t*) { return "INTEGER"; }
const char* TypeName(const double*) { return "NUMBER"; }
const char* TypeName(const bool*) { return "BOOL"; }
const char* TypeName(const absl::Duration*) { return "DURATION"; }

const char* Expected(const std::string*) { return "text"; }
const char* Expected(const int64_t*) { return "a whole number"; }
const char* Expected(const double*) { return "a number"; }
const char* Expected(const bool*) { return "true or false"; }
const char* Expected(const absl::Duration*) { return "a duration, for example 250ms, 30s, 5m or 1h30m"; }

std::string Format(const std::string* value) { return value->empty() ? "none" : *value; }
std::string Format(const int64_t* value) { return absl::StrCat(*value); }
std::string Format(const double* value) { return absl::StrCat(*value); }
std::string Format(const bool* value) { return *value ? "true" : "false"; }
std::string Format(const absl::Duration* value) { return absl::FormatDuration(*value); }

// Levenshtein's distance.
size_t Distance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

// "; did you mean ...?" with up to three names near `wrong`, or what there is.
std::string Suggestion(absl::string_view wrong, std::vector<std::string> known) {
  std::stable_sort(known.begin(), known.end(),
                   [&](const auto& a, const auto& b) { return Distance(wrong, a) < Distance(wrong, b); });
  known.resize(std::min<size_t>(known.size(), 3));
  return known.empty() ? "" : absl::StrCat("; near it: ", absl::StrJoin(known, ", "), "; --help lists all");
}

// Every scalar of the document by its dotted key.
absl::Status Flatten(const YAML::Node& node, const std::string& key, const std::string& path,
                     std::map<std::string, std::string>& values) {
  if (node.IsMap()) {
    for (const auto& entry : node) {
      const std::string name = entry.first.as<std::string>();
      CLIENTELE_RETURN_IF_ERROR(Flatten(entry.second, key.empty() ? name : key + "." + name, path, values));
    }
    return absl::OkStatus();
  }
  if (node.IsScalar() && !key.empty()) {
    values[key] = node.Scalar();
    return absl::OkStatus();
  }
  if (node.IsNull()) return absl::OkStatus();  // An empty file, or a section whose settings are commented out.
  return InvalidField(key, absl::StrCat(path, ": one value is wanted here, not a list"));
}

}  // namespace

Settings::Settings(std::string program, std::string description)
    : program_(std::move(program)), description_(std::move(description)) {}

void Settings::Add(std::string key, std::string* value, std::string help) {
  settings_.push_back({std::move(key), value, std::move(help)});
}
void Settings::Add(std::string key, int64_t* value, std::string help) {
  settings_.push_back({std::move(key), value, std::move(help)});
}
void Settings::Add(std::string key, double* value, std::string help) {
  settings_.push_back({std::move(key), value, std::move(help)});
}
void Settings::Add(std::string key, bool* value, std::string help) {
  settings_.push_back({std::move(key), value, std::move(help)});
}
void Settings::Add(std::string key, absl::Duration* value, std::string help) {
  settings_.push_back({std::move(key), value, std::move(help)});
}

absl::Status Settings::Assign(const Setting& setting, absl::string_view where, const std::string& text) {
  return std::visit(
      [&](auto* value) {
        return config::Parse(text, value)
                   ? absl::OkStatus()
                   : InvalidField(setting.key, absl::StrCat(where, ": \"", text, "\" is not ", Expected(value)));
      },
      setting.value);
}

absl::Status Settings::ReadFile(const std::string& path) {
  if (!std::filesystem::is_regular_file(path)) {
    return absl::NotFoundError(absl::StrCat("--config: no file \"", path, "\""));
  }
  std::map<std::string, std::string> values;
  try {
    CLIENTELE_RETURN_IF_ERROR(Flatten(YAML::LoadFile(path), "", path, values));
  } catch (const YAML::Exception& error) {
    return InvalidField("config", absl::StrCat(path, ": not YAML: ", error.what()));
  }
  for (const auto& entry : values) {
    const std::string& key = entry.first;
    const auto setting = std::find_if(settings_.begin(), settings_.end(), [&](const auto& s) { return s.key == key; });
    if (setting == settings_.end()) {
      std::vector<std::string> known;
      for (const Setting& s : settings_) known.push_back(s.key);
      return InvalidField(key, absl::StrCat(path, ": there is no such setting", Suggestion(key, std::move(known))));
    }
    CLIENTELE_RETURN_IF_ERROR(Assign(*setting, path, entry.second));
  }
  return absl::OkStatus();
}

absl::StatusOr<Outcome> Settings::Parse(int argc, const char* const* argv) {
  CLI::App app(description_, program_);
  app.set_help_flag("-h,--help", "Says what the program and its settings do.");
  app.set_version_flag("--version", absl::StrCat(program_, " ", CLIENTELE_VERSION), "Says which version this is.");
  app.allow_extras();  // Judged below, with a better message.
  std::string config_file;
  app.add_option("--config", config_file, "YAML file of settings; flags win over it.")->type_name("FILE");
  std::vector<std::pair<const Setting*, CLI::Option*>> options;
  for (const Setting& setting : settings_) {
    const std::string text = std::visit([](auto* value) { return Format(value); }, setting.value);
    CLI::Option* option = app.add_option(FlagOf(setting.key), CLI::callback_t([](const auto&) { return true; }),
                                         absl::StrCat(setting.help, " [", text, "]"));
    option->type_name(std::visit([](auto* value) { return TypeName(value); }, setting.value));
    option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    if (std::holds_alternative<bool*>(setting.value)) option->expected(0, 1);
    options.emplace_back(&setting, option);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    app.exit(success, std::cout, std::cerr);
    return Outcome::kExit;
  } catch (const CLI::Error& error) {
    return absl::InvalidArgumentError(absl::StrCat(error.what(), " (--help lists the settings)"));
  }
  if (const auto extras = app.remaining(); !extras.empty()) {
    std::vector<std::string> known = {"--config"};
    for (const Setting& setting : settings_) known.push_back(FlagOf(setting.key));
    return absl::InvalidArgumentError(
        absl::StrCat("unknown argument \"", extras[0], "\"", Suggestion(extras[0], std::move(known))));
  }
  if (!config_file.empty()) CLIENTELE_RETURN_IF_ERROR(ReadFile(config_file));
  for (const auto& [setting, option] : options) {
    if (option->count() == 0) continue;
    const bool alone = option->results().empty() || option->results().back().empty();
    CLIENTELE_RETURN_IF_ERROR(
        Assign(*setting, FlagOf(setting->key),
               alone && std::holds_alternative<bool*>(setting->value) ? "true" : option->results().back()));
  }
  return Outcome::kRun;
}

}  // namespace clientele::config
