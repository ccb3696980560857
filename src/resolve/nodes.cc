// Models, seeds, snapshots, analyses, singular tests and hooks out of files.
#include <algorithm>
#include <array>

#include "base/file_system.h"
#include "base/hash.h"
#include "base/strings.h"
#include "jinja/scan.h"
#include "resolve/draft.h"

namespace tidemark::resolve {

using project::ResourceFile;
using project::Yaml;

namespace {

// Python's str.strip(): the text that dbt keeps of a file.
std::pair<size_t, size_t> stripped(const std::string& text) {
  constexpr std::string_view kBlanks = " \t\n\r\v\f\x1c\x1d\x1e\x1f";
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string::npos) return {0, 0};
  return {first, text.find_last_not_of(kBlanks) + 1 - first};
}

Draft new_draft(const Workbench& bench, ResourceType type, const std::string& package, const std::string& name, const ResourceFile& file) {
  Draft draft;
  draft.node = std::make_shared<Node>();
  Node& node = *draft.node;
  node.type = type;
  node.name = name;
  node.package_name = package;
  node.unique_id = std::string(to_string(type)) + "." + package + "." + name;
  node.path = file.path;
  node.original_file_path = file.original_file_path;
  node.root_path = bench.package(package).project->root;
  node.fqn = fqn_of(package, file.path, name);
  node.alias = name;
  node.database = bench.shared->target.database;
  node.schema = bench.shared->target.schema;
  node.created_at = bench.now;
  return draft;
}

void take_whole_file(Draft& draft, const ResourceFile& file) {
  Node& node = *draft.node;
  const auto [offset, length] = stripped(file.text->text);
  node.source = file.text;
  node.code_offset = offset;
  node.raw_code = file.text->text.substr(offset, length);
  node.checksum = sha256_hex(node.raw_code);
  draft.place = SourceSpan{file.text, offset, std::min(length, file.text->text.find('\n', offset) - offset)};
}

// What a YAML entry says beside its configuration.
// A date alone is that day's begin in UTC.
std::string as_timestamp(const std::string& text) { return text.size() == 10 ? text + "T00:00:00+00:00" : text; }

void apply_property(const Workbench& bench, Draft& draft) {
  Property* property = draft.property;
  if (property == nullptr) return;
  property->used = true;
  Node& node = *draft.node;
  node.patch_path = property->file_id();
  const project::TextRenderer& renderer = *bench.package(property->package).yaml;
  const Yaml* own = draft.version;
  node.description =
      rendered_description(bench, node.package_name, own != nullptr && own->find("description") != nullptr ? *own : property->yaml, node.doc_blocks);
  for (const char* key : {"deprecation_date", "constraints"}) {
    const Yaml* value = own != nullptr && own->find(key) != nullptr ? own->find(key) : property->yaml.find(key);
    if (value != nullptr && !value->is_null()) node.extra[key] = renderer.render(*value);
  }
  if (const auto date = node.extra.find("deprecation_date"); date != node.extra.end() && date->is_string()) *date = as_timestamp(date->get<std::string>());
  if (const auto list = node.extra.find("constraints"); list != node.extra.end()) complete_constraints(*list);
}

void finish(Workbench& bench, Draft draft, const char* tree) {
  try {
    apply_property(bench, draft);
    if (draft.property != nullptr && draft.version == nullptr) apply_columns(bench, *draft.node, draft.property->yaml);
  } catch (const Error& error) {
    bench.errors.add(error);
  }
  parse_node(bench, draft, tree);
  bench.drafts.push_back(std::move(draft));
}

// versioned models

struct VersionEntry {
  Property* property = nullptr;
  const Yaml* yaml = nullptr;
  std::string version;
};

std::string version_text(const Yaml& entry) {
  if (!entry.is_map()) throw Error("TM1213", "an entry of 'versions' must be a mapping").at(entry.span());
  const std::string text = text_member(entry, "v");
  if (text.empty()) throw Error("TM1213", "a version has no 'v'").at(entry.span());
  return text;
}

bool version_less(const std::string& a, const std::string& b) {
  char* end_a = nullptr;
  char* end_b = nullptr;
  const double x = std::strtod(a.c_str(), &end_a);
  const double y = std::strtod(b.c_str(), &end_b);
  return *end_a == '\0' && *end_b == '\0' ? x < y : a < b;
}

// By file stem: the version that a file holds.
std::map<std::string, VersionEntry> versions_by_file(Workbench& bench, const std::string& package) {
  std::map<std::string, VersionEntry> out;
  for (Property* property : bench.properties.all("models")) {
    if (property->package != package) continue;
    try {
      for (const Yaml& entry : list_member(property->yaml, "versions")) {
        const std::string version = version_text(entry);
        std::string file = text_member(entry, "defined_in");
        if (file.empty()) file = property->name + "_v" + version;
        out[file] = VersionEntry{property, &entry, version};
      }
    } catch (const Error& error) {
      bench.errors.add(error);
    }
  }
  return out;
}

std::string latest_version(const Yaml& model) {
  const std::string given = text_member(model, "latest_version");
  if (!given.empty()) return given;
  std::string latest;
  for (const Yaml& entry : list_member(model, "versions")) {
    const std::string version = version_text(entry);
    if (latest.empty() || version_less(latest, version)) latest = version;
  }
  return latest;
}

// {include: all | [names], exclude: [names]}: does it take this column?
bool takes_column(const Yaml& rule, const std::string& column) {
  const auto names = [&](const char* key) {
    std::vector<std::string> out;
    if (const Yaml* value = rule.find(key)) {
      if (value->is_list()) {
        for (const Yaml& item : value->items()) out.push_back(item.scalar_text());
      } else {
        out.push_back(value->scalar_text());
      }
    }
    return out;
  };
  const std::vector<std::string> included = names("include");
  const std::vector<std::string> excluded = names("exclude");
  const bool all = !included.empty() && (included[0] == "all" || included[0] == "*");
  const auto has = [](const std::vector<std::string>& list, const std::string& name) { return std::find(list.begin(), list.end(), name) != list.end(); };
  return (all || has(included, column)) && !has(excluded, column);
}

}  // namespace

