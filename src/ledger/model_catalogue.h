// What the binder asks, answered for one model in one run. Internal to this folder.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "adapter/adapter.h"
#include "sql/bind.h"

namespace tidemark::ledger {

struct ModelCatalogue : sql::Catalogue {
  using Columns = std::function<std::vector<ColumnType>(const sql::FileScan&)>;
  using Form = std::function<sql::ScanFormPtr(const sql::FileScan&)>;
  using Paths = std::function<std::vector<std::string>(const sql::FileScan&)>;
  using ViewSql = std::function<std::optional<std::string>(const std::vector<std::string>&)>;

  ModelCatalogue(Session& session, SqlParser& parser, Columns columns, Form form, Paths paths, ViewSql views)
      : session_(session), parser_(parser), columns_(std::move(columns)), form_(std::move(form)), paths_(std::move(paths)), views_(std::move(views)) {}

  SqlParser& parser() override { return parser_; }
  std::vector<ColumnType> file_columns(const sql::FileScan& scan) override { return columns_(scan); }
  std::vector<std::string> file_paths(const sql::FileScan& scan) override { return paths_(scan); }
  sql::ScanFormPtr file_form(const sql::FileScan& scan) override { return form_(scan); }
  std::optional<std::string> view_sql(const std::vector<std::string>& name) override { return views_(name); }
  std::vector<ColumnType> describe(const std::string& sql) override { return session_.describe(sql); }

 private:
  Session& session_;
  SqlParser& parser_;
  Columns columns_;
  Form form_;
  Paths paths_;
  ViewSql views_;
};

}  // namespace tidemark::ledger
