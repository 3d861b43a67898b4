#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/flags/declare.h"
#include "absl/time/time.h"

// The flags of hypergan-client; flags.cc says what each means.
ABSL_DECLARE_FLAG(std::string, server);
ABSL_DECLARE_FLAG(absl::Duration, deadline);
ABSL_DECLARE_FLAG(bool, tls);
ABSL_DECLARE_FLAG(std::string, tls_root_certificates);
ABSL_DECLARE_FLAG(std::string, tls_certificate);
ABSL_DECLARE_FLAG(std::string, tls_private_key);
ABSL_DECLARE_FLAG(std::string, tls_server_name);
ABSL_DECLARE_FLAG(std::string, token_file);

ABSL_DECLARE_FLAG(std::string, model);
ABSL_DECLARE_FLAG(std::string, model_version);
ABSL_DECLARE_FLAG(int64_t, networks);
ABSL_DECLARE_FLAG(std::optional<uint64_t>, seed);
ABSL_DECLARE_FLAG(std::optional<double>, target_standard_error);
ABSL_DECLARE_FLAG(std::optional<int64_t>, max_networks);
ABSL_DECLARE_FLAG(bool, allow_partial);
ABSL_DECLARE_FLAG(std::optional<double>, coverage);
ABSL_DECLARE_FLAG(bool, stream);
ABSL_DECLARE_FLAG(bool, network_outputs);

ABSL_DECLARE_FLAG(std::vector<std::string>, inputs);
ABSL_DECLARE_FLAG(std::vector<std::string>, outside);
ABSL_DECLARE_FLAG(std::string, labels);
ABSL_DECLARE_FLAG(int64_t, row);
ABSL_DECLARE_FLAG(int64_t, first);
ABSL_DECLARE_FLAG(int64_t, rows);
ABSL_DECLARE_FLAG(int64_t, target_columns);
ABSL_DECLARE_FLAG(std::vector<std::string>, target_column);
ABSL_DECLARE_FLAG(std::vector<std::string>, drop_columns);
ABSL_DECLARE_FLAG(bool, csv_labels);
ABSL_DECLARE_FLAG(bool, resize);

ABSL_DECLARE_FLAG(int64_t, concurrency);
ABSL_DECLARE_FLAG(double, rate);
ABSL_DECLARE_FLAG(int64_t, max_in_flight);
ABSL_DECLARE_FLAG(int64_t, connections);
ABSL_DECLARE_FLAG(absl::Duration, warm_up);
ABSL_DECLARE_FLAG(absl::Duration, duration);
ABSL_DECLARE_FLAG(int64_t, requests);
ABSL_DECLARE_FLAG(int64_t, seeds);

ABSL_DECLARE_FLAG(bool, all_classes);
ABSL_DECLARE_FLAG(bool, json);
ABSL_DECLARE_FLAG(std::string, style);
ABSL_DECLARE_FLAG(std::string, service);
