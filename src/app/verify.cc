// verify: published data against the truth, and the certificate that proves it.
#include <ostream>

#include <fmt/format.h>

#include "app/commands.h"
#include "app/selection.h"
#include "app/workplace.h"
#include "base/file_system.h"
#include "run/verify_nodes.h"

namespace tidemark::app {

namespace {

Json certificates_json(const Invocation& invocation, const std::vector<verify::Certificate>& certificates) {
  Json models = Json::array();
  for (const verify::Certificate& certificate : certificates) models.push_back(verify::to_json(certificate));
  return Json{{"tidemark_certificate", 1},
              {"tidemark_version", TIDEMARK_VERSION},
              {"invocation_id", invocation.id},
              {"generated_at", format_iso_utc(wall_now())},
              {"models", std::move(models)}};
}

std::string tally(const std::vector<verify::Certificate>& certificates) {
  std::map<std::string_view, int> counts;
  for (const verify::Certificate& certificate : certificates) ++counts[verify::to_string(certificate.verdict)];
  std::string out;
  for (const verify::Verdict verdict : {verify::Verdict::kExact, verify::Verdict::kEqual, verify::Verdict::kStale, verify::Verdict::kDrift,
                                        verify::Verdict::kError, verify::Verdict::kLeftOut}) {
    const std::string_view word = verify::to_string(verdict);
    if (counts[word] > 0) out += fmt::format("{}{} {}", out.empty() ? "" : ", ", counts[word], word);
  }
  return out;
}

}  // namespace

int verify(const Invocation& invocation, const Terminal& terminal) {
  OpenProject open = open_project(invocation, terminal);
  write_manifest_file(invocation, open);
  const graph::Dag dag(open.manifest());
  std::set<std::string> selected = select(invocation, terminal, open, dag);
  std::erase_if(selected, [&](const std::string& id) {
    const NodePtr node = open.manifest().find(id);
    return (node->type != ResourceType::kModel && node->type != ResourceType::kSnapshot) || node->is_ephemeral();
  });
  Workplace work(invocation, terminal, open, selected);
  const bool as_text = invocation.output != OutputFormat::kJson;
  const auto show = [&](const verify::Certificate& certificate) {
    if (as_text) terminal.out << verify::to_text(certificate) << std::flush;
  };
  const std::vector<verify::Certificate> certificates =
      run::verify_nodes(work.context(), graph::order_subset(dag, open.manifest(), selected, false), {.partitions = invocation.partitions}, show);
  const Json document = certificates_json(invocation, certificates);
  const fs::path path = fs::path(open.target_path) / "certificate.json";
  make_directories(open.target_path);
  write_file_durable(path, dump_json(document, 2) + "\n");
  if (as_text) {
    terminal.out << fmt::format("\n{}. Certificate: {}\n", certificates.empty() ? "Nothing to verify" : tally(certificates), fs::proximate(path).string());
  } else {
    terminal.out << dump_json(document, 2) << '\n';
  }
  const bool failed = std::any_of(certificates.begin(), certificates.end(), [](const auto& certificate) { return verify::is_failure(certificate.verdict); });
  return failed || terminal.cancelled ? kExitNodeFailed : kExitOk;
}

}  // namespace tidemark::app
