#include "client/cli/flags.h"

#include "absl/flags/flag.h"

// The connection.
ABSL_FLAG(std::string, server, "127.0.0.1:8001", "the server's host:port");
ABSL_FLAG(absl::Duration, deadline, absl::ZeroDuration(),
          "for one request, with all its attempts, as 500ms or 1m; 0: 60s, and "
          "3s for health");
ABSL_FLAG(bool, tls, false,
          "connect by TLS, trusting the system's certificates; any tls_ flag "
          "says so too");
ABSL_FLAG(std::string, tls_root_certificates, "",
          "PEM file of the certificates to trust");
ABSL_FLAG(std::string, tls_certificate, "",
          "PEM file of our own certificate, where the server asks for one");
ABSL_FLAG(std::string, tls_private_key, "", "PEM file of its key");
ABSL_FLAG(std::string, tls_server_name, "",
          "the name that the server's certificate must state, if not its host");
ABSL_FLAG(std::string, token_file, "",
          "file of a token that is sent with each request as \"authorization: "
          "Bearer TOKEN\"; by TLS alone, unless the server is this machine");

// The networks.
ABSL_FLAG(std::string, model, "",
          "predict, explain, compare, bench, models: the model's name; may be "
          "left out where the server has but one");
ABSL_FLAG(std::string, model_version, "",
          "predict, explain, compare, bench, models: its version; empty: the "
          "greatest");
ABSL_FLAG(int64_t, networks, 0,
          "predict, explain, compare, bench: how many networks; 0: the model's "
          "default");
ABSL_FLAG(std::optional<uint64_t>, seed, std::nullopt,
          "predict, explain, compare, bench: a whole number that the networks "
          "follow from; empty: fresh networks");
ABSL_FLAG(std::optional<double>, target_standard_error, std::nullopt,
          "predict: ask networks until the largest standard error of the mean "
          "is at most this; --networks is then the least");
ABSL_FLAG(std::optional<int64_t>, max_networks, std::nullopt,
          "predict: with a target, the most networks; empty: the server's "
          "limit");
ABSL_FLAG(bool, allow_partial, false,
          "predict: be answered at the deadline with the networks asked in "
          "time");
ABSL_FLAG(std::optional<double>, coverage, std::nullopt,
          "predict, explain: the share of true values that intervals (of a "
          "regression) or "
          "sets of classes shall hold, as 0.95; empty: 0.95 for a regression "
          "that knows its noise, else none");
ABSL_FLAG(bool, stream, false,
          "predict: show on stderr how the answer settles as networks are "
          "added");
ABSL_FLAG(bool, network_outputs, false,
          "predict --json: also what every single network says");

// The inputs.
ABSL_FLAG(std::vector<std::string>, inputs, {},
          "predict, explain, compare, bench: what to ask about: an IDX file, "
          "JPEG, PNG or WebP files (commas between "
          "them), a folder of them, a .csv, .tsv, .npy or .npz file, a data "
          "set's folder, or "
          "generated:NAME");
ABSL_FLAG(std::vector<std::string>, outside, {},
          "compare: inputs from elsewhere, as --inputs");
ABSL_FLAG(std::string, labels, "",
          "predict, explain: IDX file of what the inputs really are");
ABSL_FLAG(int64_t, row, 0, "explain: the row to explain, from 0 on");
ABSL_FLAG(int64_t, first, 0, "predict: the first row to ask about");
ABSL_FLAG(int64_t, rows, 0,
          "predict, compare, bench: how many rows; 0: 8 for predict, for "
          "compare 500 of each set, evenly "
          "spread over it, and 1 in each request of bench");
ABSL_FLAG(int64_t, target_columns, 0,
          "predict, explain, compare, bench: how many columns at the end of a "
          "table are the truth");
ABSL_FLAG(std::vector<std::string>, target_column, {},
          "predict, explain, compare, bench: the columns of a table that are "
          "the truth, by their names in its "
          "header, separated by commas");
ABSL_FLAG(std::vector<std::string>, drop_columns, {},
          "predict, explain, compare, bench: columns of a table that are not "
          "read, by name");
ABSL_FLAG(bool, csv_labels, false,
          "predict, explain, compare, bench: that one such column is a class: "
          "its number, or its name");
ABSL_FLAG(bool, resize, false,
          "predict, explain, compare, bench: resize images to the model's "
          "height and width");

// The load.
ABSL_FLAG(int64_t, concurrency, 0,
          "bench: so many requests at a time, each followed by the next; 0: 1, "
          "unless there is a rate");
ABSL_FLAG(double, rate, 0,
          "bench: requests a second, arriving at random (Poisson) whatever "
          "becomes of the earlier ones; 0: by --concurrency");
ABSL_FLAG(
    int64_t, max_in_flight, 1000,
    "bench --rate: the most requests at a time; what is due beyond waits, "
    "and its waiting counts");
ABSL_FLAG(int64_t, connections, 1, "bench: HTTP/2 connections, used in turn");
ABSL_FLAG(absl::Duration, warm_up, absl::Seconds(2),
          "bench: load before anything is measured");
ABSL_FLAG(absl::Duration, duration, absl::ZeroDuration(),
          "bench: for how long to measure; 0: 10s, or as --requests takes");
ABSL_FLAG(int64_t, requests, 0,
          "bench: how many requests to measure; 0: as the duration allows");
ABSL_FLAG(int64_t, seeds, 0,
          "bench: ask by so many seeds in turn, from --seed (or 0) on; 0: by "
          "--seed alone");

// The output.
ABSL_FLAG(bool, all_classes, false,
          "predict, explain: not only the likeliest classes");
ABSL_FLAG(bool, json, false,
          "predict, explain, compare, bench, models: print JSON");
ABSL_FLAG(std::string, style, "auto",
          "predict, explain, compare, bench: ascii, unicode, ansi (colours); "
          "auto: ansi on a terminal (unicode with NO_COLOR or TERM=dumb), else "
          "ascii");
ABSL_FLAG(std::string, service, "",
          "health: the gRPC service to ask about; empty: the whole server");
