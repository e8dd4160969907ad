#include "services/ingestion/ingestion_service.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/rpc/byte_buffer.h"
#include "common/rpc/disclosure.h"
#include "common/rpc/page_token.h"
#include "common/rpc/streams.h"
#include "common/rpc/unary.h"
#include "services/ingestion/disclosure.h"
#include "services/ingestion/paging.h"
#include "services/ingestion/records/ingest_pipeline.h"
#include "services/ingestion/records/record_sealer.h"
#include "services/ingestion/records/wire.h"

namespace clientele::ingestion {
namespace {

using Reader = rpc::StreamReader<grpc::ByteBuffer>;
using Writer = rpc::StreamWriter<grpc::ByteBuffer>;

// One stream: its tenant comes with the first message.
class IngestStream {
 public:
  IngestStream(Ingester& ingester, Reader& reader, Writer& writer)
      : ingester_(ingester), reader_(reader), writer_(writer) {}

  absl::Status Run(const rpc::Call& call) {
    absl::Status status = ReadAll(call);
    // What came before an error is still written and acknowledged.
    if (pipeline_) {
      const absl::Status written = pipeline_->Finish();
      if (!written.ok()) return written;
    }
    return status.ok() ? call.stop.Check() : status;
  }

 private:
  absl::Status ReadAll(const rpc::Call& call) {
    grpc::ByteBuffer buffer;
    while (reader_.Read(&buffer)) {
      CLIENTELE_ASSIGN_OR_RETURN(const grpc::Slice bytes, rpc::Flatten(buffer));
      CLIENTELE_ASSIGN_OR_RETURN(const BatchView batch, ReadIngestRecordsRequest(rpc::View(bytes)));
      CLIENTELE_RETURN_IF_ERROR(CheckParent(batch.parent));
      CLIENTELE_RETURN_IF_ERROR(pipeline_->Push(batch.sequence, batch.records));
      if (!call.drain.Check().ok()) {
        return Error(absl::StatusCode::kUnavailable, ErrorReason::kShuttingDown,
                     "the server is shutting down; send what was not acknowledged again");
      }
    }
    return absl::OkStatus();
  }

  absl::Status CheckParent(absl::string_view parent) {
    if (pipeline_) {
      if (parent.empty() || parent == parent_) return absl::OkStatus();
      return InvalidField("parent", absl::StrCat("is another than the stream's first, ", parent_));
    }
    CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, ParseTenantName("parent", parent));
    parent_ = std::string(parent);
    const auto answer = [this](uint64_t sequence, v1::BatchResult result) {
      v1::IngestRecordsResponse response;
      response.set_sequence(sequence);
      *response.mutable_result() = std::move(result);
      return writer_.Write(rpc::Serialize(response));
    };
    pipeline_.emplace(ingester_, tenant, answer, [this] { reader_.Close(); });
    return absl::OkStatus();
  }

  Ingester& ingester_;
  Reader& reader_;
  Writer& writer_;
  std::string parent_;
  std::optional<IngestPipeline> pipeline_;
};

}  // namespace

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* IngestionService::IngestRecords(
    grpc::CallbackServerContext* context) {
  return rpc::BidiStream<grpc::ByteBuffer, grpc::ByteBuffer>(
      context, streams_, [this](const rpc::Call& call, Reader& reader, Writer& writer) {
        return IngestStream(ingester_, reader, writer).Run(call);
      });
}

grpc::ServerUnaryReactor* IngestionService::IngestRecordBatch(grpc::CallbackServerContext* context,
                                                              const grpc::ByteBuffer* request,
                                                              grpc::ByteBuffer* response) {
  return rpc::Unary(context, executor_, [this, request, response](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const grpc::Slice bytes, rpc::Flatten(*request));
    CLIENTELE_ASSIGN_OR_RETURN(const BatchView batch, ReadIngestRecordBatchRequest(rpc::View(bytes)));
    CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, ParseTenantName("parent", batch.parent));
    if (batch.records.empty()) return InvalidField("records", "is empty; give 1 to 10,000 records");
    CLIENTELE_ASSIGN_OR_RETURN(PreparedBatch prepared, ingester_.Prepare(tenant, batch.records));
    CLIENTELE_ASSIGN_OR_RETURN(std::vector<v1::BatchResult> results,
                               ingester_.Store(tenant, absl::MakeSpan(&prepared, 1)));
    v1::IngestRecordBatchResponse reply;
    *reply.mutable_result() = std::move(results[0]);
    *response = rpc::Serialize(reply);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* IngestionService::ListRejectedRecords(grpc::CallbackServerContext* context,
                                                                const v1::ListRejectedRecordsRequest* request,
                                                                v1::ListRejectedRecordsResponse* response) {
  return rpc::Unary(context, executor_, [this, context, request, response](const rpc::Call& call) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, ParseTenantName("parent", request->parent()));
    CLIENTELE_ASSIGN_OR_RETURN(const int size, rpc::PageSize(request->page_size(), kDefaultPageSize, kMaxPageSize));
    const std::string fingerprint = absl::StrCat("rejected ", request->parent());
    CLIENTELE_ASSIGN_OR_RETURN(const std::string position, rpc::DecodePageToken(request->page_token(), fingerprint));
    const Disclosure disclosure(call, rpc::MaySeePersonalValues(*context));
    RecordOpener opener(keys_, tenant);
    size_t bytes = 0;
    std::string last;
    absl::Status status;
    const auto add = [&](const v1::RejectedRecord& record, absl::string_view at) {
      if (response->rejected_records_size() == size || bytes > kMaxPageBytes) {
        response->set_next_page_token(rpc::EncodePageToken(last, fingerprint));
        return false;
      }
      v1::RejectedRecord& added = *response->add_rejected_records() = record;
      status = opener.Open(added);
      disclosure.Apply(added);
      bytes += record.ByteSizeLong();
      last.assign(at.data(), at.size());
      return status.ok();
    };
    CLIENTELE_RETURN_IF_ERROR(store_.ListRejected(tenant, position, add));
    return status;
  });
}

grpc::ServerUnaryReactor* IngestionService::GetIngestionReport(grpc::CallbackServerContext* context,
                                                               const v1::GetIngestionReportRequest* request,
                                                               v1::IngestionReport* response) {
  return rpc::Unary(context, executor_, [this, request, response](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, ParseSingletonName("name", request->name(), "ingestionReport"));
    CLIENTELE_ASSIGN_OR_RETURN(*response, store_.GetReport(tenant));
    return absl::OkStatus();
  });
}

}  // namespace clientele::ingestion
