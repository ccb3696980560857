#include <cstdlib>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/hash.h"
#include "cluster/daemon.h"
#include "cluster/local_spark.h"
#include "cluster/spark_home.h"

namespace tidemark::cluster {
namespace {

class Folder : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }
  DaemonFiles files() const { return {folder_ / "it.pid", folder_ / "it.log"}; }

  fs::path folder_ = fs::temp_directory_path() / ("tidemark-cluster-" + random_uuid());
};

using DaemonTest = Folder;
using SparkHomeTest = Folder;
using LocalSparkTest = Folder;

TEST_F(DaemonTest, RunsUntilItIsStopped) {
  const pid_t pid = start_daemon({{"sh", "-c", "echo $WORD; echo fault >&2; sleep 1000"}, {{"WORD", "hello"}}, folder_}, files());
  EXPECT_EQ(running(files()), pid);
  while (read_file(files().log).find("fault") == std::string::npos) ::usleep(1000);
  EXPECT_EQ(::getsid(pid), pid);  // a terminal that closes does not end it
  EXPECT_TRUE(stop_daemon(files(), 10'000));
  EXPECT_FALSE(running(files()));
  EXPECT_FALSE(stop_daemon(files(), 10'000));
  EXPECT_EQ(read_file(files().log), "hello\nfault\n");
}

TEST_F(DaemonTest, OneThatDoesNotListenIsKilled) {
  start_daemon({{"sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.05; done"}, {}, folder_}, files());
  while (read_file(files().log).empty()) ::usleep(1000);
  EXPECT_TRUE(stop_daemon(files(), 100));
  EXPECT_FALSE(running(files()));
}

TEST_F(DaemonTest, APidUsedAgainIsNotTakenForIt) {
  write_file(files().pid_file, std::to_string(::getpid()) + " 1\n");
  EXPECT_FALSE(running(files()));
  EXPECT_FALSE(stop_daemon(files(), 10));  // this process lives on
}

TEST_F(DaemonTest, ACommandThatIsNotThere) {
  try {
    start_daemon({{"no-such-program-anywhere"}, {}, folder_}, files());
    ADD_FAILURE() << "it started";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "TM7106");
    EXPECT_NE(error.message().find("No such file"), std::string::npos);
  }
}

class Listener {
 public:
  Listener() : handle_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(handle_, reinterpret_cast<sockaddr*>(&address), sizeof(address));
    ::listen(handle_, 1);
    socklen_t size = sizeof(address);
    ::getsockname(handle_, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
  }
  ~Listener() { ::close(handle_); }
  int port = 0;

 private:
  int handle_;
};

TEST(Ports, TheirHolderIsNamed) {
  int port = 0;
  {
    const Listener listener;
    port = listener.port;
    EXPECT_EQ(port_holder(port), "cluster_test (pid " + std::to_string(::getpid()) + ")");
  }
  EXPECT_FALSE(port_holder(port));
}

void make_program(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  write_file(path, text);
  fs::permissions(path, fs::perms::owner_all);
}

// A Spark whose parts say what the real ones say, and a Java that only ever fetches jars.
fs::path pretended_spark(const fs::path& folder, const std::string& server_says) {
  const fs::path home = folder / "spark";
  make_program(home / "bin" / "spark-class",
               "#!/bin/sh\ncase $1 in *Master) echo I have been elected leader;; *) echo Successfully registered with master;; esac\nexec sleep 1000\n");
  make_program(home / "bin" / "spark-submit", "#!/bin/sh\necho " + server_says + "\n");
  fs::create_directories(home / "jars");
  write_file(home / "jars" / "spark-core_2.12-3.5.9.jar", "");
  make_program(folder / "java" / "bin" / "java",
               "#!/bin/sh\nwhile [ \"$1\" != -retrieve ]; do shift; done\nfolder=$(dirname \"$2\")\n: >\"$folder/delta-spark_2.12-3.3.2.jar\"; : "
               ">\"$folder/delta-storage-3.3.2.jar\"\n");
  ::setenv("XDG_CACHE_HOME", (folder / "cache").c_str(), 1);
  return home;
}

LocalSparkOptions options_in(const fs::path& folder, const fs::path& home) {
  const Listener a, b, c, d;  // ports that are free once these go
  LocalSparkOptions options;
  options.folder = folder / "cluster";
  options.spark_home = home;
  options.ports = {a.port, b.port, c.port, d.port};
  options.driver_memory_mb = 1;
  options.executor_memory_mb = 1;
  return options;
}

const std::atomic<bool> kNotCancelled{false};
const Say kSilent = [](const std::string&) {};

TEST_F(LocalSparkTest, UpStatusDown) {
  const fs::path home = pretended_spark(folder_, "HiveThriftServer2 started; exec sleep 1000");
  ::setenv("JAVA_HOME", (folder_ / "java").c_str(), 1);
  const LocalSpark spark(options_in(folder_, home));
  EXPECT_FALSE(spark.is_up());
  std::vector<std::string> said;
  spark.up([&](const std::string& line) { said.push_back(line); }, kNotCancelled);
  EXPECT_TRUE(spark.is_up());
  ASSERT_EQ(said.size(), 4U);
  EXPECT_EQ(said[0], "starting Spark 3.5.9 from " + home.string());
  EXPECT_EQ(spark.down(kSilent), (std::vector<std::string>{"thrift-server", "worker", "master"}));
  EXPECT_FALSE(spark.is_up());
}

TEST_F(LocalSparkTest, JarsThatCannotBeHad) {
  const fs::path home = pretended_spark(folder_, "never");
  make_program(folder_ / "java" / "bin" / "java", "#!/bin/sh\necho no way to the repository\n");
  ::setenv("JAVA_HOME", (folder_ / "java").c_str(), 1);
  try {
    LocalSpark(options_in(folder_, home)).up(kSilent, kNotCancelled);
    ADD_FAILURE() << "it is up";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "TM7107");
    EXPECT_NE(error.message().find("no way to the repository"), std::string::npos) << error.message();
  }
}

TEST_F(LocalSparkTest, APartThatEndsTakesTheOthersAlong) {
  const fs::path home = pretended_spark(folder_, "Exception in thread main: no heap; exit 1");
  ::setenv("JAVA_HOME", (folder_ / "java").c_str(), 1);
  const LocalSpark spark(options_in(folder_, home));
  try {
    spark.up(kSilent, kNotCancelled);
    ADD_FAILURE() << "it is up";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "TM7105");
    EXPECT_NE(error.message().find("no heap"), std::string::npos) << error.message();
  }
  for (const SparkPartState& part : spark.status()) EXPECT_FALSE(part.pid) << part.name;
}

TEST_F(LocalSparkTest, APortThatIsTaken) {
  const fs::path home = pretended_spark(folder_, "never");
  ::setenv("JAVA_HOME", (folder_ / "java").c_str(), 1);
  LocalSparkOptions options = options_in(folder_, home);
  const Listener listener;
  options.ports.thrift = listener.port;
  try {
    LocalSpark(options).up(kSilent, kNotCancelled);
    ADD_FAILURE() << "it is up";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "TM7103");
    EXPECT_NE(error.message().find("cluster_test (pid"), std::string::npos) << error.message();
  }
}

TEST_F(SparkHomeTest, DeltaFitsTheVersion) {
  const fs::path home = pretended_spark(folder_, "never");
  EXPECT_EQ(find_spark_home(home), home);
  EXPECT_EQ(spark_version(home), "3.5.9");
  EXPECT_EQ(delta_package(home), "io.delta:delta-spark_2.12:3.3.2");
  write_file(home / "jars" / "delta-spark_2.12-3.3.2.jar", "");
  EXPECT_EQ(delta_package(home), "");
}

TEST_F(SparkHomeTest, NoSparkThere) {
  try {
    find_spark_home(folder_);
    ADD_FAILURE() << "there is one";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "TM7102");
  }
}

}  // namespace
}  // namespace tidemark::cluster