std::vector<const Yaml*> version_columns(const Yaml& model, const Yaml& version) {
  std::vector<const Yaml*> out;
  const Yaml* rule = nullptr;
  const Yaml::List& own = list_member(version, "columns");
  for (const Yaml& entry : own) {
    if (entry.find("include") != nullptr || entry.find("exclude") != nullptr) rule = &entry;
  }
  for (const Yaml& column : list_member(model, "columns")) {
    const bool replaced = std::any_of(
        own.begin(), own.end(), [&](const Yaml& entry) { return entry.find("name") != nullptr && text_member(entry, "name") == text_member(column, "name"); });
    if (!replaced && (rule == nullptr || takes_column(*rule, text_member(column, "name")))) out.push_back(&column);
  }
  for (const Yaml& entry : own) {
    if (entry.find("name") != nullptr) out.push_back(&entry);
  }
  return out;
}

void build_models(Workbench& bench) {
  for (const auto& [name, package] : bench.packages) {
    std::map<std::string, VersionEntry> versions = versions_by_file(bench, name);
    for (const ResourceFile& file : package.project->models) {
      const std::string stem = file_stem(file.path);
      Draft draft;
      if (const auto entry = versions.find(stem); entry != versions.end()) {
        const VersionEntry& versioned = entry->second;
        draft = new_draft(bench, ResourceType::kModel, name, versioned.property->name, file);
        draft.property = versioned.property;
        draft.version = versioned.yaml;
        Node& node = *draft.node;
        node.version = versioned.version;
        node.latest_version = latest_version(versioned.property->yaml);
        node.unique_id += ".v" + versioned.version;
        node.fqn.push_back("v" + versioned.version);
        for (const Yaml* column : version_columns(versioned.property->yaml, *versioned.yaml)) add_column(bench, node, *column);
      } else {
        draft = new_draft(bench, ResourceType::kModel, name, stem, file);
        draft.property = bench.properties.find("models", name, stem);
      }
      take_whole_file(draft, file);
      finish(bench, std::move(draft), "models");
    }
  }
}

void build_seeds(Workbench& bench) {
  for (const auto& [name, package] : bench.packages) {
    for (const ResourceFile& file : package.project->seeds) {
      const std::string stem = file_stem(file.path);
      Draft draft = new_draft(bench, ResourceType::kSeed, name, stem, file);
      draft.property = bench.properties.find("seeds", name, stem);
      try {
        const std::string contents = read_file(file.absolute_path);
        const auto [offset, length] = stripped(contents);
        draft.node->checksum = sha256_hex(std::string_view(contents).substr(offset, length));
      } catch (const Error& error) {
        bench.errors.add(error);
      }
      draft.place = SourceSpan{make_source(file.original_file_path, ""), 0, 0};
      finish(bench, std::move(draft), "seeds");
    }
  }
}

