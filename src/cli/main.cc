// argv → Invocation → app → exit code. The one place where what ends a command is shown.
#include <atomic>
#include <csignal>
#include <cstdio>
#include <iostream>

#include <unistd.h>

#include "app/app.h"
#include "base/error.h"
#include "cli/console.h"
#include "cli/flags.h"
#include "server/query/export_process.h"
#include "server/query/process.h"
#include "server/serve.h"

namespace {

using namespace tidemark;

std::atomic<bool> cancelled{false};
constexpr int kExitInterrupted = 130;  // as shells have it for a process that Ctrl-C ended

// The first one asks for an orderly end, the second one does not wait for it.
void on_interrupt(int) {
  if (cancelled.exchange(true)) ::_exit(kExitInterrupted);
}

void catch_interrupts() {
  struct sigaction action{};
  action.sa_handler = on_interrupt;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

int answer(const std::vector<std::string>& arguments) {
  std::variant<app::Invocation, cli::Answer> read = cli::read_flags(arguments);
  if (const auto* answer = std::get_if<cli::Answer>(&read)) {
    std::fputs(answer->text.c_str(), answer->exit_code == app::kExitOk ? stdout : stderr);
    return answer->exit_code;
  }
  const app::Invocation& invocation = std::get<app::Invocation>(read);
  cli::Console console(invocation, app::prints_data(invocation.command));
  catch_interrupts();
  try {
    const app::Terminal terminal{
        .events = console, .out = std::cout, .cancelled = cancelled, .open_log = [&](const std::string& folder) { console.open_log(folder); }};
    return invocation.command == "serve" ? server::serve(invocation, terminal) : app::execute(invocation, terminal);
  } catch (const ErrorList& errors) {
    console.show_faults(errors.errors());
  } catch (const Error& error) {
    console.show_faults({error});
  } catch (const std::exception& error) {
    console.show_faults({Error("TM9000", error.what()).hint("this is a fault of tidemark: please report it, with logs/tidemark.log")});
  }
  return app::kExitCommandFailed;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    // The server's own children, which users never call.
    if (argc == 2 && std::string_view(argv[1]) == "query-process") return server::query_process();
    if (argc == 2 && std::string_view(argv[1]) == "export-process") return server::export_process();
    return answer({argv + 1, argv + argc});
  } catch (const tidemark::Error& error) {
    std::fputs(tidemark::render_error(error).c_str(), stderr);
  }
  return tidemark::app::kExitCommandFailed;
}
