// The rows that are not in RocksDB part by part.
#pragma once

#include "common/storage/move/layout.h"

namespace clientele::storage {

// tenant, tag, number, text, count, least_micros, greatest_micros: the key's parts depend on the tag.
extern const Codec kReportCodec;
// tenant, digest, place, id, generation, wrapped: all of a customer's keys are one value.
extern const Codec kCustomerKeyCodec;
// tenant, sequence, model, version, is_deleted, traffic, settings, aliases, revisions: flags, and pairs in any order.
extern const Codec kModelChangeCodec;

// tenant, model, customer_id, shard, score, percentile, tier, segment, previous_score, previous_tier, previous_segment,
// previous_version, previous_feature_time, reasons, version, arm, feature_time, score_time: one message.
extern const Codec kCurrentScoreCodec;

}  // namespace clientele::storage
