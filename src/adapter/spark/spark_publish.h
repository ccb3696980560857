// PublishRequest → statements of Spark's SQL. On Delta the statement that changes rows is one, and one commit.
#pragma once
#include <optional>

#include "adapter/spark/spark_session.h"

namespace tidemark::spark {

// `existing`: what has that name now.
PublishResult publish_on_spark(SparkSession& session, const SparkStaged& staged, const PublishRequest& request, const std::optional<Relation>& existing,
                               const std::string& format);

}  // namespace tidemark::spark
