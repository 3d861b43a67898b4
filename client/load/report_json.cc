#include "client/load/report_json.h"

#include <nlohmann/json.hpp>

#include "base/json_integer.h"

namespace hypergan::load {
namespace {

using Json = nlohmann::ordered_json;

Json LoadObject(const LoadOptions& load) {
  if (load.rate.has_value()) {
    return {{"mode", "open"},
            {"rate", *load.rate},
            {"max_in_flight", load.max_in_flight}};
  }
  return {{"mode", "closed"}, {"concurrency", load.concurrency}};
}

Json SettingObject(const Report& report) {
  const Setting& setting = report.setting;
  Json json = {{"model", setting.model},
               {"model_version", setting.model_version},
               {"num_networks", JsonInteger(report.networks)},
               {"rows", setting.rows}};
  // Without a seed every request has fresh networks.
  if (setting.seed.has_value()) {
    json["seed"] = JsonInteger(*setting.seed);
    json["seeds"] = JsonInteger(setting.seeds);
  }
  json["load"] = LoadObject(setting.load);
  json["connections"] = setting.connections;
  json["warm_up_seconds"] = absl::ToDoubleSeconds(setting.load.warm_up);
  return json;
}

Json ErrorsObject(const Report& report) {
  Json json = Json::object();
  for (const auto& [code, error] : report.errors) {
    json[absl::StatusCodeToString(code)] = {{"count", error.count},
                                            {"first", error.first}};
  }
  return json;
}

Json LatencyObject(const LatencySummary& latency) {
  return {{"mean", latency.mean}, {"min", latency.min}, {"p50", latency.p50},
          {"p90", latency.p90},   {"p99", latency.p99}, {"p999", latency.p999},
          {"max", latency.max}};
}

}  // namespace

std::string ReportJson(const Report& report) {
  Json json = SettingObject(report);
  json["measured_seconds"] = report.window;
  json["interrupted"] = report.interrupted;
  json["requests"] = {{"succeeded", report.succeeded},
                      {"failed", report.failed},
                      {"unfinished", report.unfinished},
                      {"late", report.late},
                      {"not_started", report.not_started}};
  json["errors"] = ErrorsObject(report);
  json["latency_seconds"] = LatencyObject(report.latency);
  json["per_second"] = {{"requests", report.requests_per_second},
                        {"rows", report.rows_per_second},
                        {"network_evaluations", report.evaluations_per_second}};
  json["server_p50_seconds"] = {{"queue", report.queue},
                                {"sampling", report.sampling},
                                {"prediction", report.prediction}};
  // A server's text may hold bytes that are no UTF-8: replaced, never thrown
  // at.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace hypergan::load
