// Where Java and Spark are installed.
#pragma once
#include <string>

#include "base/file_system.h"

namespace tidemark::cluster {

// JAVA_HOME's java, or the one on the path. Throws TM7101.
std::string find_java();

// `given`, SPARK_HOME, or the folder of the Python package pyspark. Throws TM7102.
fs::path find_spark_home(const std::string& given);

// "3.5.9", from its own jars; empty where they do not tell.
std::string spark_version(const fs::path& spark_home);

// Delta's package, "group:name:version": empty where its jars lie in Spark's own folder, or none is known for this Spark.
std::string delta_package(const fs::path& spark_home);

}  // namespace tidemark::cluster
