#include "compile/compiler.h"

#include <algorithm>

#include "base/strings.h"
#include "compile/compile_scope.h"
#include "compile/cte.h"
#include "jinja/json.h"
#include "jinja/scan.h"
#include "resolve/members.h"
#include "resolve/parse_scope.h"
#include "resolve/relation_object.h"
#include "resolve/test_kwargs.h"

namespace tidemark::compile {

using jinja::Value;
using resolve::TemplateOrigin;

namespace {

jinja::RenderOptions run_options() { return jinja::RenderOptions{.undefined = jinja::UndefinedKind::kDefault, .limits = {}}; }

// An ephemeral model or the node itself, rendered, before anything is put together.
struct Piece {
  std::string id;
  std::string name;  // of the CTE
  std::string text;
  std::shared_ptr<const Alignment> alignment;
};

struct Context {
  const resolve::Resolved& project;
  Host& host;
  const CompileOptions& options;
  Trace trace;
};

std::string render_node(Context& context, const Node& node, Trace& trace) {
  CompileScope scope(context.project, node.package_name, &node, context.host, context.options, trace);
  jinja::Render render(context.project.context->environment, scope, run_options());
  if (!jinja::has_template_syntax(node.raw_code)) return node.raw_code;
  if (node.test_metadata) scope.set("_dbt_generic_test_kwargs", resolve::render_test_kwargs(render, node));
  const auto origin = std::make_shared<TemplateOrigin>(node.package_name, node.original_file_path, false);
  const jinja::TemplatePtr parsed = context.project.context->environment.parse(node.source, node.code_offset, node.raw_code.size(), origin);
  return render.render(*parsed);
}

Piece render_piece(Context& context, const Node& node, std::vector<std::string>& ephemerals) {
  Trace trace;
  Piece piece;
  piece.id = node.unique_id;
  piece.name = "__dbt__cte__" + node.alias;
  piece.text = render_node(context, node, trace);
  piece.alignment = std::make_shared<Alignment>(node.source, node.code_offset, node.raw_code.size(), piece.text);
  ephemerals = trace.ephemerals;
  Trace& all = context.trace;
  const auto add_new = [](std::vector<std::string>& into, const std::vector<std::string>& more) {
    for (const std::string& item : more) {
      if (std::find(into.begin(), into.end(), item) == into.end()) into.push_back(item);
    }
  };
  if (all.decided_by.empty()) all.decided_by = trace.decided_by;
  all.asked_is_incremental = all.asked_is_incremental || trace.asked_is_incremental;
  add_new(all.affected_columns, trace.affected_columns);
  add_new(all.scanned, trace.scanned);
  for (const auto& [key, value] : trace.config_changes.items()) {
    if (!all.config_changes.contains(key)) all.config_changes[key] = value;  // the node's own come first
  }
  return piece;
}

// Depth first, each once: dbt's order of CTEs.
void gather_ctes(Context& context, const std::vector<std::string>& ids, std::vector<Piece>& ctes) {
  for (const std::string& id : ids) {
    if (std::any_of(ctes.begin(), ctes.end(), [&](const Piece& piece) { return piece.id == id; })) continue;
    const NodePtr node = context.project.manifest.find(id);
    if (!node) throw Error("TM9101", "an ephemeral model has no node: " + id);
    std::vector<std::string> below;
    Piece piece = render_piece(context, *node, below);
    gather_ctes(context, below, ctes);
    ctes.push_back(std::move(piece));
  }
}

Compiled assemble(Context& context, std::shared_ptr<const Node> node, const Piece& main, const std::vector<Piece>& ctes) {
  Compiled out;
  auto compiled = std::make_shared<CompiledNode>();
  compiled->node = std::move(node);
  std::vector<std::string> texts;
  for (const Piece& piece : ctes) {
    texts.push_back(" " + piece.name + " as (\n" + piece.text + "\n)");
    compiled->extra_ctes.emplace_back(piece.id, texts.back());
  }
  const CtePlace place = find_cte_place(main.text);
  if (ctes.empty()) {
    compiled->compiled_code = main.text;
    out.source_map.append(main.text.size(), main.alignment, 0);
  } else {
    compiled->compiled_code = main.text.substr(0, place.offset) + cte_insertion(place, texts) + main.text.substr(place.offset);
    out.source_map.append(place.offset, main.alignment, 0);
    out.source_map.append_glue(place.has_with ? 0 : 4);
    for (size_t i = 0; i < ctes.size(); ++i) {
      out.source_map.append_glue(ctes[i].name.size() + 7 + (i > 0 ? 2 : 0));  // ", " before, " name as (\n"
      out.source_map.append(ctes[i].text.size(), ctes[i].alignment, 0);
      out.source_map.append_glue(2);
    }
    out.source_map.append_glue(place.has_with ? 2 : 1);
    out.source_map.append(main.text.size() - place.offset, main.alignment, place.offset);
  }
  compiled->decided_at_run_time = !context.trace.decided_by.empty();
  compiled->decided_by = context.trace.decided_by;
  out.node = std::move(compiled);
  out.asked_is_incremental = context.trace.asked_is_incremental;
  out.affected_columns = context.trace.affected_columns;
  out.scanned = context.trace.scanned;
  out.config_changes = context.trace.config_changes;
  return out;
}

}  // namespace

Compiler::Compiler(resolve::ResolvedPtr project) : project_(std::move(project)) {}
Compiler::~Compiler() = default;

Compiled Compiler::compile(const Node& node, Host& host, const CompileOptions& options) const {
  NodePtr shared = project_->manifest.find(node.unique_id);
  if (shared.get() != &node) shared = std::make_shared<Node>(node);
  if (node.type == ResourceType::kSeed || node.type == ResourceType::kSource || node.type == ResourceType::kExposure) {
    Compiled out;
    auto compiled = std::make_shared<CompiledNode>();
    compiled->node = shared;
    out.node = compiled;
    return out;
  }
  Context context{*project_, host, options, {}};
  std::vector<std::string> ephemerals;
  const Piece main = render_piece(context, *shared, ephemerals);
  std::vector<Piece> ctes;
  gather_ctes(context, ephemerals, ctes);
  return assemble(context, shared, main, ctes);
}

Compiled Compiler::compile_inline(const std::string& text, Host& host, const CompileOptions& options) const {
  auto node = std::make_shared<Node>();
  node->type = ResourceType::kSqlOperation;
  node->name = "inline_query";
  node->package_name = project_->context->project_name;
  node->unique_id = "sql_operation." + node->package_name + "." + node->name;
  node->path = node->original_file_path = "<inline>";
  node->fqn = {node->package_name, "sql", node->name};
  node->alias = node->name;
  node->database = project_->context->target.database;
  node->schema = project_->context->target.schema;
  node->raw_code = std::string(trim(text));
  node->source = make_source("<inline>", node->raw_code);
  node->config = Config(Json{{"materialized", "view"}, {"enabled", true}});
  return compile(*node, host, options);
}

std::string Compiler::render(const std::string& text, const std::string& name, const Node* node, Host& host, const Json& extra) const {
  if (!jinja::has_template_syntax(text)) return text;
  const std::string package = node == nullptr ? project_->context->project_name : node->package_name;
  const CompileOptions options;
  Trace trace;
  CompileScope scope(*project_, package, node, host, options, trace);
  for (const auto& [key, value] : extra.items()) scope.set(key, jinja::from_json(value));
  jinja::Render render(project_->context->environment, scope, run_options());
  const auto origin = std::make_shared<TemplateOrigin>(package, name, false);
  return render.render(*project_->context->environment.parse(make_source(name, text), origin));
}

std::string Compiler::test_sql(const Compiled& test, Host& host) const {
  const Node& node = *test.node->node;
  const Config& config = node.config;
  const CompileOptions options;
  Trace trace;
  CompileScope scope(*project_, node.package_name, &node, host, options, trace);
  jinja::Render render(project_->context->environment, scope, run_options());
  const resolve::Macro* macro = project_->context->macros.find(node.package_name, "get_test_sql");
  if (macro == nullptr) throw Error("TM9102", "the macro get_test_sql is missing");
  std::string sql = test.node->compiled_code;
  if (const auto limit = config.integer("limit")) sql += fmt::format("\nlimit {}", *limit);
  const std::vector<Value> arguments{Value(sql), Value(config.text("fail_calc", "count(*)")), Value(config.text("warn_if", "!= 0")),
                                     Value(config.text("error_if", "!= 0")), Value::none()};
  return jinja::to_text(render.call(macro->callable, arguments));
}

const resolve::Macro* Compiler::find_materialization(const std::string& name) const { return project_->context->macros.find_materialization(name); }

bool Compiler::is_custom_materialization(const std::string& name) const {
  const resolve::Macro* macro = find_materialization(name);
  return macro != nullptr && !project_->context->macros.materialization_is_built_in(*macro);
}

MaterializationResult Compiler::run_materialization(const resolve::Macro& macro, const Compiled& model, Host& host) const {
  const Node& node = *model.node->node;
  const CompileOptions options;
  Trace trace;
  trace.config_changes = model.config_changes;
  CompileScope scope(*project_, node.package_name, &node, host, options, trace);
  for (const char* name : {"sql", "compiled_code", "compiled_sql"}) scope.set(name, Value(model.node->compiled_code));
  jinja::Render render(project_->context->environment, scope, run_options());
  const Value returned = render.call(macro.callable);
  MaterializationResult result;
  result.main_sql = trace.main_sql;
  const Value* relations = returned.is_dict() ? resolve::item(returned.as_dict(), "relations") : nullptr;
  if (relations == nullptr || !relations->is_list()) {
    throw Error("TM2113", fmt::format("materialization '{}' must return its relations", macro.materialization))
        .at(macro.span)
        .hint("{{ return({'relations': [target_relation]}) }}");
  }
  for (const Value& value : relations->as_list().items) result.relations.push_back(resolve::expect_relation(value, "what a materialization returns"));
  const Value main = scope.load_result("main");
  if (main.is_dict()) {
    if (const Value* response = resolve::item(main.as_dict(), "response")) result.response["_message"] = jinja::to_text(*response);
  }
  return result;
}

Json Compiler::run_operation(const std::string& name, const Json& args, Host& host) const {
  const resolve::MacroRegistry& macros = project_->context->macros;
  const std::string& root = project_->context->project_name;
  const size_t dot = name.find('.');
  const resolve::Macro* macro = dot == std::string::npos ? macros.find(root, name) : macros.find_in(name.substr(0, dot), name.substr(dot + 1));
  if (macro == nullptr && dot == std::string::npos) {
    for (const std::string& package : macros.packages()) {
      if (macro == nullptr) macro = macros.find_in(package, name);
    }
  }
  if (macro == nullptr) {
    Error error("TM2114", fmt::format("there is no macro '{}' to run", name));
    if (const std::string near = nearest_name(name, macros.names_seen_from(root)); !near.empty()) error.hint("did you mean '" + near + "'?");
    throw error;
  }
  if (!args.is_object()) throw Error("TM2104", "--args must be a mapping").hint("--args '{name: value}'");
  const CompileOptions options;
  Trace trace;
  CompileScope scope(*project_, macro->info.package_name, nullptr, host, options, trace);
  jinja::Render render(project_->context->environment, scope, run_options());
  std::vector<jinja::Keyword> keywords;
  for (const auto& [key, value] : args.items()) keywords.push_back({key, jinja::from_json(value)});
  const Value returned = render.call(macro->callable, {}, keywords);
  return resolve::config_json(returned);
}

std::string Compiler::from_text(const Node& node) const { return relation_to_read(*project_, node).render(); }

bool is_microbatch(const Node& node) {
  return node.type == ResourceType::kModel && node.config.materialized() == "incremental" && node.config.text("incremental_strategy") == "microbatch";
}

Compiler::QueryComment Compiler::query_comment(const Node* node, Host& host) const {
  const Json& configured = project_->query_comment;
  QueryComment out;
  std::string text;
  if (configured.is_string()) {
    text = configured.get<std::string>();
  } else if (configured.is_object()) {
    if (configured.contains("comment") && configured["comment"].is_string()) text = configured["comment"].get<std::string>();
    out.append = configured.value("append", false);
  }
  if (text.empty()) return out;
  const CompileOptions options;
  Trace trace;
  CompileScope scope(*project_, project_->context->project_name, node, host, options, trace);
  scope.set("node", node == nullptr ? Value::none() : *scope.find("model", nullptr));
  scope.set("connection_name", Value(node == nullptr ? "master" : node->unique_id));
  jinja::Render render(project_->context->environment, scope, run_options());
  out.text = std::string(trim(render.render(*project_->context->environment.parse(make_source("dbt_project.yml (query-comment)", text)))));
  if (out.text.find("*/") != std::string::npos) throw Error("TM2115", "a query comment must not hold '*/'");
  return out;
}

}  // namespace tidemark::compile
