// Which file or folder of the warehouse stands for which relation. Names ignore ASCII case, as SQL does; the first writer
// fixes how they are spelled. Characters that a file name cannot hold are written %XX.
#pragma once
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "manifest/relation.h"

namespace tidemark::lake_adapter {

// Schemas whose name begins so hold contribution tables: never listed, kept in <warehouse>/_tidemark/contributions.
inline constexpr std::string_view kHiddenSchemaPrefix = "_tidemark";

class Layout {
 public:
  // `database` empty: the last component of the warehouse's path.
  Layout(std::filesystem::path warehouse, std::string database, std::string default_schema);

  const std::filesystem::path& warehouse() const { return warehouse_; }
  const std::string& database() const { return database_; }
  const std::string& default_schema() const { return default_schema_; }

  // Folder of a schema, table; file of a view: the existing one of that name, else where a new one goes.
  std::filesystem::path schema_folder(const std::string& schema) const;
  std::filesystem::path table_folder(const std::string& schema, const std::string& identifier) const;
  std::filesystem::path view_file(const std::string& schema, const std::string& identifier) const;
  // Spelled as given, for renaming.
  std::filesystem::path new_table_folder(const std::string& schema, const std::string& identifier) const;
  std::filesystem::path new_view_file(const std::string& schema, const std::string& identifier) const;
  // A fresh folder below the warehouse, not yet made, for files that nobody refers to.
  std::filesystem::path staging_folder() const;

  bool has_schema(const std::string& schema) const;
  bool has_table(const std::string& schema, const std::string& identifier) const;
  bool has_view(const std::string& schema, const std::string& identifier) const;
  // A table where both exist: a view that has just been replaced by it may not be gone yet.
  std::optional<RelationType> type_of(const std::string& schema, const std::string& identifier) const;

  struct Entry {
    std::string identifier;
    RelationType type;
  };
  std::vector<std::string> schemas() const;                       // sorted, hidden ones left out
  std::vector<Entry> relations(const std::string& schema) const;  // sorted by identifier

  // Names that relations of a schema may have, in lower case: cheap, some may be no relations.
  std::set<std::string> folded_names(const std::string& schema) const;

  // The relation's full name with the spelling of the warehouse; nullopt where it is in another database.
  std::optional<Relation> resolve(const Relation& name) const;
  // As written in SQL: 1 to 3 parts. nullopt where it cannot be of this database.
  std::optional<Relation> resolve(const std::vector<std::string>& parts) const;
  Relation relation(const std::string& schema, const std::string& identifier) const;

 private:
  std::filesystem::path warehouse_;
  std::string database_;
  std::string default_schema_;
};

// Folder that holds contribution tables, staged files, versions.
std::filesystem::path internal_folder(const std::filesystem::path& warehouse);

}  // namespace tidemark::lake_adapter
