// Artifacts of a small hand-made project, read back by dbt-core's own classes.
#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

#include "artifacts/catalog_json.h"
#include "artifacts/json_writer.h"
#include "artifacts/manifest_json.h"
#include "artifacts/run_results_json.h"
#include "artifacts/sources_json.h"
#include "base/file_system.h"
#include "base/json.h"
#include "source_dir.h"

namespace tidemark::artifacts {
namespace {

Node base_node(ResourceType type, const std::string& name) {
  Node node;
  node.type = type;
  node.name = name;
  node.package_name = "shop";
  node.unique_id = std::string(to_string(type)) + ".shop." + name;
  node.path = name + ".sql";
  node.original_file_path = "models/" + name + ".sql";
  node.fqn = {"shop", name};
  node.alias = name;
  node.database = "memory";
  node.schema = "analytics";
  node.checksum = std::string(64, 'a');
  node.raw_code = "select 1 as \"x\"\n-- \xC3\xA9";
  node.config = Config(Json{{"enabled", true}, {"materialized", "table"}, {"tags", {"a"}}, {"meta", Json::object()}});
  node.created_at = 1700000000.25;
  return node;
}

Manifest small_manifest() {
  Manifest manifest;
  manifest.project_name = "shop";
  manifest.project_id = "fb54f3c5992b96d001bb16e8e92d968d";
  manifest.adapter_type = "duckdb";
  const auto add = [&](const Node& node) { manifest.nodes[node.unique_id] = std::make_shared<Node>(node); };

  Node source = base_node(ResourceType::kSource, "orders");
  source.unique_id = "source.shop.crm.orders";
  source.source_name = "crm";
  source.identifier = "orders";
  source.config = Config(Json{{"enabled", true}});
  source.external = Json{{"location", "data"}, {"pattern", "*.parquet"}};
  source.freshness = Json{{"warn_after", {{"count", 12}, {"period", "hour"}}}};
  manifest.sources[source.unique_id] = std::make_shared<Node>(source);

  Node orders = base_node(ResourceType::kModel, "orders");
  orders.sources = {{"crm", "orders"}};
  orders.depends_on_nodes = {"source.shop.crm.orders"};
  orders.depends_on_macros = {"macro.shop.cents"};
  orders.column_order = {"id"};
  orders.columns["id"] = ColumnInfo{.name = "id", .description = "", .data_type = "int", .quote = true, .tags = {"k"}};
  orders.version = "2";
  orders.latest_version = "2";
  orders.group = "finance";
  add(orders);

  Node test = base_node(ResourceType::kTest, "unique_orders_id");
  test.unique_id = "test.shop.unique_orders_id.488ded2386";
  test.checksum.clear();
  test.config = Config(Json{{"enabled", true}, {"severity", "ERROR"}, {"materialized", "test"}});
  test.refs = {RefArgs{.name = "orders", .package = std::nullopt, .version = "2"}};
  test.depends_on_nodes = {"model.shop.orders"};
  test.test_metadata =
      TestMetadata{.name = "unique", .package = "", .kwargs = Json{{"column_name", "id"}, {"model", "{{ get_where_subquery(ref('orders')) }}"}}};
  test.column_name = "id";
  test.attached_node = "model.shop.orders";
  test.file_key_name = "models.orders";
  add(test);

  Node singular = base_node(ResourceType::kTest, "no_negatives");
  singular.config = Config(Json{{"enabled", true}, {"severity", "warn"}, {"materialized", "test"}});
  add(singular);

  Node seed = base_node(ResourceType::kSeed, "countries");
  seed.config = Config(Json{{"enabled", true}, {"materialized", "seed"}});
  seed.root_path = "/project";
  add(seed);

  Node snapshot = base_node(ResourceType::kSnapshot, "history");
  snapshot.config = Config(Json{{"materialized", "snapshot"}, {"strategy", "timestamp"}, {"updated_at", "t"}, {"unique_key", "id"}, {"target_schema", "s"}});
  add(snapshot);

  add(base_node(ResourceType::kAnalysis, "by_country"));
  Node hook = base_node(ResourceType::kOperation, "shop-on-run-start-0");
  hook.extra["index"] = 0;
  add(hook);

  Node off = base_node(ResourceType::kModel, "off");
  manifest.disabled.push_back(std::make_shared<Node>(off));

  Node board = base_node(ResourceType::kExposure, "board");
  board.config = Config(Json{{"enabled", true}});
  board.extra = Json{{"type", "dashboard"}, {"owner", {{"name", "A"}, {"email", "a@example.com"}}}, {"maturity", "high"}, {"label", nullptr}, {"url", nullptr}};
  board.depends_on_nodes = {"model.shop.orders"};
  manifest.exposures[board.unique_id] = std::make_shared<Node>(board);

  MacroInfo macro;
  macro.unique_id = "macro.shop.cents";
  macro.name = "cents";
  macro.package_name = "shop";
  macro.path = macro.original_file_path = "macros/money.sql";
  macro.macro_sql = "{% macro cents(x) %}{{ x }}{% endmacro %}";
  macro.arguments = {{"x", "", "an amount"}};
  manifest.macros[macro.unique_id] = macro;

  manifest.docs["doc.shop.d"] = DocBlock{"doc.shop.d", "d", "shop", "d.md", "models/d.md", "text"};
  manifest.groups["group.shop.finance"] = Json{{"name", "finance"},
                                               {"resource_type", "group"},
                                               {"package_name", "shop"},
                                               {"path", "s.yml"},
                                               {"original_file_path", "models/s.yml"},
                                               {"unique_id", "group.shop.finance"},
                                               {"owner", {{"name", "Fin"}}}};
  return manifest;
}

Metadata metadata() { return Metadata{"00000000-0000-4000-8000-000000000000", wall_now(), wall_now(), {{"who", "test"}}}; }

ManifestArtifact artifact_of(const Manifest& manifest) {
  ManifestArtifact artifact;
  artifact.metadata = metadata();
  artifact.manifest = &manifest;
  auto compiled = std::make_shared<CompiledNode>();
  compiled->node = manifest.nodes.at("model.shop.orders");
  compiled->compiled_code = "select 1";
  compiled->extra_ctes = {{"model.shop.e", " __dbt__cte__e as (\nselect 2\n)"}};
  artifact.compiled["model.shop.orders"] = compiled;
  return artifact;
}

std::string test_python() {
  const char* venv = std::getenv("TIDEMARK_TEST_VENV");
  const std::string root = venv != nullptr ? venv : source_dir().string() + "/build/deps/venv";
  const std::string python = root + "/bin/python";
  if (!std::filesystem::exists(python)) return "";
  return std::system((python + " -c 'import dbt.artifacts.schemas.run' 2>/dev/null").c_str()) == 0 ? python : "";
}

TEST(Artifacts, DbtCoreReadsThem) {
  const std::string python = test_python();
  if (python.empty()) GTEST_SKIP() << "needs a virtual environment with dbt-core 1.10: set TIDEMARK_TEST_VENV to its folder";
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "tidemark_artifacts";
  make_directories(folder);
  const Manifest manifest = small_manifest();
  write_manifest(folder / "manifest.json", artifact_of(manifest));

  RunResults results;
  NodeResult result;
  result.node = manifest.nodes.at("model.shop.orders");
  result.timing = {Timing{"compile", wall_now(), wall_now()}, Timing{"execute", wall_now(), wall_now()}};
  result.thread = "Thread-1";
  result.execution_time = 0.25;
  result.message = "OK";
  result.compiled = true;
  result.compiled_code = "select 1";
  result.relation_name = "\"memory\".\"analytics\".\"orders\"";
  result.counts.rows_written = 7;
  result.strategy = "rebuild";
  results.results.push_back(result);
  result.node = manifest.nodes.at("test.shop.unique_orders_id.488ded2386");
  result.status = RunStatus::kFail;
  result.failures = 3;
  results.results.push_back(result);
  write_run_results(folder / "run_results.json", metadata(), results, Json{{"which", "build"}, {"select", Json::array()}});

  Catalog catalog;
  catalog.nodes["model.shop.orders"] =
      CatalogTable{"BASE TABLE", "memory", "analytics", "orders", "", {{"id", "INTEGER", ""}}, {{"num_rows", "Row Count", 7, "rows"}}};
  write_catalog(folder / "catalog.json", metadata(), catalog);

  FreshnessResult fresh{manifest.sources.at("source.shop.crm.orders"), "pass", "", wall_now(), wall_now(), 1.5, {}, "Thread-1", 0.1};
  FreshnessResult broken = fresh;
  broken.status = "runtime error";
  broken.error = "no such column";
  write_sources(folder / "sources.json", metadata(), {fresh, broken}, 0.2);

  const std::string command = python + " " + source_dir().string() + "/tests/artifacts/check_with_dbt.py " + folder.string();
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
}

TEST(Artifacts, ManifestIsJsonWithEdgesBothWays) {
  const Manifest manifest = small_manifest();
  const Json json = parse_json(manifest_json(artifact_of(manifest)), "manifest.json", "TM9001");
  EXPECT_EQ(json["parent_map"]["model.shop.orders"], Json({"source.shop.crm.orders"}));
  EXPECT_EQ(json["child_map"]["source.shop.crm.orders"], Json({"model.shop.orders"}));
  EXPECT_EQ(json["nodes"]["model.shop.orders"]["version"], 2);
  EXPECT_EQ(json["nodes"]["model.shop.orders"]["compiled_code"], "select 1");
  EXPECT_EQ(json["nodes"]["model.shop.orders"]["compiled_path"], "target/compiled/shop/models/orders.sql");
  EXPECT_TRUE(json["nodes"]["snapshot.shop.history"]["compiled_path"].is_null());
  EXPECT_EQ(json["nodes"]["test.shop.unique_orders_id.488ded2386"]["checksum"], (Json{{"name", "none"}, {"checksum", ""}}));
  EXPECT_EQ(json["group_map"]["finance"], Json({"model.shop.orders"}));
  EXPECT_EQ(json["disabled"]["model.shop.off"].size(), 1u);
  EXPECT_EQ(json["metadata"]["dbt_schema_version"], "https://schemas.getdbt.com/dbt/manifest/v12.json");
}

TEST(JsonWriter, WritesWhatJsonParsersRead) {
  JsonWriter out;
  out.begin_object().member("text", "a\"\\\n\t\x01\x7f \xF0\x9F\x8C\x8A bad \xFF\xC0\xAF end").key("n").real(1e300).key("i").integer(-5);
  out.key("nan").real(std::nan("")).key("one").real(1).key("list").begin_array().end_array();
  out.member("json", Json{{"a", {1, 2.5, nullptr, true, "x"}}}).end_object();
  const Json json = parse_json(out.result(), "x", "TM9001");
  EXPECT_EQ(json["text"], "a\"\\\n\t\x01\x7f \xF0\x9F\x8C\x8A bad \xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD end");
  EXPECT_EQ(json["n"], 1e300);
  EXPECT_EQ(json["i"], -5);
  EXPECT_TRUE(json["nan"].is_null());
  EXPECT_TRUE(json["one"].is_number_float());
  EXPECT_EQ(json["json"], (Json{{"a", {1, 2.5, nullptr, true, "x"}}}));
}

TEST(Artifacts, AThousandNodesAreWrittenQuickly) {
  Manifest manifest = small_manifest();
  const Node model = *manifest.nodes.at("model.shop.orders");
  for (int i = 0; i < 1000; ++i) {
    Node copy = model;
    copy.name = "m" + std::to_string(i);
    copy.unique_id = "model.shop." + copy.name;
    copy.raw_code = std::string(1000, 'x');
    manifest.nodes[copy.unique_id] = std::make_shared<Node>(copy);
  }
  const Stopwatch watch;
  const std::string text = manifest_json(artifact_of(manifest));
  RecordProperty("milliseconds", std::to_string(watch.seconds() * 1000));
  EXPECT_GT(text.size(), 1000000u);
}

}  // namespace
}  // namespace tidemark::artifacts
