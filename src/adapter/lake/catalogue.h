// Tables and views of the warehouse in the engine's catalogue, as views: registered when a statement names them, again
// when they have changed. Shared by all sessions of an adapter.
#pragma once
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapter/duckdb/database.h"
#include "adapter/lake/lake_adapter.h"
#include "adapter/lake/layout.h"
#include "adapter/lake/table_reader.h"
#include "base/error.h"

namespace tidemark::lake_adapter {

class Catalogue {
 public:
  Catalogue(const Layout& layout, TableReader& tables) : layout_(layout), tables_(tables) {}

  // Attaches the warehouse's database, unless done, and makes it the connection's default.
  void prepare(duckdb::Connection& connection);

  // Registers whatever `sql` may read. Relations that cannot be registered (their files are broken, say) are left out of the
  // catalogue and told of: a statement that fails for want of one should throw that Error rather.
  std::vector<Error> require(duckdb::Connection& connection, const std::string& sql);

  // Names in the body of a macro or of another engine object: every later statement may read them.
  void remember(const std::string& sql);

  void set_scan_bindings(std::vector<ScanBinding> bindings);
  // `sql` with its file patterns replaced by what they are bound to.
  std::string bind_scans(duckdb::Connection& connection, const std::string& sql);

 private:
  std::string bind(duckdb::Connection& connection, const std::string& sql);
  struct Registered {
    std::string stamp;
    std::string rendered;
  };

  std::vector<Relation> relations_of(const std::string& sql) const;
  std::vector<Relation> all_relations() const;
  // The stamp under which it is registered now; empty where there is no such relation.
  std::string require_relation(duckdb::Connection& connection, const Relation& relation, std::set<std::string>& under_way);
  std::string register_table(duckdb::Connection& connection, const Relation& relation, const std::string& key);
  std::string register_view(duckdb::Connection& connection, const Relation& relation, const std::string& key, std::set<std::string>& under_way);
  void create_view(duckdb::Connection& connection, const Relation& relation, const std::string& key, const std::string& stamp, const std::string& select);
  void forget(duckdb::Connection& connection, const std::string& key);

  const Layout& layout_;
  TableReader& tables_;
  std::mutex mutex_;  // of everything below, and of changes to the engine's catalogue
  bool attached_ = false;
  std::map<std::string, Registered> registered_;
  std::vector<std::string> remembered_;
  std::vector<ScanBinding> bindings_;
  int64_t bindings_generation_ = 0;
};

}  // namespace tidemark::lake_adapter
