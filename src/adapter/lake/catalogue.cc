#include "adapter/lake/catalogue.h"

#include <algorithm>

#include <fmt/format.h>

#include "adapter/lake/scan_binding.h"
#include "base/file_system.h"
#include "base/hash.h"
#include "base/strings.h"
#include "lake/view_file.h"
#include "sql/tokens.h"

namespace tidemark::lake_adapter {
namespace {

using duckdb::quote_identifier;

std::string key_of(const Relation& relation) { return to_lower(relation.schema) + "\n" + to_lower(relation.identifier); }

// Statements that look at the engine's own catalogue see every relation.
bool looks_at_catalogue(const std::vector<sql::Token>& tokens) {
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (!tokens[i].is_name()) continue;
    const std::string word = to_lower(tokens[i].text);
    if (word == "information_schema" || word == "pg_catalog" || word == "sqlite_master") return true;
    if (word.starts_with("duckdb_") && i + 1 < tokens.size() && tokens[i + 1].is("(")) return true;
    if (i == 0 && (word == "show" || word == "pragma")) return true;
  }
  return false;
}

}  // namespace

void Catalogue::prepare(duckdb::Connection& connection) {
  const std::lock_guard lock(mutex_);
  const std::string database = quote_identifier(layout_.database());
  const std::string schema = database + "." + quote_identifier(layout_.default_schema());
  if (!attached_) {
    if (!equals_ignore_case(layout_.database(), "memory")) connection.execute(fmt::format("ATTACH IF NOT EXISTS ':memory:' AS {}", database));
    connection.execute(fmt::format("CREATE SCHEMA IF NOT EXISTS {}", schema));
    attached_ = true;
  }
  connection.execute("USE " + schema);
}

std::vector<Error> Catalogue::require(duckdb::Connection& connection, const std::string& sql) {
  const std::lock_guard lock(mutex_);
  std::vector<Relation> relations = relations_of(sql);
  for (const std::string& text : remembered_) {
    for (Relation& relation : relations_of(text)) relations.push_back(std::move(relation));
  }
  std::vector<Error> faults;
  for (const Relation& relation : relations) {
    try {
      std::set<std::string> under_way;
      require_relation(connection, relation, under_way);
    } catch (const Error& fault) {
      forget(connection, key_of(relation));
      faults.push_back(fault);
    }
  }
  return faults;
}

void Catalogue::remember(const std::string& sql) {
  const std::lock_guard lock(mutex_);
  remembered_.push_back(sql);
}

std::vector<Relation> Catalogue::relations_of(const std::string& sql) const {
  const std::vector<sql::Token> tokens = sql::tokenize(sql);
  if (looks_at_catalogue(tokens)) return all_relations();
  std::map<std::string, std::set<std::string>> names_of_schema;  // both in lower case
  const auto may_exist = [&](const std::string& schema, const std::string& identifier) {
    const std::string folded = to_lower(schema);
    auto found = names_of_schema.find(folded);
    if (found == names_of_schema.end()) found = names_of_schema.emplace(folded, layout_.folded_names(schema)).first;
    return found->second.contains(to_lower(identifier)) || registered_.contains(folded + "\n" + to_lower(identifier));
  };
  std::vector<Relation> relations;
  std::set<std::string> seen;
  for (const sql::Name& name : sql::dotted_names(tokens)) {
    // a.b.c may be database.schema.table, or schema.table with a column behind it
    for (size_t length = name.parts.size(); length >= 1; --length) {
      if (length == 1 && !may_exist(layout_.default_schema(), name.parts[0])) continue;
      if (length == 2 && !equals_ignore_case(name.parts[0], layout_.database()) && !may_exist(name.parts[0], name.parts[1])) continue;
      if (length == 3 && (!equals_ignore_case(name.parts[0], layout_.database()) || !may_exist(name.parts[1], name.parts[2]))) continue;
      const auto relation = layout_.resolve({name.parts.begin(), name.parts.begin() + static_cast<std::ptrdiff_t>(length)});
      if (!relation) continue;
      const std::string key = key_of(*relation);
      if (!relation->type && !registered_.contains(key)) continue;
      if (seen.insert(key).second) relations.push_back(*relation);
      break;
    }
  }
  return relations;
}

std::vector<Relation> Catalogue::all_relations() const {
  std::vector<Relation> relations;
  for (const std::string& schema : layout_.schemas()) {
    for (const Layout::Entry& entry : layout_.relations(schema)) {
      relations.push_back(layout_.relation(schema, entry.identifier));
      relations.back().type = entry.type;
    }
  }
  for (const auto& [key, entry] : registered_) {  // those that are gone
    const size_t cut = key.find('\n');
    Relation relation = layout_.relation(key.substr(0, cut), key.substr(cut + 1));
    if (!layout_.type_of(relation.schema, relation.identifier)) relations.push_back(std::move(relation));
  }
  return relations;
}

