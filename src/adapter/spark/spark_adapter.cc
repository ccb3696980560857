#include "adapter/spark/spark_adapter.h"

#include "adapter/duckdb/native_adapter.h"
#include "adapter/spark/spark_session.h"

namespace tidemark {
namespace spark {
namespace {

// Each publish stands for itself, and the server orders them: there is nothing to hold.
class NoLock : public WarehouseLock {};

class SparkAdapter : public Adapter {
 public:
  explicit SparkAdapter(SparkOptions options) : cluster_(std::make_shared<Cluster>(std::move(options))) {
    capabilities_.engine = "spark";
    capabilities_.exact_doubles = false;
    capabilities_.atomic_publish = cluster_->options.file_format != "parquet";
    cluster_->open_local = [this] { return open_file_reader(); };
  }

  const Capabilities& capabilities() const override { return capabilities_; }
  std::vector<std::string> dispatch_order() const override { return {"spark"}; }
  std::unique_ptr<Session> open_session(const std::string&) override { return std::make_unique<SparkSession>(cluster_); }
  std::unique_ptr<WarehouseLock> lock(const LockRequest&) override { return std::make_unique<NoLock>(); }
  void record_versions(const std::string&) override {}

  std::unique_ptr<Session> open_file_reader() override {
    const std::lock_guard lock(mutex_);
    if (!files_) files_ = make_native_adapter({});
    return files_->open_session("files");
  }

 private:
  std::shared_ptr<Cluster> cluster_;
  Capabilities capabilities_;
  std::mutex mutex_;
  std::unique_ptr<Adapter> files_;  // the embedded engine, which reads what lies beside the project
};

}  // namespace
}  // namespace spark

std::unique_ptr<Adapter> make_spark_adapter(SparkOptions options) { return std::make_unique<spark::SparkAdapter>(std::move(options)); }

}  // namespace tidemark
