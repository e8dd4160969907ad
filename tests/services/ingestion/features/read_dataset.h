// A dataset as training gets it: the spec as text, the stream's messages put together by the dataset builder.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "common/base/status_macros.h"
#include "common/dataset/dataset.h"
#include "google/protobuf/text_format.h"
#include "services/ingestion/features/dataset_reader.h"
#include "tests/services/ingestion/features/memory_record_store.h"

namespace clientele::testutil {

// As of 2024-05-17 13:45 where the spec does not say; read on 2025-01-01.
inline absl::Time UsualAsOf() { return At("2024-05-17 13:45:00"); }

inline common::v1::DatasetSpec SpecOf(const std::string& text) {
  common::v1::DatasetSpec spec;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &spec)) << text;
  if (!spec.has_as_of()) *spec.mutable_as_of() = ToProto(UsualAsOf());
  return spec;
}

inline absl::StatusOr<dataset::Dataset> ReadWhole(const storage::RecordStore& store,
                                                  const common::v1::DatasetSpec& spec,
                                                  const features::TenantCalendar& calendar = {},
                                                  const features::ReadOptions& options = {},
                                                  std::function<bool(absl::string_view)> has_opted_out = {}) {
  CLIENTELE_ASSIGN_OR_RETURN(const features::Catalogue catalogue, features::Catalogue::Load(store, TestTenant()));
  CLIENTELE_ASSIGN_OR_RETURN(features::CompiledSpec compiled,
                             features::CompileSpec("spec", spec, catalogue, calendar, At("2025-01-01")));
  compiled.has_opted_out = std::move(has_opted_out);
  std::optional<dataset::DatasetBuilder> builder;
  CLIENTELE_RETURN_IF_ERROR(features::ReadDataset(
      store, TestTenant(), compiled, options, {}, [&builder](ingestion::v1::ReadDatasetResponse& part) -> absl::Status {
        if (part.has_chunk()) return builder->Add(part.chunk());
        if (part.has_omissions()) return builder->Add(part.omissions());
        if (part.has_purchase_series()) return builder->Add(part.purchase_series());
        CLIENTELE_ASSIGN_OR_RETURN(builder, dataset::DatasetBuilder::Create(part.header()));
        return absl::OkStatus();
      }));
  return std::move(*builder).Build();
}

}  // namespace clientele::testutil
