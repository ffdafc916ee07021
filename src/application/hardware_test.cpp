#include "application/hardware.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <stdlib.h>

#include <fstream>
#include <string>

namespace docmind {
namespace {

namespace fs = std::filesystem;
constexpr std::uint64_t gib = std::uint64_t{1} << 30;

/// A machine made of files.
class HardwareTest : public testing::Test {
  protected:
    HardwareTest() {
        std::string name = (fs::temp_directory_path() / "docmind-hardware-XXXXXX").string();
        root = ::mkdtemp(name.data());
    }
    ~HardwareTest() override { fs::remove_all(root); }
    void file(const std::string& path, const std::string& text) const {
        fs::create_directories((root / path).parent_path());
        std::ofstream(root / path) << text << "\n";
    }
    /// All processors that this test may run on, on one core.
    void put_on_one_core() const {
        for (int cpu = 0; cpu < 1024; ++cpu)
            file("sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/thread_siblings_list", "0-1023");
    }
    static unsigned processors() {
        cpu_set_t allowed;
        sched_getaffinity(0, sizeof allowed, &allowed);
        return static_cast<unsigned>(CPU_COUNT(&allowed));
    }

    fs::path root;
};

TEST_F(HardwareTest, threads_of_one_core_count_once) {
    put_on_one_core();
    EXPECT_EQ(detect_hardware(root).cores, 1u);
}

TEST_F(HardwareTest, what_cannot_be_read_is_a_core_for_each_processor_and_no_memory) {
    EXPECT_EQ(detect_hardware(root).cores, processors());
    EXPECT_EQ(detect_hardware(root).memory, 0u);
}

TEST_F(HardwareTest, the_limits_of_a_container_hold) {
    file("proc/meminfo", "MemTotal:       25165824 kB");
    EXPECT_EQ(detect_hardware(root).memory, 24 * gib);
    file("sys/fs/cgroup/memory.max", "max");
    EXPECT_EQ(detect_hardware(root).memory, 24 * gib);
    file("sys/fs/cgroup/memory.max", "2147483648");
    EXPECT_EQ(detect_hardware(root).memory, 2 * gib);
    file("sys/fs/cgroup/cpu.max", "150000 100000");
    EXPECT_EQ(detect_hardware(root).cores, 1u);
    file("sys/fs/cgroup/cpu.max", "max 100000");
    EXPECT_EQ(detect_hardware(root).cores, processors());
    file("sys/fs/cgroup/cpu.max", "20000 100000");
    EXPECT_EQ(detect_hardware(root).cores, 1u) << "less than one processor is one thread";
}

TEST_F(HardwareTest, this_machine_has_a_core_and_memory) {
    EXPECT_GE(detect_hardware().cores, 1u);
    EXPECT_GT(detect_hardware().memory, gib / 4);
}

TEST(BuiltInSizeTest, a_small_machine_gets_a_small_model_server) {
    const ModelSize small = built_in_size({.cores = 1, .memory = 1 * gib});
    EXPECT_EQ(small.threads, 1u);
    EXPECT_EQ(small.slots, 1u);
    EXPECT_EQ(small.context_window, 2048);
    const ModelSize laptop = built_in_size({.cores = 2, .memory = 8 * gib});
    EXPECT_EQ(laptop.slots, 2u);
    EXPECT_EQ(laptop.context_window, 4096);
    const ModelSize large = built_in_size({.cores = 32, .memory = 128 * gib});
    EXPECT_EQ(large.threads, 32u);
    EXPECT_EQ(large.slots, 4u);
    EXPECT_EQ(large.context_window, 8192);
}

}  // namespace
}  // namespace docmind
