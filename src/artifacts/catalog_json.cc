#include "artifacts/catalog_json.h"

#include "artifacts/json_writer.h"
#include "base/file_system.h"
#include "base/json.h"

namespace tidemark::artifacts {

namespace {

void write_table(JsonWriter& out, const std::string& id, const CatalogTable& table) {
  out.key(id).begin_object().key("metadata").begin_object();
  out.member("type", table.type).member("schema", table.schema).member("name", table.name).text_or_null("database", table.database);
  out.text_or_null("comment", table.comment).key("owner").null().end_object();
  out.key("columns").begin_object();
  int64_t index = 0;
  for (const CatalogColumn& column : table.columns) {
    out.key(column.name).begin_object().member("type", column.type).key("index").integer(++index);
    out.member("name", column.name).text_or_null("comment", column.comment).end_object();
  }
  out.end_object().key("stats").begin_object();
  for (const CatalogStat& stat : table.stats) {
    out.key(stat.id).begin_object().member("id", stat.id).member("label", stat.label).key("value").real(stat.value);
    out.key("include").boolean(true).member("description", stat.description).end_object();
  }
  out.key("has_stats").begin_object().member("id", "has_stats").member("label", "Has Stats?").key("value").boolean(!table.stats.empty());
  out.key("include").boolean(false).member("description", "Indicates whether there are statistics for this table").end_object();
  out.end_object().member("unique_id", id).end_object();
}

}  // namespace

std::string catalog_json(const Metadata& metadata, const Catalog& catalog) {
  JsonWriter out;
  out.begin_object().key("metadata").begin_object();
  write_metadata(out, metadata, "catalog/v1");
  out.end_object().key("nodes").begin_object();
  for (const auto& [id, table] : catalog.nodes) write_table(out, id, table);
  out.end_object().key("sources").begin_object();
  for (const auto& [id, table] : catalog.sources) write_table(out, id, table);
  out.end_object().key("errors");
  if (catalog.errors.empty()) {
    out.null();
  } else {
    out.texts(catalog.errors);
  }
  out.end_object();
  return out.take();
}

void write_catalog(const std::filesystem::path& path, const Metadata& metadata, const Catalog& catalog) {
  write_file_durable(path, catalog_json(metadata, catalog));
}

}  // namespace tidemark::artifacts
