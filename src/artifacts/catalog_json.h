// catalog.json, version 1: what `docs generate` finds in the warehouse.
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "artifacts/metadata.h"

namespace tidemark::artifacts {

struct CatalogColumn {
  std::string name;
  std::string type;
  std::string comment;  // empty: none
};

struct CatalogStat {
  std::string id;     // "num_rows"
  std::string label;  // "Row Count"
  double value = 0;
  std::string description;
};

struct CatalogTable {
  std::string type;  // "BASE TABLE", "VIEW"
  std::string database;
  std::string schema;
  std::string name;
  std::string comment;
  std::vector<CatalogColumn> columns;
  std::vector<CatalogStat> stats;
};

struct Catalog {
  std::map<std::string, CatalogTable> nodes;    // by unique id
  std::map<std::string, CatalogTable> sources;  // by unique id
  std::vector<std::string> errors;
};

std::string catalog_json(const Metadata& metadata, const Catalog& catalog);
void write_catalog(const std::filesystem::path& path, const Metadata& metadata, const Catalog& catalog);

}  // namespace tidemark::artifacts
