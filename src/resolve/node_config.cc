#include "resolve/node_config.h"

#include "base/error.h"

namespace tidemark::resolve {

namespace {

Json node_defaults(const char* materialized) {
  return Json{{"enabled", true},
              {"alias", nullptr},
              {"schema", nullptr},
              {"database", nullptr},
              {"tags", Json::array()},
              {"meta", Json::object()},
              {"group", nullptr},
              {"materialized", materialized},
              {"incremental_strategy", nullptr},
              {"batch_size", nullptr},
              {"lookback", 1},
              {"begin", nullptr},
              {"persist_docs", Json::object()},
              {"post-hook", Json::array()},
              {"pre-hook", Json::array()},
              {"quoting", Json::object()},
              {"column_types", Json::object()},
              {"full_refresh", nullptr},
              {"unique_key", nullptr},
              {"on_schema_change", "ignore"},
              {"on_configuration_change", "apply"},
              {"grants", Json::object()},
              {"packages", Json::array()},
              {"docs", {{"show", true}, {"node_color", nullptr}}},
              {"contract", {{"enforced", false}, {"alias_types", true}}},
              {"event_time", nullptr},
              {"concurrent_batches", nullptr}};
}

Json test_defaults() {
  return Json{{"enabled", true},
              {"alias", nullptr},
              {"schema", "dbt_test__audit"},
              {"database", nullptr},
              {"tags", Json::array()},
              {"meta", Json::object()},
              {"group", nullptr},
              {"materialized", "test"},
              {"severity", "ERROR"},
              {"store_failures", nullptr},
              {"store_failures_as", nullptr},
              {"where", nullptr},
              {"limit", nullptr},
              {"fail_calc", "count(*)"},
              {"warn_if", "!= 0"},
              {"error_if", "!= 0"}};
}

void must_be(const Json& config, const char* key, bool (Json::*is)() const noexcept, const char* what) {
  const auto it = config.find(key);
  if (it == config.end() || it->is_null() || ((*it).*is)()) return;
  throw Error("TM1212", fmt::format("config '{}' must be {}, not {}", key, what, it->dump()));
}

void check_kinds(const Json& config) {
  must_be(config, "enabled", &Json::is_boolean, "true or false");
  must_be(config, "materialized", &Json::is_string, "a text");
  for (const char* key : {"alias", "schema", "database", "group"}) must_be(config, key, &Json::is_string, "a text");
  for (const char* key : {"meta", "column_types", "quoting", "docs", "persist_docs"}) must_be(config, key, &Json::is_object, "a mapping");
  must_be(config, "tags", &Json::is_array, "a text or a list of texts");
  const Json tags = config.value("tags", Json::array());
  for (const Json& tag : tags.is_array() ? tags : Json::array()) {
    if (!tag.is_string()) throw Error("TM1212", fmt::format("config 'tags' must be a text or a list of texts, not {}", config["tags"].dump()));
  }
}

// store_failures and store_failures_as say the same in two ways; the second one wins.
void settle_store_failures(Json& config) {
  Json& as = config["store_failures_as"];
  Json& store = config["store_failures"];
  if (as.is_string()) {
    const std::string how = as.get<std::string>();
    if (how != "ephemeral" && how != "table" && how != "view") {
      throw Error("TM1212", fmt::format("config 'store_failures_as' is '{}'", how)).hint("ephemeral, table or view");
    }
    store = how != "ephemeral";
  } else if (store.is_boolean()) {
    as = store.get<bool>() ? "table" : "ephemeral";
  }
}

void check_severity(const Json& config) {
  const std::string severity = config.value("severity", Json("ERROR")).is_string() ? config["severity"].get<std::string>() : "";
  if (severity != "ERROR" && severity != "error" && severity != "WARN" && severity != "warn" && severity != "Error" && severity != "Warn") {
    throw Error("TM1212", fmt::format("config 'severity' is {}", config["severity"].dump())).hint("error or warn");
  }
}

// Members of `defaults` that a partly given mapping lacks.
void complete(Json& config, const char* key, const Json& defaults) {
  if (!config[key].is_object()) return;
  Json whole = defaults;
  for (const auto& [name, value] : config[key].items()) whole[name] = value;
  config[key] = std::move(whole);
}

}  // namespace

Json default_config(ResourceType type) {
  switch (type) {
    case ResourceType::kModel: {
      Json config = node_defaults("view");
      config["access"] = "protected";
      config["freshness"] = nullptr;
      return config;
    }
    case ResourceType::kSeed: {
      Json config = node_defaults("seed");
      config["delimiter"] = ",";
      config["quote_columns"] = nullptr;
      return config;
    }
    case ResourceType::kSnapshot: {
      Json config = node_defaults("snapshot");
      for (const char* key : {"strategy", "target_schema", "target_database", "updated_at", "check_cols"}) config[key] = nullptr;
      config["snapshot_meta_column_names"] =
          Json{{"dbt_valid_to", nullptr}, {"dbt_valid_from", nullptr}, {"dbt_scd_id", nullptr}, {"dbt_updated_at", nullptr}, {"dbt_is_deleted", nullptr}};
      config["dbt_valid_to_current"] = nullptr;
      return config;
    }
    case ResourceType::kTest:
      return test_defaults();
    case ResourceType::kSource:
      return Json{{"enabled", true},        {"event_time", nullptr}, {"freshness", nullptr}, {"loaded_at_field", nullptr}, {"loaded_at_query", nullptr},
                  {"meta", Json::object()}, {"tags", Json::array()}};
    case ResourceType::kExposure:
    case ResourceType::kUnitTest:
      return Json{{"enabled", true}, {"tags", Json::array()}, {"meta", Json::object()}};
    default:
      return node_defaults("view");
  }
}

Json hook_json(const Json& written) {
  Json hook{{"sql", ""}, {"transaction", true}, {"index", nullptr}};
  const auto take = [&](const Json& given) {
    for (const char* key : {"sql", "transaction", "index"}) {
      if (given.contains(key)) hook[key] = given[key];
    }
  };
  if (written.is_object()) {
    take(written);
  } else if (written.is_string()) {
    const std::string text = written.get<std::string>();
    const Json parsed = text.starts_with('{') ? Json::parse(text, nullptr, false) : Json();
    if (parsed.is_object() && parsed.contains("sql")) {
      take(parsed);
    } else {
      hook["sql"] = text;
    }
  } else if (!written.is_null()) {
    throw Error("TM1212", "a hook must be a text, or a mapping with sql and transaction");
  }
  if (!hook["sql"].is_string() || !hook["transaction"].is_boolean()) throw Error("TM1212", "a hook's sql must be a text, and its transaction true or false");
  return hook;
}

Json finish_config(ResourceType type, const Json& merged) {
  Json config = default_config(type);
  for (const auto& [key, value] : merged.items()) {
    if (key == "pre_hook" || key == "post_hook") {
      Json hooks = Json::array();
      for (const Json& hook : value.is_array() ? value : Json::array({value})) hooks.push_back(hook_json(hook));
      config[key == "pre_hook" ? "pre-hook" : "post-hook"] = std::move(hooks);
    } else if (key == "tags") {
      config[key] = value.is_string() ? Json::array({value}) : value.is_null() ? Json::array() : value;
    } else {
      config[key] = value;
    }
  }
  check_kinds(config);
  const Json defaults = default_config(type);
  for (const char* key : {"docs", "contract", "snapshot_meta_column_names"}) {
    if (defaults.contains(key)) complete(config, key, defaults[key]);
  }
  if (type == ResourceType::kTest) {
    settle_store_failures(config);
    check_severity(config);
  }
  return config;
}

std::vector<std::string> tags_of(const Json& config) { return Config(config).list("tags"); }

}  // namespace tidemark::resolve
