// Delta's jars for a Spark that has none of its own.
#pragma once
#include <atomic>
#include <string>
#include <vector>

#include "base/file_system.h"

namespace tidemark::cluster {

// Paths of jars that belong on the class paths of driver and executors; none where Spark's own folder holds them, or no version of
// Delta is known for it. Brought once by Ivy, which is part of Spark, from Maven Central into the user's cache folder. (They are not
// left to --packages: what that loads, a Thrift server loses with the first session that ends.) TM7107 where they cannot be had.
std::vector<fs::path> delta_jars(const fs::path& spark_home, const std::string& java, const std::atomic<bool>& cancelled);

}  // namespace tidemark::cluster
