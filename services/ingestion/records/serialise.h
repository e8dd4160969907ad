// Records as bytes: the same bytes for the same content, with maps in the order of their keys.
#pragma once

#include <string>

#include "clientele/ingestion/v1/record.pb.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace clientele::ingestion {

inline void AppendDeterministically(const v1::Record& record, std::string& bytes) {
  const size_t begin = bytes.size(), size = record.ByteSizeLong();
  bytes.resize(begin + size);
  google::protobuf::io::ArrayOutputStream array(bytes.data() + begin, static_cast<int>(size));
  google::protobuf::io::CodedOutputStream out(&array);
  out.SetSerializationDeterministic(true);
  record.SerializeWithCachedSizes(&out);
}

}  // namespace clientele::ingestion
