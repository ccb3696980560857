#include "artifacts/manifest_json.h"

#include <algorithm>

#include "artifacts/json_writer.h"
#include "artifacts/node_json.h"
#include "base/file_system.h"
#include "base/json.h"

namespace tidemark::artifacts {

namespace {

void write_metadata_object(JsonWriter& out, const ManifestArtifact& artifact) {
  const Manifest& manifest = *artifact.manifest;
  out.key("metadata").begin_object();
  write_metadata(out, artifact.metadata, "manifest/v12");
  out.member("project_name", manifest.project_name);
  out.member("project_id", manifest.project_id);
  out.key("user_id").null();
  out.key("send_anonymous_usage_stats").boolean(false);
  out.member("adapter_type", manifest.adapter_type);
  out.key("quoting").begin_object();
  for (const char* part : {"database", "schema", "identifier"}) out.key(part).boolean(true);
  out.key("column").null();
  out.end_object();
  out.end_object();
}

void write_macros(JsonWriter& out, const Manifest& manifest) {
  out.key("macros").begin_object();
  for (const auto& [id, macro] : manifest.macros) {
    out.key(id);
    write_macro(out, macro);
  }
  out.end_object();
}

void write_docs(JsonWriter& out, const Manifest& manifest) {
  out.key("docs").begin_object();
  for (const auto& [id, doc] : manifest.docs) {
    out.key(id).begin_object();
    out.member("name", doc.name).member("resource_type", "doc").member("package_name", doc.package_name);
    out.member("path", doc.path).member("original_file_path", doc.original_file_path).member("unique_id", doc.unique_id);
    out.member("block_contents", doc.contents);
    out.end_object();
  }
  out.end_object();
}

void write_disabled(JsonWriter& out, const ManifestArtifact& artifact) {
  std::map<std::string, std::vector<NodePtr>> by_id;
  for (const NodePtr& node : artifact.manifest->disabled) by_id[node->unique_id].push_back(node);
  out.key("disabled").begin_object();
  for (const auto& [id, nodes] : by_id) {
    out.key(id).begin_array();
    for (const NodePtr& node : nodes) write_node(out, *node, nullptr, artifact.target_path);
    out.end_array();
  }
  out.end_object();
}

void write_edges(JsonWriter& out, const Manifest& manifest) {
  out.key("parent_map").begin_object();
  for (const auto* group : {&manifest.nodes, &manifest.sources, &manifest.exposures, &manifest.unit_tests}) {
    for (const auto& [id, node] : *group) {
      std::vector<std::string> parents = node->depends_on_nodes;
      std::sort(parents.begin(), parents.end());
      out.member(id, parents);
    }
  }
  out.end_object();
  out.key("child_map").begin_object();
  for (const auto& [id, children] : manifest.child_map()) out.member(id, children);
  out.end_object();
}

void write_groups(JsonWriter& out, const Manifest& manifest) {
  std::map<std::string, std::vector<std::string>> members;
  out.key("groups").begin_object();
  for (const auto& [id, group] : manifest.groups) {
    out.member(id, group);
    if (group.contains("name") && group["name"].is_string()) members[group["name"].get<std::string>()];
  }
  out.end_object();
  for (const auto& [id, node] : manifest.nodes) {
    if (!node->group.empty()) members[node->group].push_back(id);
  }
  out.key("group_map").begin_object();
  for (const auto& [name, ids] : members) out.member(name, ids);
  out.end_object();
}

}  // namespace

std::string manifest_json(const ManifestArtifact& artifact) {
  const Manifest& manifest = *artifact.manifest;
  JsonWriter out;
  out.begin_object();
  write_metadata_object(out, artifact);
  const auto write_nodes = [&](const char* name, const std::map<std::string, NodePtr>& nodes) {
    out.key(name).begin_object();
    for (const auto& [id, node] : nodes) {
      const auto compiled = artifact.compiled.find(id);
      out.key(id);
      write_node(out, *node, compiled == artifact.compiled.end() ? nullptr : compiled->second.get(), artifact.target_path);
    }
    out.end_object();
  };
  write_nodes("nodes", manifest.nodes);
  write_nodes("sources", manifest.sources);
  write_macros(out, manifest);
  write_docs(out, manifest);
  write_nodes("exposures", manifest.exposures);
  out.key("metrics").begin_object().end_object();
  write_groups(out, manifest);
  out.key("selectors").begin_object();
  for (const auto& [name, selector] : artifact.selectors) out.member(name, selector);
  out.end_object();
  write_disabled(out, artifact);
  write_edges(out, manifest);
  out.key("saved_queries").begin_object().end_object();
  out.key("semantic_models").begin_object().end_object();
  write_nodes("unit_tests", manifest.unit_tests);
  out.end_object();
  return out.take();
}

void write_manifest(const std::filesystem::path& path, const ManifestArtifact& artifact) { write_file_durable(path, manifest_json(artifact)); }

}  // namespace tidemark::artifacts
