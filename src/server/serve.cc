#include "server/serve.h"

#include <csignal>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file_system.h"
#include "base/strings.h"
#include "server/api/context.h"
#include "server/hiveserver2/endpoint.h"
#include "server/http/listener.h"
#include "server/http/static_files.h"
#include "server/store/password.h"

namespace tidemark::server {

namespace {

const fs::path kFolder = ".tidemark";  // of the project

ListenOptions listen_options(const app::ServeFlags& flags) {
  if (flags.tls_cert.empty() != flags.tls_key.empty()) throw Error("TM7202", "--tls-cert and --tls-key go together");
  ListenOptions out;
  out.host = flags.host;
  out.port = flags.port;
  out.tls_cert = flags.tls_cert;
  out.tls_key = flags.tls_key;
  return out;
}

QueryLimits query_limits(const app::ServeFlags& flags) {
  QueryLimits out;
  out.processes = flags.queries;
  out.threads = flags.query_threads;
  out.memory = flags.query_memory;
  out.seconds = flags.query_timeout;
  out.rows = flags.query_rows;
  return out;
}

// Scripted set-ups: the administrator of --admin-email, made unless there is one of that address.
void add_admin(Store& store, const app::ServeFlags& flags) {
  if (flags.admin_email.empty() && flags.admin_password_file.empty()) return;
  if (flags.admin_email.empty() || flags.admin_password_file.empty()) throw Error("TM7204", "--admin-email and --admin-password-file go together");
  if (store.user_by_email(flags.admin_email)) return;
  const std::string password(trim(read_file(flags.admin_password_file)));
  check_new_password(password);
  store.add_user(flags.admin_email, Role::kAdmin, password);
}

// One line a request; no query, no header and no body, so that nothing secret is in it.
void log_request(run::EventSink& events, const AccessEntry& entry) {
  events.debug("Request",
               fmt::format("{} {} {} {} {} B {:.1f} ms", entry.request.peer, entry.request.method, dump_json(Json(entry.request.path)), entry.status,
                           entry.bytes, entry.seconds * 1000),
               Json{{"peer", entry.request.peer},
                    {"method", entry.request.method},
                    {"path", entry.request.path},
                    {"status", entry.status},
                    {"bytes", entry.bytes},
                    {"ms", entry.seconds * 1000}});
}

std::string address(const app::ServeFlags& flags, int port) {
  const std::string host = flags.host == "0.0.0.0" || flags.host == "::" ? "localhost"
                           : flags.host.find(':') == std::string::npos   ? flags.host
                                                                         : "[" + flags.host + "]";
  return fmt::format("{}://{}:{}", flags.tls_cert.empty() ? "http" : "https", host, port);
}

// Nullptr, with a warning, where nobody chose the port and the usual one is taken: Spark's Thrift server may run beside.
std::unique_ptr<HiveEndpoint> open_endpoint(const app::ServeFlags& flags, Context& context, run::EventSink& events) {
  EndpointOptions options;
  options.host = flags.host;
  if (flags.thrift_port >= 0) options.port = flags.thrift_port;
  try {
    auto endpoint = std::make_unique<HiveEndpoint>(options, context);
    const std::string url = fmt::format("jdbc:hive2://{}:{}", flags.host, endpoint->port());
    events.info("EndpointReady", fmt::format("JDBC clients connect to {}", url), Json{{"url", url}, {"port", endpoint->port()}});
    return endpoint;
  } catch (const Error& error) {
    if (flags.thrift_port >= 0) throw;
    events.warn("EndpointNotReady", fmt::format("No JDBC endpoint: {} ({})", error.message(), error.hint()));
    return nullptr;
  }
}

// One server a project: its results, temporary files and history are this one's.
class OnlyServer {
 public:
  explicit OnlyServer(const fs::path& file) : fd_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    if (fd_ >= 0 && ::flock(fd_, LOCK_EX | LOCK_NB) == 0) return;
    if (fd_ >= 0) ::close(fd_);
    throw Error("TM7205", "another server serves this project already");
  }
  ~OnlyServer() { ::close(fd_); }
  OnlyServer(const OnlyServer&) = delete;
  OnlyServer& operator=(const OnlyServer&) = delete;

 private:
  int fd_;
};

}  // namespace

int serve(const app::Invocation& given, const app::Terminal& terminal) {
  const app::Invocation invocation = app::enter_project(given);
  const app::ServeFlags& flags = invocation.serve;
  std::signal(SIGPIPE, SIG_IGN);  // a process or client that has gone is met where it is written to
  if (terminal.open_log) terminal.open_log(invocation.log_path.empty() ? "logs" : invocation.log_path);
  make_directories(kFolder);
  const OnlyServer only(kFolder / "server.lock");
  Store store(kFolder / "app.db");
  add_admin(store, flags);
  ProjectState project(invocation);
  Journals journals(fs::absolute(kFolder / "runs"));
  Runs runs(project, journals);
  Executions executions(store, query_limits(flags), fs::absolute(kFolder), [&project] { return project.query_configuration(); });
  Gate gate(store, {flags.allow_hosts.begin(), flags.allow_hosts.end()}, !flags.tls_cert.empty());
  SetupLink setup;
  Context context{.store = store,
                  .gate = gate,
                  .executions = executions,
                  .project = project,
                  .journals = journals,
                  .runs = runs,
                  .setup = setup,
                  .is_tls = !flags.tls_cert.empty()};
  add_session_routes(context);
  add_user_routes(context);
  add_query_routes(context);
  add_saved_query_routes(context);
  add_catalog_routes(context);
  add_run_routes(context);
  add_model_routes(context);
  add_proof_routes(context);
  const StaticFiles files(flags.web_dir.empty() ? find_web_folder() : fs::path(flags.web_dir));
  gate.set_static([&files](const Request& request) { return files.answer(request); });
  Listener listener(
      listen_options(flags), [&gate](const Request& request) { return gate.handle(request); },
      [&terminal](const AccessEntry& entry) { log_request(terminal.events, entry); });
  listener.start();
  const std::unique_ptr<HiveEndpoint> endpoint = open_endpoint(flags, context, terminal.events);
  const std::string url = address(flags, listener.port());
  terminal.events.info("ServerReady", fmt::format("The workbench is at {}", url), Json{{"url", url}});
  if (!store.has_users()) {
    const std::string token = random_token();
    setup.set(token);
    terminal.events.info("SetupLink", fmt::format("Nobody can sign in yet. Make the first administrator, once, at {}/setup#{}", url, token));
  }
  while (!terminal.cancelled) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  terminal.events.info("ServerStopping", "Stopping");
  if (endpoint) endpoint->stop();
  listener.stop(3000);
  runs.stop();
  executions.stop();
  return app::kExitOk;
}

}  // namespace tidemark::server