void build_snapshots(Workbench& bench) {
  constexpr std::array<std::string_view, 1> kKinds{"snapshot"};
  for (const auto& [name, package] : bench.packages) {
    for (const ResourceFile& file : package.project->snapshots) {
      try {
        const auto [offset, length] = stripped(file.text->text);
        const std::string checksum = sha256_hex(std::string_view(file.text->text).substr(offset, length));
        for (const jinja::TextBlock& block : jinja::scan_blocks(file.text, kKinds)) {
          Draft draft = new_draft(bench, ResourceType::kSnapshot, name, std::string(block.name), file);
          Node& node = *draft.node;
          node.fqn.insert(node.fqn.end() - 1, file_stem(file.path));
          node.source = file.text;
          node.code_offset = block.contents.offset;
          node.raw_code = std::string(block.contents.text());
          node.checksum = checksum;
          draft.place = SourceSpan{file.text, block.span.offset, block.contents.offset - block.span.offset};
          draft.property = bench.properties.find("snapshots", name, node.name);
          finish(bench, std::move(draft), "snapshots");
        }
      } catch (const Error& error) {
        bench.errors.add(error);
      }
    }
    // Snapshots that YAML alone makes, of a relation.
    for (Property* property : bench.properties.all("snapshots")) {
      const Yaml* relation = property->yaml.find("relation");
      if (property->package != name || relation == nullptr) continue;
      Draft draft = new_draft(bench, ResourceType::kSnapshot, name, property->name, property->file->file);
      Node& node = *draft.node;
      node.path += "/" + property->name + ".sql";
      node.raw_code = "select * from {{ " + relation->scalar_text() + " }}";
      node.source = make_source(property->file->file.text->name, node.raw_code);
      node.checksum = sha256_hex(node.raw_code);
      draft.place = relation->span();
      draft.property = property;
      finish(bench, std::move(draft), "snapshots");
    }
  }
}

void build_analyses(Workbench& bench) {
  for (const auto& [name, package] : bench.packages) {
    for (const ResourceFile& file : package.project->analyses) {
      const std::string stem = file_stem(file.path);
      Draft draft = new_draft(bench, ResourceType::kAnalysis, name, stem, file);
      draft.node->path = "analysis/" + file.path;
      draft.node->fqn = fqn_of(name, draft.node->path, stem);
      draft.property = bench.properties.find("analyses", name, stem);
      take_whole_file(draft, file);
      finish(bench, std::move(draft), "models");
    }
  }
}

void build_singular_tests(Workbench& bench) {
  for (const auto& [name, package] : bench.packages) {
    for (const ResourceFile& file : package.project->singular_tests) {
      const std::string stem = file_stem(file.path);
      Draft draft = new_draft(bench, ResourceType::kTest, name, stem, file);
      draft.property = bench.properties.find("data_tests", name, stem);
      take_whole_file(draft, file);
      finish(bench, std::move(draft), "data_tests");
    }
  }
}

void build_hooks(Workbench& bench) {
  for (const auto& [name, package] : bench.packages) {
    const auto add = [&](const std::vector<project::HookText>& hooks, const std::string& when) {
      for (size_t i = 0; i < hooks.size(); ++i) {
        ResourceFile file;
        file.path = "hooks/" + name + "-" + when + "-" + std::to_string(i) + ".sql";
        file.original_file_path = "./dbt_project.yml";
        Draft draft = new_draft(bench, ResourceType::kOperation, name, file_stem(file.path), file);
        Node& node = *draft.node;
        node.tags = {when};
        node.extra["index"] = i;
        node.raw_code = hooks[i].sql;
        node.source = make_source("dbt_project.yml (" + when + ")", hooks[i].sql);
        node.checksum = sha256_hex(node.raw_code);
        draft.place = hooks[i].span;
        finish(bench, std::move(draft), "models");
      }
    };
    add(package.project->on_run_start, "on-run-start");
    add(package.project->on_run_end, "on-run-end");
  }
}

}  // namespace tidemark::resolve