std::string Catalogue::require_relation(duckdb::Connection& connection, const Relation& relation, std::set<std::string>& under_way) {
  const std::string key = key_of(relation);
  const auto type = layout_.type_of(relation.schema, relation.identifier);
  if (!type) {
    forget(connection, key);
    return "";
  }
  if (!under_way.insert(key).second) return "";  // a column may be called like a view that reads it
  const std::string stamp = *type == RelationType::kTable ? register_table(connection, relation, key) : register_view(connection, relation, key, under_way);
  under_way.erase(key);
  return stamp;
}

std::string Catalogue::register_table(duckdb::Connection& connection, const Relation& relation, const std::string& key) {
  const auto table = tables_.current(layout_.table_folder(relation.schema, relation.identifier));
  const std::string stamp = fmt::format("table {} {}", table->id(), table->version());
  const auto found = registered_.find(key);
  if (found != registered_.end() && found->second.stamp == stamp) return stamp;
  create_view(connection, relation, key, stamp, scan_sql(table->columns, table->files));
  return stamp;
}

std::string Catalogue::register_view(duckdb::Connection& connection, const Relation& relation, const std::string& key, std::set<std::string>& under_way) {
  const fs::path file = layout_.view_file(relation.schema, relation.identifier);
  const auto stat = stat_file(file);
  if (!stat) throw Error("TM4202", relation.render() + " has just been dropped");
  const auto view = lake::read_view_file(file);
  if (!view) throw Error("TM4202", relation.render() + " has just been dropped");
  const std::string& sql = view->sql;
  std::string stamp = fmt::format("view {} {} {} {}", stat->inode, stat->size, stat->mtime_ns, bindings_generation_);
  std::optional<Error> fault;  // of a dependency: names that only look like one do no harm
  for (const Relation& dependency : relations_of(sql)) {
    try {
      stamp += "|" + require_relation(connection, dependency, under_way);
    } catch (const Error& error) {
      under_way.erase(key_of(dependency));
      stamp += "|?";
      if (!fault) fault = error;
    }
  }
  const auto found = registered_.find(key);
  if (found != registered_.end() && found->second.stamp == stamp) return stamp;
  try {
    create_view(connection, relation, key, stamp, bind(connection, sql));
  } catch (const Error& error) {
    if (fault) throw Error(*fault);
    throw Error("TM4202", "the view " + relation.render() + " cannot be read").because(error);
  }
  return stamp;
}

void Catalogue::create_view(duckdb::Connection& connection, const Relation& relation, const std::string& key, const std::string& stamp,
                            const std::string& select) {
  const std::string rendered = relation.render();
  const auto found = registered_.find(key);
  if (found != registered_.end() && found->second.rendered != rendered) forget(connection, key);
  connection.execute(fmt::format("CREATE SCHEMA IF NOT EXISTS {}.{}", quote_identifier(layout_.database()), quote_identifier(relation.schema)));
  connection.execute(fmt::format("CREATE OR REPLACE VIEW {} AS {}", rendered, select));
  registered_[key] = {stamp, rendered};
}

void Catalogue::forget(duckdb::Connection& connection, const std::string& key) {
  const auto found = registered_.find(key);
  if (found == registered_.end()) return;
  connection.execute("DROP VIEW IF EXISTS " + found->second.rendered);
  registered_.erase(found);
}

std::string Catalogue::bind_scans(duckdb::Connection& connection, const std::string& sql) {
  const std::lock_guard lock(mutex_);
  return bind(connection, sql);
}

std::string Catalogue::bind(duckdb::Connection& connection, const std::string& sql) {
  return bind_file_scans(sql, bindings_, [&] {
    const fs::path file = internal_folder(layout_.warehouse()) / "empty.parquet";
    if (!stat_file(file)) {
      make_directories(file.parent_path());
      const fs::path fresh = file.string() + "." + random_uuid();
      connection.execute(fmt::format("COPY (SELECT NULL AS \"none\" WHERE false) TO {} (FORMAT parquet)", duckdb::quote_literal(fresh.string())));
      fs::rename(fresh, file);
    }
    return file.string();
  });
}

void Catalogue::set_scan_bindings(std::vector<ScanBinding> bindings) {
  const std::lock_guard lock(mutex_);
  bindings_ = std::move(bindings);
  ++bindings_generation_;
}

}  // namespace tidemark::lake_adapter
