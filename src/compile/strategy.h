// Incremental strategies that a project writes itself: a macro get_incremental_<name>_sql, whose SQL changes the table.
#pragma once
#include <string>
#include <vector>

#include "compile/compiler.h"

namespace tidemark::compile {

// The macro of the project or of one of its packages; nullptr where there is none but what is built in.
const resolve::Macro* find_strategy(const resolve::Resolved& project, const Node& node, const std::string& strategy);

struct StrategyArguments {
  Relation temp;                    // holds the new rows
  std::vector<ColumnType> columns;  // of the table
};
// What the macro gives for {target_relation, temp_relation, unique_key, dest_columns, incremental_predicates}.
std::string strategy_sql(const resolve::Resolved& project, const resolve::Macro& macro, const Compiled& model, const StrategyArguments& arguments, Host& host);

}  // namespace tidemark::compile
