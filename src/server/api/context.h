// What the API's handlers share.
#pragma once
#include <mutex>
#include <string>

#include "server/api/gate.h"
#include "server/pipeline/journals.h"
#include "server/pipeline/project_state.h"
#include "server/pipeline/runs.h"
#include "server/query/executions.h"
#include "server/store/store.h"

namespace tidemark::server {

// The link by which the first administrator is made; used once.
class SetupLink {
 public:
  void set(std::string token) { token_ = std::move(token); }
  bool is_open() const;
  bool take(const std::string& token);  // true once, for the right one

 private:
  mutable std::mutex mutex_;
  std::string token_;
};

struct Context {
  Store& store;
  Gate& gate;
  Executions& executions;
  ProjectState& project;
  Journals& journals;
  Runs& runs;
  SetupLink& setup;
  bool is_tls = false;
};

void add_session_routes(Context& context);
void add_user_routes(Context& context);
void add_query_routes(Context& context);
void add_saved_query_routes(Context& context);
void add_catalog_routes(Context& context);
void add_run_routes(Context& context);
void add_model_routes(Context& context);
void add_proof_routes(Context& context);  // plan, verify, files

Json user_json(const User& user);
std::string required_text(const Json& body, const char* name);                         // TM7400
std::string optional_text(const Json& body, const char* name, std::string otherwise);  // TM7400
int64_t id_of(const Request& request);                                                 // ":id" as a number; TM7404

}  // namespace tidemark::server
