// Memory that is refused, once for each request and at each of its allocations in turn, on the thread of the sockets
// and on a thread of the pool: whoever has sent a whole request is answered, and the service goes on.
#include <atomic>
#include <cstdlib>
#include <new>

#include "edge/http/server/service_for_tests.hpp"

// ThreadSanitizer brings operators of its own, which cannot be replaced.
#if !__has_feature(thread_sanitizer)

namespace {

// A header so large has an allocation of about its size, which no other has: allocations are counted from there on.
constexpr std::size_t mark_size = 5'003;
constexpr std::size_t mark_slack = 100;

thread_local bool is_counted_thread = false, is_pool_thread = false;
std::atomic<int> refused_after_mark = 0;  // which of the allocations after the mark; 0: none
std::atomic<int> left = 0;                // until the one that is refused; 0: nothing is counted
std::atomic<bool> has_refused = false;

bool is_refused(std::size_t size) {
  if (!is_counted_thread) return false;
  if (size >= mark_size && size < mark_size + mark_slack) {
    left = refused_after_mark.exchange(0);
    return false;
  }
  if (left == 0 || --left > 0) return false;
  has_refused = true;
  return true;
}

void* allocate(std::size_t size) {
  if (is_refused(size)) throw std::bad_alloc();
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}

}  // namespace

// Those of this whole program: what the allocator gives, but for the one refusal.
void* operator new(std::size_t size) {
  return allocate(size);
}
void* operator new[](std::size_t size) {
  return allocate(size);
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return std::malloc(size == 0 ? 1 : size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return std::malloc(size == 0 ? 1 : size);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}

// Asio takes the memory of its operations by this one: on the thread of the sockets a connection ends for want of it.
// AddressSanitizer has one of its own.
#if !__has_feature(address_sanitizer)
extern "C" void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  void* memory = nullptr;
  if ((is_pool_thread && is_refused(size)) || posix_memalign(&memory, alignment, size) != 0) return nullptr;
  return memory;
}
#endif

namespace backtest {
namespace {

class RefusedMemoryTest : public ServiceTest {
 protected:
  void SetUp() override {
    ServiceTest::SetUp();
    hooks_.unready = [] {
      is_counted_thread = true;  // GET /readyz is answered on it
      return std::optional<std::string>();
    };
    start();
    get("/readyz");
  }

  // The answer where the `nth` allocation after the head is refused; nullopt where the connection ended without one.
  std::optional<Answer> ask(int nth, const std::string& method, const std::string& target, const std::string& body) {
    const std::string id = "X-Request-Id: refused-" + std::to_string(nth) + "\r\n";
    const std::string mark = "X-Mark: " + std::string(mark_size, 'x') + "\r\n";
    const std::string type = body.empty() ? "" : "Content-Type: application/json\r\n";
    has_refused = false;
    refused_after_mark = nth;
    LoopbackClient client(server_->port());
    std::optional<Answer> answer;
    try {
      client.send_request(method, target, id + type + mark, body);
      answer = client.read_answer();
    } catch (const std::exception&) {
    }
    left = 0;
    return answer;
  }

  void expect_answers(const std::string& method, const std::string& target, const std::string& body, int status) {
    int unread = 0, failed = 0;
    for (int nth = 1; nth == 1 || has_refused; ++nth) {
      ASSERT_LT(nth, 1'000);
      const std::optional<Answer> answer = ask(nth, method, target, body);
      if (!answer && failed == 0) {
        ++unread;  // the head was not yet parsed to its end
        continue;
      }
      ASSERT_TRUE(answer) << "no answer: allocation " << nth;
      if (answer->status == status) continue;
      ++failed;
      EXPECT_EQ(answer->status, 500) << answer->body;
      EXPECT_EQ(answer->code(), "internal_error");
      const std::string id = "refused-" + std::to_string(nth);
      EXPECT_EQ(answer->header("X-Request-Id"), id);
      EXPECT_THAT(log(), testing::ContainsRegex("\"error\".*failed before it had an answer.*\"" + id + "\""));
    }
    EXPECT_LT(unread, 10);
    EXPECT_GT(failed, 10);
    EXPECT_EQ(get("/healthz").status, 200);
  }
};

TEST_F(RefusedMemoryTest, ARequestThatWasReadIsAnswered) {
  expect_answers("GET", "/backtests/R1", "", 404);
}

TEST_F(RefusedMemoryTest, SoIsOneWithABody) {
  expect_answers("POST", "/backtests/validate", submission("R1"), 200);
}

TEST_F(RefusedMemoryTest, SoIsOneThatNoRouteTakes) {
  expect_answers("GET", "/nothing", "", 404);
}

// From the moment on that the run is stored: of the answer, and of how it is handed to the thread of the sockets.
class RefusedMemoryOfThePool : public ServiceTest {
 protected:
  void SetUp() override {
    ServiceTest::SetUp();
    hooks_.run_submitted = [](const std::string&) {
      is_counted_thread = is_pool_thread = true;
      left = refused_after_mark.exchange(0);
    };
    start();
  }
};

TEST_F(RefusedMemoryOfThePool, EndsNoProcess) {
  int failed = 0, answered = 0;
  for (int nth = 1; nth == 1 || has_refused; ++nth) {
    ASSERT_LT(nth, 1'000);
    has_refused = false;
    refused_after_mark = nth;
    const Answer answer = post("/backtests", submission("R" + std::to_string(nth)));
    left = 0;
    (answer.status == 202 ? answered : failed) += 1;
    EXPECT_THAT(answer.status, testing::AnyOf(202, 500, 503)) << answer.body;
    EXPECT_EQ(get("/backtests/R" + std::to_string(nth)).status, 200) << "allocation " << nth;
  }
  EXPECT_GT(failed, 10);
#if !__has_feature(address_sanitizer)
  EXPECT_GT(answered, 1) << "the last, and one whose answer could not be handed over at once";
#endif
}

}  // namespace
}  // namespace backtest

#endif
