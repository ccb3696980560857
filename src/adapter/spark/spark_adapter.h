// `type: spark`: a user's cluster, through its Thrift server (HiveServer2).
//
// Tables are Delta where the server has Delta: a publish is one commit, which carries PublishRequest::commit as its user
// metadata. Without Delta they are Parquet, where a publish is not atomic and the commit is kept as a table property. Staged
// results are temporary views: nothing is computed before publish(). A statement that may have run on a connection that was
// lost is not sent again.
//   TM44xx as in thrift/client.h   TM4420 what this format or server cannot do   TM4205 changed meanwhile   TM4231 no such relation
#pragma once
#include <memory>
#include <string>

#include "adapter/adapter.h"
#include "thrift/server.h"

namespace tidemark {

struct SparkOptions {
  thrift::Server server;
  std::string default_schema = "default";
  std::string file_format;  // "delta", "parquet"; empty: delta where the server has it
};

std::unique_ptr<Adapter> make_spark_adapter(SparkOptions options);

}  // namespace tidemark
