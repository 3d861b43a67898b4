#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "grpcpp/grpcpp.h"
#include "server/serving/access/caller.h"
#include "server/serving/admission/limits.h"
#include "server/serving/models/model_table.h"

namespace hypergan::server {

// What ListModels and GetModel answer, encoded once for all calls.
class Descriptions {
 public:
  // Of all models of the table, which must outlive this.
  static absl::StatusOr<Descriptions> Of(const ModelTable& table,
                                         const Limits& limits);

  // Each is RESOURCE_EXHAUSTED for more than max_response_bytes. The list has
  // what the caller may ask.
  absl::StatusOr<grpc::ByteBuffer> List(const Caller& caller) const;
  absl::StatusOr<grpc::ByteBuffer> Model(const ServedModel& model) const;

 private:
  void Append(const std::string& model, int field,
              const grpc::ByteBuffer& bytes);
  absl::StatusOr<grpc::ByteBuffer> Bounded(const grpc::ByteBuffer& bytes) const;

  int64_t max_bytes_ = 0;
  grpc::ByteBuffer list_;
  std::map<const ServedModel*, grpc::ByteBuffer> models_;
  // Elements of the list, in its order, as they stand in its bytes.
  struct Element {
    std::string model;
    std::string head;  // what stands before the element
    grpc::ByteBuffer bytes;
  };
  std::vector<Element> elements_;
};

}  // namespace hypergan::server
