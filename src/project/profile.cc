#include "project/profile.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "base/file_system.h"
#include "base/strings.h"
#include "project/yaml.h"

namespace tidemark::project {

namespace {

constexpr const char* kDefaultWarehouse = "data/warehouse";
constexpr const char* kDefaultSchema = "analytics";

std::optional<std::string> find_profiles_file(const ProfileRequest& request) {
  std::vector<std::string> folders;
  const auto env = [&](const char* name) {
    const auto found = request.facts.env.find(name);
    return found == request.facts.env.end() ? std::string() : found->second;
  };
  if (!request.profiles_dir.empty()) {
    if (!stat_file(request.profiles_dir + "/profiles.yml")) {
      throw Error("TM1030", fmt::format("no profiles.yml in '{}'", request.profiles_dir)).hint("--profiles-dir names the folder that holds it");
    }
    folders = {request.profiles_dir};
  } else {
    for (const std::string& folder : {env("DBT_PROFILES_DIR"), std::string("."), request.project_folder}) {
      if (!folder.empty()) folders.push_back(folder);
    }
    if (!env("HOME").empty()) folders.push_back(env("HOME") + "/.dbt");
  }
  for (const std::string& folder : folders) {
    const std::string path = folder == "." ? "profiles.yml" : folder + "/profiles.yml";
    if (stat_file(path)) return path;
  }
  return std::nullopt;
}

std::string last_component(const std::string& path) {
  fs::path parsed(path);
  if (!parsed.has_filename()) parsed = parsed.parent_path();
  return parsed.stem().string();
}

std::string text_of(const Json& values, const char* key, const std::string& fallback) {
  const auto found = values.find(key);
  if (found == values.end() || found->is_null()) return fallback;
  return found->is_string() ? found->get<std::string>() : found->dump();
}

int threads_of(const Json& values) {
  const auto found = values.find("threads");
  if (found == values.end() || found->is_null()) return 1;
  if (found->is_number_integer() && *found >= 1 && *found <= 256) return found->get<int>();
  throw Error("TM1033", fmt::format("'threads' of the profile is {}", found->dump())).hint("a whole number from 1 to 256");
}

void complete_lake(Target& target) {
  const std::string path = text_of(target.values, "path", kDefaultWarehouse);
  target.values["path"] = path;
  target.schema = text_of(target.values, "schema", kDefaultSchema);
  target.database = text_of(target.values, "database", last_component(path));
}

void complete_duckdb(Target& target) {
  const std::string path = text_of(target.values, "path", ":memory:");
  target.values["path"] = path;
  target.schema = text_of(target.values, "schema", "main");
  target.database = text_of(target.values, "database", path == ":memory:" ? "memory" : last_component(path));
}

void complete(Target& target) {
  target.threads = threads_of(target.values);
  if (target.type == "lake") {
    complete_lake(target);
  } else if (target.type == "duckdb") {
    complete_duckdb(target);
  } else if (target.type == "spark") {
    target.schema = text_of(target.values, "schema", "default");
  } else {
    throw Error("TM1032", fmt::format("the profile '{}' has an output of type '{}'", target.profile_name, target.type))
        .hint("known types: lake (the default), duckdb, spark");
  }
  target.values["schema"] = target.schema;
  if (!target.database.empty()) target.values["database"] = target.database;
  target.values["threads"] = target.threads;
  target.values["type"] = target.type;
}

Target default_target() {
  Target target;
  target.profile_name = "default";
  target.name = "default";
  target.type = "lake";
  target.values["threads"] = 2;
  complete(target);
  return target;
}

std::string choose_output(const ProfileRequest& request, const Yaml& profile, const TextRenderer& renderer) {
  if (!request.target.empty()) return request.target;
  const Yaml* own = profile.find("target");
  if (own == nullptr || !own->is_string()) return "default";
  const Json rendered = renderer.render(own->as_string(), own->span());
  return rendered.is_string() ? rendered.get<std::string>() : rendered.dump();
}

std::vector<std::string> keys_of(const Yaml& mapping) {
  std::vector<std::string> out;
  for (const auto& [key, value] : mapping.entries()) out.push_back(key.scalar_text());
  return out;
}

}  // namespace

Json Target::for_templates() const {
  static const std::set<std::string> kSecrets{"password", "pass", "token", "secret", "secrets", "private_key", "access_token", "client_secret"};
  Json out = Json::object();
  for (const auto& [key, value] : values.items()) {
    if (!kSecrets.contains(key)) out[key] = value;
  }
  out["name"] = name;
  out["target_name"] = name;
  out["profile_name"] = profile_name;
  return out;
}

Target load_target(const ProfileRequest& request, std::vector<Error>& warnings) {
  const std::optional<std::string> path = find_profiles_file(request);
  if (!path) {
    if (!request.target.empty() && request.target != "default") {
      throw Error("TM1031", fmt::format("there is no profiles.yml, and so no target '{}'", request.target))
          .hint("without a profile there is one target, 'default': a warehouse in data/warehouse");
    }
    return default_target();
  }
  const SourceTextPtr source = make_source(*path, read_file(*path));
  const Yaml document = parse_yaml(source, &warnings);
  if (request.profile.empty()) return default_target();
  const Yaml* profile = document.find(request.profile);
  if (profile == nullptr) {
    Error error("TM1030", fmt::format("no profile '{}' in {}", request.profile, *path));
    const std::string near = nearest_name(request.profile, keys_of(document));
    error.at(document.span()).hint(near.empty() ? fmt::format("it has: {}", join(keys_of(document), ", ")) : fmt::format("did you mean '{}'?", near));
    throw error;
  }
  const TextRenderer renderer{RenderFacts(request.facts)};
  const std::string chosen = choose_output(request, *profile, renderer);
  const Yaml* outputs = profile->find("outputs");
  const Yaml* output = outputs == nullptr ? nullptr : outputs->find(chosen);
  if (output == nullptr || !output->is_map()) {
    Error error("TM1031", fmt::format("the profile '{}' has no target '{}'", request.profile, chosen));
    error.at(outputs == nullptr ? profile->span() : outputs->span());
    if (outputs != nullptr) error.hint(fmt::format("it has: {}", join(keys_of(*outputs), ", ")));
    throw error;
  }
  Target target;
  target.profile_name = request.profile;
  target.name = chosen;
  target.values = renderer.render(*output);
  target.type = text_of(target.values, "type", "lake");
  try {
    complete(target);
  } catch (Error& error) {
    throw Error(error).at(output->span());
  }
  return target;
}

}  // namespace tidemark::project
