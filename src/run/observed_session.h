// A session whose statements read the files that the run observed: every SQL text is looked through for file patterns
// before the engine gets it.
#pragma once
#include <memory>

#include "run/file_bindings.h"

namespace tidemark::run {

class ObservedSession : public Session {
 public:
  ObservedSession(std::unique_ptr<Session> inner, FileBindings& bindings) : inner_(std::move(inner)), bindings_(bindings) {}

  // The session itself, for SQL that already names the files it reads.
  Session& inner() { return *inner_; }

  Table query(const std::string& sql, int64_t row_limit) override;
  int64_t execute(const std::string& sql) override { return bound(sql).execute(sql); }
  std::vector<ColumnType> describe(const std::string& sql) override { return bound(sql).describe(sql); }
  SqlParser& parser() override { return inner_->parser(); }
  Session& planning() override { return inner_->planning(); }
  Session& local() override { return inner_->local(); }
  bool translates() const override { return inner_->translates(); }
  std::string plan_text(const std::string& sql) override { return inner_->plan_text(sql); }
  std::vector<std::string> own_literals(const std::vector<std::string>& literals) override { return inner_->own_literals(literals); }
  char quote_character() const override { return inner_->quote_character(); }
  std::string plan_type(const std::string& type) const override { return inner_->plan_type(type); }

  std::optional<Relation> find_relation(const Relation& name) override { return inner_->find_relation(name); }
  std::vector<RelationInfo> list_relations(const std::string& database, const std::string& schema) override { return inner_->list_relations(database, schema); }
  std::vector<std::string> list_schemas(const std::string& database) override { return inner_->list_schemas(database); }
  std::vector<ColumnType> columns(const Relation& relation) override { return inner_->columns(relation); }
  std::optional<TableState> state(const Relation& relation) override { return inner_->state(relation); }
  std::optional<TableDelta> delta(const Relation& relation, int64_t version, int64_t committed_at_ms) override {
    return inner_->delta(relation, version, committed_at_ms);
  }
  std::vector<TableCommit> history(const Relation& relation, int64_t limit) override { return inner_->history(relation, limit); }
  std::optional<ViewDefinition> view(const Relation& relation) override { return inner_->view(relation); }
  std::vector<ColumnType> stored_columns(const std::vector<ColumnType>& columns) override { return inner_->stored_columns(columns); }

  void create_schema(const std::string& database, const std::string& schema) override { inner_->create_schema(database, schema); }
  void drop_schema(const std::string& database, const std::string& schema) override { inner_->drop_schema(database, schema); }
  void drop(const Relation& relation) override { inner_->drop(relation); }
  void rename(const Relation& from, const Relation& to) override { inner_->rename(from, to); }
  void truncate(const Relation& relation) override { inner_->truncate(relation); }
  void create_view(const Relation& name, const ViewDefinition& view) override { bound(view.sql).create_view(name, view); }

  std::unique_ptr<Staged> stage(const StageRequest& request) override { return bound(request.sql).stage(request); }
  PublishResult publish(std::unique_ptr<Staged> staged, const PublishRequest& request) override { return inner_->publish(std::move(staged), request); }

  void interrupt() override { inner_->interrupt(); }
  double progress() override { return inner_->progress(); }
  std::optional<ScanCounts> take_scan_counts() override { return inner_->take_scan_counts(); }

 private:
  Session& bound(const std::string& sql) {
    if (!inner_->translates()) bindings_.bind(sql, *inner_);  // another engine finds its files itself
    return *inner_;
  }

  std::unique_ptr<Session> inner_;
  FileBindings& bindings_;
};

}  // namespace tidemark::run
