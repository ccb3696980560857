// The nouns of a resolved project, as dbt's manifest has them. Plain data: resolve/ fills them, everyone else reads.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/source_span.h"
#include "manifest/config.h"
#include "manifest/relation.h"

namespace tidemark {

enum class ResourceType {
  kModel,
  kSeed,
  kSnapshot,
  kTest,  // a data test, generic or singular
  kUnitTest,
  kAnalysis,
  kOperation,     // on-run-start / on-run-end hook
  kSqlOperation,  // show --inline, compile --inline
  kSource,
  kExposure,
};

std::string_view to_string(ResourceType type);  // dbt's words: "model", "test", "unit_test", …
std::optional<ResourceType> resource_type_from(std::string_view text);

struct RefArgs {
  std::string name;
  std::optional<std::string> package;
  std::optional<std::string> version;
  bool operator==(const RefArgs&) const = default;
};

// (source name, table name)
using SourceArgs = std::pair<std::string, std::string>;

struct ColumnInfo {
  std::string name;
  std::string description;
  std::string data_type;  // empty: not declared
  bool quote = false;
  std::vector<std::string> tags;
  Json meta = Json::object();
  Json constraints = Json::array();
};

struct Hook {
  std::string sql;
  bool transaction = true;
  int64_t index = 0;
};

// Where a generic test comes from.
struct TestMetadata {
  std::string name;
  std::string package;  // dbt's "namespace"; empty: the root or built-in one
  Json kwargs = Json::object();
};

struct FreshnessThreshold {
  std::optional<int64_t> count;
  std::string period;  // minute, hour, day
};

struct Node {
  ResourceType type = ResourceType::kModel;
  std::string unique_id;  // "model.project.name"
  std::string name;
  std::string package_name;
  std::string path;                // relative to its resource folder
  std::string original_file_path;  // relative to the package's root
  std::string root_path;           // the package's root folder
  std::vector<std::string> fqn;
  std::string alias;
  std::string database;
  std::string schema;
  Config config;
  Json unrendered_config = Json::object();
  std::vector<std::string> tags;
  Json meta = Json::object();
  std::string description;
  std::map<std::string, ColumnInfo> columns;
  std::vector<std::string> column_order;  // keys of `columns` as written
  std::vector<std::string> doc_blocks;    // unique ids of the docs blocks that the description uses
  std::string patch_path;                 // "package://models/schema.yml"; empty: none
  std::string group;
  std::string access = "protected";
  std::string language = "sql";
  std::optional<std::string> version;
  std::optional<std::string> latest_version;

  SourceTextPtr source;    // the text that raw_code is a part of; error spans point into it
  size_t code_offset = 0;  // of raw_code in `source`
  std::string raw_code;
  std::string checksum;  // SHA-256 of the trimmed code (models), of the file (seeds)

  std::vector<RefArgs> refs;
  std::vector<SourceArgs> sources;
  std::vector<std::string> depends_on_nodes;   // unique ids, first use first, no doubles
  std::vector<std::string> depends_on_macros;  // unique ids

  // data tests
  std::optional<TestMetadata> test_metadata;
  std::string column_name;
  std::string attached_node;
  std::string file_key_name;

  // sources
  std::string source_name;
  std::string source_description;
  std::string identifier;
  std::string loader;
  std::string loaded_at_field;
  Json external = Json();   // null: none; {location, pattern, file_format, options…}
  Json freshness = Json();  // null: none
  Json quoting = Json::object();
  Json source_meta = Json::object();

  // What only artifacts show of it: an exposure's type, owner, url, maturity and label; a unit test's given and expect;
  // a hook's index; a model's deprecation_date, constraints and docs.
  Json extra = Json::object();

  double created_at = 0;  // seconds since the epoch

  bool is_ephemeral() const { return type == ResourceType::kModel && config.materialized() == "ephemeral"; }
  bool is_refable() const { return type == ResourceType::kModel || type == ResourceType::kSeed || type == ResourceType::kSnapshot; }
  Relation relation() const;  // database.schema.alias (a source: its identifier), no type
};

struct MacroArgument {
  std::string name;
  std::string type;
  std::string description;
};

struct MacroInfo {
  std::string unique_id;  // "macro.package.name"
  std::string name;
  std::string package_name;
  std::string path;
  std::string original_file_path;
  std::string macro_sql;
  std::vector<std::string> depends_on_macros;
  std::string description;
  Json meta = Json::object();
  std::vector<MacroArgument> arguments;
  std::string patch_path;
};

struct DocBlock {
  std::string unique_id;  // "doc.package.name"
  std::string name;
  std::string package_name;
  std::string path;
  std::string original_file_path;
  std::string contents;
};

// A node whose SQL is final: what is executed.
struct CompiledNode {
  std::shared_ptr<const Node> node;
  std::string compiled_code;
  // Ephemeral upstream models, in order of need: (unique id, SQL). Already prefixed to compiled_code as CTEs.
  std::vector<std::pair<std::string, std::string>> extra_ctes;
  bool decided_at_run_time = false;  // its template asks the database (run_query); why, in `decided_by`
  std::string decided_by;
};

}  // namespace tidemark
