// A model in words: what it predicts, how it was trained, and what a person calls those it looks for.
#pragma once

#include <string>

#include "clientele/common/v1/dataset.pb.h"
#include "clientele/model/v1/training_spec.pb.h"

namespace clientele {

// "Logistic regression, penalties chosen by cross-validation".
std::string AlgorithmInWords(const model::v1::TrainingSpec& spec);

// "No purchase within the 90 days after". Empty where the dataset has no label.
std::string LabelInWords(const common::v1::Label& label);
// Of a yes-or-no label, as plural nouns: "customers who do not buy", "customers who buy".
std::string PositivesInWords(const common::v1::Label& label);
std::string NegativesInWords(const common::v1::Label& label);

// "By a hash of the customer id, 70 % train".
std::string SplitInWords(const model::v1::Split& split);

}  // namespace clientele
