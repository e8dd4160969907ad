// The pictures of RFM segments, each of a file in pictures/; see pictures.h for what they promise.
#pragma once

#include "clientele/model/v1/rfm.pb.h"
#include "services/cli/page/picture.h"

namespace clientele::cli {

// Each segment's share of the customers and of the value.
Picture RfmSegmentsPicture(const model::v1::RfmEvaluation& evaluation);
// Recency by frequency: where the customers are, and where the value is.
Picture RfmCustomersPicture(const model::v1::RfmEvaluation& evaluation);
Picture RfmValuePicture(const model::v1::RfmEvaluation& evaluation);
// From which segment to which since the previous numbers, as a table.
Picture RfmMovesPicture(const model::v1::RfmEvaluation& evaluation);

}  // namespace clientele::cli
