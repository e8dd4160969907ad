// Models of every algorithm that has an ONNX form, over features of every kind and preprocessing of every kind.
#pragma once

#include <string>
#include <vector>

#include "clientele/model/v1/artifact.pb.h"

namespace clientele::testutil {

struct OnnxCase {
  std::string name;
  model::v1::ModelArtifact artifact;
};

std::vector<OnnxCase> OnnxCases();

}  // namespace clientele::testutil
