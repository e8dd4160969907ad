// ingestion.v1.IngestionService: records in, and what has come in so far.
#pragma once

#include <grpcpp/support/byte_buffer.h>

#include "clientele/ingestion/v1/ingestion_service.grpc.pb.h"
#include "common/base/executor.h"
#include "common/rpc/raw_methods.h"
#include "common/storage/record_store.h"
#include "services/ingestion/keys/customer_keys.h"
#include "services/ingestion/records/ingester.h"

namespace clientele::ingestion {

// The two methods that take records get the bytes as they came: protobuf would refuse a whole batch for one bad text.
using IngestionServiceBase = v1::IngestionService::WithRawCallbackMethod_IngestRecords<
    v1::IngestionService::WithRawCallbackMethod_IngestRecordBatch<
        v1::IngestionService::WithCallbackMethod_ListRejectedRecords<
            v1::IngestionService::WithCallbackMethod_GetIngestionReport<v1::IngestionService::Service>>>>;

// Thread-safe.
class IngestionService final : public IngestionServiceBase, public rpc::RawMethods {
 public:
  // All must outlive this.
  // Streams hold a thread of `streams` each.
  IngestionService(Ingester& ingester, const storage::RecordStore& store, CustomerKeys& keys, Executor& executor,
                   Executor& streams)
      : ingester_(ingester), store_(store), keys_(keys), executor_(executor), streams_(streams) {}

  std::vector<absl::string_view> raw_methods() const override {
    return {"clientele.ingestion.v1.IngestionService/IngestRecords",
            "clientele.ingestion.v1.IngestionService/IngestRecordBatch"};
  }

  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* IngestRecords(
      grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* IngestRecordBatch(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                                              grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* ListRejectedRecords(grpc::CallbackServerContext* context,
                                                const v1::ListRejectedRecordsRequest* request,
                                                v1::ListRejectedRecordsResponse* response) override;
  grpc::ServerUnaryReactor* GetIngestionReport(grpc::CallbackServerContext* context,
                                               const v1::GetIngestionReportRequest* request,
                                               v1::IngestionReport* response) override;

 private:
  Ingester& ingester_;
  const storage::RecordStore& store_;
  CustomerKeys& keys_;
  Executor& executor_;
  Executor& streams_;
};

}  // namespace clientele::ingestion
