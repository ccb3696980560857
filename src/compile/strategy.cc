#include "compile/strategy.h"

#include "base/strings.h"
#include "compile/compile_scope.h"
#include "jinja/json.h"
#include "resolve/column_object.h"
#include "resolve/members.h"
#include "resolve/relation_object.h"

namespace tidemark::compile {

using jinja::Value;

const resolve::Macro* find_strategy(const resolve::Resolved& project, const Node& node, const std::string& strategy) {
  const resolve::Macro* macro = project.context->macros.find(node.package_name, "get_incremental_" + replace_all(strategy, "+", "_") + "_sql");
  return macro == nullptr || macro->info.package_name == resolve::kBuiltInPackage ? nullptr : macro;
}

std::string strategy_sql(const resolve::Resolved& project, const resolve::Macro& macro, const Compiled& model, const StrategyArguments& arguments, Host& host) {
  const Node& node = *model.node->node;
  const CompileOptions options;
  Trace trace;
  CompileScope scope(project, node.package_name, &node, host, options, trace);
  for (const char* name : {"sql", "compiled_code", "compiled_sql"}) scope.set(name, Value(model.node->compiled_code));
  jinja::Render render(project.context->environment, scope, jinja::RenderOptions{.undefined = jinja::UndefinedKind::kDefault, .limits = {}});
  Relation target = scope.with_quoting(node.relation());
  target.type = RelationType::kTable;
  std::vector<Value> columns;
  for (const ColumnType& column : arguments.columns) columns.push_back(resolve::make_column(column.name, column.type));
  const Json& config = node.config.values();
  const char* predicates = config.contains("predicates") && !config["predicates"].is_null() ? "predicates" : "incremental_predicates";
  const Value given = Value::dict({{"target_relation", resolve::make_relation(target)},
                                   {"temp_relation", resolve::make_relation(scope.with_quoting(arguments.temp))},
                                   {"unique_key", jinja::from_json(config.value("unique_key", Json()))},
                                   {"dest_columns", Value::list(std::move(columns))},
                                   {"incremental_predicates", jinja::from_json(config.value(predicates, Json()))}});
  return jinja::to_text(render.call(macro.callable, {&given, 1}));
}

}  // namespace tidemark::compile
