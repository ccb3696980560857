#include "run/observed_session.h"

#include "adapter/table.h"

namespace tidemark::run {

Table ObservedSession::query(const std::string& sql, int64_t row_limit) { return bound(sql).query(sql, row_limit); }

}  // namespace tidemark::run
