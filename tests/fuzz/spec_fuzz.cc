// Training specs, as bytes, JSON and YAML: each field is checked, and the first bad one is named.
#include <string>

#include "clientele/model/v1/training_spec.pb.h"
#include "common/base/error.h"
#include "services/cli/training/spec_file.h"
#include "services/training/spec.h"
#include "tests/fuzz/target.h"

namespace {

void Validate(const clientele::model::v1::TrainingSpec& spec) {
  const absl::Status valid = clientele::training::ValidateSpec(spec, "spec");
  clientele::fuzz::Require(valid.ok() || absl::IsInvalidArgument(valid), "a bad spec is told as such");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace clientele;
  model::v1::TrainingSpec spec, json, yaml;
  if (spec.ParseFromArray(data, static_cast<int>(size))) Validate(spec);
  if (cli::ParseJsonMessage(fuzz::Text(data, size), json).ok()) Validate(json);
  if (cli::ParseYamlMessage(std::string(fuzz::Text(data, size)), yaml).ok()) Validate(yaml);
  return 0;
}
